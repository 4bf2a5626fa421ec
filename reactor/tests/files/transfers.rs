//! How files come and go: uploads and downloads, cut and resumed, and answers that were lost.

use std::io::Write;

use parlour_common::message::{
    CancelTransfer, CancelUpload, Denial, Event, FetchFile, FileHash, FilePlace, FinishUpload, Reply,
    Request, SameName, TransferOutcome,
};

use super::super::real::{Begun, CHUNK_BYTES, Daemon, Load, Options, PASSWORD};
use super::house::{
    await_changed, await_contents, daemon, done, end_well, file_of, finish, forget_news, key, names, put,
    put_bytes, send, uploads,
};

#[test]
fn a_file_is_uploaded_listed_and_fetched_from_any_offset() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let load = Load::new(1, 300_000);
    let entry = sara.upload(key(1), "Sketch 2.ogg", &load).unwrap();
    assert_eq!((entry.file_name.as_str(), entry.size_bytes), ("Sketch 2.ogg", 300_000));
    assert_eq!(entry.sha256, load.sha256());
    assert_eq!((entry.recipients, entry.fetched, &entry.trashed, &entry.shared_by), (0, 0, &None, &None));
    let page = sara.list_files(FilePlace::Own, 0);
    assert_eq!((page.total, page.files), (1, vec![entry.clone()]));
    assert_eq!((page.usage.used_bytes, page.usage.quota_bytes), (300_000, Some(10 << 30)));
    assert_eq!(sara.hash_of_file(entry.file), Ok(load.sha256()));
    for offset in [0, 1, 299_999, 300_000] {
        let start = sara.try_fetch_file(entry.file, offset, Some(load.sha256())).unwrap().unwrap();
        assert_eq!((start.offset, start.length), (offset, 300_000 - offset));
        let is_right = sara.try_receive_chunks(&start, |place, piece| load.is_at(place, piece));
        assert_eq!(is_right, Some(TransferOutcome::Whole), "from {offset}");
    }
    let denial = sara.try_fetch_file(entry.file, 300_001, None).unwrap().unwrap_err();
    assert_eq!(denial, Denial::OffsetOutside { size_bytes: 300_000 });
    let denial = sara.try_fetch_file(entry.file, 0, Some(FileHash::new([0; 32]))).unwrap().unwrap_err();
    assert_eq!(denial, Denial::VersionChanged {});
    end_well(daemon, &mut anna);
}

#[test]
fn an_empty_file_is_a_file() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let entry = put_bytes(&mut sara, 1, "nothing.txt", 0);
    assert_eq!(entry.size_bytes, 0);
    assert_eq!(sara.hash_of_file(entry.file), Ok(Load::new(1, 0).sha256()));
    end_well(daemon, &mut anna);
}

