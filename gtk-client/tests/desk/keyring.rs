//! A real keyring on a desk, unlocked or locked, and what stands where there is none.

use std::fs;
use std::path::Path;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::ObjectPath;

use super::{Desk, Kept, wait};

/// The name under which a keyring is found on a bus.
const SERVICE: &str = "org.freedesktop.secrets";

/// The keyring of a desk, until it is dropped.
pub struct Keyring {
    _daemon: Kept,
}

impl Keyring {
    /// Starts a keyring as a person has it who signed in at the machine.
    pub fn unlocked(desk: &Desk) -> Self {
        // The password is of no account: the keyring is made with it.
        let script = "exec gnome-keyring-daemon --foreground --unlock --components=secrets <<END\npw\nEND";
        let daemon = Kept::start(desk.program("sh").arg("-c").arg(script));
        let keyring = Self { _daemon: daemon };
        wait("the keyring", || {
            let name = Some("org.freedesktop.DBus");
            let reply = bus(desk).call_method(name, "/org/freedesktop/DBus", name, "NameHasOwner", &SERVICE);
            reply.ok()?.body().deserialize::<bool>().ok()?.then_some(())
        });
        keyring
    }

    /// Locks the keyring, for good: there is nobody to ask for its password.
    pub fn lock(self, desk: &Desk) -> Self {
        let collections =
            [ObjectPath::from_static_str_unchecked("/org/freedesktop/secrets/collection/login")];
        let interface = Some("org.freedesktop.Secret.Service");
        let body = &collections.as_slice();
        let reply = bus(desk).call_method(Some(SERVICE), "/org/freedesktop/secrets", interface, "Lock", body);
        reply.expect("it is locked");
        self
    }
}

fn bus(desk: &Desk) -> Connection {
    Builder::address(desk.bus_address()).and_then(Builder::build).expect("the desk's bus")
}

/// Lets nothing of the machine's own come to a desk by itself: neither a keyring, nor who asks for its
/// password, nor who tells people of things.
pub(super) fn keep_away(share: &Path) {
    let services = share.join("dbus-1").join("services");
    fs::create_dir_all(&services).expect("the folder of services");
    for name in [
        SERVICE,
        "org.gnome.keyring.SystemPrompter",
        "org.gnome.keyring.PrivatePrompter",
        "org.freedesktop.Notifications",
    ] {
        let service = format!("[D-BUS Service]\nName={name}\nExec=/bin/false\n");
        fs::write(services.join(format!("{name}.service")), service).expect("a service that is none");
    }
}
