//! Uploads in the protocol of one peer: what is announced, what ends them, and whose fault a delay is.

use parlour_common::frame::chunk_head;
use parlour_common::limits::{CHUNK_DATA_BYTES_MAX, TRANSFERS_PER_CONNECTION_MAX};
use parlour_common::message::{
    BeginUpload, SameName, TransferEnd, TransferId, TransferOutcome, UploadKey, UploadStart,
};

use super::*;
use crate::job::Piece;
use crate::spool::Spool;
use crate::store::BlobId;

fn begin_request() -> Request {
    Request::BeginUpload(BeginUpload {
        upload: UploadKey::new([1; 16]),
        file_name: "a".to_owned(),
        size_bytes: 1,
        same_name: SameName::Ask,
    })
}

/// Asks to upload, and lets it be answered with a spool of this size. Returns what the peer is told.
fn ask(connection: &mut Connection, tick: Duration, blob: u64, size_bytes: u64) -> Vec<ServerMessage> {
    send(connection, tick, 50, &[begin_request()]);
    let (sequence, _) = connection.poll_request(tick).unwrap();
    let spool = Spool::new(BlobId(blob), size_bytes, 1);
    connection.answer(tick, sequence, Answer::Upload { spool, offset: 0 });
    received(connection, tick)
}

/// The same, where it must be let begin.
fn begin(connection: &mut Connection, tick: Duration, blob: u64, size_bytes: u64) -> TransferId {
    match &ask(connection, tick, blob, size_bytes)[..] {
        [ServerMessage::Reply { id: 50, reply: Reply::UploadStart(start) }] => start.transfer,
        other => panic!("{other:?}"),
    }
}

fn chunk(transfer: TransferId, offset: u64, bytes: &[u8]) -> Vec<u8> {
    [&chunk_head(transfer, offset, bytes.len())[..], bytes].concat()
}

/// Sends bytes as readings bring them, and hands out the pieces after each.
fn upload(connection: &mut Connection, tick: Duration, bytes: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for reading in bytes.chunks(crate::conn::READ_BYTES_MAX) {
        connection.handle_bytes(tick, reading);
        pieces.extend(std::iter::from_fn(|| connection.poll_piece()));
    }
    pieces
}

fn store(connection: &mut Connection, tick: Duration, pieces: &[Piece]) {
    for piece in pieces {
        connection.handle_stored(tick, piece.transfer, piece.bytes.len(), Ok(()));
    }
}

fn ended(transfer: TransferId, outcome: TransferOutcome) -> ServerMessage {
    ServerMessage::Event(Event::TransferEnd(TransferEnd { transfer, outcome }))
}

fn cancel(transfer: TransferId) -> Request {
    Request::CancelTransfer(CancelTransfer { transfer })
}

#[test]
fn an_upload_is_announced_and_is_whole_once_its_last_byte_is_stored() {
    let mut connection = signed_in_connection();
    let contents: Vec<u8> = (0..=250).cycle().take(300_000).collect();
    let transfer = begin(&mut connection, at(1), 1, 300_000);
    let (first, rest) = contents.split_at(CHUNK_DATA_BYTES_MAX);
    let stream = [chunk(transfer, 0, first), chunk(transfer, first.len() as u64, rest)].concat();
    let pieces = upload(&mut connection, at(1), &stream);
    let stored: Vec<u8> = pieces.iter().flat_map(|piece| piece.bytes.clone()).collect();
    assert!(stored == contents);
    store(&mut connection, at(1), &pieces[..pieces.len() - 1]);
    assert_eq!(received(&mut connection, at(1)), []);
    store(&mut connection, at(1), &pieces[pieces.len() - 1..]);
    assert_eq!(received(&mut connection, at(1)), [ended(transfer, TransferOutcome::Whole)]);
}

#[test]
fn a_file_of_no_bytes_is_whole_at_once() {
    let mut connection = signed_in_connection();
    let told = ask(&mut connection, at(1), 1, 0);
    let ServerMessage::Reply { reply: Reply::UploadStart(UploadStart { transfer, offset: 0 }), .. } = told[0]
    else {
        panic!("{told:?}")
    };
    assert_eq!(told[1..], [ended(transfer, TransferOutcome::Whole)]);
}

#[test]
fn a_chunk_that_nobody_may_send_ends_the_connection_and_what_came_before_is_stored() {
    let wrong = |transfer: TransferId, next: u64| {
        [
            chunk(TransferId(1), 0, &[1]),
            chunk(TransferId(transfer.0 + 1), 0, &[1]),
            chunk(transfer, next + 1, &[1]),
            chunk(transfer, next, &[1; 91]),
        ]
    };
    for number in 0..4 {
        let mut connection = signed_in_connection();
        let transfer = begin(&mut connection, at(1), 1, 100);
        let bad = wrong(transfer, 10)[number].clone();
        let pieces = upload(&mut connection, at(1), &[chunk(transfer, 0, &[1; 10]), bad].concat());
        assert_eq!(pieces.iter().map(|piece| piece.bytes.len()).collect::<Vec<_>>(), [10]);
        let messages = received(&mut connection, at(1));
        assert_eq!(messages[0], ended(transfer, TransferOutcome::Cancelled));
        assert!(matches!(closing_reason(&messages), Some(ClosingReason::BadFrame { .. })), "{messages:?}");
        assert!(connection.is_done());
    }
}

