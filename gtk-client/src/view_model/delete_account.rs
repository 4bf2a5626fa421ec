//! The page where one's own account is deleted.
//!
//! This file does not know how the consequences are worded.

use parlour_common::Secret;
use parlour_common::message::{DeleteAccount as DeleteAccountRequest, Fault, Reply, Request, SharedFate};

use super::form::Problems;
use super::sign_in::Note;
use super::{Answered, Effect, Entry, Greeting, Hear, News, Problem, Question};
use crate::network::Answer;

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// Whose account it is.
        user_name: String,
        /// Whether that is an admin.
        is_admin: bool,
    },
    /// It was chosen what becomes of what is shared.
    Chosen(Fate),
    /// The password was typed.
    Typed(Secret<String>),
    /// Delete the account.
    Submit,
    /// The person chose.
    Confirmed(bool),
    /// The daemon answered.
    Answered(Answered),
    /// The page is not open any more.
    Closed,
}

/// What becomes of what the account shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// Those with whom it is shared keep it.
    #[default]
    Keep,
    /// It is removed.
    Remove,
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Confirmed(yes) => Some(Self::Confirmed(yes)),
            News::Closed => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct DeleteAccount {
    user_name: String,
    is_admin: bool,
    fate: Fate,
    password: Secret<String>,
    problems: Problems,
    attempt: u32,
    step: Step,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Typing,
    Confirming,
    Asking,
}

impl DeleteAccount {
    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Tells whether the daemon is asked.
    pub fn is_busy(&self) -> bool {
        self.step == Step::Asking
    }

