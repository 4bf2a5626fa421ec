//! One account, for admins: making it, changing it, approving, disabling, a code for its owner, deleting it.
//!
//! This file does not know which accounts there are (`users.rs`) nor the words for anything. What another
//! admin changed meanwhile is not fought over: only what was changed here is sent.

use std::collections::BTreeMap;

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, AddUser, DeleteUser, EditUser, IssueResetCode, Quota, Reply, Request, ResetCode, Role,
    SharedFate, UserEntry,
};
use parlour_common::names::{Email, UserName, check_new_password};

use super::form::Problems;
use super::{Answered, Effect, Entry, Hear, News, Notice, Problem};
use crate::network::Answer;

/// The entries of a new account, from top to bottom.
pub const NEW_ENTRIES: [Entry; 4] = [Entry::UserName, Entry::Email, Entry::Phone, Entry::Password];

/// The entries of an account that is there.
pub const ENTRIES: [Entry; 2] = [Entry::Email, Entry::Phone];

/// The roles, in the order in which they are offered.
pub const ROLES: [Role; 3] = [Role::Member, Role::Curator, Role::Admin];

/// The quotas that are offered, in the order in which they are: in GiB where they are a number.
const QUOTAS_GIB: [u64; 7] = [1, 5, 10, 20, 50, 100, 500];

/// What becomes of what a deleted account shared, in the order in which it is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// Those with whom it is shared keep it.
    #[default]
    Keep,
    /// Another member becomes its owner.
    HandOver,
    /// It is removed.
    Remove,
}

/// The fates, in the order in which they are offered.
pub const FATES: [Fate; 3] = [Fate::Keep, Fate::HandOver, Fate::Remove];

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown for a new account.
    OpenedNew,
    /// The page is shown for this account.
    Opened(Box<UserEntry>),
    /// The page is not shown any more.
    Closed,
    /// The text of an entry changed.
    Typed(Entry, Secret<String>),
    /// Another role was chosen.
    RolePicked(Role),
    /// Another quota was chosen.
    QuotaPicked(Quota),
    /// Make the account, or store what was changed.
    Submit,
    /// Approve or enable the account, or disable it.
    SetState(AccountState),
    /// Make a code for a forgotten password.
    IssueCode,
    /// Ask what becomes of the account before it is deleted.
    BeginDeletion,
    /// Do not delete it after all.
    EndDeletion,
    /// Another fate was chosen.
    FatePicked(Fate),
    /// Delete it.
    Delete,
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
pub struct User {
    user: Option<Box<UserEntry>>,
    texts: BTreeMap<Entry, Secret<String>>,
    role: Role,
    quota: Quota,
    problems: Problems,
    code: Option<ResetCode>,
    deletion: Option<Fate>,
    last_key: u32,
    asking: Option<Asking>,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Save,
    State,
    Code,
    Deletion,
}

impl User {
    /// Returns the account; `None` while a new one is being made.
    pub fn user(&self) -> Option<&UserEntry> {
        self.user.as_deref()
    }

    /// Returns the role that is chosen.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Returns the quota that is chosen.
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// Returns the quotas that can be chosen; the one in force is always among them.
    pub fn quotas(&self) -> Vec<Quota> {
        let mut quotas = vec![Quota::Standard];
        quotas.extend(QUOTAS_GIB.map(|gib| Quota::Bytes(gib << 30)));
        quotas.push(Quota::Unlimited);
        let in_force = self.user.as_ref().map(|user| user.quota);
        quotas.extend(in_force.filter(|quota| !quotas.contains(quota)));
        quotas
    }

    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Returns the code that was just made.
    pub fn code(&self) -> Option<&ResetCode> {
        self.code.as_ref()
    }

    /// Returns the fate that is chosen while deletion is being asked about.
    pub fn deletion(&self) -> Option<Fate> {
        self.deletion
    }

    /// Tells whether a question is under way.
    pub fn is_busy(&self) -> bool {
        self.asking.is_some()
    }

