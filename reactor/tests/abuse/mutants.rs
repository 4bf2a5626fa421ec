//! Thousands of frames that are nearly right, or not at all.

use std::io::{Read, Write};
use std::net::Shutdown;

use parlour_common::Secret;
use parlour_common::message::{
    CancelTransfer, CoverId, FetchCover, FetchTrack, Hello, Request, RequestEnvelope, Resume, SearchLibrary,
    SessionToken, SignIn, SignUp, Sort, SortBy, TrackId, TransferId, encode,
};

use super::super::real::{Client, Daemon, Options, Random};
use super::house;

const FRAMES: u32 = 10_000;

/// Frames on one connection at most: a bad one ends it.
const FRAMES_PER_CONNECTION: u64 = 16;

/// Each kind of request but those that end something, or make the daemon hash for a long time.
fn templates(token: &SessionToken) -> Vec<Vec<u8>> {
    let sort = Sort { by: SortBy::Relevance, descending: false };
    let search = |query: &str| SearchLibrary { query: query.to_owned(), sort, offset: 0, limit: 48 };
    let secret = |text: &str| Secret::new(text.to_owned());
    let sign_up = SignUp {
        user_name: "someone".to_owned(),
        email: "someone@example.org".to_owned(),
        phone: "0912 123 4567".to_owned(),
        password: secret("short"),
        device: "device".to_owned(),
        code: None,
    };
    let sign_in = SignIn {
        user_name: "witness".to_owned(),
        password: secret(""),
        device: "device".to_owned(),
        device_proof: None,
    };
    let requests = [
        Request::Hello(Hello { protocol: 1, client: "fuzz".to_owned() }),
        Request::Ping {},
        Request::SignUp(sign_up),
        Request::SignIn(sign_in),
        Request::Resume(Resume { session: Secret::new(*token) }),
        Request::SearchLibrary(search("")),
        Request::SearchLibrary(search("zither")),
        Request::FetchTrack(FetchTrack { track: TrackId(1), offset: 0, length: None, version: None }),
        Request::FetchCover(FetchCover { cover: CoverId(1) }),
        Request::CancelTransfer(CancelTransfer { transfer: TransferId(1) }),
    ];
    requests.into_iter().map(|request| encode(&RequestEnvelope { id: 1, request }).unwrap()).collect()
}

/// Makes a frame that is wrong in some way, most often in one that gets past the first look.
fn mutant(random: &mut Random, templates: &[Vec<u8>]) -> Vec<u8> {
    let mut frame = random.pick(templates).clone();
    for _ in 0..=random.below(3) {
        let place = 4 + random.below(frame.len() as u64 - 4) as usize;
        match random.below(8) {
            0 => frame[place] ^= 1 << random.below(8),
            1 => frame[place] = random.number() as u8,
            // The markers of MessagePack from nil to map 32, where a value begins or does not.
            2 => frame[place] = 0xc0 + random.below(32) as u8,
            3 => {
                let count = 1 + random.below(20) as usize;
                let bytes = random.bytes(count);
                frame.splice(place..place, bytes);
            }
            4 => drop(frame.drain(place..frame.len().min(place + 5))),
            5 => {
                let other = random.pick(templates)[4..].to_vec();
                frame.splice(place.., other);
            }
            6 => {
                let count = random.below(4096) as usize;
                let bytes = random.bytes(count);
                frame.truncate(4);
                frame.push(0x80 + random.below(16) as u8);
                frame.extend(bytes);
            }
            _ => {
                let (from, to) = (place, frame.len().min(place + 30));
                let again = frame[from..to].to_vec();
                frame.splice(from..from, again);
            }
        }
        if frame.len() < 6 {
            frame.resize(6, 0xc0);
        }
    }
    let length = frame.len() as u32 - 4;
    // Mostly the right length, so that what is inside is looked at.
    let length = if random.below(20) == 0 { random.number() as u32 >> random.below(32) } else { length };
    frame[..4].copy_from_slice(&length.to_be_bytes());
    frame
}

/// Sends some frames over one connection and takes whatever comes back. Returns how many were sent.
fn attack(daemon: &Daemon, random: &mut Random, templates: &[Vec<u8>], token: &SessionToken) -> u32 {
    let mut client = Client::connect(daemon.address);
    match random.below(4) {
        0 => {}
        1 => client.hello(),
        _ => {
            client.hello();
            client.resume(Secret::new(*token)).unwrap();
        }
    }
    let count = 1 + random.below(FRAMES_PER_CONNECTION);
    let bytes: Vec<u8> = (0..count).flat_map(|_| mutant(random, templates)).collect();
    // Cut anywhere, as a network would.
    for piece in bytes.chunks(1 + random.below(bytes.len() as u64) as usize) {
        if client.stream.write_all(piece).is_err() {
            break;
        }
    }
    if random.below(8) > 0 {
        let _ = client.stream.shutdown(Shutdown::Write);
        let mut answers = Vec::new();
        if let Err(error) = client.stream.read_to_end(&mut answers) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "no end comes");
        }
    }
    count as u32
}

#[test]
fn ten_thousand_random_and_mutated_frames_change_nothing_for_anyone() {
    let (daemon, witness) = house(&Options::default());
    let member = daemon.member("sara");
    let token = *member.token.clone().unwrap().expose();
    let templates = templates(&token);
    let (mut random, descriptors) = (Random::new(), daemon.descriptors());
    // What threads and caches take once is taken now.
    let mut sent = 0;
    while sent < FRAMES / 10 {
        sent += attack(&daemon, &mut random, &templates, &token);
    }
    let before = daemon.memory_kib();
    while sent < FRAMES {
        sent += attack(&daemon, &mut random, &templates, &token);
    }
    let after = daemon.memory_kib();
    println!("{sent} frames: {before} KiB before, {after} KiB after");
    // A leak of 2 KiB a frame would show; what the allocator keeps and the throttle remembers does not.
    assert!(after < before + 16 * 1024, "{before} KiB before, {after} KiB after {sent} frames");
    drop(member);
    daemon.await_descriptors(descriptors);
    assert!(witness.end("mutants") > 10);
    daemon.end_well();
}
