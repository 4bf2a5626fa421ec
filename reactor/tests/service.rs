//! Stories of the service, with no socket, thread or clock: call a door, compare the effects.
//!
//! How it works: a `House` holds a real service and plays everything around it by hand. A job or a change
//! that the service wants done is taken as an effect, looked at, and ended as the story needs it. Where a
//! story expects nothing, it says so: an effect that nobody looked at fails the next look.
//!
//! What it does not know: in which order things happen when many happen at once; the simulation knows that.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod stories {
    mod account;
    mod admin;
    mod chores;
    mod edits;
    mod entering;
    mod files;
    mod house;
    mod invites;
    mod known_devices;
    mod library;
    mod mail;
    mod members;
    mod news;
    mod own_sessions;
    mod password_reset;
    mod rights;
    mod room;
    mod sessions;
    mod sign_in;
    mod sign_up;
    mod staff;
    mod throttling;
}
