//! Everything the app says about refusals and failures: what happened, and what to do.
//!
//! This is the only file that turns them into words. It does not know where the words are shown.

use parlour_common::message::{ClosingReason, Denial, Fault, SortBy};

use crate::format::{counted, number};
use crate::network::{AddressError, DownloadFault, LinkFault, ServerAddress};
use crate::view_model::shell::Banner;
use crate::view_model::{Entry, Notice, Problem};

/// Says what is wrong at an entry, or with the form as a whole.
pub fn problem(entry: Option<Entry>, problem: &Problem) -> String {
    match problem {
        Problem::Fault(fault) => field_fault(entry, fault),
        Problem::BadAddress(error) => address_error(error),
        Problem::CannotConnect { server, why } => cannot_connect(server, why),
        Problem::AnswerLost => "The connection was lost before the server answered. Try again.".to_owned(),
        Problem::NotRegistered => {
            "Nobody is registered under this name. Check the spelling, or create an account.".to_owned()
        }
        Problem::WrongPassword => "The password is wrong. Type it again.".to_owned(),
        Problem::SignInRefused => "The username or the password is wrong. Check both.".to_owned(),
        Problem::Differs => "The two passwords differ. Type the same one twice.".to_owned(),
        Problem::Denied(denial) => self::denial(denial),
    }
}

/// Says why nothing is connected, in the words `Cannot connect to host:9000: reason. What to do.`
pub fn cannot_connect(server: &ServerAddress, why: &LinkFault) -> String {
    let (reason, advice) = link_fault(why);
    format!("Cannot connect to {}: {reason}. {advice}", full_address(server))
}

/// Returns an address with its port, the usual one too.
pub fn full_address(server: &ServerAddress) -> String {
    let ServerAddress { host, port } = server;
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Says what stands above the library while the daemon cannot be reached.
pub fn banner(banner: &Banner) -> String {
    match banner {
        Banner::Trying => "Connection lost. Trying again…".to_owned(),
        Banner::Lost { seconds: Some(0), .. } => "Connection lost. Trying again…".to_owned(),
        Banner::Lost { seconds: Some(seconds), .. } => {
            format!("Connection lost. Trying again in {seconds}\u{a0}s.")
        }
        Banner::Lost { why, seconds: None } => {
            let (reason, advice) = link_fault(why);
            format!("Connection lost: {reason}. {advice}")
        }
    }
}

/// Returns why there is no link, to follow a colon, and a sentence of what to do.
pub fn link_fault(why: &LinkFault) -> (String, &'static str) {
    match why {
        LinkFault::CannotResolve(_) => {
            ("no server of this name was found".to_owned(), "Check the spelling and your network.")
        }
        LinkFault::Refused => (
            "nothing is listening there".to_owned(),
            "Check the port, or ask the operator whether the server is running.",
        ),
        LinkFault::Unreachable(reason) => (format!("it cannot be reached ({reason})"), "Check your network."),
        LinkFault::TimedOut => {
            ("it did not answer in time".to_owned(), "Check the address and your network, then try again.")
        }
        LinkFault::NotParlour => {
            ("what answers there is not a Parlour server".to_owned(), "Check the address and the port.")
        }
        LinkFault::VersionUnsupported => (
            "the server speaks another version of Parlour".to_owned(),
            "Update this app, or ask the operator to update the server.",
        ),
        LinkFault::Closed(reason) => closed(reason.as_ref()),
        LinkFault::Silent => ("the server went silent".to_owned(), "Check your network, then try again."),
        LinkFault::Garbled => (
            "the server sent something this app does not understand".to_owned(),
            "Try again; if it happens again, update this app.",
        ),
        LinkFault::Denied(denial) => (sentence_to_clause(&self::denial(denial)), "Try again later."),
    }
}

fn closed(reason: Option<&ClosingReason>) -> (String, &'static str) {
    match reason {
        Some(ClosingReason::Shutdown {}) => {
            ("the server was stopped".to_owned(), "Try again when it is running.")
        }
        Some(ClosingReason::Full {}) => {
            ("the server has no room for more connections".to_owned(), "Try again in a minute.")
        }
        Some(ClosingReason::BadFrame { .. }) => (
            "the server did not understand this app".to_owned(),
            "Try again; if it happens again, update this app.",
        ),
        Some(ClosingReason::Silent {} | ClosingReason::TooSlow {}) => {
            ("the connection is too slow".to_owned(), "Check your network, then try again.")
        }
        Some(ClosingReason::Goodbye {}) | None => {
            ("the server closed the connection".to_owned(), "Try again.")
        }
    }
}

/// Makes a sentence fit to follow a colon.
fn sentence_to_clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{}", chars.as_str())
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
        (Fault::NotAllowed {}, _) => "This cannot be used here. Check it.".to_owned(),
    }
}

