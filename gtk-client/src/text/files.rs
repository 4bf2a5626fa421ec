//! Files: what there is of them, what was done with them, how much room they take.
//!
//! This file does not know where the words are shown.

use parlour_common::message::{DiskLow, DiskState, FileEntry, FilePlace, FileSort, Quota, Recipient, Usage};

use super::isolated;
use super::times::{date, day, moment};
use crate::format::{counted, number, size};
use crate::view_model::Problem;
use crate::view_model::files::{Deed, Told, USAGE_WARNING_PERCENT, View};

fn files(count: usize) -> String {
    counted(u64::try_from(count).unwrap_or(u64::MAX), "file", "files")
}

/// Names the only file, or says how many there are.
pub(super) fn these(count: usize, name: Option<&str>) -> String {
    name.map_or_else(|| files(count), |name| format!("“{}”", isolated(name)))
}

/// Says in passing what happened with files.
pub(super) fn told(told: &Told) -> String {
    match told {
        Told::Done { deed, files, name } => {
            let these = these(*files, name.as_deref());
            match deed {
                Deed::Trash => format!("{these} moved to the trash"),
                Deed::Restore => format!("{these} restored"),
                Deed::Purge => format!("{these} deleted for good"),
                Deed::Remove => format!("{these} removed from your list"),
                Deed::Download => format!("{these} downloaded"),
                Deed::Share => format!("{these} shared"),
                Deed::Show => format!("{these} shown"),
                Deed::Rename => format!("{these} renamed"),
            }
        }
        Told::Emptied => "The trash is empty".to_owned(),
        Told::Shared { by, name } => format!("{} shares “{}” with you", isolated(by), isolated(name)),
        Told::SharedWith { members } => {
            let members = u64::try_from(*members).unwrap_or(u64::MAX);
            format!("Shared with {}", counted(members, "member", "members"))
        }
        Told::Unshared { with } => format!("Not shared with {} any more", isolated(with)),
        Told::NotUploaded { folders: 0, .. } => {
            "Only files on this computer can be uploaded. Save it here first.".to_owned()
        }
        Told::NotUploaded { folders: 1, .. } => {
            "A folder cannot be uploaded. Choose the files in it.".to_owned()
        }
        Told::NotUploaded { .. } => "Folders cannot be uploaded. Choose the files in them.".to_owned(),
        Told::FetchingForDrag { name } => {
            format!("“{}” is fetched first, then handed over. A large file takes a while.", isolated(name))
        }
    }
}

/// Returns what the button of an offer says.
pub(super) fn offer(told: &Told) -> &'static str {
    match told {
        Told::Done { .. } => "Undo",
        _ => "Show",
    }
}

/// Returns the name of a place.
pub fn place(place: FilePlace) -> &'static str {
    match place {
        FilePlace::Own => "My Files",
        FilePlace::Shared => "Shared with Me",
        FilePlace::Trash => "Trash",
    }
}

/// Returns what is done, as a command.
pub fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::Download => "Download…",
        Deed::Share => "Share…",
        Deed::Show => "Show in Room…",
        Deed::Rename => "Rename…",
        Deed::Trash => "Move to Trash",
        Deed::Restore => "Restore",
        Deed::Purge => "Delete for Good…",
        Deed::Remove => "Remove from My List…",
    }
}

/// Returns the icon of what is done.
pub fn deed_icon(deed: Deed) -> &'static str {
    match deed {
        Deed::Download => "folder-download-symbolic",
        Deed::Share => "system-users-symbolic",
        Deed::Show => "chat-message-new-symbolic",
        Deed::Rename => "document-edit-symbolic",
        Deed::Trash => "user-trash-symbolic",
        Deed::Restore => "edit-undo-symbolic",
        Deed::Purge => "edit-delete-symbolic",
        Deed::Remove => "list-remove-symbolic",
    }
}

/// Returns the name of an order.
pub fn file_order(by: FileSort) -> &'static str {
    match by {
        FileSort::Name => "Name",
        FileSort::Size => "Size",
        FileSort::Time => "Time",
    }
}

/// Says beneath the name of a file how large it is, and what is worth knowing in its place.
pub fn card_detail(entry: &FileEntry) -> String {
    let size = size(entry.size_bytes);
    match &entry.trashed {
        Some(trashed) => match trashed.until_unix_ms.and_then(date) {
            Some(until) => format!("{size} · until {until}"),
            None => size,
        },
        None => size,
    }
}

