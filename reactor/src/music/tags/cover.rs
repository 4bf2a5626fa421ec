//! Pictures of tracks: within the file, or beside it in its folder.
//!
//! This file does not know how a picture is found among the tags.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;

use parlour_common::message::CoverId;
use rustix::io::Errno;

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
    /// made of. `NotFound` if the track has another picture by now, or none, or is gone. Any other error is
    /// the file system's: the picture may well be there.
    pub fn read_cover(&self, track: &Path, cover: CoverId) -> io::Result<Vec<u8>> {
        let wanted = |picture: &Vec<u8>| entry::cover_id(picture) == cover;
        // The folder's first: it is cheaper to look at than the tags are.
        let beside = self.find_beside(track, wanted);
        if let Ok(Some(picture)) = beside {
            return Ok(picture);
        }
        let embedded = if_there(self.open_file(track))?.and_then(|file| super::read(&file).1);
        match (embedded.filter(wanted), beside) {
            (Some(picture), _) => Ok(picture),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Looks for a picture in the folder of a track. One that cannot be read does not hide the others.
    fn find_beside(&self, track: &Path, wanted: impl Fn(&Vec<u8>) -> bool) -> io::Result<Option<Vec<u8>>> {
        let folder = track.parent().unwrap_or(Path::new(""));
        let listing = if_there(self.list(folder, |name| folder_picture_rank(name).is_some()))?;
        let mut unread = None;
        for (name, _) in listing.unwrap_or_default().files {
            match if_there(self.read_folder_picture(&below(folder, &name))) {
                Ok(picture) => {
                    if let Some(picture) = picture.flatten().filter(&wanted) {
                        return Ok(Some(picture));
                    }
                }
                Err(error) => unread = Some(error),
            }
        }
        unread.map_or(Ok(None), Err)
    }
}

/// Returns `None` where there is no such file in the bank, or what goes by its name is no regular file. That
/// a file cannot be opened or read just now is another thing.
fn if_there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    let gone = |error: &io::Error| match Errno::from_io_error(error) {
        // A link, or a link on the way; a socket.
        Some(errno) => matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO),
        // Said by the bank itself.
        None => error.kind() == io::ErrorKind::InvalidInput,
    };
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PICTURE: &[u8] = b"\xff\xd8\xff picture";

    #[test]
    fn only_a_picture_that_is_not_there_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let bank = Bank::open(folder.path()).unwrap();
        let read = |track: &str| bank.read_cover(Path::new(track), entry::cover_id(PICTURE));
        let fault = |track: &str| read(track).unwrap_err().kind();
        let missing = io::ErrorKind::NotFound;
        for name in ["album", "pipes", "other"] {
            fs::create_dir(path(name)).unwrap();
        }
        fs::write(path("album/a.mp3"), "").unwrap();
        assert_eq!(fault("album/a.mp3"), missing, "there is none");
        fs::write(path("album/front.png"), PICTURE).unwrap();
        fs::write(path("album/folder.jpg"), b"\xff\xd8\xff other").unwrap();
        assert_eq!(read("album/a.mp3").unwrap(), PICTURE);
        assert_eq!(read("album/gone.mp3").unwrap(), PICTURE, "it is the folder's");
        fs::write(path("other/cover.jpg"), b"\xff\xd8\xff other").unwrap();
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipes/cover.jpg"), mode).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipes/a.mp3"), mode).unwrap();
        std::os::unix::fs::symlink("album", path("link")).unwrap();
        for track in
            ["nowhere/a.mp3", "other/a.mp3", "album/a.mp3/a.mp3", "pipes/a.mp3", "link/a.mp3", "../a"]
        {
            assert_eq!(fault(track), missing, "{track}");
        }
        // The one error that any user on any machine can have.
        assert_eq!(fault(&format!("{}/a.mp3", "x".repeat(300))), io::ErrorKind::InvalidFilename);
        assert_eq!(fault(&format!("other/{}", "x".repeat(300))), io::ErrorKind::InvalidFilename);
    }

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