#[test]
fn an_upload_that_was_cut_goes_on_where_it_was_even_after_the_daemon_was_killed() {
    let (daemon, anna) = daemon();
    let mut sara = daemon.member("sara");
    let load = Load::new(2, 1_000_000);
    let Begun::Start(start) =
        sara.try_begin_upload(key(2), "long.wav", load.size_bytes, SameName::Ask).unwrap().unwrap()
    else {
        panic!("it was never finished")
    };
    let mut left = 600_000;
    let cut = sara.send_load(start, &load, CHUNK_BYTES, |stream, bytes| {
        let now = bytes.len().min(left);
        left -= now;
        stream.write_all(&bytes[..now])?;
        if left == 0 { Err(std::io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    });
    assert!(cut.is_err());
    let token = sara.token.clone().unwrap();
    drop((sara, anna));
    let daemon = Daemon::start_in(daemon.kill(), &Options::default());
    let (mut sara, mut anna) = (daemon.client(), daemon.client());
    sara.resume(token).unwrap();
    anna.sign_in("anna", PASSWORD).unwrap();
    let unfinished = uploads(&mut sara);
    assert_eq!(unfinished.total, 1);
    assert_eq!((unfinished.uploads[0].upload, unfinished.uploads[0].size_bytes), (key(2), 1_000_000));
    let denial = finish(&mut sara, 2, &load, SameName::Ask).unwrap_err();
    assert!(
        matches!(denial, Denial::UploadIncomplete { received_bytes } if received_bytes < 600_000),
        "{denial:?}"
    );
    let entry = sara.upload(key(2), "long.wav", &load).unwrap();
    assert_eq!(sara.hash_of_file(entry.file), Ok(load.sha256()));
    assert_eq!(uploads(&mut sara).total, 0);
    await_contents(&daemon, 1, 0);
    end_well(daemon, &mut anna);
}

#[test]
fn an_upload_that_is_finished_twice_is_one_file() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let load = Load::new(3, 70_000);
    let entry = sara.upload(key(3), "a.ogg", &load).unwrap();
    assert_eq!(finish(&mut sara, 3, &load, SameName::Ask), Ok(entry.clone()), "its answer was lost");
    assert_eq!(sara.upload(key(3), "a.ogg", &load), Ok(entry.clone()), "the beginning again too");
    let other = finish(&mut sara, 3, &Load::new(4, 70_000), SameName::Ask);
    assert_eq!(other, Err(Denial::UploadDiffers {}));
    let other = sara.try_begin_upload(key(3), "a.ogg", 70_001, SameName::Ask).unwrap().unwrap_err();
    assert_eq!(other, Denial::UploadDiffers {});
    assert_eq!(names(&mut sara, FilePlace::Own), ["a.ogg"]);
    end_well(daemon, &mut anna);
}

#[test]
fn bytes_that_were_damaged_on_their_way_are_no_file_and_can_be_sent_again() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let (load, damaged) = (Load::new(5, 100_000), Load::new(6, 100_000));
    send(&mut sara, 5, "a.ogg", &damaged, SameName::Ask).unwrap();
    assert_eq!(finish(&mut sara, 5, &load, SameName::Ask), Err(Denial::HashMismatch {}));
    assert_eq!(names(&mut sara, FilePlace::Own), [""; 0]);
    let entry = sara.upload(key(5), "a.ogg", &load).unwrap();
    assert_eq!(sara.hash_of_file(entry.file), Ok(load.sha256()));
    end_well(daemon, &mut anna);
}

#[test]
fn an_upload_is_its_members_and_nobody_elses() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let load = Load::new(7, 50_000);
    send(&mut sara, 7, "a.ogg", &load, SameName::Ask).unwrap();
    let cancel = Request::CancelUpload(CancelUpload { upload: key(7) });
    for other in [&mut mina, &mut anna] {
        assert_eq!(finish(other, 7, &load, SameName::Ask), Err(Denial::NoSuchUpload {}));
        assert_eq!(done(other, cancel.clone()), Err(Denial::NoSuchUpload {}));
        assert_eq!(uploads(other).total, 0);
    }
    // The same key is another upload where somebody else uses it.
    let hers = mina.upload(key(7), "b.ogg", &Load::new(8, 10)).unwrap();
    let his = finish(&mut sara, 7, &load, SameName::Ask).unwrap();
    assert_ne!(his.file, hers.file);
    assert_eq!(sara.hash_of_file(his.file), Ok(load.sha256()));
    end_well(daemon, &mut anna);
}

#[test]
fn an_upload_that_is_given_up_leaves_nothing_and_takes_nothing() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let load = Load::new(9, 80_000);
    send(&mut sara, 9, "a.ogg", &load, SameName::Ask).unwrap();
    assert_eq!(sara.list_files(FilePlace::Own, 0).usage.uploads_bytes, 80_000);
    let cancel = Request::CancelUpload(CancelUpload { upload: key(9) });
    assert_eq!(done(&mut sara, cancel.clone()), Ok(()));
    assert_eq!(done(&mut sara, cancel), Err(Denial::NoSuchUpload {}));
    assert_eq!(finish(&mut sara, 9, &load, SameName::Ask), Err(Denial::NoSuchUpload {}));
    assert_eq!(sara.list_files(FilePlace::Own, 0).usage.used_bytes, 0);
    await_contents(&daemon, 0, 0);
    end_well(daemon, &mut anna);
}

#[test]
fn an_upload_that_goes_on_elsewhere_is_taken_from_where_it_was() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let mut beside = daemon.client();
    beside.resume(sara.token.clone().unwrap()).unwrap();
    let load = Load::new(10, 400_000);
    let Begun::Start(first) =
        sara.try_begin_upload(key(10), "a.ogg", load.size_bytes, SameName::Ask).unwrap().unwrap()
    else {
        panic!("it was never finished")
    };
    let entry = beside.upload(key(10), "a.ogg", &load).unwrap();
    sara.send_load(first, &load, CHUNK_BYTES, Write::write_all).unwrap();
    let outcome = sara.await_event(|event| match event {
        Event::TransferEnd(end) if end.transfer == first.transfer => Some(end.outcome),
        _ => None,
    });
    assert_eq!(outcome, TransferOutcome::Superseded);
    assert_eq!(sara.hash_of_file(entry.file), Ok(load.sha256()));
    end_well(daemon, &mut anna);
}

