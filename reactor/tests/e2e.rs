//! The daemon from end to end, over real sockets. Each test is a sentence.

mod real;

use parlour_common::Secret;
use parlour_common::message::{
    CancelTransfer, ClosingReason, Denial, Event, Fault, FetchCover, FetchTrack, Field, FieldFault,
    FileVersion, Reply, Request, Resume, SearchLibrary, Sort, SortBy, TrackId, TransferId, TransferOutcome,
};
use real::{Daemon, PASSWORD, wav};

#[test]
fn a_stranger_signs_up_searches_and_downloads() {
    let song = wav(1, 700_000);
    let daemon =
        Daemon::start_with(&[("Beethoven/Moonlight Sonata.wav", &song), ("b/Other.wav", &wav(2, 100))]);
    let mut client = daemon.client();
    let signed_in = client.sign_up("sara").unwrap();
    assert_eq!(signed_in.account.user_name.as_str(), "sara");
    daemon.await_tracks(&mut client, 2);
    let page = client.search("moonlite");
    assert_eq!((page.total, page.tracks[0].title.as_str()), (1, "Moonlight Sonata"));
    let fetched = client.fetch(&page.tracks[0], 0).unwrap();
    assert_eq!(fetched.outcome, TransferOutcome::Whole);
    assert_eq!(fetched.start.file_name.as_str(), "Moonlight Sonata.wav");
    assert!(fetched.bytes == song, "the bytes differ");
}

#[test]
fn an_account_is_there_after_a_restart_and_so_is_the_session() {
    let daemon = Daemon::start();
    let client = daemon.member("개구리");
    let token = client.token.clone().unwrap();
    let daemon = Daemon::start_in(daemon.kill(), &real::Options::default());
    let mut client = daemon.client();
    let resumed = client.ask(Request::Resume(Resume { session: token })).unwrap();
    assert!(matches!(resumed, Reply::SignedIn(signed_in) if signed_in.session.is_none()));
    let mut other = daemon.client();
    assert_eq!(other.sign_in("개구리", PASSWORD).unwrap().account.user_name.as_str(), "개구리");
}

#[test]
fn what_is_wrong_at_sign_up_is_said_at_each_field_and_what_is_taken_too() {
    let daemon = Daemon::start();
    let _sara = daemon.member("Sara");
    let mut client = daemon.client();
    let faults = match client.sign_up_as("a b", "nowhere", "short") {
        Err(Denial::InvalidFields { faults }) => faults,
        other => panic!("{other:?}"),
    };
    let fault = |field, fault| FieldFault { field, fault };
    assert_eq!(
        faults,
        [
            fault(Field::Email, Fault::NotAllowed {}),
            fault(Field::UserName, Fault::NotAllowed {}),
            fault(Field::Password, Fault::TooShort { chars_min: 8 }),
        ]
    );
    let taken = |field| Denial::InvalidFields { faults: vec![fault(field, Fault::Taken {})] };
    assert_eq!(client.sign_up_as("SARA", "other@example.org", PASSWORD), Err(taken(Field::UserName)));
    assert_eq!(client.sign_up_as("mina", "SARA@example.org", PASSWORD), Err(taken(Field::Email)));
    assert!(client.sign_up("mina").is_ok());
}

#[test]
fn two_who_race_for_one_name_are_told_apart() {
    let daemon = Daemon::start();
    let results: Vec<bool> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..4)
            .map(|n| {
                let mut client = daemon.client();
                scope.spawn(move || client.sign_up_as("sara", &format!("s{n}@example.org"), PASSWORD).is_ok())
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|won| **won).count(), 1, "{results:?}");
}

#[test]
fn an_unknown_name_and_a_wrong_password_are_told_apart_unless_the_operator_is_strict() {
    let daemon = Daemon::start();
    drop(daemon.member("sara"));
    let mut client = daemon.client();
    assert_eq!(client.sign_in("nobody", PASSWORD), Err(Denial::NotRegistered {}));
    assert_eq!(client.sign_in("sara", "wrong password"), Err(Denial::WrongPassword {}));
    assert!(client.sign_in("SARA", PASSWORD).is_ok());

    let options = real::Options { config: "strict_sign_in_errors = true", ..Default::default() };
    let daemon = Daemon::start_in(real::folders(&options), &options);
    drop(daemon.member("sara"));
    let mut client = daemon.client();
    assert_eq!(client.sign_in("nobody", PASSWORD), Err(Denial::SignInRefused {}));
    assert_eq!(client.sign_in("sara", "wrong password"), Err(Denial::SignInRefused {}));
}

