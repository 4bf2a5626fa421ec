//! Rubbish by the operator's own door: it harms only the connection that it came on.

use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use parlour_common::frame::{Frame, FrameDecoder};
use parlour_common::limits::{MESSAGE_BYTES_MAX, PROTOCOL_VERSION};
use parlour_common::message::{
    Denial, Hello, ListUsers, Reply, Request, RequestEnvelope, ServerMessage, SignIn, UserFilter,
    decode_server_message, encode,
};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::super::real::{Daemon, Options, PASSWORD, PATIENCE, Random};
use super::{frame, house};

/// Opens the operator's door.
fn call(daemon: &Daemon) -> UnixStream {
    let stream = UnixStream::connect(daemon.folder.path().join("state/parlourd.sock")).expect("it is open");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn hello() -> Vec<u8> {
    let hello = Hello { protocol: PROTOCOL_VERSION, client: "test".to_owned() };
    encode(&RequestEnvelope { id: 1, request: Request::Hello(hello) }).unwrap()
}

fn list(id: u32) -> Vec<u8> {
    let list = ListUsers { query: String::new(), filter: UserFilter::All, offset: 0, limit: 48 };
    encode(&RequestEnvelope { id, request: Request::ListUsers(list) }).unwrap()
}

/// Reads messages until as many have come, or the end.
fn messages(stream: &mut UnixStream, count: usize) -> Vec<ServerMessage> {
    let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
    let mut messages = Vec::new();
    let mut buffer = [0; 4096];
    while messages.len() < count {
        let read = stream.read(&mut buffer).unwrap_or(0);
        let mut rest = &buffer[..read];
        while let Some(Frame::Message(payload)) = decoder.decode(&mut rest).unwrap() {
            messages.extend(decode_server_message(&payload).unwrap());
        }
        if read == 0 {
            break;
        }
    }
    messages
}

/// Says hello and asks for the accounts, as a command does.
fn is_served(daemon: &Daemon) {
    let mut stream = call(daemon);
    stream.write_all(&hello()).unwrap();
    stream.write_all(&list(2)).unwrap();
    let answers = messages(&mut stream, 2);
    assert!(matches!(&answers[1], ServerMessage::Reply { id: 2, reply: Reply::Users(_) }), "{answers:?}");
}

#[test]
fn rubbish_ends_the_connection_that_brought_it_and_no_other() {
    let (daemon, witness) = house(&Options::default());
    let mut random = Random::new();
    let mut patient = call(&daemon);
    patient.write_all(&hello()).unwrap();
    assert_eq!(messages(&mut patient, 1).len(), 1);
    for round in 0..300 {
        let mut stream = call(&daemon);
        if random.below(2) == 0 {
            stream.write_all(&hello()).unwrap();
        }
        let length = 1 + random.below(2000) as usize;
        let rubbish = match random.below(4) {
            0 => random.bytes(length),
            1 => frame(&random.bytes(100)),
            2 => u32::MAX.to_be_bytes().to_vec(),
            _ => list(1)[..8].to_vec(),
        };
        // It may have been shown the door already.
        let _ = stream.write_all(&rubbish);
        let _ = stream.shutdown(Shutdown::Write);
        let said = messages(&mut stream, usize::MAX);
        assert!(said.len() <= 3, "{said:?}");
        if round % 30 == 0 {
            is_served(&daemon);
        }
    }
    patient.write_all(&list(2)).unwrap();
    assert_eq!(messages(&mut patient, 1).len(), 1);
    witness.end("rubbish by the operator's door");
    daemon.end_well();
}

#[test]
fn nobody_signs_in_by_the_operators_door_nor_is_served_before_hello() {
    let (daemon, witness) = house(&Options::default());
    let mut stream = call(&daemon);
    let sign_in = SignIn {
        user_name: "witness".to_owned(),
        password: parlour_common::Secret::new(PASSWORD.to_owned()),
        device: "test".to_owned(),
        device_proof: None,
    };
    stream.write_all(&list(7)).unwrap();
    stream.write_all(&hello()).unwrap();
    for (id, request) in
        [(2, Request::SignIn(sign_in)), (3, Request::GetAccount {}), (4, Request::SignOut {})]
    {
        stream.write_all(&encode(&RequestEnvelope { id, request }).unwrap()).unwrap();
    }
    let answers = messages(&mut stream, 5);
    let denial = |id, denial| ServerMessage::Denial { id, denial };
    assert_eq!(answers[0], denial(7, Denial::HelloFirst {}));
    for id in 2..=4 {
        assert_eq!(answers[id as usize], denial(id, Denial::NotAllowed {}));
    }
    is_served(&daemon);
    witness.end("a member at the operator's door");
    daemon.end_well();
}

#[test]
fn descriptors_that_come_with_a_request_are_not_kept_and_hold_nothing_up() {
    let (daemon, witness) = house(&Options::default());
    let mut stream = call(&daemon);
    stream.write_all(&hello()).unwrap();
    assert_eq!(messages(&mut stream, 1).len(), 1);
    let before = daemon.descriptors();
    let file = std::fs::File::open("/dev/null").unwrap();
    let passed = [file.as_fd(); 8];
    let requests: Vec<u8> = [list(2), list(3)].concat();
    for _ in 0..100 {
        // The first request with descriptors, the second right behind it: the kernel reads them apart.
        let (first, second) = requests.split_at(requests.len() / 2 + 3);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(&passed)));
        sendmsg(&stream, &[IoSlice::new(first)], &mut ancillary, SendFlags::empty()).unwrap();
        stream.write_all(second).unwrap();
        let answers = messages(&mut stream, 2);
        assert!(matches!(&answers[1], ServerMessage::Reply { id: 3, .. }), "{answers:?}");
    }
    let kept = daemon.descriptors().saturating_sub(before);
    assert!(kept < 8, "{kept} descriptors more");
    witness.end("descriptors by the operator's door");
    daemon.end_well();
}

#[test]
fn whoever_asks_by_the_thousand_and_reads_nothing_is_ended_and_costs_little() {
    let (daemon, witness) = house(&Options::default());
    let before = daemon.memory_kib();
    let mut stream = call(&daemon);
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    stream.write_all(&hello()).unwrap();
    let pings: Vec<u8> = (0..1000)
        .flat_map(|id| encode(&RequestEnvelope { id, request: Request::Ping {} }).unwrap())
        .collect();
    // Until the daemon reads no more of it.
    while stream.write_all(&pings).is_ok() {}
    is_served(&daemon);
    let growth = daemon.memory_kib().saturating_sub(before);
    assert!(growth < 4 * 1024, "{growth} KiB more");
    // Once it reads, it is answered; what it sent last was cut within a frame.
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(messages(&mut stream, usize::MAX).len() > 1000);
    witness.end("a deaf caller at the operator's door");
    daemon.end_well();
}
