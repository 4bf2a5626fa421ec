//! Files that go: into the trash, out of it, and for good.

use parlour_common::message::{Denial, FileId, FilePlace, Reply, Request, SameName};

use super::house::{
    await_changed, await_contents, daemon, end_well, fetch_denial, forget_news, names, purge, put, put_bytes,
    rename, restore, share, trash,
};

#[test]
fn what_is_in_the_trash_is_seen_by_its_owner_alone_and_comes_back_with_its_shares() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let entry = put(&mut sara, 1, "a.ogg");
    share(&mut sara, &[entry.file], &["mina"]).unwrap();
    forget_news(&mut mina);
    assert_eq!(trash(&mut sara, &[entry.file]), Ok(()));
    await_changed(&mut mina);
    assert_eq!(names(&mut mina, FilePlace::Shared), [""; 0]);
    for client in [&mut sara, &mut mina] {
        assert_eq!(fetch_denial(client, entry.file), Denial::NoSuchFile {});
    }
    let page = sara.list_files(FilePlace::Trash, 0);
    let trashed = page.files[0].trashed.unwrap();
    assert_eq!(trashed.until_unix_ms, Some(trashed.since_unix_ms + 30 * 24 * 3_600_000));
    assert_eq!((page.usage.used_bytes, page.usage.trash_bytes), (entry.size_bytes, entry.size_bytes));
    assert_eq!(trash(&mut sara, &[entry.file]), Ok(()), "it is there already");
    assert_eq!(restore(&mut sara, &[entry.file]), Ok(()));
    await_changed(&mut mina);
    assert_eq!(names(&mut mina, FilePlace::Shared), ["a.ogg"]);
    assert_eq!(mina.hash_of_file(entry.file), Ok(entry.sha256));
    end_well(daemon, &mut anna);
}

#[test]
fn a_file_comes_back_beside_one_that_has_its_name() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let old = put(&mut sara, 1, "a.tar.gz");
    trash(&mut sara, &[old.file]).unwrap();
    put(&mut sara, 2, "A.tar.gz");
    restore(&mut sara, &[old.file]).unwrap();
    let mut listed = names(&mut sara, FilePlace::Own);
    listed.sort();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().any(|name| name.contains("(2)")), "{listed:?}");
    end_well(daemon, &mut anna);
}

#[test]
fn what_is_deleted_for_good_frees_the_disk() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let entry = put_bytes(&mut sara, 1, "large.wav", 8_000_000);
    let kept = put(&mut sara, 2, "kept.ogg");
    await_contents(&daemon, 2, 0);
    assert_eq!(purge(&mut sara, &[entry.file]), Err(Denial::NoSuchFile {}), "it goes to the trash first");
    trash(&mut sara, &[entry.file]).unwrap();
    assert_eq!(purge(&mut sara, &[entry.file, kept.file]), Err(Denial::NoSuchFile {}), "all or none");
    assert_eq!(names(&mut sara, FilePlace::Trash), ["large.wav"]);
    assert_eq!(purge(&mut sara, &[entry.file]), Ok(()));
    await_contents(&daemon, 1, 0);
    assert_eq!(sara.list_files(FilePlace::Own, 0).usage.used_bytes, kept.size_bytes);
    assert_eq!(restore(&mut sara, &[entry.file]), Err(Denial::NoSuchFile {}));
    end_well(daemon, &mut anna);
}

#[test]
fn the_trash_is_emptied_and_nothing_else_goes() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let files: Vec<FileId> =
        (1..=20).map(|number| put(&mut sara, number, &format!("{number}.ogg")).file).collect();
    let hers = put(&mut mina, 1, "hers.ogg");
    trash(&mut mina, &[hers.file]).unwrap();
    trash(&mut sara, &files[..19]).unwrap();
    forget_news(&mut sara);
    assert_eq!(sara.ask(Request::EmptyTrash {}), Ok(Reply::Done {}));
    await_changed(&mut sara);
    assert_eq!(names(&mut sara, FilePlace::Trash), [""; 0]);
    assert_eq!(names(&mut sara, FilePlace::Own), ["20.ogg"]);
    assert_eq!(names(&mut mina, FilePlace::Trash), ["hers.ogg"]);
    await_contents(&daemon, 2, 0);
    assert_eq!(sara.ask(Request::EmptyTrash {}), Ok(Reply::Done {}), "it is empty");
    end_well(daemon, &mut anna);
}

#[test]
fn a_request_names_each_of_its_files_once_and_not_too_many() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let entry = put(&mut sara, 1, "a.ogg");
    let many: Vec<FileId> = (1..=101).map(FileId).collect();
    for files in [vec![], vec![entry.file, entry.file], many] {
        for ask in [trash, restore, purge] {
            let denial = ask(&mut sara, &files).unwrap_err();
            assert!(matches!(denial, Denial::BadRequest { .. }), "{denial:?}");
        }
    }
    assert_eq!(rename(&mut sara, entry.file, "b.ogg", SameName::Ask).unwrap().file, entry.file);
    end_well(daemon, &mut anna);
}