#[test]
fn guessing_is_slowed_and_the_others_are_not() {
    let daemon = Daemon::start();
    drop(daemon.member("sara"));
    drop(daemon.member("mina"));
    let mut client = daemon.client();
    for _ in 0..5 {
        assert_eq!(client.sign_in("sara", "wrong password"), Err(Denial::WrongPassword {}));
    }
    match client.sign_in("sara", PASSWORD) {
        Err(Denial::Throttled { retry_after_ms }) => assert!((1..=10_000).contains(&retry_after_ms)),
        other => panic!("{other:?}"),
    }
    assert!(client.sign_in("mina", PASSWORD).is_ok());
}

#[test]
fn signing_out_ends_the_session_on_every_connection() {
    let daemon = Daemon::start();
    let mut first = daemon.member("sara");
    let token = first.token.clone().unwrap();
    let mut second = daemon.client();
    second.ask(Request::Resume(Resume { session: token.clone() })).unwrap();
    assert_eq!(first.ask(Request::SignOut {}), Ok(Reply::Done {}));
    second.await_event(|event| matches!(event, Event::SessionEnded {}).then_some(()));
    let search = || {
        let sort = Sort { by: SortBy::Title, descending: false };
        Request::SearchLibrary(SearchLibrary { query: String::new(), sort, offset: 0, limit: 1 })
    };
    assert_eq!(second.ask(search()), Err(Denial::SignInFirst {}));
    assert_eq!(first.ask(search()), Err(Denial::SignInFirst {}));
    let again = Request::Resume(Resume { session: token });
    assert_eq!(first.ask(again), Err(Denial::SessionEnded {}));
    assert!(first.sign_in("sara", PASSWORD).is_ok());
}

#[test]
fn a_download_is_resumed_where_it_stopped() {
    let song = wav(3, 1_000_000);
    let daemon = Daemon::start_with(&[("song.wav", &song)]);
    let mut client = daemon.member("sara");
    let track = daemon.await_tracks(&mut client, 1).tracks.remove(0);
    let rest = client.fetch(&track, 600_001).unwrap();
    assert!(rest.bytes == song[600_001..] && rest.outcome == TransferOutcome::Whole);
    assert_eq!(rest.start.size_bytes, song.len() as u64);
    let part = FetchTrack { track: track.id, offset: 10, length: Some(5), version: Some(rest.start.version) };
    match client.ask(Request::FetchTrack(part)) {
        Ok(Reply::FileStart(start)) => assert_eq!(client.receive_file(start).bytes, song[10..15]),
        other => panic!("{other:?}"),
    }
    let nothing = client.fetch(&track, song.len() as u64).unwrap();
    assert!(nothing.bytes.is_empty() && nothing.outcome == TransferOutcome::Whole);
    let size_bytes = song.len() as u64;
    assert_eq!(client.fetch(&track, size_bytes + 1).unwrap_err(), Denial::OffsetOutside { size_bytes });
    let other = FetchTrack { track: track.id, offset: 10, length: None, version: Some(FileVersion(1)) };
    assert_eq!(client.ask(Request::FetchTrack(other)), Err(Denial::VersionChanged {}));
    let gone = FetchTrack { track: TrackId(1), offset: 0, length: None, version: None };
    assert_eq!(client.ask(Request::FetchTrack(gone)), Err(Denial::NoSuchTrack {}));
    let cover = Request::FetchCover(FetchCover { cover: parlour_common::message::CoverId(1) });
    assert_eq!(client.ask(cover), Err(Denial::NoSuchCover {}));
}

#[test]
fn many_downloads_at_once_take_turns_and_messages_pass_between() {
    let songs: Vec<Vec<u8>> = (0..4).map(|seed| wav(seed, 3_000_000)).collect();
    let names = ["0.wav", "1.wav", "2.wav", "3.wav"];
    let files: Vec<(&str, &[u8])> = names.into_iter().zip(songs.iter().map(Vec::as_slice)).collect();
    let daemon = Daemon::start_with(&files);
    let mut client = daemon.member("sara");
    let tracks = daemon.await_tracks(&mut client, 4).tracks;
    for track in &tracks {
        client.send(Request::FetchTrack(FetchTrack {
            track: track.id,
            offset: 0,
            length: None,
            version: None,
        }));
    }
    let ping = client.send(Request::Ping {});
    let mut received: Vec<Vec<u8>> = vec![Vec::new(); 5];
    let (mut order, mut current, mut ended, mut pong_after) = (Vec::new(), 0, 0, None);
    while ended < 4 || pong_after.is_none() {
        match client.receive().expect("all of it") {
            real::Came::ChunkStart(transfer, offset) => {
                current = transfer as usize;
                assert_eq!(offset, received[current].len() as u64, "chunks of a transfer are contiguous");
                order.push(transfer);
            }
            real::Came::Piece(piece) => received[current].extend(piece),
            real::Came::Message(parlour_common::message::ServerMessage::Reply { id, .. }) if id == ping => {
                pong_after = Some(order.len());
            }
            real::Came::Message(parlour_common::message::ServerMessage::Event(Event::TransferEnd(end))) => {
                assert_eq!(end.outcome, TransferOutcome::Whole);
                ended += 1;
            }
            real::Came::Message(_) => {}
        }
    }
    for (transfer, track) in (1..).zip(&tracks) {
        let song = &songs[track.title.parse::<usize>().unwrap()];
        assert!(&received[transfer] == song, "transfer {transfer} differs");
    }
    // 12 chunks each: once all four are under way, no transfer is two turns ahead of another.
    let turns = &order[order.iter().position(|transfer| *transfer == 4).unwrap()..][..16];
    for four in turns.chunks(4) {
        let mut four = four.to_vec();
        four.sort_unstable();
        assert_eq!(four, [1, 2, 3, 4], "{order:?}");
    }
    assert!(pong_after.unwrap() < 40, "a ping waited for the downloads");
}

