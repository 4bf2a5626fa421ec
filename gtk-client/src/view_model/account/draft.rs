//! What was typed so far, beside what is stored.
//!
//! This file does not know when something is stored.

use parlour_common::message::{EditAccount, OwnAccount, Visibility};
use parlour_common::names::PhonePattern;

use crate::view_model::Entry;

/// The entries and switches as they stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    email: String,
    phone: String,
    about: String,
    pub(super) visibility: Visibility,
}

impl Draft {
    /// What is stored, as it is typed.
    pub(super) fn of(account: &OwnAccount) -> Self {
        Self {
            email: account.email.to_string(),
            phone: account.phone.as_str().to_owned(),
            about: account.about.clone(),
            visibility: account.visibility,
        }
    }

    /// Returns the text of an entry.
    pub(super) fn text(&self, entry: Entry) -> &str {
        match entry {
            Entry::Email => &self.email,
            Entry::Phone => &self.phone,
            Entry::About => &self.about,
            _ => "",
        }
    }

    /// Puts a text into an entry. Returns whether it is another.
    pub(super) fn set(&mut self, entry: Entry, text: &str) -> bool {
        let held = match entry {
            Entry::Email => &mut self.email,
            Entry::Phone => &mut self.phone,
            Entry::About => &mut self.about,
            _ => return false,
        };
        let is_other = held != text;
        text.clone_into(held);
        is_other
    }

    /// Shows a field to others, or not.
    pub(super) fn show(&mut self, entry: Entry, shown: bool) {
        if let Some(held) = shown_in(&mut self.visibility, entry) {
            *held = shown;
        }
    }

    /// Tells whether storing this would change anything: blanks around a text, and within a phone number,
    /// would not.
    pub(super) fn differs_from(&self, stored: &OwnAccount, pattern: Option<&PhonePattern>) -> bool {
        self.edit_of(stored, pattern) != EditAccount::default()
    }

    /// Returns what has to be changed for this to be stored.
    pub(super) fn edit_of(&self, stored: &OwnAccount, pattern: Option<&PhonePattern>) -> EditAccount {
        let phone = pattern.and_then(|pattern| pattern.check(&self.phone).ok());
        let phone = phone.map_or_else(|| self.phone.trim().to_owned(), |phone| phone.as_str().to_owned());
        let changed = |text: &str, stored: &str| (text.trim() != stored).then(|| text.trim().to_owned());
        EditAccount {
            email: changed(&self.email, stored.email.as_str()),
            phone: changed(&phone, stored.phone.as_str()),
            about: changed(&self.about, &stored.about),
            visibility: (self.visibility != stored.visibility).then_some(self.visibility),
        }
    }

    /// Takes over what was changed in the store, where nothing was changed here. Returns the entries that
    /// hold another text now.
    pub(super) fn take_from(&mut self, before: &OwnAccount, now: &OwnAccount) -> Vec<Entry> {
        let (mut before, mut now) = (Self::of(before), Self::of(now));
        for entry in [Entry::Email, Entry::Phone, Entry::About] {
            let held = shown_in(&mut self.visibility, entry);
            if let (Some(held), Some(was), Some(is)) =
                (held, shown_in(&mut before.visibility, entry), shown_in(&mut now.visibility, entry))
                && *held == *was
            {
                *held = *is;
            }
        }
        let mut taken = Vec::new();
        for entry in super::ENTRIES {
            if self.text(entry).trim() == before.text(entry) && self.set(entry, now.text(entry)) {
                taken.push(entry);
            }
        }
        taken
    }
}

/// Returns whether a field is shown to others.
fn shown_in(visibility: &mut Visibility, entry: Entry) -> Option<&mut bool> {
    match entry {
        Entry::Email => Some(&mut visibility.email),
        Entry::Phone => Some(&mut visibility.phone),
        Entry::About => Some(&mut visibility.about),
        _ => None,
    }
}
