//! What a post to a full room costs: processor time of the daemon per delivery, and how long it takes until everyone has
//! heard it, against the least that writing the same bytes to as many sockets costs on this machine, in one run.
//!
//! `cargo bench -p parlour-reactor --bench fanout` (`SEATS=1000` for fewer than 5,000)
//!
//! The peer is this program itself, started again: it writes whatever one connection sends to all others, each in one
//! call, and does nothing else; it keeps nothing, and so answers sooner than a daemon that first makes a post durable.
//! Everyone is read by one thread of this program. Processor times are read from the scheduler and hold on a busy
//! machine; the latencies do not. What varies is what the machine does: the ratios are what to look at.

// A load program looks at the clock, and cuts numbers that it knows to be small.
#![allow(clippy::disallowed_methods, clippy::cast_possible_truncation)]

#[path = "../tests/real/mod.rs"]
mod real;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parlour_common::Secret;
use parlour_common::message::{
    ConversationId, Event, Post, PostId, Reply, Request, Revision, Say, SayKey, ServerMessage, SessionToken,
    decode_server_message, encode,
};
use parlour_common::names::UserName;
use real::crowd::{self, Crowd};
use real::{Client, Daemon, Options, folders, wav};

/// Who has a seat, unless `SEATS` says otherwise or the descriptors do not allow it.
const SEATS: usize = 5000;

/// Who says something, in turns: no member may say more than 20 a second.
const SAYERS: usize = 100;

/// Two members who have no seat: one pings, one downloads.
const OTHERS: usize = 2;

/// What comes before its number, which no other part of a frame says.
const MARK: &[u8] = b"post no. ";

/// What a post says behind its number.
const WORDS: &str = "a line of a conversation, about as long as people write them";

/// The size of the file that is downloaded beside, in bytes.
const FILE_BYTES: u32 = 64 << 20;

const OPTIONS: Options = Options { config: "connections_max = 6000", open_files_max: None };

/// How fast something is said.
#[derive(Clone, Copy)]
enum Workload {
    /// 20,000 deliveries a second.
    Paced,
    /// 100,000 deliveries a second, all at the beginning of it.
    Burst,
    /// As fast as it is heard, so many posts on their way.
    Saturated(usize),
}

const WORKLOADS: [(&str, Workload); 3] =
    [("paced", Workload::Paced), ("burst", Workload::Burst), ("saturated", Workload::Saturated(64))];

/// How long something is said.
const SAYING_TIME: Duration = Duration::from_secs(8);

/// How long it may take until the last has heard the last post; what is missing then is lost.
const HEARING_TIME: Duration = Duration::from_secs(20);

/// How long the others are measured while nobody says anything.
const QUIET_TIME: Duration = Duration::from_secs(3);

/// Who says something to a crowd.
enum House {
    Parlour { address: SocketAddr, keys: u64 },
    Raw { control: TcpStream },
}

impl House {
    fn say(&mut self, crowd: &mut Crowd, number: usize) {
        let text = format!("post no. {number:08} {WORDS}");
        match self {
            Self::Parlour { keys, .. } => {
                *keys += 1;
                let mut key = [0; 16];
                key[..8].copy_from_slice(&keys.to_be_bytes());
                let (key, conversation) = (SayKey::new(key), ConversationId::ROOM);
                let say = Say { key, conversation, text, reply_to: None, card: None };
                crowd.ask(number % SAYERS, Request::Say(say));
            }
            Self::Raw { control } => control.write_all(&frame(text)).expect("the peer reads"),
        }
    }
}

/// A frame as the daemon would write it.
fn frame(text: String) -> Vec<u8> {
    let post = Post {
        conversation: ConversationId::ROOM,
        post: PostId(1000),
        revision: Revision(1000),
        author: UserName::parse(&crowd::name(50)).expect("a name"),
        said_unix_ms: 1_700_000_000_000,
        text,
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    };
    encode(&ServerMessage::Event(Event::Said(post))).expect("a few words")
}

