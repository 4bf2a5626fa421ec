//! What a peer may send at worst: frames cut anywhere, bytes that are no frames, messages as long as they
//! can be. Everything random comes from a seed; `SEED=17` replays one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use parlour_common::frame::{Frame, FrameDecoder, FrameError, chunk_head};
use parlour_common::limits::{
    CHUNK_DATA_BYTES_MAX, FILE_NAME_BYTES_MAX, MESSAGE_BYTES_MAX, REASON_BYTES_MAX, TAG_BYTES_MAX,
    TRACKS_PER_PAGE_MAX,
};
use parlour_common::message::{
    AudioFormat, CoverId, LibraryState, Reply, Request, RequestEnvelope, RequestError, ServerMessage, Track,
    TrackId, TrackPage, TransferId, decode_request, decode_server_message, encode,
};
use parlour_common::names::FileName;

/// A small generator of pseudo-random numbers (xorshift64*), so that a seed means the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

/// Runs a story once for each seed, or for the one that is asked for.
fn for_each_seed(seeds: u64, story: impl Fn(&mut Random)) {
    let asked = std::env::var("SEED").ok().map(|seed| seed.parse::<u64>().expect("SEED is a number"));
    for seed in asked.map_or(1..seeds + 1, |seed| seed..seed + 1) {
        println!("SEED={seed}");
        story(&mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
    }
}

/// A frame that was sent, or came out of a decoder with the data of a chunk joined.
#[derive(Debug, PartialEq)]
enum Whole {
    Message(Vec<u8>),
    Chunk(u32, u64, Vec<u8>),
}

/// Writes some frames, and what they are.
fn some_frames(random: &mut Random) -> (Vec<u8>, Vec<Whole>) {
    let mut stream = Vec::new();
    let mut sent = Vec::new();
    for _ in 0..random.below(12) + 1 {
        if random.below(2) == 0 {
            let mut payload = vec![0x80 | random.byte() & 0x0f];
            payload.extend((0..random.below(600)).map(|_| random.byte()));
            stream.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes());
            stream.extend_from_slice(&payload);
            sent.push(Whole::Message(payload));
        } else {
            let (transfer, offset) = (u32::try_from(random.next() >> 32).unwrap(), random.next());
            let data: Vec<u8> = (0..random.below(2000)).map(|_| random.byte()).collect();
            stream.extend_from_slice(&chunk_head(TransferId(transfer), offset, data.len()));
            stream.extend_from_slice(&data);
            sent.push(Whole::Chunk(transfer, offset, data));
        }
    }
    (stream, sent)
}

/// Feeds some bytes and adds what comes out to what came before.
fn feed(decoder: &mut FrameDecoder, mut bytes: &[u8], came: &mut Vec<Whole>) -> Result<(), FrameError> {
    while let Some(frame) = decoder.decode(&mut bytes)? {
        match frame {
            Frame::Message(message) => came.push(Whole::Message(message)),
            Frame::ChunkStart { transfer, offset, data_bytes } => {
                assert!(data_bytes <= CHUNK_DATA_BYTES_MAX);
                came.push(Whole::Chunk(transfer.0, offset, Vec::new()));
            }
            Frame::ChunkData(data) => match came.last_mut() {
                Some(Whole::Chunk(_, _, held)) => held.extend_from_slice(data),
                other => panic!("data after {other:?}"),
            },
        }
    }
    assert!(bytes.is_empty(), "a decoder that asks for more has taken everything");
    Ok(())
}

#[test]
fn frames_cut_anywhere_come_out_as_they_were_sent() {
    for_each_seed(300, |random| {
        let (stream, sent) = some_frames(random);
        let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
        let mut came = Vec::new();
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let longest = [1, 7, 100, 5000][random.below(4)];
            let (piece, tail) = rest.split_at((random.below(longest) + 1).min(rest.len()));
            feed(&mut decoder, piece, &mut came).unwrap();
            rest = tail;
        }
        assert_eq!(came, sent);
        assert!(!decoder.is_inside_frame());
    });
}

#[test]
fn random_bytes_and_damaged_frames_never_panic_a_decoder() {
    for_each_seed(300, |random| {
        let (mut stream, _) = some_frames(random);
        if random.below(2) == 0 {
            stream.iter_mut().for_each(|byte| *byte = random.byte());
        }
        for _ in 0..random.below(8) {
            let at = random.below(stream.len());
            stream[at] = random.byte();
        }
        let mut decoder = FrameDecoder::new(random.below(MESSAGE_BYTES_MAX));
        let mut came = Vec::new();
        for piece in stream.chunks(random.below(50) + 1) {
            if feed(&mut decoder, piece, &mut came).is_err() {
                return;
            }
        }
    });
}

