//! What the app remembers from run to run: servers, folder, window, order.
//!
//! This file knows one small file and its fields. It does not know what they are good for; passwords and
//! tokens are never among them. Used from the thread of the window, for the file is small.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use parlour_common::message::{Sort, SortBy};
use serde::{Deserialize, Serialize};

use crate::network::ServerAddress;
use crate::view_model::choices::Choices;
use crate::view_model::files::Order;

/// The servers that are remembered.
pub const SERVERS_MAX: usize = 10;

/// A settings file larger than this is not read: the app never writes one.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the app remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where downloads go; `None` until the person chose.
    pub download_folder: Option<PathBuf>,
    /// The order in which the library was last shown.
    pub sort: Sort,
    /// Where files of members go; `None` until the person chose.
    pub files_folder: Option<PathBuf>,
    /// The order in which files were last shown.
    pub files_order: Order,
    /// What the person chose about the room.
    pub room: Choices,
    /// The window when it was last closed.
    pub window: WindowSettings,
    /// The servers used before, the newest first. Changed by [`Settings::remember_server`].
    pub servers: Vec<KnownServer>,
    /// Whether the person was told that a session may be kept in a file, for want of a keyring.
    pub told_of_file: bool,
    /// What a newer version wrote and this one does not know: kept as it is.
    #[serde(flatten)]
    unknown: toml::Table,
}

/// The window when it was last closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowSettings {
    /// Its width where it is not maximized, in application pixels.
    pub width: i32,
    /// Its height where it is not maximized, in application pixels.
    pub height: i32,
    /// Whether it filled the screen.
    pub maximized: bool,
}

/// A server used before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownServer {
    /// Where it listens.
    #[serde(with = "as_text")]
    pub address: ServerAddress,
    /// The username that last signed in there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Whether that person stayed signed in there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stay: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            download_folder: None,
            sort: Sort { by: SortBy::Relevance, descending: false },
            files_folder: None,
            files_order: Order::default(),
            room: Choices::default(),
            window: WindowSettings::default(),
            servers: Vec::new(),
            told_of_file: false,
            unknown: toml::Table::new(),
        }
    }
}

impl Default for WindowSettings {
    fn default() -> Self {
        Self { width: 1000, height: 700, maximized: false }
    }
}

impl Settings {
    /// Puts a server first, with the username that signed in there; `None` keeps the one before.
    pub fn remember_server(&mut self, address: &ServerAddress, user_name: Option<&str>) {
        let before = self.servers.iter().position(|known| known.address == *address);
        let mut known = match before {
            Some(at) => self.servers.remove(at),
            None => KnownServer { address: address.clone(), user_name: None, stay: false },
        };
        if let Some(user_name) = user_name {
            known.user_name = Some(user_name.to_owned());
        }
        self.servers.insert(0, known);
        self.servers.truncate(SERVERS_MAX);
    }

    /// Remembers whether somebody stayed signed in at a server.
    pub fn set_stay(&mut self, address: &ServerAddress, stay: bool) {
        for known in self.servers.iter_mut().filter(|known| known.address == *address) {
            known.stay = stay;
        }
    }

    /// Forgets a server and who signed in there.
    pub fn forget_server(&mut self, address: &ServerAddress) {
        self.servers.retain(|known| known.address != *address);
    }

    /// Forgets who signed in at a server.
    pub fn forget_user_name(&mut self, address: &ServerAddress) {
        for known in self.servers.iter_mut().filter(|known| known.address == *address) {
            known.user_name = None;
        }
    }

    /// Returns the username that last signed in at a server.
    pub fn user_name(&self, address: &ServerAddress) -> Option<&str> {
        self.servers.iter().find(|known| known.address == *address)?.user_name.as_deref()
    }
}

/// The file that [`Settings`] are kept in.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    path: PathBuf,
}

impl SettingsFile {
    /// The file where the desktop keeps such files. `None`: the person has no home.
    pub fn of_person() -> Option<Self> {
        let directories = ProjectDirs::from("org", "parlour", "parlour")?;
        Some(Self::at(directories.config_dir().join("settings.toml")))
    }

