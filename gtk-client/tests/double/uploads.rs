//! What the double does with people's files: it takes them, gives them, and knows their hashes.
//!
//! This file does not know sockets: a peer reads and writes.

use std::io::{self, Write};
use std::sync::Arc;

use parlour_common::frame::chunk_head;
use parlour_common::message::{
    BeginUpload, Denial, FetchFile, FileEntry, FileHash, FileId, FinishUpload, Reply, Request, SameName,
    TrackHash, TransferId, TransferOutcome, UploadKey, UploadStart,
};
use parlour_common::names::FileName;
use sha2::{Digest, Sha256};

use super::{Peer, Rules};

/// What is here of a file that is being uploaded.
#[derive(Clone, Debug)]
pub struct Spool {
    pub file_name: FileName,
    pub size_bytes: u64,
    pub bytes: Vec<u8>,
}

/// An upload whose chunks come over a connection.
pub(super) struct Taking {
    transfer: TransferId,
    key: UploadKey,
    /// After how many more bytes the connection is cut, and after how many more the disk is full.
    cut: Option<usize>,
    full: Option<usize>,
    is_over: bool,
}

impl Peer {
    pub(super) fn answer_files(&mut self, id: u32, request: Request) -> io::Result<()> {
        match request {
            Request::BeginUpload(begin) => self.begin_upload(id, &begin),
            Request::FinishUpload(finish) => self.finish_upload(id, &finish),
            Request::CancelUpload(cancel) => {
                let removed = self.rules.lock().unwrap().spools.remove(&cancel.upload);
                self.taking = None;
                match removed {
                    Some(_) => self.reply(id, Reply::Done {}),
                    None => self.deny(id, Denial::NoSuchUpload {}),
                }
            }
            Request::FetchFile(fetch) => {
                self.rules.lock().unwrap().begin_transfer();
                let sent = self.send_file(id, &fetch);
                self.rules.lock().unwrap().under_way -= 1;
                sent
            }
            Request::ConfirmFile(confirm) => {
                let known =
                    self.rules.lock().unwrap().files.get(&confirm.file.0).map(|(entry, ..)| entry.sha256);
                match known {
                    Some(sha256) if sha256 == confirm.sha256 => {
                        self.rules.lock().unwrap().confirmed.push(confirm.file);
                        self.reply(id, Reply::Done {})
                    }
                    Some(_) => self.deny(id, Denial::VersionChanged {}),
                    None => self.deny(id, Denial::NoSuchFile {}),
                }
            }
            Request::HashTrack(hash) => {
                let (track, is_old) = {
                    let rules = self.rules.lock().unwrap();
                    (rules.tracks.get(&hash.track.0).cloned(), rules.is_old)
                };
                match track {
                    _ if is_old => self.deny(id, Denial::UnknownRequest {}),
                    Some((version, bytes)) if version == hash.version.0 => {
                        self.reply(id, Reply::TrackHash(TrackHash { sha256: sha256(&bytes) }))
                    }
                    _ => self.deny(id, Denial::VersionChanged {}),
                }
            }
            _ => self.deny(id, Denial::UnknownRequest {}),
        }
    }

    fn begin_upload(&mut self, id: u32, begin: &BeginUpload) -> io::Result<()> {
        let mut rules = self.rules.lock().unwrap();
        let denial = rules.begin_upload.pop();
        let stored = rules.files.values().find(|(_, key, _)| *key == begin.upload).cloned();
        let taken = rules.named(&begin.file_name).filter(|_| begin.same_name == SameName::Ask);
        let before = rules.spools.get(&begin.upload).cloned();
        let differs = before.as_ref().is_some_and(|spool| spool.size_bytes != begin.size_bytes);
        let answer = match (denial, stored, taken) {
            (Some(denial), ..) => Err(denial),
            (_, Some((entry, ..)), _) => Ok(Reply::File(entry)),
            (_, _, Some(denial)) => Err(denial),
            _ if differs => Err(Denial::UploadDiffers {}),
            _ => {
                let file_name = FileName::parse(&begin.file_name).unwrap();
                let fresh = || Spool { file_name, size_bytes: begin.size_bytes, bytes: Vec::new() };
                let offset = rules.spools.entry(begin.upload).or_insert_with(fresh).bytes.len() as u64;
                self.transfers += 1;
                let transfer = TransferId(self.transfers);
                rules.upload_offsets.push(offset);
                let (cut, full) = (rules.upload_cuts.pop(), rules.full_after.take());
                self.taking = Some(Taking { transfer, key: begin.upload, cut, full, is_over: false });
                rules.begin_transfer();
                rules.under_way -= 1;
                Ok(Reply::UploadStart(UploadStart { transfer, offset }))
            }
        };
        drop(rules);
        match answer {
            Ok(reply) => self.reply(id, reply)?,
            Err(denial) => return self.deny(id, denial),
        }
        self.end_if_whole()
    }

