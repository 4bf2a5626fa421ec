//! The rules of sharing.

use parlour_common::message::{Denial, RecipientList, Role};

use super::*;
use crate::view_model::files::tests::entry;

fn name(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

fn member(user_name: &str) -> Profile {
    Profile {
        user_name: name(user_name),
        role: Role::Member,
        created_unix_ms: 0,
        email: None,
        phone: None,
        about: None,
    }
}

fn recipient(user_name: &str, fetched_unix_ms: Option<u64>) -> Recipient {
    Recipient { user_name: name(user_name), since_unix_ms: 1, fetched_unix_ms }
}

fn key(effect: &Effect) -> u32 {
    match effect {
        Effect::Ask { key, .. } => *key,
        other => panic!("{other:?}"),
    }
}

fn reply(page: &mut Share, key: u32, reply: Reply) -> Vec<Effect> {
    page.update(Msg::Answered(Answered { key, answer: Answer::Reply(reply) }))
}

fn opened(files: &[u64]) -> Share {
    let mut page = Share::default();
    let files = files.iter().map(|file| Arc::new(entry(*file))).collect();
    let effects = page.update(Msg::Opened { own: name("sara"), files });
    let members = ["ali", "reza", "sara"].map(member).to_vec();
    reply(&mut page, key(&effects[0]), Reply::Members(MemberPage { total: 3, members }));
    if let Some(asked) = effects.get(1) {
        let recipients = vec![recipient("ali", None)];
        let list = RecipientList { file: page.files[0].file, recipients };
        reply(&mut page, key(asked), Reply::Recipients(list));
    }
    page
}

#[test]
fn everyone_but_oneself_can_be_chosen_and_who_has_it_is_known() {
    let page = opened(&[1]);
    let names: Vec<&str> = page.members().iter().map(|member| member.user_name.as_str()).collect();
    assert_eq!(names, ["ali", "reza"]);
    assert!(page.is_recipient(&name("ali")) && !page.is_recipient(&name("reza")));
    assert!(!page.can_share() && !page.has_more());
}

#[test]
fn one_file_is_shared_with_several_and_the_receipts_come_anew() {
    let mut page = opened(&[1]);
    page.update(Msg::Ticked(name("reza"), true));
    page.update(Msg::Ticked(name("mina"), true));
    page.update(Msg::Ticked(name("mina"), false));
    let effects = page.update(Msg::Share);
    let [Effect::Ask { key, request: Request::ShareFiles(asked) }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(asked.with, [name("reza")]);
    assert!(page.is_busy() && page.update(Msg::Share).is_empty(), "it is under way");
    let effects = reply(&mut page, *key, Reply::Done {});
    let [Effect::Say(Notice::Files(Told::SharedWith { members: 1 })), Effect::Ask { key, .. }] =
        effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    let recipients = vec![recipient("ali", Some(7)), recipient("reza", None)];
    let file = page.files[0].file;
    reply(&mut page, *key, Reply::Recipients(RecipientList { file, recipients }));
    assert_eq!(page.recipients()[0].fetched_unix_ms, Some(7));
    assert!(!page.can_share(), "everyone who was chosen has it");
}

#[test]
fn several_files_are_shared_and_the_page_is_left() {
    let mut page = opened(&[1, 2]);
    assert!(page.recipients().is_empty());
    page.update(Msg::Ticked(name("ali"), true));
    let effects = page.update(Msg::Share);
    let effects = reply(&mut page, key(&effects[0]), Reply::Done {});
    assert_eq!(effects[1], Effect::Back);
}

#[test]
fn a_refusal_is_said_and_the_choice_stays() {
    let mut page = opened(&[1]);
    page.update(Msg::Ticked(name("reza"), true));
    let effects = page.update(Msg::Share);
    let denial = Denial::TooManyRecipients { limit: 200 };
    let answer = Answer::Denied(denial.clone());
    assert!(page.update(Msg::Answered(Answered { key: key(&effects[0]), answer })).is_empty());
    assert_eq!(page.problem(), Some(&Problem::Denied(denial)));
    assert!(page.can_share());
    let effects = page.update(Msg::Unshare(name("ali")));
    assert!(page.problem().is_none());
    let effects = reply(&mut page, key(&effects[0]), Reply::Done {});
    let told = Told::Unshared { with: "ali".to_owned() };
    assert_eq!(effects[0], Effect::Say(Notice::Files(told)));
    assert!(matches!(effects[1], Effect::Ask { request: Request::ListRecipients(_), .. }));
}

#[test]
fn receipts_follow_what_happens_elsewhere() {
    let mut page = opened(&[1]);
    let effects = page.update(Msg::FilesChanged);
    let file = page.files[0].file;
    let recipients = vec![recipient("ali", Some(9))];
    reply(&mut page, key(&effects[0]), Reply::Recipients(RecipientList { file, recipients }));
    assert_eq!(page.recipients()[0].fetched_unix_ms, Some(9));
    page.update(Msg::Closed);
    assert!(page.files().is_empty() && page.update(Msg::FilesChanged).is_empty());
    assert!(page.update(Msg::Retry).is_empty(), "nobody looks");
}

#[test]
fn more_members_than_a_request_takes_are_asked_for_in_turn() {
    let mut page = opened(&[1, 2]);
    for number in 0..60 {
        page.update(Msg::Ticked(name(&format!("member{number}")), true));
    }
    let effects = page.update(Msg::Share);
    let effects = reply(&mut page, key(&effects[0]), Reply::Done {});
    let [Effect::Say(_), Effect::Ask { key, request: Request::ShareFiles(rest) }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(rest.with.len(), 10);
    assert_eq!(reply(&mut page, *key, Reply::Done {}).pop(), Some(Effect::Back));
}
