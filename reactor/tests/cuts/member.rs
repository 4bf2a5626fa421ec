//! A member with files on their way, and what is known of each of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{
    CancelUpload, Denial, FileEntry, FileHash, FilePlace, Reply, Request, Resume, SameName, SessionToken,
    TransferOutcome, UploadKey,
};

use super::super::real::knife::{Cut, Killer, connect, end, write_counted};
use super::super::real::{Begun, Client, Load, Random};

/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 20 << 20;

/// What goes with the bytes of a file on a connection that a proxy may cut in: hello, resume, heads.
const TALK_BYTES: u64 = 1000;

/// How long after a file's record was asked for the daemon is killed at most: a record takes a few milliseconds.
const FINISH_MICROS_MAX: u64 = 12_000;

/// What is known of a file.
#[derive(Debug)]
pub enum State {
    /// It is on its way. At most so many bytes of it were sent, and perhaps its record was asked for.
    Begun { sent_bytes_max: u64, is_asked: bool },
    /// It was given up, but that was not answered.
    GivenUp,
    /// It was given up, and that was acknowledged.
    Gone,
    /// It was acknowledged, and so many bytes of it came back.
    Whole { entry: Box<FileEntry>, received_bytes: u64 },
}

/// A file of a member.
#[derive(Debug)]
pub struct Work {
    pub key: UploadKey,
    pub file_name: String,
    pub load: Load,
    pub sha256: FileHash,
    pub state: State,
}

/// What happened to a member.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub own: u64,
    pub between: u64,
    /// Of all that was cut, the daemon's end included.
    pub uploads: u64,
    pub downloads: u64,
    /// Uploads that went on, not from the beginning.
    pub went_on: u64,
    pub cancelled: u64,
}

impl Count {
    pub fn plus(self, other: Self) -> Self {
        Self {
            own: self.own + other.own,
            between: self.between + other.between,
            uploads: self.uploads + other.uploads,
            downloads: self.downloads + other.downloads,
            went_on: self.went_on + other.went_on,
            cancelled: self.cancelled + other.cancelled,
        }
    }
}

pub struct Member {
    pub name: String,
    pub token: Secret<SessionToken>,
    pub works: Vec<Work>,
    pub count: Count,
    pub random: Random,
}

/// One round of a member: where the daemon is, and what will kill it.
pub struct Round<'a> {
    pub address: SocketAddr,
    pub killer: &'a Arc<Killer>,
}

impl Member {
    /// Does one thing after another until the daemon is killed.
    pub fn live(&mut self, round: &Round<'_>) {
        while !round.killer.has_killed() {
            let unfinished = self.choose(|state| matches!(state, State::Begun { .. }));
            let given_up = self.choose(|state| matches!(state, State::GivenUp));
            let whole = self.choose(|state| matches!(state, State::Whole { .. }));
            match (self.random.below(20), unfinished, given_up, whole) {
                (0, Some(place), _, _) | (1..4, _, Some(place), _) => self.cancel(round, place),
                (4..8, _, _, Some(place)) => self.fetch(round, place),
                (8..16, Some(place), _, _) => self.upload(round, place),
                _ => {
                    self.add_work();
                    self.upload(round, self.works.len() - 1);
                }
            }
        }
    }

    /// Chooses a file in such a state.
    fn choose(&mut self, wanted: impl Fn(&State) -> bool) -> Option<usize> {
        let places = self.places(wanted);
        (!places.is_empty()).then(|| *self.random.pick(&places))
    }

    fn places(&self, wanted: impl Fn(&State) -> bool) -> Vec<usize> {
        let places = self.works.iter().enumerate().filter(|(_, work)| wanted(&work.state));
        places.map(|(place, _)| place).collect()
    }

    fn add_work(&mut self) {
        let most = [1, 200, 64 << 10, 64 << 10, 1 << 20, 1 << 20, 1 << 20, 5 << 20, 5 << 20, FILE_BYTES_MAX];
        let most = *self.random.pick(&most);
        let size_bytes = self.random.below(most);
        let load = Load::new(self.random.number(), size_bytes);
        let key = UploadKey::new(self.random.bytes(16).try_into().expect("16 bytes"));
        // Some have the same name.
        let number = self.works.len();
        let file_name =
            if number.is_multiple_of(5) { "Take.wav".to_owned() } else { format!("Take № {number}.wav") };
        let (sha256, state) = (load.sha256(), State::Begun { sent_bytes_max: 0, is_asked: false });
        self.works.push(Work { key, file_name, load, sha256, state });
    }