    pub(super) fn begin_chunk(&mut self, transfer: TransferId, offset: u64) -> io::Result<()> {
        let Some(taking) = &self.taking else { return Err(io::Error::other("a chunk of nothing")) };
        let rules = self.rules.lock().unwrap();
        let here = rules.spools.get(&taking.key).map(|spool| spool.bytes.len() as u64);
        match here {
            _ if taking.is_over => Ok(()),
            Some(here) if here == offset && taking.transfer == transfer => Ok(()),
            _ => Err(io::Error::other("a chunk at another place")),
        }
    }

    pub(super) fn take_bytes(&mut self, data: &[u8]) -> io::Result<()> {
        let pace = self.rules.lock().unwrap().pace;
        std::thread::sleep(pace);
        let Some(taking) = &mut self.taking else { return Err(io::Error::other("bytes of nothing")) };
        if taking.is_over {
            return Ok(());
        }
        let room = [taking.cut, taking.full].into_iter().flatten().min().unwrap_or(data.len());
        let data = &data[..data.len().min(room)];
        for left in [&mut taking.cut, &mut taking.full].into_iter().flatten() {
            *left -= data.len();
        }
        let (transfer, is_cut, is_full) = (taking.transfer, taking.cut == Some(0), taking.full == Some(0));
        taking.is_over = is_full;
        {
            let mut rules = self.rules.lock().unwrap();
            let Some(spool) = rules.spools.get_mut(&taking.key) else {
                return Err(io::Error::other("no spool"));
            };
            let begins = spool.bytes.is_empty();
            spool.bytes.extend_from_slice(data);
            if begins && !data.is_empty() && rules.damaged_uploads > 0 {
                rules.damaged_uploads -= 1;
                rules.spools.get_mut(&taking.key).unwrap().bytes[0] ^= 1;
            }
        }
        if is_cut {
            return Err(io::Error::other("cut"));
        }
        if is_full {
            return self.end(transfer, TransferOutcome::WriteFailed);
        }
        self.end_if_whole()
    }

    fn end_if_whole(&mut self) -> io::Result<()> {
        let Some(taking) = &mut self.taking else { return Ok(()) };
        let rules = self.rules.lock().unwrap();
        let is_whole =
            rules.spools.get(&taking.key).is_some_and(|spool| spool.bytes.len() as u64 == spool.size_bytes);
        drop(rules);
        if is_whole && !taking.is_over {
            taking.is_over = true;
            let transfer = taking.transfer;
            return self.end(transfer, TransferOutcome::Whole);
        }
        Ok(())
    }

    fn finish_upload(&mut self, id: u32, finish: &FinishUpload) -> io::Result<()> {
        let mut rules = self.rules.lock().unwrap();
        let denial = rules.finish_upload.pop();
        let stored = rules.files.values().find(|(_, key, _)| *key == finish.upload).cloned();
        let spool = rules.spools.get(&finish.upload).cloned();
        let answer = match (denial, stored, spool) {
            (Some(denial), ..) => Err(denial),
            (_, Some((entry, ..)), _) => Ok(Reply::File(entry)),
            (_, _, None) => Err(Denial::NoSuchUpload {}),
            (_, _, Some(spool)) if (spool.bytes.len() as u64) < spool.size_bytes => {
                Err(Denial::UploadIncomplete { received_bytes: spool.bytes.len() as u64 })
            }
            (_, _, Some(spool)) if sha256(&spool.bytes) != finish.sha256 => {
                rules.spools.get_mut(&finish.upload).unwrap().bytes.clear();
                Err(Denial::HashMismatch {})
            }
            (_, _, Some(spool)) => {
                rules.spools.remove(&finish.upload);
                Ok(Reply::File(rules.store(finish, spool)))
            }
        };
        let is_lost = answer.is_ok() && rules.unanswered > 0;
        rules.unanswered -= u32::from(is_lost);
        drop(rules);
        match answer {
            _ if is_lost => Err(io::Error::other("the answer is lost")),
            Ok(reply) => self.reply(id, reply),
            Err(denial) => self.deny(id, denial),
        }
    }

