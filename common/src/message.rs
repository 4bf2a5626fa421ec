//! The messages: what a client may ask, and what a daemon may answer or tell.
//!
//! This file does not know how a message is framed (`frame.rs`) or carried. A message is written with
//! named fields; a reader ignores fields it does not know; a variant is only ever added. So an old client
//! keeps working with a new daemon.

mod account;
mod denial;
mod envelope;
mod library;
mod link;
mod transfer;

pub use account::{OwnAccount, Resume, SessionToken, SignIn, SignUp, SignedIn};
pub use denial::{Denial, Fault, Field, FieldFault};
pub use envelope::{
    EncodeError, RequestEnvelope, RequestError, ServerMessage, ServerMessageError, decode_request,
    decode_server_message, encode,
};
pub use library::{
    AudioFormat, CoverId, FetchCover, FetchTrack, LibraryState, SearchLibrary, Sort, SortBy, Track, TrackId,
    TrackPage,
};
pub use link::{Closing, ClosingReason, Hello, Limits, Policies, Welcome};
pub use transfer::{CancelTransfer, FileStart, FileVersion, TransferEnd, TransferId, TransferOutcome};

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
    /// Makes an account and signs in to it. Answered by [`Reply::SignedIn`].
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
}