    /// Chooses whether and where the next `bytes` of a file are cut.
    fn choose_cut(&mut self, bytes: u64, is_up: bool) -> Cut {
        let is_rude = self.random.below(2) == 0;
        match self.random.below(5) {
            0 | 1 => Cut::Own { after_bytes: self.random.below(bytes + 1), is_rude },
            2 | 3 => {
                let after_bytes = self.random.below(bytes + TALK_BYTES);
                // Now and then it is the answers that do not come.
                let is_up = if self.random.below(8) == 0 { !is_up } else { is_up };
                Cut::Between { after_bytes, is_up, is_rude }
            }
            _ => Cut::Never,
        }
    }

    /// Connects and comes back; `None` when it is cut already.
    fn connect(&self, round: &Round<'_>, cut: Cut) -> Option<Client> {
        let mut client = connect(round.address, cut)?;
        match client.try_ask(Request::Resume(Resume { session: self.token.clone() }))? {
            Ok(Reply::SignedIn(_)) => Some(client),
            other => panic!("{}: {other:?}", self.name),
        }
    }

    /// Takes note of how a try went: only what is cut may fail.
    fn note(&mut self, round: &Round<'_>, cut: Cut, is_done: bool, is_upload: bool) {
        if is_done {
            return;
        }
        if !round.killer.has_killed() {
            match cut {
                Cut::Never => panic!("{}: nobody cut this", self.name),
                Cut::Own { .. } => self.count.own += 1,
                Cut::Between { .. } => self.count.between += 1,
            }
        }
        if is_upload { self.count.uploads += 1 } else { self.count.downloads += 1 }
    }

    fn upload(&mut self, round: &Round<'_>, place: usize) {
        let State::Begun { sent_bytes_max, .. } = self.works[place].state else { unreachable!() };
        let bytes_left = self.works[place].load.size_bytes.saturating_sub(sent_bytes_max);
        let cut = self.choose_cut(bytes_left, true);
        let is_done = self.try_upload(round, place, cut).is_some();
        self.note(round, cut, is_done, true);
    }

    /// Uploads a file, or goes on with it. Returns `None` when it is cut.
    pub fn try_upload(&mut self, round: &Round<'_>, place: usize, cut: Cut) -> Option<()> {
        let mut client = self.connect(round, cut)?;
        let same_name = SameName::KeepBoth;
        let work = &mut self.works[place];
        let State::Begun { sent_bytes_max, is_asked } = &mut work.state else { unreachable!() };
        let begun = client.try_begin_upload(work.key, &work.file_name, work.load.size_bytes, same_name)?;
        let start = match begun {
            Ok(Begun::Start(start)) => start,
            Ok(Begun::Finished(entry)) => {
                assert!(*is_asked, "{work:?} was finished by nobody");
                work.acknowledge(*entry);
                return Some(());
            }
            Err(Denial::Busy { .. }) => return Some(()),
            Err(other) => panic!("{other:?}: {work:?}"),
        };
        assert!(start.offset <= *sent_bytes_max, "{start:?} of what was not sent: {work:?}");
        self.count.went_on += u64::from(start.offset > 0);
        let mut own_left = match cut {
            Cut::Own { after_bytes, .. } => Some(after_bytes),
            _ => None,
        };
        let (mut written, chunk_bytes) = (0, 1 + self.random.below(100_000) as usize);
        let sent = client.send_load(start, &work.load, chunk_bytes, |stream, bytes| {
            let before = own_left;
            let result = write_counted(stream, bytes, &mut own_left, round.killer);
            // What cannot be known to have arrived may have.
            written += before.zip(own_left).map_or(bytes.len() as u64, |(before, left)| before - left);
            result
        });
        *sent_bytes_max = (start.offset + written).min(work.load.size_bytes).max(*sent_bytes_max);
        if let (Cut::Own { is_rude, .. }, true) = (cut, own_left == Some(0) || sent.is_err()) {
            end(&client.stream, is_rude);
            return None;
        }
        sent.ok()?;
        *is_asked = true;
        round.killer.count_record(Duration::from_micros(self.random.below(FINISH_MICROS_MAX)));
        match client.try_finish_upload(work.key, work.sha256, same_name)? {
            Ok(entry) => work.acknowledge(entry),
            Err(Denial::Busy { .. }) => {}
            Err(other) => panic!("{other:?}: {work:?}"),
        }
        Some(())
    }

