//! Pictures of the library, and those that posts show: one at a time, the newest wish first, kept nowhere.
//!
//! This file does not know what a picture shows or who looks at it.

use std::collections::VecDeque;
use std::mem;
use std::time::Instant;

use mio::Token;
use parlour_common::message::{
    CoverId, Denial, FetchCard, FetchCover, FileStart, OnePost, Reply, Request, TransferId, TransferOutcome,
};

use super::control::Standing;
use super::line::{Line, LineHeard};
use super::reconnect::Backoff;
use super::turn::{TURN_BYTES_MAX, Turn, earlier};
use super::{LinkFault, Report};

/// The pictures that may wait; for a further one, the oldest wish is dropped.
const WAITING_MAX: usize = 64;

/// The largest picture that is taken, in bytes.
const PICTURE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How often a picture is tried.
const TRIES_MAX: u32 = 2;

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// One of the library.
    Cover(CoverId),
    /// The file that a post shows.
    Card(OnePost),
}

impl Picture {
    fn request(self) -> Request {
        match self {
            Self::Cover(cover) => Request::FetchCover(FetchCover { cover }),
            Self::Card(OnePost { conversation, post }) => {
                Request::FetchCard(FetchCard { conversation, post, offset: 0, length: None })
            }
        }
    }

    fn report(self, picture: Option<Vec<u8>>) -> Report {
        match self {
            Self::Cover(cover) => Report::Cover { cover, picture },
            Self::Card(card) => Report::CardPicture { card, picture },
        }
    }
}

pub(super) struct Covers {
    line: Line,
    /// The newest first.
    waiting: VecDeque<Picture>,
    fetching: Option<Fetching>,
    backoff: Backoff,
    not_before: Option<Instant>,
}

struct Fetching {
    wish: Picture,
    tries: u32,
    stage: Stage,
}

enum Stage {
    /// Until the line is ready, and the pause over.
    Waiting,
    Asked {
        id: u32,
    },
    Receiving {
        transfer: TransferId,
        length: usize,
        picture: Vec<u8>,
    },
}

/// Why a picture did not come.
enum Trouble {
    /// It may come another time.
    Passing,
    /// It never will.
    Final,
}

impl From<LinkFault> for Trouble {
    fn from(_: LinkFault) -> Self {
        Self::Passing
    }
}

