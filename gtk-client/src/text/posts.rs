//! What is said around what people say: of posts, cards, seats, conversations, and of writing.
//!
//! This file does not know where the words are shown.

use parlour_common::limits::POST_TEXT_BYTES_MAX;
use parlour_common::message::{Card, Fault, Post, SeatEntry, SeatState, SeatTurn};
use relm4::gtk::glib::DateTime;

use super::times::{date, moment, point};
use super::{isolated, problem};
use crate::format::{counted, duration, number, size};
use crate::view_model::room::{Attachment, PendingRow, Seat, SeatLine, Sending, Talk};
use crate::widgets::post_look::PostDeed;

/// The name of the list of posts.
pub const MESSAGES: &str = "Messages";
/// The name of the entry.
pub const MESSAGE: &str = "Message";
/// What the button does that says what is written.
pub const SEND: &str = "Send";
/// What it does while a post is edited.
pub const STORE_EDIT: &str = "Save Changes";
/// What the button does that chooses files.
pub const ATTACH: &str = "Attach Files…";
/// The name of the files that are to be shown.
pub const ATTACHED: &str = "Attached Files";
/// What the button does that offers emoji.
pub const EMOJI: &str = "Insert Emoji";
/// What the button does that leaves a reply or an edit.
pub const CANCEL_BAR: &str = "Cancel";
/// The name of the list of members that a name may be of.
pub const MENTION_SOMEBODY: &str = "Mention";
/// The name of the list of conversations.
pub const CONVERSATIONS: &str = "Conversations";
/// The name of the list of seats.
pub const IN_THE_ROOM: &str = "In the Room";
/// What the button does that tries once more to say something.
pub const TRY_AGAIN: &str = "Try Again";
/// What the button does that gives up to say something.
pub const DISCARD: &str = "Discard";
/// That a post was edited.
pub const EDITED: &str = "edited";
/// What stands in place of a post that was deleted.
pub const DELETED: &str = "Message deleted";
/// What the button does that leads to the newest post.
pub const TO_NEWEST: &str = "Jump to Newest";
/// What stands above what is new.
pub const NEW: &str = "New";

/// The most that a count of what is new shows.
const COUNT_MAX: u64 = 99;

/// Returns what a menu says of a deed.
pub fn post_deed(deed: PostDeed) -> &'static str {
    match deed {
        PostDeed::Reply => "Reply",
        PostDeed::CopyText => "Copy Text",
        PostDeed::Edit => "Edit",
        PostDeed::Delete => "Delete",
        PostDeed::Play => "Play",
        PostDeed::Open => "Open",
        PostDeed::Save => "Save",
        PostDeed::Keep => "Keep in My Files",
        PostDeed::TryAgain => TRY_AGAIN,
        PostDeed::Discard => DISCARD,
        PostDeed::ShowQuoted | PostDeed::GoTo => "Show in Conversation",
    }
}

/// Returns the icon of a deed on a card, and its name. `None`: cards have no button for it.
pub fn card_deed(deed: PostDeed, of: &str) -> Option<(&'static str, String)> {
    match deed {
        PostDeed::Play => Some(("media-playback-start-symbolic", format!("Play {of}"))),
        PostDeed::Save => Some(("document-save-symbolic", format!("Save {of}"))),
        PostDeed::Keep => Some(("folder-new-symbolic", format!("Keep {of} in My Files"))),
        _ => None,
    }
}

/// Names the picture of a card.
pub fn card_open(name: &str) -> String {
    format!("Open {name}")
}

/// Names the button of the menu of a post.
pub fn post_actions(author: &str) -> String {
    format!("Actions for the message of {author}")
}

/// Names what a post replies to.
pub fn quoted(author: &str, excerpt: &str) -> String {
    format!("In reply to {author}: {excerpt}")
}

/// Names the button that takes a file off what is being written.
pub fn detach(file: &str) -> String {
    format!("Remove {file}")
}

/// Counts what is new, in as little room as there is; nothing for none.
pub fn unread_count(count: u64) -> String {
    match count {
        0 => String::new(),
        1..=COUNT_MAX => count.to_string(),
        _ => format!("{COUNT_MAX}+"),
    }
}

/// Names the button that leads to the newest post.
pub fn to_newest(unseen: u64) -> String {
    match unseen {
        0 => TO_NEWEST.to_owned(),
        unseen => format!("{TO_NEWEST}, {} new", number(unseen)),
    }
}

/// Returns the time of the day, as in `14:05`.
pub fn time_of_day(unix_ms: u64) -> String {
    point(unix_ms).and_then(|point| point.format("%H:%M").ok()).map(String::from).unwrap_or_default()
}

/// Names a day above what was said on it.
pub fn day_line(unix_ms: u64) -> String {
    let (Some(point), Ok(now)) = (point(unix_ms), DateTime::now_local()) else { return String::new() };
    match day_word(&point, &now) {
        Some(word) => word.to_owned(),
        None => point.format("%A, %-d %B %Y").map(String::from).unwrap_or_default(),
    }
}

