//! What the network tells the window, and whom it concerns.
//!
//! This file knows no page by content. How the link comes and goes is in `link.rs`.

use parlour_common::message::{Denial, Event, OwnAccount, Reply};

use super::{Act, Asker, Shell, tell, tell_all};
use crate::network::{Answer, Command, Report, Ticket};
use crate::view_model::sign_in::Note;
use crate::view_model::{Answered, Greeting, News, Page, transfers};

impl Shell {
    /// Takes what the network tells. Returns what the window does.
    pub fn handle_report(&mut self, report: Report) -> Vec<Act> {
        match report {
            Report::Link(state) => self.handle_link(state),
            Report::Answered { ticket, answer } => self.handle_answer(ticket, answer),
            Report::Told(event) => self.handle_event(event),
            Report::Cover { cover, picture } => vec![Act::Cover(cover, picture)],
            Report::CardPicture { card, picture } => vec![Act::CardPicture(card, picture)],
            Report::ExportMoved { posts } => tell(Page::Room, News::ExportMoved { posts }),
            Report::Exported { how } => tell(Page::Room, News::Exported(how)),
            Report::Progress { id, moved_bytes, total_bytes, bytes_per_second } => {
                let moved = transfers::Moved { moved_bytes, total_bytes, bytes_per_second };
                vec![Act::Transfers(transfers::Msg::Progress { id, moved })]
            }
            Report::Seen { id, seen } => vec![Act::Transfers(transfers::Msg::Seen(id, seen))],
            Report::Held { id, why } => vec![Act::Transfers(transfers::Msg::Held(id, why))],
            Report::Ended { id, how } => vec![Act::Transfers(transfers::Msg::Ended(id, how))],
        }
    }

    fn handle_answer(&mut self, ticket: Ticket, answer: Answer) -> Vec<Act> {
        let Some(asker) = self.asked.remove(&ticket) else { return Vec::new() };
        let is_over = matches!(&answer, Answer::Denied(Denial::SignInFirst {} | Denial::SessionEnded {}));
        if is_over && self.account.is_some() {
            return self.end_session();
        }
        match asker {
            Asker::Farewell => vec![Act::Send(Command::Disconnect)],
            Asker::Page(page, key) => {
                if let (Answer::Reply(Reply::Account(account)), Some(own)) = (&answer, &mut self.account) {
                    own.clone_from(account);
                }
                tell(page, News::Answered(Answered { key, answer }))
            }
        }
    }

    fn handle_event(&mut self, event: Event) -> Vec<Act> {
        // It may come before the page that signed in has said so.
        if let Event::DiskLow(low) = event {
            self.take_disk(low);
            return Vec::new();
        }
        if self.account.is_none() {
            return Vec::new();
        }
        match event {
            Event::LibraryChanged(state) => self.tell_open(&News::LibraryChanged(state)),
            Event::AccountChanged(account) => self.take_account(account),
            Event::UsersChanged { waiting } => self.tell_open(&News::UsersChanged { waiting }),
            Event::SessionEnded {} => self.end_session(),
            Event::FilesChanged {} => self.tell_open(&News::FilesChanged),
            Event::FileShared(entry) => self.tell_open(&News::FileShared(Box::new(entry))),
            // Why the daemon closes comes once more with the loss of the link.
            Event::TransferEnd(_) | Event::Closing(_) | Event::DiskLow(_) => Vec::new(),
            event @ (Event::Said(_)
            | Event::PostChanged(_)
            | Event::SeatsChanged(_)
            | Event::SeatLost(_)
            | Event::MarkedRead(_)) => self.handle_room_event(event),
        }
    }

    pub(super) fn take_account(&mut self, account: OwnAccount) -> Vec<Act> {
        self.account = Some(account.clone());
        self.tell_open(&News::AccountChanged(Box::new(account)))
    }

    /// Tells every open page.
    pub(super) fn tell_open(&self, news: &News) -> Vec<Act> {
        tell_all(&self.open_pages(), news)
    }

    fn end_session(&mut self) -> Vec<Act> {
        let user_name = self.account.as_ref().map(|account| account.user_name.to_string());
        let greeting = user_name.map(|user_name| Greeting {
            note: Note::SessionEnded,
            user_name,
            server: self.server.clone(),
        });
        let mut acts = vec![Act::Send(Command::Disconnect)];
        acts.extend(self.leave(greeting));
        acts
    }
}
