//! The daemon is killed, or asked to stop, at random moments while people make accounts, edit them, change and
//! reset passwords, delete accounts, and admins invite, promote and disable. What was acknowledged is there
//! afterwards; what was not is wholly there or wholly absent.
//!
//! How it works: every person has the one state in which their account must be, or two where a change was not
//! answered (`person`). Clients ask over sockets (`deeds`, `admins`, `dear`) until the daemon dies. After the next start
//! everyone is looked at through the daemon (`eyes`), and must be found in one of their states; now and
//! then, with the daemon stopped, through `parlour-dump` (`books`). `SEED` replays the choices; the moments
//! are as exact as the machine lets them be.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

mod crash {
    mod admins;
    mod books;
    mod dear;
    mod deeds;
    mod eyes;
    mod person;

    use std::process::Command;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use tempfile::TempDir;

    use super::real::{Daemon, Options, Random, folders};
    use books::check_books;
    use deeds::{Circle, live};
    use eyes::Keeper;

    /// Lives that are led at once, each in folders of its own.
    const LIVES: u64 = 2;

    /// Kills in the midst of work, in each life.
    const KILLS: u64 = 80;

    /// Kills while the daemon starts, in each life.
    const KILLS_AT_START: u64 = 24;

    /// Polite ends in the midst of work, in each life; the books are read after each.
    const STOPS: u64 = 4;

    /// Clients at once. Each leads its own people through their lives.
    const CLIENTS: u64 = 4;

    /// How long a round works at most before it is cut off. The work of most changes is a few milliseconds,
    /// of those that hash a password some hundred.
    const WORK_TIME_MAX: Duration = Duration::from_millis(450);

    /// A daemon's folders, and what is known of all who live there.
    struct Life {
        folder: Option<TempDir>,
        keeper: Keeper,
        crowd: Vec<Circle>,
        random: Random,
    }

    impl Life {
        fn begin(seed: u64) -> Self {
            let folder = folders(&Options::default());
            let daemon = Daemon::start_in(folder, &Options::default());
            let keeper = Keeper::sign_up(&daemon);
            let crowd = (0..CLIENTS).map(Circle::new).collect();
            Self { folder: Some(daemon.kill()), keeper, crowd, random: Random::with_seed(seed) }
        }

        /// Starts the daemon and looks at what is there.
        fn start(&mut self) -> Daemon {
            let daemon = Daemon::start_in(self.folder.take().unwrap(), &Options::default());
            self.keeper.read_audit(&daemon);
            for circle in &mut self.crowd {
                circle.look(&daemon, &self.keeper, &mut self.random);
            }
            assert!(!daemon.log.lock().unwrap().iter().any(|line| line.contains("panicked")));
            daemon
        }

        /// Lets everyone live on until a random moment, at which `end` ends the daemon.
        fn work(&mut self, end: impl FnOnce(Daemon) -> TempDir + Send) {
            let daemon = self.start();
            let address = daemon.address;
            let time = WORK_TIME_MAX.mul_f64(self.random.below(1000) as f64 / 1000.0);
            let (keeper, permit) = (&self.keeper, Mutex::new(()));
            let folder = std::thread::scope(|scope| {
                for circle in &mut self.crowd {
                    let (permit, seed) = (&permit, self.random.number());
                    scope.spawn(move || live(address, keeper, circle, permit, &mut Random::with_seed(seed)));
                }
                std::thread::sleep(time);
                end(daemon)
            });
            self.folder = Some(folder);
        }

        /// Kills the daemon while it starts.
        fn start_in_vain(&mut self) {
            let daemon = Daemon::spawn_in(self.folder.take().unwrap(), &Options::default());
            std::thread::sleep(Duration::from_micros(self.random.below(250_000)));
            self.folder = Some(daemon.kill());
        }

        /// Looks at everyone, then at the stopped store.
        fn check(&mut self) -> String {
            self.folder = Some(self.start().end_well());
            check_books(&self.folder.as_ref().unwrap().path().join("state"), &self.crowd)
        }

        /// Leads it to its end, the rounds in a random order. Returns what was counted, in words.
        fn lead(mut self) -> String {
            let (mut kills, mut at_start, mut stops) = (KILLS, KILLS_AT_START, STOPS);
            while kills + at_start + stops > 0 {
                let choice = self.random.below(kills + at_start + stops);
                if choice < at_start {
                    at_start -= 1;
                    self.start_in_vain();
                } else if choice < at_start + stops {
                    stops -= 1;
                    self.work(Daemon::end_well);
                    self.check();
                } else {
                    kills -= 1;
                    self.work(Daemon::kill);
                }
            }
            self.check()
        }
    }

    #[test]
    fn what_was_acknowledged_outlives_kills_and_stops_at_random_moments() {
        let (mut random, began) = (Random::new(), Instant::now());
        let seeds: Vec<u64> = (0..LIVES).map(|_| random.number()).collect();
        let counted: Vec<String> = std::thread::scope(|scope| {
            let lead = |seed| scope.spawn(move || Life::begin(seed).lead());
            let lives: Vec<_> = seeds.into_iter().map(lead).collect();
            lives.into_iter().map(|life| life.join().expect("a life is led to its end")).collect()
        });
        let [kills, at_start, stops] = [KILLS, KILLS_AT_START, STOPS].map(|each| each * LIVES);
        println!("{kills} kills at work, {at_start} at start, {stops} stops in {:?}", began.elapsed());
        counted.iter().for_each(|life| println!("{life}"));
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
