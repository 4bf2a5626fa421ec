//! Partial files through everything that can happen to them.

use parlour_common::message::TrackId;
use parlour_common::names::FileName;

use super::*;

fn target(folder: &Path, name: &str, track: u64) -> Target {
    let file_name = FileName::parse(name).unwrap();
    Target {
        folder: folder.to_owned(),
        file_name,
        source: Source::Track(TrackId(track)),
        server: "host".to_owned(),
    }
}

fn open(target: &Target) -> (Part, Option<Found>) {
    let Opening { part, found } = Part::open(target.clone()).map_err(|fault| format!("{fault:?}")).unwrap();
    (part, found)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_was_written_is_found_again_only_for_its_version_track_and_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let song = target(folder.path(), "song.mp3", 7);
    let (mut part, found) = open(&song);
    assert_eq!(found, None);
    part.begin(FileVersion(u64::MAX), 10).unwrap();
    part.write(b"12345").unwrap();
    part.release();

    assert_eq!(open(&target(folder.path(), "song.mp3", 8)).1, None, "another track");
    let (part, found) = open(&song);
    assert_eq!(found, Some(Found { version: FileVersion(u64::MAX), bytes: 5 }));
    part.release();
    let elsewhere = Target { server: "elsewhere".to_owned(), ..song };
    assert_eq!(open(&elsewhere).1, None, "another daemon");
}

#[test]
fn a_file_is_whole_under_the_next_name_that_is_free() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.b.mp3"), "old").unwrap();
    for (track, name) in [(1, "a.b (2).mp3"), (2, "a.b (3).mp3")] {
        let (mut part, _) = open(&target(folder.path(), "a.b.mp3", track));
        part.begin(FileVersion(1), 3).unwrap();
        part.write(b"new").unwrap();
        assert_eq!(part.finish().unwrap(), folder.path().join(name));
    }
    assert_eq!(names(folder.path()), ["a.b (2).mp3", "a.b (3).mp3", "a.b.mp3"]);
    assert_eq!(fs::read(folder.path().join("a.b.mp3")).unwrap(), b"old");
    assert_eq!(numbered(".hidden", 2), ".hidden (2)");
    let long = numbered(&format!("{}.flac", "é".repeat(125)), 12);
    assert!(long.len() <= NAME_BYTES_MAX && long.ends_with("é (12).flac"), "{long}");
}

#[test]
fn a_short_file_never_gets_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let song = target(folder.path(), "song.mp3", 7);
    let (mut part, _) = open(&song);
    part.begin(FileVersion(1), 10).unwrap();
    part.write(b"12345").unwrap();
    assert!(matches!(part.finish(), Err(TransferFault::NotWritable(_))));
    assert!(!folder.path().join("song.mp3").exists());
    assert_eq!(open(&song).1, Some(Found { version: FileVersion(1), bytes: 5 }), "kept for another try");
}

#[test]
fn after_a_power_cut_only_what_was_synced_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let song = target(folder.path(), "song.mp3", 7);
    let (mut part, _) = open(&song);
    part.begin(FileVersion(1), 10).unwrap();
    part.write(b"1234").unwrap();
    part.sync().unwrap();
    part.write(b"56").unwrap();
    let note_path = part.note_path.clone();
    drop(part);
    let mut note = Note::parse(&fs::read_to_string(&note_path).unwrap()).unwrap();
    note.boot = "another start".to_owned();
    fs::write(&note_path, note.to_text()).unwrap();
    assert_eq!(open(&song).1, Some(Found { version: FileVersion(1), bytes: 4 }));

    for broken in ["", "parlour-part-1\n7\n1\n", &note.to_text().replace("part-1", "part-2")] {
        fs::write(&note_path, broken).unwrap();
        assert_eq!(open(&song).1, None, "{broken:?}");
    }
}

#[test]
fn a_program_that_ends_without_a_word_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let song = target(folder.path(), "song.mp3", 7);
    let (mut part, _) = open(&song);
    part.begin(FileVersion(1), 1_000_000).unwrap();
    part.write(&[1; 300_001]).unwrap();
    drop(part);
    let (part, found) = open(&song);
    assert_eq!(found, Some(Found { version: FileVersion(1), bytes: 300_001 }));
    assert_eq!(fs::read(&part.path).unwrap(), [1; 300_001]);
}

#[test]
fn one_partial_file_has_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let song = target(folder.path(), "song.mp3", 7);
    let (part, _) = open(&song);
    assert_eq!(Part::open(song.clone()).err(), Some(TransferFault::InUse));
    part.release();
    open(&song).0.discard();
    assert_eq!(names(folder.path()), [""; 0], "nothing is left of what never began");
}

#[test]
fn links_and_lost_folders_are_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let song = target(folder.path(), &"x".repeat(255), 7);
    let precious = folder.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    std::os::unix::fs::symlink(&precious, folder.path().join(part_name(&song))).unwrap();
    assert!(matches!(Part::open(song.clone()), Err(TransferFault::NotWritable(_))));
    assert_eq!(fs::read(&precious).unwrap(), b"precious");

    let gone = target(&folder.path().join("gone"), "a", 1);
    assert_eq!(Part::open(gone).err(), Some(TransferFault::FolderGone));

    let going = folder.path().join("going");
    fs::create_dir(&going).unwrap();
    let (mut part, _) = open(&target(&going, "a", 1));
    part.begin(FileVersion(1), 1).unwrap();
    fs::remove_dir_all(&going).unwrap();
    part.write(b"1").unwrap();
    assert_eq!(part.finish(), Err(TransferFault::FolderGone));
}

#[test]
fn what_fat_forbids_is_replaced_only_where_the_file_system_forbids_it() {
    let mut tried = Vec::new();
    let mut fat = |name: &str| {
        tried.push(name.to_owned());
        if name.contains(FORBIDDEN) { Err(Errno::INVAL.into()) } else { Ok(name.len()) }
    };
    assert_eq!(try_names("a: why? \"because\" <*|>.mp3", &mut fat).unwrap(), 26);
    assert_eq!(try_names("a.mp3", &mut fat).unwrap(), 5);
    assert_eq!(tried[1..], ["a_ why_ _because_ ____.mp3", "a.mp3"]);

    let mut tries = 0;
    let full = |_: &str| {
        tries += 1;
        Err::<(), _>(Errno::NOSPC.into())
    };
    assert_eq!(try_names("a?.mp3", full).unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(tries, 1, "another fault is no matter of names");
    assert_eq!(
        try_names("a.mp3", |_| Err::<(), _>(Errno::INVAL.into())).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );

    let folder = tempfile::tempdir().unwrap();
    let (mut part, _) = open(&target(folder.path(), "why?.mp3", 7));
    part.begin(FileVersion(1), 1).unwrap();
    part.write(b"1").unwrap();
    assert_eq!(part.finish().unwrap(), folder.path().join("why?.mp3"), "here it is allowed");
}

#[test]
fn a_full_disk_is_told_before_anything_is_fetched() {
    // The only file system of bounded size that every Linux has at hand.
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return };
    let song = target(folder.path(), "song.mp3", 7);
    let (mut part, _) = open(&song);
    assert_eq!(part.begin(FileVersion(1), 1 << 50), Err(TransferFault::NoSpace));
    part.release();
    assert_eq!(names(folder.path()), [""; 0]);
}
