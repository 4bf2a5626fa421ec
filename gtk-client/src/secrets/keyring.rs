//! The keyring of the desktop: the Secret Service, or the portal's file within a sandbox.
//!
//! This file knows how the keyring is spoken to. It does not know what is done where there is none. Any
//! call may wait until the person has unlocked the keyring.

use oo7::{Keyring, XDG_SCHEMA_ATTRIBUTE};
use parlour_common::Secret;

use super::{KeyringFault, Owner};

/// What our entries are called among those of other programs.
const SCHEMA: &str = "org.parlour.Parlour.Session";

/// Returns the secret of an owner.
pub(super) async fn find(owner: &Owner) -> Result<Option<Secret<Vec<u8>>>, KeyringFault> {
    let keyring = Keyring::new().await?;
    let mut items = keyring.search_items(&attributes(owner)).await?;
    // One that was not opened since the person came to the machine does not tell what it holds.
    if items.is_empty() && keyring.is_locked().await? {
        keyring.unlock().await?;
        items = keyring.search_items(&attributes(owner)).await?;
    }
    let Some(item) = items.first() else { return Ok(None) };
    if item.is_locked().await? {
        keyring.unlock().await?;
    }
    Ok(Some(Secret::new(item.secret().await?.to_vec())))
}

/// Keeps the secret of an owner, in place of the one before.
pub(super) async fn keep(owner: &Owner, secret: &Secret<Vec<u8>>) -> Result<(), KeyringFault> {
    let keyring = Keyring::new().await?;
    if keyring.is_locked().await? {
        keyring.unlock().await?;
    }
    let label = format!("Parlour: {} on {}", owner.user, owner.server);
    let secret = oo7::Secret::blob(secret.expose());
    Ok(keyring.create_item(&label, &attributes(owner), secret, true).await?)
}

/// Forgets the secret of an owner.
pub(super) async fn forget(owner: &Owner) -> Result<(), KeyringFault> {
    let keyring = Keyring::new().await?;
    for item in keyring.search_items(&attributes(owner)).await? {
        if item.is_locked().await? {
            keyring.unlock().await?;
        }
        item.delete().await?;
    }
    Ok(())
}

fn attributes(owner: &Owner) -> [(&'static str, String); 3] {
    [
        (XDG_SCHEMA_ATTRIBUTE, SCHEMA.to_owned()),
        ("server", owner.server.to_string()),
        ("user", owner.user.clone()),
    ]
}

impl From<oo7::Error> for KeyringFault {
    fn from(error: oo7::Error) -> Self {
        use oo7::dbus::{Error as Bus, ServiceError};
        match error {
            oo7::Error::DBus(Bus::Dismissed | Bus::Service(ServiceError::IsLocked(_))) => Self::Locked,
            error => Self::Absent(error.to_string()),
        }
    }
}
