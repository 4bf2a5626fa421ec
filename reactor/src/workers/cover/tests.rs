//! The folder of pictures: what is kept of a bank, and what is not, on disks that are full, broken or fine.

use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::music::Catalogue;

/// A disk that is as full, and as broken, as a test says.
#[derive(Default)]
struct FakeDisk {
    free_bytes: AtomicU64,
    sync_fails: AtomicBool,
}

impl Disk for FakeDisk {
    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(self.free_bytes.load(Ordering::SeqCst))
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        if self.sync_fails.load(Ordering::SeqCst) { Err(io::Error::other("no")) } else { Ok(()) }
    }

    fn allocate(&self, _file: &File, _bytes: u64) -> io::Result<()> {
        Ok(())
    }
}

/// A bank with a picture for each track, and a disk.
struct Stage {
    folder: tempfile::TempDir,
    bank: Bank,
    disk: Arc<FakeDisk>,
    tracks: Vec<(CoverId, PathBuf)>,
}

impl Stage {
    fn new(tracks: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..tracks {
            let album = folder.path().join("bank").join(n.to_string());
            fs::create_dir_all(&album).unwrap();
            fs::write(album.join("a.mp3"), "").unwrap();
            fs::write(album.join("cover.jpg"), picture(n)).unwrap();
        }
        let bank = Bank::open(&folder.path().join("bank")).unwrap();
        let mut catalogue = Catalogue::default();
        catalogue.scan(&bank, |_, _| ControlFlow::Continue(())).unwrap();
        let entries = catalogue.entries();
        let mut tracks: Vec<_> =
            entries.iter().map(|entry| (entry.cover().unwrap().id, entry.path().to_owned())).collect();
        tracks.sort_by(|one, other| one.1.cmp(&other.1));
        let stage = Self { folder, bank, disk: Arc::default(), tracks };
        stage.set_free(FREE_TO_KEEP_BYTES_MIN + 1024);
        stage
    }

    fn set_free(&self, free_bytes: u64) {
        self.disk.free_bytes.store(free_bytes, Ordering::SeqCst);
    }

    fn kept_in(&self) -> PathBuf {
        self.folder.path().join("state/covers")
    }

    fn covers(&self, kept_max: usize) -> Covers {
        Covers::start(self.kept_in(), Arc::clone(&self.disk) as Arc<dyn Disk>, kept_max)
    }

    fn open(&self, covers: &Covers, n: usize) -> io::Result<SendFile> {
        let (cover, path) = &self.tracks[n];
        covers.open(&self.bank, *cover, path)
    }

    /// Opens the picture of a track and compares all of it.
    fn show(&self, covers: &Covers, n: usize) -> SendFile {
        let file = self.open(covers, n).unwrap();
        assert_eq!(contents(&file), picture(n));
        file
    }

    /// Returns which pictures are kept; fails if the folder holds anything else.
    fn kept(&self) -> Vec<usize> {
        let Ok(entries) = fs::read_dir(self.kept_in()) else { return Vec::new() };
        let number = |path: PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            self.tracks.iter().position(|(cover, _)| format!("{:016x}", cover.0) == name).expect(name)
        };
        let mut kept: Vec<_> = entries.map(|entry| number(entry.unwrap().path())).collect();
        kept.sort_unstable();
        kept
    }
}

fn picture(n: usize) -> Vec<u8> {
    [b"\xff\xd8\xff picture ", n.to_string().as_bytes()].concat()
}

