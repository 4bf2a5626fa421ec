//! A desk for one test: its own screen, bus, home, daemon and app, and a hand that works the real window
//! by the names that are read aloud to people who cannot see it.
//!
//! This folder does not know what a test is about. Nothing of the machine's own desktop is touched, and
//! nothing is left behind: every child ends with the test.
//!
//! - `screen.rs`: the screen, the bus and the home.
//! - `daemon.rs`: a real daemon on a free port, that can be killed and started again.
//! - `mail.rs`: a real mail server.
//! - `keyring.rs`: a real keyring, or none.
//! - `told.rs`: a service that tells people of things on their desktop.
//! - `hand.rs`: finding a control, pressing it, typing.
//! - `steps.rs`: what many tests begin with.

mod daemon;
mod hand;
mod keyring;
mod mail;
mod road;
mod screen;
pub mod steps;
mod told;

pub use daemon::{Daemon, bank_of_tree, silence};
pub use hand::Window;
pub use keyring::Keyring;
pub use mail::MailServer;
pub use screen::Desk;
pub use told::{Note, Notifications};

use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take: generous, for a machine of two cores with much else to do.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `found` gives something. Panics, saying what was waited for, when that takes too long.
pub fn wait<T>(what: &str, found: impl FnMut() -> Option<T>) -> T {
    wait_or(what, found, String::new)
}

/// Waits like [`wait`], and says more when it was in vain.
#[expect(clippy::disallowed_methods, reason = "a test waits by the clock of the machine")]
pub fn wait_or<T>(what: &str, mut found: impl FnMut() -> Option<T>, more: impl Fn() -> String) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}\n{}", more());
        sleep(Duration::from_millis(40));
    }
}

/// A child that ends with the test, whichever way the test ends.
pub struct Kept(Child);

impl Kept {
    /// Starts a program. The kernel ends it if this thread is gone without having done so.
    pub fn start(program: &mut Command) -> Self {
        let name = program.get_program().to_owned();
        let mut kept = Command::new("setpriv");
        kept.arg("--pdeathsig").arg("KILL").arg("--").arg(&name).args(program.get_args());
        for (variable, value) in program.get_envs() {
            match value {
                Some(value) => kept.env(variable, value),
                None => kept.env_remove(variable),
            };
        }
        let child = screen::with_streams(&mut kept, &name.to_string_lossy()).spawn();
        Self(child.unwrap_or_else(|error| panic!("{} does not start: {error}", name.display())))
    }

    /// Returns the child.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Kills the child and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Tells whether the child has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.kill();
    }
}
