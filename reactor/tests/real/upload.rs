//! Uploads and downloads of people's files by the plain client, whose daemon may be gone at any moment.

use std::io::{self, Write};
use std::net::TcpStream;

use parlour_common::frame::chunk_head;
use parlour_common::message::{
    BeginUpload, Denial, Event, FetchFile, FileEntry, FileHash, FileId, FilePage, FilePlace, FileSort,
    FileStart, FinishUpload, ListFiles, Reply, Request, SameName, ServerMessage, TransferId, TransferOutcome,
    UploadKey, UploadStart,
};
use sha2::{Digest, Sha256};

use super::{Came, Client};

/// What chunks a client of the tests sends at most, in bytes: what the document advises.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// A file every byte of which follows from a seed, so that any part can be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    pub seed: u64,
    pub size_bytes: u64,
}

impl Load {
    pub fn new(seed: u64, size_bytes: u64) -> Self {
        Self { seed, size_bytes }
    }

    /// Writes the bytes from `offset` on into `buffer`.
    pub fn fill(&self, offset: u64, buffer: &mut [u8]) {
        let (mut place, mut rest) = (offset, buffer);
        while !rest.is_empty() {
            let word = mix(self.seed ^ mix(place / 8)).to_le_bytes();
            let from = (place % 8) as usize;
            let count = (8 - from).min(rest.len());
            rest[..count].copy_from_slice(&word[from..from + count]);
            place += count as u64;
            rest = &mut rest[count..];
        }
    }

    /// Calls `take` with all bytes from `offset` on, a piece at a time.
    pub fn for_each_piece(&self, offset: u64, piece_bytes: usize, mut take: impl FnMut(u64, &[u8])) {
        let (mut place, mut buffer) = (offset, vec![0; piece_bytes]);
        while place < self.size_bytes {
            let count = (self.size_bytes - place).min(piece_bytes as u64) as usize;
            self.fill(place, &mut buffer[..count]);
            take(place, &buffer[..count]);
            place += count as u64;
        }
    }

    pub fn sha256(&self) -> FileHash {
        let mut hasher = Sha256::new();
        self.for_each_piece(0, CHUNK_BYTES, |_, piece| hasher.update(piece));
        FileHash::new(hasher.finalize().into())
    }

    /// Tells whether these are the bytes at `offset`.
    pub fn is_at(&self, offset: u64, bytes: &[u8]) -> bool {
        let mut expected = vec![0; bytes.len()];
        self.fill(offset, &mut expected);
        offset + bytes.len() as u64 <= self.size_bytes && expected == bytes
    }
}

/// Spreads the bits of a number (splitmix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// How an upload began.
#[derive(Debug)]
pub enum Begun {
    Start(UploadStart),
    /// It was finished before.
    Finished(Box<FileEntry>),
}

impl Client {
    /// Begins an upload or goes on with it; `None` when no answer comes any more.
    pub fn try_begin_upload(
        &mut self,
        key: UploadKey,
        file_name: &str,
        size_bytes: u64,
        same_name: SameName,
    ) -> Option<Result<Begun, Denial>> {
        let file_name = file_name.to_owned();
        let begin = BeginUpload { upload: key, file_name, size_bytes, same_name };
        Some(match self.try_ask(Request::BeginUpload(begin))? {
            Ok(Reply::UploadStart(start)) => Ok(Begun::Start(start)),
            Ok(Reply::File(entry)) => Ok(Begun::Finished(Box::new(entry))),
            Ok(other) => panic!("{other:?} does not answer begin_upload"),
            Err(denial) => Err(denial),
        })
    }

