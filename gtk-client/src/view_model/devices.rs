//! The page that lists where one is signed in.
//!
//! This file does not know how a time is worded.

use parlour_common::message::{Denial, EndSession, Reply, Request, SessionEntry, SessionId};

use super::fetch::{Fetch, fault_of};
use super::{Answered, Effect, Hear, News, Notice, Question};
use crate::network::Answer;

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened,
    /// Fetch the list again.
    Retry,
    /// End this session.
    End(SessionId),
    /// The person chose.
    Confirmed(bool),
    /// The daemon answered.
    Answered(Answered),
    /// The page is not open any more.
    Closed,
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Confirmed(yes) => Some(Self::Confirmed(yes)),
            News::Resumed => Some(Self::Retry),
            News::Closed => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Devices {
    fetch: Fetch,
    sessions: Vec<SessionEntry>,
    /// The list that was asked for last.
    list_key: u32,
    last_key: u32,
    /// The session about which the person is asked.
    doubtful: Option<SessionId>,
    /// The sessions that the daemon is ending.
    ending: Vec<(u32, SessionId)>,
}

impl Devices {
    /// Returns how far the list has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// Returns the sessions: this one first, then the one used last.
    pub fn sessions(&self) -> &[SessionEntry] {
        &self.sessions
    }

