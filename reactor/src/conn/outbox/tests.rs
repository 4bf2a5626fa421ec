//! The order of everything leaving, with real files and a socket that takes what it is told to.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;

use parlour_common::frame::{Frame, FrameDecoder};
use parlour_common::limits::MESSAGE_BYTES_MAX;
use parlour_common::message::decode_server_message;

use super::*;

fn file_of(bytes: &[u8]) -> (File, SendFile) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let sent = SendFile::new(file.try_clone().unwrap()).unwrap();
    (file, sent)
}

/// Writes once, at most `bytes_max`, as a socket would. Returns what left; `None` when there is nothing.
fn write_once(outbox: &mut Outbox, bytes_max: usize) -> Option<Vec<u8>> {
    let mut cold = Vec::new();
    outbox.allow(u64::MAX);
    let written = match outbox.poll_output(&mut cold)? {
        Output::Messages(messages) => messages.frames().flatten().copied().take(bytes_max).collect(),
        Output::Bytes { bytes, .. } => bytes[..bytes.len().min(bytes_max)].to_vec(),
        Output::File { file, offset, bytes } => {
            let mut written = vec![0; bytes.min(bytes_max)];
            let file = File::from(std::os::fd::AsFd::as_fd(file).try_clone_to_owned().unwrap());
            let read = file.read_at(&mut written, offset).unwrap();
            written.truncate(read);
            if read == 0 {
                outbox.handle_file_ended();
                return Some(Vec::new());
            }
            written
        }
    };
    outbox.handle_written(written.len());
    Some(written)
}

/// What a peer saw: messages by their first letter, chunks by transfer, offset and size.
#[derive(Debug, PartialEq, Clone)]
enum Seen {
    Message(u8),
    End(u32, TransferOutcome),
    Chunk(u32, u64, usize),
}

fn read_all(stream: &[u8]) -> (Vec<Seen>, Vec<u8>) {
    let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
    let (mut seen, mut data, mut rest) = (Vec::new(), Vec::new(), stream);
    while let Some(frame) = decoder.decode(&mut rest).unwrap() {
        match frame {
            Frame::Message(payload) => seen.push(match decode_server_message(&payload) {
                Ok(Some(ServerMessage::Event(Event::TransferEnd(end)))) => {
                    Seen::End(end.transfer.0, end.outcome)
                }
                _ => Seen::Message(payload[2]),
            }),
            Frame::ChunkStart { transfer, offset, data_bytes } => {
                seen.push(Seen::Chunk(transfer.0, offset, data_bytes));
            }
            Frame::ChunkData(bytes) => data.extend_from_slice(bytes),
        }
    }
    assert!(!decoder.is_inside_frame(), "a frame was not finished");
    (seen, data)
}

/// A message frame that `read_all` tells by one letter.
fn message(letter: u8) -> Arc<[u8]> {
    vec![0, 0, 0, 4, 0x81, 0xa1, letter, 0xc0].into()
}

fn drain(outbox: &mut Outbox, bytes_max: usize) -> Vec<u8> {
    std::iter::from_fn(|| write_once(outbox, bytes_max)).flatten().collect()
}

const MIB: usize = 1024 * 1024;

#[test]
fn messages_go_before_chunks_and_never_into_one() {
    let (_file, sent) = file_of(&[5; 2 * CHUNK_DATA_BYTES_MAX]);
    let mut outbox = Outbox::default();
    outbox.push_transfer(TransferId(1), sent, 0, 2 * CHUNK_DATA_BYTES_MAX as u64);
    let mut stream = write_once(&mut outbox, 10).unwrap();
    outbox.push_message(message(b'a'));
    stream.extend(drain(&mut outbox, 1000));
    let (seen, data) = read_all(&stream);
    let chunk = CHUNK_DATA_BYTES_MAX;
    assert_eq!(
        seen,
        [
            Seen::Chunk(1, 0, chunk),
            Seen::Message(b'a'),
            Seen::Chunk(1, chunk as u64, chunk),
            Seen::End(1, TransferOutcome::Whole)
        ]
    );
    assert_eq!(data, [5; 2 * CHUNK_DATA_BYTES_MAX]);
    assert!(outbox.is_empty() && outbox.messages_bytes() == 0);
}

