//! What becomes of what was said in the room of real windows: replies, edits, deletions, and finding it again.

use super::desk::steps::sign_up;
use super::desk::{Daemon, Desk, Window};
use super::room::{find_post, open_room, say};

#[test]
fn what_was_said_is_replied_to_edited_deleted_with_a_trace_and_found() {
    let (desk, daemon) = (Desk::new(), Daemon::start());
    let other_desk = desk.beside();
    let sara = Window::open(&desk);
    sign_up(&sara, &daemon, "sara");
    open_room(&sara);
    let ali = Window::open(&other_desk);
    sign_up(&ali, &daemon, "ali");
    open_room(&ali);
    say(&sara, "We play Dvořák at 7");
    find_post(&ali, "sara", "We play Dvořák at 7");

    ali.open_menu("sara: We play Dvořák at 7", "Actions for");
    ali.click("menu item", "Reply");
    ali.find_text("Reply to ");
    say(&ali, "I come later.");
    sara.find_text("In reply to sara: We play Dvořák at 7");
    find_post(&sara, "ali", "I come later.");

    // With nothing in the entry, Up edits the last of one's own.
    sara.point_and_click("text box", "Message", 1);
    sara.press(&["Up"]);
    sara.find_typed("Message", "We play Dvořák at 7");
    sara.fill("Message", "We play Dvořák at 8");
    sara.click("button", "Save Changes");
    find_post(&ali, "sara", "We play Dvořák at 8");
    ali.find_text("edited");
    ali.shot("room-edited");

    ali.click("button", "Search in Conversation");
    ali.fill("Search Messages", "dvorak pl");
    ali.find("list", "Found Messages");
    find_post(&ali, "sara", "We play Dvořák at 8");
    ali.find_gone("label", "I come later.");
    ali.shot("room-search");
    ali.press(&["ctrl+f"]);
    other_desk.type_text("zither");
    ali.find_text("Nothing Found");
    ali.press(&["Escape"]);
    find_post(&ali, "ali", "I come later.");

    sara.open_menu("sara: We play Dvořák at 8", "Actions for");
    sara.click("menu item", "Delete");
    sara.find_text("Delete This Message?");
    sara.click("button", "Delete");
    find_post(&ali, "sara", "Message deleted");
    find_post(&sara, "sara", "Message deleted");
    assert!(!ali.shows("Dvořák at 8"), "nothing of it is left");
    ali.shot("room-deleted");
}
