//! What is asked of the daemon on the way back in, and what its answers lead to.
//!
//! This file does not know what a person does on the pages.

use parlour_common::message::{
    CheckCode, Denial, Reply, Request, RequestReset, ResetBegun, ResetFlow, ResetPassword,
};
use parlour_common::names::UserName;

use super::{Busy, Flow, LONG_DIGITS, Reset, Step, Wish, check_code};
use crate::network::{Answer, LinkFault, ServerAddress};
use crate::view_model::sign_in::{Greeting, Note};
use crate::view_model::{Answered, Effect, Entry, Problem};

impl Reset {
    /// Asks for what the server was reached for, if for anything.
    pub(super) fn ask(&mut self) -> Vec<Effect> {
        let Busy::Reaching(wish) = self.busy else { return Vec::new() };
        if wish == (Wish::Begin { send: true }) && !self.has_mail() {
            // The page says so now, and offers what there is instead.
            self.busy = Busy::No;
            return self.step.entries().first().copied().map(Effect::Focus).into_iter().collect();
        }
        self.ask_for(wish)
    }

    fn ask_for(&mut self, wish: Wish) -> Vec<Effect> {
        let Some(request) = self.request(wish) else {
            self.busy = Busy::No;
            return self.go_to(Step::Account);
        };
        self.busy = Busy::Asking(wish);
        self.attempt += 1;
        vec![Effect::Ask { key: self.attempt, request }]
    }

    fn request(&self, wish: Wish) -> Option<Request> {
        let of_flow = || self.flow.as_ref().map(|flow| flow.id);
        let account = match self.step {
            Step::Account => self.text(Entry::Account).trim(),
            Step::Code | Step::Password => self.account(),
        };
        let begin = |send| Request::RequestReset(RequestReset { account: account.to_owned(), send });
        // As the person typed it: the daemon reads it as forgivingly as this page.
        let code = || self.texts.get(&Entry::ResetCode).cloned().unwrap_or_default();
        let password = || self.texts.get(&Entry::Password).cloned().unwrap_or_default();
        Some(match wish {
            Wish::Begin { send } => begin(send),
            Wish::BeginAdmins => begin(false),
            Wish::Try => Request::CheckCode(CheckCode { flow: of_flow()?, code: code() }),
            Wish::TryAdmins(flow) => Request::CheckCode(CheckCode { flow, code: code() }),
            Wish::Set => Request::ResetPassword(ResetPassword { flow: of_flow()?, password: password() }),
        })
    }

    pub(super) fn handle_unreachable(&mut self, server: ServerAddress, why: LinkFault) -> Vec<Effect> {
        self.busy = Busy::No;
        self.attempt += 1;
        self.problems.put_whole(Problem::CannotConnect { server, why });
        Vec::new()
    }

