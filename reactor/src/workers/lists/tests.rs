//! Lists read from a real store: who is on them, and what of them. `tests/fitting.rs` has the longest pages.

mod fitting;

use std::collections::BTreeSet;

use parlour_common::limits::{MEMBERS_PER_PAGE_MAX, USERS_PER_PAGE_MAX};
use parlour_common::message::{
    AccountState, InviteId, Reply, Role, ServerMessage, UserFilter, Visibility, encode,
};
use parlour_common::names::PhonePattern;
use tempfile::TempDir;

use super::*;
use crate::store::{
    AccountEdit, Act, Applied, Author, Change, InviteHash, NewInvite, NewSession, NewUser, TokenHash,
    UserEdit, UserId, Writer,
};
use crate::workers::PasswordCost;

/// A time that everything in these tests is near.
const NOW: u64 = 1_700_000_000_000;

/// A store and what is done to it.
struct Stage {
    store: Store,
    writer: Writer,
    _folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open(folder.path()).unwrap();
        Self { store, writer, _folder: folder }
    }

    fn commit(&mut self, change: &Change) -> Applied {
        self.writer.commit(std::iter::once(change)).remove(0).unwrap()
    }

    /// Makes an account by the operator.
    fn admit(&mut self, user: NewUser) -> UserId {
        match self.commit(&Change::AdmitUser { act: act(), user }) {
            Applied::Account(user) => user.id,
            applied => panic!("{applied:?}"),
        }
    }

    fn add(&mut self, name: &str) -> UserId {
        self.admit(new_user(name, &format!("{name}@example.org")))
    }

    fn edit(&mut self, user: UserId, edit: UserEdit) {
        self.commit(&Change::EditUser { act: act(), user, edit, notify: false });
    }

    fn show(&mut self, user: UserId, about: &str, visibility: Visibility) {
        let (about, visibility) = (Some(about.to_owned()), Some(visibility));
        let edit = AccountEdit { about, visibility, ..AccountEdit::default() };
        self.commit(&Change::EditAccount { user, edit, at_unix_ms: NOW, notify: false });
    }

    fn members(&self, query: &str, offset: u32, limit: u16) -> MemberPage {
        members(&self.store, &ListMembers { query: query.to_owned(), offset, limit }).unwrap()
    }

    fn users(&self, query: &str, filter: UserFilter) -> UserPage {
        let list = ListUsers { query: query.to_owned(), filter, offset: 0, limit: USERS_PER_PAGE_MAX };
        users(&self.store, &list).unwrap()
    }
}