/// Says who shares a file, or who has fetched it. `None`: it is shared with nobody.
pub fn card_sharing(entry: &FileEntry) -> Option<String> {
    if let Some(by) = &entry.shared_by {
        return Some(format!("From {}", isolated(by.user_name.as_str())));
    }
    match (entry.fetched, entry.recipients) {
        (_, 0) => None,
        (0, 1) => Some("Shared with 1".to_owned()),
        (0, all) => Some(format!("Shared with {}", number(all.into()))),
        (have, all) if have >= all => {
            Some(if all == 1 { "1 has it".to_owned() } else { format!("All {} have it", number(all.into())) })
        }
        (1, all) => Some(format!("1 of {} has it", number(all.into()))),
        (have, all) => Some(format!("{} of {} have it", number(have.into()), number(all.into()))),
    }
}

/// Says everything about a file at once, for the one who points at it or has it read aloud.
pub fn card_tooltip(entry: &FileEntry) -> String {
    let mut lines = vec![entry.file_name.to_string(), size(entry.size_bytes)];
    lines.extend(moment(entry.changed_unix_ms).map(|moment| format!("Uploaded {moment}")));
    lines.extend(card_sharing(entry));
    if let Some(by) = &entry.shared_by {
        lines.extend(by.fetched_unix_ms.and_then(moment).map(|moment| format!("You fetched it {moment}")));
    }
    if let Some(trashed) = &entry.trashed {
        lines.extend(moment(trashed.since_unix_ms).map(|moment| format!("In the trash since {moment}")));
        lines.extend(trashed.until_unix_ms.and_then(date).map(|day| format!("Deleted for good on {day}")));
    }
    lines.join("\n")
}

/// Says whether a member has fetched what is shared with them, and when.
pub fn receipt(recipient: &Recipient) -> String {
    match recipient.fetched_unix_ms {
        Some(at) => match (day(at), moment(at)) {
            (Some(day), Some(moment)) if day == "today" || day == "yesterday" => {
                let time = moment.rsplit(' ').next().unwrap_or_default();
                format!("Fetched it {day} at {time}")
            }
            (_, Some(moment)) => format!("Fetched it on {moment}"),
            _ => "Has fetched it".to_owned(),
        },
        None => match day(recipient.since_unix_ms) {
            Some(day) => format!("Has not fetched it yet · shared {day}"),
            None => "Has not fetched it yet".to_owned(),
        },
    }
}

/// Says how many files are listed.
pub fn file_count(total: u32, query: &str) -> String {
    match query.trim().is_empty() {
        true => counted(total.into(), "file", "files"),
        false => format!("{} found", number(total.into())),
    }
}

/// Says how much room one's files take.
pub fn usage(usage: &Usage) -> String {
    match usage.quota_bytes {
        Some(quota) => format!("{} of {} used", size(usage.used_bytes), size(quota)),
        None => format!("{} used", size(usage.used_bytes)),
    }
}

/// Says what to do when there is not much room left. `None`: there is.
pub fn usage_warning(usage: &Usage) -> Option<String> {
    let quota = usage.quota_bytes?;
    let is_full = usage.used_bytes >= quota;
    let is_near = u128::from(usage.used_bytes) * 100 >= u128::from(quota) * u128::from(USAGE_WARNING_PERCENT);
    let advice = match usage.trash_bytes {
        0 => "Delete files you do not need.".to_owned(),
        trash => format!("Emptying the trash frees {}.", size(trash)),
    };
    match (is_full, is_near) {
        (true, _) => Some(format!("Your room is full. {advice}")),
        (false, true) => Some(format!("Your room is nearly full. {advice}")),
        _ => None,
    }
}

/// Says how long files stay in the trash.
pub fn trash_rule(days: u32) -> String {
    match days {
        0 => "Files stay here until you delete them for good. They count as used until then.".to_owned(),
        days => {
            let days = counted(days.into(), "day", "days");
            format!("Files are deleted for good after {days} in the trash. They count as used until then.")
        }
    }
}

/// Says why there are no cards: an icon, a title, and what to do.
pub fn no_cards(view: &View, of: FilePlace, query: &str) -> (&'static str, &'static str, String) {
    match (view, of) {
        (View::Failed(problem), _) => {
            ("network-error-symbolic", "Your Files Cannot Be Shown", super::problem(None, problem))
        }
        (View::NoMatch, _) => (
            "system-search-symbolic",
            "Nothing Found",
            format!("No name contains “{}”. Try fewer letters.", isolated(query.trim())),
        ),
        (_, FilePlace::Own) => (
            "folder-documents-symbolic",
            "No Files Yet",
            "Upload files to have them on every device, and to share them. You can also drop them here."
                .to_owned(),
        ),
        (_, FilePlace::Shared) => (
            "system-users-symbolic",
            "Nothing Is Shared with You",
            "When a member shares a file with you, it appears here.".to_owned(),
        ),
        (_, FilePlace::Trash) => (
            "user-trash-symbolic",
            "The Trash Is Empty",
            "What you delete comes here first, and can be restored.".to_owned(),
        ),
    }
}

