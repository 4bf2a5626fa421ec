//! What a peer asks next: mostly what makes sense as it stands, and now and then what does not.
//!
//! It does not know the answers.

use std::time::Duration;

use parlour_common::Secret;
use parlour_common::limits::PROTOCOL_VERSION;
use parlour_common::message::{
    CancelTransfer, FetchCover, FetchTrack, FileVersion, Hello, Request, Resume, SearchLibrary, SessionToken,
    SignIn, SignUp, Sort, SortBy, TrackId, TransferId,
};

use super::ear::Asked;
use super::peer::{Manner, Peer};
use super::rng::Rng;
use super::shelf;
use super::truth::{PEOPLE, Truth};

/// A request that no daemon knows, and one that is known and has the wrong fields.
const UNKNOWN: &[u8] = &[0x81, 0xa5, b'd', b'a', b'n', b'c', b'e', 0x80];
const MALFORMED: &[u8] = &[0x81, 0xa6, b'r', b'e', b's', b'u', b'm', b'e', 0x81, 0xa1, b'x', 0x01];

impl Peer {
    /// Asks one thing.
    pub fn ask(&mut self, now: Duration, truth: &mut Truth, rng: &mut Rng) {
        if self.goodbye_sent {
            return;
        }
        if rng.once_in(40) {
            let body = if rng.once_in(2) { UNKNOWN } else { MALFORMED };
            return self.send_unreadable(now, body, truth.turn);
        }
        let asked = match () {
            () if !self.hello_sent && !rng.once_in(5) => self.hello(),
            () if self.ear.signed_in.is_some() => self.as_a_member(truth, rng),
            () => self.as_a_stranger(truth, rng),
        };
        self.send(now, asked, truth);
    }

    fn hello(&self) -> Asked {
        self.plain(Request::Hello(Hello { protocol: PROTOCOL_VERSION, client: "model".to_owned() }))
    }

    fn as_a_stranger(&self, truth: &mut Truth, rng: &mut Rng) -> Asked {
        match rng.below(24) {
            0..7 => self.sign_up(rng),
            7..12 => self.sign_in(truth, rng),
            12..19 => self.resume(truth, rng),
            19 => self.hello(),
            20 => self.plain(Request::Ping {}),
            21 => self.plain(Request::SignOut {}),
            22 if rng.once_in(6) => self.as_an_owner(truth, rng),
            22 if rng.once_in(8) => self.plain(Request::Goodbye {}),
            _ => self.as_a_listener(rng),
        }
    }

    fn as_a_member(&self, truth: &mut Truth, rng: &mut Rng) -> Asked {
        match rng.below(100) {
            0..2 => self.plain(Request::SignOut {}),
            2 if rng.once_in(4) => self.plain(Request::Goodbye {}),
            3 => self.sign_up(rng),
            4 => self.sign_in(truth, rng),
            5 => self.resume(truth, rng),
            6 => self.hello(),
            7..15 => self.plain(Request::Ping {}),
            15..25 => self.cancel(rng),
            25..36 if !self.loves_lists => self.as_an_owner(truth, rng),
            36..42 => self.as_an_uploader(rng),
            42..80 if self.loves_uploads => self.as_an_uploader(rng),
            _ => self.as_a_listener(rng),
        }
    }

    fn as_a_listener(&self, rng: &mut Rng) -> Asked {
        self.plain(match rng.below(10) {
            _ if self.loves_lists && !rng.once_in(6) => long_list(),
            0..4 => {
                let limit = *rng.pick(&[1, 5, 12, 48, 48, 49, 0]);
                search(rng, limit)
            }
            4 => {
                let cover = if rng.once_in(6) { shelf::NO_COVER } else { shelf::COVER };
                Request::FetchCover(FetchCover { cover })
            }
            _ => self.fetch(rng),
        })
    }

