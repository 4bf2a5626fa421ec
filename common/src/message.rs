//! The messages: what a client may ask, and what a daemon may answer or tell.
//!
//! This file does not know how a message is framed (`frame.rs`) or carried. A message is written with
//! named fields; a reader ignores fields it does not know; a variant is only ever added. So an old client
//! keeps working with a new daemon.

mod account;
mod admin;
mod denial;
mod envelope;
mod file;
mod library;
mod link;
mod member;
mod opaque;
mod password_reset;
mod post;
mod room;
mod strict;
mod transfer;

pub use account::{
    ChangePassword, DeleteAccount, DeviceProof, EditAccount, EndSession, Invite, OwnAccount, Resume,
    SessionEntry, SessionId, SessionList, SessionToken, SharedFate, SignIn, SignUp, SignedIn,
};
pub use admin::{
    AccountState, AddUser, AuditAction, AuditEntry, AuditPage, CreateInvite, DeleteUser, DiskLow, DiskState,
    EditUser, InviteEntry, InviteId, InviteList, IssueResetCode, ListAudit, ListUsers, Quota, ResetCode,
    RevokeInvite, UserEntry, UserFilter, UserPage,
};
pub use denial::{Denial, Fault, Field, FieldFault};
pub use envelope::{
    EncodeError, RequestEnvelope, RequestError, ServerMessage, ServerMessageError, decode_request,
    decode_server_message, encode,
};
pub use file::{
    CheckFiles, CheckReport, FileEntry, FileHash, FileId, FileList, FilePage, FilePlace, FileSort, ListFiles,
    OneFile, Recipient, RecipientList, RenameFile, SameName, ShareFiles, SharedBy, StorageFault, Trashed,
    UnshareFile, Usage,
};
pub use library::{
    AudioFormat, CoverId, FetchCover, FetchTrack, LibraryState, SearchLibrary, Sort, SortBy, Track, TrackId,
    TrackPage,
};
pub use link::{Closing, ClosingReason, Hello, Limits, Policies, SignUpRule, Welcome};
pub use member::{ListMembers, MemberPage, Profile, Role, Visibility};
pub use password_reset::{CheckCode, CodeAccepted, RequestReset, ResetBegun, ResetFlow, ResetPassword};
pub use post::{
    Card, CardSource, EditPost, FetchCard, KeepCard, OnePost, Post, PostId, PostPage, PostsFound, Quote,
    ReadFrom, ReadPosts, Say, SayKey, SearchPosts,
};
pub use room::{
    ConversationEntry, ConversationId, ConversationPage, EnterRoom, Entered, ListConversations, ListSeats,
    OpenConversation, Revision, SeatChange, SeatEntry, SeatLost, SeatPage, SeatState, SeatTurn, SeatsChanged,
};
pub use transfer::{
    BeginUpload, CancelTransfer, CancelUpload, ConfirmFile, FetchFile, FileStart, FileVersion, FinishUpload,
    HashTrack, TrackHash, TransferEnd, TransferId, TransferOutcome, UploadEntry, UploadKey, UploadList,
    UploadStart,
};

use serde::{Deserialize, Serialize};
use strum::VariantNames;

