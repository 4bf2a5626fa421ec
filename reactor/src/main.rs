//! `parlourd`: arguments, configuration, log, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use parlour_reactor::command_line::arguments::{Arguments, Command};
use parlour_reactor::command_line::{self, Errand};
use parlour_reactor::config::{Config, Typed};
use parlour_reactor::serve::{self, Failure};

fn main() -> ExitCode {
    let (place, errand) = match Arguments::parse().command {
        Command::Serve(typed) => return serve(&typed),
        Command::User(arguments) => (arguments.place, Errand::User(arguments.command)),
        Command::Invite(arguments) => (arguments.place, Errand::Invite(arguments.command)),
        Command::Audit(arguments) => (arguments.place.clone(), Errand::Audit(arguments)),
        Command::Check(arguments) => (arguments.place.clone(), Errand::Check(arguments)),
    };
    // Whoever types a command wants its answer, and to hear only what went wrong.
    serve::start_log("warn");
    command_line::run(&place, errand)
}

fn serve(typed: &Typed) -> ExitCode {
    let config = match Config::from_typed(typed) {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("parlourd did not start:");
            faults.iter().for_each(|fault| eprintln!("  {fault}"));
            return ExitCode::from(serve::EXIT_CONFIG);
        }
    };
    // What an operator wants to read, which the tag library's remarks on other people's files are not.
    serve::start_log("info,lofty=error");
    config.remarks.iter().for_each(|remark| tracing::warn!("{remark}"));
    match serve::run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { sentence, exit_code }) => {
            tracing::error!("{sentence}");
            ExitCode::from(exit_code)
        }
    }
}
