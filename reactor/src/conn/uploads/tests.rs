//! Uploads of one connection, with chunks cut as a network cuts them and a disk that answers when it is told to.

use crate::spool::Spool;
use crate::store::BlobId;

use super::*;

fn spool(blob: u64, size_bytes: u64) -> Spool {
    Spool::new(BlobId(blob), size_bytes, 1)
}

/// Takes a whole chunk of so many bytes.
fn chunk(uploads: &mut Uploads, id: TransferId, offset: u64, bytes: &[u8]) -> Result<(), ChunkError> {
    uploads.handle_chunk(id, offset, bytes.len())?;
    uploads.handle_chunk_bytes(bytes);
    Ok(())
}

fn pieces(uploads: &mut Uploads) -> Vec<Piece> {
    std::iter::from_fn(|| uploads.poll_piece()).collect()
}

#[test]
fn pieces_come_out_in_order_however_the_chunks_are_cut() {
    let mut uploads = Uploads::default();
    let contents: Vec<u8> = (0..=250).cycle().take(10_000).collect();
    let id = uploads.begin(spool(1, 10_000), 0);
    let mut stored: Vec<u8> = Vec::new();
    for (number, cut) in contents.chunks(700).enumerate() {
        uploads.handle_chunk(id, number as u64 * 700, cut.len()).unwrap();
        for data in cut.chunks(97) {
            assert!(uploads.is_inside_chunk());
            uploads.handle_chunk_bytes(data);
        }
        assert!(!uploads.is_inside_chunk());
        if number % 3 == 2 || cut.len() < 700 {
            for piece in pieces(&mut uploads) {
                assert_eq!(piece.offset, stored.len() as u64);
                stored.extend(&piece.bytes);
                let is_last = stored.len() == contents.len();
                let ended = uploads.handle_stored(id, piece.bytes.len(), Ok(()));
                assert_eq!(ended, is_last.then_some(TransferOutcome::Whole));
            }
        }
    }
    assert_eq!(stored, contents);
    assert!(uploads.is_stored() && uploads.len() == 0);
}

#[test]
fn chunks_of_a_byte_become_one_piece_of_each_upload() {
    let mut uploads = Uploads::default();
    let ids = [1, 2, 3].map(|blob| uploads.begin(spool(blob, 1000), 0));
    for offset in 0..1000 {
        ids.iter().for_each(|id| chunk(&mut uploads, *id, offset, &[7]).unwrap());
    }
    let sizes: Vec<usize> = pieces(&mut uploads).iter().map(|piece| piece.bytes.len()).collect();
    assert_eq!(sizes, [1000; 3]);
}

#[test]
fn a_chunk_must_begin_where_the_last_ended_and_end_within_the_file() {
    let mut uploads = Uploads::default();
    let id = uploads.begin(spool(1, 100), 40);
    let out_of_order = |offset, wanted| Err(ChunkError::OutOfOrder { offset, wanted });
    assert_eq!(uploads.handle_chunk(id, 39, 10), out_of_order(39, 40));
    assert_eq!(uploads.handle_chunk(id, 0, 0), out_of_order(0, 40));
    assert_eq!(uploads.handle_chunk(id, 40, 61), Err(ChunkError::TooLong { end: 101, size_bytes: 100 }));
    chunk(&mut uploads, id, 40, &[1; 10]).unwrap();
    assert_eq!(uploads.handle_chunk(id, 40, 10), out_of_order(40, 50));
    chunk(&mut uploads, id, 50, &[]).unwrap();
    chunk(&mut uploads, id, 50, &[1; 50]).unwrap();
    assert_eq!(uploads.handle_chunk(id, 100, 1), Err(ChunkError::TooLong { end: 101, size_bytes: 100 }));
    let huge = uploads.begin(spool(2, u64::MAX), u64::MAX - 1);
    assert!(matches!(uploads.handle_chunk(huge, u64::MAX - 1, 9), Err(ChunkError::TooLong { .. })));
}

