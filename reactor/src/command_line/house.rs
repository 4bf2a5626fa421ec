//! A house with one guest: while no daemon runs, a command is answered by the daemon's own rooms, without
//! its sockets. So every check, right and entry in the books is the same.
//!
//! This file does not know what is asked. It is a hall like `daemon.rs`, for one question at a time.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use parlour_common::message::{Reply, Request};

use super::line::ANSWER_TIME_MAX;
use super::trouble::Trouble;
use crate::config::Config;
use crate::daemon::{Arrival, Clock};
use crate::effect::{Answer, Effect};
use crate::id::{Asker, ConnId, Ticket};
use crate::serve;
use crate::service::Service;
use crate::store::{ChangeError, Committer, Store, Writer};
use crate::workers::{Finished, Workers};

/// The guest.
const GUEST: ConnId = ConnId { slot: 0, generation: 0 };

/// The rooms, and the way to them.
pub struct House {
    clock: Clock,
    service: Service,
    workers: Workers,
    committer: Committer<Ticket>,
    arrivals: Receiver<Arrival>,
    asked: u64,
}

impl House {
    /// Opens the rooms over a store that is open.
    pub fn open(config: &Config, store: Store, writer: Writer) -> Result<Self, Trouble> {
        let no_thread = |error: std::io::Error| Trouble::House(serve::no_thread(error).sentence);
        let (sender, arrivals) = channel();
        let answers = sender.clone();
        let committer = Committer::start(writer, move |ticket, applied| {
            // A guest who has left takes no answer.
            let _ = answers.send(Arrival::Applied(ticket, applied));
        })
        .map_err(no_thread)?;
        let at_start = |failure: serve::Failure| Trouble::House(failure.sentence);
        let keys = serve::open_keys(config).map_err(at_start)?;
        // The library is not asked for here, and its folder may well be away: any other stands for it.
        let bank = serve::open_bank(&config.data_dir).map_err(at_start)?;
        let files = serve::open_files(config).map_err(at_start)?;
        let tools = serve::tools(config, store, bank, keys.clone(), files);
        let report = Arc::new(move |finished| {
            let _ = sender.send(Arrival::Finished(finished));
        });
        let workers = Workers::start(tools, report).map_err(no_thread)?;
        let mut service = Service::new(serve::settings(config, keys, None, Vec::new()));
        service.handle_opened_local(GUEST);
        Ok(Self { clock: Clock::start(), service, workers, committer, arrivals, asked: 0 })
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, request: Request) -> Result<Reply, Trouble> {
        self.ask_for(Some(ANSWER_TIME_MAX), request)
    }

    /// Asks, and waits for the answer for as long as it takes.
    pub fn ask_at_length(&mut self, request: Request) -> Result<Reply, Trouble> {
        self.ask_for(None, request)
    }

    fn ask_for(&mut self, patience: Option<Duration>, request: Request) -> Result<Reply, Trouble> {
        let asker = Asker { conn: GUEST, sequence: self.asked };
        self.asked += 1;
        self.service.handle_request(self.clock.now(), asker, request);
        loop {
            if let Some(answer) = self.apply_effects(asker) {
                return answer;
            }
            if self.committer.has_failed() {
                return Err(Trouble::StorageFailed);
            }
            match self.arrivals.recv_timeout(patience.unwrap_or(ANSWER_TIME_MAX)) {
                Ok(arrival) => self.take(arrival),
                Err(RecvTimeoutError::Timeout) if patience.is_none() => {}
                Err(_) => return Err(Trouble::Silent),
            }
        }
    }

    fn take(&mut self, arrival: Arrival) {
        let now = self.clock.now();
        match arrival {
            Arrival::Finished(Finished::Job(ticket, completion)) => {
                self.service.handle_completion(now, ticket, completion);
            }
            Arrival::Applied(ticket, applied) => self.service.handle_applied(now, ticket, applied),
            // Nobody transfers files, and no librarian reads.
            Arrival::Finished(Finished::Warmed { .. } | Finished::Stored { .. }) | Arrival::Library(_) => {}
        }
    }

    /// Carries out what the service wants done, until it has answered.
    fn apply_effects(&mut self, asker: Asker) -> Option<Result<Reply, Trouble>> {
        while let Some(effect) = self.service.poll_effect() {
            match effect {
                Effect::Answer { to, answer } if to == asker => {
                    return Some(match answer {
                        Answer::Reply(reply) => Ok(reply),
                        Answer::Denial(denial) => Err(Trouble::Denied(denial)),
                        Answer::File { .. } | Answer::Upload { .. } => {
                            Err(Trouble::Foreign("a file".to_owned()))
                        }
                    });
                }
                // A mail stays in its queue for the daemon: we shall be gone before it is delivered.
                // What the daemon does for itself, such as sending mail, waits for the daemon: we shall be
                // gone before it is done.
                Effect::Run { asker: None, .. } => {}
                Effect::Run { ticket, job, .. } => {
                    self.workers.run(ticket, Arc::new(AtomicBool::new(true)), job);
                }
                Effect::Commit { ticket, change } => {
                    if self.committer.submit(ticket, change).is_err() {
                        let now = self.clock.now();
                        self.service.handle_applied(now, ticket, Err(ChangeError::StorageUnavailable));
                    }
                }
                Effect::Answer { .. } | Effect::Tell { .. } | Effect::EndSession { .. } => {}
            }
        }
        None
    }

    /// Ends, after all that was begun is durable.
    pub fn close(self) {
        self.committer.stop();
        self.workers.stop();
    }
}
