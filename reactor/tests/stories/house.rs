//! The house in which the stories happen: a real service, and everything around it played by hand.
//!
//! It knows how to ask and how to take effects one by one. It does not know what they should be.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, CoverId, Denial, DeviceProof, Event, OwnAccount, Policies, Quota, Reply, Request, Resume,
    Role, SearchLibrary, SessionToken, SignIn, SignUp, SignedIn, Sort, SortBy, TrackId, Visibility,
};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_reactor::effect::{Answer, Effect};
use parlour_reactor::id::{Asker, ConnId, Now, Ticket};
use parlour_reactor::job::{Completion, FilesJob, FilesPolicy, Job, PasswordVerdict, RoomPolicy};
use parlour_reactor::keys::{DEVICE_NONCE_BYTES, DeviceNonce, KEY_BYTES, Keys};
use parlour_reactor::music::{Cover, Entry, Index, Published, tags::Tags};
use parlour_reactor::service::{Service, Settings};
use parlour_reactor::store::{
    Applied, Change, ChangeError, FilesChange, SessionRecord, TokenHash, UserId, UserRecord,
};

pub const PASSWORD: &str = "correct horse battery";

/// A picture of the library.
pub const COVER: CoverId = CoverId(5);

/// When the accounts of the stories were made.
const CREATED_UNIX_MS: u64 = 1_600_000_000_000;

/// What tells the device of the stories from others.
pub const DEVICE: DeviceNonce = [3; DEVICE_NONCE_BYTES];

/// A service and what it was told.
pub struct House {
    pub service: Service,
    pub now: Now,
    next_generation: u64,
    next_sequence: u64,
}

impl House {
    /// A house that everyone may join, that tells what is wrong and sends mails.
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// A house whose operator hides who has an account.
    pub fn strict() -> Self {
        Self::with(|settings| settings.policies.strict_sign_in_errors = true)
    }