impl Covers {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { line: Line::closed(), waiting: VecDeque::new(), fetching: None, backoff, not_before: None }
    }

    pub(super) fn add(&mut self, wish: Picture, turn: &Turn) {
        if self.fetching.as_ref().is_some_and(|fetching| fetching.wish == wish) {
            return;
        }
        self.waiting.retain(|waiting| *waiting != wish);
        self.waiting.push_front(wish);
        if self.waiting.len() > WAITING_MAX
            && let Some(oldest) = self.waiting.pop_back()
        {
            turn.report(oldest.report(None));
        }
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        self.line.handle_ready(token, readable, writable);
    }

    /// Does what there is to do this turn.
    pub(super) fn turn(&mut self, standing: &Standing, turn: &mut Turn) {
        let Standing::In { peer, session } = standing else {
            self.line.close();
            self.not_before = None;
            let fetching = self.fetching.take().map(|fetching| fetching.wish);
            for wish in fetching.into_iter().chain(self.waiting.drain(..)) {
                turn.report(wish.report(None));
            }
            return;
        };
        if self.not_before.is_none_or(|not_before| not_before <= turn.now) {
            self.not_before = None;
            self.begin(turn.now);
            if self.fetching.is_some() && self.line.is_closed() {
                self.line.open(*peer, session, turn);
            }
        }
        let mut budget = TURN_BYTES_MAX;
        if let Err(trouble) = self.drive(&mut budget, turn) {
            self.stumble(&trouble, turn);
        }
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let begins_at = (self.fetching.is_none() && !self.waiting.is_empty()).then_some(now);
        earlier(self.line.deadline(true, now), self.not_before.or(begins_at))
    }

    /// Takes the next wish, and asks for it if the line is ready.
    fn begin(&mut self, now: Instant) {
        if self.fetching.is_none() {
            let next = self.waiting.pop_front();
            self.fetching = next.map(|wish| Fetching { wish, tries: 0, stage: Stage::Waiting });
        }
        let Some(fetching) = &mut self.fetching else { return };
        if !matches!(fetching.stage, Stage::Waiting) || !self.line.is_ready() {
            return;
        }
        if let Some(id) = self.line.ask(&fetching.wish.request(), now) {
            fetching.stage = Stage::Asked { id };
        }
    }

    fn drive(&mut self, budget: &mut usize, turn: &mut Turn) -> Result<(), Trouble> {
        while let Some(heard) = self.line.poll(turn, budget)? {
            self.handle_heard(heard, turn)?;
        }
        self.line.tick(self.fetching.is_some(), turn.now)?;
        Ok(())
    }

    fn handle_heard(&mut self, heard: LineHeard, turn: &Turn) -> Result<(), Trouble> {
        if matches!(heard, LineHeard::Ready) {
            self.begin(turn.now);
            return Ok(());
        }
        let Some(fetching) = &mut self.fetching else { return self.hang_up() };
        match (heard, &mut fetching.stage) {
            (LineHeard::Answer { id, answer }, Stage::Asked { id: asked }) if id == *asked => match answer {
                Ok(Reply::FileStart(FileStart { transfer, offset: 0, length, size_bytes, .. }))
                    if length == size_bytes =>
                {
                    match usize::try_from(length) {
                        Ok(length) if length <= PICTURE_BYTES_MAX => {
                            fetching.stage = Stage::Receiving { transfer, length, picture: Vec::new() };
                            Ok(())
                        }
                        // Too large to be taken, now and ever.
                        _ => {
                            self.line.close();
                            Err(Trouble::Final)
                        }
                    }
                }
                Ok(_) => self.hang_up(),
                Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::TooManyTransfers { .. }) => {
                    Err(Trouble::Passing)
                }
                Err(_) => Err(Trouble::Final),
            },
            (
                LineHeard::ChunkStart { transfer, offset, data_bytes },
                Stage::Receiving { transfer: own, length, picture },
            ) => {
                let in_order = transfer == *own && offset == picture.len() as u64;
                if in_order && data_bytes <= *length - picture.len() { Ok(()) } else { self.hang_up() }
            }
            (LineHeard::Data(piece), Stage::Receiving { picture, .. }) => {
                picture.extend_from_slice(&piece);
                Ok(())
            }
            (LineHeard::TransferEnd(end), Stage::Receiving { transfer, length, picture })
                if end.transfer == *transfer =>
            {
                match end.outcome {
                    TransferOutcome::Whole if picture.len() == *length => {
                        let picture = Some(mem::take(picture));
                        self.answer(picture, turn);
                        Ok(())
                    }
                    TransferOutcome::Whole => self.hang_up(),
                    TransferOutcome::Cancelled
                    | TransferOutcome::Changed
                    | TransferOutcome::ReadFailed
                    | TransferOutcome::WriteFailed
                    | TransferOutcome::Superseded => Err(Trouble::Passing),
                }
            }
            _ => self.hang_up(),
        }
    }

    /// Closes the line: what came over it makes no sense.
    fn hang_up(&mut self) -> Result<(), Trouble> {
        self.line.close();
        Err(Trouble::Passing)
    }

    fn stumble(&mut self, trouble: &Trouble, turn: &Turn) {
        let Some(fetching) = &mut self.fetching else { return };
        fetching.tries += 1;
        fetching.stage = Stage::Waiting;
        let is_over = matches!(trouble, Trouble::Final) || fetching.tries >= TRIES_MAX;
        if matches!(trouble, Trouble::Passing) {
            self.not_before = Some(turn.now + self.backoff.pause(None));
        }
        if is_over {
            self.answer(None, turn);
        }
    }

    fn answer(&mut self, picture: Option<Vec<u8>>, turn: &Turn) {
        let Some(Fetching { wish, .. }) = self.fetching.take() else { return };
        if picture.is_some() {
            self.backoff.reset();
        }
        turn.report(wish.report(picture));
        self.begin(turn.now);
    }
}
