//! What people do at the price of a hash: come in, set passwords, delete their accounts.
//!
//! This file does not know what comes of it after a restart.

use parlour_common::Secret;
use parlour_common::message::{
    ChangePassword, DeleteAccount, Denial, Reply, Request, ResetPassword, SharedFate, SignIn, SignUp,
};

use super::super::real::{Client, PASSWORD};
use super::deeds::{Circle, Scene};
use super::person::{Person, State, Ticket};

impl Circle {
    /// Does something dear. `None` when the daemon is gone.
    pub fn do_dear(&mut self, scene: &mut Scene<'_>) -> Option<()> {
        let proven = self.places(|person| person.is_active() && person.states[0].flow.is_some());
        let opened = self.places(Person::has_password);
        let acting = self.places(|person| person.has_password() && !person.sessions().is_empty());
        match scene.random.below(16) {
            0..5 if !proven.is_empty() => {
                let place = *scene.random.pick(&proven);
                self.reset_password(scene, place)
            }
            5..9 if !opened.is_empty() => {
                let place = *scene.random.pick(&opened);
                self.sign_in(scene, place)
            }
            9..12 if !acting.is_empty() => {
                let place = *scene.random.pick(&acting);
                self.change_password(scene, place)
            }
            12 if acting.len() > 2 => {
                let place = *scene.random.pick(&acting);
                self.delete_account(scene, place)
            }
            _ => self.sign_up(scene),
        }
    }

    /// Signs up, with an invite if there is one.
    fn sign_up(&mut self, scene: &mut Scene<'_>) -> Option<()> {
        let ticket = self.tickets.iter().position(Ticket::is_open);
        let place = self.new_person();
        let person = &mut self.people[place];
        let code = ticket.map(|ticket| {
            self.tickets[ticket].guest = Some(person.name.clone());
            self.tickets[ticket].code.clone().expect("its making was acknowledged")
        });
        let form = SignUp {
            user_name: person.name.clone(),
            email: person.states[0].email.clone(),
            phone: person.states[0].phone.clone(),
            password: secret(PASSWORD),
            device: "test".to_owned(),
            code: code.map(Secret::new),
        };
        let change = |state: &mut State| {
            state.make();
            state.password = Some(PASSWORD.to_owned());
            state.strangers += 1;
        };
        let mut client = Client::try_hello(scene.address)?;
        match person.attempt(change, |_| false, || client.try_ask(Request::SignUp(form)))? {
            Some(reply) => {
                self.keep_session(place, reply);
                self.note(if ticket.is_some() { "sign-ups with an invite" } else { "sign-ups" });
            }
            // It may be used by another.
            None => ticket.into_iter().for_each(|ticket| self.tickets[ticket].guest = None),
        }
        Some(())
    }

    fn sign_in(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let mut client = Client::try_hello(scene.address)?;
        let person = &mut self.people[place];
        let form = SignIn {
            user_name: person.name.clone(),
            password: secret(person.states[0].password.as_deref()?),
            device: "test".to_owned(),
            device_proof: None,
        };
        let change = |state: &mut State| state.strangers += 1;
        if let Some(reply) = person.attempt(change, |_| false, || client.try_ask(Request::SignIn(form)))? {
            self.keep_session(place, reply);
            self.note("sign-ins");
        }
        Some(())
    }

    fn keep_session(&mut self, place: usize, reply: Reply) {
        let Reply::SignedIn(signed_in) = reply else { panic!("{reply:?} does not answer a way in") };
        let account = &signed_in.account;
        let person = &mut self.people[place];
        let state = &person.states[0];
        assert_eq!((account.email.as_str(), account.role), (&state.email[..], state.role));
        assert_eq!((account.phone.as_str(), &account.about), (&state.phone[..], &state.about));
        person.keep_token(signed_in.session.expect("a new session has a token"));
    }

    /// Every other session ends, those of strangers too.
    fn change_password(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let (mut client, own) = self.enter(scene, place)?;
        let person = &mut self.people[place];
        let new = format!("password {}", scene.random.number());
        let old = secret(person.states[0].password.as_deref()?);
        let request = Request::ChangePassword(ChangePassword { old, new: secret(&new) });
        let change = |state: &mut State| {
            state.end_sessions();
            state.sessions.insert(own);
            (state.password, state.flow) = (Some(new.clone()), None);
        };
        if person.attempt(change, |_| false, || client.try_ask(request))?.is_some() {
            self.note("changes of a password");
        }
        Some(())
    }

    /// Sets a new password by a code that was accepted, perhaps before the daemon was killed.
    fn reset_password(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let mut client = Client::try_hello(scene.address)?;
        let person = &mut self.people[place];
        let new = format!("password {}", scene.random.number());
        let flow = person.states[0].flow?;
        let request = Request::ResetPassword(ResetPassword { flow, password: secret(&new) });
        let change = |state: &mut State| {
            state.end_sessions();
            (state.password, state.flow) = (Some(new.clone()), None);
        };
        if person.attempt(change, |_| false, || client.try_ask(request))?.is_some() {
            // A code is used up with the password that it set.
            let again = Request::ResetPassword(ResetPassword { flow, password: secret("another one") });
            let refused = client.try_ask(again)?;
            let is_later = matches!(refused, Err(Denial::Busy { .. } | Denial::Throttled { .. }));
            assert!(is_later || refused == Err(Denial::CodeVoid {}), "a code is used twice: {refused:?}");
            self.note("resets");
        }
        Some(())
    }

    fn delete_account(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let (mut client, _) = self.enter(scene, place)?;
        let person = &mut self.people[place];
        let password = secret(person.states[0].password.as_deref()?);
        let request = Request::DeleteAccount(DeleteAccount { password, shared: SharedFate::Remove {} });
        if person.attempt(State::delete, |_| false, || client.try_ask(request))?.is_some() {
            self.note("deleted by their owners");
        }
        Some(())
    }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}
