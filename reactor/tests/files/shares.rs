//! Files that others see: shared, fetched, confirmed, taken back.

use parlour_common::message::{Denial, Event, FileId, FilePlace, Reply, Request, SameName, TransferOutcome};

use super::super::real::{Client, Load};
use super::house::{
    await_changed, await_contents, confirm, daemon, end_well, fetch_denial, finish, forget_news, key, names,
    news, purge, put, put_as, recipients, rename, restore, send, share, trash, unshare,
};

/// Expects nothing that is asked about a file to be answered otherwise than where there is none.
fn expect_stranger(client: &mut Client, file: FileId) {
    let none = Err(Denial::NoSuchFile {});
    assert_eq!(fetch_denial(client, file), Denial::NoSuchFile {});
    assert_eq!(recipients(client, file), Err(Denial::NoSuchFile {}));
    assert_eq!(rename(client, file, "mine.ogg", SameName::Ask), Err(Denial::NoSuchFile {}));
    assert_eq!(trash(client, &[file]), none);
    assert_eq!(restore(client, &[file]), none);
    assert_eq!(purge(client, &[file]), none);
    assert_eq!(share(client, &[file], &["bob"]), none);
}

#[test]
fn a_shared_file_is_told_seen_fetched_and_confirmed_and_its_owner_hears_of_it() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let _bob = daemon.member("bob");
    let load = Load::new(1, 200_000);
    let entry = sara.upload(key(1), "song.ogg", &load).unwrap();
    forget_news(&mut mina);
    assert_eq!(share(&mut sara, &[entry.file], &["Mina", "bob"]), Ok(()));
    let told = mina.await_event(|event| match event {
        Event::FileShared(told) => Some(told.clone()),
        _ => None,
    });
    await_changed(&mut mina);
    let shared = mina.list_files(FilePlace::Shared, 0);
    assert_eq!((shared.total, &shared.files[0]), (1, &told), "what was told is what is listed");
    assert_eq!(shared.usage.used_bytes, 0, "what others share takes nothing of one's own");
    let by = told.shared_by.clone().unwrap();
    assert_eq!((by.user_name.as_str(), by.fetched_unix_ms, told.recipients), ("sara", None, 0));
    assert_eq!(mina.hash_of_file(entry.file), Ok(load.sha256()));
    forget_news(&mut sara);
    assert_eq!(confirm(&mut mina, &told), Ok(()));
    await_changed(&mut sara);
    assert_eq!(confirm(&mut mina, &told), Ok(()), "the first time stands");
    let list = recipients(&mut sara, entry.file).unwrap();
    let got: Vec<(&str, bool)> =
        list.iter().map(|to| (to.user_name.as_str(), to.fetched_unix_ms.is_some())).collect();
    assert_eq!(got, [("bob", false), ("mina", true)]);
    let own = sara.list_files(FilePlace::Own, 0).files.remove(0);
    assert_eq!((own.recipients, own.fetched), (2, 1));
    end_well(daemon, &mut anna);
}

#[test]
fn strangers_and_admins_learn_nothing_of_a_file() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let _bob = daemon.member("bob");
    let entry = put(&mut sara, 1, "secret.ogg");
    for stranger in [&mut mina, &mut anna] {
        expect_stranger(stranger, entry.file);
        assert_eq!(unshare(stranger, entry.file, "sara"), Err(Denial::NoSuchFile {}));
        assert_eq!(confirm(stranger, &entry), Err(Denial::NoSuchFile {}));
        for place in [FilePlace::Own, FilePlace::Shared, FilePlace::Trash] {
            assert_eq!(names(stranger, place), [""; 0]);
        }
    }
    assert_eq!(names(&mut sara, FilePlace::Own), ["secret.ogg"]);
    end_well(daemon, &mut anna);
}

#[test]
fn a_recipient_may_fetch_and_leave_and_nothing_else() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let mut bob = daemon.member("bob");
    let entry = put(&mut sara, 1, "song.ogg");
    share(&mut sara, &[entry.file], &["mina", "bob"]).unwrap();
    let none = Err(Denial::NoSuchFile {});
    assert_eq!(recipients(&mut mina, entry.file), Err(Denial::NoSuchFile {}));
    assert_eq!(rename(&mut mina, entry.file, "x", SameName::Ask), Err(Denial::NoSuchFile {}));
    assert_eq!(trash(&mut mina, &[entry.file]), none);
    assert_eq!(share(&mut mina, &[entry.file], &["anna"]), none);
    assert_eq!(unshare(&mut mina, entry.file, "bob"), none);
    forget_news(&mut sara);
    assert_eq!(unshare(&mut mina, entry.file, "mina"), Ok(()));
    await_changed(&mut sara);
    expect_stranger(&mut mina, entry.file);
    assert_eq!(names(&mut mina, FilePlace::Shared), [""; 0]);
    assert_eq!(names(&mut bob, FilePlace::Shared), ["song.ogg"]);
    end_well(daemon, &mut anna);
}

