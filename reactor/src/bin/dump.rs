//! `parlour-dump`: shows or checks the store of a stopped daemon.
//!
//! It does not know what the store holds; `dump.rs` does the work.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    parlour_reactor::dump::run(&parlour_reactor::dump::Arguments::parse())
}