fn main() {
    if let Ok(seats) = std::env::var("PARLOUR_BENCH_RAW_SEATS") {
        return fan_out_raw(seats.parse().expect("a number"));
    }
    let wanted = std::env::var("SEATS").map_or(SEATS, |seats| seats.parse().expect("a number"));
    // Two sockets a seat in this process, one in each of the others.
    let seats = match crowd::allow_open_files(2 * wanted as u64 + 500) {
        Ok(()) => wanted,
        Err(allowed) => (allowed as usize).saturating_sub(500) / 2,
    };
    println!(
        "{seats} seats, {SAYERS} sayers, frames of {} bytes",
        frame(format!("post no. 00000000 {WORDS}")).len()
    );
    let folder = folders(&OPTIONS);
    std::fs::write(folder.path().join("bank/long.wav"), wav(1, FILE_BYTES)).expect("a file");
    let tokens = crowd::found(&folder.path().join("state"), seats + OTHERS);
    let daemon = Daemon::start_in(folder, &OPTIONS);
    let (mut ours, began) = (Crowd::new(), Instant::now());
    let empty_kib = daemon.memory_kib();
    ours.enter(daemon.address, &tokens[..seats]);
    let kib = (daemon.memory_kib() - empty_kib) as f64 / seats as f64;
    println!("everyone is in after {:.1} s; {kib:.1} KiB a seat", began.elapsed().as_secs_f64());
    let mut parlour = House::Parlour { address: daemon.address, keys: 0 };
    let raw = Raw::start(seats);
    let mut theirs = Crowd::new();
    let mut peer = raw.fill(&mut theirs, seats);
    println!(
        "\n{:10} {:9} {:>13} {:>13} {:>9} {:>9} {:>9} {:>9} {:>5}",
        "workload", "server", "us/delivery", "deliveries/s", "p50 us", "p99 us", "all p50", "all p99", "lost"
    );
    for (name, workload) in WORKLOADS {
        let ours = run(&mut parlour, &mut ours, workload, daemon.pid());
        ours.print(name, "parlourd");
        let theirs = run(&mut peer, &mut theirs, workload, raw.child.id());
        theirs.print(name, "raw");
        let ratio = |one: f64, other: f64| one / other;
        println!(
            "{name:10} {:9} {:13.2} {:13.2} {:9.2} {:9.2}",
            "ratio",
            ratio(ours.us_per_delivery, theirs.us_per_delivery),
            ratio(ours.per_second, theirs.per_second),
            ratio(ours.each[0], theirs.each[0]),
            ratio(ours.each[1], theirs.each[1]),
        );
    }
    others(&mut parlour, &mut ours, &daemon, &tokens[seats..]);
    daemon.end_well();
}

/// Measures those who have nothing to do with the room, in quiet and beside a saturated one.
fn others(house: &mut House, crowd: &mut Crowd, daemon: &Daemon, tokens: &[SessionToken]) {
    let House::Parlour { address, .. } = *house else { return };
    let beside = Beside::begin(address, tokens);
    std::thread::sleep(QUIET_TIME);
    let (quiet_pings, quiet_mib) = beside.end();
    println!(
        "\nbeside nothing:   ping p50 {:.0} us, p99 {:.0} us; download {quiet_mib:.0} MiB/s",
        quiet_pings[0], quiet_pings[1]
    );
    for (name, workload) in WORKLOADS {
        let beside = Beside::begin(address, tokens);
        let room = run(house, crowd, workload, daemon.pid());
        let (pings, mib) = beside.end();
        println!(
            "beside {name:10} ping p50 {:.0} us, p99 {:.0} us; download {mib:.0} MiB/s, {:.2} of it; {:.0} deliveries/s, lost {}",
            pings[0],
            pings[1],
            mib / quiet_mib,
            room.per_second,
            room.lost
        );
    }
}

/// What was measured.
struct Figures {
    us_per_delivery: f64,
    per_second: f64,
    /// The median and the 99th of a hundred of all deliveries, in microseconds.
    each: [f64; 2],
    /// The same of the last delivery of each post.
    all: [f64; 2],
    lost: usize,
}

impl Figures {
    fn print(&self, name: &str, server: &str) {
        let Self { us_per_delivery, per_second, each, all, lost } = self;
        println!(
            "{name:10} {server:9} {us_per_delivery:13.3} {per_second:13.0} {:9.0} {:9.0} {:9.0} {:9.0} {lost:5}",
            each[0], each[1], all[0], all[1]
        );
    }
}

/// Returns the median and the 99th of a hundred.
fn percentiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [50, 99].map(|percent| values.get(values.len() * percent / 100).copied().unwrap_or(f64::NAN))
}

/// Says as much as the workload wants, and waits until everyone has heard it.
fn run(house: &mut House, crowd: &mut Crowd, workload: Workload, pid: u32) -> Figures {
    let seats = crowd.listeners.len();
    if let House::Parlour { .. } = house {
        crowd.be_heard();
    }
    let (mut said_at, mut order, mut heard_at): (Vec<Instant>, Vec<usize>, Vec<Instant>) = Default::default();
    let mut heard = vec![0_usize; seats];
    let (mut latencies, mut deliveries) = (Vec::new(), 0);
    let (before, began) = (processor_ns(pid), Instant::now());
    loop {
        let elapsed = began.elapsed();
        let due = match workload {
            _ if elapsed >= SAYING_TIME => said_at.len(),
            Workload::Paced => elapsed.as_millis() as usize * 20 / seats + 1,
            Workload::Burst => (elapsed.as_secs() as usize + 1) * (100_000 / seats),
            Workload::Saturated(window) => deliveries / seats + window,
        };
        while said_at.len() < due {
            said_at.push(Instant::now());
            house.say(crowd, said_at.len() - 1);
        }
        if elapsed >= SAYING_TIME
            && (deliveries == said_at.len() * seats || elapsed >= SAYING_TIME + HEARING_TIME)
        {
            break;
        }
        crowd.listen(Duration::from_millis(1), |listener, payload| {
            if !crowd::is_said(payload) {
                return expect_no_denial(payload);
            }
            let (place, now) = (heard[listener], Instant::now());
            heard[listener] += 1;
            deliveries += 1;
            if place == order.len() {
                order.push(number_of(payload));
                heard_at.push(now);
            }
            heard_at[place] = now;
            latencies.push((now - said_at[order[place]]).as_secs_f64() * 1e6);
        });
    }
    let used = processor_ns(pid) - before;
    let last = heard_at.iter().max().map_or(began.elapsed(), |last| *last - began);
    let all = order.iter().zip(&heard_at).map(|(number, at)| (*at - said_at[*number]).as_secs_f64() * 1e6);
    Figures {
        us_per_delivery: used as f64 / 1000.0 / deliveries as f64,
        per_second: deliveries as f64 / last.as_secs_f64(),
        all: percentiles(all.collect()),
        each: percentiles(latencies),
        lost: said_at.len() * seats - deliveries,
    }
}

