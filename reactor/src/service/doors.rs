//! The doors of the service: what comes in, and which area it is for.
//!
//! This file does not know what any request means. A new request is one line in [`Service::handle_request`]
//! and a handler in the file of its area; what it waits for is one line in the doors for ends.

use parlour_common::message::{Denial, Reply, Request};

use super::{NOBODY, Origin, Peer, Service, UnderWay, Waiting};
use crate::effect::Effect;
use crate::id::{Asker, ConnId, Now, Ticket};
use crate::job::{Completion, Job};
use crate::store::{Applied, ChangeError};

impl Service {
    /// Takes note of a new connection, and of where it comes from.
    pub fn handle_opened(&mut self, conn: ConnId, origin: Origin) {
        self.peers.insert(conn, Peer { origin: Some(origin), session: None });
    }

    /// Takes note of a new connection of the operator, who may do what admins may.
    pub fn handle_opened_local(&mut self, conn: ConnId) {
        self.peers.insert(conn, Peer { origin: None, session: None });
    }

    /// Takes a request of a connection that is open.
    pub fn handle_request(&mut self, now: Now, asker: Asker, request: Request) {
        self.note_moment(now);
        let Some(Peer { origin, .. }) = self.peers.get(&asker.conn) else { return };
        let Some(origin) = *origin else { return self.handle_admin_request(now, asker, request) };
        match request {
            Request::SignUp(form) => self.handle_sign_up(now, asker, origin, form),
            Request::SignIn(form) => self.handle_sign_in(now, asker, origin, form),
            Request::Resume(form) => self.handle_resume(now, asker, origin, form),
            Request::SignOut {} => self.handle_sign_out(asker),
            Request::RequestReset(form) => self.handle_request_reset(now, asker, origin, &form),
            Request::CheckCode(form) => self.handle_check_code(now, asker, origin, &form),
            Request::ResetPassword(form) => self.handle_reset_password(now, asker, origin, form),
            Request::GetAccount {} => self.handle_get_account(asker),
            Request::EditAccount(form) => self.handle_edit_account(now, asker, form),
            Request::ChangePassword(form) => self.handle_change_password(now, asker, form),
            Request::DeleteAccount(form) => self.handle_delete_account(now, asker, form),
            Request::ListSessions {} => self.handle_list_sessions(now, asker),
            Request::EndSession(form) => self.handle_end_session(asker, &form),
            Request::SearchLibrary(search) => self.handle_search(asker, search),
            Request::FetchTrack(fetch) => self.handle_fetch_track(asker, &fetch),
            Request::FetchCover(fetch) => self.handle_fetch_cover(asker, &fetch),
            Request::ListMembers(form) => self.handle_list_members(asker, form),
            Request::ListUsers(_)
            | Request::AddUser(_)
            | Request::EditUser(_)
            | Request::DeleteUser(_)
            | Request::IssueResetCode(_)
            | Request::CreateInvite(_)
            | Request::ListInvites {}
            | Request::RevokeInvite(_)
            | Request::ListAudit(_)
            | Request::CheckFiles(_) => self.handle_admin_request(now, asker, request),
            request => self.handle_files_request(now, asker, request),
        }
    }

    /// Takes a request about files.
    fn handle_files_request(&mut self, now: Now, asker: Asker, request: Request) {
        match request {
            Request::BeginUpload(form) => self.handle_begin_upload(asker, &form),
            Request::FinishUpload(form) => self.handle_finish_upload(asker, &form),
            Request::CancelUpload(form) => self.handle_cancel_upload(asker, &form),
            Request::ListUploads {} => self.handle_list_uploads(asker),
            Request::ListFiles(form) => self.handle_list_files(asker, form),
            Request::FetchFile(form) => self.handle_fetch_file(asker, form),
            Request::ConfirmFile(form) => self.handle_confirm_file(now, asker, &form),
            Request::RenameFile(form) => self.handle_rename_file(now, asker, &form),
            Request::TrashFiles(form) => self.handle_trash_files(now, asker, form),
            Request::RestoreFiles(form) => self.handle_restore_files(asker, form),
            Request::PurgeFiles(form) => self.handle_purge_files(asker, form),
            Request::EmptyTrash {} => self.handle_empty_trash(asker),
            Request::ShareFiles(form) => self.handle_share_files(asker, form),
            Request::UnshareFile(form) => self.handle_unshare_file(asker, form),
            Request::ListRecipients(form) => self.handle_list_recipients(asker, &form),
            Request::HashTrack(form) => self.handle_hash_track(asker, &form),
            request => self.handle_room_request(now, asker, request),
        }
    }

