//! The room in real windows with the real daemon: who comes and goes, what is said, and what is kept of it.

use super::desk::steps::{PASSWORD, sign_in, sign_up};
use super::desk::{Daemon, Desk, Window, wait, wait_or};

/// Goes to the room and waits until something can be said there.
pub fn open_room(window: &Window<'_>) {
    window.press(&["alt+3"]);
    window.find("button", "Send");
}

/// Says something in the conversation that is shown.
pub fn say(window: &Window<'_>, text: &str) {
    window.fill("Message", text);
    window.click("button", "Send");
    window.find_typed("Message", "");
}

/// Waits until a post of somebody is there, once.
pub fn find_post(window: &Window<'_>, author: &str, text: &str) {
    let label = format!("{author}: {text}");
    let once = || (window.count_named(&label) == 1).then_some(());
    wait_or(&format!("the post {label:?}, once"), once, || window.describe());
}

/// A name, as sentences keep it apart.
pub fn apart(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

/// Closes the app as a person does.
pub fn quit(mut window: Window<'_>) {
    window.press(&["ctrl+q"]);
    window.wait_closed();
}

#[test]
fn two_see_each_other_come_and_go_and_talk_both_ways() {
    let (desk, daemon) = (Desk::new(), Daemon::start());
    let other_desk = desk.beside();
    let sara = Window::open(&desk);
    sign_up(&sara, &daemon, "sara");
    open_room(&sara);
    sara.find_text("1 participant");
    assert_eq!(sara.nameless(), Vec::<String>::new(), "in the empty room");
    say(&sara, "Is anybody here?");
    find_post(&sara, "sara", "Is anybody here?");
    let ali = Window::open(&other_desk);
    sign_up(&ali, &daemon, "ali");
    sara.find_text(&format!("{} joined the room · 2 participants", apart("ali")));
    open_room(&ali);
    ali.find_text("2 participants");
    say(&sara, "سلام! shall we play at 8?");
    find_post(&ali, "sara", "سلام! shall we play at 8?");
    say(&ali, "Yes, bring the cello.");
    find_post(&sara, "ali", "Yes, bring the cello.");
    find_post(&ali, "ali", "Yes, bring the cello.");
    sara.shot("room-two");
    assert_eq!(sara.nameless(), Vec::<String>::new(), "in the room");

    quit(ali);
    sara.find_text(&format!("{} left the room · 1 participant", apart("ali")));
    assert!(daemon.log().contains("ali left the room"), "{}", daemon.log());
    let ali = Window::open(&other_desk);
    sara.find_text(&format!("{} joined the room · 2 participants", apart("ali")));
    open_room(&ali);
    find_post(&ali, "sara", "سلام! shall we play at 8?");

    // Killed, not closed: the seat waits.
    drop(ali);
    sara.find_text(&format!("{} is inactive: the connection was lost", apart("ali")));
    sara.find_text("2 participants");
    sara.shot("room-inactive");
    let ali = Window::open(&other_desk);
    sara.find_text(&format!("{} came back", apart("ali")));
    sara.find_text("2 participants");
    open_room(&ali);
    say(&ali, "Here again.");
    find_post(&sara, "ali", "Here again.");
    ali.fire("main.sign-out");
    sara.find_text("1 participant");
}

#[test]
fn a_seat_waits_for_the_password_and_a_second_place_takes_it_over_in_words() {
    let (desk, daemon) = (Desk::new(), Daemon::start());
    let (second_desk, other_desk) = (desk.beside(), desk.beside());
    let first = Window::open(&desk);
    sign_up(&first, &daemon, "sara");
    open_room(&first);
    let ali = Window::open(&other_desk);
    sign_up(&ali, &daemon, "ali");
    open_room(&ali);
    ali.find_text("2 participants");

    let second = Window::open(&second_desk);
    sign_in(&second, &daemon.address(), "sara", "wrong horse");
    second.find_text("The password is wrong.");
    sign_in(&second, &daemon.address(), "sara", PASSWORD);
    second.find("button", "Download");
    second.press(&["alt+3"]);
    second.find_text("You are in the room on ");
    second.shot("room-elsewhere");
    assert_eq!(second.nameless(), Vec::<String>::new(), "where one has no seat");
    second.click("button", "Take Over My Seat");
    second.find("button", "Send");
    first.find_text("You are in the room on ");
    say(&second, "From the kitchen.");
    find_post(&ali, "sara", "From the kitchen.");
    ali.find_text("2 participants");
    assert!(!ali.shows("joined the room · 3"), "nobody came");
    first.click("button", "Take Over My Seat");
    first.find("button", "Send");
    find_post(&first, "sara", "From the kitchen.");
    second.find_text("You are in the room on ");
    // Killed, and back with the password at another place: the seat that waits is taken.
    drop(first);
    ali.find_text(&format!("{} is inactive: the connection was lost", apart("sara")));
    second.click("button", "Take Over My Seat");
    ali.find_text(&format!("{} came back", apart("sara")));
    ali.find_text("2 participants");
}

#[test]
fn what_was_said_outlasts_both_and_what_could_not_be_sent_is_sent_once() {
    let (desk, mut daemon) = (Desk::new(), Daemon::start());
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_room(&window);
    say(&window, "before");
    find_post(&window, "sara", "before");
    daemon.kill();
    window.find_text("Connection lost.");
    say(&window, "meanwhile");
    window.find_text("meanwhile");
    window.shot("room-offline");
    // The app goes as well, and what was not sent stays.
    let outbox = || daemon_is_away(&window);
    wait("it to be kept", outbox);
    drop(window);
    let window = Window::open(&desk);
    window.find_text("Cannot connect to");
    daemon.run();
    window.find_text("15 tracks");
    open_room(&window);
    find_post(&window, "sara", "before");
    find_post(&window, "sara", "meanwhile");
    window.find_gone("button", "Discard");
    quit(window);
    daemon.kill();
    daemon.run();
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    open_room(&window);
    find_post(&window, "sara", "before");
    find_post(&window, "sara", "meanwhile");
}

fn daemon_is_away(window: &Window<'_>) -> Option<()> {
    window.shows("Waiting to be sent").then_some(())
}
