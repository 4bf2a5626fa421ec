//! What is to be said is asked for in its order, once it is on the disk, until it is said or given up.

use parlour_common::message::Reply;

use super::*;
use crate::view_model::files::tests::entry;
use crate::view_model::room::timeline::tests::said;

fn kept(key: u8, conversation: u64) -> Kept {
    Kept {
        key: SayKey::new([key; 16]),
        conversation: ConversationId(conversation),
        text: format!("words {key}"),
        reply_to: None,
        attachment: None,
        upload: None,
    }
}

fn opened(kept: impl IntoIterator<Item = Kept>) -> Outbox {
    let mut outbox = Outbox::default();
    outbox.take_over(Vec::new());
    kept.into_iter().for_each(|kept| outbox.push(kept));
    let (turn, _) = outbox.keep().unwrap();
    outbox.take_kept(turn);
    outbox
}

/// Returns the keys of what is asked for now.
fn asked(outbox: &mut Outbox) -> Vec<u8> {
    let deeds = outbox.next(|_| true, true);
    deeds
        .iter()
        .map(|deed| match deed {
            Deed::Say(key, Request::Say(say)) if say.key == *key => key.as_bytes()[0],
            other => panic!("{other:?}"),
        })
        .collect()
}

fn key(key: u8) -> SayKey {
    SayKey::new([key; 16])
}

fn reply() -> Answer {
    Answer::Reply(Reply::Post(said(1)))
}

#[test]
fn nothing_is_asked_for_before_it_is_on_the_disk() {
    let mut outbox = Outbox::default();
    outbox.push(kept(1, 0));
    assert_eq!(outbox.keep(), None, "what an earlier run left is not known yet");
    outbox.take_over(vec![kept(9, 0)]);
    assert!(outbox.is_unkept());
    assert_eq!(asked(&mut outbox), [9], "that is on the disk, and comes first");
    let (turn, all) = outbox.keep().unwrap();
    assert_eq!(all, [kept(9, 0), kept(1, 0)]);
    assert_eq!(outbox.take_answer(key(9), &reply()), Turn::Said);
    assert_eq!(asked(&mut outbox), Vec::<u8>::new());
    outbox.push(kept(2, 0));
    outbox.take_kept(turn);
    assert_eq!(asked(&mut outbox), [1]);
    outbox.take_answer(key(1), &reply());
    assert_eq!(asked(&mut outbox), Vec::<u8>::new(), "the next turn is another");
}

#[test]
fn each_conversation_has_its_order_and_one_question_at_a_time() {
    let mut outbox = opened([kept(1, 0), kept(2, 0), kept(3, 7), kept(4, 7)]);
    assert_eq!(asked(&mut outbox), [1, 3]);
    assert_eq!(asked(&mut outbox), Vec::<u8>::new());
    assert_eq!(outbox.take_answer(key(1), &reply()), Turn::Said);
    assert_eq!(outbox.take_answer(key(1), &reply()), Turn::Stays, "an answer that comes twice");
    assert_eq!(asked(&mut outbox), [2]);
    let mut waiting = opened([kept(1, 0), kept(2, 7)]);
    let seated = |conversation| conversation != ConversationId::ROOM;
    assert_eq!(waiting.next(seated, true).len(), 1, "without a seat only the other one");
    assert_eq!(opened([kept(1, 0)]).next(|_| true, false), [], "without a link nothing");
}

#[test]
fn what_was_not_answered_is_asked_for_again_with_the_same_key_before_what_follows() {
    let mut outbox = opened([kept(1, 0), kept(2, 0)]);
    assert_eq!(asked(&mut outbox), [1]);
    assert_eq!(outbox.take_answer(key(1), &Answer::Lost), Turn::Stays);
    assert_eq!(asked(&mut outbox), [1]);
    let unseated = Answer::Denied(Denial::NotSeated {});
    assert_eq!(outbox.take_answer(key(1), &unseated), Turn::Unseated);
    assert_eq!(asked(&mut outbox), [1]);

    // The app ends, and another run goes on.
    let (_, left) = outbox.keep().unwrap();
    let written = serde_json::to_string(&left).unwrap();
    let mut outbox = Outbox::default();
    outbox.take_over(serde_json::from_str(&written).unwrap());
    assert_eq!(asked(&mut outbox), [1]);
    assert_eq!(outbox.take_answer(key(1), &reply()), Turn::Said);
    assert_eq!(asked(&mut outbox), [2]);
}