    /// Sends chunks with all bytes from `start` on, by `write`.
    pub fn send_load(
        &mut self,
        start: UploadStart,
        load: &Load,
        chunk_bytes: usize,
        mut write: impl FnMut(&mut TcpStream, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut sent = Ok(());
        let stream = &mut self.stream;
        load.for_each_piece(start.offset, chunk_bytes, |offset, piece| {
            if sent.is_ok() {
                let head = chunk_head(start.transfer, offset, piece.len());
                sent = write(stream, &[&head[..], piece].concat());
            }
        });
        sent
    }

    /// Says that all bytes were sent; `None` when no answer comes any more.
    pub fn try_finish_upload(
        &mut self,
        key: UploadKey,
        sha256: FileHash,
        same_name: SameName,
    ) -> Option<Result<FileEntry, Denial>> {
        Some(match self.try_ask(Request::FinishUpload(FinishUpload { upload: key, sha256, same_name }))? {
            Ok(Reply::File(entry)) => Ok(entry),
            Ok(other) => panic!("{other:?} does not answer finish_upload"),
            Err(denial) => Err(denial),
        })
    }

    /// Uploads a file from its beginning to its record, or goes on with it.
    pub fn upload(&mut self, key: UploadKey, file_name: &str, load: &Load) -> Result<FileEntry, Denial> {
        let begun = self.try_begin_upload(key, file_name, load.size_bytes, SameName::Ask);
        match begun.expect("the daemon is there")? {
            Begun::Finished(entry) => return Ok(*entry),
            Begun::Start(start) => {
                let sent = self.send_load(start, load, CHUNK_BYTES, Write::write_all);
                sent.expect("the daemon reads");
            }
        }
        self.try_finish_upload(key, load.sha256(), SameName::Ask).expect("the daemon is there")
    }

    /// Asks for a file from `offset` on; `None` when no answer comes any more.
    pub fn try_fetch_file(
        &mut self,
        file: FileId,
        offset: u64,
        sha256: Option<FileHash>,
    ) -> Option<Result<FileStart, Denial>> {
        let fetch = FetchFile { file, offset, length: None, sha256 };
        Some(match self.try_ask(Request::FetchFile(fetch))? {
            Ok(Reply::FileStart(start)) => Ok(start),
            Ok(other) => panic!("{other:?} does not answer fetch_file"),
            Err(denial) => Err(denial),
        })
    }

    /// Gives the bytes of a transfer to `take` as they come, until it takes no more. Returns how the transfer
    /// ended, `None` when it has no end: the daemon is gone, or no more was taken.
    pub fn try_receive_chunks(
        &mut self,
        start: &FileStart,
        mut take: impl FnMut(u64, &[u8]) -> bool,
    ) -> Option<TransferOutcome> {
        let mut due = start.offset;
        loop {
            match self.receive()? {
                Came::ChunkStart(transfer, offset) => {
                    assert_eq!((TransferId(transfer), offset), (start.transfer, due), "a gap");
                }
                Came::Piece(piece) => {
                    if !take(due, &piece) {
                        return None;
                    }
                    due += piece.len() as u64;
                }
                Came::Message(ServerMessage::Event(Event::TransferEnd(end)))
                    if end.transfer == start.transfer =>
                {
                    let is_whole = end.outcome == TransferOutcome::Whole;
                    assert!(
                        !is_whole || due == start.offset + start.length,
                        "whole after {due} bytes: {start:?}"
                    );
                    return Some(end.outcome);
                }
                Came::Message(ServerMessage::Event(event)) => self.events.push_back(event),
                Came::Message(message) => panic!("{message:?} in the midst of a transfer"),
            }
        }
    }

    /// Fetches a file whole and returns the hash of what came.
    pub fn hash_of_file(&mut self, file: FileId) -> Result<FileHash, Denial> {
        let start = self.try_fetch_file(file, 0, None).expect("the daemon is there")?;
        let mut hasher = Sha256::new();
        let outcome = self.try_receive_chunks(&start, |_, piece| {
            hasher.update(piece);
            true
        });
        assert_eq!(outcome, Some(TransferOutcome::Whole), "{start:?}");
        let hash = FileHash::new(hasher.finalize().into());
        assert_eq!(Some(hash), start.sha256, "the bytes are not what was announced");
        Ok(hash)
    }

    /// Lists all files of a place, by name.
    pub fn list_all_files(&mut self, place: FilePlace) -> Vec<FileEntry> {
        let mut files = Vec::new();
        loop {
            let page = self.list_files(place, files.len() as u32);
            let is_last = page.files.is_empty() || files.len() + page.files.len() == page.total as usize;
            files.extend(page.files);
            if is_last {
                return files;
            }
        }
    }

    /// Lists one page of files, by name.
    pub fn list_files(&mut self, place: FilePlace, offset: u32) -> FilePage {
        let (query, sort, descending) = (String::new(), FileSort::Name, false);
        match self.ask(Request::ListFiles(ListFiles { place, query, sort, descending, offset, limit: 64 })) {
            Ok(Reply::Files(page)) => page,
            other => panic!("{other:?} does not answer list_files"),
        }
    }
}
