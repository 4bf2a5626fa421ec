//! `parlourd check` and `parlourd user quota`, while the daemon runs and while it does not; and what a start puts
//! right.

use std::fs;
use std::path::PathBuf;

use parlour_common::message::{Denial, FilePlace, SameName, UploadKey};

use super::super::real::{Load, Options};
use super::site::{Said, Site, each};

/// Returns what a check that found faults printed.
fn faults(said: Said) -> String {
    assert!(said.code == 1 && said.err.is_empty(), "{said:?}");
    said.out
}

/// Uploads files by name, and lets the house be as it was, at home or not.
fn upload(site: &mut Site, names: &[&str]) {
    let was_running = site.socket().exists();
    let mut sara = site.sign_in("sara");
    for (number, name) in (1_u8..).zip(names) {
        sara.upload(UploadKey::new([number; 16]), name, &Load::new(number.into(), 100_000)).unwrap();
    }
    drop(sara);
    if !was_running {
        site.stop();
    }
}

/// Returns where the contents of the files lie, the first uploaded first.
fn blobs(site: &Site) -> Vec<PathBuf> {
    let folders = fs::read_dir(site.state().join("files/blobs")).unwrap();
    let mut found: Vec<PathBuf> = folders
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

#[test]
fn a_house_in_order_is_said_to_be_so() {
    each("", |mut site| {
        let nothing = "0 files, 0 B of contents in 0 pieces, 0 unfinished uploads: no fault was found.\n";
        assert_eq!(site.run(&["check"]).done(), nothing);
        site.add("sara", "member");
        upload(&mut site, &["a.bin", "b.bin"]);
        for line in [&["check"][..], &["check", "--read-all"]] {
            let said = site.run(line).done();
            assert!(
                said.starts_with("2 files, 195 KiB of contents in 2 pieces") && said.contains("no fault"),
                "{said}"
            );
        }
        let json = site.run(&["check", "--json"]).json();
        assert_eq!(
            (&json["files"], &json["bytes"], &json["faults_total"]),
            (&2.into(), &200_000.into(), &0.into())
        );
    });
}

#[test]
fn each_fault_is_explained_and_the_exit_code_is_1() {
    each("", |mut site| {
        site.add("sara", "member");
        upload(&mut site, &["lost \u{1f4be}.bin", "changed.bin", "good.bin"]);
        let blobs = blobs(&site);
        fs::remove_file(&blobs[0]).unwrap();
        let mut bytes = fs::read(&blobs[1]).unwrap();
        bytes[77] ^= 1;
        fs::write(&blobs[1], bytes).unwrap();
        fs::write(site.state().join("files/blobs/left behind"), "?").unwrap();
        let said = faults(site.run(&["check"]));
        for words in [
            "2 faults were found",
            "MISSING: the contents of \"lost \u{1f4be}.bin\" of sara are not at files/blobs/01/0000000000000001",
            "ORPHAN: files/blobs/left behind",
        ] {
            assert!(said.contains(words), "{words:?} is not in: {said}");
        }
        let said = faults(site.run(&["check", "--read-all"]));
        assert!(
            said.contains("3 faults") && said.contains("DAMAGED: the contents of \"changed.bin\""),
            "{said}"
        );
        let said = site.run(&["check", "--json"]);
        assert_eq!(said.code, 1);
        let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(json["faults_total"], 2);
    });
}

#[test]
fn a_check_is_for_whoever_owns_the_house() {
    each("", |site| {
        if super::site::is_superuser() {
            site.run_as_nobody(&["check"]).refused(&["no permission"]);
        }
    });
}

#[test]
fn a_quota_is_given_and_shown_and_holds() {
    each("", |mut site| {
        site.add("sara", "member");
        assert_eq!(
            site.run(&["user", "quota", "SARA", "150KiB"]).done(),
            "sara may keep 150 KiB; 0 B is used.\n"
        );
        upload(&mut site, &["a.bin"]);
        let was_running = site.socket().exists();
        let denial = site.sign_in("sara").upload(UploadKey::new([9; 16]), "b.bin", &Load::new(9, 100_000));
        assert_eq!(denial, Err(Denial::QuotaExceeded { left_bytes: 150 * 1024 - 100_000 }));
        if !was_running {
            site.stop();
        }
        let table = site.run(&["user", "list"]).done();
        assert!(table.contains("FILES") && table.contains("97.6 KiB  150 KiB"), "{table}");
        let said = site.run(&["user", "quota", "sara", "1KiB"]).done();
        assert!(said.contains("Nothing is taken away"), "{said}");
        assert!(
            site.run(&["user", "quota", "sara", "standard"]).done().contains("everyone; 97.6 KiB is used")
        );
        assert!(
            site.run(&["user", "quota", "sara", "unlimited"]).done().contains("as much as the disk gives")
        );
        assert!(site.run(&["user", "list"]).done().contains("97.6 KiB  unlimited"));
        site.run(&["user", "quota", "nobody", "1GiB"]).refused(&["no account has this username"]);
        site.run(&["user", "quota", "sara", "1"]).ended(2, &["20GiB"]);
    });
}

#[test]
fn a_start_after_a_kill_removes_what_no_upload_has_and_keeps_what_goes_on() {
    let mut site = Site::running(Options::default());
    site.add("sara", "member");
    upload(&mut site, &["whole.bin"]);
    let load = Load::new(5, 300_000);
    let key = UploadKey::new([5; 16]);
    let mut sara = site.sign_in("sara");
    let begun = sara.try_begin_upload(key, "b.bin", load.size_bytes, SameName::Ask).unwrap().unwrap();
    let super::super::real::Begun::Start(start) = begun else { panic!("{begun:?}") };
    let half = Load::new(5, 150_000);
    sara.send_load(start, &half, 50_000, std::io::Write::write_all).unwrap();
    drop(sara);
    site.kill();
    let spool = site.state().join("files/spool");
    fs::write(spool.join("00000000000000ff"), "of nobody").unwrap();
    fs::write(site.state().join("files/blobs/by hand"), "of somebody").unwrap();
    site.start();
    site.daemon().await_log("was put in order");
    site.daemon().await_log("files/blobs/by hand is left where it is");
    let left: Vec<_> = fs::read_dir(&spool).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let mut sara = site.sign_in("sara");
    sara.upload(key, "b.bin", &load).unwrap();
    let page = sara.list_files(FilePlace::Own, 0);
    assert_eq!(page.total, 2);
    let said = faults(site.run(&["check", "--read-all"]));
    assert!(said.contains("2 files") && said.contains("1 fault was found"), "{said}");
}
