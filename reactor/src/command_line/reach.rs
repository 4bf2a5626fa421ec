//! The way to the daemon's rooms: by its socket where it runs, in a house of our own where it does not.
//!
//! Who holds the lock of the store decides which. This file does not know what is asked.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use parlour_common::message::{Denial, Reply, Request};
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};

use super::arguments::Place;
use super::house::House;
use super::line::Line;
use super::trouble::Trouble;
use crate::config::Config;
use crate::store::{Store, StoreError};

/// How often the way is looked for before it counts as barred, and how long to wait in between: a daemon
/// that starts or stops holds the store while nobody listens.
const LOOKS_MAX: u32 = 50;
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// How long a daemon that has too much to do is asked again.
const BUSY_TIME_MAX: Duration = Duration::from_secs(30);

/// The rooms, wherever they are.
pub enum Reach {
    /// In a daemon that runs.
    Running(Line),
    /// In this program, for the time of a command.
    Resting(Box<House>),
}

impl Reach {
    /// Finds the way to the rooms of a place.
    pub fn find(place: &Place) -> Result<Self, Trouble> {
        let typed = place.typed();
        let data_dir = Config::data_dir_of(&typed).map_err(Trouble::Config)?;
        act_as_owner(&data_dir)?;
        let mut looks = 0;
        loop {
            looks += 1;
            let held = match Store::open_existing_to_write(&data_dir) {
                Ok((store, writer)) => {
                    let config = Config::from_typed(&typed).map_err(Trouble::Config)?;
                    return Ok(Self::Resting(Box::new(House::open(&config, store, writer)?)));
                }
                Err(held @ StoreError::Held { .. }) => held,
                Err(error) => return Err(Trouble::Store(error)),
            };
            match Line::connect(&data_dir) {
                Ok(line) => return Ok(Self::Running(line)),
                Err(Trouble::Unreachable(error)) if is_absence(&error) && looks < LOOKS_MAX => {
                    sleep(LOOK_PAUSE);
                }
                Err(Trouble::Unreachable(error)) if is_absence(&error) => return Err(Trouble::Store(held)),
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Asks, and waits for the answer; where there is too much to do, asks again for a while.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, Trouble> {
        let mut waited = Duration::ZERO;
        loop {
            let answer = match self {
                Self::Running(line) => line.ask(request.clone()),
                Self::Resting(house) => house.ask(request.clone()),
            };
            match answer {
                Err(Trouble::Denied(Denial::Busy { retry_after_ms })) if waited < BUSY_TIME_MAX => {
                    let pause = Duration::from_millis(u64::from(retry_after_ms)).max(LOOK_PAUSE);
                    waited += pause;
                    sleep(pause.min(BUSY_TIME_MAX));
                }
                answer => return answer,
            }
        }
    }

    /// Leaves, after all that was asked for is done.
    pub fn leave(self) {
        match self {
            // The daemon notices.
            Self::Running(_) => {}
            Self::Resting(house) => house.close(),
        }
    }
}

/// Tells whether nobody listens, as while a daemon starts or stops.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

/// Becomes the owner of the data folder where the superuser calls: a file that this program makes in there
/// must be the daemon's, or it could not start any more. It is called while there is but one thread.
fn act_as_owner(data_dir: &Path) -> Result<(), Trouble> {
    // What is wrong with a folder that cannot be looked at, opening the store tells.
    let Ok(folder) = fs::metadata(data_dir) else { return Ok(()) };
    let (uid, gid) = (Uid::from_raw(folder.uid()), Gid::from_raw(folder.gid()));
    if !geteuid().is_root() || uid.is_root() {
        return Ok(());
    }
    let become_owner = || {
        set_thread_groups(&[])?;
        set_thread_gid(gid)?;
        set_thread_uid(uid)
    };
    become_owner().map_err(|error: rustix::io::Errno| Trouble::NotOwner {
        data_dir: data_dir.to_owned(),
        error: error.into(),
    })
}
