//! Holds the model of the store against the real store: the same changes, the same outcomes.
//!
//! It does not know connections. What the model says wrongly, the simulation would believe.

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, ConversationId, ListConversations, PostId, ReadFrom, ReadPosts, Revision, Role, SayKey,
    SessionToken,
};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_reactor::store::{
    AccountEdit, Change, ChangeError, Claim, NewPost, NewSession, NewUser, RoomChange,
    SESSIONS_PER_SWEEP_MAX, Store, TokenHash, UserId,
};

use super::posts::Posts;
use super::records::Records;
use super::rng::Rng;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// One of few tokens, so that they meet again.
fn token_hash(rng: &mut Rng) -> TokenHash {
    let number = rng.below(400).to_be_bytes();
    TokenHash::of(&SessionToken::new(number.repeat(4).try_into().unwrap()))
}

fn session(now_unix_ms: u64, rng: &mut Rng) -> NewSession {
    NewSession { token_hash: token_hash(rng), device: "model".to_owned(), opened_unix_ms: now_unix_ms }
}

fn user(now_unix_ms: u64, rng: &mut Rng) -> NewUser {
    let name = *rng.pick(&["sara", "SARA", "mina", "reza", "coco", "\u{441}\u{43e}\u{441}\u{43e}", "개구리"]);
    let email = *rng.pick(&["a@example.org", "A@example.org", "b@example.org", "c@example.org", "d@x.org"]);
    NewUser {
        user_name: UserName::parse(name).unwrap(),
        email: Email::parse(email).unwrap(),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        password_hash: hash(rng),
        created_unix_ms: now_unix_ms,
        role: Role::Member,
        state: AccountState::Active,
    }
}

fn hash(rng: &mut Rng) -> Secret<String> {
    Secret::new((*rng.pick(&["one hash", "another hash"])).to_owned())
}

fn change(now_unix_ms: u64, rng: &mut Rng) -> Change {
    let user_id = UserId(rng.between(1, 4));
    match rng.below(24) {
        0..2 => Change::AddUser {
            user: user(now_unix_ms, rng),
            session: Some(session(now_unix_ms, rng)),
            claim: Claim::None,
        },
        2..13 => Change::OpenSession { user: user_id, session: session(now_unix_ms, rng) },
        13..16 => Change::TouchSession { token_hash: token_hash(rng), used_unix_ms: now_unix_ms },
        16 => Change::CloseSession { token_hash: token_hash(rng) },
        17 => Change::SetPasswordHash { user: user_id, from: hash(rng), to: hash(rng) },
        18 if rng.once_in(3) => Change::SweepCodes { now_unix_ms },
        20 | 21 => {
            let email = rng.once_in(2).then(|| user(now_unix_ms, rng).email);
            let about = rng.once_in(2).then(|| "I like boats.".to_owned());
            let edit = AccountEdit { email, about, phone: None, visibility: None };
            Change::EditAccount { user: user_id, edit, at_unix_ms: now_unix_ms, notify: false }
        }
        22 => Change::EndSession { user: user_id, session: token_hash(rng).session_id() },
        23 => {
            let (from, to, keep) = (hash(rng), hash(rng), token_hash(rng));
            let at_unix_ms = now_unix_ms;
            Change::SetPassword { user: user_id, from, to, keep, at_unix_ms, notify: false }
        }
        _ => Change::SweepSessions { now_unix_ms, after: rng.once_in(3).then(|| token_hash(rng)) },
    }
}

/// Applies random changes to both. Returns how many of them were refused.
pub fn compare(seed: u64, changes: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut writer) = Store::open(folder.path()).unwrap();
    let mut model = Records::new(SESSIONS_PER_SWEEP_MAX);
    let mut rng = Rng::new(seed);
    let mut now_unix_ms = 1_700_000_000_000;
    let changes: Vec<Change> = (0..changes)
        .map(|_| {
            now_unix_ms += rng.below(DAY_MS / 8);
            change(now_unix_ms, &mut rng)
        })
        .collect();
    let outcomes = writer.commit(changes.iter());
    let mut refused = 0;
    for (change, outcome) in changes.iter().zip(outcomes) {
        refused += usize::from(outcome.is_err());
        assert_eq!(model.apply(change).map_err(ChangeError::Refused), outcome, "{change:?}");
    }
    for _ in 0..500 {
        let (hash, new) = (token_hash(&mut rng), user(0, &mut rng));
        let expected = model.session(&hash, now_unix_ms).map(|(session, _)| session);
        assert_eq!(store.session(&hash, now_unix_ms).unwrap(), expected);
        assert_eq!(store.taken(&new.user_name, &new.email).unwrap(), model.taken(&new.user_name, &new.email));
        assert_eq!(store.user_by_name(&new.user_name).unwrap(), model.user_by_name(&new.user_name).cloned());
    }
    refused
}

