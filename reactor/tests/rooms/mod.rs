//! The real service, workers and store without a socket between them: a request goes in, time is what the
//! test says, and everything that is begun is carried out before the answer is looked at.
//!
//! It does not know what is asked. It keeps book of the codes that were really compared.

#![allow(dead_code, reason = "each of the tests that share it uses a part")]

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{AccountState, Policies, Request, ResetFlow, Role};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_reactor::effect::{Answer, Effect};
use parlour_reactor::files::Files;
use parlour_reactor::id::{Asker, ConnId, Now};
use parlour_reactor::job::{FilesPolicy, RoomPolicy};
use parlour_reactor::keys::Keys;
use parlour_reactor::music::{Bank, Published};
use parlour_reactor::service::{Origin, Service, Settings};
use parlour_reactor::store::{
    Applied, Change, Claim, CodeOutcome, Disk, LONG_CODE_DIGITS, MailKind, NewFlow, NewUser, Outcome,
    SealedCode, Store, UserId, Writer,
};
use parlour_reactor::workers::{Covers, Finished, PasswordCost, Passwords, Tools, TrackHashes, Workers};
use tempfile::TempDir;

/// A disk that is quick, because nothing is lost in these tests.
#[derive(Debug)]
pub struct QuickDisk;

impl Disk for QuickDisk {
    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        Ok(())
    }

    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()> {
        file.set_len(bytes)
    }
}

/// A code that is, or was, in force.
#[derive(Debug)]
struct Code {
    user: UserId,
    is_short: bool,
}

/// What was really compared with a code in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Short codes tried: when, in milliseconds since 1970, and whose.
    pub short: Vec<(u64, UserId)>,
    /// Long codes tried.
    pub long: Vec<(u64, UserId)>,
    /// How many codes were drawn.
    pub drawn: usize,
    /// How many of the tries were right.
    pub right: usize,
}

/// A daemon without its loop.
pub struct Rooms {
    pub now: Now,
    pub book: Book,
    service: Service,
    keys: Keys,
    workers: Option<Workers>,
    finished: Receiver<Finished>,
    store: Store,
    writer: Writer,
    codes: HashMap<ResetFlow, Code>,
    next: u64,
    _folder: TempDir,
}

