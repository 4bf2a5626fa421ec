//! The store as its users see it: open, change, read. `tests/failing.rs` has the bad days,
//! `tests/sessions.rs` what many sessions come to.

mod failing;
mod sessions;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};

use parlour_common::Secret;

use super::engine::Engine;
use super::tables::TABLES;
use super::testing::{FakeDisk, add, email, new_session, opened, rehash, token, user_name};
use super::*;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const REFUSED_NAME: Outcome =
    Err(ChangeError::Refused(Refusal::Taken(Taken { user_name: true, email: false })));
const UNAVAILABLE: Outcome = Err(ChangeError::StorageUnavailable);

fn open(dir: &Path) -> (Store, Writer) {
    Store::open_on(dir, Arc::new(FakeDisk::default())).unwrap()
}

fn refused(refusal: Refusal) -> Outcome {
    Err(ChangeError::Refused(refusal))
}

/// Everything in the store as it lies there, secrets too.
fn raw(store: &Store) -> BTreeMap<(String, Vec<u8>), Vec<u8>> {
    let engine: &Engine = &store.engine;
    let mut all = BTreeMap::new();
    for table in engine.table_names() {
        for row in engine.raw_rows(&table).unwrap() {
            let (key, record) = row.unwrap();
            all.insert((table.clone(), key.to_vec()), record.to_vec());
        }
    }
    all
}

fn dump(store: &Store, format: DumpFormat) -> String {
    let mut out = Vec::new();
    store.dump(&mut out, format).unwrap();
    String::from_utf8(out).unwrap()
}

/// A bit of everything, refusals too, each with what must come of it.
fn life() -> Vec<(Change, Outcome)> {
    let open = |user, n| Change::OpenSession { user: UserId(user), session: new_session(n, 100) };
    let touch = |n, used_unix_ms| Change::TouchSession { token_hash: token(n), used_unix_ms };
    let close = |n| Change::CloseSession { token_hash: token(n) };
    let taken = |user_name, email| refused(Refusal::Taken(Taken { user_name, email }));
    vec![
        (add("Sara", "sara@example.org", 1), opened(1)),
        (add("sARA", "other@example.org", 2), REFUSED_NAME),
        (add("mina", "SARA@example.org", 2), taken(false, true)),
        (add("sara", "Sara@Example.org", 2), taken(true, true)),
        (add("coco", "coco@example.org", 2), opened(2)),
        (add("сосо", "cyrillic@example.org", 3), REFUSED_NAME),
        (add("mina", "mina@example.org", 2), refused(Refusal::SessionExists)),
        (add("mina", "mina@example.org", 3), opened(3)),
        (open(1, 4), opened(1)),
        (open(1, 4), refused(Refusal::SessionExists)),
        (open(9, 5), refused(Refusal::NoSuchUser)),
        (touch(4, 200), Ok(Applied::Done)),
        (touch(4, 150), Ok(Applied::Done)),
        (touch(9, 150), refused(Refusal::NoSuchSession)),
        (touch(1, 40 * DAY_MS), refused(Refusal::NoSuchSession)),
        (close(2), Ok(Applied::Done)),
        (close(2), refused(Refusal::NoSuchSession)),
        (rehash(1, "$scrypt$old", "$scrypt$new"), Ok(Applied::Done)),
        (rehash(1, "$scrypt$old", "$scrypt$newer"), refused(Refusal::HashChanged)),
        (rehash(9, "$scrypt$old", "$scrypt$new"), refused(Refusal::NoSuchUser)),
    ]
}

fn live_through(writer: &mut Writer) {
    for (change, expected) in life() {
        assert_eq!(writer.commit([&change].into_iter()), [expected], "{change:?}");
    }
}