fn day_word(point: &DateTime, now: &DateTime) -> Option<&'static str> {
    let is_yesterday = now.add_days(-1).is_ok_and(|yesterday| yesterday.ymd() == point.ymd());
    if point.ymd() == now.ymd() { Some("Today") } else { is_yesterday.then_some("Yesterday") }
}

/// Says when something happened, in as little room as there is.
pub fn short_time(unix_ms: u64) -> String {
    let (Some(point), Ok(now)) = (point(unix_ms), DateTime::now_local()) else { return String::new() };
    match day_word(&point, &now) {
        Some("Today") => time_of_day(unix_ms),
        Some(word) => word.to_owned(),
        None => date(unix_ms).unwrap_or_default(),
    }
}

/// Says when a post was said, in full.
pub fn said_at(unix_ms: u64) -> String {
    moment(unix_ms).unwrap_or_default()
}

/// Says when a post was edited, in full.
pub fn edited_at(unix_ms: u64) -> String {
    moment(unix_ms).map_or_else(|| "Edited".to_owned(), |moment| format!("Edited {moment}"))
}

/// Says who came or went.
pub fn seat_line(line: &SeatLine) -> String {
    match line {
        SeatLine::Turn(change) => {
            let name = isolated(change.user_name.as_str());
            match change.how {
                SeatTurn::Joined => format!("{name} joined the room · {}", participants(change.participants)),
                SeatTurn::Left => format!("{name} left the room · {}", participants(change.participants)),
                SeatTurn::Lost => format!("{name} is inactive: the connection was lost"),
                SeatTurn::CameBack => format!("{name} came back"),
            }
        }
        SeatLine::Others { count, participants: now } => {
            format!("{} came or went · {}", counted((*count).into(), "other", "others"), participants(*now))
        }
    }
}

/// Counts who is in the room.
pub fn participants(count: u32) -> String {
    counted(count.into(), "participant", "participants")
}

/// Says how somebody in the room is. Nothing: they are there.
pub fn seat_state(seat: &SeatEntry) -> String {
    match seat.state {
        SeatState::Present => String::new(),
        SeatState::Inactive => match short_time(seat.since_unix_ms).as_str() {
            "Yesterday" => "Inactive since yesterday".to_owned(),
            since => format!("Inactive since {since}"),
        },
    }
}

/// Names a conversation.
pub fn talk_title(talk: &Talk) -> String {
    talk_name(talk.entry.with.as_ref().map(parlour_common::names::UserName::as_str))
}

/// Says beneath a conversation when something was said in it last.
pub fn talk_detail(talk: &Talk) -> String {
    match (talk.entry.departed, talk.entry.last_unix_ms) {
        (true, _) => "Account deleted".to_owned(),
        (false, 0) => String::new(),
        (false, at) => short_time(at),
    }
}

/// Says everything about a conversation at once, for whoever has it read aloud.
pub fn talk_aloud(talk: &Talk) -> String {
    let mut words = vec![talk_title(talk)];
    if talk.unread() > 0 {
        words.push(format!("{} new", number(talk.unread())));
    }
    if talk.mentions() > 0 {
        words.push(format!("{} to you", counted(talk.mentions().into(), "message", "messages")));
    }
    if talk.entry.departed {
        words.push("account deleted".to_owned());
    }
    words.join(", ")
}

/// Says what the entry is for.
pub fn entry_hint(with: Option<&str>) -> String {
    match with {
        None => "Message to the room".to_owned(),
        Some(name) => format!("Message to {}", isolated(name)),
    }
}

/// Titles the bar above the entry while one replies.
pub fn replying_to(author: &str) -> String {
    format!("Reply to {}", isolated(author))
}

/// Titles the bar above the entry while one edits.
pub const EDITING: &str = "Edit message";

/// Says what is wrong with what is written.
pub fn draft_fault(fault: &Fault) -> String {
    match fault {
        Fault::TooLong { max } => format!(
            "This is too long for one message. Use at most {} bytes: a letter takes one to four.",
            number((*max).into())
        ),
        _ => format!("Use at most {} bytes.", number(POST_TEXT_BYTES_MAX.into())),
    }
}

/// Says what becomes of something that is not said yet.
pub fn sending(state: &Sending) -> String {
    match state {
        Sending::Waiting => "Waiting to be sent".to_owned(),
        Sending::Uploading { percent } => format!("Uploading the file, {percent}\u{a0}%"),
        Sending::Sending => "Sending…".to_owned(),
        Sending::Failed(why) => problem(None, why),
        Sending::NotUploaded(Some(why)) => super::transfer_fault(why),
        Sending::NotUploaded(None) => "The upload was cancelled.".to_owned(),
    }
}

/// Says aloud what a post is.
pub fn post_aloud(post: &Post) -> String {
    let text = match (&post.deleted_unix_ms, post.text.is_empty(), &post.card) {
        (Some(_), _, _) => DELETED.to_owned(),
        (None, true, Some(card)) => card_name(card),
        (None, _, _) => post.text.clone(),
    };
    format!("{}: {text}", post.author)
}

