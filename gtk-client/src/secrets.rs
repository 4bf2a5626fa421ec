//! What lets a person back in without a password: the tokens of sessions, and the proofs that an account has
//! signed in on this device before.
//!
//! Nobody outside this folder knows where they are kept: sessions in the keyring of the desktop, or in a
//! file that only the person can read where there is none; proofs in such a file. A keyring may ask the
//! person something and wait for minutes, so all of it is done beside the thread of the window, one thing
//! after the other. This file does not know pages, sockets or the daemon, and passwords never come here.

mod file;
mod keyring;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use directories::ProjectDirs;
use parlour_common::Secret;
use parlour_common::message::{DeviceProof, SessionToken};
use parlour_common::names::UserName;
use relm4::tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::network::ServerAddress;
use file::SecretFile;

/// Whose secret it is: an account on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    server: ServerAddress,
    /// The key of the username, so that every spelling of it is the same owner.
    user: String,
}

impl Owner {
    /// Names the account that has this username, in any spelling, on this server.
    pub fn new(server: &ServerAddress, user_name: &str) -> Self {
        let user = match UserName::parse(user_name) {
            Ok(name) => name.key(),
            Err(_) => user_name.trim().to_owned(),
        };
        Self { server: server.clone(), user }
    }

    /// Returns the server.
    pub fn server(&self) -> &ServerAddress {
        &self.server
    }

    /// Returns what stands for the username in every spelling.
    pub fn user(&self) -> &str {
        &self.user
    }
}

/// What is to be done with a secret.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Find the session of an account. Answered by [`Told::Found`].
    Find(Owner),
    /// Keep a session, in place of the one before. Answered by [`Told::Kept`].
    Keep(Owner, Secret<SessionToken>),
    /// Forget the session of an account, wherever it is.
    Forget(Owner),
    /// Read every proof. Answered by [`Told::Proofs`].
    ReadProofs,
    /// Keep the proof of an account, in place of the one before.
    KeepProof(Owner, Secret<DeviceProof>),
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Answers [`Wish::Find`]; `None`: there is none.
    Found(Owner, Result<Option<Secret<SessionToken>>, KeyringFault>),
    /// Answers [`Wish::Keep`].
    Kept(Owner, Keeping),
    /// Answers [`Wish::ReadProofs`].
    Proofs(Vec<(Owner, Secret<DeviceProof>)>),
}

/// Where a session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In the keyring of the desktop.
    Keyring,
    /// In a file that only the person can read, because there is no keyring or it stayed locked.
    File,
    /// Nowhere: neither worked.
    Nowhere,
}

/// Why the keyring does not say what it holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringFault {
    /// The person did not unlock it.
    #[error("the keyring stayed locked")]
    Locked,
    /// There is none, or it does not work; the reason is the system's.
    #[error("the keyring does not work: {0}")]
    Absent(String),
}

/// The door to the secrets.
#[derive(Debug)]
pub struct Secrets {
    sessions: UnboundedSender<Wish>,
    /// Apart from the sessions: a keyring that waits for the person must not hold them up.
    proofs: UnboundedSender<Wish>,
    /// How many things that must not be lost are still to be done.
    undone: Arc<AtomicUsize>,
}

impl Secrets {
    /// Returns the folder where the desktop keeps what is the person's own. `None`: the person has no home.
    pub fn folder_of_person() -> Option<PathBuf> {
        let directories = ProjectDirs::from("org", "parlour", "parlour")?;
        Some(directories.data_dir().join("secrets"))
    }

    /// Begins to work beside this thread, and calls `sink` with each answer. With no folder there is only
    /// the keyring.
    pub fn start(folder: Option<&Path>, sink: impl Fn(Told) + Send + Sync + 'static) -> Self {
        let undone = Arc::new(AtomicUsize::new(0));
        let sink: Sink = Arc::new(sink);
        let begin = |name: &str| {
            let (sender, wishes) = unbounded_channel();
            let file = folder.map(|folder| SecretFile::at(folder.join(name)));
            relm4::spawn(work(file, wishes, Arc::clone(&sink), Arc::clone(&undone)));
            sender
        };
        Self { sessions: begin("sessions.toml"), proofs: begin("devices.toml"), undone }
    }

    /// Hands over a wish. Never waits.
    pub fn send(&self, wish: Wish) {
        if is_kept_for_the_end(&wish) {
            self.undone.fetch_add(1, Ordering::Relaxed);
        }
        let sender = match &wish {
            Wish::Find(_) | Wish::Keep(..) | Wish::Forget(_) => &self.sessions,
            Wish::ReadProofs | Wish::KeepProof(..) => &self.proofs,
        };
        // It ends with the program only: then nobody is left to answer to either.
        let _ = sender.send(wish);
    }

