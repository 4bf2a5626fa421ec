//! What is moved, in the words of the panel and of the network.
//!
//! This file does not know how far it is.

use parlour_common::message::{FileHash, SameName, UploadKey};
use parlour_common::names::FileName;
use serde::{Deserialize, Serialize};

use super::super::{NewUpload, Wanted, WantedCard, WantedFile, draw};
use crate::network::{Confirm, Fetch, Order, Seen, Source, Upload};

/// What is moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What the network is told.
    pub order: Order,
    /// What people call it.
    pub title: String,
    /// Who it is by, or whose it is; may be empty.
    pub about: String,
    /// Whether somebody else wants to know that it came.
    #[serde(default)]
    pub wants_receipt: bool,
    /// Whether it is to be shown in a conversation.
    #[serde(default)]
    pub is_to_show: bool,
}

impl Item {
    pub(super) fn track(wanted: &Wanted) -> Self {
        let Wanted { track, folder } = wanted;
        let fetch = Fetch {
            source: Source::Track(track.id),
            file_name: track.file_name.clone(),
            size_bytes: track.size_bytes,
            folder: folder.clone(),
        };
        Self {
            order: Order::Fetch(fetch),
            title: track.title.clone(),
            about: track.artist.clone(),
            wants_receipt: false,
            is_to_show: false,
        }
    }

    pub(super) fn file(wanted: &WantedFile) -> Self {
        let WantedFile { entry, folder } = wanted;
        let fetch = Fetch {
            source: Source::File(entry.file),
            file_name: entry.file_name.clone(),
            size_bytes: entry.size_bytes,
            folder: folder.clone(),
        };
        let owner = entry.shared_by.as_ref().map(|shared| shared.user_name.to_string());
        Self {
            order: Order::Fetch(fetch),
            title: entry.file_name.to_string(),
            wants_receipt: owner.is_some(),
            about: owner.unwrap_or_default(),
            is_to_show: false,
        }
    }

    pub(super) fn card(wanted: &WantedCard) -> Self {
        let WantedCard { card, file_name, size_bytes, author, folder } = wanted;
        let fetch = Fetch {
            source: Source::Card { conversation: card.conversation, post: card.post },
            file_name: file_name.clone(),
            size_bytes: *size_bytes,
            folder: folder.clone(),
        };
        Self {
            order: Order::Fetch(fetch),
            title: file_name.to_string(),
            about: author.to_string(),
            wants_receipt: false,
            is_to_show: false,
        }
    }

    pub(super) fn upload(upload: NewUpload, key: UploadKey) -> Self {
        let NewUpload { path, to_show } = upload;
        // A name of another system becomes the nearest that every system can keep.
        let name = path.file_name().unwrap_or(path.as_os_str());
        let file_name = FileName::tamed(&name.to_string_lossy());
        let folder = path.parent().map(|folder| folder.display().to_string());
        Self {
            title: file_name.to_string(),
            about: folder.unwrap_or_default(),
            wants_receipt: false,
            is_to_show: to_show.is_some(),
            order: Order::Upload(Upload {
                key,
                path,
                file_name,
                same_name: if to_show.is_some() { SameName::KeepBoth } else { SameName::Ask },
                seen: None,
            }),
        }
    }

    /// Returns its size, in bytes, as far as it is known.
    pub fn size_bytes(&self) -> u64 {
        match &self.order {
            Order::Fetch(fetch) => fetch.size_bytes,
            Order::Upload(upload) => upload.seen.map_or(0, |seen| seen.size_bytes),
            Order::Confirm(_) => 0,
        }
    }

    /// Tells whether it goes to the daemon.
    pub fn is_upload(&self) -> bool {
        matches!(self.order, Order::Upload(_))
    }

    pub(super) fn set_seen(&mut self, seen: Seen) {
        if let Order::Upload(upload) = &mut self.order {
            upload.seen = Some(seen);
        }
    }

    /// Returns by what an upload is known where it is to be shown in a conversation.
    pub(super) fn to_show(&self) -> Option<UploadKey> {
        match &self.order {
            Order::Upload(upload) if self.is_to_show => Some(upload.key),
            _ => None,
        }
    }

    pub(super) fn set_same_name(&mut self, same_name: SameName) {
        if let Order::Upload(upload) = &mut self.order {
            upload.same_name = same_name;
        }
    }

    /// Returns the receipt for what came, if one is wanted.
    pub(super) fn receipt(&self, sha256: FileHash) -> Option<Confirm> {
        match &self.order {
            Order::Fetch(Fetch { source: Source::File(file), .. }) if self.wants_receipt => {
                Some(Confirm { file: *file, sha256 })
            }
            _ => None,
        }
    }
}

/// Draws the name of an upload.
pub(super) fn random_key() -> UploadKey {
    UploadKey::new(draw::random())
}
