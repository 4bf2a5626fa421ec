//! A disk that is full, or fails.

use std::sync::Mutex;

use super::*;

/// A disk with so much room, that fails when told to.
#[derive(Default)]
struct FaultyMedium {
    state: Mutex<Faults>,
}

#[derive(Default)]
struct Faults {
    /// How many more bytes are written before every write fails.
    room: Option<usize>,
    write_error: Option<Errno>,
    sync_error: Option<Errno>,
    allocate_error: Option<Errno>,
    syncs: usize,
}

impl FaultyMedium {
    fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.state.lock().unwrap());
    }
}

impl Medium for FaultyMedium {
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut faults = self.state.lock().unwrap();
        let most = faults.room.unwrap_or(usize::MAX).min(bytes.len());
        if let Some(error) = faults.write_error.filter(|_| most == 0) {
            return Err(error.into());
        }
        let written = RealMedium.write_at(file, &bytes[..most], offset)?;
        faults.room = faults.room.map(|room| room - written);
        Ok(written)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        let mut faults = self.state.lock().unwrap();
        faults.syncs += 1;
        match faults.sync_error {
            Some(error) => Err(error.into()),
            None => RealMedium.sync(file),
        }
    }

    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()> {
        match self.state.lock().unwrap().allocate_error {
            Some(error) => Err(error.into()),
            None => RealMedium.allocate(file, bytes),
        }
    }
}

fn faulty() -> (tempfile::TempDir, Arc<FaultyMedium>, Files) {
    let folder = tempfile::tempdir().unwrap();
    let medium = Arc::new(FaultyMedium::default());
    let files = Files::open_on(folder.path(), medium.clone()).unwrap();
    (folder, medium, files)
}

#[test]
fn a_disk_that_fills_up_keeps_what_was_written_and_goes_on_when_there_is_room() {
    for error in [Errno::NOSPC, Errno::DQUOT, Errno::IO] {
        let (_folder, medium, files) = faulty();
        let bytes = load(1, 3 * PIECE_BYTES);
        let (spool, _) = open(&files, 1, &bytes);
        medium.set(|faults| (faults.room, faults.write_error) = (Some(PIECE_BYTES + 100), Some(error)));
        match send(&files, &spool, &bytes, 0) {
            Err(NotStored::Failed(Some(fault))) => {
                assert_eq!(matches!(fault, DiskFault::Full(_)), error != Errno::IO, "{fault}");
            }
            other => panic!("{other:?}"),
        }
        // What came behind it is not written anywhere.
        let next = 2 * PIECE_BYTES;
        assert!(matches!(files.store(&spool, next as u64, &bytes[next..]), Err(NotStored::Failed(None))));
        medium.set(|faults| faults.room = None);
        let (spool, offset) = open(&files, 1, &bytes);
        assert_eq!(offset, PIECE_BYTES as u64 + 100);
        send(&files, &spool, &bytes, offset).unwrap();
        seal(&files, 1, &bytes).unwrap();
    }
}

#[test]
fn a_disk_without_room_for_the_whole_refuses_it_before_the_first_byte() {
    for (error, is_full) in
        [(Errno::NOSPC, true), (Errno::DQUOT, true), (Errno::FBIG, true), (Errno::IO, false)]
    {
        let (folder, medium, files) = faulty();
        medium.set(|faults| faults.allocate_error = Some(error));
        let fault = files.open_spool(BlobId(1), 100).unwrap_err();
        assert_eq!(matches!(fault, DiskFault::Full(_)), is_full, "{fault}");
        assert!(lying(folder.path()).is_empty(), "what it got of the room is given back");
        medium.set(|faults| faults.allocate_error = None);
        assert_eq!(open(&files, 1, &[0; 100]).1, 0);
    }
}

#[test]
fn what_cannot_be_made_durable_is_not_sealed_and_is_sent_again() {
    let (_folder, medium, files) = faulty();
    let bytes = load(1, 1000);
    let (spool, _) = open(&files, 1, &bytes);
    send(&files, &spool, &bytes, 0).unwrap();
    medium.set(|faults| faults.sync_error = Some(Errno::IO));
    assert!(matches!(seal(&files, 1, &bytes), Err(NotSealed::Failed(DiskFault::Failed(_)))));
    assert!(files.open_blob(BlobId(1)).is_err());
    medium.set(|faults| faults.sync_error = None);
    // Nothing of it was known to be on the disk.
    let (spool, offset) = open(&files, 1, &bytes);
    assert_eq!(offset, 0);
    send(&files, &spool, &bytes, 0).unwrap();
    seal(&files, 1, &bytes).unwrap();
}

#[test]
fn a_long_upload_is_made_durable_as_it_comes_and_falls_back_no_further() {
    let (_folder, medium, files) = faulty();
    let piece = load(1, PIECE_BYTES);
    let per_sync = 64 * 1024 * 1024 / PIECE_BYTES;
    let size_bytes = ((2 * per_sync + 1) * PIECE_BYTES) as u64;
    let (spool, _) = files.open_spool(BlobId(1), size_bytes).unwrap();
    let offset = |number: usize| (number * PIECE_BYTES) as u64;
    for number in 0..per_sync {
        files.store(&spool, offset(number), &piece).unwrap();
    }
    assert_eq!(medium.state.lock().unwrap().syncs, 1);
    medium.set(|faults| faults.sync_error = Some(Errno::IO));
    for number in per_sync..2 * per_sync - 1 {
        files.store(&spool, offset(number), &piece).unwrap();
    }
    let last = files.store(&spool, offset(2 * per_sync - 1), &piece);
    assert!(matches!(last, Err(NotStored::Failed(Some(_)))), "{last:?}");
    medium.set(|faults| faults.sync_error = None);
    let (_, at) = files.open_spool(BlobId(1), size_bytes).unwrap();
    assert_eq!(at, offset(per_sync));
}

#[test]
fn a_seal_that_failed_between_its_steps_is_done_again() {
    let (folder, _, files) = faulty();
    let bytes = load(1, 1000);
    let (spool, _) = open(&files, 1, &bytes);
    send(&files, &spool, &bytes, 0).unwrap();
    // Something stands where its folder has to be.
    let in_the_way = folder.path().join("files/blobs/01");
    fs::write(&in_the_way, "").unwrap();
    assert!(matches!(seal(&files, 1, &bytes), Err(NotSealed::Failed(_))));
    fs::remove_file(&in_the_way).unwrap();
    // The rename was done, and not more.
    fs::create_dir(&in_the_way).unwrap();
    fs::rename(folder.path().join("files/spool/0000000000000001"), in_the_way.join("0000000000000001"))
        .unwrap();
    seal(&files, 1, &bytes).unwrap();
    assert_eq!(lying(folder.path()), ["files/blobs/01/0000000000000001"]);
}
