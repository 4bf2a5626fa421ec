//! The librarian at work on banks that change, go away and come back.

use std::fs;
use std::sync::mpsc::{Receiver, channel};

use super::*;

const HURRY: Pace = Pace {
    step: Duration::from_millis(20),
    quiet_steps: 4,
    steps_max: 50,
    rescan_watched: Duration::from_secs(3600),
    rescan_unwatched: Duration::from_millis(200),
    retry: Duration::from_millis(100),
};

/// Long enough for the slowest machine; nothing waits this long unless it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for what must not come.
const QUIET: Duration = Duration::from_millis(600);

struct Stage {
    folder: tempfile::TempDir,
    librarian: Option<Librarian>,
    published: Receiver<Published>,
}

impl Stage {
    fn new(tracks: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bank")).unwrap();
        let mut stage = Self { folder, librarian: None, published: channel().1 };
        for n in 0..tracks {
            stage.write(&format!("{n}.mp3"), "");
        }
        stage.start();
        stage
    }

    fn start(&mut self) {
        let bank = Bank::open(&self.path("bank")).unwrap();
        let (sender, published) = channel();
        let cache = self.path("library-cache");
        let publish = move |library| drop(sender.send(library));
        self.librarian = Some(Librarian::start_at(HURRY, bank, cache, publish).unwrap());
        self.published = published;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, contents: &str) {
        fs::write(self.path("bank").join(name), contents).unwrap();
    }

    /// Returns the next library that is not said to be unfinished: its generation and tracks.
    fn settled(&self) -> (u64, usize) {
        loop {
            let library = self.published.recv_timeout(PATIENCE).unwrap();
            if !library.scanning {
                return (library.index.generation(), library.index.len());
            }
        }
    }

    /// Waits for a library of so many tracks, and returns its generation. A slow machine may see a change in
    /// several steps.
    fn grown_to(&self, tracks: usize) -> u64 {
        loop {
            if let (generation, found) = self.settled()
                && found == tracks
            {
                return generation;
            }
        }
    }

    fn is_quiet(&self) -> bool {
        self.published.recv_timeout(QUIET).is_err()
    }
}

#[test]
fn changes_in_the_bank_are_told_and_nothing_else() {
    let stage = Stage::new(3);
    assert_eq!(stage.settled(), (1, 3));
    assert!(stage.is_quiet());
    fs::create_dir(stage.path("bank/new")).unwrap();
    stage.write("new/4.mp3", "");
    stage.write("new/5.mp3", "");
    let generation = stage.grown_to(5);
    assert!(generation > 1);
    fs::read(stage.path("bank/new/4.mp3")).unwrap();
    stage.write("words.txt", "no music");
    assert!(stage.is_quiet(), "reading, and what is no music, change nothing");
    fs::rename(stage.path("bank/new"), stage.path("elsewhere")).unwrap();
    assert_eq!(stage.settled(), (generation + 1, 3));
    fs::remove_file(stage.path("bank/0.mp3")).unwrap();
    assert_eq!(stage.settled(), (generation + 2, 2));
}

#[test]
fn an_empty_bank_is_a_library_of_nothing() {
    let stage = Stage::new(0);
    assert_eq!(stage.settled(), (1, 0));
    stage.write("first.mp3", "");
    assert_eq!(stage.settled(), (2, 1));
}