#[test]
fn transfers_take_turns_and_parts_are_exact() {
    let bytes: Vec<u8> = (0..=250).cycle().take(MIB).collect();
    let (_file, sent) = file_of(&bytes);
    let mut outbox = Outbox::default();
    outbox.push_transfer(TransferId(1), sent.clone(), 0, MIB as u64);
    outbox.push_transfer(TransferId(2), sent.clone(), 100, 200);
    outbox.push_transfer(TransferId(3), sent, 7, 7);
    let (seen, data) = read_all(&drain(&mut outbox, usize::MAX));
    let order: Vec<u32> = seen
        .iter()
        .filter_map(|seen| if let Seen::Chunk(transfer, ..) = seen { Some(*transfer) } else { None })
        .collect();
    assert_eq!(order, [1, 2, 1, 1, 1]);
    assert_eq!(data.len(), MIB + 100);
    assert_eq!(data[CHUNK_DATA_BYTES_MAX..CHUNK_DATA_BYTES_MAX + 100], bytes[100..200]);
    let ends = seen.iter().filter(|seen| matches!(seen, Seen::End(_, TransferOutcome::Whole))).count();
    assert_eq!(ends, 3);
}

#[test]
fn a_file_cut_short_ends_its_transfer_and_nothing_else() {
    let (file, sent) = file_of(&[1; MIB]);
    let (_other, whole) = file_of(&[2; 1000]);
    let mut outbox = Outbox::default();
    outbox.push_transfer(TransferId(1), sent, 0, MIB as u64);
    outbox.push_transfer(TransferId(2), whole, 0, 1000);
    let mut stream = write_once(&mut outbox, 1000).unwrap();
    stream.extend(write_once(&mut outbox, 1000).unwrap());
    file.set_len(500).unwrap();
    stream.extend(drain(&mut outbox, 10_000));
    let (seen, _) = read_all(&stream);
    assert!(seen.contains(&Seen::End(1, TransferOutcome::Changed)), "{seen:?}");
    assert!(seen.contains(&Seen::End(2, TransferOutcome::Whole)), "{seen:?}");
    // The chunk that began kept its promised length, filled up with zeros.
    assert_eq!(seen[0], Seen::Chunk(1, 0, CHUNK_DATA_BYTES_MAX));
}

#[test]
fn a_file_changed_between_two_chunks_ends_its_transfer() {
    let (file, sent) = file_of(&[1; MIB]);
    let mut outbox = Outbox::default();
    outbox.push_transfer(TransferId(1), sent, 0, MIB as u64);
    let mut stream = Vec::new();
    while stream.len() < CHUNK_DATA_BYTES_MAX {
        stream.extend(write_once(&mut outbox, MIB).unwrap());
    }
    file.set_len(2 * MIB as u64).unwrap();
    stream.extend(drain(&mut outbox, MIB));
    let (seen, _) = read_all(&stream);
    assert_eq!(seen, [Seen::Chunk(1, 0, CHUNK_DATA_BYTES_MAX), Seen::End(1, TransferOutcome::Changed)]);
}

