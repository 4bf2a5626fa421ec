//! What becomes of files when their owner, or one who has them, leaves for good.

use std::time::{Duration, Instant};

use parlour_common::Secret;
use parlour_common::message::{
    DeleteAccount, DeleteUser, Denial, FileEntry, FilePlace, Reply, Request, SharedFate,
};

use super::super::real::{Client, Daemon, PASSWORD, PATIENCE};
use super::house::{
    await_contents, daemon, end_well, fetch_denial, names, put, recipients, share, trash, unshare,
};

/// A departing member with a file shared with mina, one that nobody has, one in the trash, and an upload.
fn with_sara() -> (Daemon, Client, Client, Client, [FileEntry; 3]) {
    let (daemon, anna) = daemon();
    let (mut sara, mina) = (daemon.member("sara"), daemon.member("mina"));
    let files = [put(&mut sara, 1, "shared.ogg"), put(&mut sara, 2, "own.ogg"), put(&mut sara, 3, "old.ogg")];
    share(&mut sara, &[files[0].file], &["mina"]).unwrap();
    trash(&mut sara, &[files[2].file]).unwrap();
    let begun = sara.try_begin_upload(super::house::key(4), "half.ogg", 5000, Default::default());
    begun.unwrap().unwrap();
    (daemon, anna, sara, mina, files)
}

fn leave(client: &mut Client, shared: SharedFate) {
    let form = DeleteAccount { password: Secret::new(PASSWORD.to_owned()), shared };
    assert_eq!(client.ask(Request::DeleteAccount(form)), Ok(Reply::Done {}));
}

/// Waits until a place has so many files: what becomes of files comes after the account has gone.
fn await_files(client: &mut Client, place: FilePlace, count: usize) -> Vec<FileEntry> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let files = client.list_all_files(place);
        if files.len() == count {
            return files;
        }
        assert!(Instant::now() < deadline, "{files:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_a_member_shared_goes_with_them_if_they_wish() {
    let (daemon, mut anna, mut sara, mut mina, files) = with_sara();
    leave(&mut sara, SharedFate::Remove {});
    await_files(&mut mina, FilePlace::Shared, 0);
    assert_eq!(fetch_denial(&mut mina, files[0].file), Denial::NoSuchFile {});
    await_contents(&daemon, 0, 0);
    end_well(daemon, &mut anna);
}

#[test]
fn what_a_member_shared_stays_until_the_last_who_has_it_leaves_it() {
    let (daemon, mut anna, mut sara, mut mina, files) = with_sara();
    leave(&mut sara, SharedFate::Keep {});
    await_contents(&daemon, 1, 0);
    let kept = await_files(&mut mina, FilePlace::Shared, 1).remove(0);
    assert_eq!(kept.shared_by.unwrap().user_name.as_str(), "sara", "whose it was");
    assert_eq!(mina.hash_of_file(files[0].file), Ok(files[0].sha256));
    // Whoever takes the name later has nothing of hers.
    let mut another = daemon.client();
    another.sign_up("sara").unwrap();
    assert_eq!(names(&mut another, FilePlace::Own), [""; 0]);
    assert_eq!(recipients(&mut another, files[0].file), Err(Denial::NoSuchFile {}));
    assert_eq!(unshare(&mut mina, files[0].file, "mina"), Ok(()));
    await_contents(&daemon, 0, 0);
    end_well(daemon, &mut anna);
}

#[test]
fn what_a_member_shared_becomes_the_heirs() {
    let (daemon, mut anna, mut sara, mut mina, files) = with_sara();
    let mut bob = daemon.member("bob");
    share(&mut sara, &[files[0].file], &["bob"]).unwrap();
    put(&mut mina, 9, "Shared.ogg");
    leave(&mut sara, SharedFate::HandOver { to: "mina".to_owned() });
    let own = await_files(&mut mina, FilePlace::Own, 2);
    let inherited = own.iter().find(|entry| entry.file == files[0].file).unwrap();
    assert_eq!(inherited.file_name.as_str(), "shared (2).ogg", "her own has the name");
    await_files(&mut mina, FilePlace::Shared, 0);
    assert_eq!(mina.hash_of_file(files[0].file), Ok(files[0].sha256));
    let theirs = await_files(&mut bob, FilePlace::Shared, 1).remove(0);
    assert_eq!(theirs.shared_by.unwrap().user_name.as_str(), "mina");
    let list = recipients(&mut mina, files[0].file).unwrap();
    assert_eq!(list.iter().map(|to| to.user_name.as_str()).collect::<Vec<_>>(), ["bob"]);
    await_contents(&daemon, 2, 0);
    end_well(daemon, &mut anna);
}

#[test]
fn a_recipient_who_leaves_is_none_any_more() {
    let (daemon, mut anna, mut sara, mina, files) = with_sara();
    drop(mina);
    let form = DeleteUser { user_name: "mina".to_owned(), shared: SharedFate::Keep {} };
    assert_eq!(anna.ask(Request::DeleteUser(form)), Ok(Reply::Done {}));
    let deadline = Instant::now() + PATIENCE;
    // She is not named any more at once; what was shared with her is let go after the account has gone.
    loop {
        let named = recipients(&mut sara, files[0].file).unwrap();
        let own = sara.list_all_files(FilePlace::Own);
        if named.is_empty() && own.iter().all(|entry| entry.recipients == 0) {
            break;
        }
        assert!(Instant::now() < deadline, "mina still has it: {named:?}, {own:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    end_well(daemon, &mut anna);
}
