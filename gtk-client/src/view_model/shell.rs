//! The window around the pages: where one is, who is signed in, whether the daemon can be reached.
//!
//! This file knows every page by name and none by content. It carries questions to the network and
//! answers back to the page that asked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use parlour_common::message::{CoverId, Denial, Event, OwnAccount, Request, SignedIn, Sort, Welcome};

use super::{Answered, Badge, Effect, Notice, Reached, Wanted, downloads, library, sign_in, sign_up};
use crate::network::{Answer, Command, LinkFault, LinkState, Report, ServerAddress, Ticket};

/// Who sent an effect, and who gets the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The first page.
    SignIn,
    /// The page that makes an account.
    SignUp,
    /// The library.
    Library,
    /// The panel of downloads.
    Downloads,
    /// The window itself.
    Shell,
}

/// What fills the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The first page.
    #[default]
    SignIn,
    /// The page that makes an account.
    SignUp,
    /// The library.
    Library,
}

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

/// What is to be kept for the next start.
#[derive(Clone, Debug, PartialEq)]
pub enum Memory {
    /// Somebody signed in at a server.
    SignedIn {
        /// The server.
        server: ServerAddress,
        /// Who.
        user_name: String,
    },
    /// A destination folder was chosen.
    Folder(PathBuf),
    /// The list was ordered.
    Sort(Sort),
}

/// What the window does at the shell's word.
#[derive(Debug)]
pub enum Act {
    /// Hand a command to the network.
    Send(Command),
    /// Hand a message to the first page.
    SignIn(sign_in::Msg),
    /// Hand a message to the page that makes an account.
    SignUp(sign_up::Msg),
    /// Hand a message to the library.
    Library(library::Msg),
    /// Hand a message to the downloads.
    Downloads(downloads::Msg),
    /// Hand a picture to the list; `None` if it is not to be had now.
    Cover(CoverId, Option<Vec<u8>>),
    /// Open the first page with what is remembered.
    OpenSignIn,
    /// Open the library with what is remembered.
    OpenLibrary,
    /// Show this.
    Show(Place),
    /// Keep this.
    Remember(Memory),
    /// Say this in passing.
    Say(Notice),
}

/// The state of the window.
#[derive(Debug, Default)]
pub struct Shell {
    place: Place,
    link: Link,
    /// The server that is linked, or that was tried last.
    server: Option<ServerAddress>,
    /// The name it gave itself when it was last linked.
    server_name: Option<String>,
    account: Option<OwnAccount>,
    banner: Option<Banner>,
    badge: Badge,
    reaching: Option<Page>,
    asked: BTreeMap<Ticket, (Page, u32)>,
    last_ticket: u64,
}

#[derive(Debug, Default)]
enum Link {
    #[default]
    Down,
    Up(Box<Welcome>),
}

impl Shell {
    /// Returns what fills the window.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Returns who is signed in.
    pub fn account(&self) -> Option<&OwnAccount> {
        self.account.as_ref()
    }

    /// Returns the name that the daemon gave itself, also while it cannot be reached.
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Returns what stands above the library.
    pub fn banner(&self) -> Option<&Banner> {
        self.banner.as_ref()
    }

    /// Returns how much is being downloaded.
    pub fn badge(&self) -> Badge {
        self.badge
    }

    /// Takes what a page wants. Returns what the window does.
    pub fn handle_effect(&mut self, page: Page, effect: Effect) -> Vec<Act> {
        match effect {
            Effect::Ask { key, request } => vec![self.ask(page, key, request)],
            Effect::Reach(server) => self.reach(page, server),
            Effect::GiveUp => {
                self.reaching = None;
                vec![Act::Send(Command::Disconnect)]
            }
            Effect::FetchCover(cover) => vec![Act::Send(Command::FetchCover { cover })],
            Effect::Queue(wanted) => vec![Act::Downloads(downloads::Msg::Queue(wanted))],
            Effect::Begin { id, wanted: Wanted { track, folder } } => {
                let (file_name, size_bytes) = (track.file_name.clone(), track.size_bytes);
                let track = track.id;
                vec![Act::Send(Command::Download { id, track, file_name, size_bytes, folder })]
            }
            Effect::Stop(id) => vec![Act::Send(Command::CancelDownload { id })],
            Effect::OpenSignIn => self.show(Place::SignIn),
            Effect::OpenSignUp { server, user_name } => {
                let mut acts = self.show(Place::SignUp);
                acts.push(Act::SignUp(sign_up::Msg::Opened { server, user_name }));
                acts
            }
            Effect::Enter(signed_in) => self.enter(*signed_in),
            Effect::RememberFolder(folder) => vec![Act::Remember(Memory::Folder(folder))],
            Effect::RememberSort(sort) => vec![Act::Remember(Memory::Sort(sort))],
            Effect::Say(notice) => vec![Act::Say(notice)],
            Effect::ShowBadge(badge) => {
                self.badge = badge;
                Vec::new()
            }
            // What a page does itself never comes here.
            Effect::Fill(..)
            | Effect::Focus(_)
            | Effect::ChooseFolder
            | Effect::OpenFolder(_)
            | Effect::Rows(_)
            | Effect::SettleSoon
            | Effect::RetryAfter(_) => Vec::new(),
        }
    }

