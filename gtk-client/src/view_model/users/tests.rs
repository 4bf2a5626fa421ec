//! Tests of the list of accounts.

use parlour_common::message::{AccountState, Denial, Quota, Role};
use parlour_common::names::{Email, PhonePattern, UserName};

use super::super::Problem;
use super::*;

fn user(name: &str) -> UserEntry {
    UserEntry {
        files_bytes: 0,
        quota: Quota::Standard,
        user_name: UserName::parse(name).unwrap(),
        email: Email::parse(&format!("{name}@example.org")).unwrap(),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        role: Role::Member,
        state: AccountState::Active,
        created_unix_ms: 0,
        used_unix_ms: None,
    }
}

fn page(total: u32, names: &[&str]) -> Answer {
    Answer::Reply(Reply::Users(UserPage {
        total,
        waiting: 1,
        users: names.iter().copied().map(user).collect(),
    }))
}

/// Returns the one question among the effects.
fn asked(effects: &[Effect]) -> (u32, ListUsers) {
    match effects {
        [Effect::Ask { key, request: Request::ListUsers(list) }] => (*key, list.clone()),
        other => panic!("{other:?}"),
    }
}

fn names(users: &Users) -> Vec<String> {
    users.users().iter().map(|user| user.user_name.to_string()).collect()
}

#[test]
fn pages_follow_one_another_until_all_are_here() {
    let mut users = Users::default();
    let (key, list) = asked(&users.update(Msg::Opened));
    assert_eq!((list.offset, list.limit), (0, USERS_PER_PAGE_MAX));
    assert_eq!(users.fetch(), &Fetch::Loading);
    users.update(Msg::Answered(Answered { key, answer: page(3, &["mina", "sara"]) }));
    assert_eq!(
        (names(&users), users.waiting(), users.has_more()),
        (vec!["mina".into(), "sara".into()], 1, true)
    );
    let (key, list) = asked(&users.update(Msg::More));
    assert_eq!(list.offset, 2);
    assert!(users.update(Msg::More).is_empty(), "one page at a time");
    users.update(Msg::Answered(Answered { key, answer: page(3, &["toni"]) }));
    assert_eq!(names(&users), ["mina", "sara", "toni"]);
    assert!(users.update(Msg::More).is_empty());
}

#[test]
fn only_the_answer_to_the_last_question_counts() {
    let mut users = Users::default();
    let (early, _) = asked(&users.update(Msg::Opened));
    let (late, list) = asked(&users.update(Msg::Typed("  mi ".to_owned())));
    assert_eq!(list.query, "mi");
    assert!(users.update(Msg::Typed("mi".to_owned())).is_empty(), "the same search");
    users.update(Msg::Answered(Answered { key: early, answer: page(1, &["sara"]) }));
    assert_eq!(users.fetch(), &Fetch::Loading);
    users.update(Msg::Answered(Answered { key: late, answer: page(1, &["mina"]) }));
    assert_eq!(names(&users), ["mina"]);
}

#[test]
fn a_filter_begins_anew_and_may_find_nobody() {
    let mut users = Users::default();
    users.update(Msg::Opened);
    let (key, list) = asked(&users.update(Msg::Filtered(UserFilter::Waiting)));
    assert_eq!(list.filter, UserFilter::Waiting);
    users.update(Msg::Answered(Answered { key, answer: page(0, &[]) }));
    assert!(*users.fetch() == Fetch::Here && names(&users).is_empty());
    assert!(users.update(Msg::Filtered(UserFilter::Waiting)).is_empty());
}

#[test]
fn a_failure_is_shown_only_where_there_is_nothing_else_and_can_be_retried() {
    let mut users = Users::default();
    let (key, _) = asked(&users.update(Msg::Opened));
    users.update(Msg::Answered(Answered { key, answer: Answer::Denied(Denial::NotAllowed {}) }));
    assert_eq!(users.fetch(), &Fetch::Failed(Problem::Denied(Denial::NotAllowed {})));
    let (key, _) = asked(&users.update(Msg::Retry));
    users.update(Msg::Answered(Answered { key, answer: page(1, &["sara"]) }));
    let (key, _) = asked(&users.update(Msg::Changed));
    users.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
    assert_eq!(names(&users), ["sara"]);
}

#[test]
fn a_closed_page_forgets_and_asks_nothing() {
    let mut users = Users::default();
    let (key, _) = asked(&users.update(Msg::Opened));
    users.update(Msg::Closed);
    users.update(Msg::Answered(Answered { key, answer: page(1, &["sara"]) }));
    assert_eq!(users.fetch(), &Fetch::Loading);
    assert!(users.update(Msg::Changed).is_empty());
}
