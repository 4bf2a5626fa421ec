//! The app's side of a test: it sends commands and waits for reports.
//!
//! This file does not know what a test is about.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{
    Reply, Request, SameName, SearchLibrary, SignIn, Sort, SortBy, TrackId, UploadKey,
};
use parlour_common::names::FileName;
use parlour_gtk::network::{
    Answer, Command, Ending, Fetch, JobId, LinkFault, LinkState, Network, Order, Patience, Report,
    ServerAddress, Source, Ticket, TransferFault, Upload,
};

use crate::double::Double;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The network, and what it reported.
pub struct Client {
    pub network: Network,
    reports: Receiver<Report>,
    /// What came while something else was waited for.
    kept: RefCell<Vec<Report>>,
    patience: Duration,
}

impl Client {
    pub fn start() -> Self {
        Self::start_with(Patience::default().data)
    }

    /// Starts with another patience for files than usual.
    pub fn start_with(data: Duration) -> Self {
        let (sender, reports) = channel();
        let patience = Patience {
            data,
            hello: Duration::from_secs(2),
            pause_first: Duration::from_millis(20),
            pause_max: Duration::from_millis(200),
            ..Patience::default()
        };
        let network = Network::start_with(patience, move |report| drop(sender.send(report)));
        Self { network, reports, kept: RefCell::default(), patience: PATIENCE }
    }

    /// Waits longer than usual for what must come.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Connects and signs in.
    pub fn signed_in(double: &Double) -> Self {
        Self::start().sign_in(double)
    }

    pub fn sign_in(self, double: &Double) -> Self {
        self.connect(double.address.to_string());
        self.wait(up);
        self.ask(0, sign_in());
        assert!(matches!(self.answer(0), Answer::Reply(Reply::SignedIn(_))));
        self
    }

    pub fn connect(&self, address: impl AsRef<str>) {
        let server: ServerAddress = address.as_ref().parse().unwrap();
        self.network.send(Command::Connect { server });
    }

    pub fn ask(&self, ticket: u64, request: Request) {
        self.network.send(Command::Ask { ticket: Ticket(ticket), request });
    }

    pub fn download(&self, id: u64, track: u64, name: &str, folder: &Path) {
        self.begin(id, order(Source::Track(TrackId(track)), name, folder));
    }

    pub fn begin(&self, id: u64, order: Order) {
        self.network.send(Command::Begin { id: JobId(id), order: Box::new(order) });
    }

    pub fn pause(&self, id: u64) {
        self.network.send(Command::Pause { id: JobId(id) });
    }

    pub fn cancel(&self, id: u64, order: Order) {
        self.network.send(Command::Cancel { id: JobId(id), order: Box::new(order) });
    }

    /// Waits for a report, and keeps the others for later.
    pub fn wait<T>(&self, mut pick: impl FnMut(&Report) -> Option<T>) -> T {
        let mut kept = self.kept.borrow_mut();
        if let Some(at) = kept.iter().position(|report| pick(report).is_some()) {
            return pick(&kept.remove(at)).unwrap();
        }
        loop {
            let Ok(report) = self.reports.recv_timeout(self.patience) else {
                panic!("it did not come; what came: {:#?}", kept.iter().rev().take(50).collect::<Vec<_>>());
            };
            if let Some(picked) = pick(&report) {
                return picked;
            }
            kept.push(report);
        }
    }

    pub fn answer(&self, ticket: u64) -> Answer {
        self.wait(|report| match report {
            Report::Answered { ticket: Ticket(number), answer } if *number == ticket => Some(answer.clone()),
            _ => None,
        })
    }

    pub fn lost(&self) -> (LinkFault, Option<Duration>) {
        self.wait(|report| match report {
            Report::Link(LinkState::Lost { why, retry_in }) => Some((why.clone(), *retry_in)),
            _ => None,
        })
    }

    /// Waits for the end of a transfer.
    pub fn ended(&self, transfer: u64) -> Ending {
        self.wait(|report| match report {
            Report::Ended { id, how } if id.0 == transfer => Some(how.clone()),
            _ => None,
        })
    }

    /// Waits until a transfer has got so far.
    pub fn received(&self, transfer: u64, bytes: u64) {
        self.wait(|report| match report {
            Report::Progress { id, moved_bytes, .. } if id.0 == transfer && *moved_bytes >= bytes => Some(()),
            _ => None,
        });
    }

    pub fn failed(&self, transfer: u64) -> TransferFault {
        match self.ended(transfer) {
            Ending::Failed(why) => why,
            other => panic!("{other:?}"),
        }
    }

    pub fn cover(&self, number: u64) -> Option<Vec<u8>> {
        self.wait(|report| match report {
            Report::Cover { cover, picture } if cover.0 == number => Some(picture.clone()),
            _ => None,
        })
    }
}

/// An order for a file of the daemon.
pub fn order(source: Source, name: &str, folder: &Path) -> Order {
    let file_name = FileName::parse(name).unwrap();
    Order::Fetch(Fetch { source, file_name, size_bytes: 1, folder: folder.to_owned() })
}

/// An order for an upload, by a key made of a number.
pub fn upload(key: u8, path: &Path) -> Upload {
    let file_name = FileName::tamed(&path.file_name().unwrap().to_string_lossy());
    let key = UploadKey::new([key; 16]);
    Upload { key, path: path.to_owned(), file_name, same_name: SameName::Ask, seen: None }
}

pub fn up(report: &Report) -> Option<()> {
    matches!(report, Report::Link(LinkState::Up { .. })).then_some(())
}

pub fn resumed(report: &Report) -> Option<()> {
    matches!(report, Report::Link(LinkState::Resumed { .. })).then_some(())
}

pub fn sign_in() -> Request {
    Request::SignIn(SignIn {
        user_name: "frog".to_owned(),
        password: Secret::new("hunter2 hunter2".to_owned()),
        device: "pond".to_owned(),
        device_proof: None,
    })
}

pub fn search(offset: u32) -> Request {
    let sort = Sort { by: SortBy::Relevance, descending: false };
    Request::SearchLibrary(SearchLibrary { query: String::new(), sort, offset, limit: 48 })
}

/// Numbers that look random and are the same each time.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub fn bytes(&mut self, length: usize) -> Arc<Vec<u8>> {
        Arc::new((0..length).map(|_| self.next().to_le_bytes()[0]).collect())
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
