//! What of a folder is the bank, and what is not.

use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;

use super::*;

/// A bank with one file of every kind, good and bad.
fn bank() -> (tempfile::TempDir, Bank) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("bank");
    fs::create_dir_all(root.join("sub/deep")).unwrap();
    fs::write(folder.path().join("outside.mp3"), "outside").unwrap();
    fs::write(root.join("a.mp3"), "a").unwrap();
    fs::write(root.join("sub/deep/b.mp3"), "b").unwrap();
    fs::write(root.join("new\nline.mp3"), "n").unwrap();
    fs::write(root.join(os_name(b"latin\xe9.mp3")), "l").unwrap();
    fs::write(root.join(".hidden.mp3"), "h").unwrap();
    fs::create_dir(root.join("x.mp3")).unwrap();
    symlink("a.mp3", root.join("inside.mp3")).unwrap();
    symlink("../outside.mp3", root.join("out.mp3")).unwrap();
    symlink("sub", root.join("link")).unwrap();
    let kind = FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, root.join("fifo.mp3"), kind, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let bank = Bank::open(&root).unwrap();
    (folder, bank)
}

#[test]
fn only_regular_files_within_the_bank_are_opened() {
    let (folder, bank) = bank();
    for (path, contents) in [("a.mp3", "a"), ("sub/deep/b.mp3", "b"), ("new\nline.mp3", "n")] {
        let mut opened = bank.open_file(Path::new(path)).unwrap();
        let mut read = String::new();
        opened.read_to_string(&mut read).unwrap();
        assert_eq!(read, contents, "{path}");
    }
    assert!(bank.open_file(Path::new(os_name(b"latin\xe9.mp3"))).is_ok());
    let absolute = folder.path().join("bank/a.mp3");
    for path in [
        "",
        ".",
        "..",
        "../outside.mp3",
        "sub/../a.mp3",
        "./a.mp3",
        "sub",
        "x.mp3",
        "inside.mp3",
        "out.mp3",
        "link/deep/b.mp3",
        "fifo.mp3",
        "missing.mp3",
        "a.mp3/b",
        "/etc/passwd",
        "/proc/self/exe",
        absolute.to_str().unwrap(),
        "a\0.mp3",
    ] {
        assert!(bank.open_file(Path::new(path)).is_err(), "{path:?}");
        let walked = walk_below(&bank.folder(), Path::new(path), OFlags::RDONLY | OFlags::NONBLOCK);
        let is_file = walked.is_ok_and(|file| File::from(file).metadata().unwrap().is_file());
        // `open_below` has refused paths that are not plain before it walks.
        let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        assert!(!plain || !is_file, "{path:?} by walking");
    }
    let walked = walk_below(&bank.folder(), Path::new("sub/deep/b.mp3"), OFlags::RDONLY).unwrap();
    assert_eq!(File::from(walked).metadata().unwrap().len(), 1);
}

#[test]
fn a_bank_that_was_replaced_is_opened_again() {
    let (folder, bank) = bank();
    assert!(!bank.reopen().unwrap());
    fs::rename(folder.path().join("bank"), folder.path().join("old")).unwrap();
    assert!(bank.reopen().is_err());
    assert!(bank.open_file(Path::new("a.mp3")).is_ok(), "the old one is kept until there is another");
    fs::create_dir(folder.path().join("bank")).unwrap();
    assert!(bank.reopen().unwrap());
    assert!(bank.clone().open_file(Path::new("a.mp3")).is_err());
    assert!(Bank::open(&folder.path().join("missing")).is_err());
    assert!(Bank::open(&folder.path().join("outside.mp3")).is_err());
}

mod catalogue {
    use std::ops::ControlFlow;

    use super::*;

    const PICTURE: &[u8] = b"\xff\xd8\xff picture";

    fn scan(catalogue: &mut Catalogue, bank: &Bank) -> Summary {
        catalogue.scan(bank, |_, _| ControlFlow::Continue(())).unwrap()
    }