/// Says what is wrong with the name a file is to have.
pub fn name_problem(problem: &Problem) -> String {
    match problem {
        Problem::Fault(parlour_common::message::Fault::Missing {}) => "Type a name.".to_owned(),
        Problem::Fault(parlour_common::message::Fault::TooLong { max }) => {
            format!("This is too long. Use at most {max} bytes: a letter takes one to four.")
        }
        Problem::Fault(_) => "A name cannot have “/” or “\\” in it, nor be “.” or “..”.".to_owned(),
        other => super::problem(None, other),
    }
}

/// Says on which files the page of sharing acts.
pub fn shared_files(names: &[&str]) -> String {
    match names {
        [only] => format!("“{}”", isolated(only)),
        names => files(names.len()),
    }
}

/// Says above every page that room on the daemon's disk runs short.
pub fn disk(low: &DiskLow) -> String {
    let free = size(low.free_bytes);
    match low.state {
        DiskState::Full => {
            format!("The server’s disk is full: {free} free. Nobody can upload until there is room again.")
        }
        DiskState::Low | DiskState::Enough => {
            format!("The server’s disk is nearly full: {free} free. Soon nobody can upload any more.")
        }
    }
}

/// The bytes of one GiB, in which quotas are typed.
const GIB: u64 = 1 << 30;

/// Returns the name of a quota.
pub fn quota(quota: Quota) -> String {
    match quota {
        Quota::Standard => "Standard".to_owned(),
        Quota::Bytes(bytes) if bytes % GIB == 0 => format!("{} GiB", number(bytes / GIB)),
        Quota::Bytes(bytes) => size(bytes),
        Quota::Unlimited => "Unlimited".to_owned(),
    }
}

/// Says how much the files of an account take, and may.
pub fn quota_taken(files_bytes: u64, quota: Quota) -> String {
    let taken = size(files_bytes);
    match quota {
        Quota::Standard => format!("Files take {taken}; as much as everyone may"),
        Quota::Bytes(bytes) if bytes % GIB == 0 => {
            format!("Files take {taken} of {} GiB", number(bytes / GIB))
        }
        Quota::Bytes(bytes) => format!("Files take {taken} of {}", size(bytes)),
        Quota::Unlimited => format!("Files take {taken}, without limit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::files::tests::entry;

    #[test]
    fn a_card_says_who_has_a_file() {
        let shared = |recipients, fetched| card_sharing(&FileEntry { recipients, fetched, ..entry(1) });
        assert_eq!(shared(0, 0), None);
        for (recipients, fetched, words) in [
            (1, 0, "Shared with 1"),
            (3, 0, "Shared with 3"),
            (3, 1, "1 of 3 has it"),
            (3, 2, "2 of 3 have it"),
            (3, 3, "All 3 have it"),
            (1, 1, "1 has it"),
        ] {
            assert_eq!(shared(recipients, fetched).as_deref(), Some(words));
        }
    }

    #[test]
    fn one_is_warned_before_ones_room_is_full_and_told_what_to_do() {
        let usage = |used_bytes, trash_bytes| Usage {
            used_bytes,
            trash_bytes,
            quota_bytes: Some(1000),
            ..Usage::default()
        };
        assert_eq!(usage_warning(&usage(899, 0)), None);
        let near = "Your room is nearly full. Delete files you do not need.";
        assert_eq!(usage_warning(&usage(900, 0)).as_deref(), Some(near));
        let full = "Your room is full. Emptying the trash frees 40 bytes.";
        assert_eq!(usage_warning(&usage(1200, 40)).as_deref(), Some(full));
        assert_eq!(usage_warning(&Usage { used_bytes: u64::MAX, ..Usage::default() }), None);
        assert_eq!(super::usage(&usage(1200, 40)), "1.2\u{a0}kB of 1.0\u{a0}kB used");
    }

    #[test]
    fn a_quota_is_said_in_the_unit_in_which_it_is_typed() {
        assert_eq!(quota_taken(0, Quota::Bytes(5 * GIB)), "Files take 0 bytes of 5 GiB");
        assert_eq!(quota_taken(1000, Quota::Unlimited), "Files take 1.0\u{a0}kB, without limit");
    }

    #[test]
    fn one_file_is_named_and_several_are_counted() {
        let said = |files, name: Option<&str>| {
            told(&Told::Done { deed: Deed::Trash, files, name: name.map(str::to_owned) })
        };
        assert_eq!(said(1, Some("a.txt")), "“\u{2068}a.txt\u{2069}” moved to the trash");
        assert_eq!(said(1200, None), "1,200 files moved to the trash");
    }
}
