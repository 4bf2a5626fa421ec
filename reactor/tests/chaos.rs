//! The room under fire: several clients talk, edit, delete, show cards and write to each other, while their sockets
//! are cut at random bytes, by themselves and by a proxy in between, and the daemon is killed (SIGKILL) and started
//! again, at work and while it starts.
//!
//! How it works: each client has an outbox that keeps its keys, and a log that it builds by the rules of
//! `PROTOCOL.md` §8 alone (`log`). All that anybody ever sees goes to one witness, who knows what was under a
//! revision. In the end everyone says what waits, and `verdict` compares: every log is the history that the daemon
//! answers page by page, every key is one post, and nobody has a seat. `SEED` replays the choices; the moments are
//! as exact as the machine lets them be.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

mod chaos {
    mod deeds;
    mod link;
    mod log;
    mod speaker;
    mod utterance;
    mod verdict;
    mod visit;
    mod witness;

    use std::collections::{BTreeMap, BTreeSet, HashMap};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use parlour_common::message::{CardSource, UploadKey};
    use parlour_reactor::store::Store;
    use tempfile::TempDir;

    use super::real::knife::Killer;
    use super::real::{Client, Daemon, Load, Options, PASSWORD, Random, wav};
    use speaker::{Count, Round, Speaker};
    use utterance::Shown;
    use witness::Witness;

    /// Members, each with a client.
    const MEMBERS: usize = 6;

    /// Of them so many have a second client, in a session of its own.
    const TWINS: usize = 2;

    /// Kills in the midst of work, at least.
    const KILLS: u64 = 50;

    /// Kills while the daemon starts.
    const KILLS_AT_START: u64 = 8;

    /// Other cuts, at least.
    const CUTS: u64 = 1_000;

    /// The daemon is killed when so many posts were asked for, at most.
    const ROUND_SAYS_MAX: u64 = 160;

    /// How long the daemon takes to start, about: within this time it is killed while it does.
    const START_MICROS: u64 = 150_000;

    /// The largest file that is shown, in bytes.
    const CARD_BYTES_MAX: u64 = 40_000;

    fn begin(random: &mut Random) -> (TempDir, Client, Vec<Speaker>, Arc<Witness>) {
        let daemon = Daemon::start_with(&[("Zither.wav", &wav(7, 20_000))]);
        let mut admin = daemon.client();
        admin.sign_up_with("keeper", "keeper@example.org", PASSWORD, Some(daemon.setup_code())).unwrap();
        let track = daemon.await_tracks(&mut admin, 1).tracks[0].id;
        let witness = Arc::new(Witness::default());
        let names: Vec<String> = (0..MEMBERS).map(|number| format!("member{number}")).collect();
        let speaker = |number: usize| {
            let name = names[number % MEMBERS].clone();
            let mut client = daemon.client();
            let session =
                if number < MEMBERS { client.sign_up(&name) } else { client.sign_in(&name, PASSWORD) };
            let mut random = Random::with_seed(random.number());
            let load = Load::new(random.number(), random.below(CARD_BYTES_MAX));
            let key = UploadKey::new(random.bytes(16).try_into().expect("16 bytes"));
            let entry = client.upload(key, &format!("Card {number}.bin"), &load).expect("there is room");
            let file = Shown { source: CardSource::File(entry.file), sha256: Some(entry.sha256) };
            let track = Shown { source: CardSource::Track(track), sha256: None };
            Speaker {
                has_twin: number % MEMBERS < TWINS,
                others: names.iter().filter(|other| **other != name).cloned().collect(),
                name,
                number,
                token: session.unwrap().session.expect("a new session"),
                logs: BTreeMap::new(),
                behind: BTreeSet::new(),
                with: HashMap::new(),
                outbox: Vec::new(),
                said: Vec::new(),
                marks: BTreeMap::new(),
                shown: vec![file, track],
                count: Count::default(),
                random,
                witness: Arc::clone(&witness),
            }
        };
        let speakers = (0..MEMBERS + TWINS).map(speaker).collect();
        (daemon.end_well(), admin, speakers, witness)
    }

    /// Lets everyone talk until the daemon is killed.
    fn work(folder: TempDir, speakers: &mut [Speaker], random: &mut Random) -> TempDir {
        let daemon = Daemon::start_in(folder, &Options::default());
        let killer = Arc::new(Killer::new(daemon.pid(), u64::MAX >> 1, 1 + random.below(ROUND_SAYS_MAX)));
        std::thread::scope(|scope| {
            for speaker in speakers.iter_mut() {
                let round = Round { address: daemon.address, killer: &killer };
                scope.spawn(move || speaker.live(&round));
            }
        });
        assert!(!daemon.log.lock().unwrap().iter().any(|line| line.contains("panicked")));
        daemon.kill()
    }

    fn total(speakers: &[Speaker]) -> Count {
        speakers.iter().map(|speaker| speaker.count).fold(Count::default(), Count::plus)
    }

    #[test]
    fn nothing_is_lost_and_nothing_doubled_though_everything_is_cut_and_killed() {
        let (mut random, began) = (Random::new(), Instant::now());
        let (mut folder, admin, mut speakers, witness) = begin(&mut random);
        let (mut kills, mut at_start) = (0, 0);
        let cuts = |speakers: &[Speaker]| total(speakers).own + total(speakers).between;
        while kills < KILLS || cuts(&speakers) < CUTS {
            if at_start < KILLS_AT_START && random.below(4) == 0 {
                at_start += 1;
                let daemon = Daemon::spawn_in(folder, &Options::default());
                std::thread::sleep(Duration::from_micros(random.below(START_MICROS)));
                folder = daemon.kill();
            }
            folder = work(folder, &mut speakers, &mut random);
            kills += 1;
        }
        let at_work = began.elapsed();
        let daemon = Daemon::start_in(folder, &Options::default());
        verdict::bring_to_an_end(&daemon, &mut speakers);
        let mut keeper = daemon.client();
        keeper.resume(admin.token.expect("a session")).expect("a session outlives the daemon");
        verdict::expect_no_seats(&mut keeper);
        let verdict::Extent { posts, changes } = verdict::judge(&daemon, &speakers, &mut keeper, &witness);
        drop(keeper);
        let folder = daemon.end_well();
        let store = Store::open_existing(&folder.path().join("state")).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        let Count { own, between, goodbyes, again, repeats, cards, throttled, taken_over, .. } =
            total(&speakers);
        println!(
            "{own} cuts by clients, {between} in between, {kills} kills at work, {at_start} at start; \
             {posts} posts, {again} asked for again and {repeats} repeated, {changes} changes, {cards} cards \
             fetched, {goodbyes} goodbyes, {taken_over} seats taken over, {throttled} times throttled; \
             {at_work:?} at work, {:?} in all",
            began.elapsed()
        );
        assert!(again > 0 && repeats > 0 && changes > 0 && cards > 0, "the cuts do not cut what they should");
    }
}