#[test]
fn a_long_scan_publishes_what_it_has_and_grows() {
    let stage = Stage::new(1100);
    let sizes = std::iter::from_fn(|| {
        let library = stage.published.recv_timeout(PATIENCE).ok()?;
        library.scanning.then(|| (library.index.generation(), library.index.len()))
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [(1, 500), (2, 1000)]);
    assert!(stage.is_quiet());
}

#[test]
fn the_library_is_taken_up_over_a_restart_and_a_damaged_cache_is_none() {
    let mut stage = Stage::new(3);
    assert_eq!(stage.settled(), (1, 3));
    drop(stage.librarian.take());
    fs::remove_file(stage.path("bank/0.mp3")).unwrap();
    stage.start();
    let first = stage.published.recv_timeout(PATIENCE).unwrap();
    assert_eq!((first.index.len(), first.scanning), (3, true), "at once, as it was");
    let (generation, tracks) = stage.settled();
    assert!(generation > first.index.generation() && first.index.generation() > 1);
    assert_eq!(tracks, 2);
    drop(stage.librarian.take());
    fs::write(stage.path("library-cache"), "rubbish").unwrap();
    stage.start();
    assert_eq!(stage.settled(), (1, 2));
}

#[test]
fn a_bank_that_goes_away_may_come_back() {
    let stage = Stage::new(3);
    assert_eq!(stage.settled(), (1, 3));
    fs::rename(stage.path("bank"), stage.path("away")).unwrap();
    assert!(stage.is_quiet(), "the library stays as it was");
    fs::create_dir(stage.path("bank")).unwrap();
    stage.write("other.mp3", "");
    // It may have been read between the two lines above.
    let generation = stage.grown_to(1);
    stage.write("another.mp3", "");
    assert_eq!(stage.settled(), (generation + 1, 2), "its changes are told again");
}

#[test]
fn stopping_is_prompt_in_the_midst_of_a_scan() {
    let mut stage = Stage::new(1100);
    stage.published.recv_timeout(PATIENCE).unwrap();
    stage.librarian.take().unwrap().stop();
    let published: Vec<_> = stage.published.iter().collect();
    assert!(published.len() <= 2, "the thread has ended, and its sender with it");
}

#[test]
fn a_librarian_that_cannot_listen_reads_again_and_again() {
    let bell = Arc::new(Bell::default());
    bell.hear(Path::new("/bank"), Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch)));
    assert!(bell.lock().deaf && bell.lock().changed);
    assert!(listen(Path::new("/nowhere/at/all"), &bell).is_err());
}

#[test]
fn what_is_hidden_does_not_ring() {
    use notify::event::{ModifyKind, RemoveKind, RenameMode};

    let (changed, removed) = (EventKind::Modify(ModifyKind::Any), EventKind::Remove(RemoveKind::File));
    let renamed = EventKind::Modify(ModifyKind::Name(RenameMode::Both));
    // (what happened, where, whether it rings); the bank itself may lie in a hidden folder
    let cases: [(EventKind, &[&str], bool); 9] = [
        (changed, &["/home/.local/bank/a.mp3"], true),
        (changed, &["/home/.local/bank/.mozilla/x/y.mp3"], false),
        (changed, &["/home/.local/bank/a/.thumbs"], false),
        (removed, &["/home/.local/bank/.a.mp3"], false),
        (renamed, &["/home/.local/bank/.a.mp3.part", "/home/.local/bank/a.mp3"], true),
        (renamed, &["/home/.local/bank/.a", "/home/.local/bank/.b"], false),
        (changed, &["/home/.local/bank"], true),
        (changed, &["/home/.elsewhere/a.mp3"], true),
        (changed, &[], true),
    ];
    for (kind, paths, rings) in cases {
        let bell = Bell::default();
        let event = paths.iter().fold(Event::new(kind), |event, path| event.add_path(path.into()));
        bell.hear(Path::new("/home/.local/bank"), Ok(event));
        assert_eq!(bell.lock().changed, rings, "{paths:?}");
    }
}

#[test]
fn a_bank_is_listened_to_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join(".local/bank");
    fs::create_dir_all(root.join(".cache")).unwrap();
    let bell = Arc::new(Bell::default());
    let _ears = listen(&root, &bell).unwrap();
    fs::create_dir(root.join(".cache/deep")).unwrap();
    fs::write(root.join(".cache/deep/1.mp3"), "1").unwrap();
    fs::write(root.join(".2.mp3"), "2").unwrap();
    std::thread::sleep(QUIET);
    assert!(!bell.lock().changed);
    fs::rename(root.join(".2.mp3"), root.join("2.mp3")).unwrap();
    assert!(bell.wait(PATIENCE, |ringing| !ringing.changed).changed);
}
