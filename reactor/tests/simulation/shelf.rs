//! The music of the simulation: real small files, and the libraries that name them.
//!
//! It does not know who reads. The files that never change are made once and shared by all seeds; each
//! world has a copy of its own to cut short and rewrite. Contents are random bytes, so that a byte from a
//! wrong place does not look right.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use parlour_common::message::{AudioFormat, CoverId, FileVersion, TrackId};
use parlour_reactor::music::{Cover, Entry, Index, Published, tags::Tags};
use parlour_reactor::send_file::SendFile;

use super::rng::Rng;

/// Sizes around everything that is cut: nothing, a head, a page, a chunk, some chunks.
const SIZES: [usize; 10] = [0, 1, 24, 4096, 65_537, 262_143, 262_144, 262_145, 700_001, 1 << 20];

/// The track whose file changes, the one whose file is not there, the one that is read as if from a disk.
pub const CHANGING: &str = "changing.mp3";
pub const MISSING: &str = "missing.mp3";
pub const COLD: &str = "cold.mp3";

/// The picture that some tracks have, and one that none has.
pub const COVER: CoverId = CoverId(77);
pub const NO_COVER: CoverId = CoverId(78);

/// How many libraries there are; each is published under its number as generation.
pub const LIBRARIES: u64 = 12;

/// A file and what it holds.
#[derive(Clone, Debug)]
pub struct Book {
    pub file: SendFile,
    pub contents: Arc<Vec<u8>>,
}

impl Book {
    fn new(contents: Vec<u8>) -> Self {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&contents).unwrap();
        Self { file: SendFile::new(file).unwrap(), contents: Arc::new(contents) }
    }

    /// A file of which the kernel does not say whether it is in the cache: it is asked for to be warmed,
    /// as if it lay on a disk. Files in memory are such, as it happens.
    fn cold(contents: Vec<u8>) -> Self {
        let memory = rustix::fs::memfd_create("cold", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        let mut file = File::from(memory);
        file.write_all(&contents).unwrap();
        Self { file: SendFile::new(file).unwrap(), contents: Arc::new(contents) }
    }
}

static BOOKS: LazyLock<BTreeMap<PathBuf, Book>> = LazyLock::new(|| {
    let mut rng = Rng::new(1);
    let book =
        |(number, size): (usize, usize)| (PathBuf::from(format!("{number}.mp3")), Book::new(rng.bytes(size)));
    let mut books: BTreeMap<PathBuf, Book> = SIZES.into_iter().enumerate().map(book).collect();
    books.insert(PathBuf::from(COLD), Book::cold(rng.bytes(1 << 20)));
    books
});

/// What the changing file holds at first.
static FIRST_CONTENTS: LazyLock<Vec<u8>> = LazyLock::new(|| Rng::new(2).bytes(500_000));

static INDEXES: LazyLock<Vec<Arc<Index>>> =
    LazyLock::new(|| (1..=LIBRARIES).map(|number| Arc::new(index(number))).collect());

fn entry(path: &str, title: &str, cover: bool) -> Arc<Entry> {
    let tags = Tags {
        title: title.into(),
        artist: "x".repeat(200).into(),
        album: "y".repeat(200).into(),
        genre: "z".repeat(200).into(),
        duration_ms: Some(1000),
        format: AudioFormat::Mp3,
        ..Tags::default()
    };
    let cover = cover.then_some(Cover { id: COVER, embedded: false });
    Arc::new(Entry::new(Path::new(path), 1, tags, cover))
}

/// Makes a library: every other one lacks some tracks. Most are only listed, so that pages are long.
fn index(number: u64) -> Index {
    let fetched = (0..SIZES.len()).map(|size| format!("{size}.mp3"));
    let named = fetched.chain([CHANGING, MISSING, COLD].map(str::to_owned));
    let mut entries: Vec<_> = named.map(|path| entry(&path, "song", true)).collect();
    entries.truncate(entries.len() - if number.is_multiple_of(2) { 0 } else { number as usize % 5 });
    let title = "long ".repeat(39);
    entries.extend((0..48).map(|n| entry(&format!("{}/{n}.mp3", "long".repeat(10)), &title, false)));
    Index::of(entries, number)
}

