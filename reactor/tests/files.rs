//! People's files from end to end, over real sockets: they come, are shared, fetched, renamed, thrown away, and
//! what is told of it to whom. Each test is a sentence, and after each the records and the disk agree.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![allow(clippy::disallowed_methods, reason = "a test waits no longer than its patience")]

mod real;

mod files {
    mod fates;
    mod house;
    mod names;
    mod rights;
    mod room;
    mod shares;
    mod transfers;
    mod trash;
}