#[test]
fn each_change_does_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    live_through(&mut writer);

    let sara = store.user_by_name(&user_name("SARA")).unwrap().unwrap();
    assert_eq!((sara.id, sara.user_name.as_str()), (UserId(1), "Sara"));
    assert_eq!(sara.password_hash, Secret::new("$scrypt$new".to_owned()));
    assert_eq!(store.user(UserId(1)).unwrap(), Some(sara));
    assert_eq!(store.user(UserId(4)).unwrap(), None);
    assert_eq!(store.user_by_name(&user_name("nobody")).unwrap(), None);

    let taken = |name, address| store.taken(&user_name(name), &email(address)).unwrap();
    assert_eq!(taken("ｓａｒａ", "x@example.org"), Taken { user_name: true, email: false });
    assert_eq!(taken("nobody", "coco@example.ORG"), Taken { user_name: false, email: true });
    assert!(!taken("nobody", "nobody@example.org").any());

    let session = store.session(&token(4), 300).unwrap().unwrap();
    assert_eq!((session.user, session.opened_unix_ms, session.used_unix_ms), (UserId(1), 100, 200));
    assert_eq!(store.session(&token(4), 200 + 30 * DAY_MS).unwrap(), None);
    assert_eq!(store.session(&token(2), 300).unwrap(), None);
    let tokens = |user, now| -> Vec<_> {
        store.sessions_of(UserId(user), now).unwrap().into_iter().map(|(token, _)| token).collect()
    };
    assert_eq!(tokens(1, 300), [token(1), token(4)]);
    assert_eq!(tokens(1, 100 + 30 * DAY_MS), [token(4)]);
    assert_eq!((tokens(2, 300), tokens(3, 300)), (vec![], vec![token(3)]));
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn the_same_changes_give_the_same_store_in_any_batches() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let changes: Vec<Change> = life().into_iter().map(|(change, _)| change).collect();
    let seen: Vec<_> = dirs
        .iter()
        .zip([1, 7, changes.len()])
        .map(|(dir, batch)| {
            let (store, mut writer) = open(dir.path());
            for batch in changes.chunks(batch) {
                writer.commit(batch.iter());
            }
            (raw(&store), dump(&store, DumpFormat::Text), dump(&store, DumpFormat::Json))
        })
        .collect();
    assert!(seen[0].0.len() > 15);
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn everything_is_there_after_reopening_and_ids_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    live_through(&mut writer);
    let before = raw(&store);
    drop((store, writer));
    let (store, mut writer) = open(dir.path());
    assert_eq!(raw(&store), before);
    assert_eq!(
        writer.commit([add("lee", "lee@example.org", 9)].iter()),
        [opened(4)],
        "a refused account took an id"
    );
}

#[test]
fn a_refused_change_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    writer.commit([add("sara", "sara@example.org", 1)].iter());
    let before = raw(&store);
    let mut large = add("mina", "mina@example.org", 2);
    if let Change::AddUser { session, .. } = &mut large {
        session.as_mut().unwrap().device = "x".repeat(5000);
    }
    // Each fails only after the account itself was written into the draft.
    assert_eq!(writer.commit([&large].into_iter()), [refused(Refusal::TooLarge)]);
    let change = add("mina", "mina@example.org", 1);
    assert_eq!(writer.commit([&change].into_iter()), [refused(Refusal::SessionExists)]);
    assert_eq!(raw(&store), before);
}

#[test]
fn an_address_longer_than_a_key_is_still_unique() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    // The longest address, of letters that are longer in lower case.
    let label = "İ".repeat(30);
    let address = format!("{label}@{label}.{label}.{label}.org");
    assert!(address.len() <= 254 && address.to_lowercase().len() > 256);
    let outcomes = writer.commit([add("sara", &address, 1), add("mina", &address, 2)].iter());
    assert_eq!(outcomes[0], opened(1));
    assert_eq!(outcomes[1], refused(Refusal::Taken(Taken { user_name: false, email: true })));
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn of_two_who_race_for_a_name_or_an_address_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let (store, writer) = open(dir.path());
    let (committer, answers) = start(writer);
    let name = |n: u8| add("sara", &format!("sara{n}@example.org"), n);
    let address = |n: u8| add(&format!("mina{n}"), "mina@example.org", n);
    std::thread::scope(|scope| {
        let committer = &committer;
        for n in 1..=8 {
            scope.spawn(move || {
                committer.submit(n.into(), name(n)).unwrap();
                committer.submit(u64::from(n) + 100, address(n + 100)).unwrap();
            });
        }
    });
    committer.stop();
    let outcomes: Vec<_> = answers.iter().collect();
    for (low, high) in [(0, 99), (100, 199)] {
        let of_these = outcomes.iter().filter(|(op, _)| (low..=high).contains(op));
        let (won, lost): (Vec<_>, Vec<_>) = of_these.partition(|(_, outcome)| outcome.is_ok());
        assert_eq!((won.len(), lost.len()), (1, 7));
    }
    assert_eq!(store.check().unwrap(), [""; 0]);
}

