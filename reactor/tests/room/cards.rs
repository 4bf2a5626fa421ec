//! What posts show: stored once, fetched and kept by whoever may read the post, whatever becomes of the file.

use parlour_common::message::{
    Card, CardSource, Denial, Event, FetchCard, FilePlace, KeepCard, Post, Reply, Request, SameName, Say,
};

use super::super::real::wav;
use super::house::{
    ALL_OF_THE_DISK, ROOM, await_contents, await_said, daemon, daemon_with, delete, edit, elsewhere,
    end_well, enter, fetch, form, load, open, purge, put, say, say_form, show, start_again,
};

fn keep(post: &Post, same_name: SameName) -> Request {
    Request::KeepCard(KeepCard { conversation: post.conversation, post: post.post, same_name })
}

#[test]
fn a_card_is_stored_once_and_outlives_the_file_that_it_was_made_of() {
    let (daemon, anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    enter(&mut sara);
    enter(&mut mina);
    drop(anna);
    let file = put(&mut sara, 1, "song.ogg");
    let used = sara.list_files(FilePlace::Own, 0).usage.used_bytes;
    let post = show(&mut sara, 1, ROOM, file.file).unwrap();
    let (file_name, size_bytes, sha256) = (file.file_name.clone(), file.size_bytes, file.sha256);
    assert_eq!(post.card, Some(Card::File { file_name, size_bytes, sha256 }));
    assert_eq!(await_said(&mut mina), post);
    await_contents(&daemon, 1);
    assert_eq!(sara.list_files(FilePlace::Own, 0).usage.used_bytes, used, "it counts in no quota");
    assert_eq!(fetch(&mut mina, &post, 1, 0), Ok(file.sha256));
    assert_eq!(fetch(&mut mina, &post, 1, 99_999), Ok(file.sha256), "from any offset");
    let beyond = FetchCard { conversation: ROOM, post: post.post, offset: file.size_bytes + 1, length: None };
    let denial = Denial::OffsetOutside { size_bytes: file.size_bytes };
    assert_eq!(mina.ask(Request::FetchCard(beyond)), Err(denial));
    purge(&mut sara, file.file);
    assert_eq!(fetch(&mut mina, &post, 1, 0), Ok(file.sha256));
    let daemon = start_again(daemon.kill());
    // Also for one who has no seat, and for one who came later.
    let mut later = daemon.member("later");
    assert_eq!(fetch(&mut later, &post, 1, 0), Ok(file.sha256));
    sara = elsewhere(&daemon, "sara");
    enter(&mut sara);
    let gone = delete(&mut sara, &post).unwrap();
    assert_eq!(gone.card, None);
    assert_eq!(fetch(&mut later, &post, 1, 0), Err(Denial::NoSuchCard {}));
    await_contents(&daemon, 0);
    let mut anna = elsewhere(&daemon, "anna");
    end_well(daemon, &mut anna);
}

#[test]
fn a_card_that_is_kept_is_a_file_of_ones_own_and_no_byte_is_copied() {
    let (daemon, mut anna) = daemon_with(&[], "[files]\nreserve_mib = 0\nquota_mib = 1");
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    enter(&mut sara);
    let file = put(&mut sara, 1, "song.ogg");
    let post = show(&mut sara, 1, ROOM, file.file).unwrap();
    let Ok(Reply::File(kept)) = mina.ask(keep(&post, SameName::Ask)) else { panic!("it is kept") };
    assert_eq!((kept.file_name.as_str(), kept.sha256), ("song.ogg", file.sha256));
    assert!(kept.shared_by.is_none(), "it is hers");
    mina.await_event(|event| (*event == Event::FilesChanged {}).then_some(()));
    assert_eq!(mina.list_files(FilePlace::Own, 0).usage.used_bytes, file.size_bytes);
    assert!(matches!(mina.ask(keep(&post, SameName::Ask)), Err(Denial::NameTaken { .. })));
    let Ok(Reply::File(second)) = mina.ask(keep(&post, SameName::KeepBoth)) else { panic!("both are kept") };
    assert_eq!(second.file_name.as_str(), "song (2).ogg");
    await_contents(&daemon, 1);
    // It stays when the post and the file go.
    delete(&mut sara, &post).unwrap();
    purge(&mut sara, file.file);
    assert_eq!(mina.hash_of_file(kept.file), Ok(file.sha256));
    assert_eq!(mina.ask(keep(&post, SameName::KeepBoth)), Err(Denial::NoSuchCard {}));
    // And it counts.
    let big = parlour_common::message::UploadKey::new([9; 16]);
    let rest = (1 << 20) - 2 * file.size_bytes - 10;
    mina.upload(big, "big.wav", &super::super::real::Load::new(9, rest)).unwrap();
    let file = put(&mut sara, 2, "more.ogg");
    let post = show(&mut sara, 2, ROOM, file.file).unwrap();
    assert_eq!(mina.ask(keep(&post, SameName::Ask)), Err(Denial::QuotaExceeded { left_bytes: 10 }));
    end_well(daemon, &mut anna);
}

#[test]
fn one_shows_what_one_may_read_oneself_and_what_is_not_in_the_trash() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    enter(&mut sara);
    enter(&mut mina);
    let file = put(&mut sara, 1, "song.ogg").file;
    assert_eq!(show(&mut mina, 1, ROOM, file), Err(Denial::NoSuchFile {}));
    let with = vec![parlour_common::names::UserName::parse("mina").unwrap()];
    let share = parlour_common::message::ShareFiles { files: vec![file], with };
    assert_eq!(sara.ask(Request::ShareFiles(share)), Ok(Reply::Done {}));
    let post = show(&mut mina, 2, ROOM, file).unwrap();
    assert_eq!(post.author.as_str(), "mina");
    let trash = parlour_common::message::FileList { files: vec![file] };
    assert_eq!(sara.ask(Request::TrashFiles(trash)), Ok(Reply::Done {}));
    assert_eq!(show(&mut sara, 3, ROOM, file), Err(Denial::NoSuchFile {}));
    assert!(fetch(&mut sara, &post, 1, 0).is_ok());
    end_well(daemon, &mut anna);
}