#[test]
fn a_transfer_is_cancelled_after_the_chunk_that_began() {
    let (_file, sent) = file_of(&[1; MIB]);
    let mut outbox = Outbox::default();
    outbox.push_transfer(TransferId(1), sent.clone(), 0, MIB as u64);
    outbox.push_transfer(TransferId(2), sent, 0, MIB as u64);
    let mut stream = write_once(&mut outbox, 10).unwrap();
    assert!(outbox.cancel(TransferId(1)) && outbox.cancel(TransferId(2)) && !outbox.cancel(TransferId(3)));
    stream.extend(drain(&mut outbox, MIB));
    let (seen, _) = read_all(&stream);
    let cancelled = |transfer| Seen::End(transfer, TransferOutcome::Cancelled);
    assert_eq!(seen, [Seen::Chunk(1, 0, CHUNK_DATA_BYTES_MAX), cancelled(2), cancelled(1)]);
    assert!(!outbox.cancel(TransferId(1)));
}

#[test]
fn a_chunk_begins_only_with_leave_and_messages_need_none() {
    let (_file, sent) = file_of(&[5; MIB]);
    let mut outbox = Outbox::default();
    let mut cold = Vec::new();
    outbox.push_transfer(TransferId(1), sent.clone(), 0, MIB as u64);
    outbox.push_transfer(TransferId(2), sent, 0, 1000);
    assert!(outbox.wants_allowance() && !outbox.has_output());
    assert!(outbox.poll_output(&mut cold).is_none());
    outbox.push_message(message(b'a'));
    assert!(outbox.has_output() && !outbox.wants_allowance());
    let Some(Output::Messages(messages)) = outbox.poll_output(&mut cold) else { panic!("no message") };
    let length = messages.frames().map(<[u8]>::len).sum();
    outbox.handle_written(length);
    assert!(outbox.poll_output(&mut cold).is_none());
    // Nobody is overtaken for being longer than what is left.
    outbox.allow(CHUNK_DATA_BYTES_MAX as u64 - 1);
    assert!(outbox.poll_output(&mut cold).is_none());
    assert_eq!(outbox.allow(CHUNK_DATA_BYTES_MAX as u64 + 1000), CHUNK_DATA_BYTES_MAX as u64 - 1);
    let mut written = 0;
    while let Some(output) = outbox.poll_output(&mut cold) {
        let bytes = match output {
            Output::Messages(messages) => panic!("{messages:?} after the last one"),
            Output::Bytes { bytes, .. } => bytes.len(),
            Output::File { bytes, .. } => bytes,
        };
        // What has begun needs no more leave, even if there is none any more.
        outbox.allow(0);
        outbox.handle_written(bytes);
        outbox.allow(if written == 0 { 1000 } else { 0 });
        written += bytes;
    }
    assert_eq!(written, CHUNK_HEAD_BYTES + CHUNK_DATA_BYTES_MAX);
    assert!(outbox.wants_allowance());
}

#[test]
fn messages_that_wait_are_put_out_together_and_share_their_bytes() {
    let frames: Vec<Arc<[u8]>> = (b'a'..=b'z').map(message).collect();
    let (mut outbox, mut other) = (Outbox::default(), Outbox::default());
    for frame in &frames {
        outbox.push_message(Arc::clone(frame));
        other.push_message(Arc::clone(frame));
    }
    let Some(Output::Messages(messages)) = outbox.poll_output(&mut Vec::new()) else { panic!("no messages") };
    let put_out: Vec<&[u8]> = messages.frames().collect();
    assert_eq!(put_out.len(), frames.len());
    // Not equal bytes: the same ones.
    assert!(put_out.iter().zip(&frames).all(|(put_out, frame)| put_out.as_ptr() == frame.as_ptr()));
    assert!(frames.iter().all(|frame| Arc::strong_count(frame) == 3));
    // Taken in pieces that end anywhere, they are the same stream.
    for bytes_max in [1, 3, 8, 13, usize::MAX] {
        let mut outbox = Outbox::default();
        frames.iter().for_each(|frame| outbox.push_message(Arc::clone(frame)));
        let stream = drain(&mut outbox, bytes_max);
        assert_eq!(stream, frames.iter().flat_map(|frame| frame.to_vec()).collect::<Vec<u8>>());
        assert!(outbox.is_empty() && outbox.messages_bytes() == 0);
    }
}
