//! A conversation into a file: asked for page by page from its beginning, over a line of its own.
//!
//! This file does not know what the file looks like (`export/form.rs`) nor the disk (`export/file.rs`).

mod file;
mod form;

use std::path::PathBuf;
use std::time::Instant;

use mio::Token;
use parlour_common::limits::POSTS_PER_PAGE_MAX;
use parlour_common::message::{
    ConversationId, Denial, PostId, PostPage, ReadFrom, ReadPosts, Reply, Request,
};

use self::file::Scribe;
use super::control::Standing;
use super::line::{Line, LineHeard};
use super::order::TransferFault;
use super::reconnect::Backoff;
use super::turn::{TURN_BYTES_MAX, Turn, earlier};
use super::{LinkFault, Report};

/// The pages that may wait for the disk; over it no more are asked for.
const PAGES_WAITING_MAX: usize = 4;

/// In which form a conversation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportForm {
    /// As people read it.
    Text,
    /// As programs read it: one list of posts.
    Json,
}

/// Why a conversation is not in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportFault {
    /// The file cannot be written; the reason is the system's.
    NotWritable(String),
    /// The person's disk is full.
    NoSpace,
    /// The daemon does not give it.
    Denied(Denial),
    /// It was given up.
    Cancelled,
    /// The app disconnected, or was not signed in.
    Disconnected,
}

/// What the thread that writes tells.
#[derive(Debug)]
pub(super) struct Exported {
    /// Which export it writes.
    pub(super) number: u64,
    pub(super) what: ExportedWhat,
}

#[derive(Debug)]
pub(super) enum ExportedWhat {
    /// A page of so many posts is written.
    Page(usize),
    /// It is done, or cannot be.
    Ended(Result<PathBuf, ExportFault>),
}

pub(super) struct Export {
    line: Line,
    job: Option<Job>,
    /// How many were begun.
    begun: u64,
    backoff: Backoff,
    not_before: Option<Instant>,
}

struct Job {
    conversation: ConversationId,
    scribe: Scribe,
    /// The last post that was given to be written.
    after: PostId,
    asked: Option<u32>,
    /// Whether all posts are given to be written.
    is_whole: bool,
    pages_waiting: usize,
    posts: u64,
}

/// Why a page did not come.
enum Trouble {
    /// It may come another time.
    Passing,
    /// The export ends.
    Final(ExportFault),
}

impl From<LinkFault> for Trouble {
    fn from(_: LinkFault) -> Self {
        Self::Passing
    }
}