fn start(writer: Writer) -> (Committer<u64>, Receiver<(u64, Outcome)>) {
    let (answer, answers) = channel();
    let committer = Committer::start(writer, move |op, outcome| {
        answer.send((op, outcome)).unwrap();
    });
    (committer.unwrap(), answers)
}

#[test]
fn answers_keep_their_order_refusals_too_and_stop_waits_for_all() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, writer) = open(dir.path());
    let (committer, answers) = start(writer);
    for (op, (change, _)) in (0..).zip(life()) {
        committer.submit(op, change).unwrap();
    }
    committer.stop();
    let expected: Vec<_> = (0..).zip(life().into_iter().map(|(_, outcome)| outcome)).collect();
    assert_eq!(answers.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_full_queue_gives_the_change_back() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, writer) = open(dir.path());
    let (hold, held) = channel::<()>();
    let (seen, answered) = channel();
    let committer = Committer::start(writer, move |op: usize, _| {
        let _ = held.recv();
        let _ = seen.send(op);
    })
    .unwrap();
    let change = || Change::CloseSession { token_hash: token(1) };
    let most = CHANGES_QUEUED_MAX + CHANGES_PER_BATCH_MAX;
    let taken = (0..=most).take_while(|op| committer.submit(*op, change()).is_ok()).count();
    assert!((CHANGES_QUEUED_MAX..=most).contains(&taken), "{taken}");
    assert_eq!(*committer.submit(9, change()).unwrap_err().0, change());
    drop(hold);
    committer.stop();
    assert_eq!(answered.iter().collect::<Vec<_>>(), (0..taken).collect::<Vec<_>>());
}

#[test]
fn one_sync_serves_a_batch_and_none_is_spent_on_refusals() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FakeDisk::default());
    let (_store, mut writer) = Store::open_on(dir.path(), disk.clone()).unwrap();
    let before = disk.syncs.load(Ordering::SeqCst);
    writer.commit([add("sara", "sara@example.org", 1), add("mina", "mina@example.org", 2)].iter());
    assert_eq!(disk.syncs.load(Ordering::SeqCst), before + 1);
    writer.commit([add("sara", "sara@example.org", 3)].iter());
    assert_eq!(disk.syncs.load(Ordering::SeqCst), before + 1);
}

#[test]
fn fields_of_a_later_version_are_ignored() {
    #[derive(serde::Serialize)]
    struct Later<'a> {
        user: u64,
        colour: &'a str,
        device: &'a str,
        used_unix_ms: u64,
        opened_unix_ms: u64,
    }
    let record = Later { user: 7, colour: "green", device: "x", used_unix_ms: 2, opened_unix_ms: 1 };
    let dir = tempfile::tempdir().unwrap();
    let (store, _writer) = open(dir.path());
    let record = rmp_serde::to_vec_named(&record).unwrap();
    store.engine.commit(vec![("sessions", vec![(vec![1; 32], Some(record))])]).unwrap();
    assert_eq!(store.session(&token(1), 5).unwrap().unwrap().user, UserId(7));
    assert_eq!(store.check().unwrap().len(), 2, "nobody has the id 7, and no index the session");
}

#[test]
fn a_dump_shows_everything_but_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    live_through(&mut writer);
    let codes = BTreeMap::from([("reset_code", 5)]);
    store.engine.put_foreign("later", b"x", &rmp_serde::to_vec_named(&codes).unwrap());
    let text = dump(&store, DumpFormat::Text);
    let json = dump(&store, DumpFormat::Json);
    for shape in TABLES {
        assert!(text.contains(&format!("[{}]\n", shape.name)));
    }
    assert!(
        text.contains("\n1  about=\"\"  created_unix_ms=5  email=\"sara@example.org\"  id=1  "),
        "{text}"
    );
    assert!(text.contains("  password_hash=***  "));
    assert!(text.contains("[later]\nx  reset_code=***\n"));
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed["users"][0]["record"]["user_name"], "Sara");
    assert_eq!(parsed["sessions_by_user"][0], serde_json::json!({ "key": "1 ***", "record": null }));
    assert_eq!(parsed["later"][0]["record"]["reset_code"], "***");
    for shown in [&text, &json] {
        assert!(!shown.contains("$scrypt$") && !shown.contains("sled") && !shown.contains('\u{4}'));
    }
}
