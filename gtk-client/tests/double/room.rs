//! The room of the double: posts that were said, and the files that they show.
//!
//! This file does not know seats: nobody but the test says anything.

use std::io;

use parlour_common::message::{
    Denial, FetchFile, FileId, Post, PostId, PostPage, ReadFrom, ReadPosts, Reply, Request, Revision,
};
use parlour_common::names::UserName;

use super::Peer;

/// A post of a conversation.
pub fn post(read: &ReadPosts, number: u64) -> Post {
    Post {
        conversation: read.conversation,
        post: PostId(number),
        revision: Revision(number),
        author: UserName::parse("frog").unwrap(),
        said_unix_ms: number * 1000,
        text: format!("post {number}"),
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    }
}

impl Peer {
    pub(super) fn answer_room(&mut self, id: u32, request: &Request) -> io::Result<()> {
        match request {
            Request::ReadPosts(read) => self.read_posts(id, read),
            // The post of a number shows the file of the same number.
            Request::FetchCard(fetch) => {
                let known = self.rules.lock().unwrap().files.contains_key(&fetch.post.0);
                if !known {
                    return self.deny(id, Denial::NoSuchCard {});
                }
                let file = FileId(fetch.post.0);
                let fetch = FetchFile { file, offset: fetch.offset, length: fetch.length, sha256: None };
                self.answer_files(id, Request::FetchFile(fetch))
            }
            _ => self.deny(id, Denial::UnknownRequest {}),
        }
    }

    fn read_posts(&mut self, id: u32, read: &ReadPosts) -> io::Result<()> {
        let (last, denial, is_cut) = {
            let mut rules = self.rules.lock().unwrap();
            (rules.posts, rules.read_posts.pop(), rules.cut_reads > 0 && rules.posts > 0)
        };
        if let Some(denial) = denial {
            return self.deny(id, denial);
        }
        if is_cut && self.take(|rules| &mut rules.cut_reads) {
            return Err(io::Error::other("cut"));
        }
        let ReadFrom::After(after) = read.from else { return self.deny(id, Denial::UnknownRequest {}) };
        let end = (after.0 + u64::from(read.limit)).min(last);
        let page = PostPage {
            conversation: read.conversation,
            posts: (after.0 + 1..=end).map(|number| post(read, number)).collect(),
            first: PostId(1),
            last: PostId(last),
            revision: Revision(last),
            more: end < last,
        };
        self.reply(id, Reply::Posts(page))
    }
}
