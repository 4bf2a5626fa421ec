//! What a person is told on their desktop.
//!
//! This file does not know how they are told.

use super::isolated;
use crate::format::counted;
use crate::notifications::Words;
use crate::view_model::Notification;
use crate::view_model::choices::Occasion;

/// How many characters of what was said are told: desktops show three lines or so.
const BODY_CHARS_MAX: usize = 300;

/// A desktop takes the direction of a line from its first letter, be that part of a name that is kept apart. The
/// sentences are English.
const LEFT_TO_RIGHT: char = '\u{200e}';

/// Says what was said, and by whom.
pub fn told(notification: &Notification) -> Words {
    let author = notification.author.as_str();
    let summary = match notification.occasion {
        Occasion::Direct => author.to_owned(),
        Occasion::Mention => format!("{LEFT_TO_RIGHT}{} mentions you", isolated(author)),
        Occasion::Room => format!("{LEFT_TO_RIGHT}{} in the room", isolated(author)),
    };
    let mut body: String = notification.body.chars().take(BODY_CHARS_MAX).collect();
    if body.len() < notification.body.len() {
        body.push('…');
    }
    Words { summary, body, has_sound: notification.has_sound }
}

/// Says how much is not read, and how much of that is to one; nothing where there is nothing.
pub fn unread((posts, mentions): (u32, u32)) -> String {
    let count = |posts: u32| counted(posts.into(), "unread message", "unread messages");
    match (posts, mentions) {
        (0, _) => String::new(),
        (posts, 0) => count(posts),
        (posts, mentions) => format!("{}, {mentions} of them to you", count(posts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_common::message::ConversationId;
    use parlour_common::names::UserName;

    #[test]
    fn what_is_not_read_is_counted_in_words() {
        assert_eq!(unread((0, 0)), "");
        assert_eq!(unread((1, 0)), "1 unread message");
        assert_eq!(unread((12, 2)), "12 unread messages, 2 of them to you");
    }

    #[test]
    fn what_is_told_says_by_whom_and_why_and_is_not_too_long() {
        let said = |occasion, body: &str| {
            told(&Notification {
                conversation: ConversationId::ROOM,
                occasion,
                author: UserName::parse("سارا").unwrap(),
                body: body.to_owned(),
                has_sound: false,
            })
        };
        assert_eq!(said(Occasion::Direct, "x").summary, "سارا");
        let mention = said(Occasion::Mention, "@ali hello");
        assert_eq!(mention.summary, "\u{200e}\u{2068}سارا\u{2069} mentions you");
        assert_eq!((mention.body.as_str(), mention.has_sound), ("@ali hello", false));
        let long = "س".repeat(BODY_CHARS_MAX + 1);
        let body = said(Occasion::Room, &long).body;
        assert_eq!((body.chars().count(), body.chars().last()), (BODY_CHARS_MAX + 1, Some('…')));
        assert_eq!(said(Occasion::Room, &long[2..]).body, long[2..]);
    }
}
