//! The daemon's disk is full: because people uploaded, and because something else took the rest. What cannot be done
//! is denied in clear words, what was acknowledged stays, what needs no room goes on, admins are told early, and
//! when there is room again everything goes on without a restart.
//!
//! The disk is a small one of the test's own (`mount`). The numbers: of 512 MiB the store keeps 64 as ballast and
//! writes nothing below 64 free ones; uploads leave 128 free, so that there is something between the two.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

mod full_disk {
    mod mount;

    use std::io::Write;
    use std::path::{Path, PathBuf};

    use parlour_common::message::{
        CheckFiles, Denial, DiskLow, DiskState, EditAccount, Event, FileEntry, FileList, FilePlace, Reply,
        Request, SameName, UploadKey, UploadStart,
    };
    use parlour_reactor::store::Store;

    use super::real::{Begun, CHUNK_BYTES, Client, Daemon, Load, Options, PASSWORD, folders};
    use mount::{fill, free_bytes, is_inside, mount_small};

    const MIB: u64 = 1 << 20;

    /// The size of the disk, in bytes.
    const DISK_BYTES: u64 = 512 * MIB;

    /// What uploads leave free, in bytes; in the configuration too.
    const RESERVE_BYTES: u64 = 128 * MIB;
    const OPTIONS: Options = Options { config: "[files]\nreserve_mib = 128", open_files_max: None };

    /// What is left when something else has taken the disk, in bytes: less than the store needs to write.
    const LEFT_BYTES: u64 = 8 * MIB;

    /// A daemon on a small disk, and those who use it.
    struct House {
        daemon: Daemon,
        admin: Client,
        sara: Client,
        /// Every file that was acknowledged, and what is in it.
        acknowledged: Vec<(FileEntry, Load)>,
        uploads: u64,
    }

    impl House {
        fn open() -> Self {
            let folder = folders(&OPTIONS);
            let state = folder.path().join("state");
            std::fs::create_dir(&state).unwrap();
            mount_small(&state, DISK_BYTES);
            let daemon = Daemon::start_in(folder, &OPTIONS);
            let mut admin = daemon.client();
            admin.sign_up_with("keeper", "keeper@example.org", PASSWORD, Some(daemon.setup_code())).unwrap();
            let sara = daemon.member("sara");
            Self { daemon, admin, sara, acknowledged: Vec::new(), uploads: 0 }
        }

        fn state(&self) -> PathBuf {
            self.daemon.folder.path().join("state")
        }

        fn free_bytes(&self) -> u64 {
            free_bytes(&self.state())
        }

        /// Uploads a file of this size, whole.
        fn upload(&mut self, size_bytes: u64) -> Result<(), Denial> {
            self.uploads += 1;
            let load = Load::new(self.uploads, size_bytes);
            let (key, name) = (key(self.uploads), format!("{}.bin", self.uploads));
            let entry = self.sara.upload(key, &name, &load)?;
            self.acknowledged.push((entry, load));
            Ok(())
        }

        /// Waits until the admin is told that the disk is in this state, and looks at the numbers. What was told
        /// before is forgotten.
        fn await_told(&mut self, wanted: DiskState) {
            let DiskLow { free_bytes, reserve_bytes, .. } = self.admin.await_event(|event| match event {
                Event::DiskLow(low) if low.state == wanted => Some(*low),
                _ => None,
            });
            self.admin.events.clear();
            assert_eq!(reserve_bytes, RESERVE_BYTES);
            let expected = match wanted {
                DiskState::Enough => 2 * RESERVE_BYTES..=DISK_BYTES,
                DiskState::Low => RESERVE_BYTES + 1..=2 * RESERVE_BYTES - 1,
                DiskState::Full => 0..=RESERVE_BYTES,
            };
            assert!(expected.contains(&free_bytes), "{wanted:?} at {free_bytes}");
        }

        /// Sees that every file that was acknowledged is there, as it was.
        fn look(&self, client: &mut Client) {
            let listed = client.list_all_files(FilePlace::Own);
            for (entry, load) in &self.acknowledged {
                assert!(listed.contains(entry), "{entry:?} is lost: {listed:#?}");
                assert_eq!(client.hash_of_file(entry.file), Ok(load.sha256()));
            }
            assert_eq!(listed.len(), self.acknowledged.len(), "there are files that nobody has: {listed:#?}");
        }

        /// Puts the first file in the trash, takes it back, and deletes the last for good.
        fn trash(&mut self) {
            let (first, _) = self.acknowledged.first().unwrap();
            let list = FileList { files: vec![first.file] };
            assert_eq!(self.sara.ask(Request::TrashFiles(list.clone())), Ok(Reply::Done {}));
            assert_eq!(self.sara.ask(Request::RestoreFiles(list)), Ok(Reply::Done {}));
            let (last, _) = self.acknowledged.pop().unwrap();
            let list = FileList { files: vec![last.file] };
            assert_eq!(self.sara.ask(Request::TrashFiles(list.clone())), Ok(Reply::Done {}));
            assert_eq!(self.sara.ask(Request::PurgeFiles(list)), Ok(Reply::Done {}));
        }

        fn edit(&mut self, about: &str) -> Result<Reply, Denial> {
            let edit = EditAccount { about: Some(about.to_owned()), ..EditAccount::default() };
            self.sara.ask(Request::EditAccount(edit))
        }
    }

