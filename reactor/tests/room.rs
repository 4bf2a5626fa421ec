//! The room from end to end, over real sockets: seats, what is said in the room and between two, what it shows, and
//! what is kept of it. Each test is a sentence, and after each the records and the disk agree.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![allow(clippy::disallowed_methods, reason = "a test waits no longer than its patience")]

mod real;

mod room {
    mod cards;
    mod cost;
    mod direct;
    mod fates;
    mod house;
    mod inputs;
    mod memory;
    mod rights;
    mod seats;
    mod tending;
}
