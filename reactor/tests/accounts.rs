//! Accounts from end to end, over real sockets: who becomes a member, who looks after the members, and what
//! happens when two want the same at once. Each test is a sentence.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod real;

mod accounts {
    mod admins;
    mod entry;
    mod house;
    mod own;
    mod races;
}
