//! What is said of people's files: what a check found, what to do about it, how much someone may keep.
//!
//! This file does not know how it is found out.

use parlour_common::message::{CheckReport, Quota, StorageFault, UserEntry};
use parlour_common::names::UserName;

use crate::command_line::sizes::{quota, size};
use crate::command_line::table::plain;
use crate::files::shown_path;

/// Says what a check found.
pub fn checked(report: &CheckReport) -> String {
    let CheckReport { files, blobs, bytes, uploads, faults_total, faults } = report;
    let found = format!(
        "{}, {} of contents in {}, {}: ",
        count(*files, "file", "files"),
        size(*bytes),
        count(*blobs, "piece", "pieces"),
        count(*uploads, "unfinished upload", "unfinished uploads"),
    );
    if *faults_total == 0 {
        return format!("{found}no fault was found.\n");
    }
    let mut said = format!("{found}{}.\n", count(*faults_total, "fault was found", "faults were found"));
    for fault in faults {
        said += &format!("\n{}\n", explained(fault));
    }
    let unnamed = faults_total.saturating_sub(faults.len() as u64);
    if unnamed > 0 {
        said += &format!(
            "\n{} not named here; mend these and check again.\n",
            count(unnamed, "more is", "more are")
        );
    }
    said
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Says what a fault means, and what to do.
fn explained(fault: &StorageFault) -> String {
    match fault {
        StorageFault::Missing { blob, file_name, owner } => format!(
            "MISSING: the contents of \"{}\" of {} are not at {} in the data folder. Whoever fetches the file is \
             told that it is lost. If you have a backup of the data folder, put that one file back; if not, \
             ask for it to be uploaded once more.",
            plain(file_name.as_str()),
            of(owner.as_ref()),
            shown_path(*blob),
        ),
        StorageFault::Damaged { blob, file_name, owner } => format!(
            "DAMAGED: the contents of \"{}\" of {}, at {} in the data folder, are not what they were when they \
             came: a disk may be failing, or something else has written there. Put that one file back from \
             a backup, or ask for it to be uploaded once more; and look after the disk.",
            plain(file_name.as_str()),
            of(owner.as_ref()),
            shown_path(*blob),
        ),
        StorageFault::Unreadable { blob, reason } => format!(
            "UNREADABLE: {} in the data folder cannot be read: {}. See to it that it is the daemon's own and \
             can be read by it; if that is so, the disk is failing, and should be saved from while it can be.",
            shown_path(*blob),
            plain(reason),
        ),
        StorageFault::Orphan { path, size_bytes } if path.starts_with("spool/") => format!(
            "ORPHAN: files/{} in the data folder ({}) is of no upload that anyone could go on with. The next \
             start of the daemon removes it if it is one of its own; anything else there you can delete.",
            plain(path),
            size(*size_bytes),
        ),
        StorageFault::Orphan { path, size_bytes } => format!(
            "ORPHAN: files/{} in the data folder ({}) is known to no record, so nobody can fetch it, and the \
             daemon leaves it alone. Was the store put back from an older backup? Then keep it, it may be \
             somebody's only copy. If not, you can delete it.",
            plain(path),
            size(*size_bytes),
        ),
        StorageFault::Record { reason } => format!(
            "RECORD: the records contradict each other: {}. No file is lost by this alone. Keep a copy of the \
             data folder, and report this line to the authors of Parlour.",
            plain(reason),
        ),
    }
}

fn of(owner: Option<&UserName>) -> String {
    owner.map_or_else(|| "an account that was deleted".to_owned(), ToString::to_string)
}

/// Says how much someone may keep.
pub fn quota_given(user: &UserEntry) -> String {
    let (name, used) = (&user.user_name, size(user.files_bytes));
    match user.quota {
        Quota::Standard => {
            format!("{name} may keep as much as the configuration gives everyone; {used} is used.\n")
        }
        Quota::Bytes(bytes) if user.files_bytes > bytes => format!(
            "{name} may keep {}; {used} is used. Nothing is taken away, but nothing more can be uploaded until \
             enough is deleted.\n",
            quota(user.quota)
        ),
        Quota::Bytes(_) => format!("{name} may keep {}; {used} is used.\n", quota(user.quota)),
        Quota::Unlimited => format!("{name} may keep as much as the disk gives; {used} is used.\n"),
    }
}

#[cfg(test)]
mod tests {
    use parlour_common::names::FileName;

    use super::*;

    fn report(faults_total: u64, faults: Vec<StorageFault>) -> CheckReport {
        CheckReport { files: 1, blobs: 2, bytes: 3 << 20, uploads: 0, faults_total, faults }
    }

    #[test]
    fn a_check_that_finds_nothing_is_one_line() {
        assert_eq!(
            checked(&report(0, Vec::new())),
            "1 file, 3 MiB of contents in 2 pieces, 0 unfinished uploads: no fault was found.\n"
        );
    }

    #[test]
    fn each_fault_has_its_place_and_what_to_do() {
        let file_name =
            FileName::parse("a\u{202e}b.pdf").unwrap_or_else(|_| FileName::parse("ab.pdf").unwrap());
        let owner = UserName::parse("sara").ok();
        let faults = vec![
            StorageFault::Missing { blob: 0x1ab, file_name: file_name.clone(), owner: owner.clone() },
            StorageFault::Damaged { blob: 2, file_name, owner: None },
            StorageFault::Unreadable { blob: 3, reason: "Input/output error".to_owned() },
            StorageFault::Orphan { path: "spool/0000000000000004".to_owned(), size_bytes: 5 },
            StorageFault::Orphan { path: "blobs/05/\u{1b}[2J".to_owned(), size_bytes: 5 },
            StorageFault::Record { reason: "x".to_owned() },
        ];
        let said = checked(&report(8, faults));
        for words in [
            "8 faults were found.",
            "of sara are not at files/blobs/ab/00000000000001ab",
            "of an account that was deleted",
            "UNREADABLE: files/blobs/03/0000000000000003",
            "The next start of the daemon removes it",
            "it may be somebody's only copy",
            "report this line",
            "2 more are not named here",
        ] {
            assert!(said.contains(words), "{words:?} is not in: {said}");
        }
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said:?}");
    }
}