fn number_of(payload: &[u8]) -> usize {
    let place = memchr::memmem::find(payload, MARK).expect("a number") + MARK.len();
    std::str::from_utf8(&payload[place..place + 8]).expect("digits").parse().expect("a number")
}

fn expect_no_denial(payload: &[u8]) {
    if let Ok(Some(ServerMessage::Denial { denial, .. })) = decode_server_message(payload) {
        panic!("{denial:?}");
    }
}

/// Returns the processor time that all threads of a process have used, in nanoseconds.
fn processor_ns(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let used = |task: std::io::Result<std::fs::DirEntry>| -> Option<u64> {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    tasks.filter_map(used).sum()
}

/// Two members who use the house beside the room, until they are ended.
struct Beside {
    is_over: Arc<AtomicBool>,
    pinger: JoinHandle<Vec<f64>>,
    downloader: JoinHandle<f64>,
}

impl Beside {
    fn begin(address: SocketAddr, tokens: &[SessionToken]) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let member = |token: &SessionToken| {
            let mut client = Client::connect(address);
            client.hello();
            client.resume(Secret::new(*token)).expect("a session");
            client
        };
        let (mut one, mut other) = (member(&tokens[0]), member(&tokens[1]));
        let (pinging, downloading) = (Arc::clone(&is_over), Arc::clone(&is_over));
        let pinger = std::thread::spawn(move || {
            let mut times = Vec::new();
            while !pinging.load(Ordering::Relaxed) {
                let began = Instant::now();
                assert_eq!(one.ask(Request::Ping {}), Ok(Reply::Done {}));
                times.push(began.elapsed().as_secs_f64() * 1e6);
                std::thread::sleep(Duration::from_millis(1));
            }
            times
        });
        let downloader = std::thread::spawn(move || {
            let track = other.search("").tracks.remove(0);
            let (mut bytes, began) = (0, Instant::now());
            while !downloading.load(Ordering::Relaxed) {
                bytes += other.fetch(&track, 0).expect("a member may download").bytes.len();
            }
            bytes as f64 / f64::from(1 << 20) / began.elapsed().as_secs_f64()
        });
        Self { is_over, pinger, downloader }
    }

    /// Returns the median and the 99th of a hundred pings, and MiB a second.
    fn end(self) -> ([f64; 2], f64) {
        self.is_over.store(true, Ordering::Relaxed);
        let pings = self.pinger.join().expect("pings are answered");
        (percentiles(pings), self.downloader.join().expect("downloads are served"))
    }
}

/// The peer.
struct Raw {
    child: Child,
    address: SocketAddr,
}

impl Raw {
    fn start(seats: usize) -> Self {
        // Found by a port that was free a moment ago: the peer listens on it next.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
        let child = Command::new(std::env::current_exe().expect("this program"))
            .env("PARLOUR_BENCH_RAW_SEATS", seats.to_string())
            .env("PARLOUR_BENCH_RAW_PORT", address.port().to_string())
            .stdin(Stdio::null())
            .spawn()
            .expect("this program starts");
        std::thread::sleep(Duration::from_millis(500));
        Self { child, address }
    }

    /// Fills its seats, and returns what says something to them.
    fn fill(&self, crowd: &mut Crowd, seats: usize) -> House {
        (0..seats).for_each(|_| {
            crowd.connect(self.address);
        });
        let control = TcpStream::connect(self.address).expect("the peer listens");
        control.set_nodelay(true).expect("a socket");
        House::Raw { control }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // It serves until it is ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Accepts all seats and then the one that speaks, and writes what that one says to everyone else.
fn fan_out_raw(seats: usize) {
    let port: u16 = std::env::var("PARLOUR_BENCH_RAW_PORT").expect("set").parse().expect("a port");
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let accept = |_| {
        let (stream, _) = listener.accept().expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream
    };
    let mut seats: Vec<TcpStream> = (0..seats).map(accept).collect();
    let mut control = accept(0);
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = control.read(&mut buffer) {
        for seat in &mut seats {
            seat.write_all(&buffer[..read]).expect("it reads");
        }
    }
}
