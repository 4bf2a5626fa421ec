//! What is done with the files and tracks that posts show, and whom to tell of what is said.
//!
//! This file does not know how files travel (`transfers.rs`), nor how a person is told (`crate::notifications`).

use std::path::PathBuf;

use parlour_common::limits::EXCERPT_BYTES_MAX;
use parlour_common::message::{
    AudioFormat, Card, ConversationId, KeepCard, OnePost, Post, PostId, PostPage, Reply, Request, SameName,
    Track,
};

use super::{Asked, Room, Told};
use crate::network::Answer;
use crate::view_model::choices::Occasion;
use crate::view_model::{Effect, Notice, Notification, Wanted, WantedCard};

impl Room {
    fn card_of(&self, post: PostId) -> Option<Post> {
        self.shown.borrow().post(post).map(|post| Post::clone(post)).filter(|post| post.card.is_some())
    }

    /// Saves the file or the track of a post, in the folder if there is one.
    pub(super) fn save(&mut self, post: PostId) -> Vec<Effect> {
        let Some(post) = self.card_of(post) else { return Vec::new() };
        match self.folder.clone() {
            Some(folder) => fetch(&post, folder),
            None => {
                self.to_save = Some(post);
                vec![Effect::ChooseFolder]
            }
        }
    }

    /// Takes the folder to save in.
    pub(super) fn take_folder(&mut self, folder: PathBuf) -> Vec<Effect> {
        self.folder = Some(folder.clone());
        let mut effects = vec![Effect::RememberFilesFolder(folder.clone())];
        effects.extend(self.to_save.take().map(|post| fetch(&post, folder)).unwrap_or_default());
        effects
    }

    /// Fetches the file of a post into a folder, to be opened from there.
    pub(super) fn fetch_to_open(&mut self, post: PostId, folder: PathBuf) -> Vec<Effect> {
        let Some(post) = self.card_of(post) else { return Vec::new() };
        let effects = fetch(&post, folder);
        if matches!(effects.as_slice(), [Effect::FetchCards(_)]) {
            self.to_open.push(OnePost { conversation: post.conversation, post: post.post });
        }
        effects
    }

    /// Takes it that the file of a post is on the disk, or will not be.
    pub(super) fn take_fetched(&mut self, card: OnePost, path: Option<PathBuf>) -> Vec<Effect> {
        let Some(at) = self.to_open.iter().position(|wanted| *wanted == card) else { return Vec::new() };
        self.to_open.remove(at);
        path.map(Effect::OpenFile).into_iter().collect()
    }

    /// Makes a file of one's own of the file of a post.
    pub(super) fn keep(&mut self, post: PostId) -> Vec<Effect> {
        let conversation = self.conversation();
        let request = KeepCard { conversation, post, same_name: SameName::KeepBoth };
        vec![self.ask(Asked::Keep, Request::KeepCard(request))]
    }

    /// Takes what became of that.
    pub(super) fn take_keeping(&mut self, answer: Answer) -> Vec<Effect> {
        let notice = match answer {
            Answer::Reply(Reply::File(entry)) => {
                Notice::Room(Told::Kept { name: entry.file_name.to_string() })
            }
            Answer::Denied(denial) => Notice::Denied(denial),
            Answer::Reply(_) | Answer::Lost => Notice::AnswerLost,
        };
        vec![Effect::Say(notice)]
    }

    /// Saves a file by itself, if that was chosen and nobody did it before.
    pub(super) fn save_by_itself(&mut self, post: &Post) -> Vec<Effect> {
        let Some(Card::File { size_bytes, .. }) = &post.card else { return Vec::new() };
        let saved = self.saved.get(&post.conversation).copied().unwrap_or(PostId(0));
        let is_own = self.shown.borrow().is_own(post);
        let folder = self.folder.clone().filter(|_| self.choices.saves(*size_bytes) && !is_own);
        let Some(folder) = folder.filter(|_| post.post > saved) else { return Vec::new() };
        self.saved.insert(post.conversation, post.post);
        fetch(post, folder)
    }

    /// Saves files by themselves that came while one was away: those after `since`, or those one has not read.
    pub(super) fn save_new(&mut self, page: &PostPage, since: Option<PostId>) -> Vec<Effect> {
        let read = self.conversations.talk(page.conversation).map(|talk| talk.entry.read_up_to);
        let Some(since) = since.or(read) else { return Vec::new() };
        let mut new: Vec<&Post> = page.posts.iter().filter(|post| post.post > since).collect();
        new.sort_by_key(|post| post.post);
        new.into_iter().flat_map(|post| self.save_by_itself(post)).collect()
    }

    /// Tells of something that was said, if nobody sees it and it is wanted.
    pub(super) fn notify(&mut self, post: &Post, mentions_me: bool) -> Vec<Effect> {
        let occasion = match post.conversation {
            ConversationId::ROOM if mentions_me => Occasion::Mention,
            ConversationId::ROOM => Occasion::Room,
            _ => Occasion::Direct,
        };
        if self.is_seen(post.conversation) || !self.choices.tells(occasion) {
            return Vec::new();
        }
        self.notified.insert(post.conversation);
        let body = &post.text[..post.text.floor_char_boundary(2 * EXCERPT_BYTES_MAX)];
        let body = match &post.card {
            _ if !body.is_empty() => body.to_owned(),
            Some(Card::File { file_name, .. }) => file_name.to_string(),
            Some(Card::Track { title, .. }) => title.clone(),
            Some(Card::Gone {} | Card::Unknown {}) | None => String::new(),
        };
        vec![Effect::Notify(Notification {
            conversation: post.conversation,
            occasion,
            author: post.author.clone(),
            body,
            has_sound: self.choices.has_sound,
        })]
    }
}

/// Fetches the file or the track of a post into a folder.
fn fetch(post: &Post, folder: PathBuf) -> Vec<Effect> {
    match post.card.clone() {
        Some(Card::File { file_name, size_bytes, .. }) => vec![Effect::FetchCards(vec![WantedCard {
            card: OnePost { conversation: post.conversation, post: post.post },
            file_name,
            size_bytes,
            author: post.author.clone(),
            folder,
        }])],
        Some(Card::Track { track, file_name, title, artist, duration_ms, size_bytes, cover }) => {
            let track = Track {
                id: track,
                file_name,
                title,
                artist,
                album: String::new(),
                genre: String::new(),
                number: None,
                year: None,
                duration_ms,
                size_bytes,
                // It is not looked at: the track is fetched by its number.
                format: AudioFormat::Mp3,
                cover,
            };
            vec![Effect::Queue(vec![Wanted { track: track.into(), folder }])]
        }
        Some(Card::Gone {} | Card::Unknown {}) | None => Vec::new(),
    }
}
