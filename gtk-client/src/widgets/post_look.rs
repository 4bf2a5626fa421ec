//! What a row of a timeline shows, in words: what the row is given to paint.
//!
//! This file does not know where posts come from, nor how they are drawn.

use relm4::gtk::{gdk, gio};

/// One row of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum RowLook {
    /// Another day begins.
    Day(String),
    /// What was said since one has last looked begins.
    New(String),
    /// Somebody came or went.
    Seat(String),
    /// Somebody said something.
    Post(Box<PostLook>),
}

/// Something that was said, or is about to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostLook {
    /// Who said it.
    pub author: String,
    /// At what time of the day.
    pub time: String,
    /// When, in full.
    pub when: String,
    /// What.
    pub text: String,
    /// What is read aloud.
    pub aloud: String,
    /// Whether it stands below another of its author, and names nobody.
    pub is_grouped: bool,
    /// Whether it names whoever looks.
    pub names_me: bool,
    /// Whether it is the one that is being edited.
    pub is_edited_now: bool,
    /// Whether a search found it: it is pressed to be shown where it stands.
    pub is_found: bool,
    /// Whether it was deleted: the text says so.
    pub is_deleted: bool,
    /// Whether it was edited, and when.
    pub edited: Option<String>,
    /// What it replies to.
    pub quote: Option<QuoteLook>,
    /// What it shows.
    pub card: Option<CardLook>,
    /// What becomes of it, if it is not said yet.
    pub sending: Option<SendingLook>,
}

/// The post that another replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLook {
    /// Who said it.
    pub author: String,
    /// How it begins.
    pub excerpt: String,
}

/// What is about to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingLook {
    /// How it stands.
    pub words: String,
    /// Whether it needs the person: it can be tried again, or given up.
    pub is_failed: bool,
}

/// What a post shows.
#[derive(Clone, Debug, PartialEq)]
pub struct CardLook {
    /// Its name.
    pub name: String,
    /// What is worth knowing of it.
    pub detail: String,
    /// What it looks like where there is no picture.
    pub icon: gio::Icon,
    /// The picture.
    pub picture: PictureLook,
    /// What can be done with it.
    pub deeds: Vec<PostDeed>,
}

/// The picture of a card.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PictureLook {
    /// There is none.
    #[default]
    Absent,
    /// There will be one.
    Coming,
    /// A large one: the card is this picture.
    Image(gdk::Texture),
    /// A small one beside the name.
    Cover(gdk::Texture),
}

/// What a person does with a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostDeed {
    /// Reply to it.
    Reply,
    /// Copy its text.
    CopyText,
    /// Change its text.
    Edit,
    /// Delete it.
    Delete,
    /// Go to what it replies to.
    ShowQuoted,
    /// Open the picture, or the file.
    Open,
    /// Play the file.
    Play,
    /// Save the file, or download the track.
    Save,
    /// Make a file of one's own of it.
    Keep,
    /// Send it once more.
    TryAgain,
    /// Do not send it.
    Discard,
    /// Go to it, from what a search has found.
    GoTo,
}

impl PostDeed {
    /// What the menu of a post offers, in its order.
    pub const OF_MENU: [Self; 9] = [
        Self::Reply,
        Self::CopyText,
        Self::Edit,
        Self::Play,
        Self::Save,
        Self::Keep,
        Self::TryAgain,
        Self::Discard,
        Self::Delete,
    ];
}

impl RowLook {
    /// Returns what is read aloud.
    pub fn aloud(&self) -> &str {
        match self {
            Self::Day(words) | Self::New(words) | Self::Seat(words) => words,
            Self::Post(post) => &post.aloud,
        }
    }
}
