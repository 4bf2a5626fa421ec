//! What is written, edited, deleted and given up.

use parlour_common::message::{MemberPage, Profile, Role};

use super::*;
use crate::network::{ExportFault, ExportForm};
use crate::view_model::{Entry, Notice, Question};

fn is_say(request: &Request) -> bool {
    matches!(request, Request::Say(_))
}

fn own(number: u64) -> Post {
    Post { author: name("sara"), ..said(number) }
}

#[test]
fn each_conversation_has_a_draft_of_its_own_that_comes_back() {
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::Typed("to all".to_owned()));
    desk.tell(Msg::Reply(PostId(2)));
    desk.tell(Msg::Open(ConversationId(7)));
    desk.serve(3);
    assert!(desk.wanted.contains(&Effect::Fill(Entry::Text, String::new())));
    desk.tell(Msg::Typed("to ali".to_owned()));
    desk.took();
    desk.tell(Msg::Open(ConversationId::ROOM));
    assert!(desk.took().contains(&Effect::Fill(Entry::Text, "to all".to_owned())));
    let draft = desk.room.draft().unwrap();
    assert_eq!((draft.text(), draft.reply_to().unwrap().excerpt.as_str()), ("to all", "post 2"));
    desk.tell(Msg::Back);
    assert_eq!(desk.room.draft().unwrap().reply_to(), None, "the nearest first");
}

#[test]
fn what_is_sent_is_kept_first_and_then_said_and_stays_while_there_is_no_link() {
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Typed("  hello \n".to_owned()));
    desk.tell(Msg::Send);
    let took = desk.took();
    assert!(took.contains(&Effect::Fill(Entry::Text, String::new())));
    let kept = took.iter().find_map(|effect| match effect {
        Effect::KeepOutbox { turn: 1, kept } => Some(kept.clone()),
        _ => None,
    });
    assert_eq!(kept.unwrap()[0].text, "  hello");
    desk.tell(Msg::Kept { turn: 1, is_durable: true });
    assert!(!desk.has_asked(is_say));
    desk.tell(Msg::Resumed);
    assert!(!desk.has_asked(is_say), "one has no seat yet");
    desk.enter(3, 3);
    assert!(desk.has_asked(is_say));
    desk.answer(is_say, Answer::Denied(Denial::NotSeated {}));
    assert!(desk.has_asked(is_enter), "the seat is asked for, and then it is said");
    desk.sit(3, 3);
    assert!(desk.has_asked(is_say));
}

#[test]
fn nothing_empty_or_too_long_is_sent_and_what_is_too_long_stays() {
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::Typed(" \n ".to_owned()));
    desk.tell(Msg::Send);
    let long = "é".repeat(1_300);
    desk.tell(Msg::Typed(long.clone()));
    assert!(desk.room.draft().unwrap().fault().is_some());
    desk.tell(Msg::Send);
    assert_eq!(desk.room.draft().unwrap().text(), long);
    assert!(!desk.wanted.iter().any(|effect| matches!(effect, Effect::KeepOutbox { .. })));
}

#[test]
fn a_disk_that_keeps_nothing_is_spoken_of_once_and_it_is_said_all_the_same() {
    let mut desk = Desk::seated(3, 3);
    for turn in [1, 2] {
        desk.tell(Msg::Typed("hello".to_owned()));
        desk.tell(Msg::Send);
        desk.tell(Msg::Kept { turn, is_durable: false });
    }
    assert!(desk.has_asked(is_say));
    let notice = Effect::Say(Notice::Room(Told::NotKept));
    assert_eq!(desk.took().iter().filter(|effect| **effect == notice).count(), 1);
}

#[test]
fn several_files_are_several_posts_and_the_words_stand_with_the_first() {
    let mut desk = Desk::seated(3, 3);
    let files: Vec<Attachment> = ["/a", "/b", "/a"].map(|path| Attachment::Path(path.into())).into();
    desk.tell(Msg::Attach(files));
    assert_eq!(desk.room.draft().unwrap().attachments().len(), 2, "each once");
    desk.tell(Msg::Typed("look".to_owned()));
    desk.tell(Msg::Send);
    desk.tell(Msg::Kept { turn: 1, is_durable: true });
    assert_eq!(desk.rows()[4..], ["> look", "> "]);
    let uploads = desk.took().into_iter().filter(|effect| matches!(effect, Effect::Upload(_))).count();
    assert_eq!(uploads, 2);
    let key = match desk.room.shown.borrow().row(4) {
        Some(Row::Pending(row)) => row.key,
        other => panic!("{other:?}"),
    };
    desk.tell(Msg::Discard(key));
    assert!(desk.took().iter().any(|effect| matches!(effect, Effect::DropUpload(_))));
    assert_eq!(desk.rows()[4..], ["> "]);
}

