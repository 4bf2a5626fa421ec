//! The longest pages there can be, in bytes: each must fit into a message, or a client would never see it.

use parlour_common::limits::{
    ABOUT_CHARS_MAX, AUDIT_PER_PAGE_MAX, EMAIL_BYTES_MAX, MESSAGE_BYTES_MAX, NOTE_BYTES_MAX, PHONE_CHARS_MAX,
    USER_NAME_CHARS_MAX,
};
use parlour_common::message::{AuditAction, AuditEntry, Field, SharedFate};

use super::*;
use crate::store::{Fate, INVITES_MAX};

/// Letters of four bytes, the longest that a username may have.
const LETTERS: [char; 4] = ['\u{2070e}', '\u{20731}', '\u{20779}', '\u{20c53}'];

/// The longest text of so many characters, another for each number below 64.
fn longest(n: usize, chars: u32) -> String {
    let digits = [n / 16 % 4, n / 4 % 4, n % 4].map(|digit| LETTERS[digit]);
    let rest = chars as usize - digits.len();
    std::iter::repeat_n(LETTERS[0], rest).chain(digits).collect()
}

/// The longest address that ends a name with a number.
fn longest_email(n: usize) -> String {
    let local = format!("{n:03}{}", "l".repeat(61));
    let domain = format!("{0}.{0}.{0}", "d".repeat(61));
    let rest = EMAIL_BYTES_MAX as usize - local.len() - domain.len() - 2;
    format!("{local}@{domain}.{}", "e".repeat(rest))
}

/// The longest account there can be.
fn longest_user(n: usize) -> NewUser {
    let phone = PhonePattern::parse(".+").unwrap().check(&longest(n, PHONE_CHARS_MAX)).unwrap();
    NewUser {
        phone,
        role: Role::Curator,
        created_unix_ms: u64::MAX / 2,
        ..new_user(&longest(n, USER_NAME_CHARS_MAX), &longest_email(n))
    }
}

/// Fails if an answer is longer than a message may be. Tells how long it is.
fn expect_fit(what: &str, reply: Reply) {
    let length = bytes_of(reply).len();
    println!("{what}: {length} of {MESSAGE_BYTES_MAX} bytes");
    assert!(length <= MESSAGE_BYTES_MAX, "{what}: {length}");
}

#[test]
fn the_longest_pages_of_people_fit_into_a_message() {
    let mut stage = Stage::new();
    let about = longest(0, ABOUT_CHARS_MAX);
    for n in 0..usize::from(USERS_PER_PAGE_MAX) {
        let user = stage.admit(longest_user(n));
        assert_eq!(stage.store.user(user).unwrap().unwrap().user_name.as_str().len(), 128);
        stage.show(user, &about, Visibility { email: true, phone: true, about: true });
        let token_hash = TokenHash([u8::try_from(n).unwrap(); 32]);
        let session = NewSession { token_hash, device: String::new(), opened_unix_ms: u64::MAX / 2 };
        stage.commit(&Change::OpenSession { user, session });
    }
    let page = stage.members("", 0, MEMBERS_PER_PAGE_MAX);
    assert_eq!(page.members.len(), usize::from(MEMBERS_PER_PAGE_MAX));
    let shown = &page.members[0];
    assert_eq!(shown.about.as_ref().map(String::len), Some(2000));
    assert_eq!(shown.email.as_ref().map(|email| email.as_str().len()), Some(EMAIL_BYTES_MAX as usize));
    assert_eq!(shown.phone.as_ref().map(|phone| phone.as_str().len()), Some(128));
    expect_fit("a page of members", Reply::Members(page));
    let page = stage.users("", UserFilter::All);
    assert_eq!(page.users.len(), usize::from(USERS_PER_PAGE_MAX));
    assert!(page.users.iter().all(|user| user.used_unix_ms.is_some()));
    expect_fit("a page of accounts", Reply::Users(page));
}

#[test]
fn the_longest_lists_of_invites_and_deeds_fit_into_a_message() {
    let mut stage = Stage::new();
    let admin = stage.admit(NewUser { role: Role::Admin, ..longest_user(0) });
    let heir = stage.admit(longest_user(1));
    let by_admin = Act { by: Author::Member(admin), at_unix_ms: u64::MAX / 2 };
    let note = "n".repeat(NOTE_BYTES_MAX as usize);
    for n in 0..INVITES_MAX {
        let hash = InviteHash([u8::try_from(n).unwrap(); 32]);
        let invite = NewInvite { hash, note: note.clone(), expires_unix_ms: u64::MAX };
        stage.commit(&Change::AddInvite { act: by_admin, invite });
    }
    let mut list = invites(&stage.store, NOW).unwrap();
    assert_eq!(list.invites.len(), INVITES_MAX);
    // As if each had been used, by someone with the longest name, and as if there had been many before.
    for invite in &mut list.invites {
        invite.used_by = Some(invite.by.clone());
        invite.id = InviteId(u64::MAX);
    }
    expect_fit("the list of invites", Reply::Invites(list));
    // The longest deed is a deletion, with an heir.
    for n in 0..usize::from(AUDIT_PER_PAGE_MAX) {
        let user = stage.admit(longest_user(n + 2));
        stage.commit(&Change::RemoveUser { act: by_admin, user, shared: Fate::HandOver { to: heir } });
    }
    let mut page = audit(&stage.store, &ListAudit { before: None, limit: AUDIT_PER_PAGE_MAX }).unwrap();
    assert_eq!((page.entries.len(), page.more), (usize::from(AUDIT_PER_PAGE_MAX), true));
    let deed = page.entries.remove(0);
    assert_eq!(deed.action, AuditAction::UserDeleted);
    assert!(matches!(&deed.shared, Some(SharedFate::HandOver { to }) if to.len() == 128), "{deed:?}");
    // Longer still than any that is written: with a role and every field besides.
    let fields = vec![Field::HandOverTo; 9];
    let deed = AuditEntry {
        id: u64::MAX,
        role: Some(Role::Curator),
        action: AuditAction::ResetCodeIssued,
        fields,
        ..deed
    };
    page.entries = vec![deed; usize::from(AUDIT_PER_PAGE_MAX)];
    expect_fit("a page of what was done", Reply::Audit(page));
}