#[test]
fn a_busy_daemon_is_left_alone_for_as_long_as_it_says() {
    for (denial, pause_ms) in [
        (Denial::Busy { retry_after_ms: 70 }, 70),
        (Denial::Throttled { retry_after_ms: 80 }, 80),
        (Denial::StorageUnavailable {}, DISK_PAUSE_MS),
        (Denial::DiskFull {}, DISK_PAUSE_MS),
    ] {
        let mut outbox = opened([kept(1, 0), kept(2, 7)]);
        asked(&mut outbox);
        assert_eq!(outbox.take_answer(key(1), &Answer::Denied(denial)), Turn::Later(pause_ms));
        outbox.take_answer(key(2), &reply());
        assert_eq!(asked(&mut outbox), Vec::<u8>::new());
        outbox.wake();
        assert_eq!(asked(&mut outbox), [1]);
    }
}

#[test]
fn what_failed_waits_for_the_person_and_holds_nothing_up() {
    let mut outbox = opened([kept(1, 0), kept(2, 0), kept(3, 0)]);
    asked(&mut outbox);
    let denial = Denial::NoSuchPost {};
    assert_eq!(outbox.take_answer(key(1), &Answer::Denied(denial.clone())), Turn::Stays);
    assert_eq!(outbox.rows(ConversationId::ROOM)[0].state, Sending::Failed(Problem::Denied(denial)));
    assert_eq!(asked(&mut outbox), [2]);
    assert_eq!(outbox.discard(key(2)), None, "the daemon is being asked: it may be said already");
    outbox.take_answer(key(2), &reply());
    outbox.try_again(key(1));
    assert_eq!(asked(&mut outbox), [1], "in its old place");
    outbox.take_answer(key(1), &Answer::Denied(Denial::NotAllowed {}));
    assert_eq!(outbox.discard(key(1)), Some(kept(1, 0)));
    assert_eq!(asked(&mut outbox), [3]);
}

#[test]
fn a_file_goes_first_and_does_not_hold_up_what_is_said_after_it() {
    let upload = UploadKey::new([5; 16]);
    let attachment = Some(Attachment::Path("/a b.pdf".into()));
    let with_file = Kept { attachment, upload: Some(upload), ..kept(1, 0) };
    let mut outbox = opened([with_file.clone(), kept(2, 0)]);
    let deeds = outbox.next(|_| true, true);
    let wanted = NewUpload { path: "/a b.pdf".into(), to_show: Some(upload) };
    assert_eq!(deeds[0], Deed::Upload(wanted));
    assert!(matches!(deeds[1], Deed::Say(of, _) if of == key(2)));
    outbox.take_answer(key(2), &reply());
    assert!(!outbox.take_stored(upload, Stored::Moved(40)));
    assert_eq!(outbox.rows(ConversationId::ROOM)[0].state, Sending::Uploading { percent: 40 });

    let file = entry(8);
    assert!(outbox.take_stored(upload, Stored::Here(Box::new(file.clone()))), "that is to be kept");
    let deeds = outbox.next(|_| true, true);
    let [Deed::Say(_, Request::Say(say))] = deeds.as_slice() else { panic!("{deeds:?}") };
    assert_eq!((say.key, say.card), (key(1), Some(CardSource::File(file.file))));

    // Another run finds the file on its way, and asks for the same upload.
    let mut outbox = Outbox::default();
    outbox.take_over(vec![with_file]);
    assert!(
        matches!(outbox.next(|_| true, true).as_slice(), [Deed::Upload(again)] if again.to_show == Some(upload))
    );
    outbox.take_stored(upload, Stored::Failed(TransferFault::SourceGone));
    let why = Sending::NotUploaded(Some(TransferFault::SourceGone));
    assert_eq!(outbox.rows(ConversationId::ROOM)[0].state, why);
    outbox.try_again(key(1));
    assert!(matches!(outbox.next(|_| true, true).as_slice(), [Deed::Upload(_)]));
    outbox.take_stored(upload, Stored::GivenUp);
    outbox.take_stored(upload, Stored::Here(Box::new(file)));
    assert_eq!(outbox.next(|_| true, true), [], "it came too late: the person had given it up");
}

#[test]
fn what_is_kept_can_be_read_whatever_it_is() {
    let upload = Some(UploadKey::new([0xe5; 16]));
    let quote =
        Quote { post: parlour_common::message::PostId(3), author: said(1).author, excerpt: "x\n".to_owned() };
    let all = [
        Kept { attachment: Some(Attachment::Path("/개 구리".into())), upload, ..kept(1, 0) },
        Kept {
            attachment: Some(Attachment::Track { track: TrackId(3), title: "t".to_owned() }),
            ..kept(2, u64::MAX)
        },
        Kept { reply_to: Some(quote), text: "\"\n\u{202e}".to_owned(), ..kept(255, 1) },
    ];
    for one in all {
        let text = serde_json::to_string(&one).unwrap();
        assert!(!text.contains('\n'));
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), one, "{text}");
        for bad in ["", "0", "zz", "é"] {
            let broken = text.replacen(&format!("{:02x}", one.key.as_bytes()[0]).repeat(16), bad, 1);
            assert!(serde_json::from_str::<Kept>(&broken).is_err(), "{broken}");
        }
    }
}