    /// A file at this path; it need not be there yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the settings. What cannot be read becomes the defaults; the file is kept as `.bad`, for the
    /// person may want to look at it, and the next save would overwrite it.
    pub fn load(&self) -> Settings {
        match self.try_load() {
            Ok(mut settings) => {
                settings.servers.truncate(SERVERS_MAX);
                settings
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Settings::default(),
            Err(_) => {
                // If it cannot be kept, the defaults are still better than no app.
                let _ = fs::rename(&self.path, with_suffix(&self.path, ".bad"));
                Settings::default()
            }
        }
    }

    /// Writes the settings: after a crash the file is the old one or the new one, never half of either.
    pub fn save(&self, settings: &Settings) -> io::Result<()> {
        let text = toml::to_string_pretty(settings).map_err(io::Error::other)?;
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let fresh_path = with_suffix(&self.path, ".new");
        let mut fresh = File::create(&fresh_path)?;
        fresh.write_all(text.as_bytes())?;
        fresh.sync_all()?;
        fs::rename(&fresh_path, &self.path)
    }

    fn try_load(&self) -> io::Result<Settings> {
        if fs::metadata(&self.path)?.len() > FILE_BYTES_MAX {
            return Err(io::Error::other("the file is too large"));
        }
        toml::from_str(&fs::read_to_string(&self.path)?).map_err(io::Error::other)
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Writes a server's address as a person would type it.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::network::ServerAddress;

    pub(super) fn serialize<S: Serializer>(
        address: &ServerAddress,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(address)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ServerAddress, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::choices::SaveCards;

    fn file() -> (tempfile::TempDir, SettingsFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = SettingsFile::at(folder.path().join("deep").join("settings.toml"));
        (folder, file)
    }

    fn server(text: &str) -> ServerAddress {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_saved_is_loaded_and_what_is_unknown_is_kept() {
        let (_folder, file) = file();
        assert_eq!(file.load(), Settings::default());
        let mut settings = Settings {
            download_folder: Some("/home/개구리/Music".into()),
            sort: Sort { by: SortBy::Album, descending: true },
            room: Choices { save_cards: SaveCards::UpToMib(8), is_in_room: false, ..Choices::default() },
            window: WindowSettings { width: 360, height: 640, maximized: true },
            ..Settings::default()
        };
        settings.remember_server(&server("[::1]:9001"), Some("frog"));
        file.save(&settings).unwrap();
        assert_eq!(file.load(), settings);

        let text = fs::read_to_string(file.path()).unwrap();
        fs::write(file.path(), format!("invented_later = [1, 2]\n{text}")).unwrap();
        let loaded = file.load();
        file.save(&loaded).unwrap();
        assert!(fs::read_to_string(file.path()).unwrap().contains("invented_later"));
        assert_eq!(loaded.servers, settings.servers);
    }

    #[test]
    fn servers_are_the_newest_first_and_at_most_ten() {
        let mut settings = Settings::default();
        for port in 1..=12 {
            settings.remember_server(&server(&format!("host:{port}")), Some("frog"));
        }
        settings.remember_server(&server("host:5"), None);
        assert_eq!(settings.servers.len(), SERVERS_MAX);
        assert_eq!(settings.servers[0].address, server("host:5"));
        assert_eq!(settings.user_name(&server("host:5")), Some("frog"));
        assert_eq!(settings.user_name(&server("host:1")), None);
        settings.forget_user_name(&server("host:5"));
        assert_eq!(settings.user_name(&server("host:5")), None);
        assert_eq!(settings.servers[0].address, server("host:5"));
        settings.remember_server(&server("host:5"), Some("frog"));
        settings.forget_server(&server("host:5"));
        assert_eq!(settings.user_name(&server("host:5")), None);
    }

    #[test]
    fn what_cannot_be_read_is_kept_aside() {
        let (_folder, file) = file();
        file.save(&Settings::default()).unwrap();
        for bad in ["= =", "window = 3", "[[servers]]\naddress = 'a b'", "\u{0}"] {
            fs::write(file.path(), bad).unwrap();
            assert_eq!(file.load(), Settings::default(), "{bad:?}");
            assert_eq!(fs::read_to_string(with_suffix(file.path(), ".bad")).unwrap(), bad);
            assert!(!file.path().exists());
        }
        fs::write(file.path(), "[window]\nwidth = 5").unwrap();
        assert_eq!(file.load().window, WindowSettings { width: 5, ..WindowSettings::default() });
    }
}