fn act() -> Act {
    Act { by: Author::Operator, at_unix_ms: NOW }
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn new_user(user_name: &str, email: &str) -> NewUser {
    NewUser {
        user_name: name(user_name),
        email: Email::parse(email).unwrap(),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        password_hash: Secret::new("$scrypt$".to_owned()),
        created_unix_ms: NOW,
        role: Role::Member,
        state: AccountState::Active,
    }
}

fn names_of(page: &MemberPage) -> Vec<&str> {
    page.members.iter().map(|member| member.user_name.as_str()).collect()
}

fn users_of(page: &UserPage) -> Vec<&str> {
    page.users.iter().map(|user| user.user_name.as_str()).collect()
}

/// The bytes of an answer as it travels, without the length prefix.
fn bytes_of(reply: Reply) -> Vec<u8> {
    let frame = encode(&ServerMessage::Reply { id: u32::MAX, reply });
    frame.unwrap()[size_of::<u32>()..].to_vec()
}

#[test]
fn what_someone_hides_is_not_in_the_page_at_all() {
    let mut stage = Stage::new();
    let flags = [false, true];
    let all = flags.iter().flat_map(|email| {
        flags
            .iter()
            .flat_map(move |phone| flags.map(|about| Visibility { email: *email, phone: *phone, about }))
    });
    for (n, visibility) in all.enumerate() {
        let phone = PhonePattern::default().check(&format!("0912000000{n}")).unwrap();
        let user = stage.admit(NewUser { phone, ..new_user(&format!("m{n}"), &format!("m{n}@example.org")) });
        stage.show(user, &format!("I am number {n}."), visibility);
        let page = stage.members(&format!("m{n}"), 0, 1);
        let bytes = bytes_of(Reply::Members(page.clone()));
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert_eq!(holds(&format!("m{n}@example.org")), visibility.email, "{visibility:?}");
        assert_eq!(holds(&format!("0912000000{n}")), visibility.phone, "{visibility:?}");
        assert_eq!(holds(&format!("I am number {n}.")), visibility.about, "{visibility:?}");
        assert_eq!((page.total, page.members[0].role), (1, Role::Member));
    }
}

#[test]
fn nobody_shows_an_address_who_has_not_said_so() {
    let mut stage = Stage::new();
    stage.add("sara");
    let page = stage.members("", 0, 1);
    assert_eq!((&page.members[0].email, &page.members[0].phone), (&None, &None));
    assert_eq!(page.members[0].about.as_deref(), Some(""));
}

#[test]
fn who_waits_or_is_disabled_is_no_member_and_still_an_account() {
    let mut stage = Stage::new();
    for n in ["anna", "mina", "omid"] {
        stage.add(n);
    }
    stage.admit(NewUser { state: AccountState::Waiting, ..new_user("zari", "zari@example.org") });
    stage.edit(UserId(2), UserEdit { state: Some(AccountState::Disabled), ..UserEdit::default() });
    let page = stage.members("", 0, 20);
    assert_eq!((page.total, names_of(&page)), (2, vec!["anna", "omid"]));
    assert_eq!(stage.members("mina", 0, 20).total, 0);
    let page = stage.users("", UserFilter::All);
    assert_eq!((page.total, page.waiting), (4, 1));
    assert_eq!(users_of(&page), ["anna", "mina", "omid", "zari"]);
    assert_eq!(stage.store.waiting_users().unwrap(), 1);
    // Once approved it is one.
    stage.edit(UserId(4), UserEdit { state: Some(AccountState::Active), ..UserEdit::default() });
    assert_eq!(stage.members("zari", 0, 20).total, 1);
    assert_eq!(stage.users("", UserFilter::Waiting).waiting, 0);
}

#[test]
fn members_are_found_in_any_spelling_and_in_the_midst_of_the_name() {
    let mut stage = Stage::new();
    for (n, user_name) in ["Sara.K", "개구리", "mina", "Éva", "سارا"].into_iter().enumerate() {
        stage.admit(new_user(user_name, &format!("m{n}@example.org")));
    }
    let cases = [
        ("sara", "Sara.K"),
        ("A.K", "Sara.K"),
        ("ＲＡ．", "Sara.K"),
        ("구", "개구리"),
        ("ＭiＮa", "mina"),
        ("e\u{301}V", "Éva"),
        ("ارا", "سارا"),
    ];
    for (query, found) in cases {
        assert_eq!(names_of(&stage.members(query, 0, 20)), [found], "{query}");
    }
    assert_eq!(stage.members("", 0, 20).total, 5);
    assert_eq!(stage.members("nobody", 0, 20).total, 0);
    // Others are not found by what they may have hidden.
    assert_eq!(stage.members("example.org", 0, 20).total, 0);
}

#[test]
fn pages_join_to_the_whole_list_in_order() {
    let mut stage = Stage::new();
    // In no order, so that the order is the list's.
    for n in 0..53 {
        stage.add(&format!("m{:02}", n * 29 % 53));
    }
    let expected: Vec<String> = (0..53).map(|n| format!("m{n:02}")).collect();
    for limit in [1, 7, MEMBERS_PER_PAGE_MAX] {
        let mut joined = Vec::new();
        while joined.len() < 53 {
            let page = stage.members("m", u32::try_from(joined.len()).unwrap(), limit);
            assert_eq!(page.total, 53);
            assert!(page.members.len() <= usize::from(limit) && !page.members.is_empty());
            joined.extend(names_of(&page).into_iter().map(str::to_owned));
        }
        assert_eq!(joined, expected);
    }
    for offset in [53, 54, u32::MAX] {
        let page = stage.members("", offset, 20);
        assert_eq!((page.total, page.members.len()), (53, 0));
    }
}

#[test]
fn accounts_are_found_by_name_address_and_number_and_told_apart_by_filter() {
    let mut stage = Stage::new();
    let phone = |text| PhonePattern::default().check(text).unwrap();
    stage.admit(NewUser { role: Role::Admin, ..new_user("anna", "Anna@Kapelle.example") });
    stage.admit(NewUser { role: Role::Curator, ..new_user("bo", "bo@example.org") });
    stage.admit(NewUser { phone: phone("09357654321"), ..new_user("mina", "mina@example.org") });
    stage.admit(NewUser { state: AccountState::Waiting, ..new_user("omid", "omid@example.org") });
    stage.admit(NewUser { state: AccountState::Disabled, ..new_user("zari", "zari@example.org") });
    let all = vec!["anna", "bo", "mina", "omid", "zari"];
    let cases = [
        ("", UserFilter::All, all),
        ("", UserFilter::Waiting, vec!["omid"]),
        ("", UserFilter::Disabled, vec!["zari"]),
        ("", UserFilter::Staff, vec!["anna", "bo"]),
        ("I", UserFilter::All, vec!["mina", "omid", "zari"]),
        ("i", UserFilter::Disabled, vec!["zari"]),
        ("kapelle", UserFilter::All, vec!["anna"]),
        ("EXAMPLE.ORG", UserFilter::All, vec!["bo", "mina", "omid", "zari"]),
        ("7654", UserFilter::All, vec!["mina"]),
        ("nobody", UserFilter::All, vec![]),
        ("bo", UserFilter::Waiting, vec![]),
    ];
    for (query, filter, expected) in cases {
        let page = stage.users(query, filter);
        assert_eq!(users_of(&page), expected, "{query} {filter:?}");
        assert_eq!(page.total as usize, expected.len());
        // Whatever was asked for.
        assert_eq!(page.waiting, 1);
    }
}

#[test]
fn the_last_use_of_an_account_is_that_of_its_sessions() {
    let mut stage = Stage::new();
    let (sara, mina) = (stage.add("sara"), stage.add("mina"));
    for (n, opened_unix_ms) in [(1, NOW), (2, NOW + 50), (3, NOW - 50)] {
        let session = NewSession { token_hash: TokenHash([n; 32]), device: String::new(), opened_unix_ms };
        stage.commit(&Change::OpenSession { user: sara, session });
    }
    let used = |stage: &Stage| -> Vec<Option<u64>> {
        stage.users("", UserFilter::All).users.iter().map(|user| user.used_unix_ms).collect()
    };
    assert_eq!(used(&stage), [None, Some(NOW + 50)]);
    stage.commit(&Change::TouchSession { token_hash: TokenHash([3; 32]), used_unix_ms: NOW + 90 });
    assert_eq!(used(&stage), [None, Some(NOW + 90)]);
    match find_user(&stage.store, &name("SARA"), Some(&name("mina"))).unwrap() {
        PeopleFound::User { user, used, heir } => {
            assert_eq!((user.unwrap().id, used.used_unix_ms, heir.unwrap().id), (sara, Some(NOW + 90), mina));
        }
        found => panic!("{found:?}"),
    }
    match find_user(&stage.store, &name("nobody"), Some(&name("nobody"))).unwrap() {
        PeopleFound::User { user: None, used, heir: None } => assert_eq!(used, UserUse::default()),
        found => panic!("{found:?}"),
    }
    // Sessions that were ended are none.
    stage.edit(sara, UserEdit { role: Some(Role::Curator), ..UserEdit::default() });
    assert_eq!(used(&stage), [None, None]);
}

#[test]
fn a_password_is_hashed_for_a_free_name_and_one_that_nobody_knows_where_none_is_given() {
    let mut stage = Stage::new();
    stage.add("sara");
    let passwords = Passwords::new(PasswordCost::SmallMemory);
    let prepare = |user_name: &str, email: &str, password: Option<&str>| {
        let password = password.map(|text| Secret::new(text.to_owned()));
        let (user_name, email) = (name(user_name), Email::parse(email).unwrap());
        match run(&stage.store, &passwords, PeopleJob::PrepareUser { user_name, email, password }) {
            Completion::People(found) => found,
            completion => panic!("{completion:?}"),
        }
    };
    let taken = prepare("SARA", "Sara@example.org", Some("correct horse"));
    assert!(matches!(taken, PeopleFound::Taken(taken) if taken.user_name && taken.email), "{taken:?}");
    let hash = |found| match found {
        PeopleFound::Prepared(hash) => hash,
        found => panic!("{found:?}"),
    };
    let known = hash(prepare("mina", "mina@example.org", Some("correct horse")));
    assert!(passwords.check(&Secret::new("correct horse".to_owned()), &known));
    let unknown = hash(prepare("mina", "mina@example.org", None));
    assert!(unknown.expose().starts_with("$scrypt$"));
    for tried in ["", "correct horse", "nobody"] {
        assert!(!passwords.check(&Secret::new(tried.to_owned()), &unknown), "{tried}");
    }
}

#[test]
fn every_code_is_another_and_its_hash_opens_what_it_should() {
    let mut stage = Stage::new();
    let passwords = Passwords::new(PasswordCost::SmallMemory);
    let draw = |stage: &Stage| match run(&stage.store, &passwords, PeopleJob::DrawInvite) {
        Completion::People(PeopleFound::InviteDrawn(code)) => code,
        completion => panic!("{completion:?}"),
    };
    let drawn: BTreeSet<String> = (0..1000).map(|_| draw(&stage).expose().as_str().to_owned()).collect();
    assert_eq!(drawn.len(), 1000);
    let code = draw(&stage);
    let invite = NewInvite {
        hash: InviteHash::of(code.expose()),
        note: "for mina".to_owned(),
        expires_unix_ms: NOW + 1000,
    };
    stage.commit(&Change::AddInvite { act: act(), invite });
    let list = invites(&stage.store, NOW).unwrap().invites;
    assert_eq!((list.len(), list[0].note.as_str(), list[0].by.as_str()), (1, "for mina", ""));
    assert_eq!((list[0].id, &list[0].used_by), (InviteId(1), &None));
    let retyped = InviteCode::parse(&code.expose().as_str().to_lowercase().replace('-', " ")).unwrap();
    assert!(stage.store.invite(&InviteHash::of(&retyped), NOW).unwrap().is_some());
    assert!(stage.store.invite(&InviteHash::of(&retyped), NOW + 1000).unwrap().is_none());
}

#[test]
fn what_was_done_is_read_backwards_page_by_page() {
    let mut stage = Stage::new();
    for n in 0..25 {
        stage.add(&format!("m{n:02}"));
    }
    let (mut before, mut read) = (None, Vec::new());
    loop {
        let page = audit(&stage.store, &ListAudit { before, limit: 7 }).unwrap();
        read.extend(page.entries.iter().map(|entry| (entry.id, entry.subject.clone())));
        before = page.entries.last().map(|entry| entry.id);
        if !page.more {
            break;
        }
    }
    let expected: Vec<(u64, String)> = (1..=25).rev().map(|id| (id, format!("m{:02}", id - 1))).collect();
    assert_eq!(read, expected);
    for before in [Some(0), Some(1)] {
        let page = audit(&stage.store, &ListAudit { before, limit: 7 }).unwrap();
        assert!(page.entries.is_empty() && !page.more);
    }
}
