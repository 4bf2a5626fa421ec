//! Starting the app.
//!
//! This file does not know what the window holds.

use clap::Parser;
use relm4::RelmApp;
use relm4::gtk::glib;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::App;
use crate::look;
use crate::network::ServerAddress;
use crate::text;

/// The command line of `parlour`.
#[derive(Debug, Parser)]
#[command(name = "parlour", version, about = "Your group's music, in one place.")]
struct Arguments {
    /// Offer this server on the first page, such as music.local or 192.0.2.1:9000.
    #[arg(long, value_name = "HOST[:PORT]")]
    server: Option<ServerAddress>,
}

/// Runs the app until its window is closed.
pub fn run() {
    let server = Arguments::parse().server.as_ref().map(text::full_address);
    start_log();
    glib::set_application_name("Parlour");
    // No arguments of ours: GApplication would refuse those it does not know.
    RelmApp::new(look::APP_ID).with_args(Vec::new()).run::<App>(server);
}

/// Begins to log to stderr. Who asks for more by `RUST_LOG` also sees the messages between the pages, which
/// relm4 puts into spans.
fn start_log() {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    match EnvFilter::try_from_default_env() {
        Ok(filter) => log.with_span_events(FmtSpan::NEW).with_env_filter(filter).init(),
        Err(_) => log.with_env_filter(EnvFilter::new("warn")).init(),
    }
}