    /// A house with settings of its own.
    pub fn with(set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            policies: Policies { reset_by_mail: true, ..Policies::default() },
            phone_pattern: PhonePattern::default(),
            keys: keys(),
            setup_code: None,
            library: library(3),
            files: FilesPolicy { standard_quota_bytes: None, reserve_bytes: 0, trash_days: 0 },
            room: RoomPolicy::default(),
            seats: Vec::new(),
        };
        set(&mut settings);
        let service = Service::new(settings);
        let now = Now { tick: Duration::from_secs(1000), unix_ms: 1_700_000_000_000 };
        Self { service, now, next_generation: 0, next_sequence: 0 }
    }

    /// Someone connects.
    pub fn open(&mut self) -> ConnId {
        self.open_from(1)
    }

    /// Someone connects from the address of this number.
    pub fn open_from(&mut self, address: u8) -> ConnId {
        let conn = ConnId { slot: 0, generation: self.next_generation };
        self.next_generation += 1;
        self.service.handle_opened(conn, IpAddr::V4(Ipv4Addr::new(10, 0, 0, address)).into());
        conn
    }

    /// Someone asks. Whatever was to be done before was looked at.
    pub fn ask(&mut self, conn: ConnId, request: Request) -> Asker {
        self.expect_nothing();
        let asker = Asker { conn, sequence: self.next_sequence };
        self.next_sequence += 1;
        self.service.handle_request(self.now, asker, request);
        asker
    }

    /// A job ends.
    pub fn complete(&mut self, ticket: Ticket, completion: Completion) {
        self.expect_nothing();
        self.service.handle_completion(self.now, ticket, completion);
    }

    /// A change ends.
    pub fn apply(&mut self, ticket: Ticket, applied: Result<Applied, ChangeError>) {
        self.expect_nothing();
        self.service.handle_applied(self.now, ticket, applied);
    }

    pub fn expect_nothing(&mut self) {
        if let Some(effect) = self.service.poll_effect() {
            panic!("nobody expected {effect:?}");
        }
    }

    fn effect(&mut self) -> Effect {
        self.service.poll_effect().expect("something to be done")
    }

    pub fn expect_answer(&mut self, asker: Asker) -> Answer {
        match self.effect() {
            Effect::Answer { to, answer } => {
                assert_eq!(to, asker, "{answer:?} is for somebody else");
                answer
            }
            effect => panic!("{effect:?} is no answer"),
        }
    }

    pub fn expect_denial(&mut self, asker: Asker, expected: &Denial) {
        match self.expect_answer(asker) {
            Answer::Denial(denial) => assert_eq!(denial, *expected),
            answer => panic!("{answer:?} is not {expected:?}"),
        }
    }

    pub fn expect_reply(&mut self, asker: Asker, expected: &Reply) {
        match self.expect_answer(asker) {
            Answer::Reply(reply) => assert_eq!(reply, *expected),
            answer => panic!("{answer:?} is not {expected:?}"),
        }
    }

    /// Returns what a job should do, and how to end it.
    pub fn expect_run(&mut self, asker: Asker) -> (Ticket, Job) {
        match self.effect() {
            Effect::Run { ticket, asker: who, job } => {
                assert_eq!(who, Some(asker));
                (ticket, job)
            }
            effect => panic!("{effect:?} is no job"),
        }
    }

    pub fn expect_commit(&mut self) -> (Ticket, Change) {
        match self.effect() {
            Effect::Commit { ticket, change } => (ticket, change),
            effect => panic!("{effect:?} is no change"),
        }
    }

    /// Expects what chores do for files where none of it is under way. None of it ends.
    pub fn expect_care_of_files(&mut self) {
        let jobs = [self.expect_own_run(), self.expect_own_run()];
        let jobs = jobs.map(|(_, job)| job);
        assert!(
            matches!(jobs, [Job::Files(FilesJob::RemoveDoomed), Job::Files(FilesJob::FindUnsettled)]),
            "{jobs:?}"
        );
        let (_, change) = self.expect_commit();
        assert!(matches!(change, Change::Files(FilesChange::SweepUploads { .. })), "{change:?}");
    }

    /// Expects that deleted accounts are looked for whose files wait for their fate, and returns how to end it.
    pub fn expect_look_for_unsettled(&mut self) -> Ticket {
        match self.expect_own_run() {
            (ticket, Job::Files(FilesJob::FindUnsettled)) => ticket,
            (_, job) => panic!("{job:?} looks for no deleted account"),
        }
    }

    /// Returns what the daemon's own work should do, and how to end it.
    pub fn expect_own_run(&mut self) -> (Ticket, Job) {
        match self.effect() {
            Effect::Run { ticket, asker: None, job } => (ticket, job),
            effect => panic!("{effect:?} is no work of the daemon's own"),
        }
    }

    pub fn expect_told(&mut self, expected: &[ConnId]) -> Event {
        match self.effect() {
            Effect::Tell { to, event } => {
                assert_eq!(*to, *expected);
                event
            }
            effect => panic!("{effect:?} is not told"),
        }
    }

    pub fn expect_end_of_session(&mut self, of: ConnId) {
        match self.effect() {
            Effect::EndSession { of: who } => assert_eq!(who, of),
            effect => panic!("{effect:?} ends no session"),
        }
    }

    /// Asks, and expects a job to begin.
    pub fn ask_for_job(&mut self, conn: ConnId, request: Request) -> (Asker, Ticket, Job) {
        let asker = self.ask(conn, request);
        let (ticket, job) = self.expect_run(asker);
        (asker, ticket, job)
    }

    /// Someone connects and resumes the session of this number.
    pub fn member(&mut self, token: u8) -> ConnId {
        let conn = self.open();
        self.resume(conn, token);
        conn
    }

    /// Someone resumes the session of this number on a connection.
    pub fn resume(&mut self, conn: ConnId, number: u8) {
        let (asker, ticket, _) = self.ask_for_job(conn, resume(number));
        let found = Some((self.session(), user("sara")));
        self.complete(ticket, Completion::SessionFound(found));
        let signed_in = SignedIn { account: account("sara"), session: None, device_proof: None };
        self.expect_reply(asker, &Reply::SignedIn(signed_in));
        self.expect_nothing();
    }

    /// The record of a session that was used just now.
    pub fn session(&self) -> SessionRecord {
        let now = self.now.unix_ms;
        SessionRecord { user: UserId(7), device: "laptop".to_owned(), opened_unix_ms: now, used_unix_ms: now }
    }
}

