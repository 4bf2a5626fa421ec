//! The window around the pages: where one is, who is signed in, whether the daemon can be reached.
//!
//! This file knows no page by content. It carries questions to the network and answers back to the page
//! that asked, and tells the open pages what is told unasked.

mod act;
mod link;
mod places;
mod room;
mod stay;
mod told;
mod trail;

use std::collections::BTreeMap;

use parlour_common::message::{DiskLow, OwnAccount, Request, SignedIn};

pub use self::act::{Act, Memory};
pub use self::link::Banner;
use self::link::Link;
pub use self::places::PLACES;
pub use self::stay::Left;
use self::stay::Stay;
use self::trail::Trail;
use super::choices::Choices;
use super::question::{Choice, Chosen};
use super::sign_in::Note;
use super::{Badge, Effect, Greeting, News, Page, Question, ToPage, transfers};
use crate::network::{Command, ServerAddress, Ticket};
use crate::secrets::Wish;

/// Who gets the answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    /// A page, by its own number for the question.
    Page(Page, u32),
    /// Nobody: the window has said that it leaves.
    Farewell,
}

/// The state of the window.
#[derive(Debug, Default)]
pub struct Shell {
    trail: Trail,
    link: Link,
    /// The server that is linked, or that was tried last.
    server: Option<ServerAddress>,
    /// The name it gave itself when it was last linked.
    server_name: Option<String>,
    /// What it says a phone number looks like.
    phone_pattern: Option<String>,
    account: Option<OwnAccount>,
    banner: Option<Banner>,
    badge: Badge,
    /// What others shared since one has looked.
    unseen: u32,
    /// How many posts one has not read, and how many of them mention one.
    unread: (u32, u32),
    choices: Choices,
    /// How room on the daemon's disk runs short, while one is told of it.
    disk: Option<DiskLow>,
    trash_days: u32,
    reaching: Option<Page>,
    /// What the person is asked, and by which page.
    question: Option<(Page, Question)>,
    /// What the person is asked about a file whose name is taken.
    conflict: Option<transfers::Conflict>,
    asked: BTreeMap<Ticket, Asker>,
    last_ticket: u64,
    stay: Stay,
}

impl Shell {
    /// Returns what fills the window.
    pub fn page(&self) -> Page {
        self.trail.page()
    }

    /// Tells whether there is a page to go back to.
    pub fn has_way_back(&self) -> bool {
        self.trail.has_way_back()
    }

