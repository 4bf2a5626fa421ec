//! Requests under way, and the order of their answers.
//!
//! This file does not know what is asked or answered. Answers may come in any order; they leave in the
//! order of asking.

use std::collections::VecDeque;

use parlour_common::message::{Denial, Reply, Request};

use crate::effect::Answer;

/// What an answer changes in the connection itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Plain,
    /// Its success signs in.
    Enter,
    /// Its success signs out.
    Leave,
    /// It is the last one.
    End,
}

/// The requests of one connection that are not answered, or not in their turn.
#[derive(Debug, Default)]
pub struct Asked {
    waiting: VecDeque<Waiting>,
    next_sequence: u64,
}

#[derive(Debug)]
struct Waiting {
    sequence: u64,
    id: u32,
    kind: Kind,
    answer: Option<Answer>,
}

impl Asked {
    /// Takes note of a request and returns its sequence.
    pub fn push(&mut self, id: u32, kind: Kind) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.waiting.push_back(Waiting { sequence, id, kind, answer: None });
        sequence
    }

    /// Takes an answer. One to a request that is not waiting falls to the floor.
    pub fn handle_answer(&mut self, sequence: u64, answer: Answer) {
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.sequence == sequence) {
            waiting.answer = Some(answer);
        }
    }

    /// Denies what was looked up under a session that has ended, and whose turn had not come. What was changed is
    /// answered as it was done.
    pub fn deny_found(&mut self) {
        for answer in self.waiting.iter_mut().filter_map(|waiting| waiting.answer.as_mut()) {
            if is_found(answer) {
                *answer = Answer::Denial(Denial::SessionEnded {});
            }
        }
    }

    /// Denies a way in whose session has ended before its answer had its turn. Returns whether there was one.
    pub fn deny_entered(&mut self) -> bool {
        let has_entered = |waiting: &&mut Waiting| {
            waiting.kind == Kind::Enter && matches!(waiting.answer, Some(Answer::Reply(Reply::SignedIn(_))))
        };
        let entered = self.waiting.iter_mut().find(has_entered);
        entered.is_some_and(|waiting| {
            waiting.answer = Some(Answer::Denial(Denial::SessionEnded {}));
            true
        })
    }

    /// Returns the next answer whose turn it is, with the client's number of the request.
    pub fn poll_answer(&mut self) -> Option<(u32, Kind, Answer)> {
        self.waiting.front()?.answer.as_ref()?;
        let waiting = self.waiting.pop_front()?;
        Some((waiting.id, waiting.kind, waiting.answer?))
    }

    /// Tells whether somebody has entered the room, and the answer that says so waits for its turn.
    pub fn holds_entered(&self) -> bool {
        self.waiting.iter().any(|waiting| matches!(waiting.answer, Some(Answer::Reply(Reply::Entered(_)))))
    }

    /// Returns how many requests wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Tells whether a request under way decides what the next one may do.
    pub fn is_barred(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.kind != Kind::Plain)
    }

    /// Forgets all requests: nobody will read their answers.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// Tells whether an answer brings what only those who are signed in may see.
fn is_found(answer: &Answer) -> bool {
    match answer {
        Answer::File { .. } | Answer::Upload { .. } => true,
        Answer::Reply(reply) => matches!(
            reply,
            Reply::Tracks(_)
                | Reply::Sessions(_)
                | Reply::Members(_)
                | Reply::Users(_)
                | Reply::Invites(_)
                | Reply::Audit(_)
                | Reply::Uploads(_)
                | Reply::Files(_)
                | Reply::Recipients(_)
                | Reply::TrackHash(_)
                | Reply::Checked(_)
                | Reply::Seats(_)
                | Reply::Conversations(_)
                | Reply::Conversation(_)
                | Reply::Posts(_)
                | Reply::PostsFound(_)
        ),
        Answer::Denial(_) => false,
    }
}

impl Kind {
    /// Returns what the answer to a request changes.
    pub fn of(request: &Request) -> Self {
        match request {
            Request::SignUp(_) | Request::SignIn(_) | Request::Resume(_) => Self::Enter,
            Request::SignOut {} | Request::DeleteAccount(_) => Self::Leave,
            Request::Goodbye {} => Self::End,
            Request::Hello(_)
            | Request::Ping {}
            | Request::SearchLibrary(_)
            | Request::FetchTrack(_)
            | Request::FetchCover(_)
            | Request::CancelTransfer(_)
            | Request::RequestReset(_)
            | Request::CheckCode(_)
            | Request::ResetPassword(_)
            | Request::GetAccount {}
            | Request::EditAccount(_)
            | Request::ChangePassword(_)
            | Request::ListSessions {}
            | Request::EndSession(_)
            | Request::ListMembers(_)
            | Request::ListUsers(_)
            | Request::AddUser(_)
            | Request::EditUser(_)
            | Request::DeleteUser(_)
            | Request::IssueResetCode(_)
            | Request::CreateInvite(_)
            | Request::ListInvites {}
            | Request::RevokeInvite(_)
            | Request::ListAudit(_)
            | Request::BeginUpload(_)
            | Request::FinishUpload(_)
            | Request::CancelUpload(_)
            | Request::ListUploads {}
            | Request::ListFiles(_)
            | Request::FetchFile(_)
            | Request::ConfirmFile(_)
            | Request::RenameFile(_)
            | Request::TrashFiles(_)
            | Request::RestoreFiles(_)
            | Request::PurgeFiles(_)
            | Request::EmptyTrash {}
            | Request::ShareFiles(_)
            | Request::UnshareFile(_)
            | Request::ListRecipients(_)
            | Request::HashTrack(_)
            | Request::CheckFiles(_)
            | Request::EnterRoom(_)
            | Request::LeaveRoom {}
            | Request::ListSeats(_)
            | Request::ListConversations(_)
            | Request::OpenConversation(_)
            | Request::Say(_)
            | Request::EditPost(_)
            | Request::DeletePost(_)
            | Request::ReadPosts(_)
            | Request::SearchPosts(_)
            | Request::MarkRead(_)
            | Request::FetchCard(_)
            | Request::KeepCard(_) => Self::Plain,
        }
    }
}
