//! `parlour-dump`: its arguments, what it prints, and which exit code says what.
//!
//! This file does not know how the store is kept, nor what in it is secret; `store/dump.rs` does.

use std::io::{self, BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use directories::ProjectDirs;

use crate::store::{DumpError, DumpFormat, Store, StoreError};

/// It could not be done, or `--check` found something.
const EXIT_FAILED: u8 = 1;
/// There is no store where it was looked for. (2 is what clap says of bad arguments.)
const EXIT_MISSING: u8 = 3;
/// Another program, most likely the daemon, has the store open.
const EXIT_HELD: u8 = 4;

/// Print everything in the store of a stopped parlourd, secrets masked.
///
/// Exit codes: 0 done; 1 failed, or --check found something; 2 bad arguments; 3 no store there; 4 the
/// store is in use by another program.
#[derive(Debug, Parser)]
#[command(name = "parlour-dump", version)]
pub struct Arguments {
    /// The data directory of parlourd [default: where parlourd looks too]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Print only which records and indexes disagree
    #[arg(long, conflicts_with = "json")]
    check: bool,
}

/// Does what the arguments ask, and says on standard error why not.
pub fn run(arguments: &Arguments) -> ExitCode {
    let error = match write_to(&mut BufWriter::new(stdout().lock()), arguments) {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => return ExitCode::from(EXIT_FAILED),
        // Whoever reads, a pager say, has seen enough.
        Err(DumpError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return ExitCode::SUCCESS;
        }
        Err(error) => error,
    };
    eprintln!("parlour-dump: {error}");
    ExitCode::from(code_of(&error))
}

fn code_of(error: &DumpError) -> u8 {
    match error {
        DumpError::Store(StoreError::Missing { .. }) => EXIT_MISSING,
        DumpError::Store(StoreError::Held { .. }) => EXIT_HELD,
        DumpError::Store(_) | DumpError::Write(_) => EXIT_FAILED,
    }
}

/// Returns whether all is well with what was printed.
fn write_to(out: &mut impl Write, arguments: &Arguments) -> Result<bool, DumpError> {
    let given = arguments.data_dir.clone();
    let found = || Some(ProjectDirs::from("org", "parlour", "parlour")?.data_dir().to_owned());
    let Some(data_dir) = given.or_else(found) else {
        return Err(io::Error::other("there is no home directory; name the data directory").into());
    };
    let store = Store::open_existing(&data_dir)?;
    if !arguments.check {
        store.dump(out, if arguments.json { DumpFormat::Json } else { DumpFormat::Text })?;
        return Ok(true);
    }
    let faults = store.check()?;
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    out.flush()?;
    Ok(faults.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_a_missing_store_from_one_in_use_and_reads_any_other() {
        let dir = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        let mut run = |more: &[&str]| {
            let data_dir = dir.path().as_os_str();
            let typed = ["parlour-dump", "--data-dir"].iter().map(AsRef::as_ref).chain([data_dir]);
            let arguments = Arguments::parse_from(typed.chain(more.iter().map(AsRef::as_ref)));
            write_to(&mut out, &arguments).map_err(|error| code_of(&error))
        };
        assert_eq!(run(&[]), Err(EXIT_MISSING));
        let opened = Store::open(dir.path()).unwrap();
        assert_eq!(run(&[]), Err(EXIT_HELD));
        drop(opened);
        assert_eq!(run(&["--check"]), Ok(true));
        assert_eq!(run(&["--json"]), Ok(true));
        let shown: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(shown["meta"][0]["key"], "format");
    }
}