#[test]
fn a_ninth_download_on_one_connection_is_denied_and_one_can_be_cancelled() {
    let song = wav(5, 20_000_000);
    let daemon = Daemon::start_with(&[("song.wav", &song)]);
    let mut client = daemon.member("sara");
    let track = daemon.await_tracks(&mut client, 1).tracks.remove(0);
    let fetch =
        || Request::FetchTrack(FetchTrack { track: track.id, offset: 0, length: None, version: None });
    for _ in 0..8 {
        assert!(matches!(client.ask(fetch()), Ok(Reply::FileStart(_))));
    }
    assert_eq!(client.ask(fetch()), Err(Denial::TooManyTransfers { limit: 8 }));
    for transfer in 1..=8 {
        let cancel = CancelTransfer { transfer: TransferId(transfer) };
        assert_eq!(client.ask(Request::CancelTransfer(cancel)), Ok(Reply::Done {}));
    }
    let cancel = CancelTransfer { transfer: TransferId(99) };
    assert_eq!(client.ask(Request::CancelTransfer(cancel)), Err(Denial::NoSuchTransfer {}));
    let mut ended = 0;
    while ended < 8 {
        let outcome = match client.events.pop_front() {
            Some(Event::TransferEnd(end)) => end.outcome,
            Some(_) => continue,
            None => client.await_event(|event| match event {
                Event::TransferEnd(end) => Some(end.outcome),
                _ => None,
            }),
        };
        assert_eq!(outcome, TransferOutcome::Cancelled);
        ended += 1;
    }
}

#[test]
fn a_track_cut_short_during_its_download_ends_that_download_alone() {
    let (long, short) = (wav(6, 30_000_000), wav(7, 1_000));
    let daemon = Daemon::start_with(&[("long.wav", &long), ("short.wav", &short)]);
    let mut client = daemon.member("sara");
    let tracks = daemon.await_tracks(&mut client, 2).tracks;
    let long_track = tracks.iter().find(|track| track.title == "long").unwrap();
    let fetch = FetchTrack { track: long_track.id, offset: 0, length: None, version: None };
    let Ok(Reply::FileStart(start)) = client.ask(Request::FetchTrack(fetch)) else { panic!("no start") };
    // The kernel's buffers are far smaller than the file, so the rest is not yet sent.
    std::fs::OpenOptions::new()
        .write(true)
        .open(daemon.bank().join("long.wav"))
        .unwrap()
        .set_len(1000)
        .unwrap();
    let fetched = client.receive_file(start);
    assert_eq!(fetched.outcome, TransferOutcome::Changed);
    assert!(fetched.bytes.len() < long.len());
    let short_track = client.search("short").tracks.remove(0);
    assert!(client.fetch(&short_track, 0).unwrap().bytes == short);
}

#[test]
fn the_library_follows_the_bank_and_everyone_is_told() {
    let daemon = Daemon::start_with(&[("one.wav", &wav(1, 100))]);
    let mut client = daemon.member("sara");
    let before = daemon.await_tracks(&mut client, 1).library.generation;
    client.events.clear();
    std::fs::write(daemon.bank().join("two.wav"), wav(2, 100)).unwrap();
    std::fs::write(daemon.bank().join("broken.mp3"), b"this is no music").unwrap();
    let state = client.await_event(|event| match event {
        Event::LibraryChanged(state) if state.tracks == 3 => Some(*state),
        _ => None,
    });
    assert!(state.generation > before);
    assert_eq!(client.search("broken").tracks[0].format, parlour_common::message::AudioFormat::Broken);
    std::fs::remove_file(daemon.bank().join("one.wav")).unwrap();
    client.await_event(|event| {
        matches!(event, Event::LibraryChanged(state) if state.tracks == 2).then_some(())
    });
    assert_eq!(client.search("one").total, 0);
}

