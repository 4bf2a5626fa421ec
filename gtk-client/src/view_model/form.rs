//! What the forms share: their entries, and what can be wrong with them.
//!
//! This file does not know the words for a problem (`text.rs`), nor which form has which entries.

use std::collections::BTreeMap;

use parlour_common::message::{Denial, Fault, Field};

use crate::network::{AddressError, LinkFault, ServerAddress};

/// A place in a form where text is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// The address of the server.
    Server,
    /// The phone number.
    Phone,
    /// The e-mail address.
    Email,
    /// The username.
    UserName,
    /// The password in force, where a new one is set.
    OldPassword,
    /// The password; where there are two, the new one.
    Password,
    /// The password once more.
    PasswordAgain,
    /// The invite or setup code.
    Code,
    /// The e-mail address or the username, to find an account by.
    Account,
    /// The code for a forgotten password.
    ResetCode,
    /// What someone says of themselves.
    About,
    /// The note on an invite.
    Note,
    /// The member to whom something is handed over.
    HandOverTo,
    /// Which fields others see.
    Visibility,
    /// The name of a file.
    FileName,
    /// How much the files of an account may take.
    Quota,
    /// What is said.
    Text,
}

impl From<Field> for Entry {
    fn from(field: Field) -> Self {
        match field {
            Field::UserName => Self::UserName,
            Field::Email => Self::Email,
            Field::Phone => Self::Phone,
            Field::Password => Self::Password,
            Field::Code => Self::Code,
            Field::About => Self::About,
            Field::Note => Self::Note,
            Field::HandOverTo => Self::HandOverTo,
            Field::Visibility => Self::Visibility,
            Field::FileName => Self::FileName,
            Field::Quota => Self::Quota,
            Field::Text => Self::Text,
        }
    }
}

/// What is wrong at an entry, or with the form as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The text of the entry is not acceptable.
    Fault(Fault),
    /// The address of the server cannot be read.
    BadAddress(AddressError),
    /// The server cannot be reached.
    CannotConnect {
        /// Which server.
        server: ServerAddress,
        /// Why.
        why: LinkFault,
    },
    /// The link was lost before the answer came.
    AnswerLost,
    /// Nobody has this username.
    NotRegistered,
    /// The password is not the account's.
    WrongPassword,
    /// The username or the password is wrong; the daemon does not say which.
    SignInRefused,
    /// The repetition is not the password.
    Differs,
    /// The daemon refused for a reason that belongs to no entry.
    Denied(Denial),
}

/// Every problem of a form: at most one at each entry, and one of the form as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems {
    at: BTreeMap<Entry, Problem>,
    whole: Option<Problem>,
}

impl Problems {
    /// Returns what is wrong at an entry.
    pub fn at(&self, entry: Entry) -> Option<&Problem> {
        self.at.get(&entry)
    }

    /// Returns what is wrong with the form as a whole.
    pub fn whole(&self) -> Option<&Problem> {
        self.whole.as_ref()
    }

    /// Tells whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty() && self.whole.is_none()
    }

    /// Notes a problem at an entry.
    pub fn put(&mut self, entry: Entry, problem: Problem) {
        self.at.insert(entry, problem);
    }

    /// Notes the fault of an entry, if it has one.
    pub fn check<T>(&mut self, entry: Entry, result: Result<T, Fault>) {
        if let Err(fault) = result {
            self.put(entry, Problem::Fault(fault));
        }
    }

    /// Notes a problem of the form as a whole.
    pub fn put_whole(&mut self, problem: Problem) {
        self.whole = Some(problem);
    }

    /// Forgets the problem at an entry, and that of the whole: its text is another now.
    pub fn forget(&mut self, entry: Entry) {
        self.at.remove(&entry);
        self.whole = None;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns the first of these entries that has a problem.
    pub fn first_of(&self, order: &[Entry]) -> Option<Entry> {
        order.iter().copied().find(|entry| self.at.contains_key(entry))
    }

    /// Notes a refusal where it belongs.
    pub fn put_denial(&mut self, denial: Denial) {
        match denial {
            Denial::InvalidFields { faults } => {
                for fault in faults {
                    self.put(fault.field.into(), Problem::Fault(fault.fault));
                }
            }
            Denial::NotRegistered {} => self.put(Entry::UserName, Problem::NotRegistered),
            Denial::WrongPassword {} => self.put(Entry::Password, Problem::WrongPassword),
            Denial::SignInRefused {} => self.put(Entry::Password, Problem::SignInRefused),
            denial => self.put_whole(Problem::Denied(denial)),
        }
    }
}