    fn fetch(&self, rng: &mut Rng) -> Request {
        if let Some((track, version)) = self.ear.begun.last()
            && rng.once_in(4)
        {
            // As one that comes back for the rest.
            let offset = rng.below(500_000);
            let (track, version) = (TrackId(*track), Some(*version));
            return Request::FetchTrack(FetchTrack { track, offset, length: None, version });
        }
        let cold = self.wants_cold && rng.once_in(2);
        let track = if cold { shelf::track(shelf::COLD) } else { *rng.pick(&shelf::tracks()) };
        let offset = match rng.below(5) {
            0 => rng.size(2_000_000) as u64,
            1 => rng.size(300_000) as u64,
            _ => 0,
        };
        let length = rng.once_in(4).then(|| rng.below(400_000));
        let version = rng.once_in(30).then(|| FileVersion(rng.next()));
        Request::FetchTrack(FetchTrack { track, offset, length, version })
    }

    fn cancel(&self, rng: &mut Rng) -> Asked {
        let known: Vec<u32> = self.ear.transfers.keys().copied().collect();
        let transfer = if known.is_empty() || rng.once_in(8) { 1_000_000 } else { *rng.pick(&known) };
        self.plain(Request::CancelTransfer(CancelTransfer { transfer: TransferId(transfer) }))
    }

    fn sign_up(&self, rng: &mut Rng) -> Asked {
        let person = rng.below(PEOPLE.len() as u64) as usize;
        let (user_name, email, password) = PEOPLE[person];
        let form = SignUp {
            user_name: user_name.to_owned(),
            email: email.to_owned(),
            phone: if rng.once_in(20) { "1".to_owned() } else { "09121234567".to_owned() },
            password: Secret::new(password.to_owned()),
            device: "model".to_owned(),
            code: None,
        };
        Asked { person, is_right: true, ..self.plain(Request::SignUp(form)) }
    }

    fn sign_in(&self, truth: &Truth, rng: &mut Rng) -> Asked {
        // The account of a name may be the other person's of that name: only the first ones sign in.
        let person = rng.below(4) as usize;
        let is_right = !rng.once_in(4);
        let user_name = PEOPLE[person].0;
        let user_name = if rng.once_in(3) { user_name.to_uppercase() } else { user_name.to_owned() };
        let password = if is_right { truth.password_of(person) } else { "not this one".to_owned() };
        let password = Secret::new(password);
        let form = SignIn { user_name, password, device: "model".to_owned(), device_proof: None };
        Asked { person, is_right, ..self.plain(Request::SignIn(form)) }
    }

    fn resume(&self, truth: &Truth, rng: &mut Rng) -> Asked {
        if truth.passes.is_empty() || rng.once_in(12) {
            let token = SessionToken::new(rng.bytes(32).try_into().unwrap());
            return self.plain(Request::Resume(Resume { session: Secret::new(token) }));
        }
        // The newest are the most likely to be in use elsewhere.
        let newest = truth.passes.len() - 1;
        let pass = if rng.once_in(3) { rng.below(newest as u64 + 1) as usize } else { newest };
        let session = truth.passes[pass].token.clone();
        let person = truth.passes[pass].person;
        Asked { person, pass: Some(pass), ..self.plain(Request::Resume(Resume { session })) }
    }
}

fn search(rng: &mut Rng, limit: u16) -> Request {
    let query = (*rng.pick(&["", "", "long", "song", "sogn", "long long", "nothing"])).to_owned();
    let by = *rng.pick(&[SortBy::Relevance, SortBy::Title, SortBy::Size]);
    let sort = Sort { by, descending: rng.once_in(2) };
    Request::SearchLibrary(SearchLibrary { query, sort, offset: rng.below(30) as u32, limit })
}

/// The longest page there is.
fn long_list() -> Request {
    let sort = Sort { by: SortBy::Title, descending: false };
    Request::SearchLibrary(SearchLibrary { query: String::new(), sort, offset: 0, limit: 48 })
}

/// Draws the manner of a peer: every other one is good.
pub fn manner(rng: &mut Rng) -> Manner {
    let others = [Manner::Slow, Manner::Slow, Manner::Mute, Manner::Garbler, Manner::Vanisher, Manner::Lost];
    if rng.once_in(2) { Manner::Good } else { *rng.pick(&others) }
}