/// The library of a number.
pub fn library(number: u64, scanning: bool) -> Published {
    Published { index: Arc::clone(&INDEXES[(number - 1) as usize]), scanning }
}

/// The tracks that a peer asks for.
pub fn tracks() -> Vec<TrackId> {
    let shared = BOOKS.keys().map(|path| Entry::id_of(path));
    shared.chain([CHANGING, CHANGING, CHANGING, MISSING, "nowhere"].map(track)).collect()
}

/// The track at a path.
pub fn track(path: &str) -> TrackId {
    Entry::id_of(Path::new(path))
}

/// The files as one world has them.
#[derive(Debug, Default)]
pub struct Shelf {
    changing: Option<File>,
    /// What the changing file held under each of its versions, and the newest one.
    versions: Vec<(FileVersion, Arc<Vec<u8>>)>,
}

impl Shelf {
    /// Opens a file as a worker would.
    pub fn open(&mut self, path: &Path) -> Option<SendFile> {
        if path == Path::new(CHANGING) {
            return Some(self.changing());
        }
        BOOKS.get(path).map(|book| book.file.clone())
    }

    pub fn open_cover(&self) -> SendFile {
        BOOKS[Path::new("3.mp3")].file.clone()
    }

    /// Returns what a file held under a version.
    pub fn contents(&self, version: FileVersion) -> Option<Arc<Vec<u8>>> {
        let here = self.versions.iter().find(|(known, _)| *known == version).map(|(_, contents)| contents);
        let mut books = BOOKS.values();
        here.or_else(|| books.find(|book| book.file.version() == version).map(|book| &book.contents)).cloned()
    }

    /// Tells whether the file of a version was changed since.
    pub fn has_changed(&self, version: FileVersion) -> bool {
        let newest = self.versions.last().map(|(newest, _)| *newest);
        self.versions.iter().any(|(known, _)| *known == version) && newest != Some(version)
    }

    /// Cuts the changing file short, lets it grow, or rewrites some of it. Returns what was done.
    pub fn change(&mut self, rng: &mut Rng) -> Option<&'static str> {
        let file = self.changing.as_ref()?;
        let mut contents = Vec::clone(&self.versions.last()?.1);
        let name = match rng.below(4) {
            0 => {
                contents.truncate(rng.below(contents.len() as u64 + 1) as usize);
                "cut short"
            }
            1 => {
                let more = rng.size(200_000);
                contents.extend(rng.bytes(more));
                "grown"
            }
            2 => {
                let until = rng.below(contents.len() as u64 + 1) as usize;
                let rewritten = rng.bytes(until);
                contents[..until].copy_from_slice(&rewritten);
                "rewritten"
            }
            _ => {
                contents = rng.bytes(400_000);
                "replaced"
            }
        };
        file.set_len(contents.len() as u64).unwrap();
        file.write_all_at(&contents, 0).unwrap();
        self.note_version(contents);
        Some(name)
    }

    fn changing(&mut self) -> SendFile {
        if self.changing.is_none() {
            let contents = FIRST_CONTENTS.clone();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&contents).unwrap();
            self.changing = Some(file);
            self.note_version(contents);
        }
        SendFile::new(self.changing.as_ref().unwrap().try_clone().unwrap()).unwrap()
    }

    /// Gives the file a time of its own: the kernel's clock is too coarse for two changes in one tick.
    fn note_version(&mut self, contents: Vec<u8>) {
        let file = self.changing.as_ref().unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.versions.len() as u64);
        file.set_modified(time).unwrap();
        let version = SendFile::new(file.try_clone().unwrap()).unwrap().version();
        self.versions.push((version, Arc::new(contents)));
    }
}
