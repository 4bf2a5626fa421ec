//! The daemon is killed, or asked to stop, at random moments while people sign up, sign in and sign out. What
//! was acknowledged is there afterwards; what was not is wholly there or wholly absent.
//!
//! `SEED` replays the choices; the moments are as exact as the machine lets them be.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

mod crash {
    mod books;
    mod people;

    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::real::{Daemon, Options, Random, folders};
    use books::check_books;
    use people::{Person, live};

    /// Kills in the midst of work.
    const KILLS: u64 = 26;

    /// Kills while the daemon starts.
    const KILLS_AT_START: u64 = 8;

    /// Polite ends in the midst of work.
    const STOPS: u64 = 5;

    /// Clients at once. Each leads its own people through their lives.
    const CLIENTS: u64 = 6;

    /// How long a round works at most before it is cut off.
    const WORK_TIME_MAX: Duration = Duration::from_millis(1800);

    /// Lets everyone live on until a random moment, at which `end` ends the daemon. Returns what it returns.
    fn work<T: Send>(
        daemon: Daemon,
        crowd: &mut [Vec<Person>],
        random: &mut Random,
        end: impl FnOnce(Daemon) -> T + Send,
    ) -> T {
        let address = daemon.address;
        let seeds: Vec<u64> = crowd.iter().map(|_| random.number()).collect();
        let time = WORK_TIME_MAX.mul_f64(random.below(1000) as f64 / 1000.0);
        std::thread::scope(|scope| {
            for ((client, people), seed) in (0..).zip(crowd.iter_mut()).zip(seeds) {
                scope.spawn(move || live(address, client, people, &mut Random::with_seed(seed)));
            }
            std::thread::sleep(time);
            end(daemon)
        })
    }

    /// Looks at what is there after a restart.
    fn check(daemon: &Daemon, crowd: &mut [Vec<Person>], random: &mut Random) {
        for people in crowd.iter_mut() {
            people.iter_mut().for_each(|person| person.check_sessions(daemon));
        }
        // A password costs a hash: one of all who are known to have an account.
        let known = crowd.iter_mut().flatten().filter(|person| person.is_acknowledged());
        let mut known: Vec<&mut Person> = known.collect();
        if !known.is_empty() {
            let chosen = random.below(known.len() as u64) as usize;
            known[chosen].check_password(daemon);
        }
        assert!(!daemon.log.lock().unwrap().iter().any(|line| line.contains("panicked")));
    }

    #[test]
    fn what_was_acknowledged_outlives_kills_and_stops_at_random_moments() {
        let (mut random, began) = (Random::new(), Instant::now());
        let mut folder = folders(&Options::default());
        let mut crowd: Vec<Vec<Person>> = (0..CLIENTS).map(|_| Vec::new()).collect();
        // How each round ends, in a random order.
        let mut kills_left = KILLS;
        let mut stops_left = STOPS;
        let mut at_start_left = KILLS_AT_START;
        while kills_left + stops_left + at_start_left > 0 {
            let choice = random.below(kills_left + stops_left + at_start_left);
            if choice < at_start_left {
                at_start_left -= 1;
                let daemon = Daemon::spawn_in(folder, &Options::default());
                std::thread::sleep(Duration::from_micros(random.below(300_000)));
                folder = daemon.kill();
                continue;
            }
            let daemon = Daemon::start_in(folder, &Options::default());
            check(&daemon, &mut crowd, &mut random);
            folder = if choice < at_start_left + stops_left {
                stops_left -= 1;
                work(daemon, &mut crowd, &mut random, Daemon::end_well)
            } else {
                kills_left -= 1;
                work(daemon, &mut crowd, &mut random, Daemon::kill)
            };
        }
        let daemon = Daemon::start_in(folder, &Options::default());
        check(&daemon, &mut crowd, &mut random);
        let folder = daemon.end_well();
        let people: Vec<Person> = crowd.into_iter().flatten().collect();
        let counted = check_books(&folder.path().join("state"), &people);
        println!(
            "{KILLS} kills at work, {KILLS_AT_START} at start, {STOPS} stops in {:?}: {counted}",
            began.elapsed()
        );
        assert!(people.iter().filter(|person| person.is_acknowledged()).count() > 20, "too little was done");
    }

    #[test]
    fn a_stop_in_the_midst_of_sign_ups_keeps_those_that_were_acknowledged() {
        let mut random = Random::new();
        let mut crowd: Vec<Vec<Person>> = (0..CLIENTS).map(|_| Vec::new()).collect();
        let mut folder = folders(&Options::default());
        for _ in 0..3 {
            let daemon = Daemon::start_in(folder, &Options::default());
            check(&daemon, &mut crowd, &mut random);
            folder = work(daemon, &mut crowd, &mut random, Daemon::end_well);
        }
        let people: Vec<Person> = crowd.into_iter().flatten().collect();
        check_books(&folder.path().join("state"), &people);
    }

    /// Runs `parlour-dump` on a stopped store.
    fn parlour_dump(state: &std::path::Path, argument: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour-dump"));
        let output = command.arg("--data-dir").arg(state).arg(argument).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{} {}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }
}