    pub(super) fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        let Busy::Asking(wish) = self.busy else { return Vec::new() };
        if key != self.attempt {
            return Vec::new();
        }
        self.busy = Busy::No;
        match (wish, answer) {
            (Wish::Begin { send }, Answer::Reply(Reply::ResetBegun(begun))) => {
                self.handle_begun(send, &begun)
            }
            (Wish::BeginAdmins, Answer::Reply(Reply::ResetBegun(begun))) => {
                self.ask_for(Wish::TryAdmins(begun.flow))
            }
            (Wish::Try, Answer::Reply(Reply::CodeAccepted(accepted))) => self.accept(accepted.user_name),
            (Wish::TryAdmins(flow), Answer::Reply(Reply::CodeAccepted(accepted))) => {
                self.take_admins(flow);
                self.accept(accepted.user_name)
            }
            (Wish::Set, Answer::Reply(Reply::Done {})) => self.finish(),
            (_, Answer::Reply(_) | Answer::Lost) => {
                self.problems.put_whole(Problem::AnswerLost);
                Vec::new()
            }
            (wish, Answer::Denied(denial)) => self.handle_denial(wish, denial),
        }
    }

    fn handle_begun(&mut self, send: bool, begun: &ResetBegun) -> Vec<Effect> {
        let is_again = send && self.step == Step::Code && self.sent().is_some();
        let account = match self.step {
            Step::Account => self.text(Entry::Account).trim().to_owned(),
            Step::Code | Step::Password => self.account().to_owned(),
        };
        let code_seconds = begun.code_seconds;
        let id = begun.flow;
        self.flow = Some(Flow { id, account, code_seconds, is_mailed: send, is_void: false, is_again });
        let mut effects = self.go_to(Step::Code);
        if send {
            self.again_seconds = begun.again_seconds;
            effects.extend(self.count_down());
        }
        effects
    }

    fn accept(&mut self, user_name: UserName) -> Vec<Effect> {
        self.user_name = Some(user_name);
        self.go_to(Step::Password)
    }

    /// An admin's code is in force: it is the one that counts from now on.
    fn take_admins(&mut self, id: ResetFlow) {
        if let Some(flow) = &mut self.flow {
            (flow.id, flow.is_mailed, flow.is_void, flow.is_again) = (id, false, false, false);
        }
    }

    fn finish(&mut self) -> Vec<Effect> {
        let user_name = self.user_name.take().map(|name| name.to_string()).unwrap_or_default();
        let greeting = Greeting { note: Note::PasswordChanged, user_name, server: self.server.clone() };
        let (attempt, is_ticking) = (self.attempt, self.is_ticking);
        *self = Self { attempt, is_ticking, ..Self::default() };
        let mut effects = vec![self.fill(Entry::Account, "")];
        effects.extend(
            self.go_to(Step::Account).into_iter().filter(|effect| !matches!(effect, Effect::Focus(_))),
        );
        effects.push(Effect::OpenSignIn(Some(greeting)));
        effects
    }

    fn handle_denial(&mut self, wish: Wish, denial: Denial) -> Vec<Effect> {
        match (wish, denial) {
            // A code that an admin issued voids the one that was mailed, and may be what was typed.
            (Wish::Try, Denial::CodeVoid {}) if self.may_be_admins() => {
                return self.reach(Wish::BeginAdmins);
            }
            (Wish::BeginAdmins, Denial::NotRegistered {} | Denial::CodeVoid {})
            | (Wish::TryAdmins(_), Denial::CodeVoid {}) => self.put_at_code(Denial::CodeVoid {}),
            (Wish::TryAdmins(flow), denial @ Denial::WrongCode { .. }) => {
                self.take_admins(flow);
                self.put_at_code(denial);
            }
            (_, denial @ (Denial::WrongCode { .. } | Denial::CodeVoid {})) if self.step == Step::Code => {
                self.put_at_code(denial);
            }
            (_, denial @ Denial::CodeVoid {}) => {
                self.flow = None;
                self.user_name = None;
                let effects = self.go_to(Step::Account);
                self.problems.put_whole(Problem::Denied(denial));
                return effects;
            }
            (Wish::Begin { .. }, Denial::NotRegistered {}) => {
                // After it was sent once it is only said where the account was deleted meanwhile.
                let effects = self.go_to(Step::Account);
                self.problems.put(Entry::Account, Problem::NotRegistered);
                return effects;
            }
            (Wish::Begin { send: true }, denial @ Denial::Throttled { retry_after_ms })
                if self.step == Step::Code =>
            {
                self.again_seconds = retry_after_ms.div_ceil(1000);
                self.problems.put_whole(Problem::Denied(denial));
                return self.count_down();
            }
            (_, Denial::InvalidFields { faults }) => {
                for fault in faults {
                    let entry = self.entry_of(fault.field.into());
                    self.problems.put(entry, Problem::Fault(fault.fault));
                }
            }
            (_, denial) => self.problems.put_whole(Problem::Denied(denial)),
        }
        self.focus_on_problem()
    }

    fn put_at_code(&mut self, denial: Denial) {
        if let Some(flow) = &mut self.flow {
            flow.is_void = matches!(denial, Denial::CodeVoid {} | Denial::WrongCode { tries_left: 0 });
        }
        self.problems.put(Entry::ResetCode, Problem::Denied(denial));
    }

    fn may_be_admins(&self) -> bool {
        let code = check_code(self.text(Entry::ResetCode));
        self.sent().is_some() && code.is_ok_and(|code| code.expose().len() == LONG_DIGITS)
    }

    /// Returns where a fault is said: at the entry itself, or at the one that the step has.
    fn entry_of(&self, entry: Entry) -> Entry {
        let entries = self.step.entries();
        if entries.contains(&entry) { entry } else { entries.first().copied().unwrap_or(entry) }
    }
}
