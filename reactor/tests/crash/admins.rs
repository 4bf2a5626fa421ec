//! What admins do, over and over: change, make and delete accounts, and invite.
//!
//! This file does not know what comes of it after a restart.

use parlour_common::message::{
    AccountState, AddUser, CreateInvite, DeleteUser, Denial, EditUser, InviteEntry, Reply, Request,
    RevokeInvite, Role, SharedFate,
};

use super::deeds::{Circle, Scene, is_taken, put, some_email, some_phone};
use super::person::{State, Ticket, Twin};

/// Invites of one client that may be in force at once: all clients share a hundred.
const TICKETS_MAX: usize = 12;

impl Circle {
    /// An admin changes an account.
    pub fn edit_other(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let mut client = scene.keeper.connect(scene.address)?;
        let random = &mut *scene.random;
        let person = &mut self.people[place];
        let mut edit = EditUser {
            quota: None,
            user_name: person.name.to_uppercase(),
            email: None,
            phone: None,
            role: None,
            state: None,
        };
        match random.below(4) {
            0 => edit.role = Some(*random.pick(&[Role::Member, Role::Curator, Role::Admin])),
            1 => {
                edit.state =
                    Some(*random.pick(&[AccountState::Active, AccountState::Active, AccountState::Disabled]));
            }
            _ => {
                edit.phone = Some(some_phone(random));
                edit.email = (random.below(2) == 0).then(|| some_email(&person.name, random));
            }
        }
        let changed = edit.clone();
        let change = |state: &mut State| {
            let email = changed.email.as_ref().is_some_and(|email| *email != state.email);
            let phone = changed.phone.as_ref().is_some_and(|phone| *phone != state.phone);
            let role = changed.role.is_some_and(|role| role != state.role);
            let is_disabled = changed.state.map(|state| state == AccountState::Disabled);
            let enabled = is_disabled.is_some_and(|is_disabled| is_disabled != state.is_disabled);
            state.entries += usize::from(email || phone) + usize::from(role) + usize::from(enabled);
            put(&mut state.email, changed.email.as_ref());
            put(&mut state.phone, changed.phone.as_ref());
            put(&mut state.role, changed.role.as_ref());
            put(&mut state.is_disabled, is_disabled.as_ref());
            if role || enabled {
                state.end_sessions();
            }
            if email || role || enabled {
                state.flow = None;
            }
        };
        if person.attempt(change, is_taken, || client.try_ask(Request::EditUser(edit)))?.is_some() {
            self.note("edits by an admin");
        }
        Some(())
    }

    pub fn delete_other(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let mut client = scene.keeper.connect(scene.address)?;
        let shared = match scene.random.below(3) {
            0 => SharedFate::HandOver { to: "Keeper".to_owned() },
            1 => SharedFate::Keep {},
            _ => SharedFate::Remove {},
        };
        let person = &mut self.people[place];
        let delete = Request::DeleteUser(DeleteUser { user_name: person.name.clone(), shared });
        if person.attempt(State::delete, |_| false, || client.try_ask(delete))?.is_some() {
            self.note("deleted by an admin");
        }
        Some(())
    }

    pub fn add(&mut self, scene: &mut Scene<'_>) -> Option<()> {
        let mut client = scene.keeper.connect(scene.address)?;
        let role = *scene.random.pick(&[Role::Member, Role::Curator]);
        let place = self.new_person();
        let person = &mut self.people[place];
        let add = add_user(&person.name, &person.states[0].email, role);
        let change = |state: &mut State| {
            state.make();
            state.role = role;
            state.entries += 1;
        };
        if person.attempt(change, |_| false, || client.try_ask(add))?.is_some() {
            self.note("added by an admin");
        }
        Some(())
    }

    /// All clients want an account of the same name. Whoever is first has it.
    pub fn race(&mut self, scene: &mut Scene<'_>) -> Option<()> {
        let mut client = scene.keeper.connect(scene.address)?;
        let name = format!("twin.{}", self.twins.len());
        let email = format!("{name}.of.{}@example.org", self.client);
        self.twins.push(Twin { name: name.clone(), email: email.clone(), has_won: None });
        let answer = client.try_ask(add_user(&name, &email, Role::Member))?;
        let has_won = match answer {
            Ok(Reply::User(_)) => true,
            Err(denial) if is_taken(&denial) => false,
            // It was never tried.
            Err(Denial::Busy { .. } | Denial::Throttled { .. }) => false,
            other => panic!("{other:?} does not answer the making of an account"),
        };
        self.twins.last_mut()?.has_won = Some(has_won);
        Some(())
    }

    pub fn invite(&mut self, scene: &mut Scene<'_>) -> Option<()> {
        let open = self.tickets.iter().filter(|ticket| ticket.is_open()).count();
        if open >= TICKETS_MAX {
            return Some(());
        }
        let mut client = scene.keeper.connect(scene.address)?;
        let note = format!("ticket {} of {}", self.tickets.len(), self.client);
        let (code, guest) = (None, None);
        self.tickets.push(Ticket { note: note.clone(), code, is_made: false, revoked: None, guest });
        match client.try_ask(Request::CreateInvite(CreateInvite { note, hours: 24 }))? {
            Ok(Reply::Invite(invite)) => {
                let ticket = self.tickets.last_mut()?;
                (ticket.is_made, ticket.code) = (true, Some(invite.code.expose().as_str().to_owned()));
                self.note("invites");
            }
            // Those whose making was not answered count as well.
            Err(Denial::TooManyInvites { .. } | Denial::Busy { .. } | Denial::Throttled { .. }) => {
                self.tickets.pop();
            }
            other => panic!("{other:?} does not answer the making of an invite"),
        }
        Some(())
    }

    pub fn revoke(&mut self, scene: &mut Scene<'_>) -> Option<()> {
        let mut client = scene.keeper.connect(scene.address)?;
        let Ok(Reply::Invites(list)) = client.try_ask(Request::ListInvites {})? else {
            panic!("the invites are not shown")
        };
        // Of those whose code is not known as well.
        let of_note = |entry: &InviteEntry| {
            self.tickets.iter().position(|ticket| ticket.note == entry.note && ticket.guest.is_none())
        };
        let unused = list.invites.iter().filter(|entry| entry.used_by.is_none());
        let Some((entry, place)) = unused.rev().find_map(|entry| Some((entry, of_note(entry)?))) else {
            return Some(());
        };
        if self.tickets[place].revoked == Some(true) {
            return Some(());
        }
        self.tickets[place].revoked = Some(false);
        match client.try_ask(Request::RevokeInvite(RevokeInvite { invite: entry.id }))? {
            Ok(Reply::Done {}) => {
                self.tickets[place].revoked = Some(true);
                self.note("invites revoked");
            }
            // It was revoked before a restart, without an answer.
            Err(Denial::NoSuchInvite {}) => self.tickets[place].revoked = Some(true),
            other => panic!("{other:?} does not answer the revoking of an invite"),
        }
        Some(())
    }
}

fn add_user(name: &str, email: &str, role: Role) -> Request {
    Request::AddUser(AddUser {
        user_name: name.to_owned(),
        email: email.to_owned(),
        phone: "09121234567".to_owned(),
        password: None,
        role,
    })
}