pub fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// The keys of the house.
pub fn keys() -> Keys {
    Keys::of([9; KEY_BYTES])
}

/// What shows that the account of this name has signed in on the device of the stories.
pub fn proof(name: &str) -> Secret<DeviceProof> {
    Secret::new(keys().device_proof(&account(name).user_name.key(), DEVICE))
}

/// What is said to whoever signs in with a password, or signs up.
pub fn signed_in(account: OwnAccount, number: u8) -> Reply {
    let device_proof = Some(proof(account.user_name.as_str()));
    Reply::SignedIn(SignedIn { account, session: Some(token(number)), device_proof })
}

/// A session of the account of the stories has been opened.
pub fn opened() -> Applied {
    Applied::Opened { user: UserId(7), ended: Vec::new() }
}

/// The right password of the account of the stories was given.
pub fn right_password(number: u8) -> Completion {
    let (user, token) = (Box::new(user("sara")), token(number));
    Completion::PasswordChecked(PasswordVerdict::Right { user, token, device: DEVICE, rehash: None })
}

/// A sign-up can be.
pub fn sign_up_prepared(number: u8) -> Completion {
    let (password_hash, token) = (secret("a hash"), token(number));
    Completion::SignUpPrepared { password_hash, token, device: DEVICE }
}

/// The token of this number.
pub fn token(number: u8) -> Secret<SessionToken> {
    Secret::new(SessionToken::new([number; 32]))
}

pub fn token_hash(number: u8) -> TokenHash {
    TokenHash::of(token(number).expose())
}

pub fn account(name: &str) -> OwnAccount {
    OwnAccount {
        user_name: UserName::parse(name).unwrap(),
        email: Email::parse(&format!("{name}@example.org")).unwrap(),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        about: String::new(),
        visibility: Visibility::default(),
        role: Role::Member,
        created_unix_ms: CREATED_UNIX_MS,
    }
}

pub fn user(name: &str) -> UserRecord {
    let OwnAccount { user_name, email, phone, about, visibility, role, created_unix_ms } = account(name);
    UserRecord {
        id: UserId(7),
        user_name,
        email,
        phone,
        password_hash: secret("a hash"),
        created_unix_ms,
        about,
        visibility,
        role,
        state: AccountState::Active,
        long_codes_until_unix_ms: 0,
        wrong_codes: 0,
        wrong_code_unix_ms: 0,
        quota: Quota::Standard,
    }
}

pub fn form(name: &str) -> SignUp {
    SignUp {
        user_name: name.to_owned(),
        email: format!("{name}@example.org"),
        phone: "0912 123 4567".to_owned(),
        password: secret(PASSWORD),
        device: "laptop".to_owned(),
        code: None,
    }
}

pub fn sign_up(name: &str) -> Request {
    Request::SignUp(form(name))
}

pub fn sign_in(name: &str) -> Request {
    Request::SignIn(SignIn {
        user_name: name.to_owned(),
        password: secret(PASSWORD),
        device: "laptop".to_owned(),
        device_proof: None,
    })
}

pub fn resume(number: u8) -> Request {
    Request::Resume(Resume { session: token(number) })
}

pub fn search(query: &str, limit: u16) -> Request {
    let sort = Sort { by: SortBy::Relevance, descending: false };
    Request::SearchLibrary(SearchLibrary { query: query.to_owned(), sort, offset: 0, limit })
}

/// The track at a path of the bank.
pub fn track(path: &str) -> TrackId {
    Entry::id_of(Path::new(path))
}

/// A library of two tracks, one with a picture.
pub fn library(generation: u64) -> Published {
    let cover = Some(Cover { id: COVER, embedded: false });
    let entries = [
        Entry::new(Path::new("a/moon.mp3"), 10, Tags::default(), cover),
        Entry::new(Path::new("b/sun.mp3"), 10, Tags::default(), None),
    ];
    let index = Index::of(entries.map(Arc::new).to_vec(), generation);
    Published { index: Arc::new(index), scanning: false }
}