    /// Tells whether there is something to store.
    pub fn can_submit(&self) -> bool {
        let Some(user) = &self.user else { return !self.is_busy() };
        let is_other = self.changed(Entry::Email, user.email.as_str()).is_some()
            || self.changed(Entry::Phone, user.phone.as_str()).is_some()
            || self.role != user.role
            || self.quota != user.quota;
        is_other && !self.is_busy()
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::OpenedNew => self.open(None),
            Msg::Opened(user) => self.open(Some(user)),
            Msg::Closed => {
                // No password and no code stays behind.
                *self = Self { last_key: self.last_key, ..Self::default() };
                Vec::new()
            }
            Msg::Typed(entry, text) => {
                if self.text(entry) != text.expose() {
                    self.texts.insert(entry, text);
                    self.problems.forget(entry);
                }
                Vec::new()
            }
            Msg::RolePicked(role) => {
                self.role = role;
                Vec::new()
            }
            Msg::QuotaPicked(quota) => {
                self.quota = quota;
                Vec::new()
            }
            Msg::Submit if !self.can_submit() => Vec::new(),
            Msg::Submit if self.user.is_some() => self.save(),
            Msg::Submit => self.add(),
            Msg::SetState(state) => self.ask_about(Asking::State, |user_name| {
                let nothing =
                    EditUser { user_name, email: None, phone: None, role: None, state: None, quota: None };
                Request::EditUser(EditUser { state: Some(state), ..nothing })
            }),
            Msg::IssueCode => self
                .ask_about(Asking::Code, |user_name| Request::IssueResetCode(IssueResetCode { user_name })),
            Msg::BeginDeletion => {
                self.problems.clear();
                self.texts.remove(&Entry::HandOverTo);
                self.deletion = Some(Fate::default());
                vec![Effect::Fill(Entry::HandOverTo, String::new())]
            }
            Msg::EndDeletion => {
                self.problems.clear();
                self.deletion = None;
                Vec::new()
            }
            Msg::FatePicked(fate) => {
                self.deletion = self.deletion.map(|_| fate);
                self.problems.forget(Entry::HandOverTo);
                Vec::new()
            }
            Msg::Delete => self.delete(),
            Msg::Answered(answered) => self.take_answer(answered),
        }
    }

    fn text(&self, entry: Entry) -> &str {
        self.texts.get(&entry).map_or("", |text| text.expose())
    }

    /// Returns what an entry has become, if it is another than it was.
    fn changed(&self, entry: Entry, was: &str) -> Option<String> {
        let text = self.text(entry).trim();
        (text != was).then(|| text.to_owned())
    }

    fn open(&mut self, user: Option<Box<UserEntry>>) -> Vec<Effect> {
        *self = Self { last_key: self.last_key, ..Self::default() };
        let focus = if user.is_some() { Entry::Email } else { Entry::UserName };
        let mut effects = self.show(user);
        effects.push(Effect::Focus(focus));
        effects
    }

    /// Shows an account as it is, or an empty form.
    fn show(&mut self, user: Option<Box<UserEntry>>) -> Vec<Effect> {
        let text = |entry| match (&user, entry) {
            (Some(user), Entry::Email) => user.email.to_string(),
            (Some(user), Entry::Phone) => user.phone.as_str().to_owned(),
            _ => String::new(),
        };
        let texts: Vec<(Entry, String)> = NEW_ENTRIES.map(|entry| (entry, text(entry))).to_vec();
        self.texts = texts.iter().map(|(entry, text)| (*entry, Secret::new(text.clone()))).collect();
        self.role = user.as_ref().map(|user| user.role).unwrap_or_default();
        self.quota = user.as_ref().map(|user| user.quota).unwrap_or_default();
        self.user = user;
        self.problems.clear();
        texts.into_iter().map(|(entry, text)| Effect::Fill(entry, text)).collect()
    }

    fn add(&mut self) -> Vec<Effect> {
        self.problems.clear();
        self.problems.check(Entry::UserName, UserName::parse(self.texts[&Entry::UserName].expose()));
        self.problems.check(Entry::Email, Email::parse(self.texts[&Entry::Email].expose()));
        let password = self.texts[&Entry::Password].clone();
        if !password.expose().is_empty() {
            self.problems.check(Entry::Password, check_new_password(password.expose()));
        }
        // The daemon alone checks the phone, and then everything at once.
        if !self.problems.is_empty() {
            return self.problems.first_of(&NEW_ENTRIES).map(Effect::Focus).into_iter().collect();
        }
        let request = Request::AddUser(AddUser {
            user_name: self.text(Entry::UserName).trim().to_owned(),
            email: self.text(Entry::Email).trim().to_owned(),
            phone: self.text(Entry::Phone).trim().to_owned(),
            password: Some(password).filter(|password| !password.expose().is_empty()),
            role: self.role,
        });
        self.ask(Asking::Save, request)
    }

    fn save(&mut self) -> Vec<Effect> {
        let Some(user) = &self.user else { return Vec::new() };
        let email = self.changed(Entry::Email, user.email.as_str());
        let edit = EditUser {
            user_name: user.user_name.to_string(),
            phone: self.changed(Entry::Phone, user.phone.as_str()),
            role: (self.role != user.role).then_some(self.role),
            state: None,
            quota: (self.quota != user.quota).then_some(self.quota),
            email,
        };
        self.problems.clear();
        if let Some(email) = &edit.email {
            self.problems.check(Entry::Email, Email::parse(email));
        }
        if !self.problems.is_empty() {
            return vec![Effect::Focus(Entry::Email)];
        }
        self.ask(Asking::Save, Request::EditUser(edit))
    }

    fn delete(&mut self) -> Vec<Effect> {
        let Some(fate) = self.deletion else { return Vec::new() };
        let shared = match fate {
            Fate::Keep => SharedFate::Keep {},
            Fate::Remove => SharedFate::Remove {},
            Fate::HandOver => {
                let to = self.text(Entry::HandOverTo).trim().to_owned();
                self.problems.check(Entry::HandOverTo, UserName::parse(&to));
                if self.problems.at(Entry::HandOverTo).is_some() {
                    return vec![Effect::Focus(Entry::HandOverTo)];
                }
                SharedFate::HandOver { to }
            }
        };
        self.ask_about(Asking::Deletion, |user_name| Request::DeleteUser(DeleteUser { user_name, shared }))
    }

    fn ask_about(&mut self, asking: Asking, request: impl FnOnce(String) -> Request) -> Vec<Effect> {
        match &self.user {
            Some(user) if self.asking.is_none() => {
                let request = request(user.user_name.to_string());
                self.ask(asking, request)
            }
            _ => Vec::new(),
        }
    }

    fn ask(&mut self, asking: Asking, request: Request) -> Vec<Effect> {
        self.last_key += 1;
        self.asking = Some(asking);
        vec![Effect::Ask { key: self.last_key, request }]
    }

    fn take_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if key != self.last_key {
            return Vec::new();
        }
        let Some(asking) = self.asking.take() else { return Vec::new() };
        match (asking, answer) {
            (Asking::Save | Asking::State, Answer::Reply(Reply::User(user))) => self.take_user(asking, user),
            (Asking::Code, Answer::Reply(Reply::ResetCode(code))) => {
                self.code = Some(code);
                Vec::new()
            }
            (Asking::Deletion, Answer::Reply(Reply::Done {})) => {
                let name = self.user.take().map(|user| user.user_name.to_string()).unwrap_or_default();
                self.deletion = None;
                vec![Effect::Say(Notice::UserDeleted(name)), Effect::Back]
            }
            (_, Answer::Denied(denial)) => {
                self.problems.put_denial(denial);
                let order = [Entry::UserName, Entry::Email, Entry::Phone, Entry::Password, Entry::HandOverTo];
                self.problems.first_of(&order).map(Effect::Focus).into_iter().collect()
            }
            (_, Answer::Reply(_) | Answer::Lost) => {
                self.problems.put_whole(Problem::AnswerLost);
                Vec::new()
            }
        }
    }

    fn take_user(&mut self, asking: Asking, user: UserEntry) -> Vec<Effect> {
        let is_new = self.user.is_none();
        let name = user.user_name.to_string();
        let mut effects = if asking == Asking::Save {
            self.show(Some(Box::new(user)))
        } else {
            // What is being typed stays.
            self.user = Some(Box::new(user));
            Vec::new()
        };
        effects.push(Effect::Say(if is_new { Notice::UserAdded(name) } else { Notice::UserSaved(name) }));
        effects
    }
}

#[cfg(test)]
mod tests;
