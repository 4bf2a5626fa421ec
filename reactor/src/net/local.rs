//! The socket in the data folder, by which the operator's commands reach the daemon.
//!
//! This file does not know what is said over it. Whoever may write to the socket is the operator: it belongs
//! to the daemon's user alone.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use socket2::{Domain, SockAddr, Socket, Type};

/// The socket's name in the data folder.
const SOCKET_NAME: &str = "parlourd.sock";

/// The longest path that the kernel takes for a socket, in bytes, without the zero at its end.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// Commands that may wait to be let in.
const BACKLOG: i32 = 64;

/// Returns where the socket of a data folder is.
pub fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join(SOCKET_NAME)
}

/// Listens, in place of a daemon that was killed: only the one that holds the lock of the data folder's
/// store may call this. Nobody can connect before the socket has its mode.
pub(super) fn listen(data_dir: &Path) -> io::Result<UnixListener> {
    let path = socket_path(data_dir);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(&path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something else has its name")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    let address = Address::of(data_dir)?;
    socket.bind(&address.socket)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    socket.listen(BACKLOG)?;
    Ok(OwnedFd::from(socket).into())
}

/// Connects to the daemon that serves a data folder. Neither this nor any reading or writing waits longer
/// than `patience`.
pub fn connect_local(data_dir: &Path, patience: Duration) -> io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_read_timeout(Some(patience))?;
    socket.set_write_timeout(Some(patience))?;
    let address = Address::of(data_dir)?;
    socket.connect(&address.socket)?;
    Ok(OwnedFd::from(socket).into())
}

/// An address that the kernel takes, however long the path of the folder is.
struct Address {
    socket: SockAddr,
    /// What the address leads through.
    _folder: Option<OwnedFd>,
}

impl Address {
    fn of(data_dir: &Path) -> io::Result<Self> {
        let path = socket_path(data_dir);
        if path.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
            return Ok(Self { socket: SockAddr::unix(path)?, _folder: None });
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(data_dir, flags, Mode::empty())?;
        let number = std::os::fd::AsRawFd::as_raw_fd(&folder);
        let through = Path::new("/proc/self/fd").join(number.to_string()).join(SOCKET_NAME);
        Ok(Self { socket: SockAddr::unix(through)?, _folder: Some(folder) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn talks(data_dir: &Path) {
        let listener = listen(data_dir).unwrap();
        let mut caller = connect_local(data_dir, PATIENCE).unwrap();
        caller.write_all(b"hello").unwrap();
        let mut heard = [0; 5];
        listener.accept().unwrap().0.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"hello");
        let mode = fs::metadata(socket_path(data_dir)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_may_have_any_length_of_path() {
        let folder = tempfile::tempdir().unwrap();
        talks(folder.path());
        for length in [SOCKET_PATH_BYTES_MAX - 1, SOCKET_PATH_BYTES_MAX, SOCKET_PATH_BYTES_MAX + 1, 230] {
            let used = socket_path(&folder.path().join("")).as_os_str().len() + 1;
            let deep = folder.path().join("d".repeat(length - used));
            fs::create_dir(&deep).unwrap();
            assert_eq!(socket_path(&deep).as_os_str().len(), length);
            talks(&deep);
        }
    }

    #[test]
    fn a_socket_that_was_left_is_replaced_and_any_other_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        talks(folder.path());
        assert!(socket_path(folder.path()).exists(), "a socket stays when its listener goes");
        assert_eq!(
            connect_local(folder.path(), PATIENCE).unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused
        );
        talks(folder.path());
        fs::remove_file(socket_path(folder.path())).unwrap();
        assert_eq!(connect_local(folder.path(), PATIENCE).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(socket_path(folder.path()), "precious").unwrap();
        assert_eq!(listen(folder.path()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(socket_path(folder.path())).unwrap(), "precious");
    }
}