impl Rooms {
    pub fn new(disk: Arc<dyn Disk>, policies: Policies, cost: PasswordCost) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open_on(folder.path(), disk).unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        let tools = Tools {
            store: store.clone(),
            bank: Bank::open(folder.path()).unwrap(),
            covers: Covers::new(folder.path().join("covers")),
            passwords: Passwords::new(cost),
            keys: keys.clone(),
            mailer: None,
            files: Files::open(folder.path()).map_err(|(_, error)| error).unwrap(),
            policy: FilesPolicy { standard_quota_bytes: None, reserve_bytes: 0, trash_days: 30 },
            track_hashes: TrackHashes::default(),
        };
        let (sender, finished) = channel();
        let report = move |done| sender.send(done).unwrap_or_default();
        let workers = Workers::start(tools, Arc::new(report)).unwrap();
        let service = Service::new(Settings {
            policies,
            phone_pattern: PhonePattern::default(),
            keys: keys.clone(),
            setup_code: None,
            library: Published::nothing(),
            files: FilesPolicy { standard_quota_bytes: None, reserve_bytes: 0, trash_days: 0 },
            room: RoomPolicy::default(),
            seats: Vec::new(),
        });
        let now = Now { tick: Duration::from_secs(1_000_000), unix_ms: 1_700_000_000_000 };
        Self {
            now,
            book: Book::default(),
            service,
            keys,
            workers: Some(workers),
            finished,
            store,
            writer,
            codes: HashMap::new(),
            next: 0,
            _folder: folder,
        }
    }

    /// Makes an account with the hash of a password.
    pub fn add(&mut self, name: &str, password_hash: Secret<String>) {
        let user = NewUser {
            user_name: UserName::parse(name).unwrap(),
            email: Email::parse(&format!("{name}@example.org")).unwrap(),
            phone: PhonePattern::default().check("09121234567").unwrap(),
            password_hash,
            created_unix_ms: self.now.unix_ms,
            role: Role::Member,
            state: AccountState::Active,
        };
        self.commit(&Change::AddUser { user, session: None, claim: Claim::None }).unwrap();
    }

    /// Lets time pass.
    pub fn pass(&mut self, time: Duration) {
        self.now.tick += time;
        self.now.unix_ms += u64::try_from(time.as_millis()).unwrap();
    }

    /// An address that nobody has used yet.
    pub fn new_origin(&mut self) -> Origin {
        self.next += 1;
        let network = 0x2001_0db8_0000_0000_u128 << 64 | u128::from(self.next) << 64;
        IpAddr::V6(Ipv6Addr::from(network)).into()
    }

    /// Somebody connects, asks and leaves.
    pub fn ask(&mut self, origin: Origin, request: Request) -> Answer {
        let conn = self.new_conn();
        self.service.handle_opened(conn, origin);
        self.ask_on(conn, request)
    }

    /// The operator asks.
    pub fn ask_as_operator(&mut self, request: Request) -> Answer {
        let conn = self.new_conn();
        self.service.handle_opened_local(conn);
        self.ask_on(conn, request)
    }

    fn new_conn(&mut self) -> ConnId {
        self.next += 1;
        ConnId { slot: 0, generation: self.next }
    }

    fn ask_on(&mut self, conn: ConnId, request: Request) -> Answer {
        let asker = Asker { conn, sequence: 0 };
        self.service.handle_request(self.now, asker, request);
        let answer = loop {
            match self.service.poll_effect() {
                Some(Effect::Answer { to, answer }) if to == asker => break answer,
                Some(effect) => self.carry_out(effect),
                None => match self.finished.recv().unwrap() {
                    Finished::Job(ticket, completion) => {
                        self.service.handle_completion(self.now, ticket, completion);
                    }
                    other => panic!("{other:?}"),
                },
            }
        };
        self.service.handle_closed(conn);
        while let Some(effect) = self.service.poll_effect() {
            self.carry_out(effect);
        }
        answer
    }

    /// Tells whether the code of a flow is a short one and in force.
    pub fn is_short(&self, flow: &ResetFlow) -> bool {
        self.codes.get(flow).is_some_and(|code| code.is_short)
    }

    /// Sends what waits to be sent, into the void.
    pub fn send_mails(&mut self) {
        while let Some((mail, _)) = self.store.due_mail(self.now.unix_ms).unwrap() {
            self.commit(&Change::DropMail { mail }).unwrap();
        }
    }

    /// Takes the next mail that waits to be sent: to whom, of what, and its code if it brings one.
    pub fn take_mail(&mut self) -> Option<(Option<Email>, MailKind, Option<String>)> {
        let (mail, record) = self.store.due_mail(self.now.unix_ms).unwrap()?;
        self.commit(&Change::DropMail { mail }).unwrap();
        let open = |sealed: SealedCode| String::from_utf8(self.keys.open_sealed(&sealed.0).unwrap()).unwrap();
        Some((record.to, record.kind, record.sealed.map(open)))
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            // The daemon's own work: `send_mails` does it.
            Effect::Run { asker: None, .. } | Effect::Answer { .. } => {}
            Effect::Run { ticket, job, .. } => {
                let workers = self.workers.as_ref().unwrap();
                workers.run(ticket, Arc::new(AtomicBool::new(true)), job);
            }
            Effect::Commit { ticket, change } => {
                let applied = self.commit(&change);
                self.service.handle_applied(self.now, ticket, applied);
            }
            effect @ (Effect::Tell { .. } | Effect::EndSession { .. }) => panic!("{effect:?}"),
        }
    }

    fn commit(&mut self, change: &Change) -> Outcome {
        let outcome = self.writer.commit([change].into_iter()).remove(0);
        match (change, &outcome) {
            (Change::BeginReset { flow, .. }, Ok(_)) => self.note_drawn(flow),
            (Change::TryCode { flow, .. }, Ok(Applied::Code(outcome))) => self.note_tried(flow, outcome),
            _ => {}
        }
        outcome
    }

    fn note_drawn(&mut self, new: &NewFlow) {
        self.book.drawn += 1;
        // What its account had before is in force no more.
        self.codes.retain(|_, code| code.user != new.user);
        let is_short = new.digits < LONG_CODE_DIGITS;
        self.codes.insert(new.flow, Code { user: new.user, is_short });
    }

    fn note_tried(&mut self, flow: &ResetFlow, outcome: &CodeOutcome) {
        let Some(Code { user, is_short }) = self.codes.get(flow) else { return };
        if user.is_nobodys() || matches!(outcome, CodeOutcome::Void) {
            return;
        }
        self.book.right += usize::from(matches!(outcome, CodeOutcome::Right { .. }));
        let tries = if *is_short { &mut self.book.short } else { &mut self.book.long };
        tries.push((self.now.unix_ms, *user));
    }
}

impl Drop for Rooms {
    fn drop(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.stop();
        }
        if !std::thread::panicking() {
            assert_eq!(self.store.check().unwrap(), [""; 0]);
        }
    }
}