#[test]
fn chunks_of_an_upload_that_has_ended_are_dropped_and_of_none_at_all_refused() {
    let mut uploads = Uploads::default();
    for stranger in [TransferId(0), TransferId(1), TransferId(FIRST_NUMBER), TransferId(u32::MAX)] {
        assert_eq!(uploads.handle_chunk(stranger, 0, 1), Err(ChunkError::NoUpload(stranger.0)));
    }
    let id = uploads.begin(spool(1, 1000), 0);
    uploads.handle_chunk(id, 0, 100).unwrap();
    uploads.handle_chunk_bytes(&[1; 60]);
    assert!(uploads.end(id) && !uploads.end(id));
    uploads.handle_chunk_bytes(&[1; 40]);
    chunk(&mut uploads, id, 700, &[1; 100]).unwrap();
    let taken: Vec<usize> = pieces(&mut uploads).iter().map(|piece| piece.bytes.len()).collect();
    assert_eq!(taken, [60]);
    assert_eq!(uploads.handle_stored(id, 60, Ok(())), None);
    assert!(uploads.is_stored());
    assert_eq!(uploads.handle_chunk(TransferId(id.0 + 1), 0, 1), Err(ChunkError::NoUpload(id.0 + 1)));
}

#[test]
fn a_piece_that_is_not_stored_ends_its_upload_alone() {
    let mut uploads = Uploads::default();
    let [one, other] = [1, 2].map(|blob| uploads.begin(spool(blob, 100), 0));
    for id in [one, other] {
        chunk(&mut uploads, id, 0, &[1; 50]).unwrap();
        pieces(&mut uploads);
        chunk(&mut uploads, id, 50, &[1; 50]).unwrap();
        pieces(&mut uploads);
    }
    let failed = TransferOutcome::WriteFailed;
    assert_eq!(uploads.handle_stored(one, 50, Err(failed)), Some(failed));
    assert_eq!(uploads.handle_stored(one, 50, Err(failed)), None);
    assert_eq!(uploads.handle_stored(other, 50, Ok(())), None);
    assert_eq!(uploads.handle_stored(other, 50, Ok(())), Some(TransferOutcome::Whole));
}

#[test]
fn no_more_is_taken_than_may_be_on_its_way() {
    let mut uploads = Uploads::default();
    let id = uploads.begin(spool(1, u64::MAX), 0);
    let (mut offset, mut taken) = (0, Vec::new());
    while uploads.has_room() {
        chunk(&mut uploads, id, offset, &[1; READ_BYTES_MAX]).unwrap();
        offset += READ_BYTES_MAX as u64;
        taken.extend(pieces(&mut uploads));
    }
    assert_eq!(offset, STORING_BYTES_MAX as u64);
    uploads.handle_stored(id, taken[0].bytes.len(), Ok(()));
    assert!(uploads.has_room());
    // Small ones are counted too.
    let mut uploads = Uploads::default();
    let id = uploads.begin(spool(1, u64::MAX), 0);
    let mut count = 0;
    while uploads.has_room() {
        chunk(&mut uploads, id, count, &[1]).unwrap();
        count += pieces(&mut uploads).len() as u64;
    }
    assert_eq!(count, STORING_PIECES_MAX as u64);
}

#[test]
fn who_is_held_waits_for_a_piece_of_its_own_and_never_for_nothing() {
    let mut uploads = Uploads::default();
    uploads.hold();
    assert!(uploads.has_room(), "nothing is on its way, so nothing would end the waiting");
    let id = uploads.begin(spool(1, 100), 0);
    chunk(&mut uploads, id, 0, &[1; 10]).unwrap();
    uploads.hold();
    assert!(!uploads.has_room());
    uploads.end(id);
    assert!(!uploads.has_room());
    uploads.handle_stored(id, 10, Err(TransferOutcome::WriteFailed));
    assert!(uploads.has_room());
}