#[test]
fn a_cancelled_upload_ends_once_and_its_chunks_are_dropped() {
    let mut connection = signed_in_connection();
    let transfer = begin(&mut connection, at(1), 1, 100);
    let pieces = upload(&mut connection, at(1), &chunk(transfer, 0, &[1; 10]));
    send(&mut connection, at(1), 60, &[cancel(transfer), cancel(transfer)]);
    assert_eq!(connection.poll_request(at(1)), None);
    assert_eq!(
        received(&mut connection, at(1)),
        [
            ended(transfer, TransferOutcome::Cancelled),
            ServerMessage::Reply { id: 60, reply: Reply::Done {} },
            denial(61, Denial::NoSuchTransfer {}),
        ]
    );
    store(&mut connection, at(1), &pieces);
    assert!(upload(&mut connection, at(1), &chunk(transfer, 10, &[1; 90])).is_empty());
    assert!(!connection.is_closing() && received(&mut connection, at(1)).is_empty());
}

#[test]
fn the_end_of_a_session_ends_its_uploads() {
    let mut connection = signed_in_connection();
    let transfer = begin(&mut connection, at(1), 1, 100);
    connection.handle_session_ended(at(2));
    assert_eq!(
        received(&mut connection, at(2)),
        [ended(transfer, TransferOutcome::Cancelled), ServerMessage::Event(Event::SessionEnded {})]
    );
    // What was on its way is dropped; a shutdown ends them too.
    assert!(upload(&mut connection, at(2), &chunk(transfer, 0, &[1; 100])).is_empty());
    let mut connection = signed_in_connection();
    let transfer = begin(&mut connection, at(1), 1, 100);
    let closing = Closing { reason: ClosingReason::Shutdown {}, retry_after_ms: None };
    connection.close(at(1), closing, Some(at(11)));
    let messages = received(&mut connection, at(1));
    assert_eq!(messages[0], ended(transfer, TransferOutcome::Cancelled));
    assert_eq!(closing_reason(&messages), Some(&ClosingReason::Shutdown {}));
}

#[test]
fn an_upload_that_is_begun_again_supersedes_itself() {
    let mut connection = signed_in_connection();
    let first = begin(&mut connection, at(1), 1, 100);
    let told = ask(&mut connection, at(1), 1, 100);
    assert_eq!(told[0], ended(first, TransferOutcome::Superseded));
    assert!(matches!(&told[1], ServerMessage::Reply { reply: Reply::UploadStart(_), .. }));
    assert_eq!(told.len(), 2);
}

#[test]
fn uploads_count_among_the_transfers_of_a_connection() {
    let mut connection = signed_in_connection();
    for blob in 0..TRANSFERS_PER_CONNECTION_MAX as u64 {
        begin(&mut connection, at(1), blob, 100);
    }
    let limit = u32::try_from(TRANSFERS_PER_CONNECTION_MAX).unwrap();
    assert_eq!(ask(&mut connection, at(1), 99, 100), [denial(50, Denial::TooManyTransfers { limit })]);
}

#[test]
fn whoever_waits_for_a_slow_disk_is_neither_silent_nor_slow() {
    let mut connection = signed_in_connection();
    let transfer = begin(&mut connection, at(0), 1, 10 << 20);
    let (mut pieces, mut offset) = (Vec::new(), 0);
    while connection.wants_bytes() {
        let data = vec![1; crate::conn::READ_BYTES_MAX - 24];
        pieces.extend(upload(&mut connection, at(1), &chunk(transfer, offset, &data)));
        offset += data.len() as u64;
    }
    // A chunk had begun when it became too much.
    connection.handle_bytes(at(1), &chunk(transfer, offset, &[1; 1000])[..500]);
    assert_eq!(connection.deadline(), Duration::MAX);
    connection.handle_deadline(at(10_000));
    assert!(!connection.is_closing());
    store(&mut connection, at(10_000), &pieces);
    assert!(connection.wants_bytes());
    assert_eq!(connection.deadline(), at(10_030));
    // The same where all connections together have too much under way.
    let rest = chunk(transfer, offset, &[1; 1000]);
    pieces = upload(&mut connection, at(10_001), &rest[500..]);
    connection.hold_uploads();
    assert!(!connection.wants_bytes() && connection.deadline() == Duration::MAX);
    store(&mut connection, at(20_000), &pieces);
    assert!(connection.wants_bytes());
    assert_eq!(connection.deadline(), at(20_075));
}

#[test]
fn each_chunk_has_its_own_time_and_must_be_whole_within_it() {
    let mut connection = signed_in_connection();
    let transfer = begin(&mut connection, at(0), 1, 1000);
    let stream: Vec<u8> = (0..4).flat_map(|n| chunk(transfer, n * 100, &[1; 100])).collect();
    // There is never a moment without a chunk that has begun, and each is whole within 20 seconds.
    let mut second = 1;
    for cut in [&stream[..60], &stream[60..184], &stream[184..308], &stream[308..432]] {
        let pieces = upload(&mut connection, at(second), cut);
        store(&mut connection, at(second), &pieces);
        assert_eq!(connection.deadline(), at(second + 30));
        second += 20;
    }
    connection.handle_bytes(at(second), &[1]);
    connection.handle_deadline(at(second + 10));
    assert_eq!(closing_reason(&received(&mut connection, at(second + 10))), Some(&ClosingReason::TooSlow {}));
}

#[test]
fn whoever_has_ended_its_sending_side_hears_that_all_is_stored() {
    let mut connection = signed_in_connection();
    let transfer = begin(&mut connection, at(1), 1, 100);
    let pieces = upload(&mut connection, at(1), &chunk(transfer, 0, &[1; 100]));
    connection.handle_end();
    assert!(!connection.is_done());
    store(&mut connection, at(1), &pieces);
    assert_eq!(received(&mut connection, at(1)), [ended(transfer, TransferOutcome::Whole)]);
    assert!(connection.is_done());
}