#[test]
fn random_and_damaged_messages_never_panic_a_reader() {
    let golden = include_str!("golden/wire.txt");
    let is_hex =
        |line: &&str| line.split(' ').all(|pair| pair.len() == 2 && u8::from_str_radix(pair, 16).is_ok());
    let frames: Vec<Vec<u8>> = golden
        .split("\n\n")
        .map(|block| block.lines().filter(is_hex).collect::<Vec<_>>().join(" "))
        .map(|hex| hex.split(' ').filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect())
        .filter(|frame: &Vec<u8>| frame.len() > 4)
        .collect();
    assert!(frames.len() > 40);
    for_each_seed(300, |random| {
        for frame in &frames {
            let mut payload = frame[4..].to_vec();
            for _ in 0..random.below(4) + 1 {
                let at = random.below(payload.len());
                payload[at] = random.byte();
            }
            payload.truncate(random.below(payload.len() * 4).max(1));
            let _ = decode_server_message(&payload);
            if let Err(RequestError::Unreadable(reason)) = decode_request(&payload) {
                assert!(reason.len() <= REASON_BYTES_MAX);
            }
        }
    });
}

#[test]
fn the_longest_page_of_tracks_fits_a_message() {
    let text = || "\u{1f3b5}".repeat(TAG_BYTES_MAX / 4);
    let longest_name = format!("{}.mp3", "x".repeat(FILE_NAME_BYTES_MAX as usize - 4));
    let track = Track {
        id: TrackId(u64::MAX),
        file_name: FileName::parse(&longest_name).unwrap(),
        title: text(),
        artist: text(),
        album: text(),
        genre: text(),
        number: Some(u32::MAX),
        year: Some(u32::MAX),
        duration_ms: Some(u64::MAX),
        size_bytes: u64::MAX,
        format: AudioFormat::Vorbis,
        cover: Some(CoverId(u64::MAX)),
    };
    let page = TrackPage {
        library: LibraryState { generation: u64::MAX, tracks: u32::MAX, scanning: true },
        total: u32::MAX,
        offset: u32::MAX,
        tracks: vec![track; TRACKS_PER_PAGE_MAX.into()],
    };
    let frame = encode(&ServerMessage::Reply { id: u32::MAX, reply: Reply::Tracks(page) }).unwrap();
    assert!(frame.len() - 4 <= MESSAGE_BYTES_MAX, "{} bytes", frame.len() - 4);
}

#[test]
fn integers_of_any_format_and_width_are_read() {
    let ids: [&[u8]; 9] = [
        &[7],
        &[0xcc, 7],
        &[0xcd, 0, 7],
        &[0xce, 0, 0, 0, 7],
        &[0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
        &[0xd0, 7],
        &[0xd1, 0, 7],
        &[0xd2, 0, 0, 0, 7],
        &[0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
    ];
    for id in ids {
        let payload = [&b"\x82\xa2id"[..], id, b"\xa7request\x81\xa4ping\x80"].concat();
        let expected = RequestEnvelope { id: 7, request: Request::Ping {} };
        assert_eq!(decode_request(&payload).unwrap(), expected, "{id:02x?}");
    }
    // The widest strings and maps, the entries in the other order, and an unknown entry between them.
    let wide = [
        &b"\xdf\x00\x00\x00\x03"[..],
        b"\xdb\x00\x00\x00\x07request\xde\x00\x01\xda\x00\x04ping\x81\xa3new\x93\x01\xc0\xc3",
        b"\xa7strange\xd4\x01\x02",
        b"\xd9\x02id\x07",
    ]
    .concat();
    match decode_request(&wide) {
        Ok(RequestEnvelope { id: 7, request: Request::Ping {} }) => {}
        other => panic!("{other:?}"),
    }
    for wrong in [&[0xff][..], &[0xca, 0x40, 0xe0, 0, 0], &[0xcf, 0, 0, 0, 1, 0, 0, 0, 0]] {
        let payload = [&b"\x82\xa2id"[..], wrong, b"\xa7request\x81\xa4ping\x80"].concat();
        assert!(decode_request(&payload).is_err(), "{wrong:02x?}");
    }
}
