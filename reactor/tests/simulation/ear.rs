//! What a peer hears, held against the protocol: frames, the order of answers, transfers.
//!
//! It does not know what the peer will do next. Every rule here is a sentence of `PROTOCOL.md`; whether an
//! answer fits its question is judged in `answers.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parlour_common::frame::{Frame, FrameDecoder};
use parlour_common::limits::{CHUNK_DATA_BYTES_MAX, MESSAGE_BYTES_MAX, TRANSFERS_PER_CONNECTION_MAX};
use parlour_common::message::{
    Closing, ClosingReason, Event, FileStart, FileVersion, Request, ServerMessage, SessionId, TransferEnd,
    TransferId, TransferOutcome, UploadKey, decode_server_message,
};

use super::shelf::Shelf;
use super::truth::Truth;
use super::uploads::Outgoing;

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: u32,
    /// What was asked; `None` for a request that the daemon cannot know or read.
    pub request: Option<Request>,
    /// Who signs up or in.
    pub person: usize,
    /// Whether the password is the right one.
    pub is_right: bool,
    /// The session that is resumed, if it is one.
    pub pass: Option<usize>,
    /// Under which session, as far as the peer knew.
    pub by: Option<usize>,
    /// When it was asked.
    pub turn: u64,
}

/// Who the peer is, as it was told.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    pub pass: usize,
    pub turn: u64,
}

/// A transfer under way.
#[derive(Debug)]
pub struct Incoming {
    pub version: FileVersion,
    pub contents: Arc<Vec<u8>>,
    /// Where the next chunk must begin, and where the last one must end.
    pub offset: u64,
    end: u64,
    /// Some byte was another than the file's.
    is_tainted: bool,
    pub cancel_sent: bool,
    pub cancel_done: bool,
}

/// The listening half of a peer.
#[derive(Debug)]
pub struct Ear {
    pub cable: usize,
    decoder: FrameDecoder,
    pub asked: VecDeque<Asked>,
    pub transfers: BTreeMap<u32, Incoming>,
    last_transfer: u32,
    /// Uploads under way.
    pub uploads: Vec<Outgoing>,
    pub last_upload: u32,
    /// What it began to upload, to go on with.
    pub begun_uploads: Vec<UploadKey>,
    /// The transfer of the chunk that comes in.
    chunk: Option<u32>,
    pub is_greeted: bool,
    pub signed_in: Option<SignedIn>,
    /// The last generation that it was told of.
    pub library: u64,
    pub closing: Option<ClosingReason>,
    /// It has ended its sending side: the daemon's side ends without a farewell.
    pub has_ended: bool,
    /// The stream has ended.
    pub is_over: bool,
    /// Why transfers may end as cancelled, other than by a request for it.
    pub is_leaving: bool,
    /// Transfers were cancelled for no reason known: a farewell must be next.
    pub is_owed_farewell: bool,
    /// The versions of the tracks that it began to fetch, to ask for the rest of.
    pub begun: Vec<(u64, FileVersion)>,
    /// The turn in which it heard last that its session was ended elsewhere.
    pub ended_at: u64,
    /// The sessions of its account that were listed last.
    pub sessions: Vec<SessionId>,
}

impl Ear {
    pub fn new(cable: usize) -> Self {
        Self {
            cable,
            decoder: FrameDecoder::new(MESSAGE_BYTES_MAX),
            asked: VecDeque::new(),
            transfers: BTreeMap::new(),
            last_transfer: 0,
            uploads: Vec::new(),
            last_upload: 0,
            begun_uploads: Vec::new(),
            chunk: None,
            is_greeted: false,
            signed_in: None,
            library: 0,
            closing: None,
            has_ended: false,
            is_over: false,
            is_leaving: false,
            is_owed_farewell: false,
            begun: Vec::new(),
            ended_at: 0,
            sessions: Vec::new(),
        }
    }

