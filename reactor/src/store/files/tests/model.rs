//! Many random changes against a plain model in memory: what is refused, who is touched and what is left must be
//! the same, and no record may contradict another.
//!
//! What the model says stands in `model/plain.rs`. `SEED=n` repeats a run.

mod plain;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use self::plain::Model;
use super::*;

/// The changes of each run.
const CHANGES: u32 = 4000;
/// After so many everything is compared.
const COMPARED_EVERY: u32 = 100;
/// Names of which some are the same.
const NAMES: [&str; 8] = ["a.txt", "A.TXT", "b", "caf\u{e9}", "CAFE\u{301}", "a (2).txt", "track 1.ogg", "B"];
/// How many accounts may be deleted: somebody must be left.
const DELETED_MAX: usize = 4;

#[test]
fn random_changes_do_what_a_plain_model_says() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| RandomState::new().hash_one("a seed"));
    println!("SEED={seed}");
    let mut random = Random(seed | 1);
    let mut bench = Bench::new();
    let mut model = Model::new(4);
    let mut changes = Vec::new();
    let mut done = 0;
    for turn in 0..CHANGES {
        if random.below(60) == 0 {
            add_member(&mut bench, &mut model, &mut changes);
        }
        let change = change(&mut random, &model, u64::from(turn) + 2000);
        let outcome = bench.writer.commit([&change].into_iter()).remove(0);
        let expected = model.apply(&change);
        assert_eq!(summary(&outcome), expected, "turn {turn}: {change:?}");
        done += u32::from(outcome.is_ok());
        changes.push(change);
        if turn % COMPARED_EVERY == 0 {
            bench.check();
            compare(&bench.store, &model, turn);
        }
    }
    assert!(done > CHANGES / 3, "only {done} were done");
    // The same once more, all in one batch, is the same store.
    let mut again = Bench::new();
    again.writer.commit(changes.iter());
    assert!(dump(&again.store) == dump(&bench.store), "the same changes gave another store");
    again.check();
}

#[derive(Clone, Debug, PartialEq)]
pub struct PlainFile {
    pub owner: UserId,
    pub file_name: FileName,
    pub blob: BlobId,
    pub size_bytes: u64,
    pub sha256: FileHash,
    pub changed: u64,
    pub trashed: Option<u64>,
    pub upload: Option<UploadKey>,
    pub shares: BTreeMap<UserId, (u64, Option<u64>)>,
}

pub struct PlainUpload {
    pub blob: BlobId,
    file_name: FileName,
    size_bytes: u64,
    used: u64,
}

fn add_member(bench: &mut Bench, model: &mut Model, changes: &mut Vec<Change>) {
    let name = format!("member.{}", model.accounts + 1);
    let Change::AddUser { user, claim, .. } = add(&name, &format!("{name}@example.org"), 1) else {
        unreachable!()
    };
    let change = Change::AddUser { user, session: None, claim };
    assert!(matches!(bench.writer.commit([&change].into_iter()).remove(0), Ok(Applied::User(_))));
    changes.push(change);
    model.add_user();
}

/// What is compared of an outcome: the refusal, or the file, who was touched, what was shared, and whether
/// contents are to be removed.
type Summary = Result<(Option<FileId>, Vec<UserId>, Vec<(FileId, UserId)>, bool), Refusal>;

fn summary(outcome: &Outcome) -> Summary {
    match outcome {
        Ok(Applied::Files(outcome)) => {
            assert!(!outcome.more, "there is not that much");
            let shared = outcome.shared.iter().map(|(file, with)| (file.id, *with)).collect();
            let file = outcome.file.as_ref().map(|file| file.id);
            Ok((file, outcome.touched.clone(), shared, outcome.doomed))
        }
        Ok(Applied::Upload { .. } | Applied::Done) => Ok((None, Vec::new(), Vec::new(), false)),
        Err(ChangeError::Refused(refusal)) => Err(*refusal),
        other => panic!("{other:?}"),
    }
}

/// Compares everything that the store has with the model.
fn compare(store: &Store, model: &Model, turn: u32) {
    let mut files = BTreeMap::new();
    for file in store.files() {
        let file = file.unwrap();
        let shares = (1..=model.accounts).filter_map(|user| {
            let share = store.share(file.id, UserId(user)).unwrap()?;
            Some((UserId(user), (share.since_unix_ms, share.fetched_unix_ms)))
        });
        let shares: BTreeMap<_, _> = shares.collect();
        assert_eq!(shares.len(), usize::try_from(file.recipients).unwrap(), "turn {turn}: {file:?}");
        let FileRecord { id, owner, file_name, blob, size_bytes, sha256, .. } = file;
        let (changed, trashed, upload) = (file.changed_unix_ms, file.trashed_unix_ms, file.upload);
        let plain =
            PlainFile { owner, file_name, blob, size_bytes, sha256, changed, trashed, upload, shares };
        files.insert(id, plain);
    }
    assert_eq!(files, model.files, "turn {turn}");
    let uploads: Vec<_> = store.uploads().map(|row| row.unwrap()).collect();
    let uploads: Vec<_> = uploads.into_iter().map(|(whose, upload)| (whose, upload.blob)).collect();
    let wanted: Vec<_> = model.uploads.iter().map(|(whose, upload)| (*whose, upload.blob)).collect();
    assert_eq!(uploads, wanted, "turn {turn}");
    let doomed: Vec<_> = model.doomed.iter().copied().collect();
    assert_eq!(store.doomed(usize::MAX).unwrap(), doomed, "turn {turn}");
    for user in (1..=model.accounts).map(UserId) {
        assert_eq!(store.usage(user).unwrap().used_bytes(), model.used_bytes(user), "turn {turn}: {user:?}");
    }
}

