//! Files on their way are cut at random bytes, in both directions: by the client's own socket, by a proxy in
//! between, and by the end of the daemon (SIGKILL), at work and while it starts. What was acknowledged is there with
//! its hash, what was interrupted goes on and ends with its hash, what was given up leaves nothing.
//!
//! How it works: members upload, fetch and give up files over the real daemon (`member`) until as many bytes have
//! passed as `knife` lets. After each start everyone looks at their list. In the end everything is brought to its end
//! and fetched, `check_files` reads every byte, and the stopped store is checked. `SEED` replays the choices; the
//! moments are as exact as the machine lets them be.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

mod cuts {
    mod member;

    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use parlour_common::message::{CheckFiles, FilePlace, Reply, Request, UploadList};
    use parlour_reactor::store::Store;
    use tempfile::TempDir;

    use super::real::knife::{Cut, Killer};
    use super::real::{Client, Daemon, Options, PASSWORD, PATIENCE, Random, folders};
    use member::{Count, Member, Round, State};

    /// Members who work at once.
    const MEMBERS: usize = 4;

    /// Kills in the midst of work, at least.
    const KILLS: u64 = 64;

    /// Kills while the daemon starts.
    const KILLS_AT_START: u64 = 12;

    /// Other cuts, at least; with the kills more than 300.
    const CUTS: u64 = 260;

    /// How many bytes pass before the daemon is killed, at most.
    const ROUND_BYTES_MAX: u64 = 16 << 20;

    /// Every so many rounds the daemon is killed when the record of a file was asked for.
    const ROUNDS_PER_FINISH: u64 = 3;

    /// Which of the records of such a round it is, at most.
    const FINISHES_MAX: u64 = 6;

    /// How long the daemon takes to start, about: within this time it is killed while it does.
    const START_MICROS: u64 = 150_000;

    fn begin(random: &mut Random) -> (TempDir, Client, Vec<Member>) {
        let daemon = Daemon::start_in(folders(&Options::default()), &Options::default());
        let mut admin = daemon.client();
        admin.sign_up_with("keeper", "keeper@example.org", PASSWORD, Some(daemon.setup_code())).unwrap();
        let member = |number: usize| {
            let (name, mut client) = (format!("member{number}"), daemon.client());
            let token = client.sign_up(&name).unwrap().session.expect("a new session");
            let random = Random::with_seed(random.number());
            Member { name, token, works: Vec::new(), count: Count::default(), random }
        };
        let members = (0..MEMBERS).map(member).collect();
        (daemon.kill(), admin, members)
    }

    fn resumed(daemon: &Daemon, member: &Member) -> Client {
        let mut client = daemon.client();
        client.resume(member.token.clone()).expect("a session outlives the daemon");
        client
    }

    /// Lets everyone work until the daemon is killed.
    fn work(folder: TempDir, members: &mut [Member], random: &mut Random, round: u64) -> TempDir {
        let daemon = Daemon::start_in(folder, &Options::default());
        for member in members.iter() {
            member.look(&mut resumed(&daemon, member));
        }
        let is_finish = round.is_multiple_of(ROUNDS_PER_FINISH);
        let (bytes, finish) = (1 + random.below(ROUND_BYTES_MAX), 1 + random.below(FINISHES_MAX));
        let (bytes, finish) = if is_finish { (ROUND_BYTES_MAX * 4, finish) } else { (bytes, u64::MAX >> 1) };
        let killer = Arc::new(Killer::new(daemon.pid(), bytes, finish));
        std::thread::scope(|scope| {
            for member in members.iter_mut() {
                let round = Round { address: daemon.address, killer: &killer };
                scope.spawn(move || member.live(&round));
            }
        });
        assert!(!daemon.log.lock().unwrap().iter().any(|line| line.contains("panicked")));
        daemon.kill()
    }