    /// Returns whose account it is.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Tells whether that is an admin.
    pub fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// Returns what becomes of what is shared.
    pub fn fate(&self) -> Fate {
        self.fate
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { user_name, is_admin } => {
                let mut effects = self.forget();
                (self.user_name, self.is_admin) = (user_name, is_admin);
                effects.push(Effect::Focus(Entry::Password));
                effects
            }
            Msg::Chosen(fate) => {
                self.fate = fate;
                Vec::new()
            }
            Msg::Typed(password) => {
                if self.password != password {
                    self.password = password;
                    self.problems.forget(Entry::Password);
                }
                Vec::new()
            }
            Msg::Submit => self.submit(),
            Msg::Confirmed(yes) => self.handle_choice(yes),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::Closed => self.forget(),
        }
    }

    fn forget(&mut self) -> Vec<Effect> {
        *self = Self { attempt: self.attempt + 1, ..Self::default() };
        vec![Effect::Fill(Entry::Password, String::new())]
    }

    fn submit(&mut self) -> Vec<Effect> {
        if self.step != Step::Typing {
            return Vec::new();
        }
        self.problems.clear();
        if self.password.expose().is_empty() {
            self.problems.put(Entry::Password, Problem::Fault(Fault::Missing {}));
            return vec![Effect::Focus(Entry::Password)];
        }
        self.step = Step::Confirming;
        vec![Effect::Confirm(Question::DeleteAccount { fate: self.fate })]
    }

    fn handle_choice(&mut self, yes: bool) -> Vec<Effect> {
        if self.step != Step::Confirming {
            return Vec::new();
        }
        if !yes {
            self.step = Step::Typing;
            return Vec::new();
        }
        self.step = Step::Asking;
        self.attempt += 1;
        let shared = match self.fate {
            Fate::Keep => SharedFate::Keep {},
            Fate::Remove => SharedFate::Remove {},
        };
        let password = self.password.clone();
        let request = Request::DeleteAccount(DeleteAccountRequest { password, shared });
        vec![Effect::Ask { key: self.attempt, request }]
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if key != self.attempt || self.step != Step::Asking {
            return Vec::new();
        }
        self.step = Step::Typing;
        match answer {
            Answer::Reply(Reply::Done {}) => {
                let mut effects = self.forget();
                let greeting =
                    Greeting { note: Note::AccountDeleted, user_name: String::new(), server: None };
                effects.push(Effect::OpenSignIn(Some(greeting)));
                effects
            }
            Answer::Reply(_) | Answer::Lost => {
                self.problems.put_whole(Problem::AnswerLost);
                Vec::new()
            }
            Answer::Denied(denial) => {
                self.problems.put_denial(denial);
                self.problems.first_of(&[Entry::Password]).map(Effect::Focus).into_iter().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlour_common::message::Denial;

    fn typed(password: &str) -> DeleteAccount {
        let mut page = DeleteAccount::default();
        page.update(Msg::Opened { user_name: "sara".to_owned(), is_admin: false });
        page.update(Msg::Typed(Secret::new(password.to_owned())));
        page
    }

    fn asked(page: &mut DeleteAccount) -> (u32, DeleteAccountRequest) {
        page.update(Msg::Submit);
        match page.update(Msg::Confirmed(true)).remove(0) {
            Effect::Ask { key, request: Request::DeleteAccount(request) } => (key, request),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_is_asked_without_a_password_and_a_yes() {
        let mut page = typed("");
        assert_eq!(page.update(Msg::Submit), [Effect::Focus(Entry::Password)]);
        assert!(page.problems().at(Entry::Password).is_some());
        let mut page = typed("correct horse");
        assert!(page.update(Msg::Confirmed(true)).is_empty(), "nothing was asked");
        let question = Question::DeleteAccount { fate: Fate::Keep };
        assert_eq!(page.update(Msg::Submit), [Effect::Confirm(question)]);
        assert!(page.update(Msg::Submit).is_empty(), "it is asked already");
        assert!(page.update(Msg::Confirmed(false)).is_empty());
        assert!(!page.is_busy());
        assert_eq!(page.password.expose(), "correct horse");
    }

    #[test]
    fn what_is_shared_goes_the_way_that_was_chosen() {
        let mut page = typed("correct horse");
        assert_eq!(asked(&mut page).1.shared, SharedFate::Keep {}, "the milder one at first");
        let mut page = typed("correct horse");
        page.update(Msg::Chosen(Fate::Remove));
        let (_, request) = asked(&mut page);
        assert_eq!(request.shared, SharedFate::Remove {});
        assert_eq!(request.password.expose(), "correct horse");
    }

    #[test]
    fn a_deleted_account_leads_to_the_first_page_without_its_name() {
        let mut page = typed("correct horse");
        let (key, _) = asked(&mut page);
        assert!(page.is_busy());
        let answer = Answer::Reply(Reply::Done {});
        let effects = page.update(Msg::Answered(Answered { key, answer }));
        let greeting = Greeting { note: Note::AccountDeleted, user_name: String::new(), server: None };
        assert_eq!(effects.last(), Some(&Effect::OpenSignIn(Some(greeting))));
        assert!(page.password.expose().is_empty());
    }

    #[test]
    fn refusals_stand_where_they_belong() {
        for (denial, at_password) in [(Denial::WrongPassword {}, true), (Denial::LastAdmin {}, false)] {
            let mut page = typed("wrong horse");
            let (key, _) = asked(&mut page);
            page.update(Msg::Answered(Answered { key, answer: Answer::Denied(denial) }));
            assert_eq!(page.problems().at(Entry::Password).is_some(), at_password);
            assert_eq!(page.problems().whole().is_some(), !at_password);
            assert!(!page.is_busy());
        }
    }

    #[test]
    fn a_page_that_was_left_keeps_nothing() {
        let mut page = typed("correct horse");
        page.update(Msg::Chosen(Fate::Remove));
        let (key, _) = asked(&mut page);
        page.update(Msg::Closed);
        assert_eq!((page.fate(), page.password.expose().as_str()), (Fate::Keep, ""));
        assert!(page.update(Msg::Answered(Answered { key, answer: Answer::Lost })).is_empty());
    }
}