/// Draws a change: mostly one that can be done.
fn change(random: &mut Random, model: &Model, at_unix_ms: u64) -> Change {
    let user = random.user(model);
    // Mostly of a file of one's own.
    let own: Vec<FileId> =
        model.files.iter().filter(|(_, file)| file.owner == user).map(|(id, _)| *id).collect();
    let any = FileId(random.below(model.last_file + 2));
    let file = if random.below(8) == 0 { any } else { random.of(&own).unwrap_or(any) };
    let files = vec![file, random.of(&own).unwrap_or(any)];
    let files = if files[0] == files[1] { vec![file] } else { files };
    let same_name = random.of(&[SameName::Ask, SameName::Replace, SameName::KeepBoth]).unwrap();
    let key = key(u8::try_from(random.below(6)).unwrap());
    let with = random.user(model);
    match random.below(40) {
        0..8 => {
            let upload = NewUpload {
                key,
                file_name: random.name(),
                size_bytes: random.below(4) * 50,
                same_name,
                standard_quota_bytes: Some(2500),
            };
            FilesChange::AddUpload { user, upload, at_unix_ms }.into()
        }
        8..15 => {
            let mine: Vec<_> =
                model.uploads.keys().filter(|(whose, _)| *whose == user).map(|(_, key)| *key).collect();
            let key = random.of(&mine).unwrap_or(key);
            let sha256 = hash(u8::try_from(random.below(3)).unwrap());
            let blob = model.uploads.get(&(user, key)).map_or(BlobId(0), |upload| upload.blob);
            FilesChange::AddFile { user, key, blob, sha256, same_name, at_unix_ms }.into()
        }
        15 => FilesChange::RemoveUpload { user, key }.into(),
        16 if random.below(3) == 0 => FilesChange::SweepUploads { before_unix_ms: at_unix_ms - 300 }.into(),
        16..19 => {
            FilesChange::RenameFile { user, file, file_name: random.name(), same_name, at_unix_ms }.into()
        }
        19..22 => FilesChange::TrashFiles { user, files, at_unix_ms }.into(),
        22..24 => FilesChange::RestoreFiles { user, files }.into(),
        24..26 => FilesChange::PurgeFiles { user, files }.into(),
        26 => FilesChange::EmptyTrash { user }.into(),
        27 => FilesChange::SweepTrash { before_unix_ms: at_unix_ms - 500 }.into(),
        28..33 => {
            let with = vec![with, random.user(model)];
            FilesChange::ShareFiles { user, files, with, at_unix_ms }.into()
        }
        33 => FilesChange::UnshareFile { asker: user, file, with }.into(),
        34 => FilesChange::UnshareFile { asker: with, file, with }.into(),
        35..37 => {
            let sha256 = model.files.get(&file).map_or(hash(0), |file| file.sha256);
            FilesChange::ConfirmFile { user: with, file, sha256, at_unix_ms }.into()
        }
        37 => FilesChange::ForgetBlobs { blobs: model.doomed.iter().copied().take(5).collect() }.into(),
        38 => FilesChange::SettleDeparted { user: random.of(&model.unsettled()).unwrap_or(user) }.into(),
        _ if random.below(6) == 0 && model.users.len() > DELETED_MAX => {
            let fate = [Fate::Keep {}, Fate::Remove {}, Fate::HandOver { to: with }];
            let act = Act { by: Author::Operator, at_unix_ms };
            Change::RemoveUser { act, user, shared: random.of(&fate).unwrap() }
        }
        _ => FilesChange::EmptyTrash { user: with }.into(),
    }
}

/// A small generator (xorshift): changes need no better.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The upper bits are the better ones.
        (self.0 >> 16) % bound
    }

    fn of<T: Clone>(&mut self, some: &[T]) -> Option<T> {
        let count = some.len() as u64;
        if count == 0 { None } else { some.get(usize::try_from(self.below(count)).unwrap()).cloned() }
    }

    /// Draws an account, now and then a deleted one.
    fn user(&mut self, model: &Model) -> UserId {
        let users: Vec<UserId> = model.users.iter().copied().collect();
        if self.below(30) == 0 { UserId(self.below(model.accounts) + 1) } else { self.of(&users).unwrap() }
    }

    fn name(&mut self) -> FileName {
        file_name(self.of(&NAMES).unwrap())
    }
}