fn room_change(at_unix_ms: u64, rng: &mut Rng) -> RoomChange {
    // The fourth has no account.
    let (user, with) = (UserId(rng.between(1, 4)), UserId(rng.between(1, 4)));
    let (conversation, post) = (ConversationId(rng.below(5)), PostId(rng.between(1, 40)));
    let text = (*rng.pick(&["", "hello", "a long walk in the rain", "never mind"])).to_owned();
    match rng.below(20) {
        0 => RoomChange::TakeSeat { user, at_unix_ms },
        1 => RoomChange::LeaveSeat { user },
        2 | 3 => RoomChange::OpenDirect { user, with },
        4..12 => {
            let key = SayKey::new([rng.below(200) as u8; 16]);
            let reply_to = rng.once_in(4).then_some(post);
            let (author, card, cards_bytes_max) = (user, None, None);
            let new =
                NewPost { author, key, conversation, text, reply_to, card, at_unix_ms, cards_bytes_max };
            RoomChange::Say(Box::new(new))
        }
        12..15 => RoomChange::EditPost { author: user, conversation, post, text, at_unix_ms },
        15 | 16 => RoomChange::DeletePost { author: user, conversation, post, at_unix_ms },
        _ => RoomChange::MarkRead { user, conversation, post },
    }
}

/// Applies random changes of the room to both, and reads from both. Returns how many of them were refused.
pub fn compare_posts(seed: u64, changes: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut writer) = Store::open(folder.path()).unwrap();
    let (mut records, mut model) = (Records::new(SESSIONS_PER_SWEEP_MAX), Posts::default());
    let (mut rng, begin_unix_ms) = (Rng::new(seed), 1_700_000_000_000);
    for (name, email) in [("sara", "a@example.org"), ("mina", "b@example.org"), ("reza", "c@example.org")] {
        let (user_name, email) = (UserName::parse(name).unwrap(), Email::parse(email).unwrap());
        let user = NewUser { user_name, email, ..user(begin_unix_ms, &mut rng) };
        let change = Change::AddUser { user, session: None, claim: Claim::None };
        let outcome = writer.commit([&change].into_iter()).remove(0);
        assert_eq!(records.apply(&change).map_err(ChangeError::Refused), outcome);
    }
    let changes: Vec<RoomChange> =
        (0..changes).map(|number| room_change(begin_unix_ms + number, &mut rng)).collect();
    let submitted: Vec<Change> = changes.iter().cloned().map(Change::Room).collect();
    let outcomes = writer.commit(submitted.iter());
    let mut refused = 0;
    for (change, outcome) in changes.iter().zip(outcomes) {
        refused += usize::from(outcome.is_err());
        assert_eq!(model.apply(change, &records).map_err(ChangeError::Refused), outcome, "{change:?}");
    }
    for user in (1..=3).map(UserId) {
        let list = ListConversations { offset: rng.below(2) as u32, limit: 48 };
        assert_eq!(store.conversations(user, &list).unwrap(), model.list(user, &list, &records));
        for conversation in (0..5).map(ConversationId) {
            let entry = store.conversation(user, conversation).unwrap();
            assert_eq!(entry, model.entry(user, conversation, &records));
            for _ in 0..20 {
                let (post, revision) = (PostId(rng.below(50)), Revision(rng.below(80)));
                let from = *rng.pick(&[
                    ReadFrom::Latest {},
                    ReadFrom::Before(post),
                    ReadFrom::After(post),
                    ReadFrom::ChangedAfter(revision),
                ]);
                let read = ReadPosts { conversation, from, limit: rng.between(1, 64) as u16 };
                assert_eq!(store.posts(user, &read).unwrap(), model.page(user, &read), "{read:?}");
            }
        }
    }
    refused
}