    /// Takes what the network tells. Returns what the window does.
    pub fn handle_report(&mut self, report: Report) -> Vec<Act> {
        match report {
            Report::Link(state) => self.handle_link(state),
            Report::Answered { ticket, answer } => self.handle_answer(ticket, answer),
            Report::Told(event) => self.handle_event(&event),
            Report::Cover { cover, picture } => vec![Act::Cover(cover, picture)],
            Report::Progress { id, received_bytes, total_bytes, bytes_per_second } => {
                vec![Act::Downloads(downloads::Msg::Progress {
                    id,
                    received_bytes,
                    total_bytes,
                    bytes_per_second,
                })]
            }
            Report::Downloaded { id, path } => vec![Act::Downloads(downloads::Msg::Downloaded { id, path })],
            Report::DownloadFailed { id, why } => vec![Act::Downloads(downloads::Msg::Failed { id, why })],
            Report::DownloadCancelled { id } => vec![Act::Downloads(downloads::Msg::Cancelled(id))],
        }
    }

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

    /// Signs out: the session is ended on the daemon, and the first page comes back at once.
    pub fn sign_out(&mut self) -> Vec<Act> {
        if self.account.is_none() {
            return Vec::new();
        }
        let mut acts = Vec::new();
        match self.link {
            Link::Up(_) => acts.push(self.ask(Page::Shell, 0, Request::SignOut {})),
            Link::Down => acts.push(Act::Send(Command::Disconnect)),
        }
        acts.extend(self.leave());
        acts
    }

    fn show(&mut self, place: Place) -> Vec<Act> {
        self.place = place;
        vec![Act::Show(place)]
    }

    fn ask(&mut self, page: Page, key: u32, request: Request) -> Act {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.asked.insert(ticket, (page, key));
        Act::Send(Command::Ask { ticket, request })
    }

    fn reach(&mut self, page: Page, server: ServerAddress) -> Vec<Act> {
        // A sign-out whose answer has not come must not cut the new link.
        self.asked.retain(|_, (asker, _)| *asker != Page::Shell);
        if self.server.as_ref() == Some(&server)
            && let Link::Up(welcome) = &self.link
        {
            return reached(page, Reached::Yes(welcome.clone())).into_iter().collect();
        }
        self.link = Link::Down;
        self.server = Some(server.clone());
        self.server_name = None;
        self.reaching = Some(page);
        vec![Act::Send(Command::Connect { server })]
    }

    fn enter(&mut self, signed_in: SignedIn) -> Vec<Act> {
        let user_name = signed_in.account.user_name.to_string();
        self.account = Some(signed_in.account);
        self.banner = None;
        let mut acts = self.show(Place::Library);
        if let Some(server) = self.server.clone() {
            acts.push(Act::Remember(Memory::SignedIn { server, user_name }));
        }
        acts.push(Act::OpenLibrary);
        acts
    }

    /// Goes back to the first page; nothing of the account stays in the window.
    fn leave(&mut self) -> Vec<Act> {
        self.account = None;
        self.banner = None;
        self.asked.retain(|_, (page, _)| *page == Page::Shell);
        let mut acts = vec![Act::Downloads(downloads::Msg::Reset), Act::OpenSignIn];
        acts.extend(self.show(Place::SignIn));
        acts
    }

    fn handle_link(&mut self, state: LinkState) -> Vec<Act> {
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
                self.link = Link::Up(welcome.clone());
                page.and_then(|page| reached(page, Reached::Yes(welcome))).into_iter().collect()
            }
            LinkState::Resumed { signed_in } => {
                if self.account.is_none() {
                    return Vec::new();
                }
                self.account = Some(signed_in.account);
                self.banner = None;
                vec![Act::Library(library::Msg::Back)]
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
            return Vec::new();
        }
        // Before sign-in nothing goes on by itself: the person decides, with the reason before them.
        let mut acts = vec![Act::Send(Command::Disconnect)];
        if let (Some(page), Some(server)) = (self.reaching.take(), self.server.clone()) {
            acts.extend(reached(page, Reached::No { server, why }));
        }
        acts
    }

    fn handle_answer(&mut self, ticket: Ticket, answer: Answer) -> Vec<Act> {
        let Some((page, key)) = self.asked.remove(&ticket) else { return Vec::new() };
        let is_over = matches!(&answer, Answer::Denied(Denial::SignInFirst {} | Denial::SessionEnded {}));
        if is_over && self.account.is_some() {
            return self.end_session();
        }
        let answered = Answered { key, answer };
        match page {
            Page::SignIn => vec![Act::SignIn(sign_in::Msg::Answered(answered))],
            Page::SignUp => vec![Act::SignUp(sign_up::Msg::Answered(answered))],
            Page::Library => vec![Act::Library(library::Msg::Answered(answered))],
            Page::Shell => vec![Act::Send(Command::Disconnect)],
            Page::Downloads => Vec::new(),
        }
    }

    fn handle_event(&mut self, event: &Event) -> Vec<Act> {
        match event {
            Event::LibraryChanged(state) if self.account.is_some() => {
                vec![Act::Library(library::Msg::LibraryChanged(*state))]
            }
            Event::SessionEnded {} if self.account.is_some() => self.end_session(),
            // Why the daemon closes comes once more with the loss of the link.
            Event::LibraryChanged(_)
            | Event::SessionEnded {}
            | Event::TransferEnd(_)
            | Event::Closing(_)
            | Event::AccountChanged(_)
            | Event::UsersChanged { .. } => Vec::new(),
        }
    }

    fn end_session(&mut self) -> Vec<Act> {
        let mut acts = vec![Act::Send(Command::Disconnect)];
        acts.extend(self.leave());
        acts.push(Act::Say(Notice::SessionEnded));
        acts
    }
}

/// Tells a form whether its server was reached.
fn reached(page: Page, reached: Reached) -> Option<Act> {
    match page {
        Page::SignIn => Some(Act::SignIn(sign_in::Msg::Reached(reached))),
        Page::SignUp => Some(Act::SignUp(sign_up::Msg::Reached(reached))),
        Page::Library | Page::Downloads | Page::Shell => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