    /// Takes bytes as they came.
    pub fn hear(&mut self, mut bytes: &[u8], truth: &mut Truth, shelf: &Shelf) {
        loop {
            let frame = self.decoder.decode(&mut bytes).expect("the daemon writes frames");
            match frame {
                None => return,
                Some(Frame::Message(payload)) => {
                    let message = decode_server_message(&payload).expect("the daemon writes messages");
                    self.hear_message(message.expect("it is of today"), truth, shelf);
                }
                Some(Frame::ChunkStart { transfer, offset, data_bytes }) => {
                    self.hear_chunk(transfer, offset, data_bytes);
                }
                Some(Frame::ChunkData(piece)) => self.hear_piece(piece),
            }
        }
    }

    /// Takes the end of the stream; it may be cut short.
    pub fn hear_end(&mut self, is_cut_short: bool) {
        self.is_over = true;
        if !is_cut_short {
            let is_answered = self.has_ended && self.asked.is_empty();
            assert!(self.closing.is_some() || is_answered, "the farewell is missing");
            assert!(!self.decoder.is_inside_frame(), "the last frame is not whole");
            assert!(self.transfers.is_empty(), "the ends of transfers are missing");
            // Of one that was not sent to its end there is none when nothing more will be sent.
            let is_left = self.has_ended && !self.uploads.iter().any(Outgoing::is_sent);
            assert!(self.uploads.is_empty() || is_left, "the ends of uploads are missing");
        }
    }

    fn hear_message(&mut self, message: ServerMessage, truth: &mut Truth, shelf: &Shelf) {
        let may_be_early = matches!(message, ServerMessage::Event(Event::TransferEnd(_) | Event::Closing(_)));
        assert!(may_be_early || !self.is_owed_farewell, "nobody has cancelled the transfer: {message:?}");
        match message {
            ServerMessage::Reply { id, reply } => {
                let asked = self.next_asked(id);
                self.hear_reply(&asked, reply, truth, shelf);
            }
            ServerMessage::Denial { id, denial } => {
                let asked = self.next_asked(id);
                self.hear_denial(&asked, &denial, truth);
            }
            ServerMessage::Event(event) => self.hear_event(event, truth, shelf),
        }
    }

    /// Answers come in the order of asking, each once, and none after the farewell.
    fn next_asked(&mut self, id: u32) -> Asked {
        assert!(self.closing.is_none(), "an answer after the farewell");
        let asked = self.asked.pop_front().expect("an answer to a question");
        assert_eq!(asked.id, id, "an answer out of order");
        asked
    }

    fn hear_event(&mut self, event: Event, truth: &mut Truth, shelf: &Shelf) {
        let may_follow_closing = matches!(event, Event::TransferEnd(_));
        assert!(self.closing.is_none() || may_follow_closing, "{event:?} after the farewell");
        match event {
            Event::LibraryChanged(library) => {
                assert!(self.signed_in.is_some(), "a stranger was told of the library");
                assert!(library.generation >= self.library, "an older library is told after a newer one");
                self.library = library.generation;
                truth.note("library changed");
            }
            Event::TransferEnd(TransferEnd { transfer, outcome })
                if self.hear_upload_end(transfer, outcome, truth) => {}
            Event::TransferEnd(TransferEnd { transfer, outcome }) => {
                let ended = self.transfers.remove(&transfer.0).expect("the end of a transfer under way");
                self.check_end(transfer, &ended, outcome, truth, shelf);
                truth.note(&format!("transfer {outcome:?}"));
            }
            Event::SessionEnded {} => {
                let SignedIn { pass, .. } = self.signed_in.take().expect("it was signed in");
                assert!(truth.may_end(pass), "nobody has signed out");
                self.end_session();
                self.ended_at = truth.turn;
                truth.note("session ended elsewhere");
            }
            Event::Closing(Closing { reason, .. }) => {
                let name = format!("{reason:?}");
                truth.note(&format!("closing {}", name.split(' ').next().unwrap_or_default()));
                self.closing = Some(reason);
            }
            Event::AccountChanged(account) => {
                assert!(self.signed_in.is_some(), "a stranger was told of an account");
                self.check_own(&account, truth);
                truth.note("account changed");
            }
            Event::UsersChanged { .. } | Event::DiskLow(_) => unreachable!("nobody here is an admin"),
            Event::Said(_)
            | Event::PostChanged(_)
            | Event::SeatsChanged(_)
            | Event::SeatLost(_)
            | Event::MarkedRead(_) => unreachable!("nobody here enters the room"),
            Event::FilesChanged {} => {
                assert!(self.signed_in.is_some(), "a stranger was told of files");
                truth.note("files changed");
            }
            Event::FileShared(_) => unreachable!("nobody here shares a file"),
        }
    }