    /// Returns what the person is asked.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref().map(|(_, question)| question)
    }

    /// Returns what the person is asked about a name, unless something else is asked first.
    pub fn conflict(&self) -> Option<&transfers::Conflict> {
        self.conflict.as_ref().filter(|_| self.question.is_none())
    }

    /// Tells whether the person is asked anything.
    pub fn is_asking(&self) -> bool {
        self.question.is_some() || self.conflict.is_some()
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
            Effect::Ask { key, request } => vec![self.ask(Asker::Page(page, key), request)],
            Effect::Reach(server) => self.reach(page, server),
            Effect::GiveUp => {
                self.reaching = None;
                vec![Act::Send(Command::Disconnect)]
            }
            Effect::FetchCover(cover) => vec![Act::Send(Command::FetchCover { cover })],
            Effect::Queue(wanted) => vec![Act::Transfers(transfers::Msg::Queue(wanted))],
            Effect::Upload(uploads) => vec![Act::Transfers(transfers::Msg::Upload(uploads))],
            Effect::Fetch(files) => vec![Act::Transfers(transfers::Msg::Fetch(files))],
            Effect::Begin { id, order } => vec![Act::Send(Command::Begin { id, order })],
            Effect::Rest(id) => vec![Act::Send(Command::Pause { id })],
            Effect::Stop { id, order } => vec![Act::Send(Command::Cancel { id, order })],
            Effect::AskName(conflict) => {
                self.conflict = conflict.map(|conflict| *conflict);
                Vec::new()
            }
            Effect::Open(msg) => self.open(*msg),
            Effect::Back => self.go_back(page),
            Effect::Confirm(question) => {
                self.question = Some((page, question));
                Vec::new()
            }
            Effect::OpenSignIn(greeting) => self.open_sign_in(greeting),
            Effect::SignOut(greeting) => self.sign_out(greeting),
            Effect::FindSession(owner) => vec![Act::Secret(Wish::Find(owner))],
            Effect::ForgetSession(owner) => self.forget_session(owner),
            Effect::Enter { signed_in, stay } => self.enter(*signed_in, stay),
            Effect::RememberFolder(folder) => vec![Act::Remember(Memory::Folder(folder))],
            Effect::RememberSort(sort) => vec![Act::Remember(Memory::Sort(sort))],
            Effect::RememberOrder(order) => vec![Act::Remember(Memory::Order(order))],
            Effect::RememberFilesFolder(folder) => vec![Act::Remember(Memory::FilesFolder(folder))],
            Effect::Say(notice) => vec![Act::Say(notice)],
            Effect::Offer(notice, msg) => vec![Act::Offer(notice, *msg)],
            Effect::TurnTo(place) => self.go_to(place),
            Effect::Fetched { file, path } => tell(Page::Files, News::Fetched { file, path }),
            Effect::ShowUnseen(unseen) => {
                self.unseen = unseen;
                Vec::new()
            }
            Effect::ShowBadge(badge) => {
                self.badge = badge;
                Vec::new()
            }
            effect => self.handle_room_effect(effect),
        }
    }

    /// Signs out: the session is ended on the daemon, and the first page comes back at once.
    pub fn sign_out(&mut self, greeting: Option<Greeting>) -> Vec<Act> {
        if self.account.is_none() {
            return Vec::new();
        }
        let mut acts = Vec::new();
        match self.link {
            Link::Up(_) => acts.push(self.ask(Asker::Farewell, Request::SignOut {})),
            Link::Down => acts.push(Act::Send(Command::Disconnect)),
        }
        acts.extend(self.leave(greeting));
        acts
    }

    /// Goes back: a question counts as answered by no, and the page may have something to say to it.
    pub fn back(&mut self) -> Vec<Act> {
        if self.is_asking() {
            return self.answer(Chosen::NO);
        }
        let page = self.page();
        match ToPage::hear(page, News::Back) {
            Some(msg) => vec![Act::Tell(msg)],
            None => self.go_back(page),
        }
    }

    /// Takes the person's answer to what they were asked.
    pub fn answer(&mut self, chosen: Chosen) -> Vec<Act> {
        if let Some((page, _)) = self.question.take() {
            return tell(page, News::Confirmed(chosen.choice == Choice::Yes));
        }
        let is_asked = self.conflict.take().is_some();
        let answer = transfers::Answer::from(chosen);
        is_asked.then_some(Act::Transfers(transfers::Msg::Chosen(answer))).into_iter().collect()
    }

    fn open(&mut self, msg: ToPage) -> Vec<Act> {
        self.question = None;
        let (page, beneath) = (msg.page(), self.page());
        let closed = self.trail.enter(page);
        let mut acts = tell_all(&closed, &News::Closed);
        if beneath != page {
            acts.extend(tell(beneath, News::Covered));
        }
        acts.extend([Act::Show(page), Act::Tell(msg)]);
        acts
    }

    /// Leaves a page, if it is the one that fills the window.
    fn go_back(&mut self, page: Page) -> Vec<Act> {
        if self.page() != page || self.trail.leave().is_none() {
            return Vec::new();
        }
        self.question = None;
        let mut acts = tell(page, News::Closed);
        acts.push(Act::Show(self.page()));
        acts.extend(tell(self.page(), News::Shown));
        acts
    }

    fn ask(&mut self, asker: Asker, request: Request) -> Act {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.asked.insert(ticket, asker);
        let request = self.with_proof(request);
        Act::Send(Command::Ask { ticket, request })
    }

    fn enter(&mut self, signed_in: SignedIn, stay: bool) -> Vec<Act> {
        let kept = self.keep_session(&signed_in, stay);
        let own = signed_in.account.user_name.clone();
        self.account = Some(signed_in.account);
        self.banner = None;
        let mut acts = self.begin_at(Page::Library);
        acts.extend(kept);
        acts.push(self.open_transfers());
        acts.push(Act::OpenPlaces { own, server: self.server_text(), trash_days: self.trash_days });
        acts
    }

    /// Goes on with the transfers of who is signed in.
    fn open_transfers(&self) -> Act {
        let server = self.server_text();
        let user_name = self.account.as_ref().map(|account| account.user_name.to_string());
        Act::Transfers(transfers::Msg::Opened { server, user_name: user_name.unwrap_or_default() })
    }

    fn server_text(&self) -> String {
        self.server.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    fn begin_at(&mut self, page: Page) -> Vec<Act> {
        self.question = None;
        let closed = self.trail.begin_at(page);
        let mut acts = tell_all(&closed, &News::Closed);
        acts.push(Act::Show(page));
        acts
    }

    /// Goes to the first page; a link whose account is gone is of no more use.
    fn open_sign_in(&mut self, greeting: Option<Greeting>) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.account.is_some() {
            acts.push(Act::Send(Command::Disconnect));
        }
        if let (Some(greeting), Some(server)) = (&greeting, self.server.clone())
            && greeting.note == Note::AccountDeleted
        {
            acts.push(Act::Remember(Memory::AccountDeleted { server }));
        }
        acts.extend(self.leave(greeting));
        acts
    }

    /// Goes back to the first page; nothing of the account stays in the window.
    fn leave(&mut self, greeting: Option<Greeting>) -> Vec<Act> {
        self.account = None;
        self.banner = None;
        self.conflict = None;
        self.disk = None;
        self.unseen = 0;
        self.unread = (0, 0);
        self.asked.retain(|_, asker| *asker == Asker::Farewell);
        let mut acts = self.forget_kept();
        acts.push(Act::Transfers(transfers::Msg::Reset));
        acts.extend(tell_all(&PLACES, &News::SignedOut));
        acts.extend(self.begin_at(Page::SignIn));
        acts.push(Act::OpenSignIn(greeting));
        acts
    }
}

fn tell(page: Page, news: News) -> Vec<Act> {
    ToPage::hear(page, news).map(Act::Tell).into_iter().collect()
}

fn tell_all(pages: &[Page], news: &News) -> Vec<Act> {
    pages.iter().flat_map(|page| tell(*page, news.clone())).collect()
}

#[cfg(test)]
pub(crate) mod tests;