    /// Takes a request of an admin. The operator has no account: nothing else is for them.
    fn handle_admin_request(&mut self, now: Now, asker: Asker, request: Request) {
        match request {
            Request::ListUsers(form) => self.handle_list_users(asker, form),
            Request::AddUser(form) => self.handle_add_user(asker, form),
            Request::EditUser(form) => self.handle_edit_user(asker, &form),
            Request::DeleteUser(form) => self.handle_delete_user(asker, form),
            Request::IssueResetCode(form) => self.handle_issue_reset_code(now, asker, &form),
            Request::CreateInvite(form) => self.handle_create_invite(asker, &form),
            Request::ListInvites {} => self.handle_list_invites(now, asker),
            Request::RevokeInvite(form) => self.handle_revoke_invite(now, asker, &form),
            Request::ListAudit(form) => self.handle_list_audit(asker, form),
            Request::CheckFiles(form) => self.handle_check_files(asker, &form),
            Request::Hello(_) | Request::Ping {} | Request::Goodbye {} | Request::CancelTransfer(_) => {
                self.deny(asker, Denial::Internal {});
            }
            _ => self.deny(asker, Denial::NotAllowed {}),
        }
    }

    /// Takes the end of a job.
    pub fn handle_completion(&mut self, now: Now, ticket: Ticket, completion: Completion) {
        self.note_moment(now);
        // Before anything else: it holds a place in the queue although nobody may wait any more.
        if let Some(hasher) = self.hashing.remove(&ticket) {
            self.throttle.handle_hashed(&hasher);
        }
        if self.is_counting(ticket) {
            return self.handle_counted(&completion);
        }
        let Some(UnderWay { asker, waiting, .. }) = self.waiting.remove(&ticket) else { return };
        if matches!(completion, Completion::Busy | Completion::Failed | Completion::StorageFailed) {
            self.forgive(now, &waiting);
        }
        if let Waiting::Room(waiting) = &waiting {
            self.note_looked_up(asker, waiting);
        }
        match (waiting, completion) {
            (Waiting::Mail, completion) => self.handle_mail_completion(now, &completion),
            (Waiting::Upkeep(waiting), completion) => self.handle_upkeep_completion(now, waiting, completion),
            (_, Completion::Failed) => self.deny(asker, Denial::Internal {}),
            (_, Completion::StorageFailed) => self.deny(asker, Denial::StorageUnavailable {}),
            (_, Completion::Busy) => self.deny_busy(asker),
            (_, Completion::Abandoned) => {}
            (Waiting::SignUp(sign_up), completion) => {
                self.handle_sign_up_completion(now, asker, *sign_up, completion);
            }
            (Waiting::Session(waiting), completion) => {
                self.handle_session_completion(now, (asker, ticket), waiting, completion);
            }
            (Waiting::Account(waiting), completion) => {
                self.handle_account_completion(now, asker, waiting, completion);
            }
            (Waiting::Files(waiting), completion) => {
                self.handle_files_completion(now, (asker, ticket), waiting, completion);
            }
            (Waiting::Room(waiting), completion) => self.handle_room_completion(asker, waiting, completion),
            (Waiting::Reset(waiting), completion) => {
                self.handle_reset_completion(now, asker, waiting, completion);
            }
            (Waiting::Errand(by, errand), completion) => {
                self.handle_errand_done(now, asker, by, *errand, completion);
            }
            (Waiting::Page, Completion::People(found)) => self.handle_listed(asker, found),
            (Waiting::Page, Completion::Searched(page)) => self.reply(asker, Reply::Tracks(page)),
            (Waiting::File(waiting), Completion::Opened(file)) => {
                self.handle_file_opened(asker, waiting, file);
            }
            (waiting, completion) => unreachable!("{completion:?} does not end {waiting:?}"),
        }
    }