fn contents(file: &SendFile) -> Vec<u8> {
    let file = File::from(std::os::fd::AsFd::as_fd(file).try_clone_to_owned().unwrap());
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_picture_is_kept_once_it_was_found() {
    let stage = Stage::new(2);
    let covers = stage.covers(4);
    stage.show(&covers, 1);
    assert_eq!(stage.kept(), [1]);
    assert_eq!(mode(&stage.kept_in()), 0o700);
    assert_eq!(mode(&covers.path(stage.tracks[1].0)), 0o600);
    fs::remove_dir_all(stage.folder.path().join("bank/1")).unwrap();
    stage.show(&covers, 1);
    // All that is kept can be thrown away while it runs.
    fs::remove_dir_all(stage.kept_in()).unwrap();
    assert_eq!(stage.open(&covers, 1).unwrap_err().kind(), io::ErrorKind::NotFound);
    stage.show(&covers, 0);
    assert_eq!(stage.kept(), [0]);
}

#[test]
fn the_picture_used_longest_ago_gives_way() {
    let stage = Stage::new(6);
    let covers = stage.covers(3);
    for n in [0, 1, 2, 0, 3] {
        stage.show(&covers, n);
    }
    assert_eq!(stage.kept(), [0, 2, 3]);
    let first = stage.show(&covers, 0);
    for n in [4, 5] {
        stage.show(&covers, n);
        assert!(first.is_unchanged(), "what is being sent is not the first to go");
    }
    assert_eq!(stage.kept(), [0, 4, 5]);
    // A picture that someone else removed takes no place.
    fs::remove_file(covers.path(stage.tracks[0].0)).unwrap();
    for n in [1, 2, 3] {
        stage.show(&covers, n);
    }
    assert_eq!(stage.kept(), [1, 2, 3]);
    drop(covers);
    let covers = stage.covers(2);
    assert_eq!(stage.kept().len(), 2);
    stage.show(&covers, 0);
    assert_eq!(stage.kept().len(), 2);
}

#[test]
fn the_room_of_the_store_is_not_taken() {
    let stage = Stage::new(3);
    let covers = stage.covers(4);
    let size_bytes = picture(0).len() as u64;
    stage.set_free(FREE_TO_KEEP_BYTES_MIN + size_bytes - 1);
    let file = stage.show(&covers, 0);
    assert!(file.is_unchanged() && stage.kept().is_empty());
    stage.set_free(FREE_TO_WRITE_BYTES_MIN + size_bytes);
    stage.show(&covers, 0);
    stage.set_free(FREE_TO_WRITE_BYTES_MIN + size_bytes - 1);
    assert_eq!(stage.open(&covers, 0).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert!(stage.kept().is_empty());
    stage.set_free(FREE_TO_KEEP_BYTES_MIN + size_bytes);
    stage.show(&covers, 0);
    stage.set_free(0);
    stage.show(&covers, 0);
    assert_eq!(stage.kept(), [0], "what is kept already is sent from a full disk too");
}

#[test]
fn a_file_without_a_name_is_whole_on_any_file_system() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("1.0.new");
    for mut file in [open_nameless(folder.path(), &name).unwrap(), open_and_unname(&name).unwrap()] {
        file.write_all(b"picture").unwrap();
        assert_eq!(contents(&SendFile::new(file).unwrap()), b"picture");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn an_error_leaves_nothing_behind_and_is_not_taken_for_a_missing_picture() {
    let stage = Stage::new(2);
    let covers = stage.covers(4);
    stage.disk.sync_fails.store(true, Ordering::SeqCst);
    assert_eq!(stage.open(&covers, 0).unwrap_err().kind(), io::ErrorKind::Other);
    assert!(stage.kept().is_empty());
    stage.disk.sync_fails.store(false, Ordering::SeqCst);
    stage.show(&covers, 0);
    // The folder cannot be made: its parent is a link to nowhere, to itself, or a file.
    std::os::unix::fs::symlink("nowhere", stage.folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink("round", stage.folder.path().join("round")).unwrap();
    fs::write(stage.folder.path().join("file"), "").unwrap();
    for parent in ["link", "round", "file"] {
        let folder = stage.folder.path().join(parent).join("covers");
        let covers = Covers::start(folder, Arc::clone(&stage.disk) as Arc<dyn Disk>, 4);
        let error = stage.open(&covers, 0).unwrap_err();
        assert!(
            matches!(error.kind(), io::ErrorKind::Other | io::ErrorKind::AlreadyExists),
            "{parent} {error}"
        );
    }
    let (other, path) = (CoverId(stage.tracks[1].0.0), &stage.tracks[0].1);
    assert_eq!(covers.open(&stage.bank, other, path).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn what_a_killed_run_left_is_cleared_away() {
    let stage = Stage::new(2);
    stage.show(&stage.covers(4), 1);
    let folder = stage.kept_in();
    fs::write(folder.join("0000000000000007.3.new"), "half").unwrap();
    // One that cannot be removed does not keep the others.
    fs::create_dir(folder.join("0000000000000008.0.new")).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    let covers = stage.covers(4);
    assert_eq!(mode(&folder), 0o700);
    fs::remove_dir(folder.join("0000000000000008.0.new")).unwrap();
    fs::remove_file(folder.join("notes.txt")).unwrap();
    assert_eq!(stage.kept(), [1]);
    assert_eq!(covers.lock().by_use.len(), 1);
}

#[test]
fn of_workers_who_write_the_same_picture_none_spoils_that_of_another() {
    let stage = Stage::new(1);
    for _ in 0..50 {
        let covers = stage.covers(4);
        let files = std::thread::scope(|scope| {
            let opened = [(); 4].map(|()| scope.spawn(|| stage.show(&covers, 0)));
            opened.map(|thread| thread.join().unwrap())
        });
        assert!(files.iter().all(SendFile::is_unchanged));
        assert_eq!(stage.kept(), [0]);
        fs::remove_dir_all(stage.kept_in()).unwrap();
    }
}
