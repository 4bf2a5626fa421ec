//! Who else sees a file: sharing it, and taking it from someone's eyes.
//!
//! This file does not know what is kept of it. A recipient may take a file from themselves only, its owner from
//! anyone; the store looks whose it is.

use std::collections::{BTreeMap, BTreeSet};

use parlour_common::limits::RECIPIENTS_PER_REQUEST_MAX;
use parlour_common::message::{Denial, Event, FileId, ShareFiles, UnshareFile};
use parlour_common::names::UserName;

use super::files::WaitingForFiles;
use super::trash::check_files;
use super::{Service, Session, Waiting};
use crate::effect::Effect;
use crate::id::{Asker, ConnId, Now};
use crate::job::{FilesJob, Job, PeopleJob};
use crate::store::{FileRecord, FilesChange, ShareRecord, UserId, UserRecord};

impl Service {
    pub(super) fn handle_share_files(&mut self, asker: Asker, form: ShareFiles) {
        let Some(Session { user, user_name, .. }) = self.session_of(asker) else { return };
        if let Err(denial) = check_files(&form.files).and_then(|()| check_recipients(&form.with, &user_name))
        {
            return self.deny(asker, denial);
        }
        let (owner, owner_name, files) = (user, user_name, form.files);
        let waiting = WaitingForFiles::Recipients { owner, owner_name, files };
        self.run_files(asker, FilesJob::FindRecipients { names: form.with }, waiting);
    }

    pub(super) fn handle_recipients_found(
        &mut self,
        now: Now,
        asker: Asker,
        (user, owner_name): (UserId, UserName),
        files: Vec<FileId>,
        with: Vec<UserId>,
    ) {
        let at_unix_ms = now.unix_ms;
        let change = FilesChange::ShareFiles { user, files, with, at_unix_ms };
        self.commit_files(asker, change, WaitingForFiles::Share { owner_name, at_unix_ms });
    }

    pub(super) fn handle_unshare_file(&mut self, asker: Asker, form: UnshareFile) {
        let Some(Session { user, user_name, .. }) = self.session_of(asker) else { return };
        let UnshareFile { file, with } = form;
        if with.key() == user_name.key() {
            let change = FilesChange::UnshareFile { asker: user, file, with: user };
            return self.commit_files(asker, change, WaitingForFiles::Done);
        }
        // In whatever state: a file can be taken from someone whose account was disabled.
        let job = Job::People(PeopleJob::FindUser { user_name: with, heir: None });
        self.run(asker, job, Waiting::Files(WaitingForFiles::FormerRecipient { user, file }));
    }

    pub(super) fn handle_former_recipient(
        &mut self,
        asker: Asker,
        user: UserId,
        file: FileId,
        with: Option<&UserRecord>,
    ) {
        let Some(with) = with else { return self.deny(asker, Denial::NoSuchMember {}) };
        let change = FilesChange::UnshareFile { asker: user, file, with: with.id };
        self.commit_files(asker, change, WaitingForFiles::Done);
    }

    /// Tells those on the line what somebody shares with them. Each file is told once to all of them.
    pub(super) fn tell_shared(
        &mut self,
        owner_name: &UserName,
        since_unix_ms: u64,
        shared: &[(FileRecord, UserId)],
    ) {
        let recipients: BTreeSet<UserId> = shared.iter().map(|(_, with)| *with).collect();
        let mut conns: BTreeMap<UserId, Vec<ConnId>> = BTreeMap::new();
        for (conn, peer) in &self.peers {
            if let Some(Session { user, .. }) = &peer.session
                && recipients.contains(user)
            {
                conns.entry(*user).or_default().push(*conn);
            }
        }
        let mut told: BTreeMap<FileId, (&FileRecord, Vec<ConnId>)> = BTreeMap::new();
        for (file, with) in shared {
            if let Some(conns) = conns.get(with) {
                told.entry(file.id).or_insert((file, Vec::new())).1.extend(conns);
            }
        }
        for (file, mut to) in told.into_values() {
            to.sort_unstable();
            let share = ShareRecord { since_unix_ms, fetched_unix_ms: None };
            let event = Event::FileShared(file.shared_entry(owner_name.clone(), &share));
            self.effects.push_back(Effect::Tell { to: to.into(), event });
        }
    }
}

/// Refuses those with whom files may not be shared by one request.
fn check_recipients(with: &[UserName], own_name: &UserName) -> Result<(), Denial> {
    let bad = |reason: String| Err(Denial::BadRequest { reason });
    if with.is_empty() || with.len() > usize::from(RECIPIENTS_PER_REQUEST_MAX) {
        return bad(format!("`with` does not have 1 to {RECIPIENTS_PER_REQUEST_MAX} names"));
    }
    let keys: BTreeSet<String> = with.iter().map(UserName::key).collect();
    if keys.len() < with.len() {
        return bad("`with` names somebody twice".to_owned());
    }
    if keys.contains(&own_name.key()) {
        return bad("`with` names oneself".to_owned());
    }
    Ok(())
}