/// What a client asks. Each is answered by exactly one [`Reply`] or [`Denial`], in the order of asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Request {
    /// The first request of every connection. Answered by [`Reply::Welcome`].
    Hello(Hello),
    /// Shows that the client is alive. Answered by [`Reply::Done`].
    Ping {},
    /// Says that the client leaves on purpose. Answered by [`Reply::Done`], then the daemon closes.
    Goodbye {},
    /// Makes an account and signs in to it. Answered by [`Reply::SignedIn`], or by [`Reply::SignUpWaiting`].
    SignUp(SignUp),
    /// Signs in with a password. Answered by [`Reply::SignedIn`].
    SignIn(SignIn),
    /// Signs in with the token of an earlier session. Answered by [`Reply::SignedIn`].
    Resume(Resume),
    /// Ends the session for good: its token is void on every connection. Answered by [`Reply::Done`].
    SignOut {},
    /// Asks for one page of the library. Answered by [`Reply::Tracks`].
    SearchLibrary(SearchLibrary),
    /// Asks for the bytes of a track, from any offset. Answered by [`Reply::FileStart`], then chunks.
    FetchTrack(FetchTrack),
    /// Asks for a picture of the library. Answered by [`Reply::FileStart`], then chunks.
    FetchCover(FetchCover),
    /// Stops a transfer. Answered by [`Reply::Done`]; the transfer still ends with its own event.
    CancelTransfer(CancelTransfer),
    /// Begins to reset a forgotten password. Answered by [`Reply::ResetBegun`].
    RequestReset(RequestReset),
    /// Tries a code. Answered by [`Reply::CodeAccepted`].
    CheckCode(CheckCode),
    /// Sets a new password after the right code. Answered by [`Reply::Done`].
    ResetPassword(ResetPassword),
    /// Asks for one's own account. Answered by [`Reply::Account`].
    GetAccount {},
    /// Changes one's own account. Answered by [`Reply::Account`], as it is then.
    EditAccount(EditAccount),
    /// Changes one's own password and ends all other sessions. Answered by [`Reply::Done`].
    ChangePassword(ChangePassword),
    /// Deletes one's own account. Answered by [`Reply::Done`]; the connection is then as before sign-in.
    DeleteAccount(DeleteAccount),
    /// Asks for one's own sessions. Answered by [`Reply::Sessions`].
    ListSessions {},
    /// Ends one of them. Answered by [`Reply::Done`].
    EndSession(EndSession),
    /// Asks for the members. Answered by [`Reply::Members`].
    ListMembers(ListMembers),
    /// Admins: asks for accounts. Answered by [`Reply::Users`].
    ListUsers(ListUsers),
    /// Admins: makes an account. Answered by [`Reply::User`].
    AddUser(AddUser),
    /// Admins: changes an account. Answered by [`Reply::User`], as it is then.
    EditUser(EditUser),
    /// Admins: deletes an account. Answered by [`Reply::Done`].
    DeleteUser(DeleteUser),
    /// Admins: makes a code for a forgotten password. Answered by [`Reply::ResetCode`].
    IssueResetCode(IssueResetCode),
    /// Admins: makes an invite. Answered by [`Reply::Invite`].
    CreateInvite(CreateInvite),
    /// Admins: asks for the invites. Answered by [`Reply::Invites`].
    ListInvites {},
    /// Admins: voids an invite. Answered by [`Reply::Done`].
    RevokeInvite(RevokeInvite),
    /// Admins: asks what was done. Answered by [`Reply::Audit`].
    ListAudit(ListAudit),
    /// Begins an upload or goes on with one. Answered by [`Reply::UploadStart`], or by [`Reply::File`] if it
    /// was finished already.
    BeginUpload(BeginUpload),
    /// Ends an upload. Answered by [`Reply::File`], once the file is durable.
    FinishUpload(FinishUpload),
    /// Gives an upload up. Answered by [`Reply::Done`].
    CancelUpload(CancelUpload),
    /// Asks for one's unfinished uploads. Answered by [`Reply::Uploads`].
    ListUploads {},
    /// Asks for files. Answered by [`Reply::Files`].
    ListFiles(ListFiles),
    /// Asks for the bytes of a file, from any offset. Answered by [`Reply::FileStart`], then chunks.
    FetchFile(FetchFile),
    /// Confirms that a file of somebody else was received. Answered by [`Reply::Done`].
    ConfirmFile(ConfirmFile),
    /// Renames a file. Answered by [`Reply::File`], as it is then.
    RenameFile(RenameFile),
    /// Puts files in the trash. Answered by [`Reply::Done`].
    TrashFiles(FileList),
    /// Takes files out of the trash, with a number behind names that are taken. Answered by [`Reply::Done`].
    RestoreFiles(FileList),
    /// Deletes files in the trash for good. Answered by [`Reply::Done`].
    PurgeFiles(FileList),
    /// Deletes all files in the trash for good. Answered by [`Reply::Done`].
    EmptyTrash {},
    /// Shares files. Answered by [`Reply::Done`].
    ShareFiles(ShareFiles),
    /// Ends the sharing of a file with a member. Answered by [`Reply::Done`].
    UnshareFile(UnshareFile),
    /// Asks with whom a file of one's own is shared. Answered by [`Reply::Recipients`].
    ListRecipients(OneFile),
    /// Asks for the hash of a track. Answered by [`Reply::TrackHash`].
    HashTrack(HashTrack),
    /// Admins: asks whether the files are what is recorded of them. Answered by [`Reply::Checked`].
    CheckFiles(CheckFiles),
    /// Takes one's seat in the room. Answered by [`Reply::Entered`].
    EnterRoom(EnterRoom),
    /// Gives it up. Answered by [`Reply::Done`].
    LeaveRoom {},
    /// Asks who is in the room. Answered by [`Reply::Seats`].
    ListSeats(ListSeats),
    /// Asks for one's conversations. Answered by [`Reply::Conversations`].
    ListConversations(ListConversations),
    /// Opens the conversation with a member. Answered by [`Reply::Conversation`].
    OpenConversation(OpenConversation),
    /// Says something. Answered by [`Reply::Post`], once it is durable.
    Say(Say),
    /// Changes what one said. Answered by [`Reply::Post`], as it is then.
    EditPost(EditPost),
    /// Deletes what one said. Answered by [`Reply::Post`], as it is then.
    DeletePost(OnePost),
    /// Asks for what was said. Answered by [`Reply::Posts`].
    ReadPosts(ReadPosts),
    /// Searches what was said. Answered by [`Reply::PostsFound`].
    SearchPosts(SearchPosts),
    /// Says up to which post one has read. Answered by [`Reply::Done`].
    MarkRead(OnePost),
    /// Asks for the bytes of a file that a post shows. Answered by [`Reply::FileStart`], then chunks.
    FetchCard(FetchCard),
    /// Makes a file of one's own of it. Answered by [`Reply::File`].
    KeepCard(KeepCard),
}

