//! What admins did, the newest first, fetched page by page.
//!
//! This file does not know the words for it (`text/admin.rs`).

use parlour_common::limits::AUDIT_PER_PAGE_MAX;
use parlour_common::message::{AuditEntry, ListAudit, Reply, Request};

use super::fetch::{Fetch, fault_of};
use super::{Answered, Effect, Hear, News};
use crate::network::Answer;

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one message lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened,
    /// The page is not shown any more.
    Closed,
    /// The end of the list is looked at.
    More,
    /// Ask once more for what could not be fetched.
    Retry,
    /// The daemon answered.
    Answered(Answered),
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Closed => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Audit {
    entries: Vec<AuditEntry>,
    fetch: Fetch,
    has_more: bool,
    last_key: u32,
    is_asking: bool,
}

impl Audit {
    /// Returns how far the list has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// Returns what was done, the newest first.
    pub fn entries(&self) -> &[AuditEntry] {
        &self.entries
    }

    /// Tells whether there are older entries.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened | Msg::Retry => {
                *self = Self { last_key: self.last_key, ..Self::default() };
                self.ask()
            }
            Msg::Closed => {
                *self = Self { last_key: self.last_key, ..Self::default() };
                Vec::new()
            }
            Msg::More if self.has_more && !self.is_asking => self.ask(),
            Msg::More => Vec::new(),
            Msg::Answered(answered) => {
                self.take_answer(answered);
                Vec::new()
            }
        }
    }

    fn ask(&mut self) -> Vec<Effect> {
        self.last_key += 1;
        self.is_asking = true;
        let before = self.entries.last().map(|entry| entry.id);
        let request = Request::ListAudit(ListAudit { before, limit: AUDIT_PER_PAGE_MAX });
        vec![Effect::Ask { key: self.last_key, request }]
    }

    fn take_answer(&mut self, Answered { key, answer }: Answered) {
        if key != self.last_key || !self.is_asking {
            return;
        }
        self.is_asking = false;
        match answer {
            Answer::Reply(Reply::Audit(page)) => {
                self.entries.extend(page.entries);
                self.has_more = page.more;
                self.fetch = Fetch::Here;
            }
            // What is here stays.
            _ if self.fetch == Fetch::Here => {}
            answer => self.fetch = Fetch::Failed(fault_of(answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use parlour_common::message::{AuditAction, AuditPage};

    use super::super::Problem;
    use super::*;

    fn page(ids: &[u64], more: bool) -> Answer {
        let entry = |id: &u64| AuditEntry {
            id: *id,
            at_unix_ms: 0,
            by: "sara".to_owned(),
            action: AuditAction::UserAdded,
            subject: "mina".to_owned(),
            role: None,
            fields: Vec::new(),
            shared: None,
        };
        Answer::Reply(Reply::Audit(AuditPage { entries: ids.iter().map(entry).collect(), more }))
    }

    fn asked(effects: &[Effect]) -> (u32, Option<u64>) {
        match effects {
            [Effect::Ask { key, request: Request::ListAudit(list) }] => (*key, list.before),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn older_entries_follow_the_last_one_here() {
        let mut audit = Audit::default();
        let (key, before) = asked(&audit.update(Msg::Opened));
        assert_eq!((before, audit.fetch()), (None, &Fetch::Loading));
        audit.update(Msg::Answered(Answered { key, answer: page(&[9, 8], true) }));
        let (key, before) = asked(&audit.update(Msg::More));
        assert_eq!(before, Some(8));
        assert!(audit.update(Msg::More).is_empty());
        audit.update(Msg::Answered(Answered { key, answer: page(&[7], false) }));
        assert_eq!(audit.entries().len(), 3);
        assert!(audit.update(Msg::More).is_empty());
    }

    #[test]
    fn a_failure_can_be_retried_and_a_late_answer_is_dropped() {
        let mut audit = Audit::default();
        let (late, _) = asked(&audit.update(Msg::Opened));
        let (key, _) = asked(&audit.update(Msg::Opened));
        audit.update(Msg::Answered(Answered { key: late, answer: page(&[1], false) }));
        assert_eq!(audit.fetch(), &Fetch::Loading);
        audit.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
        assert_eq!(audit.fetch(), &Fetch::Failed(Problem::AnswerLost));
        let (key, _) = asked(&audit.update(Msg::Retry));
        audit.update(Msg::Answered(Answered { key, answer: page(&[], false) }));
        assert!(*audit.fetch() == Fetch::Here && audit.entries().is_empty());
    }
}
