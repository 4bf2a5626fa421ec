//! Frames cut anywhere, and bytes that are no frames.

use super::*;
use crate::limits::MESSAGE_BYTES_MAX;

/// What came out of a decoder, with the data of chunks joined.
#[derive(Debug, PartialEq, Default)]
struct Seen {
    messages: Vec<Vec<u8>>,
    chunks: Vec<(u32, u64, usize)>,
    data: Vec<u8>,
}

fn decode_in_pieces(stream: &[u8], piece_bytes: usize) -> Result<Seen, FrameError> {
    let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
    let mut seen = Seen::default();
    for mut piece in stream.chunks(piece_bytes) {
        while let Some(frame) = decoder.decode(&mut piece)? {
            match frame {
                Frame::Message(message) => seen.messages.push(message),
                Frame::ChunkStart { transfer, offset, data_bytes } => {
                    seen.chunks.push((transfer.0, offset, data_bytes));
                }
                Frame::ChunkData(data) => seen.data.extend_from_slice(data),
            }
        }
        assert!(piece.is_empty());
    }
    Ok(seen)
}

fn framed(payload: &[u8]) -> Vec<u8> {
    [&u32::try_from(payload.len()).unwrap().to_be_bytes()[..], payload].concat()
}

#[test]
fn a_stream_cut_anywhere_gives_the_same_frames() {
    let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let mut stream = framed(&[0x80]);
    stream.extend_from_slice(&chunk_head(TransferId(7), 5_000_000_000, data.len()));
    stream.extend_from_slice(&data);
    stream.extend_from_slice(&chunk_head(TransferId(8), 0, 0));
    stream.extend_from_slice(&framed(&[0x81, 0xa1, b'a', 0x01]));
    // The narrowest head that a MessagePack library may write.
    stream.extend_from_slice(&framed(&[0x93, 9, 3, 0xc4, 2, b'h', b'i']));
    let whole = decode_in_pieces(&stream, stream.len()).unwrap();
    assert_eq!(whole.messages, [vec![0x80], vec![0x81, 0xa1, b'a', 0x01]]);
    assert_eq!(whole.chunks, [(7, 5_000_000_000, 1000), (8, 0, 0), (9, 3, 2)]);
    assert_eq!(whole.data, [&data[..], b"hi"].concat());
    for piece_bytes in 1..40 {
        assert_eq!(decode_in_pieces(&stream, piece_bytes).unwrap(), whole, "{piece_bytes}");
    }
}

#[test]
fn what_is_no_frame_is_told_at_the_first_byte_that_shows_it() {
    let too_long = u32::try_from(CHUNK_DATA_BYTES_MAX + HEAD_BYTES_MAX + 1).unwrap();
    let cases: [(Vec<u8>, FrameError); 7] = [
        (vec![0, 0, 0, 0], FrameError::Empty),
        (
            too_long.to_be_bytes().to_vec(),
            FrameError::TooLong { bytes: too_long as usize, bytes_max: too_long as usize - 1 },
        ),
        (
            [&65_537_u32.to_be_bytes()[..], &[0x80]].concat(),
            FrameError::TooLong { bytes: 65_537, bytes_max: 65_536 },
        ),
        (framed(b"GET / HTTP/1.1"), FrameError::NeitherMessageNorChunk(b'G')),
        (framed(&[0x94, 1, 2, 3, 4]), FrameError::NeitherMessageNorChunk(0x94)),
        (framed(&[0x93, 0xa1, b'x', 3, 0xc4, 0]), FrameError::BadChunk),
        (framed(&[0x93, 1, 2, 0xc4, 9, b'x']), FrameError::BadChunk),
    ];
    for (stream, error) in cases {
        for piece_bytes in [1, 3, stream.len()] {
            assert_eq!(decode_in_pieces(&stream, piece_bytes), Err(error), "{stream:?}");
        }
    }
}

#[test]
fn a_head_that_never_ends_is_refused_within_its_frame() {
    // A transfer id wider than 32 bits, and a frame that is over before its head is.
    for payload in [&[0x93, 0xcf, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xc4, 0][..], &[0x93, 1, 0xcf, 0, 0][..]] {
        assert_eq!(decode_in_pieces(&framed(payload), 1), Err(FrameError::BadChunk), "{payload:?}");
    }
}

#[test]
fn the_limit_for_messages_can_change_between_frames() {
    let mut decoder = FrameDecoder::new(4);
    let stream = framed(&[0x81, 0xa1, b'a', 0xa1, b'b']);
    assert!(matches!(decoder.decode(&mut &stream[..]), Err(FrameError::TooLong { .. })));
    let mut decoder = FrameDecoder::new(4);
    decoder.set_message_bytes_max(5);
    assert!(matches!(decoder.decode(&mut &stream[..]), Ok(Some(Frame::Message(_)))));
    assert!(!decoder.is_inside_frame());
    assert_eq!(decoder.decode(&mut &stream[..3]), Ok(None));
    assert!(decoder.is_inside_frame());
}
