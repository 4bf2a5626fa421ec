//! A small disk for the daemon's data folder, in a mount namespace of the test's own.
//!
//! This file does not know what is tested on it. Nothing is left mounted, for the namespace goes with the test.

use std::path::Path;
use std::process::Command;

use rustix::fs::{FallocateFlags, Mode, OFlags, fallocate, open, statvfs};

/// Set in the program that runs inside of the namespace.
const INSIDE: &str = "PARLOUR_TEST_HAS_ITS_OWN_MOUNTS";

/// Runs the test of this name once more in a namespace of its own, and tells whether this is that run. Fails in words
/// where the system lets nobody have one.
pub fn is_inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "--propagation", "private"]);
    let can_mount = |command: &mut Command| {
        let tried = command.args(["mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"]).output();
        let tried = tried.map_err(|error| format!("`unshare` cannot be run: {error}"))?;
        let complaint = String::from_utf8_lossy(&tried.stderr).into_owned();
        if tried.status.success() { Ok(()) } else { Err(complaint) }
    };
    let mut trial = Command::new(command.get_program());
    trial.args(command.get_args());
    if let Err(complaint) = can_mount(&mut trial) {
        panic!(
            "this test needs a small disk of its own: run it as root, or where `unshare --user --map-root-user \
             --mount` is allowed; {complaint}"
        );
    }
    let this = std::env::current_exe().expect("this program");
    let status = command.arg(this).args(["--exact", test, "--nocapture"]).env(INSIDE, "1").status();
    assert!(status.expect("unshare was run before").success(), "{test} failed; what it said is above");
    false
}

/// Mounts a small disk on a folder.
pub fn mount_small(folder: &Path, bytes: u64) {
    let options = format!("size={bytes},mode=0700");
    let output = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(folder).output();
    let output = output.expect("`mount` was run before");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Returns how much is free on the disk of a folder, in bytes.
pub fn free_bytes(folder: &Path) -> u64 {
    let stat = statvfs(folder).expect("the folder is there");
    stat.f_bavail * stat.f_frsize
}

/// Takes all of a disk but so many bytes, by a file that is nobody's. Removing it gives them back.
pub fn fill(file: &Path, left_bytes: u64) {
    let folder = file.parent().expect("a file is in a folder");
    let filler = open(file, OFlags::CREATE | OFlags::WRONLY, Mode::RUSR | Mode::WUSR).expect("a file");
    fallocate(&filler, FallocateFlags::empty(), 0, free_bytes(folder) - left_bytes).expect("there is room");
}