    fn fetch(&mut self, round: &Round<'_>, place: usize) {
        let State::Whole { received_bytes, .. } = self.works[place].state else { unreachable!() };
        let bytes_left = self.works[place].load.size_bytes - received_bytes;
        let cut = self.choose_cut(bytes_left, false);
        let is_done = self.try_fetch(round, place, cut).is_some();
        self.note(round, cut, is_done, false);
    }

    /// Fetches a file, or goes on with it, and compares every byte. Returns `None` when it is cut.
    pub fn try_fetch(&mut self, round: &Round<'_>, place: usize, cut: Cut) -> Option<()> {
        let mut client = self.connect(round, cut)?;
        let Work { load, sha256, state, .. } = &mut self.works[place];
        let State::Whole { entry, received_bytes } = state else { unreachable!() };
        let start = match client.try_fetch_file(entry.file, *received_bytes, Some(*sha256))? {
            Ok(start) => start,
            Err(Denial::Busy { .. }) => return Some(()),
            Err(other) => panic!("{other:?}: {entry:?}"),
        };
        assert_eq!(
            (start.size_bytes, start.offset, start.sha256),
            (load.size_bytes, *received_bytes, Some(*sha256))
        );
        let mut own_left = match cut {
            Cut::Own { after_bytes, .. } => after_bytes,
            _ => u64::MAX,
        };
        let outcome = client.try_receive_chunks(&start, |offset, piece| {
            let kept = (piece.len() as u64).min(own_left) as usize;
            assert!(load.is_at(offset, &piece[..kept]), "other bytes came back at {offset}: {entry:?}");
            own_left -= kept as u64;
            *received_bytes = offset + kept as u64;
            round.killer.count(kept);
            own_left > 0
        });
        if let (None, Cut::Own { is_rude, .. }) = (outcome, cut) {
            end(&client.stream, is_rude);
        }
        assert_eq!(outcome?, TransferOutcome::Whole, "{entry:?}");
        assert_eq!(*received_bytes, load.size_bytes, "whole, and not all of it: {entry:?}");
        *received_bytes = 0;
        Some(())
    }

    /// Gives an upload up, unless it may be a file by now.
    pub fn cancel(&mut self, round: &Round<'_>, place: usize) {
        if matches!(self.works[place].state, State::Begun { is_asked: true, .. }) {
            return;
        }
        let Some(mut client) = self.connect(round, Cut::Never) else { return };
        let work = &mut self.works[place];
        work.state = State::GivenUp;
        match client.try_ask(Request::CancelUpload(CancelUpload { upload: work.key })) {
            // The second, if it was never begun, or given up without an answer.
            Some(Ok(Reply::Done {}) | Err(Denial::NoSuchUpload {})) => {
                work.state = State::Gone;
                self.count.cancelled += 1;
            }
            Some(Err(Denial::Busy { .. })) | None => {}
            other => panic!("{other:?}: {work:?}"),
        }
    }

    /// Sees that the list has every file that was acknowledged, as it was, and no other but those of which
    /// that cannot be known.
    pub fn look(&self, client: &mut Client) {
        let listed = client.list_all_files(FilePlace::Own);
        let mut known = 0;
        for work in &self.works {
            if let State::Whole { entry, .. } = &work.state {
                let found = listed.iter().find(|listed| listed.file == entry.file);
                assert_eq!(found, Some(&**entry), "{} lost what was acknowledged", self.name);
                known += 1;
            }
        }
        let unknown = self.places(|state| matches!(state, State::Begun { is_asked: true, .. })).len();
        assert!((known..=known + unknown).contains(&listed.len()), "{known}, {unknown}: {listed:#?}");
    }
}

impl Work {
    fn acknowledge(&mut self, entry: FileEntry) {
        assert_eq!((entry.size_bytes, entry.sha256), (self.load.size_bytes, self.sha256), "{self:?}");
        let stem = self.file_name.trim_end_matches(".wav");
        assert!(entry.file_name.as_str().starts_with(stem), "{entry:?} is not {self:?}");
        self.state = State::Whole { entry: Box::new(entry), received_bytes: 0 };
    }
}
