//! What a peer uploads, and what it is told of that.
//!
//! It does not know frames that come in. Chunks are cut at random; now and then a peer finishes too early, with
//! another hash, gives up, or begins what another connection of the same member has under way.

use std::sync::Arc;

use parlour_common::frame::chunk_head;
use parlour_common::limits::TRANSFERS_PER_CONNECTION_MAX;
use parlour_common::message::{
    BeginUpload, CancelTransfer, CancelUpload, Denial, FileEntry, FileHash, FinishUpload, Reply, Request,
    SameName, TransferId, TransferOutcome, UploadKey, UploadStart,
};

use super::ear::{Asked, Ear};
use super::peer::Peer;
use super::rng::Rng;
use super::spools::{self, UPLOADS};
use super::truth::Truth;

/// The longest chunk that a peer sends, in bytes.
const CHUNK_BYTES: usize = 100_000;

/// Bytes that a peer lets wait before it sends another chunk.
const UNSENT_BYTES: usize = 200_000;

/// An upload under way.
#[derive(Debug)]
pub struct Outgoing {
    pub transfer: TransferId,
    contents: Arc<Vec<u8>>,
    /// The first byte that was not sent.
    offset: usize,
    pub cancel_sent: bool,
}

impl Outgoing {
    /// Tells whether every byte was sent.
    pub fn is_sent(&self) -> bool {
        self.offset == self.contents.len()
    }
}

/// Tells whether a request is about an upload.
pub fn is_upload(request: &Request) -> bool {
    matches!(request, Request::BeginUpload(_) | Request::FinishUpload(_) | Request::CancelUpload(_))
}

impl Peer {
    /// What one asks who has files.
    pub fn as_an_uploader(&self, rng: &mut Rng) -> Asked {
        let number = rng.below(u64::from(UPLOADS)) as u8;
        let upload = match self.ear.begun_uploads.last() {
            Some(begun) if rng.once_in(2) => *begun,
            _ => spools::key(number),
        };
        let size_bytes = spools::contents(upload).len() as u64;
        let is_right = !rng.once_in(6);
        let request = match rng.below(12) {
            0..6 => {
                let file_name = format!("{}.txt", upload.as_bytes()[0]);
                Request::BeginUpload(BeginUpload { upload, file_name, size_bytes, same_name: SameName::Ask })
            }
            6..10 => {
                let sha256 = if is_right { hash_of(upload) } else { FileHash::new([9; 32]) };
                Request::FinishUpload(FinishUpload { upload, sha256, same_name: SameName::Ask })
            }
            10 => match self.ear.uploads.first() {
                Some(Outgoing { transfer, .. }) => {
                    Request::CancelTransfer(CancelTransfer { transfer: *transfer })
                }
                None => Request::CancelUpload(CancelUpload { upload }),
            },
            _ => Request::CancelUpload(CancelUpload { upload }),
        };
        Asked { is_right, ..self.plain(request) }
    }

    /// Sends a chunk of an upload, if one is under way.
    pub fn send_chunk(&mut self, rng: &mut Rng) {
        if self.ear.uploads.is_empty() || self.unsent.len() > UNSENT_BYTES {
            return;
        }
        let place = rng.below(self.ear.uploads.len() as u64) as usize;
        let Outgoing { transfer, contents, offset, .. } = &mut self.ear.uploads[place];
        let left = contents.len() - *offset;
        let length = if rng.once_in(20) { 0 } else { rng.size(left.clamp(1, CHUNK_BYTES)).min(left) };
        self.unsent.extend(chunk_head(*transfer, *offset as u64, length));
        self.unsent.extend(&contents[*offset..*offset + length]);
        *offset += length;
    }
}

impl Peer {
    /// A chunk that nobody may send: of an upload under way from a wrong place, or of none.
    pub fn chunk_out_of_place(&self) -> Vec<u8> {
        let (transfer, offset) = match self.ear.uploads.first() {
            Some(upload) => (upload.transfer, upload.offset as u64 + 1),
            None => (TransferId(u32::MAX), 0),
        };
        [&chunk_head(transfer, offset, 5)[..], b"wrong"].concat()
    }
}

