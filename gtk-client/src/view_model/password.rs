//! The page where one's own password is changed.
//!
//! This file does not know how a problem is worded. It checks with the very function that the daemon uses.

use std::collections::BTreeMap;

use parlour_common::Secret;
use parlour_common::message::{ChangePassword, Denial, Fault, Reply, Request};
use parlour_common::names::check_new_password;

use super::form::Problems;
use super::sign_in::Note;
use super::{Answered, Effect, Entry, Greeting, Hear, News, Problem};
use crate::network::Answer;

/// The entries, from top to bottom.
pub const ENTRIES: [Entry; 3] = [Entry::OldPassword, Entry::Password, Entry::PasswordAgain];

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// Whose password it is.
        user_name: String,
    },
    /// The text of an entry changed.
    Typed(Entry, Secret<String>),
    /// The keyboard left an entry.
    Left(Entry),
    /// Change the password.
    Submit,
    /// The daemon answered.
    Answered(Answered),
    /// The page is not open any more.
    Closed,
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
pub struct Password {
    user_name: String,
    texts: BTreeMap<Entry, Secret<String>>,
    problems: Problems,
    attempt: u32,
    is_busy: bool,
}

impl Password {
    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Tells whether an attempt is under way.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { user_name } => {
                let mut effects = self.forget();
                self.user_name = user_name;
                effects.push(Effect::Focus(Entry::OldPassword));
                effects
            }
            Msg::Typed(entry, text) => self.take_text(entry, text),
            Msg::Left(entry) => self.leave(entry),
            Msg::Submit => self.submit(),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::Closed => self.forget(),
        }
    }

    fn text(&self, entry: Entry) -> &str {
        self.texts.get(&entry).map_or("", |text| text.expose())
    }

    fn secret(&self, entry: Entry) -> Secret<String> {
        self.texts.get(&entry).cloned().unwrap_or_default()
    }

    fn forget(&mut self) -> Vec<Effect> {
        *self = Self { attempt: self.attempt + 1, ..Self::default() };
        ENTRIES.map(|entry| Effect::Fill(entry, String::new())).to_vec()
    }

    fn take_text(&mut self, entry: Entry, text: Secret<String>) -> Vec<Effect> {
        if self.text(entry) != text.expose() {
            self.texts.insert(entry, text);
            self.problems.forget(entry);
            if entry == Entry::Password {
                self.problems.forget(Entry::PasswordAgain);
            }
        }
        Vec::new()
    }

    /// Checks an entry when the keyboard leaves it; an empty one is only named when the form is sent.
    fn leave(&mut self, entry: Entry) -> Vec<Effect> {
        if !self.text(entry).is_empty() && !self.is_busy && self.problems.at(entry).is_none() {
            self.check(entry);
        }
        Vec::new()
    }

    fn check(&mut self, entry: Entry) {
        let text = self.secret(entry);
        let text = text.expose();
        match entry {
            Entry::Password => self.problems.check(entry, check_new_password(text)),
            _ if text.is_empty() => self.problems.put(entry, Problem::Fault(Fault::Missing {})),
            Entry::PasswordAgain if text != self.text(Entry::Password) => {
                self.problems.put(entry, Problem::Differs);
            }
            // Whether the old one is right, only the daemon knows.
            _ => {}
        }
    }

    fn submit(&mut self) -> Vec<Effect> {
        if self.is_busy {
            return Vec::new();
        }
        self.problems.clear();
        ENTRIES.iter().for_each(|entry| self.check(*entry));
        if !self.problems.is_empty() {
            return self.focus_on_problem();
        }
        self.is_busy = true;
        self.attempt += 1;
        let request = Request::ChangePassword(ChangePassword {
            old: self.secret(Entry::OldPassword),
            new: self.secret(Entry::Password),
        });
        vec![Effect::Ask { key: self.attempt, request }]
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if key != self.attempt || !self.is_busy {
            return Vec::new();
        }
        self.is_busy = false;
        match answer {
            Answer::Reply(Reply::Done {}) => {
                let user_name = std::mem::take(&mut self.user_name);
                let mut effects = self.forget();
                let greeting = Greeting { note: Note::PasswordChanged, user_name, server: None };
                effects.push(Effect::SignOut(Some(greeting)));
                effects
            }
            Answer::Reply(_) | Answer::Lost => {
                self.problems.put_whole(Problem::AnswerLost);
                Vec::new()
            }
            Answer::Denied(Denial::WrongPassword {}) => {
                self.problems.put(Entry::OldPassword, Problem::WrongPassword);
                self.focus_on_problem()
            }
            Answer::Denied(denial) => {
                self.problems.put_denial(denial);
                self.focus_on_problem()
            }
        }
    }

    fn focus_on_problem(&self) -> Vec<Effect> {
        self.problems.first_of(&ENTRIES).map(Effect::Focus).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_common::message::{Field, FieldFault};

    fn typed(texts: [&str; 3]) -> Password {
        let mut page = Password::default();
        page.update(Msg::Opened { user_name: "sara".to_owned() });
        for (entry, text) in ENTRIES.into_iter().zip(texts) {
            page.update(Msg::Typed(entry, Secret::new(text.to_owned())));
        }
        page
    }

    /// Sends a good form and lets the daemon answer.
    fn answered(page: &mut Password, answer: Answer) -> Vec<Effect> {
        let effects = page.update(Msg::Submit);
        let [Effect::Ask { key, request: Request::ChangePassword(_) }] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert!(page.is_busy() && page.update(Msg::Submit).is_empty(), "once");
        page.update(Msg::Answered(Answered { key: *key, answer }))
    }

    #[test]
    fn what_is_wrong_is_said_at_its_entry_before_anything_is_asked() {
        let missing = Problem::Fault(Fault::Missing {});
        let short = Problem::Fault(Fault::TooShort { chars_min: 8 });
        for (texts, entry, problem) in [
            (["", "new password", "new password"], Entry::OldPassword, missing.clone()),
            (["old one", "", ""], Entry::Password, missing.clone()),
            (["old one", "short", "short"], Entry::Password, short),
            (["old one", "new password", ""], Entry::PasswordAgain, missing),
            (["old one", "new password", "new passwort"], Entry::PasswordAgain, Problem::Differs),
        ] {
            let mut page = typed(texts);
            assert_eq!(page.update(Msg::Submit), [Effect::Focus(entry)]);
            assert_eq!(page.problems().at(entry), Some(&problem));
        }
    }

    #[test]
    fn leaving_an_entry_checks_it_once_something_is_there() {
        let mut page = typed(["", "short", "other"]);
        for entry in ENTRIES {
            page.update(Msg::Left(entry));
        }
        assert!(page.problems().at(Entry::OldPassword).is_none());
        assert!(page.problems().at(Entry::Password).is_some());
        page.update(Msg::Typed(Entry::Password, Secret::new("other".to_owned())));
        assert!(page.problems().at(Entry::PasswordAgain).is_none(), "it may be right now");
    }

    #[test]
    fn a_changed_password_leads_to_the_first_page_with_the_name_and_nothing_else() {
        let mut page = typed(["old one", "new password", "new password"]);
        let effects = answered(&mut page, Answer::Reply(Reply::Done {}));
        let greeting = Greeting { note: Note::PasswordChanged, user_name: "sara".to_owned(), server: None };
        assert_eq!(effects.last(), Some(&Effect::SignOut(Some(greeting))));
        assert!(effects.contains(&Effect::Fill(Entry::OldPassword, String::new())));
        assert!(ENTRIES.iter().all(|entry| page.text(*entry).is_empty()));
    }

    #[test]
    fn refusals_stand_where_they_belong_and_what_was_typed_stays() {
        let fault = FieldFault { field: Field::Password, fault: Fault::NotAllowed {} };
        for (denial, entry) in [
            (Denial::WrongPassword {}, Some(Entry::OldPassword)),
            (Denial::InvalidFields { faults: vec![fault] }, Some(Entry::Password)),
            (Denial::Throttled { retry_after_ms: 9000 }, None),
        ] {
            let mut page = typed(["old one", "new password", "new password"]);
            let effects = answered(&mut page, Answer::Denied(denial));
            assert_eq!(effects, entry.map(Effect::Focus).into_iter().collect::<Vec<_>>());
            assert_eq!(page.problems().whole().is_some(), entry.is_none());
            assert_eq!(page.text(Entry::Password), "new password");
        }
        let mut page = typed(["old one", "new password", "new password"]);
        answered(&mut page, Answer::Lost);
        assert_eq!(page.problems().whole(), Some(&Problem::AnswerLost));
    }

    #[test]
    fn a_page_that_was_left_keeps_no_password_and_takes_no_late_answer() {
        let mut page = typed(["old one", "new password", "new password"]);
        let effects = page.update(Msg::Submit);
        let [Effect::Ask { key, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(page.update(Msg::Closed).len(), 3);
        let done = Answered { key: *key, answer: Answer::Reply(Reply::Done {}) };
        assert!(page.update(Msg::Answered(done)).is_empty());
        assert!(!format!("{page:?}").contains("old one"));
    }
}
