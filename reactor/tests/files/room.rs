//! How much files may take: quotas, and what is kept free on the disk.

use parlour_common::message::{
    Denial, DiskState, EditUser, Event, FilePlace, Quota, Reply, Request, SameName,
};

use super::super::real::{Client, Load};
use super::house::{
    await_changed, await_contents, daemon_with, end_well, forget_news, key, purge, put, put_bytes, send,
    trash,
};

const MIB: u64 = 1024 * 1024;

fn set_quota(admin: &mut Client, user_name: &str, quota: Quota) -> (u64, Quota) {
    let edit = EditUser {
        user_name: user_name.to_owned(),
        email: None,
        phone: None,
        role: None,
        state: None,
        quota: Some(quota),
    };
    match admin.ask(Request::EditUser(edit)) {
        Ok(Reply::User(user)) => (user.files_bytes, user.quota),
        other => panic!("{other:?} is no account"),
    }
}

fn begin(client: &mut Client, number: u8, size_bytes: u64) -> Option<Denial> {
    let name = format!("{number}.wav");
    client.try_begin_upload(key(number), &name, size_bytes, SameName::Ask).unwrap().err()
}

#[test]
fn what_does_not_fit_is_denied_before_its_first_byte() {
    let (daemon, mut anna) = daemon_with("[files]\nreserve_mib = 0\nquota_mib = 1");
    let mut sara = daemon.member("sara");
    put_bytes(&mut sara, 1, "a.wav", 600_000);
    assert_eq!(begin(&mut sara, 2, MIB), Some(Denial::QuotaExceeded { left_bytes: MIB - 600_000 }));
    assert_eq!(begin(&mut sara, 2, MIB - 600_000), None, "to the last byte");
    assert_eq!(begin(&mut sara, 3, 1), Some(Denial::QuotaExceeded { left_bytes: 0 }), "it was promised");
    let usage = sara.list_files(FilePlace::Own, 0).usage;
    assert_eq!((usage.used_bytes, usage.uploads_bytes, usage.quota_bytes), (MIB, MIB - 600_000, Some(MIB)));
    assert_eq!(begin(&mut sara, 2, MIB - 600_000), None, "what has its place goes on");
    let mut mina = daemon.member("mina");
    assert_eq!(begin(&mut mina, 2, MIB), None, "everyone has their own");
    end_well(daemon, &mut anna);
}

#[test]
fn the_trash_counts_until_it_is_emptied() {
    let (daemon, mut anna) = daemon_with("[files]\nreserve_mib = 0\nquota_mib = 1");
    let mut sara = daemon.member("sara");
    let entry = put_bytes(&mut sara, 1, "a.wav", MIB);
    trash(&mut sara, &[entry.file]).unwrap();
    assert_eq!(begin(&mut sara, 2, 1), Some(Denial::QuotaExceeded { left_bytes: 0 }));
    purge(&mut sara, &[entry.file]).unwrap();
    assert_eq!(begin(&mut sara, 2, MIB), None);
    end_well(daemon, &mut anna);
}

#[test]
fn an_admin_sets_a_quota_and_the_member_hears_of_it() {
    let (daemon, mut anna) = daemon_with("[files]\nreserve_mib = 0\nquota_mib = 1");
    let mut sara = daemon.member("sara");
    put_bytes(&mut sara, 1, "a.wav", 500_000);
    forget_news(&mut sara);
    assert_eq!(set_quota(&mut anna, "sara", Quota::Bytes(100)), (500_000, Quota::Bytes(100)));
    await_changed(&mut sara);
    assert_eq!(sara.list_files(FilePlace::Own, 0).usage.quota_bytes, Some(100), "what is there stays");
    assert_eq!(begin(&mut sara, 2, 1), Some(Denial::QuotaExceeded { left_bytes: 0 }));
    set_quota(&mut anna, "sara", Quota::Unlimited);
    assert_eq!(begin(&mut sara, 2, 50 * MIB), None);
    set_quota(&mut anna, "sara", Quota::Standard);
    assert_eq!(sara.list_files(FilePlace::Own, 0).usage.quota_bytes, Some(MIB));
    end_well(daemon, &mut anna);
}

#[test]
fn a_disk_without_room_takes_no_uploads_and_the_admins_are_told() {
    // More than any disk has.
    let (daemon, mut anna) = daemon_with("[files]\nreserve_mib = 1000000000");
    let low = anna.await_event(|event| match event {
        Event::DiskLow(low) => Some(*low),
        _ => None,
    });
    assert_eq!((low.state, low.reserve_bytes), (DiskState::Full, 1_000_000_000 * MIB));
    let mut sara = daemon.member("sara");
    assert_eq!(begin(&mut sara, 1, 1), Some(Denial::DiskFull {}));
    assert_eq!(sara.list_files(FilePlace::Own, 0).usage.used_bytes, 0, "nothing was promised");
    let mut beside = daemon.client();
    beside.sign_in("anna", super::super::real::PASSWORD).unwrap();
    beside.await_event(|event| matches!(event, Event::DiskLow(_)).then_some(()));
    assert!(!super::house::news(&mut sara).iter().any(|event| matches!(event, Event::DiskLow(_))));
    daemon.await_log("the disk of the data folder is full but for the reserve");
    end_well(daemon, &mut anna);
}

#[test]
fn an_upload_that_was_begun_takes_its_place_and_gives_it_back() {
    let (daemon, mut anna) = daemon_with("[files]\nreserve_mib = 0\nquota_mib = 1");
    let mut sara = daemon.member("sara");
    send(&mut sara, 1, "a.wav", &Load::new(1, MIB), SameName::Ask).unwrap();
    let cancel = parlour_common::message::CancelUpload { upload: key(1) };
    assert_eq!(sara.ask(Request::CancelUpload(cancel)), Ok(Reply::Done {}));
    await_contents(&daemon, 0, 0);
    put(&mut sara, 2, "b.wav");
    end_well(daemon, &mut anna);
}