impl Ear {
    /// Takes an answer about an upload.
    pub fn hear_of_upload(&mut self, asked: &Asked, request: &Request, reply: Reply, truth: &mut Truth) {
        match (request, reply) {
            (Request::BeginUpload(begin), Reply::UploadStart(start)) => {
                self.begin_upload(begin, start, truth);
            }
            (Request::BeginUpload(BeginUpload { upload, .. }), Reply::File(file)) => {
                check_file(*upload, &file);
                truth.note("upload finished before");
            }
            (Request::FinishUpload(finish), Reply::File(file)) => {
                assert!(asked.is_right, "a file of another hash");
                check_file(finish.upload, &file);
                truth.note("file");
            }
            (Request::CancelUpload(_), Reply::Done {}) => truth.note("upload given up"),
            (request, reply) => panic!("{reply:?} does not answer {request:?}"),
        }
    }

    fn begin_upload(&mut self, begin: &BeginUpload, start: UploadStart, truth: &mut Truth) {
        let UploadStart { transfer, offset } = start;
        assert!(transfer.0 > self.last_upload, "the number of a transfer was used again");
        assert!(self.transfers_under_way() < TRANSFERS_PER_CONNECTION_MAX, "too many transfers");
        self.last_upload = transfer.0;
        let contents = spools::contents(begin.upload);
        assert!(offset <= begin.size_bytes && begin.size_bytes == contents.len() as u64);
        truth.note(if offset > 0 { "upload resumed" } else { "upload" });
        let offset = offset as usize;
        self.uploads.push(Outgoing { transfer, contents, offset, cancel_sent: false });
        self.begun_uploads.push(begin.upload);
    }

    /// Returns how many transfers it knows to be under way.
    pub fn transfers_under_way(&self) -> usize {
        self.transfers.len() + self.uploads.len()
    }

    /// Takes the end of an upload, if the transfer is one. Returns whether it is.
    pub fn hear_upload_end(
        &mut self,
        transfer: TransferId,
        outcome: TransferOutcome,
        truth: &mut Truth,
    ) -> bool {
        let Some(place) = self.uploads.iter().position(|upload| upload.transfer == transfer) else {
            return false;
        };
        let upload = self.uploads.remove(place);
        match outcome {
            TransferOutcome::Whole => assert!(upload.is_sent(), "whole before it was sent"),
            TransferOutcome::Cancelled => {
                let is_leaving = self.signed_in.is_none_or(|who| truth.may_end(who.pass));
                let asked_for = upload.cancel_sent || self.is_leaving || is_leaving;
                self.is_owed_farewell |= !asked_for && self.closing.is_none();
            }
            TransferOutcome::WriteFailed => {
                assert!(truth.unwritable.contains(&(self.cable, transfer.0)), "it could be written");
            }
            TransferOutcome::Superseded => {}
            TransferOutcome::ReadFailed | TransferOutcome::Changed => panic!("the end of a download"),
        }
        truth.note(&format!("upload {outcome:?}"));
        true
    }
}

/// Tells whether a denial, other than those that any request may meet, is true of a request about an upload.
pub fn fits(asked: &Asked, request: &Request, denial: &Denial) -> bool {
    match denial {
        Denial::DiskFull {} => matches!(request, Request::BeginUpload(_)),
        Denial::NoSuchUpload {} => is_upload(request),
        Denial::UploadIncomplete { received_bytes } => match request {
            Request::FinishUpload(finish) => *received_bytes <= spools::contents(finish.upload).len() as u64,
            _ => false,
        },
        Denial::HashMismatch {} | Denial::UploadDiffers {} => {
            matches!(request, Request::FinishUpload(_)) && !asked.is_right
        }
        _ => false,
    }
}

fn hash_of(upload: UploadKey) -> FileHash {
    spools::hash(&spools::contents(upload))
}

fn check_file(upload: UploadKey, file: &FileEntry) {
    let contents = spools::contents(upload);
    assert_eq!((file.size_bytes, file.sha256), (contents.len() as u64, hash_of(upload)), "another file");
}