impl Export {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { line: Line::closed(), job: None, begun: 0, backoff, not_before: None }
    }

    /// Begins to write a conversation into a file, in place of another one.
    pub(super) fn begin(
        &mut self,
        conversation: ConversationId,
        path: PathBuf,
        form: ExportForm,
        turn: &Turn,
    ) {
        self.cancel(turn);
        self.begun += 1;
        match Scribe::start(self.begun, path, form, turn.post.clone()) {
            Ok(scribe) => {
                self.job = Some(Job {
                    conversation,
                    scribe,
                    after: PostId(0),
                    asked: None,
                    is_whole: false,
                    pages_waiting: 0,
                    posts: 0,
                });
            }
            Err(fault) => turn.report(Report::Exported { how: Err(fault) }),
        }
    }

    /// Gives it up; nothing is left of it.
    pub(super) fn cancel(&mut self, turn: &Turn) {
        self.fail(ExportFault::Cancelled, turn);
    }

    /// Stops without a word.
    pub(super) fn end(&mut self) {
        self.job = None;
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        self.line.handle_ready(token, readable, writable);
    }

    pub(super) fn handle_written(&mut self, exported: Exported, turn: &Turn) {
        if exported.number != self.begun {
            return;
        }
        let Some(job) = &mut self.job else { return };
        match exported.what {
            ExportedWhat::Page(posts) => {
                job.pages_waiting = job.pages_waiting.saturating_sub(1);
                job.posts += posts as u64;
                turn.report(Report::ExportMoved { posts: job.posts });
            }
            ExportedWhat::Ended(how) => {
                self.job = None;
                turn.report(Report::Exported { how });
            }
        }
    }

    /// Does what there is to do this turn.
    pub(super) fn turn(&mut self, standing: &Standing, turn: &mut Turn) {
        let Standing::In { peer, session } = standing else {
            self.line.close();
            self.not_before = None;
            if let Some(job) = &mut self.job {
                job.asked = None;
            }
            if matches!(standing, Standing::Out(TransferFault::Disconnected)) {
                self.fail(ExportFault::Disconnected, turn);
            } else if let Standing::Out(TransferFault::Denied(denial)) = standing {
                self.fail(ExportFault::Denied(denial.clone()), turn);
            }
            return;
        };
        if self.not_before.is_none_or(|not_before| not_before <= turn.now) {
            self.not_before = None;
            let is_wanted = self.job.as_ref().is_some_and(|job| !job.is_whole);
            if is_wanted && self.line.is_closed() {
                self.line.open(*peer, session, turn);
            }
            self.ask(turn.now);
        }
        let mut budget = TURN_BYTES_MAX;
        if let Err(trouble) = self.drive(&mut budget, turn) {
            self.stumble(trouble, turn);
        }
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let is_ready = self.line.is_ready() || self.line.is_closed();
        let begins_at = self.job.as_ref().filter(|job| job.wants_page() && is_ready).map(|_| now);
        earlier(self.line.deadline(true, now), self.not_before.or(begins_at))
    }

    fn ask(&mut self, now: Instant) {
        let Some(job) = self.job.as_mut().filter(|job| job.wants_page()) else { return };
        if !self.line.is_ready() || self.not_before.is_some() {
            return;
        }
        let from = ReadFrom::After(job.after);
        let request = ReadPosts { conversation: job.conversation, from, limit: POSTS_PER_PAGE_MAX };
        job.asked = self.line.ask(&Request::ReadPosts(request), now);
    }

    fn drive(&mut self, budget: &mut usize, turn: &mut Turn) -> Result<(), Trouble> {
        while let Some(heard) = self.line.poll(turn, budget)? {
            self.handle_heard(heard)?;
            self.ask(turn.now);
        }
        self.line.tick(self.job.is_some(), turn.now)?;
        Ok(())
    }

    fn handle_heard(&mut self, heard: LineHeard) -> Result<(), Trouble> {
        match heard {
            LineHeard::Ready => Ok(()),
            LineHeard::SessionEnded => {
                self.line.close();
                Err(Trouble::Final(ExportFault::Denied(Denial::SessionEnded {})))
            }
            LineHeard::Answer { id, answer } => {
                // Nobody waits for it any more where the export was given up.
                let Some(job) = self.job.as_mut().filter(|job| job.asked == Some(id)) else { return Ok(()) };
                job.asked = None;
                match answer {
                    Ok(Reply::Posts(page)) => {
                        self.backoff.reset();
                        job.take_page(page);
                        Ok(())
                    }
                    Ok(_) => Err(Trouble::Passing),
                    Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}) => {
                        Err(Trouble::Passing)
                    }
                    Err(denial) => Err(Trouble::Final(ExportFault::Denied(denial))),
                }
            }
            LineHeard::ChunkStart { .. } | LineHeard::Data(_) | LineHeard::TransferEnd(_) => {
                self.line.close();
                Err(Trouble::Passing)
            }
        }
    }

    fn stumble(&mut self, trouble: Trouble, turn: &Turn) {
        let Some(job) = &mut self.job else { return };
        job.asked = None;
        match trouble {
            Trouble::Passing => self.not_before = Some(turn.now + self.backoff.pause(None)),
            Trouble::Final(fault) => self.fail(fault, turn),
        }
    }

    fn fail(&mut self, fault: ExportFault, turn: &Turn) {
        if self.job.take().is_some() {
            turn.report(Report::Exported { how: Err(fault) });
        }
    }
}

impl Job {
    fn wants_page(&self) -> bool {
        !self.is_whole && self.asked.is_none() && self.pages_waiting < PAGES_WAITING_MAX
    }

    fn take_page(&mut self, page: PostPage) {
        let last = page.posts.last().map(|post| post.post);
        self.is_whole = !page.more || last.is_none_or(|last| last <= self.after);
        if let Some(last) = last {
            self.after = last;
            self.pages_waiting += 1;
            self.scribe.write(page.posts);
        }
        if self.is_whole {
            self.scribe.finish();
        }
    }
}