    /// Takes the end of the session: at most the transfer of the chunk that began is still under way.
    pub fn end_session(&mut self) {
        assert!(self.transfers.len() <= 1 && self.uploads.is_empty(), "transfers outlive the session");
        self.transfers.values_mut().for_each(|incoming| incoming.cancel_sent = true);
    }

    /// Begins a transfer that was announced.
    pub fn begin_transfer(&mut self, start: &FileStart, shelf: &Shelf) {
        assert!(start.transfer.0 > self.last_transfer, "the number of a transfer was used again");
        self.last_transfer = start.transfer.0;
        assert!(self.transfers_under_way() < TRANSFERS_PER_CONNECTION_MAX, "too many transfers");
        let contents = shelf.contents(start.version).expect("a version that the file had");
        assert_eq!(start.size_bytes, contents.len() as u64);
        assert!(start.offset + start.length <= start.size_bytes);
        let incoming = Incoming {
            version: start.version,
            contents,
            offset: start.offset,
            end: start.offset + start.length,
            is_tainted: false,
            cancel_sent: false,
            cancel_done: false,
        };
        self.transfers.insert(start.transfer.0, incoming);
    }

    fn hear_chunk(&mut self, TransferId(transfer): TransferId, offset: u64, data_bytes: usize) {
        let may_follow_closing = self.closing == Some(ClosingReason::Shutdown {});
        assert!(self.closing.is_none() || may_follow_closing, "a chunk after the farewell");
        assert!(self.signed_in.is_some() || may_follow_closing, "a chunk for a stranger");
        let incoming = self.transfers.get(&transfer).expect("a chunk of a transfer under way");
        assert_eq!(offset, incoming.offset, "a chunk out of order");
        assert!((1..=CHUNK_DATA_BYTES_MAX).contains(&data_bytes));
        assert!(offset + data_bytes as u64 <= incoming.end, "more than was announced");
        self.chunk = Some(transfer);
    }

    fn hear_piece(&mut self, piece: &[u8]) {
        let transfer = self.chunk.expect("a chunk began");
        let incoming = self.transfers.get_mut(&transfer).expect("it is under way");
        let from = incoming.offset as usize;
        incoming.is_tainted |= incoming.contents.get(from..from + piece.len()) != Some(piece);
        incoming.offset += piece.len() as u64;
    }

    fn check_end(
        &mut self,
        transfer: TransferId,
        ended: &Incoming,
        outcome: TransferOutcome,
        truth: &Truth,
        shelf: &Shelf,
    ) {
        match outcome {
            TransferOutcome::Whole => {
                assert_eq!(ended.offset, ended.end, "bytes are missing");
                assert!(!ended.is_tainted, "the bytes are not the file's");
                assert!(!ended.cancel_done, "a cancelled transfer is whole");
            }
            TransferOutcome::Changed => assert!(shelf.has_changed(ended.version), "nothing has changed"),
            TransferOutcome::ReadFailed => {
                assert!(truth.unreadable.contains(&(self.cable, transfer.0)), "it could be read");
                assert!(!ended.cancel_done, "a cancelled transfer has failed");
            }
            TransferOutcome::WriteFailed | TransferOutcome::Superseded => {}
            TransferOutcome::Cancelled => {
                let is_leaving = self.signed_in.is_none_or(|who| truth.may_end(who.pass));
                let asked_for = ended.cancel_sent || self.is_leaving || is_leaving;
                self.is_owed_farewell |= !asked_for && self.closing.is_none();
            }
        }
        assert!(
            !matches!(outcome, TransferOutcome::WriteFailed | TransferOutcome::Superseded),
            "the end of an upload"
        );
        // Bytes that are not the file's are never passed off as good ones.
        let is_good = outcome != TransferOutcome::Changed;
        assert!(!ended.is_tainted || !is_good || shelf.has_changed(ended.version), "zeros or worse");
    }
}