#[test]
fn links_and_what_is_no_file_are_not_served() {
    let daemon = Daemon::start();
    let secret = daemon.folder.path().join("secret.wav");
    std::fs::write(&secret, wav(1, 100)).unwrap();
    std::os::unix::fs::symlink(&secret, daemon.bank().join("link.wav")).unwrap();
    std::os::unix::fs::symlink(daemon.folder.path(), daemon.bank().join("folder")).unwrap();
    std::fs::create_dir(daemon.bank().join("folder.wav")).unwrap();
    let fifo = daemon.bank().join("fifo.wav");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    std::fs::write(daemon.bank().join("real.wav"), wav(2, 100)).unwrap();
    let mut client = daemon.member("sara");
    let page = daemon.await_tracks(&mut client, 1);
    assert_eq!(page.tracks[0].title, "real");
    // What becomes a link after it was listed is not followed either.
    std::fs::remove_file(daemon.bank().join("real.wav")).unwrap();
    std::os::unix::fs::symlink(&secret, daemon.bank().join("real.wav")).unwrap();
    assert_eq!(client.fetch(&page.tracks[0], 0).unwrap_err(), Denial::NoSuchTrack {});
}

#[test]
fn downloads_leave_by_sendfile_and_not_through_the_program() {
    let song = wav(8, 8_000_000);
    let mut daemon = Daemon::start_with(&[("song.wav", &song)]);
    let mut client = daemon.member("sara");
    let track = daemon.await_tracks(&mut client, 1).tracks.remove(0);
    for _ in 0..3 {
        assert!(client.fetch(&track, 0).unwrap().bytes == song);
    }
    daemon.ask_to_stop();
    assert!(daemon.wait().success());
    let line = daemon.await_log("bytes_from_files");
    let figure = |key: &str| -> u64 {
        let tail = line.split(&format!("{key}=")).nth(1).unwrap_or_else(|| panic!("{line}"));
        tail.split(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(figure("bytes_from_files"), 3 * song.len() as u64);
    // Heads of chunks and a few messages: 24 bytes for each 256 KiB.
    assert!(figure("bytes_from_memory") < 20_000, "{line}");
}

#[test]
fn a_stop_tells_everyone_lets_downloads_end_and_takes_no_one_in() {
    let song = wav(9, 40_000_000);
    let mut daemon = Daemon::start_with(&[("song.wav", &song)]);
    let mut client = daemon.member("sara");
    let track = daemon.await_tracks(&mut client, 1).tracks.remove(0);
    let mut idle = daemon.member("mina");
    let fetch = FetchTrack { track: track.id, offset: 0, length: None, version: None };
    let Ok(Reply::FileStart(start)) = client.ask(Request::FetchTrack(fetch)) else { panic!("no start") };
    daemon.ask_to_stop();
    let reason = idle.await_event(|event| match event {
        Event::Closing(closing) => Some(closing.reason.clone()),
        _ => None,
    });
    assert_eq!(reason, ClosingReason::Shutdown {});
    assert!(idle.receive().is_none(), "nothing follows the end");
    assert!(std::net::TcpStream::connect(daemon.address).is_err(), "the port is free");
    let fetched = client.receive_file(start);
    assert!(fetched.bytes == song && fetched.outcome == TransferOutcome::Whole);
    drop(client);
    assert!(daemon.wait().success());
}

#[test]
fn a_request_before_its_time_is_denied_and_costs_nothing() {
    let daemon = Daemon::start();
    let mut client = real::Client::connect(daemon.address);
    assert_eq!(client.ask(Request::SignOut {}), Err(Denial::HelloFirst {}));
    client.hello();
    assert_eq!(client.ask(Request::SignOut {}), Err(Denial::SignInFirst {}));
    let fetch = FetchTrack { track: TrackId(1), offset: 0, length: None, version: None };
    assert_eq!(client.ask(Request::FetchTrack(fetch)), Err(Denial::SignInFirst {}));
    let token = Secret::new(parlour_common::message::SessionToken::new([9; 32]));
    assert_eq!(client.ask(Request::Resume(Resume { session: token })), Err(Denial::SessionEnded {}));
    client.sign_up("sara").unwrap();
    assert_eq!(client.sign_in("sara", PASSWORD), Err(Denial::SignedInAlready {}));
    let sort = Sort { by: SortBy::Title, descending: false };
    for (query, limit) in [("x".repeat(201), 1), (String::new(), 0), (String::new(), 49)] {
        let search = SearchLibrary { query, sort, offset: 0, limit };
        assert!(matches!(client.ask(Request::SearchLibrary(search)), Err(Denial::BadRequest { .. })));
    }
    assert_eq!(client.ask(Request::Ping {}), Ok(Reply::Done {}));
}