    fn names(catalogue: &Catalogue) -> Vec<String> {
        let mut names: Vec<_> =
            catalogue.entries().iter().map(|entry| entry.path().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn every_file_is_listed_and_nothing_else() {
        let (_folder, bank) = bank();
        let mut catalogue = Catalogue::default();
        let summary = scan(&mut catalogue, &bank);
        assert_eq!(names(&catalogue), ["a.mp3", "latin\u{fffd}.mp3", "new\nline.mp3", "sub/deep/b.mp3"]);
        assert_eq!((summary.read, summary.broken, summary.removed), (4, 4, 0));
        let titles: Vec<_> = catalogue.entries().iter().map(|entry| entry.tags().title.to_string()).collect();
        assert!(titles.contains(&"new line".to_owned()) && titles.contains(&"latin\u{fffd}".to_owned()));
        for entry in catalogue.entries() {
            assert!(bank.open_file(entry.path()).is_ok(), "{entry:?}");
            assert!(entry.track().file_name.as_str().ends_with(".mp3"));
        }
    }

    #[test]
    fn only_what_changed_is_read_again() {
        let (folder, bank) = bank();
        let root = folder.path().join("bank");
        let mut catalogue = Catalogue::default();
        scan(&mut catalogue, &bank);
        assert!(!scan(&mut catalogue, &bank).is_change());
        fs::write(root.join("a.mp3"), "aa").unwrap();
        fs::write(root.join("sub/c.ogg"), "c").unwrap();
        fs::remove_dir_all(root.join("sub/deep")).unwrap();
        let summary = scan(&mut catalogue, &bank);
        assert_eq!((summary.read, summary.removed), (2, 1));
        assert!(names(&catalogue).contains(&"sub/c.ogg".to_owned()));
    }

    #[test]
    fn a_picture_in_the_folder_is_that_of_its_tracks() {
        let (folder, bank) = bank();
        let deep = folder.path().join("bank/sub/deep");
        let mut catalogue = Catalogue::default();
        scan(&mut catalogue, &bank);
        fs::write(deep.join("front.png"), "no picture").unwrap();
        assert!(!scan(&mut catalogue, &bank).is_change());
        fs::write(deep.join("Folder.JPG"), PICTURE).unwrap();
        let summary = scan(&mut catalogue, &bank);
        assert_eq!((summary.read, summary.pictured), (0, 1));
        let track = Path::new("sub/deep/b.mp3");
        let cover = catalogue.entries().iter().find(|entry| entry.path() == track).unwrap().cover().unwrap();
        assert!(!cover.embedded);
        assert_eq!(bank.read_cover(track, cover.id).unwrap(), PICTURE);
        let other = parlour_common::message::CoverId(cover.id.0 + 1);
        assert_eq!(bank.read_cover(track, other).unwrap_err().kind(), io::ErrorKind::NotFound);
        let index = Index::of(catalogue.entries(), 1);
        assert_eq!(index.locate_cover(cover.id).as_deref(), Some(track));
        assert_eq!(index.locate_cover(other), None);
        fs::remove_file(deep.join("Folder.JPG")).unwrap();
        assert_eq!(scan(&mut catalogue, &bank).pictured, 1);
    }

    #[test]
    fn what_was_known_is_taken_up_again() {
        let (folder, bank) = bank();
        fs::write(folder.path().join("bank/sub/deep/cover.jpg"), PICTURE).unwrap();
        let cache = folder.path().join("cache");
        assert_eq!(Catalogue::load(&cache).unwrap_err().kind(), io::ErrorKind::NotFound);
        let mut catalogue = Catalogue::default();
        scan(&mut catalogue, &bank);
        catalogue.save(&cache, 42).unwrap();
        let (mut known, generation) = Catalogue::load(&cache).unwrap();
        assert_eq!((generation, names(&known)), (42, names(&catalogue)));
        assert!(!scan(&mut known, &bank).is_change());

        let whole = fs::read(&cache).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x41;
            fs::write(&cache, &damaged).unwrap();
            assert!(Catalogue::load(&cache).is_err(), "byte {at}");
            fs::write(&cache, &whole[..at]).unwrap();
            assert!(Catalogue::load(&cache).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_scan_that_is_stopped_forgets_nothing() {
        let (folder, bank) = bank();
        let mut catalogue = Catalogue::default();
        scan(&mut catalogue, &bank);
        fs::remove_file(folder.path().join("bank/a.mp3")).unwrap();
        let summary = catalogue.scan(&bank, |_, _| ControlFlow::Break(())).unwrap();
        assert_eq!((summary.removed, names(&catalogue).len()), (0, 4));
        assert_eq!(scan(&mut catalogue, &bank).removed, 1);
    }

    #[test]
    fn folders_that_lie_too_deep_are_left_out() {
        let (folder, bank) = bank();
        let mut path = folder.path().join("bank");
        for _ in 0..70 {
            path.push("d");
            fs::create_dir(&path).unwrap();
            fs::write(path.join("t.mp3"), "").unwrap();
        }
        let mut catalogue = Catalogue::default();
        let summary = scan(&mut catalogue, &bank);
        assert_eq!((summary.read, summary.folders_too_deep), (4 + 64, 1));
    }
}
