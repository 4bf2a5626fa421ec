//! Pictures of the panel of transfers: empty, with everything that can be in it, and with its question.

use std::fs;

use parlour_common::message::Denial;
use parlour_gtk::network::TransferFault;
use parlour_gtk::view_model::transfers::KeptState;

use crate::desk::{Daemon, Desk, Window};
use crate::transfers::{account, kept, long_file, write_journal};

fn pictures(scheme: &str, width: u32, height: u32) {
    let name = |state: &str| format!("{state}-{width}-{scheme}");
    let desk = Desk::with_screen(width.max(400), height);
    desk.settle(&format!("[window]\nwidth = {width}\nheight = {height}\n"));
    let mut daemon = Daemon::start();
    account(&desk, &daemon);
    let language = if scheme == "mirrored" { "fa" } else { "en" };
    let scheme = if scheme == "dark" { "prefer-dark" } else { "prefer-light" };
    let variables = [("ADW_DEBUG_COLOR_SCHEME", scheme), ("LANGUAGE", language)];
    let home = desk.home();
    let notes = home.join("notes.txt");
    fs::write(&notes, "Notes").expect("a file");
    let long =
        "A recording with a name that goes on and on, as names of recordings do, with place and date.flac";
    for large in [long, "سمفونی شمارهٔ پنج در دو مینور، بخش دوم، آرام و باوقار.wav", "사랑방.mkv"]
    {
        long_file(&home.join(large), 3_000_000_000);
    }
    let paused = KeptState::Paused { moved_bytes: 1_300_000_000, total_bytes: 4_000_000_000 };
    let denied = |denial| KeptState::Failed(TransferFault::Denied(denial));
    let mut all = vec![
        kept(1, &notes, KeptState::Active),
        kept(2, &home.join(long), KeptState::Active),
        kept(3, &home.join("سمفونی شمارهٔ پنج در دو مینور، بخش دوم، آرام و باوقار.wav"), KeptState::Active),
        kept(4, &home.join("사랑방.mkv"), KeptState::Active),
        kept(5, &home.join("Holiday.zip"), paused),
        kept(
            6,
            &home.join("Backup of everything.tar"),
            denied(Denial::QuotaExceeded { left_bytes: 120_000_000 }),
        ),
        kept(7, &home.join("Photos"), KeptState::Failed(TransferFault::SourceIsFolder)),
    ];
    for number in 0..30 {
        let photo = home.join(format!("Photo {number}.jpg"));
        fs::write(&photo, "a photo").expect("a file");
        all.push(kept(100 + number, &photo, KeptState::Active));
    }
    let window = Window::open_with(&desk, &variables);
    window.find_text("15 tracks");
    window.click("button", "Transfers");
    window.find_text("No Transfers");
    window.shot(&name("transfers-1-empty"));
    drop(window);
    write_journal(&desk, &daemon, &all);
    let window = Window::open_with(&desk, &variables);
    window.find_text("15 tracks");
    window.click("button", "Transfers");
    window.find_text("Uploaded · 5 bytes");
    window.find_text(" left");
    window.shot(&name("transfers-2-many"));
    daemon.pause();
    window.click("button", "Pause 사랑방.mkv");
    window.click("button", "Pause All Transfers");
    window.find_text("more are waiting");
    window.shot(&name("transfers-3-paused"));
    drop(window);
    daemon.kill();
    daemon.run();
    write_journal(&desk, &daemon, &[kept(200, &notes, KeptState::Active)]);
    let window = Window::open_with(&desk, &variables);
    window.find_text("You have a file of this name already");
    window.shot(&name("transfers-4-question"));
}

#[test]
fn every_state_of_the_panel_is_pictured() {
    if std::env::var_os("SHOTS").is_none() {
        return;
    }
    for (width, height) in [(360, 720), (1400, 900)] {
        for scheme in ["light", "dark", "mirrored"] {
            pictures(scheme, width, height);
        }
    }
}
