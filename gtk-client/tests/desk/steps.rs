//! What many stories begin with, and what they look at in the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Daemon, Window, wait};

/// The password of everybody.
pub const PASSWORD: &str = "correct horse";

/// Makes an account and goes in.
pub fn sign_up(window: &Window<'_>, daemon: &Daemon, user_name: &str) {
    fill_sign_up(window, daemon, user_name);
    window.click("button", "Create Account");
    window.find("button", "Download");
}

/// Goes from the first page to the one that makes an account, and fills it.
pub fn fill_sign_up(window: &Window<'_>, daemon: &Daemon, user_name: &str) {
    window.fill("Server", &daemon.address());
    window.click("button", "Create an Account");
    window.find_text("on The Front Room");
    window.fill("Phone", "0912 123 4567");
    window.fill("E-mail", &format!("{user_name}@example.org"));
    window.fill("Username", user_name);
    window.fill("Password", PASSWORD);
    window.fill("Repeat Password", PASSWORD);
}

/// Fills the first page and signs in.
pub fn sign_in(window: &Window<'_>, server: &str, user_name: &str, password: &str) {
    window.fill("Server", server);
    window.fill("Username", user_name);
    window.fill("Password", password);
    window.click("button", "Sign In");
}

/// Returns the hash of a file.
pub fn sha256(path: &Path) -> Vec<u8> {
    Sha256::digest(fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).to_vec()
}

/// Finds the file of the bank with this name.
pub fn in_bank(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find_map(|path| {
        if path.is_dir() { in_bank(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}

/// Tells how a download folder stands: the names of what is whole in it.
pub fn saved(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.') && !name.ends_with(".part"));
    names.sort();
    names
}

/// Opens a page from the settings, and the settings from the library before that. A toast may lie over a
/// row for a while.
pub fn open_row(window: &Window<'_>, row: &str, title: &str) {
    if window.look("button", "Settings").is_some() {
        window.click("button", "Settings");
    }
    window.find_title("Settings");
    window.find_text("The Front Room");
    wait(&format!("the page {title:?}"), || {
        if window.is_titled("Settings") {
            window.point_and_click("label", row, 1);
            sleep(Duration::from_millis(400));
        }
        window.is_titled(title).then_some(())
    });
}