#[test]
fn a_transfer_that_is_stopped_keeps_what_came() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let load = Load::new(11, 400_000);
    let Begun::Start(start) =
        sara.try_begin_upload(key(11), "a.ogg", load.size_bytes, SameName::Ask).unwrap().unwrap()
    else {
        panic!("it was never finished")
    };
    let half = Load::new(11, 200_000);
    sara.send_load(start, &half, CHUNK_BYTES, Write::write_all).unwrap();
    assert_eq!(done(&mut sara, Request::CancelTransfer(CancelTransfer { transfer: start.transfer })), Ok(()));
    let again = sara.try_begin_upload(key(11), "a.ogg", load.size_bytes, SameName::Ask).unwrap().unwrap();
    let Begun::Start(again) = again else { panic!("it was never finished") };
    assert!((1..=200_000).contains(&again.offset), "{again:?}");
    sara.send_load(again, &load, CHUNK_BYTES, Write::write_all).unwrap();
    let entry = finish(&mut sara, 11, &load, SameName::Ask).unwrap();
    assert_eq!(sara.hash_of_file(entry.file), Ok(load.sha256()));
    end_well(daemon, &mut anna);
}

#[test]
fn a_new_file_is_told_to_all_ones_devices_and_to_nobody_else() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let mut phone = daemon.client();
    phone.resume(sara.token.clone().unwrap()).unwrap();
    forget_news(&mut mina);
    put(&mut sara, 12, "a.ogg");
    await_changed(&mut phone);
    await_changed(&mut sara);
    forget_news(&mut anna);
    assert_eq!(super::house::news(&mut mina), []);
    end_well(daemon, &mut anna);
}

#[test]
fn two_devices_that_finish_the_same_name_at_once_are_two_files_or_one_asks() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let mut phone = daemon.client();
    phone.resume(sara.token.clone().unwrap()).unwrap();
    let (one, other) = (Load::new(13, 90_000), Load::new(14, 90_000));
    send(&mut sara, 13, "a.ogg", &one, SameName::Ask).unwrap();
    send(&mut phone, 14, "A.ogg", &other, SameName::Ask).unwrap();
    let request = |number, load: &Load| {
        let sha256 = load.sha256();
        Request::FinishUpload(FinishUpload { upload: key(number), sha256, same_name: SameName::Ask })
    };
    let (here, there) = (sara.send(request(13, &one)), phone.send(request(14, &other)));
    let answers = [file_of(sara.answer(here)), file_of(phone.answer(there))];
    let denied: Vec<usize> = (0..2).filter(|at| answers[*at].is_err()).collect();
    assert_eq!(denied.len(), 1, "{answers:?}");
    let (number, load) = [(13, &one), (14, &other)][denied[0]];
    assert!(matches!(answers[denied[0]], Err(Denial::NameTaken { .. })), "{answers:?}");
    // Nothing is sent again: what was stored waits for the answer of a person.
    let entry = finish(&mut phone, number, load, SameName::KeepBoth).unwrap();
    assert_eq!(phone.hash_of_file(entry.file), Ok(load.sha256()));
    assert_eq!(names(&mut sara, FilePlace::Own).len(), 2);
    end_well(daemon, &mut anna);
}

#[test]
fn what_was_asked_under_a_session_that_was_ended_is_not_shown() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    let entry = put(&mut sara, 15, "a.ogg");
    let mut beside = daemon.client();
    beside.resume(sara.token.clone().unwrap()).unwrap();
    let out = beside.send(Request::SignOut {});
    let fetch = FetchFile { file: entry.file, offset: 0, length: None, sha256: None };
    let asked = beside.send(Request::FetchFile(fetch));
    assert_eq!(beside.answer(out), Ok(Reply::Done {}));
    assert!(matches!(beside.answer(asked), Err(Denial::SignInFirst {} | Denial::SessionEnded {})));
    assert_eq!(sara.ask(Request::FetchFile(fetch)), Err(Denial::SignInFirst {}));
    end_well(daemon, &mut anna);
}
