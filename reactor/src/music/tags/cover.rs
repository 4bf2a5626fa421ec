//! Pictures of tracks: within the file, or beside it in its folder.
//!
//! This file does not know how a picture is found among the tags.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;

use parlour_common::message::CoverId;

use super::PICTURE_BYTES_MAX;
use crate::music::{Bank, below, entry};

/// The names that pictures of a folder go by, the preferred first.
const STEMS: [&str; 3] = ["cover", "folder", "front"];

/// Their extensions, the preferred first.
const EXTENSIONS: [&str; 3] = ["jpg", "jpeg", "png"];

/// Tells whether a file of this name is the picture of its folder, in any case of letters, and how much it
/// is preferred: less is better.
pub(in crate::music) fn folder_picture_rank(name: &OsStr) -> Option<usize> {
    let name = Path::new(name);
    let find = |part: Option<&OsStr>, among: &[&str]| {
        let part = part?.to_str()?;
        among.iter().position(|known| known.eq_ignore_ascii_case(part))
    };
    let stem = find(name.file_stem(), &STEMS)?;
    Some(stem * EXTENSIONS.len() + find(name.extension(), &EXTENSIONS)?)
}

/// Tells whether bytes are a picture that is served: a JPEG or a PNG, by its first bytes, and not too large.
pub(in crate::music) fn is_picture(bytes: &[u8]) -> bool {
    let known = bytes.starts_with(b"\xff\xd8\xff") || bytes.starts_with(b"\x89PNG\r\n\x1a\n");
    known && bytes.len() <= PICTURE_BYTES_MAX
}

impl Bank {
    /// Reads a picture beside the tracks. `None` if it is none, or too large.
    pub(in crate::music) fn read_folder_picture(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let file = self.open_file(path)?;
        let mut bytes = Vec::new();
        // One byte more than allowed tells whether it is too large, even if it grows meanwhile.
        file.take(PICTURE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        Ok(is_picture(&bytes).then_some(bytes))
    }

    /// Reads the picture of a track, given where the track lies in the bank: the very bytes that the id was
    /// made of. `NotFound` if the track has another picture by now, or none.
    pub fn read_cover(&self, track: &Path, cover: CoverId) -> io::Result<Vec<u8>> {
        let wanted = |picture: &Vec<u8>| entry::cover_id(picture) == cover;
        let embedded = || super::read(&self.open_file(track).ok()?).1.filter(wanted);
        let beside = || {
            let folder = track.parent().unwrap_or(Path::new(""));
            let listing = self.list(folder, |name| folder_picture_rank(name).is_some()).ok()?;
            let paths = listing.files.iter().map(|(name, _)| below(folder, name));
            paths.filter_map(|path| self.read_folder_picture(&path).ok().flatten()).find(wanted)
        };
        // The folder's first: it is cheaper to look at than the tags are.
        beside().or_else(embedded).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_folders_go_by_a_few_names() {
        let rank = |name: &str| folder_picture_rank(OsStr::new(name));
        for name in ["cover.jpg", "Folder.PNG", "FRONT.jpeg", "COVER.JPEG"] {
            assert!(rank(name).is_some(), "{name}");
        }
        for name in ["back.jpg", "cover.gif", "cover", "my cover.jpg", ".cover.jpg", "jpg"] {
            assert_eq!(rank(name), None, "{name}");
        }
        assert!(rank("cover.png") < rank("folder.jpg") && rank("folder.jpg") < rank("front.jpg"));
        assert!(rank("cover.jpg") < rank("cover.png"));
    }
}