#[test]
fn a_card_between_two_is_theirs_alone() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let two = open(&mut sara, "mina").unwrap().conversation;
    let file = put(&mut sara, 1, "song.ogg");
    let post = show(&mut sara, 1, two, file.file).unwrap();
    assert_eq!(fetch(&mut mina, &post, 1, 0), Ok(file.sha256));
    assert_eq!(fetch(&mut anna, &post, 1, 0), Err(Denial::NoSuchConversation {}));
    assert_eq!(anna.ask(keep(&post, SameName::Ask)), Err(Denial::NoSuchConversation {}));
    assert!(matches!(mina.ask(keep(&post, SameName::Ask)), Ok(Reply::File(_))));
    end_well(daemon, &mut anna);
}

#[test]
fn cards_take_no_more_than_the_operator_lets_them() {
    let (daemon, mut anna) = daemon_with(&[], "[files]\nreserve_mib = 0\n[room]\ncards_mib = 1");
    let mut sara = daemon.member("sara");
    enter(&mut sara);
    let size = load(1).size_bytes;
    let file = put(&mut sara, 1, "song.ogg").file;
    let fitting = (1 << 20) / size;
    let posts: Vec<Post> = (0..fitting).map(|number| show(&mut sara, number, ROOM, file).unwrap()).collect();
    let left_bytes = (1 << 20) - fitting * size;
    assert_eq!(show(&mut sara, 99, ROOM, file), Err(Denial::CardsFull { left_bytes }));
    // What was said before is not refused for it, and a deletion makes room.
    assert_eq!(show(&mut sara, 0, ROOM, file), Ok(posts[0].clone()));
    say(&mut sara, 200, "only words");
    delete(&mut sara, &posts[0]).unwrap();
    show(&mut sara, 99, ROOM, file).unwrap();
    end_well(daemon, &mut anna);
}

#[test]
fn a_track_is_shown_as_it_is_in_the_library() {
    let (daemon, mut anna) = daemon_with(&[("Moon - Song.wav", &wav(1, 500))], ALL_OF_THE_DISK);
    let track = daemon.await_tracks(&mut anna, 1).tracks.remove(0);
    enter(&mut anna);
    let hear = |number, card| Say { card: Some(card), ..form(number, ROOM, "hear this") };
    let post = say_form(&mut anna, hear(1, CardSource::Track(track.id))).unwrap();
    let Some(Card::Track { track: shown, ref file_name, size_bytes, ref title, .. }) = post.card else {
        panic!("{post:?}")
    };
    assert_eq!(
        (shown, file_name, size_bytes, title),
        (track.id, &track.file_name, track.size_bytes, &track.title)
    );
    // Asked for again, it is what was said, also where the library does not have it any more.
    std::fs::remove_file(daemon.bank().join("Moon - Song.wav")).unwrap();
    daemon.await_tracks(&mut anna, 0);
    assert_eq!(say_form(&mut anna, hear(1, CardSource::Track(track.id))), Ok(post.clone()));
    assert_eq!(say_form(&mut anna, hear(5, CardSource::Track(track.id))), Err(Denial::NoSuchTrack {}));
    // It is fetched as a track, and there is no file to be kept.
    assert_eq!(fetch(&mut anna, &post, 1, 0), Err(Denial::NoSuchCard {}));
    assert_eq!(anna.ask(keep(&post, SameName::Ask)), Err(Denial::NoSuchCard {}));
    let other = parlour_common::message::TrackId(track.id.0 ^ 1);
    let denial = say_form(&mut anna, hear(2, CardSource::Track(other)));
    assert_eq!(denial, Err(Denial::NoSuchTrack {}));
    // Words may be taken from a card, and a card is no word.
    assert_eq!(edit(&mut anna, &post, "").unwrap().text, "");
    let words = say(&mut anna, 3, "words");
    assert!(matches!(edit(&mut anna, &words, " \n"), Err(Denial::InvalidFields { .. })));
    end_well(daemon, &mut anna);
}
