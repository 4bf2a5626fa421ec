//! Lists, members to share with, and the hashes of tracks.

use parlour_common::message::{FilePlace, FileSort, FileVersion};

use super::*;

#[test]
fn lists_are_read_and_recipients_found() {
    let mut stage = Stage::new();
    let (sara, mina) = (stage.add("sara"), stage.add("mina"));
    stage.upload(sara, "a.txt", b"abc");
    stage.open(sara, new("b.txt", 5));
    let list = ListFiles {
        place: FilePlace::Own,
        query: String::new(),
        sort: FileSort::Name,
        descending: false,
        offset: 0,
        limit: 10,
    };
    match stage.run(FilesJob::List { user: sara, list }) {
        FilesFound::Files(page) => {
            assert_eq!((page.total, page.files[0].file_name.as_str()), (1, "a.txt"));
            assert_eq!((page.usage.used_bytes, page.usage.quota_bytes), (8, Some(10 << 20)));
        }
        found => panic!("{found:?}"),
    }
    let uploads = stage.run(FilesJob::ListUploads { user: sara });
    assert!(matches!(&uploads, FilesFound::Uploads(list) if list.uploads[0].file_name.as_str() == "b.txt"));
    let find = |names: &[&str]| FilesJob::FindRecipients {
        names: names.iter().map(|name| UserName::parse(name).unwrap()).collect(),
    };
    let found = stage.run(find(&["MINA", "sara"]));
    assert!(matches!(&found, FilesFound::Members(members) if members == &[mina, sara]), "{found:?}");
    assert_eq!(stage.denied(find(&["mina", "nobody"])), Denial::NoSuchMember {});
}

#[test]
fn a_track_is_hashed_if_it_is_the_version_that_was_fetched() {
    let stage = Stage::new();
    let path = PathBuf::from("a.mp3");
    let on_disk = stage.folder.path().join("bank/a.mp3");
    fs::write(&on_disk, "music").unwrap();
    let version = SendFile::new(fs::File::open(&on_disk).unwrap()).unwrap().version();
    let job = |version| FilesJob::HashTrack { path: path.clone(), version };
    for _ in 0..2 {
        assert!(matches!(stage.run(job(version)), FilesFound::Hashed(found) if found == hash(b"music")));
    }
    assert_eq!(stage.denied(job(FileVersion(version.0 ^ 1))), Denial::VersionChanged {});
    fs::write(&on_disk, "other").unwrap();
    assert_eq!(stage.denied(job(version)), Denial::VersionChanged {});
    fs::remove_file(&on_disk).unwrap();
    assert_eq!(stage.denied(job(version)), Denial::NoSuchTrack {});
}
