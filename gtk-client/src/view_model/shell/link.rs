//! The link to the daemon, as far as the window knows it, and what stands above the pages without it.
//!
//! This file does not know how a link is made, nor pages.

use std::time::Duration;

use parlour_common::message::Welcome;

use super::{Act, Asker, Shell, tell};
use crate::network::{Command, LinkFault, LinkState, ServerAddress};
use crate::view_model::{News, Page, Reached};

/// What stands above the library while the daemon cannot be reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Banner {
    /// The link was lost.
    Lost {
        /// Why.
        why: LinkFault,
        /// In how many seconds the next try comes; `None` if none comes by itself.
        seconds: Option<u64>,
    },
    /// A try is under way.
    Trying,
}

#[derive(Debug, Default)]
pub(super) enum Link {
    #[default]
    Down,
    Up(Box<Welcome>),
}

impl Shell {
    /// Counts the banner down by one second.
    pub fn tick(&mut self) {
        if let Some(Banner::Lost { seconds: Some(seconds), .. }) = &mut self.banner {
            *seconds = seconds.saturating_sub(1);
        }
    }

    /// Tries to connect at once.
    pub fn try_now(&mut self) -> Vec<Act> {
        if self.banner.is_none() {
            return Vec::new();
        }
        self.banner = Some(Banner::Trying);
        vec![Act::Send(Command::RetryNow)]
    }

    pub(super) fn reach(&mut self, page: Page, server: ServerAddress) -> Vec<Act> {
        // A sign-out whose answer has not come must not cut the new link.
        self.asked.retain(|_, asker| *asker != Asker::Farewell);
        if self.server.as_ref() == Some(&server)
            && let Link::Up(welcome) = &self.link
        {
            return tell(page, News::Reached(Reached::Yes(welcome.clone())));
        }
        self.link = Link::Down;
        self.server = Some(server.clone());
        self.server_name = None;
        self.reaching = Some(page);
        vec![Act::Send(Command::Connect { server })]
    }

    pub(super) fn handle_link(&mut self, state: LinkState) -> Vec<Act> {
        match state {
            LinkState::Idle => {
                self.link = Link::Down;
                Vec::new()
            }
            LinkState::Connecting => {
                self.link = Link::Down;
                if self.account.is_some() {
                    self.banner = Some(Banner::Trying);
                }
                Vec::new()
            }
            LinkState::Up { welcome } => {
                let page = self.reaching.take();
                let welcome = Box::new(welcome);
                self.server_name = Some(welcome.server.clone());
                // The daemon says it again to whoever signs in, as long as it is so.
                self.disk = None;
                self.trash_days = welcome.policies.trash_days;
                self.phone_pattern = Some(welcome.policies.phone_pattern.clone());
                self.link = Link::Up(welcome.clone());
                page.map(|page| tell(page, News::Reached(Reached::Yes(welcome)))).unwrap_or_default()
            }
            LinkState::Resumed { signed_in } => {
                if self.account.is_none() {
                    return Vec::new();
                }
                self.banner = None;
                let mut acts = self.tell_open(&News::Resumed);
                // Much may have happened meanwhile.
                acts.extend(self.take_account(signed_in.account));
                acts
            }
            LinkState::Lost { why, retry_in } => self.handle_loss(why, retry_in),
        }
    }

    fn handle_loss(&mut self, why: LinkFault, retry_in: Option<Duration>) -> Vec<Act> {
        self.link = Link::Down;
        if self.account.is_some() {
            let seconds = retry_in.map(|pause| pause.as_millis().div_ceil(1000));
            let seconds = seconds.map(|seconds| u64::try_from(seconds).unwrap_or(u64::MAX));
            self.banner = Some(Banner::Lost { why, seconds });
            return self.tell_open(&News::LinkLost);
        }
        // Before sign-in nothing goes on by itself: the person decides, with the reason before them.
        let mut acts = vec![Act::Send(Command::Disconnect)];
        if let (Some(page), Some(server)) = (self.reaching.take(), self.server.clone()) {
            acts.extend(tell(page, News::Reached(Reached::No { server, why })));
        }
        acts
    }
}
