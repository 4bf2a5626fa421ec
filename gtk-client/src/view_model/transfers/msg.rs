//! What can happen to the transfers.
//!
//! This file does not know what follows.

use parlour_common::message::{Denial, UploadKey};

use super::{Answer, Kept, Moved};
use crate::network::{Ending, JobId, Seen};
use crate::view_model::{NewUpload, Wanted, WantedCard, WantedFile};

/// What happens to the transfers.
#[derive(Debug)]
pub enum Msg {
    /// Somebody signed in.
    Opened {
        /// The server, as a person would type it.
        server: String,
        /// Who.
        user_name: String,
    },
    /// This is what an earlier run of theirs left undone.
    Found(Vec<Kept>),
    /// These tracks are wanted.
    Queue(Vec<Wanted>),
    /// These files of the person's disk are to be stored at the daemon.
    Upload(Vec<NewUpload>),
    /// These files of members are wanted.
    Fetch(Vec<WantedFile>),
    /// These files of posts are wanted.
    FetchCards(Vec<WantedCard>),
    /// Give up the upload of a file that was to be shown.
    DropUpload(UploadKey),
    /// A transfer moved.
    Progress {
        /// Which.
        id: JobId,
        /// How far it is.
        moved: Moved,
    },
    /// The file of an upload looks like this.
    Seen(JobId, Seen),
    /// A transfer waits for the daemon's disk.
    Held(JobId, Denial),
    /// A transfer has ended, or rests.
    Ended(JobId, Ending),
    /// Let this one rest.
    Pause(JobId),
    /// Go on with this one, before those that wait.
    Resume(JobId),
    /// Let all rest that run or wait.
    PauseAll,
    /// Go on with all that rest.
    ResumeAll,
    /// Give this one up.
    Cancel(JobId),
    /// Give all up that have not ended.
    CancelAll,
    /// Try this one again.
    Retry(JobId),
    /// Move this one among those that wait.
    Move(JobId, Way),
    /// The person chose what is to be done where a name is taken.
    Chosen(Answer),
    /// Show where this one is.
    OpenFolder(JobId),
    /// Take this ended one off the list.
    Clear(JobId),
    /// Take every ended one off the list.
    ClearEnded,
    /// Somebody signed out: nothing of theirs stays in the window.
    Reset,
}

/// Where a waiting transfer is moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Before the one before it.
    Up,
    /// Behind the one after it.
    Down,
    /// Before all others.
    First,
}