/// Returns the title of an entry.
pub fn entry_title(entry: Entry) -> &'static str {
    match entry {
        Entry::Server => "Server",
        Entry::Phone => "Phone",
        Entry::Email => "E-mail",
        Entry::UserName => "Username",
        Entry::Password => "Password",
        Entry::PasswordAgain => "Repeat Password",
        Entry::Code => "Code",
        Entry::About => "About You",
        Entry::Note => "Note",
        Entry::HandOverTo => "Hand Over To",
        Entry::Visibility => "Shown to Others",
    }
}

fn entry_name(entry: Entry) -> &'static str {
    match entry {
        Entry::Server => "the name or the address of the server",
        Entry::Phone => "your phone number",
        Entry::Email => "your e-mail address",
        Entry::UserName => "a username",
        Entry::Password => "a password",
        Entry::PasswordAgain => "the password once more",
        Entry::Code => "the code",
        Entry::About => "a few words",
        Entry::Note => "a note",
        Entry::HandOverTo => "a username",
        Entry::Visibility => "what others may see",
    }
}

/// Says why the daemon did not do what was asked.
pub fn denial(denial: &Denial) -> String {
    match denial {
        Denial::Throttled { retry_after_ms } => {
            format!("Too many tries. Wait {}, then try again.", seconds(*retry_after_ms))
        }
        Denial::Busy { retry_after_ms } => {
            format!("The server has too much to do. Try again in {}.", seconds(*retry_after_ms))
        }
        Denial::NotRegistered {} => problem(None, &Problem::NotRegistered),
        Denial::WrongPassword {} => problem(None, &Problem::WrongPassword),
        Denial::SignInRefused {} => problem(None, &Problem::SignInRefused),
        Denial::SignInFirst {} | Denial::SessionEnded {} => {
            "Your session has ended. Sign in again.".to_owned()
        }
        Denial::SignedInAlready {} => "You are signed in already. Sign out first.".to_owned(),
        Denial::InvalidFields { .. } => "Something in the form is not right. Check it.".to_owned(),
        Denial::NoSuchTrack {} => "The track is not in the library any more. Search for it again.".to_owned(),
        Denial::NoSuchCover {} => "The picture is not in the library any more.".to_owned(),
        Denial::StorageUnavailable {} => {
            "The server cannot store anything at the moment. Try again later, or tell the operator."
                .to_owned()
        }
        Denial::Internal {} => {
            "Something went wrong on the server. Try again; if it happens again, tell the operator."
                .to_owned()
        }
        Denial::VersionUnsupported { .. } | Denial::UnknownRequest {} | Denial::BadRequest { .. } => {
            "The server and this app do not understand each other. Update the older one.".to_owned()
        }
        Denial::TooManyConnections { .. } => {
            "You are signed in too many times at once. Close Parlour on another device, then try again."
                .to_owned()
        }
        Denial::TooManyTransfers { .. } => {
            "Too many downloads are under way. Try again when one has ended.".to_owned()
        }
        Denial::NotAllowed {} => "Only an admin may do this. Ask one.".to_owned(),
        Denial::ApprovalPending {} => {
            "Your account is waiting for an admin to approve it. Try again later, or ask one.".to_owned()
        }
        Denial::AccountDisabled {} => "An admin has disabled this account. Ask one to enable it.".to_owned(),
        Denial::NoSuchMember {} => "There is no member of that name. Check the spelling.".to_owned(),
        Denial::NoSuchSession {} => "That device is signed out already.".to_owned(),
        Denial::NoSuchInvite {} => "That invite has been used, or is not in force any more.".to_owned(),
        Denial::LastAdmin {} => {
            "Nobody would be admin any more. Make someone else an admin first.".to_owned()
        }
        Denial::WrongCode { tries_left } => {
            let tries = counted(u64::from(*tries_left), "more try", "more tries");
            format!("The code is wrong. You have {tries}.")
        }
        Denial::CodeVoid {} => "This code cannot be used any more. Ask for a new one.".to_owned(),
        Denial::MailUnavailable {} => {
            "The server cannot send mail at the moment. Ask an admin for a code, or try again later."
                .to_owned()
        }
        Denial::TooManyInvites { limit } => {
            format!("There are {limit} invites in use already. Revoke one first.")
        }
        Denial::HelloFirst {}
        | Denial::HelloAgain {}
        | Denial::VersionChanged {}
        | Denial::OffsetOutside { .. }
        | Denial::NoSuchTransfer {} => {
            "Something went wrong between the app and the server. Try again.".to_owned()
        }
    }
}

fn seconds(milliseconds: u32) -> String {
    counted(u64::from(milliseconds.div_ceil(1000).max(1)), "second", "seconds")
}