    fn key(number: u64) -> UploadKey {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&number.to_be_bytes());
        UploadKey::new(key)
    }

    fn begin(client: &mut Client, key: UploadKey, name: &str, load: &Load) -> Result<UploadStart, Denial> {
        match client
            .try_begin_upload(key, name, load.size_bytes, SameName::Ask)
            .expect("the daemon is there")?
        {
            Begun::Start(start) => Ok(start),
            Begun::Finished(entry) => panic!("{entry:?} is there already"),
        }
    }

    fn send(client: &mut Client, start: UploadStart, load: &Load) {
        client.send_load(start, load, CHUNK_BYTES, Write::write_all).unwrap();
    }

    /// Uploads until no file fits, not even a small one. The admin hears of it before the first is refused.
    fn fill_by_uploads(house: &mut House) {
        let mut is_told = false;
        for size_bytes in [32 * MIB, 2 * MIB, 64 * 1024, 4096] {
            loop {
                if !is_told && house.free_bytes() < 2 * RESERVE_BYTES {
                    house.await_told(DiskState::Low);
                    is_told = true;
                }
                match house.upload(size_bytes) {
                    Ok(()) => {}
                    Err(Denial::DiskFull {}) => break,
                    Err(other) => panic!("{other:?}"),
                }
                assert!(house.free_bytes() >= RESERVE_BYTES, "an upload took of the reserve");
            }
            assert!(is_told, "the disk is full, and no admin was told before");
        }
    }

    /// While uploads are refused everything else goes on.
    fn live_without_uploads(house: &mut House) {
        let mut late = house.daemon.client();
        late.sign_in("sara", PASSWORD).expect("sign-in needs little room");
        house.look(&mut late);
        house.daemon.member("mina");
        house.edit("There is no room.").expect("the store has room of its own");
        house.trash();
        house.look(&mut late);
    }

    /// Something else takes what is left: the store writes nothing any more, and says so; what only reads goes on.
    fn live_without_records(house: &mut House, half: &(UploadKey, UploadStart, Load)) {
        let (key, start, load) = half;
        fill(&house.state().join("filler"), LEFT_BYTES);
        // Its room was taken when it began; only its record finds none.
        send(&mut house.sara, *start, load);
        let finish =
            |client: &mut Client| client.try_finish_upload(*key, load.sha256(), SameName::Ask).unwrap();
        assert_eq!(finish(&mut house.sara), Err(Denial::StorageUnavailable {}));
        assert_eq!(house.edit("Less than none."), Err(Denial::StorageUnavailable {}));
        assert_eq!(house.upload(4096), Err(Denial::DiskFull {}));
        house.await_told(DiskState::Full);
        let refused = house.daemon.client().sign_up("late");
        assert_eq!(refused.err(), Some(Denial::StorageUnavailable {}));
        let mut second = house.daemon.client();
        second.resume(house.sara.token.clone().unwrap()).expect("a session that is there needs no room");
        house.look(&mut second);
        // An admin who comes now is told as well.
        let mut admin = house.daemon.client();
        admin.resume(house.admin.token.clone().unwrap()).unwrap();
        admin.await_event(|event| {
            matches!(event, Event::DiskLow(low) if low.state == DiskState::Full).then_some(())
        });
        std::fs::remove_file(house.state().join("filler")).unwrap();
        let entry = finish(&mut house.sara).expect("what was stored is still there");
        house.acknowledged.push((entry, load.clone()));
        house.edit("Room again.").expect("the store goes on by itself");
    }

    /// People make room, and uploads go on.
    fn make_room(house: &mut House) {
        // Of 1 MiB and six times 32: twice the reserve is free then.
        let kept = house.acknowledged.split_off(7);
        let gone = std::mem::replace(&mut house.acknowledged, kept);
        let list = FileList { files: gone.iter().map(|(entry, _)| entry.file).collect() };
        assert_eq!(house.sara.ask(Request::TrashFiles(list)), Ok(Reply::Done {}));
        assert_eq!(house.upload(32 * MIB), Err(Denial::DiskFull {}), "what is in the trash takes room");
        assert_eq!(house.sara.ask(Request::EmptyTrash {}), Ok(Reply::Done {}));
        house.await_told(DiskState::Enough);
        house.upload(32 * MIB).expect("there is room again");
    }

    fn check(house: House) {
        let House { daemon, mut admin, .. } = house;
        let Ok(Reply::Checked(report)) = admin.ask(Request::CheckFiles(CheckFiles { read_all: true })) else {
            panic!("an admin may not check")
        };
        assert_eq!((report.faults_total, report.uploads), (0, 0), "{report:#?}");
        let state: &Path = &daemon.folder.path().join("state");
        assert_eq!(std::fs::read_dir(state.join("files/spool")).unwrap().count(), 0, "a spool is left");
        let folder = daemon.end_well();
        let store = Store::open_existing(&folder.path().join("state")).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_full_disk_is_told_early_costs_nothing_that_was_acknowledged_and_is_forgotten_with_room() {
        if !is_inside(
            "full_disk::a_full_disk_is_told_early_costs_nothing_that_was_acknowledged_and_is_forgotten_with_room",
        ) {
            return;
        }
        let mut house = House::open();
        house.upload(MIB).unwrap();
        // Begun while there is room: the room is its own from then on.
        let (half_key, load) = (key(1_000_000), Load::new(77, 16 * MIB));
        let start = begin(&mut house.sara, half_key, "Half.bin", &load).unwrap();
        fill_by_uploads(&mut house);
        live_without_uploads(&mut house);
        live_without_records(&mut house, &(half_key, start, load));
        make_room(&mut house);
        let mut client = house.daemon.client();
        client.sign_in("sara", PASSWORD).unwrap();
        house.look(&mut client);
        println!("{} files of the {} that were tried are there", house.acknowledged.len(), house.uploads + 1);
        check(house);
    }
}