/// Says aloud what something is that is not said yet.
pub fn pending_aloud(own: &str, pending: &PendingRow) -> String {
    let text = match (&pending.attachment, pending.text.is_empty()) {
        (Some(attachment), true) => attachment_name(attachment),
        _ => pending.text.clone(),
    };
    format!("{own}: {text}")
}

/// Names what a card shows.
pub fn card_name(card: &Card) -> String {
    match card {
        Card::File { file_name, .. } => file_name.to_string(),
        Card::Track { title, .. } => title.clone(),
        Card::Gone {} => "File removed".to_owned(),
        Card::Unknown {} => "Something newer".to_owned(),
    }
}

/// Says beneath the name of a card what is worth knowing.
pub fn post_card_detail(card: &Card) -> String {
    match card {
        Card::File { size_bytes, .. } => size(*size_bytes),
        Card::Track { artist, duration_ms, size_bytes, .. } => {
            let mut words: Vec<String> = Vec::new();
            words.extend(Some(artist.clone()).filter(|artist| !artist.is_empty()));
            words.extend(duration_ms.map(duration));
            words.push(size(*size_bytes));
            words.join(" · ")
        }
        Card::Gone {} => "It went with the account of whoever sent it".to_owned(),
        Card::Unknown {} => "Update this app to see it".to_owned(),
    }
}

/// Names what is to be shown with something that is written.
pub fn attachment_name(attachment: &Attachment) -> String {
    match attachment {
        Attachment::Path(path) => {
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        }
        Attachment::File { name, .. } => name.clone(),
        Attachment::Track { title, .. } => title.clone(),
    }
}

/// Says why nothing can be written here: an icon, a sentence, and what the button does. `None`: it can.
pub fn seat_words(seat: &Seat, is_linked: bool) -> Option<(&'static str, String, Option<&'static str>)> {
    match seat {
        Seat::Here => None,
        Seat::Entering => None,
        Seat::Elsewhere { device } => Some((
            "computer-symbolic",
            format!("You are in the room on {}. Only one place can have your seat.", isolated(device)),
            Some(TAKE_OVER),
        )),
        Seat::Left => Some((
            "system-log-out-symbolic",
            "You left the room. You can read what is said once you ask for it, and enter again at any time."
                .to_owned(),
            Some(ENTER),
        )),
        Seat::Failed(why) if is_linked => Some(("dialog-warning-symbolic", problem(None, why), Some(ENTER))),
        Seat::Failed(_) => None,
    }
}

/// Says that nothing more can be said to somebody whose account is gone.
pub fn departed(name: &str) -> String {
    format!("The account of {} was deleted. You can read what was said, and say no more.", isolated(name))
}

/// What the button does that shows the search.
pub const SEARCH_HERE: &str = "Search in Conversation";
/// What the search is for.
pub const SEARCH_MESSAGES: &str = "Search Messages";
/// The name of the list of what was found.
pub const FOUND: &str = "Found Messages";
/// The name of the menu of a conversation.
pub const CONVERSATION_MENU: &str = "Conversation Menu";
/// What the menu does that writes a conversation as people read it.
pub const EXPORT_TEXT: &str = "Export as Text…";
/// What the menu does that writes a conversation as programs read it.
pub const EXPORT_JSON: &str = "Export as JSON…";
/// What the menu does that gives up one's seat.
pub const LEAVE_ROOM: &str = "Leave Room";
/// What the button does that takes one's seat from another place.
pub const TAKE_OVER: &str = "Take Over My Seat";
/// What the button does that takes one's seat.
pub const ENTER: &str = "Enter Room";
/// What stands over the conversation while files hang over it.
pub const DROP_TO_SHOW: &str = "Drop to Attach";

/// Names a conversation with somebody, or the room.
pub fn talk_name(with: Option<&str>) -> String {
    with.unwrap_or("Room").to_owned()
}

/// Says that nothing was said yet: a title, and what to do.
pub fn nothing_said(with: Option<&str>) -> (&'static str, String) {
    match with {
        None => (
            "Nothing Was Said Yet",
            "Write something. Everyone in the room reads it, and whoever comes later finds it here."
                .to_owned(),
        ),
        Some(name) => (
            "Nothing Was Said Yet",
            format!("What you write here, only {} and you can read.", isolated(name)),
        ),
    }
}

/// Says that a search found nothing, or what it is for: a title, and what to do.
pub fn nothing_found(query: &str) -> (&'static str, String) {
    match query.trim() {
        "" => ("Search Messages", "Words in any order; the last one may be the beginning of one.".to_owned()),
        query => ("Nothing Found", format!("No message has “{}”. Try fewer letters.", isolated(query))),
    }
}

/// Suggests a name for the file that a conversation is written into.
pub fn export_name(title: &str, ending: &str) -> String {
    let title: String = title.chars().map(|c| if matches!(c, '/' | '\\' | '\0') { '-' } else { c }).collect();
    let day = DateTime::now_local().and_then(|now| now.format("%Y-%m-%d"));
    match day {
        Ok(day) => format!("{title} {day}.{ending}"),
        Err(_) => format!("{title}.{ending}"),
    }
}

/// Titles the chooser of files to be shown.
pub const CHOOSE_ATTACHMENTS: &str = "Choose Files to Attach";
