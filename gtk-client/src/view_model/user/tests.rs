//! Tests of one account in an admin's hands.

use parlour_common::message::{Denial, Fault, Field, FieldFault};
use parlour_common::names::PhonePattern;

use super::*;

fn user(name: &str) -> Box<UserEntry> {
    Box::new(UserEntry {
        files_bytes: 0,
        quota: Quota::Standard,
        user_name: UserName::parse(name).unwrap(),
        email: Email::parse(&format!("{name}@example.org")).unwrap(),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        role: Role::Member,
        state: AccountState::Active,
        created_unix_ms: 0,
        used_unix_ms: None,
    })
}

fn type_into(page: &mut User, entry: Entry, text: &str) {
    page.update(Msg::Typed(entry, Secret::new(text.to_owned())));
}

fn asked(effects: &[Effect]) -> (u32, Request) {
    match effects {
        [Effect::Ask { key, request }] => (*key, request.clone()),
        other => panic!("{other:?}"),
    }
}

fn answer(page: &mut User, key: u32, answer: Answer) -> Vec<Effect> {
    page.update(Msg::Answered(Answered { key, answer }))
}

fn mina() -> User {
    let mut page = User::default();
    page.update(Msg::Opened(user("mina")));
    page
}

#[test]
fn apply_is_there_only_for_a_real_change_and_sends_nothing_else() {
    let mut page = mina();
    assert!(!page.can_submit() && page.update(Msg::Submit).is_empty());
    type_into(&mut page, Entry::Email, "mina@example.com");
    page.update(Msg::RolePicked(Role::Curator));
    assert!(page.can_submit());
    page.update(Msg::RolePicked(Role::Member));
    type_into(&mut page, Entry::Email, " mina@example.org ");
    assert!(!page.can_submit(), "undone");
    page.update(Msg::RolePicked(Role::Admin));
    let (key, request) = asked(&page.update(Msg::Submit));
    let edit = EditUser {
        quota: None,
        user_name: "mina".to_owned(),
        email: None,
        phone: None,
        role: Some(Role::Admin),
        state: None,
    };
    assert_eq!(request, Request::EditUser(edit));
    let changed = UserEntry { role: Role::Admin, ..*user("mina") };
    let effects = answer(&mut page, key, Answer::Reply(Reply::User(changed)));
    assert!(effects.contains(&Effect::Say(Notice::UserSaved("mina".to_owned()))));
    assert!(!page.can_submit() && page.role() == Role::Admin);
}

#[test]
fn a_new_account_needs_no_password_and_every_fault_is_at_its_entry() {
    let mut page = User::default();
    page.update(Msg::OpenedNew);
    type_into(&mut page, Entry::Password, "short");
    page.update(Msg::Submit);
    for entry in [Entry::UserName, Entry::Email, Entry::Password] {
        assert!(page.problems().at(entry).is_some(), "{entry:?}");
    }
    type_into(&mut page, Entry::UserName, "mina");
    type_into(&mut page, Entry::Email, "mina@example.org");
    type_into(&mut page, Entry::Password, "");
    let (key, request) = asked(&page.update(Msg::Submit));
    assert!(matches!(request, Request::AddUser(AddUser { password: None, .. })));
    let faults = vec![FieldFault { field: Field::Phone, fault: Fault::Missing {} }];
    let effects = answer(&mut page, key, Answer::Denied(Denial::InvalidFields { faults }));
    assert_eq!(effects, [Effect::Focus(Entry::Phone)]);
    type_into(&mut page, Entry::Phone, "09121234567");
    let (key, _) = asked(&page.update(Msg::Submit));
    let effects = answer(&mut page, key, Answer::Reply(Reply::User(*user("mina"))));
    assert!(effects.contains(&Effect::Say(Notice::UserAdded("mina".to_owned()))));
    assert_eq!(page.user().map(|user| user.user_name.as_str()), Some("mina"));
}

#[test]
fn approving_keeps_what_is_being_typed() {
    let mut page = User::default();
    page.update(Msg::Opened(Box::new(UserEntry { state: AccountState::Waiting, ..*user("mina") })));
    type_into(&mut page, Entry::Email, "mi");
    let (key, request) = asked(&page.update(Msg::SetState(AccountState::Active)));
    assert!(matches!(
        request,
        Request::EditUser(EditUser { state: Some(AccountState::Active), email: None, .. })
    ));
    let effects = answer(&mut page, key, Answer::Reply(Reply::User(*user("mina"))));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Fill(..))));
    assert_eq!(page.user().map(|user| user.state), Some(AccountState::Active));
    assert!(page.can_submit());
}

#[test]
fn a_code_is_shown_until_the_page_is_left() {
    let mut page = mina();
    let (key, request) = asked(&page.update(Msg::IssueCode));
    assert_eq!(request, Request::IssueResetCode(IssueResetCode { user_name: "mina".to_owned() }));
    assert!(page.update(Msg::IssueCode).is_empty(), "one at a time");
    let code = ResetCode { code: Secret::new("12345678".to_owned()), code_seconds: 600 };
    answer(&mut page, key, Answer::Reply(Reply::ResetCode(code.clone())));
    assert_eq!(page.code(), Some(&code));
    page.update(Msg::Closed);
    assert_eq!((page.code(), page.user()), (None, None));
}

#[test]
fn deletion_asks_for_a_fate_and_says_what_is_against_it() {
    let mut page = mina();
    assert!(page.update(Msg::Delete).is_empty(), "nobody was asked");
    page.update(Msg::BeginDeletion);
    assert_eq!(page.deletion(), Some(Fate::Keep));
    page.update(Msg::FatePicked(Fate::HandOver));
    assert_eq!(page.update(Msg::Delete), [Effect::Focus(Entry::HandOverTo)]);
    type_into(&mut page, Entry::HandOverTo, "sara");
    let (key, request) = asked(&page.update(Msg::Delete));
    let shared = SharedFate::HandOver { to: "sara".to_owned() };
    assert_eq!(request, Request::DeleteUser(DeleteUser { user_name: "mina".to_owned(), shared }));
    answer(&mut page, key, Answer::Denied(Denial::LastAdmin {}));
    assert_eq!(page.problems().whole(), Some(&Problem::Denied(Denial::LastAdmin {})));
    page.update(Msg::FatePicked(Fate::Remove));
    let (key, _) = asked(&page.update(Msg::Delete));
    let effects = answer(&mut page, key, Answer::Reply(Reply::Done {}));
    assert_eq!(effects, [Effect::Say(Notice::UserDeleted("mina".to_owned())), Effect::Back]);
    page.update(Msg::BeginDeletion);
    page.update(Msg::EndDeletion);
    assert_eq!(page.deletion(), None);
}

#[test]
fn another_quota_is_a_change_and_the_one_in_force_is_always_offered() {
    let mut page = User::default();
    let user = UserEntry { quota: Quota::Bytes(7), ..*user("sara") };
    page.update(Msg::Opened(Box::new(user)));
    assert!(page.quotas().contains(&Quota::Bytes(7)) && !page.can_submit());
    page.update(Msg::QuotaPicked(Quota::Unlimited));
    assert!(page.can_submit());
    let effects = page.update(Msg::Submit);
    let [Effect::Ask { request: Request::EditUser(edit), .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((edit.quota, edit.role, &edit.email), (Some(Quota::Unlimited), None, &None));
}