    fn send_file(&mut self, id: u32, fetch: &FetchFile) -> io::Result<()> {
        let found = self.rules.lock().unwrap().files.get(&fetch.file.0).cloned();
        let Some((entry, _, bytes)) = found else { return self.deny(id, Denial::NoSuchFile {}) };
        if fetch.sha256.is_some_and(|begun| begun != entry.sha256) {
            return self.deny(id, Denial::VersionChanged {});
        }
        self.rules.lock().unwrap().offsets.push(fetch.offset);
        let begin = usize::try_from(fetch.offset).unwrap();
        // The version is other as often as the contents are.
        let version = u64::from(entry.sha256.as_bytes()[0]);
        let transfer = self.start(id, version, Some(entry.sha256), bytes.len(), begin)?;
        let cut = self.rules.lock().unwrap().cuts.pop();
        for (at, piece) in bytes[begin..].chunks(50_000).enumerate() {
            let at = at * 50_000;
            if cut.is_some_and(|cut| at >= cut) {
                return Err(io::Error::other("cut"));
            }
            let pace = self.rules.lock().unwrap().pace;
            std::thread::sleep(pace);
            self.stream.write_all(&chunk_head(transfer, (begin + at) as u64, piece.len()))?;
            let mut piece = piece.to_vec();
            if self.take(|rules| &mut rules.damaged) {
                piece[0] ^= 1;
            }
            self.stream.write_all(&piece)?;
        }
        self.end(transfer, TransferOutcome::Whole)
    }
}

impl Rules {
    /// Returns why a name cannot be had.
    fn named(&self, file_name: &str) -> Option<Denial> {
        let named =
            |(entry, ..): &&(FileEntry, UploadKey, Arc<Vec<u8>>)| entry.file_name.as_str() == file_name;
        self.files.values().find(named).map(|(entry, ..)| Denial::NameTaken {
            file: entry.file,
            size_bytes: entry.size_bytes,
            changed_unix_ms: entry.changed_unix_ms,
        })
    }

    /// Makes a file of a spool.
    fn store(&mut self, finish: &FinishUpload, spool: Spool) -> FileEntry {
        let taken = self.files.values().find(|(entry, ..)| entry.file_name == spool.file_name);
        let taken = taken.map(|(entry, ..)| entry.file.0);
        let (number, file_name) = match (finish.same_name, taken) {
            (SameName::Replace, Some(number)) => (number, spool.file_name),
            (_, Some(_)) => (self.files.len() as u64 + 1, spool.file_name.numbered(2)),
            (_, None) => (self.files.len() as u64 + 1, spool.file_name),
        };
        self.add_file(number, file_name, finish.upload, spool.bytes)
    }

    /// Puts a file there.
    pub fn add_file(
        &mut self,
        number: u64,
        file_name: FileName,
        key: UploadKey,
        bytes: Vec<u8>,
    ) -> FileEntry {
        let entry = FileEntry {
            file: FileId(number),
            file_name,
            size_bytes: bytes.len() as u64,
            sha256: sha256(&bytes),
            changed_unix_ms: 1,
            shared_by: None,
            recipients: 0,
            fetched: 0,
            trashed: None,
        };
        self.files.insert(number, (entry.clone(), key, Arc::new(bytes)));
        entry
    }
}

/// Returns the hash of some bytes.
pub fn sha256(bytes: &[u8]) -> FileHash {
    FileHash::new(Sha256::digest(bytes).into())
}
