//! `parlourd`: arguments, configuration, log, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use parlour_reactor::config::{Arguments, Command, Config};
use parlour_reactor::serve::{self, Failure};

fn main() -> ExitCode {
    let Command::Serve(typed) = Arguments::parse().command;
    let config = match Config::from_typed(&typed) {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("parlourd did not start:");
            faults.iter().for_each(|fault| eprintln!("  {fault}"));
            return ExitCode::from(serve::EXIT_CONFIG);
        }
    };
    serve::start_log();
    config.remarks.iter().for_each(|remark| tracing::warn!("{remark}"));
    match serve::run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { sentence, exit_code }) => {
            tracing::error!("{sentence}");
            ExitCode::from(exit_code)
        }
    }
}