/// What a daemon answers when it does what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reply {
    /// Answers [`Request::Hello`].
    Welcome(Welcome),
    /// Answers requests that need no more than a yes.
    Done {},
    /// Answers the three ways to sign in.
    SignedIn(SignedIn),
    /// Answers [`Request::SearchLibrary`].
    Tracks(TrackPage),
    /// Answers the requests that fetch a file: its chunks follow.
    FileStart(FileStart),
    /// Answers [`Request::SignUp`] where an admin has to approve the account first. Nobody is signed in.
    SignUpWaiting {},
    /// Answers [`Request::RequestReset`].
    ResetBegun(ResetBegun),
    /// Answers [`Request::CheckCode`].
    CodeAccepted(CodeAccepted),
    /// Answers [`Request::GetAccount`] and [`Request::EditAccount`].
    Account(OwnAccount),
    /// Answers [`Request::ListSessions`].
    Sessions(SessionList),
    /// Answers [`Request::ListMembers`].
    Members(MemberPage),
    /// Answers [`Request::ListUsers`].
    Users(UserPage),
    /// Answers [`Request::AddUser`] and [`Request::EditUser`].
    User(UserEntry),
    /// Answers [`Request::IssueResetCode`].
    ResetCode(ResetCode),
    /// Answers [`Request::CreateInvite`].
    Invite(Invite),
    /// Answers [`Request::ListInvites`].
    Invites(InviteList),
    /// Answers [`Request::ListAudit`].
    Audit(AuditPage),
    /// Answers [`Request::BeginUpload`]: the chunks may come.
    UploadStart(UploadStart),
    /// Answers the requests that make or change a file: the file, as it is now.
    File(FileEntry),
    /// Answers [`Request::ListUploads`].
    Uploads(UploadList),
    /// Answers [`Request::ListFiles`].
    Files(FilePage),
    /// Answers [`Request::ListRecipients`].
    Recipients(RecipientList),
    /// Answers [`Request::HashTrack`].
    TrackHash(TrackHash),
    /// Answers [`Request::CheckFiles`].
    Checked(CheckReport),
    /// Answers [`Request::EnterRoom`].
    Entered(Entered),
    /// Answers [`Request::ListSeats`].
    Seats(SeatPage),
    /// Answers [`Request::ListConversations`].
    Conversations(ConversationPage),
    /// Answers [`Request::OpenConversation`].
    Conversation(ConversationEntry),
    /// Answers the requests that say, edit or delete a post: the post, as it is now.
    Post(Post),
    /// Answers [`Request::ReadPosts`].
    Posts(PostPage),
    /// Answers [`Request::SearchPosts`].
    PostsFound(PostsFound),
}

/// What a daemon tells unasked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Event {
    /// The library is other than it was: pages fetched before are out of date.
    LibraryChanged(LibraryState),
    /// A transfer ended, well or not. No chunk of it follows.
    TransferEnd(TransferEnd),
    /// The session of this connection was ended elsewhere; only requests before sign-in are answered now.
    SessionEnded {},
    /// The daemon is about to close this connection. Nothing follows but the ends of running transfers.
    Closing(Closing),
    /// One's own account is other than it was: it was edited at another place, or by an admin.
    AccountChanged(OwnAccount),
    /// Told to admins: accounts or invites are other than they were; lists fetched before are out of date.
    UsersChanged {
        /// How many accounts wait for approval.
        waiting: u32,
    },
    /// One's own files, or those that others share with one, are other than they were: lists fetched before are
    /// out of date.
    FilesChanged {},
    /// Somebody shares a file with one: [`Event::FilesChanged`] follows.
    FileShared(FileEntry),
    /// Told to admins, at sign-in too as long as it lasts: room on the daemon's disk runs short, or does not any
    /// more.
    DiskLow(DiskLow),
    /// Something was said: in the room, told to who has a seat, on the connection that has it; or in a conversation of
    /// two, told to both, on all their connections. Who said it is told as well.
    Said(Post),
    /// A post was edited or deleted: told to whom it was told before.
    PostChanged(Post),
    /// Told to who has a seat: somebody came or went.
    SeatsChanged(SeatsChanged),
    /// One's seat was taken at another place.
    SeatLost(SeatLost),
    /// One has read up to this post, at another place.
    MarkedRead(OnePost),
}