    /// Brings everything to its end, and fetches all of it.
    fn settle(daemon: &Daemon, members: &mut [Member]) {
        let killer = Arc::new(Killer::new(daemon.pid(), u64::MAX >> 1, u64::MAX >> 1));
        let round = Round { address: daemon.address, killer: &killer };
        for member in members {
            for place in 0..member.works.len() {
                match member.works[place].state {
                    State::Begun { .. } => {
                        member.try_upload(&round, place, Cut::Never).expect("nothing cuts");
                    }
                    State::GivenUp => member.cancel(&round, place),
                    State::Whole { received_bytes: 1.., .. } => {
                        member.try_fetch(&round, place, Cut::Never).expect("nothing cuts");
                    }
                    State::Gone | State::Whole { .. } => {}
                }
            }
            let mut client = resumed(daemon, member);
            member.look(&mut client);
            let is_over = |state: &State| matches!(state, State::Gone | State::Whole { .. });
            assert!(member.works.iter().all(|work| is_over(&work.state)), "{:#?}", member.works);
            let Ok(Reply::Uploads(UploadList { total, uploads })) = client.ask(Request::ListUploads {})
            else {
                panic!("unfinished uploads are not shown")
            };
            assert_eq!(total, 0, "{uploads:#?}");
            for work in &member.works {
                if let State::Whole { entry, .. } = &work.state {
                    assert_eq!(client.hash_of_file(entry.file), Ok(work.sha256), "{entry:?}");
                }
            }
            assert!(client.list_all_files(FilePlace::Trash).is_empty(), "nobody deleted anything");
        }
    }

    /// Returns how many files lie beneath a folder, at whatever depth.
    fn files_beneath(folder: &Path) -> u64 {
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        let count = |path: &Path| if path.is_dir() { files_beneath(path) } else { 1 };
        entries.map(|entry| count(&entry.unwrap().path())).sum()
    }

    /// Sees that what lies on the disk is what is recorded, and nothing else.
    fn check_disk(files: &Path, whole: u64, admin: &mut Client) {
        let deadline = Instant::now() + PATIENCE;
        // What was given up is removed behind the answer.
        while files_beneath(&files.join("spool")) > 0 {
            assert!(Instant::now() < deadline, "{} spools are left", files_beneath(&files.join("spool")));
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(files_beneath(&files.join("blobs")), whole, "the disk has other files than are recorded");
        let Ok(Reply::Checked(report)) = admin.ask(Request::CheckFiles(CheckFiles { read_all: true })) else {
            panic!("an admin may not check")
        };
        assert_eq!((report.faults_total, report.files, report.uploads), (0, whole, 0), "{report:#?}");
    }

    #[test]
    fn every_file_outlives_cuts_of_the_client_the_connection_and_the_daemon() {
        let (mut random, began) = (Random::new(), Instant::now());
        let (mut folder, admin, mut members) = begin(&mut random);
        let (mut kills, mut at_start) = (0, 0);
        let sum = |members: &[Member], of: fn(&Count) -> u64| {
            members.iter().map(|member| of(&member.count)).sum::<u64>()
        };
        while kills < KILLS || sum(&members, |count| count.own + count.between) < CUTS {
            if at_start < KILLS_AT_START && random.below(5) == 0 {
                at_start += 1;
                let daemon = Daemon::spawn_in(folder, &Options::default());
                std::thread::sleep(Duration::from_micros(random.below(START_MICROS)));
                folder = daemon.kill();
            }
            folder = work(folder, &mut members, &mut random, kills);
            kills += 1;
        }
        let daemon = Daemon::start_in(folder, &Options::default());
        settle(&daemon, &mut members);
        let mut keeper = daemon.client();
        keeper.resume(admin.token.expect("a session")).expect("a session outlives the daemon");
        let works = || members.iter().flat_map(|member| &member.works);
        let whole = works().filter(|work| matches!(work.state, State::Whole { .. })).count() as u64;
        let state = daemon.folder.path().join("state");
        check_disk(&state.join("files"), whole, &mut keeper);
        drop(keeper);
        let folder = daemon.end_well();
        let store = Store::open_existing(&folder.path().join("state")).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        let bytes: u64 = works().map(|work| work.load.size_bytes).sum();
        let total = members.iter().map(|member| member.count).fold(Count::default(), Count::plus);
        let Count { own, between, uploads, downloads, went_on, cancelled } = total;
        println!(
            "{own} cuts by clients, {between} in between, {kills} kills at work, {at_start} at start; \
             {uploads} uploads and {downloads} downloads were cut, {went_on} went on, {cancelled} were given up; \
             {whole} files of {} MiB are whole, in {:?}",
            bytes >> 20,
            began.elapsed()
        );
        assert!(
            downloads > 0 && cancelled > 0 && went_on > uploads / 4,
            "the cuts do not cut what they should"
        );
    }
}