/// Says why a download ended without the file.
pub fn download_fault(why: &DownloadFault) -> String {
    match why {
        DownloadFault::FolderGone => "The folder is not there any more. Choose another.".to_owned(),
        DownloadFault::NoSpace => "The disk is full. Make room, then try again.".to_owned(),
        DownloadFault::NotWritable(reason) => {
            format!("The folder cannot be written to ({reason}). Choose another.")
        }
        DownloadFault::InUse => "This track is already being saved in that folder.".to_owned(),
        DownloadFault::Denied(denial) => self::denial(denial),
        DownloadFault::Changed => "The track keeps changing on the server. Try again later.".to_owned(),
        DownloadFault::ReadFailed => {
            "The server could not read the track. Try again later, or tell the operator.".to_owned()
        }
        DownloadFault::Garbled => "The server sent something else than the track. Try again.".to_owned(),
        DownloadFault::Disconnected => "The connection was closed. Sign in, then try again.".to_owned(),
        DownloadFault::TooMany => {
            "Too many downloads are waiting. Try again when some have ended.".to_owned()
        }
    }
}

/// Returns the name of an order.
pub fn sort_title(by: SortBy) -> &'static str {
    match by {
        SortBy::Relevance => "Best Match",
        SortBy::Title => "Title",
        SortBy::Artist => "Artist",
        SortBy::Album => "Album",
        SortBy::Duration => "Length",
        SortBy::Size => "Size",
    }
}

/// Says what a heading orders by, and which way it does now if it does.
pub fn sort_heading(by: SortBy, descending: Option<bool>) -> String {
    let title = sort_title(by);
    match descending {
        None => format!("Sort by {title}"),
        Some(false) => format!("Sort by {title}, ascending now"),
        Some(true) => format!("Sort by {title}, descending now"),
    }
}

/// Says something in passing.
pub fn notice(notice: &Notice) -> String {
    let tracks = |count: usize| counted(u64::try_from(count).unwrap_or(u64::MAX), "track", "tracks");
    match notice {
        Notice::Downloading { tracks: count } => format!("Downloading {}", tracks(*count)),
        Notice::AllDownloaded { tracks: count } => format!("{} downloaded", tracks(*count)),
        Notice::SomeFailed { saved: 0, failed } => format!("{} could not be downloaded", tracks(*failed)),
        Notice::SomeFailed { saved, failed } => {
            format!("{} downloaded, {} could not be", tracks(*saved), tracks(*failed))
        }
        Notice::ChooseFolderFirst => "Choose a folder to download to first".to_owned(),
        Notice::SessionEnded => "Your session was ended. Sign in again".to_owned(),
        Notice::Denied(denial) => self::denial(denial),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> ServerAddress {
        "music.example.org".parse().unwrap()
    }

    #[test]
    fn a_failed_link_says_where_why_and_what_to_do() {
        assert_eq!(
            cannot_connect(&server(), &LinkFault::Refused),
            "Cannot connect to music.example.org:9000: nothing is listening there. Check the port, or ask the \
             operator whether the server is running."
        );
        let v6 = "[::1]:81".parse().unwrap();
        assert!(
            cannot_connect(&v6, &LinkFault::TimedOut).starts_with("Cannot connect to [::1]:81: it did not")
        );
        let denied = LinkFault::Denied(Denial::Busy { retry_after_ms: 1500 });
        assert!(cannot_connect(&server(), &denied).contains(": the server has too much to do."));
    }

    #[test]
    fn every_fault_of_a_field_is_a_sentence() {
        let faults = [
            Fault::Missing {},
            Fault::TooShort { chars_min: 8 },
            Fault::TooLong { max: 32 },
            Fault::NotAllowed {},
            Fault::Reserved {},
            Fault::Taken {},
        ];
        let entries = [
            Entry::Server,
            Entry::Phone,
            Entry::Email,
            Entry::UserName,
            Entry::Password,
            Entry::PasswordAgain,
        ];
        for fault in &faults {
            for entry in entries {
                let text = problem(Some(entry), &Problem::Fault(fault.clone()));
                assert!(text.ends_with('.') && text.len() > 10, "{text}");
                assert!(text.chars().next().is_some_and(char::is_uppercase), "{text}");
            }
        }
        let phone = problem(Some(Entry::Phone), &Problem::Fault(Fault::Missing {}));
        assert_eq!(phone, "Type your phone number.");
    }

    #[test]
    fn waits_are_said_in_whole_seconds() {
        for (milliseconds, wait) in
            [(0, "1 second"), (1000, "1 second"), (1001, "2 seconds"), (90_000, "90 seconds")]
        {
            let text = denial(&Denial::Throttled { retry_after_ms: milliseconds });
            assert_eq!(text, format!("Too many tries. Wait {wait}, then try again."));
        }
    }

    #[test]
    fn the_banner_counts_down() {
        let why = LinkFault::Closed(None);
        let lost = |seconds| banner(&Banner::Lost { why: why.clone(), seconds });
        assert_eq!(lost(Some(5)), "Connection lost. Trying again in 5\u{a0}s.");
        assert_eq!(lost(Some(0)), banner(&Banner::Trying));
        assert!(lost(None).starts_with("Connection lost: the server closed the connection."));
    }
}
