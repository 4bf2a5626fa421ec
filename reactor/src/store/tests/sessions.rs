//! Many sessions: the most that an account may have, and how those that have ended are removed.

use super::super::testing::{add, token};
use super::super::*;
use super::{DAY_MS, open, raw};

/// A session of its own for each number.
fn numbered(user: u64, n: u64, opened_unix_ms: u64) -> Change {
    let session = NewSession { token_hash: hash(n), device: String::new(), opened_unix_ms };
    Change::OpenSession { user: UserId(user), session }
}

fn hash(n: u64) -> TokenHash {
    TokenHash([n.to_be_bytes(); 4].concat().try_into().unwrap())
}

#[test]
fn expired_sessions_are_swept_a_few_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    let people: Vec<_> =
        (1..=10).map(|n| add(&format!("user{n}"), &format!("user{n}@example.org"), n)).collect();
    writer.commit(people.iter());
    // Every third was opened lately; one more of each is the account's first.
    let opened = |n: u64| if n.is_multiple_of(3) { 40 * DAY_MS } else { DAY_MS };
    let all: Vec<_> = (0..600).map(|n| numbered(n / 60 + 1, n, opened(n))).collect();
    writer.commit(all.iter());
    let (mut after, mut counts) = (None, Vec::new());
    loop {
        let sweep = Change::SweepSessions { now_unix_ms: 41 * DAY_MS, after };
        let outcomes = writer.commit([&sweep].into_iter());
        let Ok(Applied::Swept { removed, next }) = outcomes[0] else { panic!("{outcomes:?}") };
        counts.push(removed);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((counts.len(), counts.iter().sum::<usize>()), (3, 410));
    assert!(counts.iter().all(|count| *count <= SESSIONS_PER_SWEEP_MAX));
    assert_eq!(store.sessions_of(UserId(5), 41 * DAY_MS).unwrap().len(), 20);
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn one_session_too_many_ends_the_one_used_longest_ago() {
    let seen = [1, 7, 1000].map(|batch| {
        let dir = tempfile::tempdir().unwrap();
        let (store, mut writer) = open(dir.path());
        let touch = |n| Change::TouchSession { token_hash: hash(n), used_unix_ms: 900 };
        let mut changes = vec![add("sara", "sara@example.org", 1), add("mina", "mina@example.org", 2)];
        // With the account's own, opened at 5, as many as there may be; the last two at the same time.
        changes.extend((1..=63).map(|n| numbered(1, n, 10 + n.min(62))));
        changes.extend([touch(1), touch(2)]);
        // The account's own goes, then 3 to 61, then 62 but not 63.
        changes.extend((101..=160).map(|n| numbered(1, n, 200)));
        // A clock that was put back does not end the session that is just being opened.
        changes.push(numbered(1, 200, 3));
        for changes in changes.chunks(batch) {
            assert!(writer.commit(changes.iter()).iter().all(Result::is_ok));
        }
        let left = store.sessions_of(UserId(1), 900).unwrap();
        let expected: Vec<_> = [1, 2, 63].into_iter().chain(101..=160).chain([200]).map(hash).collect();
        assert_eq!(left.into_iter().map(|(hash, _)| hash).collect::<Vec<_>>(), expected);
        assert_eq!(store.sessions_of(UserId(2), 900).unwrap().len(), 1, "another account's stay");
        assert_eq!(store.check().unwrap(), [""; 0]);
        raw(&store)
    });
    assert!(seen[0] == seen[1] && seen[1] == seen[2]);
}

#[test]
fn an_expired_session_gives_way_to_a_new_one_before_any_other_does() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    let touch = |day| Change::TouchSession { token_hash: token(1), used_unix_ms: day * DAY_MS };
    let mut changes = vec![add("sara", "sara@example.org", 1)];
    // The first is used to its last day, later than all the others.
    changes.extend((1..=7).map(|month| touch(25 * month)));
    changes.extend((1..=64).map(|n| numbered(1, n, (if n < 64 { 170 } else { 181 }) * DAY_MS)));
    writer.commit(changes.iter());
    let left = store.sessions_of(UserId(1), 181 * DAY_MS).unwrap();
    assert_eq!(
        left.into_iter().map(|(hash, _)| hash).collect::<Vec<_>>(),
        (1..=64).map(hash).collect::<Vec<_>>()
    );
}

#[test]
fn sessions_from_before_there_was_a_limit_go_a_few_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    writer.commit([add("sara", "sara@example.org", 1)].iter());
    for n in 1..400 {
        let record =
            SessionRecord { user: UserId(1), device: String::new(), opened_unix_ms: n, used_unix_ms: n };
        let key = [UserId(1).0.to_be_bytes().as_slice(), &hash(n).0].concat();
        let session = (hash(n).0.to_vec(), Some(rmp_serde::to_vec_named(&record).unwrap()));
        let index = (key, Some(rmp_serde::to_vec_named(&()).unwrap()));
        store.engine.commit(vec![("sessions", vec![session]), ("sessions_by_user", vec![index])]).unwrap();
    }
    let counts = (1000..1003).map(|n| {
        writer.commit([numbered(1, n, n)].iter());
        store.sessions_of(UserId(1), n).unwrap().len()
    });
    assert_eq!(counts.collect::<Vec<_>>(), [208, 64, 64]);
    assert_eq!(store.check().unwrap(), [""; 0]);
}