    /// Tells whether everything that was to be kept or forgotten has been: the program may end.
    pub fn is_idle(&self) -> bool {
        self.undone.load(Ordering::Relaxed) == 0
    }
}

/// Where answers go.
type Sink = Arc<dyn Fn(Told) + Send + Sync>;

/// Tells whether a wish changes what the next start finds.
fn is_kept_for_the_end(wish: &Wish) -> bool {
    match wish {
        Wish::Keep(..) | Wish::Forget(_) | Wish::KeepProof(..) => true,
        Wish::Find(_) | Wish::ReadProofs => false,
    }
}

/// Grants wishes, one after the other.
async fn work(
    file: Option<SecretFile>,
    mut wishes: UnboundedReceiver<Wish>,
    sink: Sink,
    undone: Arc<AtomicUsize>,
) {
    while let Some(wish) = wishes.recv().await {
        let counts = is_kept_for_the_end(&wish);
        if let Some(told) = grant(file.as_ref(), wish).await {
            sink(told);
        }
        if counts {
            undone.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

async fn grant(file: Option<&SecretFile>, wish: Wish) -> Option<Told> {
    match wish {
        Wish::Find(owner) => {
            let session = find(file, &owner).await;
            Some(Told::Found(owner, session))
        }
        Wish::Keep(owner, session) => {
            let keeping = keep(file, &owner, &session).await;
            Some(Told::Kept(owner, keeping))
        }
        Wish::Forget(owner) => {
            if let Err(error) = keyring::forget(&owner).await {
                tracing::debug!(%error, "nothing was taken out of the keyring");
            }
            forget_in_file(file, owner).await;
            None
        }
        Wish::ReadProofs => {
            let entries = in_file(file, SecretFile::read).await.unwrap_or_default();
            let proof = |(owner, bytes): (Owner, Secret<Vec<u8>>)| {
                let bytes = bytes.expose().as_slice().try_into().ok()?;
                Some((owner, Secret::new(DeviceProof::new(bytes))))
            };
            Some(Told::Proofs(entries.into_iter().filter_map(proof).collect()))
        }
        Wish::KeepProof(owner, proof) => {
            let bytes = Secret::new(proof.expose().as_bytes().to_vec());
            match in_file(file, move |file| file.keep(owner, bytes)).await {
                Some(Ok(())) | None => {}
                Some(Err(error)) => {
                    tracing::warn!(%error, "this device will not be known at the next sign-in");
                }
            }
            None
        }
    }
}

/// Looks into the file first: it asks nobody anything, and a session is only there because the keyring did
/// not take it.
async fn find(
    file: Option<&SecretFile>,
    owner: &Owner,
) -> Result<Option<Secret<SessionToken>>, KeyringFault> {
    let entries = in_file(file, SecretFile::read).await.unwrap_or_default();
    let kept = entries.into_iter().find(|(of, _)| of == owner).map(|(_, bytes)| bytes);
    let bytes = match kept {
        Some(bytes) => Some(bytes),
        None => keyring::find(owner).await?,
    };
    let token = |bytes: Secret<Vec<u8>>| bytes.expose().as_slice().try_into().ok().map(SessionToken::new);
    Ok(bytes.and_then(token).map(Secret::new))
}

async fn keep(file: Option<&SecretFile>, owner: &Owner, session: &Secret<SessionToken>) -> Keeping {
    let bytes = Secret::new(session.expose().as_bytes().to_vec());
    match keyring::keep(owner, &bytes).await {
        Ok(()) => {
            forget_in_file(file, owner.clone()).await;
            return Keeping::Keyring;
        }
        Err(error) => tracing::debug!(%error, "a session is kept in a file"),
    }
    let owner = owner.clone();
    match in_file(file, move |file| file.keep(owner, bytes)).await {
        Some(Ok(())) => Keeping::File,
        Some(Err(error)) => {
            tracing::warn!(%error, "a session could not be kept");
            Keeping::Nowhere
        }
        None => Keeping::Nowhere,
    }
}

async fn forget_in_file(file: Option<&SecretFile>, owner: Owner) {
    if let Some(Err(error)) = in_file(file, move |file| file.forget(&owner)).await {
        tracing::warn!(%error, "a session could not be taken out of its file");
    }
}

/// Does something with the file, where waiting for a disk holds nobody up. `None`: there is no file.
async fn in_file<T: Send + 'static>(
    file: Option<&SecretFile>,
    act: impl FnOnce(&SecretFile) -> T + Send + 'static,
) -> Option<T> {
    let file = file?.clone();
    // It fails only where the program ends.
    relm4::spawn_blocking(move || act(&file)).await.ok()
}
