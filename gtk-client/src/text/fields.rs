//! What is wrong with what was typed, and what each entry is called.
//!
//! This file does not know forms.

use parlour_common::message::Fault;

use super::{cannot_connect, denial};
use crate::format::{counted, number};
use crate::network::AddressError;
use crate::view_model::{Entry, Problem};

/// Says what is wrong at an entry, or with the form as a whole.
pub fn problem(entry: Option<Entry>, problem: &Problem) -> String {
    match problem {
        Problem::Fault(fault) => field_fault(entry, fault),
        Problem::BadAddress(error) => address_error(error),
        Problem::CannotConnect { server, why } => cannot_connect(server, why),
        Problem::AnswerLost => "The connection was lost before the server answered. Try again.".to_owned(),
        Problem::NotRegistered if entry == Some(Entry::Account) => {
            "Nobody is registered under this username or e-mail address. Check the spelling.".to_owned()
        }
        Problem::NotRegistered => {
            "Nobody is registered under this name. Check the spelling, or create an account.".to_owned()
        }
        Problem::WrongPassword => "The password is wrong. Type it again.".to_owned(),
        Problem::SignInRefused => "The username or the password is wrong. Check both.".to_owned(),
        Problem::Differs => "The two passwords differ. Type the same one twice.".to_owned(),
        Problem::Denied(denial) => self::denial(denial),
    }
}

/// Says what is wrong with the text of an entry.
fn field_fault(entry: Option<Entry>, fault: &Fault) -> String {
    let name = entry.map_or("this field", entry_name);
    match (fault, entry) {
        (Fault::Missing {}, Some(Entry::PasswordAgain)) => "Type the password once more.".to_owned(),
        (Fault::Missing {}, _) => format!("Type {name}."),
        (Fault::TooShort { chars_min }, _) => {
            format!("Use at least {}.", counted(u64::from(*chars_min), "character", "characters"))
        }
        (Fault::TooLong { max }, _) => {
            format!("This is too long. Use at most {} characters.", number(u64::from(*max)))
        }
        (Fault::Taken {}, Some(Entry::UserName)) => {
            "This username, or one that looks like it, is taken. Choose another.".to_owned()
        }
        (Fault::Taken {}, _) => "Another account has this already. Use another.".to_owned(),
        (Fault::Reserved {}, _) => "Nobody may take this name. Choose another.".to_owned(),
        (Fault::NotAllowed {}, Some(Entry::Phone)) => {
            "This is not a phone number this server accepts. Check the digits and the country code."
                .to_owned()
        }
        (Fault::NotAllowed {}, Some(Entry::Email)) => {
            "This is not an e-mail address. Write it as in name@example.org.".to_owned()
        }
        (Fault::NotAllowed {}, Some(Entry::UserName)) => {
            "A username has letters and digits of one script, with . - or _ only between them.".to_owned()
        }
        (Fault::NotAllowed {}, Some(Entry::ResetCode)) => {
            "A code has 5 or 8 digits and nothing else. Check it.".to_owned()
        }
        (Fault::NotAllowed {}, Some(Entry::Code)) => {
            "This code is not known here, has been used, or is too old. Check the spelling, or ask for another."
                .to_owned()
        }
        (Fault::NotAllowed {}, _) => "This cannot be used here. Check it.".to_owned(),
    }
}

/// Says what is wrong with an address.
fn address_error(error: &AddressError) -> String {
    match error {
        AddressError::Empty => "Type the name or the address of the server.".to_owned(),
        AddressError::NotAHost => {
            "Type only the name of the server, with its port if it has one, as in example.org:9000."
                .to_owned()
        }
        AddressError::BadCharacter(c) if c.is_whitespace() => {
            "The name of a server has no blanks. Take them out.".to_owned()
        }
        AddressError::BadCharacter(c) => {
            format!("The name of a server cannot have “{c}” in it. Take it out.")
        }
        AddressError::TooLong => "No server has a name this long. Check it.".to_owned(),
        AddressError::BadPort(_) => {
            "The port must be a number from 1 to 65535, as in example.org:9000.".to_owned()
        }
        AddressError::BadBrackets => "The brackets must hold an IPv6 address, as in [::1]:9000.".to_owned(),
    }
}

/// Returns the title of an entry.
pub fn entry_title(entry: Entry) -> &'static str {
    match entry {
        Entry::Server => "Server",
        Entry::Phone => "Phone",
        Entry::Email => "E-mail",
        Entry::UserName => "Username",
        Entry::OldPassword => "Current Password",
        Entry::Password => "Password",
        Entry::PasswordAgain => "Repeat Password",
        Entry::Code => "Invite or Setup Code",
        Entry::Account => "E-mail or Username",
        Entry::ResetCode => "Code",
        Entry::About => "About You",
        Entry::Note => "Note",
        Entry::HandOverTo => "Hand Over To",
        Entry::Visibility => "Shown to Others",
        Entry::FileName => "Name",
        Entry::Quota => "Room for Files",
        Entry::Text => "Message",
    }
}

fn entry_name(entry: Entry) -> &'static str {
    match entry {
        Entry::Server => "the name or the address of the server",
        Entry::Phone => "your phone number",
        Entry::Email => "your e-mail address",
        Entry::UserName => "a username",
        Entry::OldPassword => "the password you have now",
        Entry::Password => "a password",
        Entry::PasswordAgain => "the password once more",
        Entry::Code | Entry::ResetCode => "the code",
        Entry::Account => "your e-mail address or your username",
        Entry::About => "a few words",
        Entry::Note => "a note",
        Entry::HandOverTo => "a username",
        Entry::Visibility => "what others may see",
        Entry::FileName => "a name",
        Entry::Quota => "the room for files",
        Entry::Text => "a message",
    }
}