#[test]
fn a_file_that_is_taken_back_is_gone_for_its_recipient_at_once() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let entry = put(&mut sara, 1, "song.ogg");
    share(&mut sara, &[entry.file], &["mina"]).unwrap();
    forget_news(&mut mina);
    assert_eq!(unshare(&mut sara, entry.file, "mina"), Ok(()));
    assert_eq!(fetch_denial(&mut mina, entry.file), Denial::NoSuchFile {});
    await_changed(&mut mina);
    assert_eq!(unshare(&mut sara, entry.file, "mina"), Ok(()), "who has it not has it not");
    assert_eq!(unshare(&mut sara, entry.file, "nobody"), Err(Denial::NoSuchMember {}));
    end_well(daemon, &mut anna);
}

#[test]
fn it_is_shared_with_all_or_with_nobody() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let (one, other) = (put(&mut sara, 1, "a.ogg"), put(&mut sara, 2, "b.ogg"));
    trash(&mut sara, &[other.file]).unwrap();
    assert_eq!(share(&mut sara, &[one.file, other.file], &["mina"]), Err(Denial::NoSuchFile {}));
    assert_eq!(share(&mut sara, &[one.file], &["mina", "nobody"]), Err(Denial::NoSuchMember {}));
    for (files, with) in [
        (vec![one.file], vec!["sara"]),
        (vec![one.file], vec!["mina", " MINA"]),
        (vec![one.file, one.file], vec!["mina"]),
        (vec![], vec!["mina"]),
        (vec![one.file], vec![]),
    ] {
        let denial = share(&mut sara, &files, &with).unwrap_err();
        assert!(matches!(denial, Denial::BadRequest { .. }), "{with:?}: {denial:?}");
    }
    assert_eq!(names(&mut mina, FilePlace::Shared), [""; 0]);
    end_well(daemon, &mut anna);
}

#[test]
fn new_contents_of_a_shared_file_reach_those_who_have_it_and_void_their_receipts() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let entry = put(&mut sara, 1, "song.ogg");
    share(&mut sara, &[entry.file], &["mina"]).unwrap();
    confirm(&mut mina, &entry).unwrap();
    forget_news(&mut mina);
    let newer = put_as(&mut sara, 2, "Song.ogg", SameName::Replace).unwrap();
    assert_eq!((newer.file, newer.recipients, newer.fetched), (entry.file, 1, 0));
    await_changed(&mut mina);
    assert_eq!(
        confirm(&mut mina, &entry),
        Err(Denial::VersionChanged {}),
        "no receipt for what is not there"
    );
    let denial = mina.try_fetch_file(entry.file, 5, Some(entry.sha256)).unwrap().unwrap_err();
    assert_eq!(denial, Denial::VersionChanged {}, "two contents are never joined");
    assert_eq!(mina.hash_of_file(entry.file), Ok(newer.sha256));
    let old = sara.list_all_files(FilePlace::Trash).remove(0);
    assert_eq!((old.sha256, old.recipients), (entry.sha256, 0));
    assert_ne!(old.file, entry.file);
    end_well(daemon, &mut anna);
}

#[test]
fn a_download_under_way_goes_on_when_the_file_is_taken_back_and_ends_when_it_is_deleted_for_good() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let load = Load::new(3, 20_000_000);
    let entry = sara.upload(key(3), "long.wav", &load).unwrap();
    share(&mut sara, &[entry.file], &["mina"]).unwrap();
    let start = mina.try_fetch_file(entry.file, 0, None).unwrap().unwrap();
    let mut is_taken_back = false;
    let outcome = mina.try_receive_chunks(&start, |place, piece| {
        if !is_taken_back && place > 100_000 {
            unshare(&mut sara, entry.file, "mina").unwrap();
            trash(&mut sara, &[entry.file]).unwrap();
            is_taken_back = true;
        }
        load.is_at(place, piece)
    });
    assert_eq!(outcome, Some(TransferOutcome::Whole));
    assert_eq!(fetch_denial(&mut mina, entry.file), Denial::NoSuchFile {});
    restore(&mut sara, &[entry.file]).unwrap();
    share(&mut sara, &[entry.file], &["mina"]).unwrap();
    let start = mina.try_fetch_file(entry.file, 0, None).unwrap().unwrap();
    let mut is_purged = false;
    let outcome = mina.try_receive_chunks(&start, |place, piece| {
        if !is_purged && place > 100_000 {
            trash(&mut sara, &[entry.file]).unwrap();
            purge(&mut sara, &[entry.file]).unwrap();
            await_contents(&daemon, 0, 0);
            is_purged = true;
        }
        load.is_at(place, piece)
    });
    assert_eq!(outcome, Some(TransferOutcome::Changed));
    end_well(daemon, &mut anna);
}

#[test]
fn what_nobody_was_told_of_is_not_told() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let entry = put(&mut sara, 1, "song.ogg");
    share(&mut sara, &[entry.file], &["mina"]).unwrap();
    forget_news(&mut mina);
    share(&mut sara, &[entry.file], &["mina"]).unwrap();
    let load = Load::new(2, 10);
    send(&mut sara, 2, "b.ogg", &load, SameName::Ask).unwrap();
    finish(&mut sara, 2, &load, SameName::Ask).unwrap();
    assert_eq!(news(&mut mina), [], "who has it keeps it as it is");
    assert_eq!(sara.ask(Request::EmptyTrash {}), Ok(Reply::Done {}));
    end_well(daemon, &mut anna);
}
