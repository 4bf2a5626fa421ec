//! What the app remembers between two runs.
//!
//! This file does not know what it is good for.

use parlour_common::names::UserName;
use relm4::adw;
use relm4::adw::prelude::*;

use crate::network::ServerAddress;
use crate::settings::{KnownServer, Settings, SettingsFile};
use crate::text;
use crate::view_model::choices::Choices;
use crate::view_model::shell::{Left, Memory};
use crate::view_model::{files, library, room, sign_in};

/// The settings and their file.
pub(super) struct Memories {
    settings: Settings,
    file: Option<SettingsFile>,
}

impl Memories {
    /// Reads what the last run left.
    pub(super) fn load() -> Self {
        let file = SettingsFile::of_person();
        let settings = file.as_ref().map(SettingsFile::load).unwrap_or_default();
        Self { settings, file }
    }

    /// Returns the servers used before, the latest first.
    pub(super) fn servers(&self) -> Vec<sign_in::Known> {
        let known = |server: &KnownServer| sign_in::Known {
            server: text::full_address(&server.address),
            user_name: server.user_name.clone().unwrap_or_default(),
        };
        self.settings.servers.iter().map(known).collect()
    }

    /// Returns how the library was left.
    pub(super) fn library(&self) -> library::Msg {
        library::Msg::Opened { folder: self.settings.download_folder.clone(), sort: self.settings.sort }
    }

    /// Returns how the files were left.
    pub(super) fn files(&self, own: UserName, trash_days: u32) -> files::Msg {
        let Settings { files_order: order, files_folder: folder, .. } = self.settings.clone();
        files::Msg::Opened { own, trash_days, order, folder }
    }

    /// Returns what was chosen about the room.
    pub(super) fn choices(&self) -> Choices {
        self.settings.room
    }

    /// Returns how the room was left.
    pub(super) fn room(&self, own: UserName, server: String) -> room::Msg {
        let Settings { room: choices, files_folder: folder, .. } = self.settings.clone();
        room::Msg::Opened { own, server, choices, folder }
    }

    /// Returns who stayed signed in, unless another server is asked for.
    pub(super) fn left(&self, asked_for: Option<&str>) -> Left {
        let latest = self.settings.servers.first().filter(|known| known.stay);
        let who = latest.and_then(|known| Some((known.address.clone(), known.user_name.clone()?)));
        let is_asked_for =
            |server: &ServerAddress| asked_for.is_none_or(|asked| asked.parse().as_ref() == Ok(server));
        Left {
            who: who.filter(|(server, _)| is_asked_for(server)),
            is_told_of_file: self.settings.told_of_file,
        }
    }

    /// Gives the window the size it had.
    pub(super) fn settle(&self, window: &adw::ApplicationWindow) {
        let size = self.settings.window;
        window.set_default_size(size.width, size.height);
        window.set_maximized(size.maximized);
    }

    /// Keeps the size of the window.
    pub(super) fn keep_size(&mut self, window: &adw::ApplicationWindow) {
        let size = &mut self.settings.window;
        (size.width, size.height) = window.default_size();
        size.maximized = window.is_maximized();
        self.save();
    }

    /// Keeps something.
    pub(super) fn keep(&mut self, memory: Memory) {
        match memory {
            Memory::SignedIn { server, user_name, stay } => {
                self.settings.remember_server(&server, Some(&user_name));
                self.settings.set_stay(&server, stay);
            }
            Memory::AccountDeleted { server } => self.settings.forget_user_name(&server),
            Memory::SignedOut { server } => self.settings.set_stay(&server, false),
            Memory::ToldOfFile => self.settings.told_of_file = true,
            Memory::Folder(folder) => self.settings.download_folder = Some(folder),
            Memory::Sort(sort) => self.settings.sort = sort,
            Memory::Order(order) => self.settings.files_order = order,
            Memory::FilesFolder(folder) => self.settings.files_folder = Some(folder),
            Memory::Choices(choices) => self.settings.room = choices,
        }
        self.save();
    }

    /// Writes the settings. The app goes on without: the next start then finds the former ones.
    fn save(&self) {
        if let Some(Err(error)) = self.file.as_ref().map(|file| file.save(&self.settings)) {
            tracing::warn!(%error, "the settings could not be saved");
        }
    }
}
