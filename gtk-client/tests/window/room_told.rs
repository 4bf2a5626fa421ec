//! What somebody is told of while they look elsewhere, in real windows: notifications, marks of what is unread, and
//! what waits for who was not there.

use super::desk::steps::{PASSWORD, open_row, sign_in, sign_up};
use super::desk::{Daemon, Desk, Notifications, Window, wait_or};
use super::room::{find_post, open_room, say};

/// Waits until the place of the room says so of what is unread.
fn find_unread(window: &Window<'_>, words: &str) {
    let found = || (window.description("Room").as_deref() == Some(words)).then_some(());
    wait_or(&format!("the room to say {words:?}"), found, || {
        format!("{:?}\n{}", window.description("Room"), window.describe())
    });
}

/// Opens the conversation with a member from the list of members.
fn message(window: &Window<'_>, member: &str) {
    open_row(window, "Members", "Members");
    window.click("button", &format!("Message {member}"));
    window.find("button", "Send");
}

#[test]
fn what_is_said_to_one_who_is_away_waits_for_them_with_a_mark() {
    let (desk, daemon) = (Desk::new(), Daemon::start());
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "ali");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    sign_up(&window, &daemon, "sara");
    message(&window, "ali");
    say(&window, "For you alone: به امید دیدار");
    say(&window, "And one more.");
    find_post(&window, "sara", "And one more.");
    assert_eq!(window.nameless(), Vec::<String>::new(), "in a conversation of two");
    window.shot("direct");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    sign_in(&window, &daemon.address(), "ali", PASSWORD);
    window.find("button", "Download");
    find_unread(&window, "2 unread messages, 2 of them to you");
    window.shot("unread-badge");
    open_room(&window);
    window.find_text("sara, 2 new");
    window.point_and_click("label", "sara", 1);
    find_post(&window, "sara", "For you alone: به امید دیدار");
    window.find_text("New");
    find_unread(&window, "");
    window.find_text_gone("sara, 2 new");
    say(&window, "I was out.");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find("button", "Download");
    // How many: what she said herself counts where she left before it was answered.
    let marked = || window.description("Room").filter(|words| words.contains(" unread message"));
    wait_or("the mark", marked, || window.describe());
}

#[test]
fn one_is_told_on_the_desktop_of_what_one_chose_and_of_nothing_while_not_to_be_disturbed() {
    let (desk, daemon) = (Desk::new(), Daemon::start());
    let other_desk = desk.beside();
    let told = Notifications::start(&desk);
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    let ali = Window::open(&other_desk);
    sign_up(&ali, &daemon, "ali");
    open_room(&ali);
    say(&ali, "nobody in particular");
    say(&ali, "@sara are you <there>?");
    let note = told.find("@sara are you <there>?");
    assert_eq!(note.summary, "\u{200e}\u{2068}ali\u{2069} mentions you");
    assert!(note.sound.is_some() && !note.is_silent, "{note:?}");
    assert_eq!(told.count(), 1, "what is for nobody in particular is not told");
    find_unread(&window, "2 unread messages, 1 of them to you");
    told.press(&note);
    find_post(&window, "ali", "@sara are you <there>?");
    told.find_none();
    find_unread(&window, "");

    // While she looks at the room there is nothing to be told; what is said to her alone is.
    say(&ali, "@sara good");
    find_post(&window, "ali", "@sara good");
    message(&ali, "sara");
    say(&ali, "just us");
    let note = told.find("just us");
    assert_eq!((note.summary.as_str(), told.count()), ("ali", 2));
    window.click("button", "Settings");
    window.find_title("Settings");
    window.click("switch", "Sound");
    say(&ali, "hush");
    assert!(told.find("hush").is_silent);
    window.click("switch", "Do Not Disturb");
    say(&ali, "nothing of this");
    window.click("button", "Back");
    find_unread(&window, "3 unread messages, 3 of them to you");
    window.click("button", "Settings");
    window.find_title("Settings");
    window.click("switch", "Do Not Disturb");
    say(&ali, "again");
    told.find("again");
    assert_eq!(told.count(), 4, "{:?}", told.shown());
}
