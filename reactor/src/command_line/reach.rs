//! The way to the daemon's rooms: by its socket where it runs, in a house of our own where it does not.
//!
//! A daemon listens for as long as it serves; whoever holds the lock of the store without listening is waited
//! for. This file does not know what is asked.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
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

/// The data folder, as it is reached by its owner from within it. (The store wants a whole path.)
pub const WORKING_FOLDER: &str = "/proc/self/cwd";

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
        let data_dir = Config::folder_of(&typed).map_err(Trouble::Config)?;
        if let Some(line) = call(&data_dir)? {
            return Ok(Self::Running(line));
        }
        // Read before we are someone else, who may have no right to read it; needed only if nobody is there.
        let config = Config::for_command(&typed);
        let folder = act_as_owner(&data_dir)?;
        for _ in 0..LOOKS_MAX {
            match Store::open_existing_to_write(&folder) {
                Ok((store, writer)) => {
                    let config = Config { data_dir: folder, ..config.map_err(Trouble::Config)? };
                    return Ok(Self::Resting(Box::new(House::open(&config, store, writer)?)));
                }
                Err(StoreError::Held { .. }) => sleep(LOOK_PAUSE),
                Err(error) => return Err(Trouble::Store { error, data_dir }),
            }
            if let Some(line) = call(&folder)? {
                return Ok(Self::Running(line));
            }
        }
        Err(Trouble::Store { error: StoreError::Held { dir: folder.join("store") }, data_dir })
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

    /// Asks what may take the daemon hours to answer.
    pub fn ask_at_length(&mut self, request: &Request) -> Result<Reply, Trouble> {
        match self {
            Self::Running(line) => line.ask_at_length(request.clone()),
            Self::Resting(house) => house.ask_at_length(request.clone()),
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

/// Connects to the daemon of a folder; `None` if nobody listens, as while one starts or stops.
fn call(data_dir: &Path) -> Result<Option<Line>, Trouble> {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    match Line::connect(data_dir) {
        Ok(line) => Ok(Some(line)),
        Err(Trouble::Unreachable(error))
            if matches!(error.kind(), NotFound | NotADirectory | ConnectionRefused) =>
        {
            Ok(None)
        }
        Err(trouble) => Err(trouble),
    }
}

/// Becomes the owner of the data folder where the superuser calls: a file that this program makes in there
/// must be the daemon's, or it could not start any more. Returns the folder as it is reached from then on:
/// its owner may have no right to go the way that leads to it. It is called while there is but one thread.
fn act_as_owner(data_dir: &Path) -> Result<PathBuf, Trouble> {
    let same = data_dir.to_owned();
    // What is wrong with a folder that cannot be looked at, opening the store tells.
    let Ok(folder) = fs::metadata(data_dir) else { return Ok(same) };
    let (uid, gid) = (Uid::from_raw(folder.uid()), Gid::from_raw(folder.gid()));
    if !geteuid().is_root() || uid.is_root() {
        return Ok(same);
    }
    let become_owner = || {
        rustix::process::chdir(data_dir)?;
        set_thread_groups(&[])?;
        set_thread_gid(gid)?;
        set_thread_uid(uid)
    };
    match become_owner() {
        Ok(()) => Ok(PathBuf::from(WORKING_FOLDER)),
        Err(error) => Err(Trouble::NotOwner { data_dir: same, error: error.into() }),
    }
}