#[test]
fn ones_last_post_is_edited_and_a_text_that_was_not_stored_comes_back() {
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::EditLast);
    assert!(desk.room.draft().is_none_or(|draft| draft.editing().is_none()), "none of them is one's own");
    desk.tell(Msg::Said(Box::new(own(4))));
    desk.took();
    desk.tell(Msg::EditLast);
    assert!(desk.took().contains(&Effect::Fill(Entry::Text, "post 4".to_owned())));
    desk.tell(Msg::Typed("better".to_owned()));
    desk.tell(Msg::Send);
    let is_edit = |request: &Request| matches!(request, Request::EditPost(edit) if edit.text == "better");
    assert!(desk.room.draft().unwrap().editing().is_none());
    desk.answer(is_edit, Answer::Lost);
    assert!(desk.took().contains(&Effect::Fill(Entry::Text, "better".to_owned())));
    assert_eq!(desk.room.draft().unwrap().editing().unwrap().post, PostId(4));
    desk.tell(Msg::Send);
    let stored = Post { text: "better".to_owned(), revision: Revision(9), ..own(4) };
    desk.answer(is_edit, Answer::Reply(Reply::Post(stored)));
    assert!(desk.rows()[4].contains("better"));
    desk.tell(Msg::Typed("a word".to_owned()));
    desk.tell(Msg::EditLast);
    assert_eq!(desk.room.draft().unwrap().text(), "a word", "something is being written");
    desk.tell(Msg::Edit(PostId(4)));
    desk.tell(Msg::Back);
    assert_eq!(desk.room.draft().unwrap().text(), "a word", "what was there before comes back");
    desk.tell(Msg::Edit(PostId(1)));
    assert!(desk.room.draft().unwrap().editing().is_none(), "somebody else said it");
}

#[test]
fn ones_own_post_is_deleted_after_a_question() {
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::Said(Box::new(own(4))));
    desk.tell(Msg::Delete(PostId(1)));
    assert!(!desk.wanted.contains(&Effect::Confirm(Question::DeletePost)));
    desk.tell(Msg::Delete(PostId(4)));
    assert!(desk.wanted.contains(&Effect::Confirm(Question::DeletePost)));
    desk.tell(Msg::Confirmed(false));
    let is_delete = |request: &Request| matches!(request, Request::DeletePost(_));
    assert!(!desk.has_asked(is_delete));
    desk.tell(Msg::Delete(PostId(4)));
    desk.tell(Msg::Confirmed(true));
    let gone = Post { text: String::new(), deleted_unix_ms: Some(1), revision: Revision(8), ..own(4) };
    desk.answer(is_delete, Answer::Reply(Reply::Post(gone)));
    let row = desk.room.shown.borrow().row(4);
    assert!(matches!(row, Some(Row::Post(row)) if row.is_deleted() && !row.can_edit()));
}

#[test]
fn members_are_offered_by_how_their_names_begin_those_of_the_room_at_once() {
    let mut desk = Desk::opened_with(Choices::default());
    desk.enter(3, 3);
    let seat = |user| SeatEntry { user_name: name(user), state: SeatState::Present, since_unix_ms: 0 };
    let seats = SeatPage { participants: 3, seats: vec![seat("Sami"), seat("ali"), seat("sara")] };
    desk.answer(|request| matches!(request, Request::ListSeats(_)), Answer::Reply(Reply::Seats(seats)));
    desk.tell(Msg::Mentioning(Some("S".to_owned())));
    assert_eq!(desk.room.completion(), [name("Sami")], "not oneself");
    desk.tell(Msg::Mentioning(Some("Sa".to_owned())));
    let is_members = |request: &Request| matches!(request, Request::ListMembers(_));
    assert_eq!(desk.asked.iter().filter(|(_, request)| is_members(request)).count(), 1, "one at a time");
    let profile = |user: &str| Profile {
        user_name: name(user),
        role: Role::Member,
        created_unix_ms: 0,
        email: None,
        phone: None,
        about: None,
    };
    let listed = |users: &[&str]| {
        let members = users.iter().map(|user| profile(user)).collect();
        Answer::Reply(Reply::Members(MemberPage { total: 9, members }))
    };
    desk.answer(is_members, listed(&["sam", "sue"]));
    assert_eq!(desk.room.completion(), [name("Sami")], "that was for less");
    desk.answer(is_members, listed(&["Sam", "Sami", "elsa"]));
    assert_eq!(desk.room.completion(), [name("Sam"), name("Sami")], "by name, each once, from its beginning");
    desk.tell(Msg::Back);
    assert!(desk.room.completion().is_empty());
}

#[test]
fn a_conversation_is_written_into_a_file_one_at_a_time_and_it_is_said_where() {
    let mut desk = Desk::seated(3, 3);
    let export = || Msg::Export { path: "/room.txt".into(), form: ExportForm::Text };
    desk.tell(export());
    desk.tell(export());
    let begun = desk.took().into_iter().filter(|effect| matches!(effect, Effect::Export { .. })).count();
    assert_eq!((begun, desk.room.exported()), (1, Some(0)));
    desk.tell(Msg::ExportMoved { posts: 64 });
    assert_eq!(desk.room.exported(), Some(64));
    desk.tell(Msg::Exported(Ok("/room.txt".into())));
    assert!(desk.took().contains(&Effect::Say(Notice::Room(Told::Exported { path: "/room.txt".into() }))));
    desk.tell(export());
    desk.tell(Msg::CancelExport);
    desk.tell(Msg::Exported(Err(ExportFault::Cancelled)));
    assert!(desk.took().contains(&Effect::CancelExport) && desk.room.exported().is_none());
}