    /// Takes the end of a change.
    pub fn handle_applied(&mut self, now: Now, ticket: Ticket, applied: Result<Applied, ChangeError>) {
        self.note_moment(now);
        if self.handle_swept(ticket, &applied) {
            return;
        }
        let Some(UnderWay { asker, waiting, .. }) = self.waiting.remove(&ticket) else { return };
        match waiting {
            Waiting::SignUp(_) => self.handle_sign_up_waiting(asker, applied),
            Waiting::Opening(opening) => self.handle_session_opened((asker, ticket), *opening, applied),
            Waiting::Closing(session) => self.handle_session_closed(asker, &session, &applied),
            Waiting::Keeping(token_hash) => self.handle_session_kept(token_hash, &applied),
            Waiting::Account(waiting) => self.handle_account_applied(now, asker, waiting, applied),
            Waiting::Files(waiting) => self.handle_files_applied(asker, waiting, applied),
            Waiting::Upkeep(waiting) => self.handle_upkeep_applied(now, waiting, applied),
            Waiting::Room(waiting) => self.handle_room_applied(asker, waiting, applied),
            Waiting::Reset(waiting) => self.handle_reset_applied(now, asker, waiting, applied),
            Waiting::Deed(deed) => self.handle_deed_done(now, asker, *deed, applied),
            Waiting::Mail => self.handle_mail_recorded(now, &applied),
            Waiting::Nothing => {}
            waiting @ (Waiting::Session(_) | Waiting::Page | Waiting::File(_) | Waiting::Errand(..)) => {
                unreachable!("{applied:?} does not end {waiting:?}")
            }
        }
    }

    /// Takes note that a connection is no more, or will not be answered any more. It may be told twice.
    pub fn handle_closed(&mut self, conn: ConnId) {
        self.lose_seat(conn);
        self.unseat(conn);
        self.peers.remove(&conn);
    }

    /// Takes note of the moment.
    pub(super) fn note_moment(&mut self, now: Now) {
        if self.moment.unix_ms == 0 {
            self.room.begin(now);
        }
        self.moment = now;
    }

    /// Gives back what an attempt took that was not made after all.
    fn forgive(&mut self, now: Now, waiting: &Waiting) {
        match waiting {
            Waiting::SignUp(sign_up) => self.throttle.forgive_sign_up(now.tick, sign_up.origin),
            Waiting::Session(waiting) => self.forgive_way_in(now, waiting),
            Waiting::Account(waiting) => self.forgive_own(now, waiting),
            Waiting::Reset(waiting) => self.forgive_reset(now, waiting),
            _ => {}
        }
    }

    /// Runs the daemon's own work, for nobody.
    pub(super) fn run_own(&mut self, job: Job, waiting: Waiting) {
        let ticket = self.wait(UnderWay { asker: NOBODY, waiting, is_change: false });
        self.effects.push_back(Effect::Run { ticket, asker: None, job });
    }

    /// Denies what a change was refused for that should not have been: the log says which.
    pub(super) fn deny_unforeseen(&mut self, asker: Asker, applied: &Result<Applied, ChangeError>) {
        if matches!(applied, Err(ChangeError::StorageUnavailable)) {
            return self.deny(asker, Denial::StorageUnavailable {});
        }
        tracing::error!("a change ended with {applied:?}");
        self.deny(asker, Denial::Internal {});
    }
}