    /// Tells whether the daemon is ending this session.
    pub fn is_ending(&self, session: SessionId) -> bool {
        self.ending.iter().any(|(_, ending)| *ending == session)
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened => {
                *self = Self { last_key: self.last_key, ..Self::default() };
                self.list()
            }
            Msg::Retry => {
                if self.fetch != Fetch::Here {
                    self.fetch = Fetch::Loading;
                }
                self.list()
            }
            Msg::End(session) => self.doubt(session),
            Msg::Confirmed(yes) => self.handle_choice(yes),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::Closed => {
                *self = Self { last_key: self.last_key, ..Self::default() };
                Vec::new()
            }
        }
    }

    fn ask(&mut self, request: Request) -> Effect {
        self.last_key += 1;
        Effect::Ask { key: self.last_key, request }
    }

    fn list(&mut self) -> Vec<Effect> {
        // What was asked before the link went is lost.
        self.ending.clear();
        let effect = self.ask(Request::ListSessions {});
        self.list_key = self.last_key;
        vec![effect]
    }

    fn doubt(&mut self, session: SessionId) -> Vec<Effect> {
        let other = |entry: &&SessionEntry| entry.id == session && !entry.current;
        let Some(entry) = self.sessions.iter().find(other) else { return Vec::new() };
        if self.is_ending(session) {
            return Vec::new();
        }
        self.doubtful = Some(session);
        vec![Effect::Confirm(Question::EndSession { device: entry.device.clone() })]
    }

    fn handle_choice(&mut self, yes: bool) -> Vec<Effect> {
        let Some(session) = self.doubtful.take().filter(|_| yes) else { return Vec::new() };
        let effect = self.ask(Request::EndSession(EndSession { session }));
        self.ending.push((self.last_key, session));
        vec![effect]
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if let Some(at) = self.ending.iter().position(|(asked, _)| *asked == key) {
            let (_, session) = self.ending.remove(at);
            return self.handle_end(session, answer);
        }
        if key != self.list_key {
            return Vec::new();
        }
        match answer {
            Answer::Reply(Reply::Sessions(list)) => {
                self.sessions = list.sessions;
                self.sessions.sort_by_key(|entry| !entry.current);
                self.fetch = Fetch::Here;
            }
            answer => self.fetch = Fetch::Failed(fault_of(answer)),
        }
        Vec::new()
    }

    fn handle_end(&mut self, session: SessionId, answer: Answer) -> Vec<Effect> {
        match answer {
            // Gone already is as good as gone now.
            Answer::Reply(_) | Answer::Denied(Denial::NoSuchSession {}) => {
                self.sessions.retain(|entry| entry.id != session);
                vec![Effect::Say(Notice::SessionOfDeviceEnded)]
            }
            Answer::Denied(denial) => vec![Effect::Say(Notice::Denied(denial))],
            Answer::Lost => vec![Effect::Say(Notice::AnswerLost)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::Problem;
    use parlour_common::message::SessionList;

    fn entry(number: u8, current: bool) -> SessionEntry {
        SessionEntry {
            id: SessionId::new([number; 16]),
            device: format!("Parlour on host{number}"),
            opened_unix_ms: 0,
            used_unix_ms: 0,
            current,
            connected: current,
        }
    }

    fn key_of(effects: &[Effect]) -> u32 {
        match effects {
            [Effect::Ask { key, .. }] => *key,
            other => panic!("{other:?}"),
        }
    }

    fn listed() -> Devices {
        let mut page = Devices::default();
        let key = key_of(&page.update(Msg::Opened));
        assert_eq!(page.fetch(), &Fetch::Loading);
        let sessions = vec![entry(1, false), entry(2, true), entry(3, false)];
        let answer = Answer::Reply(Reply::Sessions(SessionList { sessions }));
        page.update(Msg::Answered(Answered { key, answer }));
        page
    }

    fn hosts(page: &Devices) -> Vec<u8> {
        page.sessions().iter().map(|entry| entry.id.as_bytes()[0]).collect()
    }

    #[test]
    fn this_device_is_first_and_the_others_keep_their_order() {
        assert_eq!(hosts(&listed()), [2, 1, 3]);
    }

    #[test]
    fn a_session_ends_after_a_yes_and_leaves_the_list() {
        let mut page = listed();
        let session = SessionId::new([3; 16]);
        let question = Question::EndSession { device: "Parlour on host3".to_owned() };
        assert_eq!(page.update(Msg::End(session)), [Effect::Confirm(question.clone())]);
        assert!(page.update(Msg::Confirmed(false)).is_empty());
        assert!(page.update(Msg::Confirmed(true)).is_empty(), "nobody asks any more");
        page.update(Msg::End(session));
        let effects = page.update(Msg::Confirmed(true));
        assert!(matches!(&effects[..], [Effect::Ask { request: Request::EndSession(_), .. }]));
        assert!(page.is_ending(session) && page.update(Msg::End(session)).is_empty());
        let answer = Answer::Reply(Reply::Done {});
        let effects = page.update(Msg::Answered(Answered { key: key_of(&effects), answer }));
        assert_eq!(effects, [Effect::Say(Notice::SessionOfDeviceEnded)]);
        assert_eq!(hosts(&page), [2, 1]);
    }

    #[test]
    fn this_session_is_not_ended_here() {
        let mut page = listed();
        assert!(page.update(Msg::End(SessionId::new([2; 16]))).is_empty());
        assert!(page.update(Msg::End(SessionId::new([9; 16]))).is_empty(), "nor one that is not there");
    }

    #[test]
    fn what_could_not_be_ended_stays_and_what_was_gone_goes() {
        for (answer, left) in [
            (Answer::Denied(Denial::NoSuchSession {}), 2),
            (Answer::Denied(Denial::StorageUnavailable {}), 3),
            (Answer::Lost, 3),
        ] {
            let mut page = listed();
            page.update(Msg::End(SessionId::new([1; 16])));
            let key = key_of(&page.update(Msg::Confirmed(true)));
            let effects = page.update(Msg::Answered(Answered { key, answer }));
            assert!(matches!(&effects[..], [Effect::Say(_)]), "it is said");
            assert_eq!(page.sessions().len(), left);
        }
    }

    #[test]
    fn a_list_that_does_not_come_can_be_asked_for_again() {
        let mut page = Devices::default();
        let key = key_of(&page.update(Msg::Opened));
        page.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
        assert_eq!(page.fetch(), &Fetch::Failed(Problem::AnswerLost));
        let again = key_of(&page.update(Msg::Retry));
        assert_eq!(page.fetch(), &Fetch::Loading);
        page.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
        assert_eq!(page.fetch(), &Fetch::Loading, "that was the first question's");
        let sessions = vec![entry(1, true)];
        let answer = Answer::Reply(Reply::Sessions(SessionList { sessions }));
        page.update(Msg::Answered(Answered { key: again, answer }));
        assert_eq!(page.fetch(), &Fetch::Here);
        page.update(Msg::Retry);
        assert_eq!(page.fetch(), &Fetch::Here, "what is here stays while it is fetched anew");
    }
}
