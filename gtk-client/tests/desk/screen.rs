//! The screen, the bus and the home of one test.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Kept, keyring, wait};

/// One desk at a time: two windows on two cores would only wait for each other.
static DESKS: Mutex<u32> = Mutex::new(0);

/// From where on the screens of second desks are numbered: as many as a program has desks are below.
const SECOND: u32 = 1_000;

/// A screen, a bus and a home.
pub struct Desk {
    home: tempfile::TempDir,
    display: String,
    bus_address: String,
    // Ended in this order: the bus, then the screen.
    _bus: Kept,
    _screen: Kept,
    #[allow(dead_code, reason = "it is held")]
    only: Option<MutexGuard<'static, u32>>,
}

impl Desk {
    /// Sets up a desk with a screen of the usual size.
    pub fn new() -> Self {
        Self::with_screen(1400, 900)
    }

    /// Sets up a desk with a screen of this size.
    pub fn with_screen(width: u32, height: u32) -> Self {
        let mut only = DESKS.lock().unwrap_or_else(PoisonError::into_inner);
        let desk = Self::set_up(&mut only, width, height);
        Self { only: Some(only), ..desk }
    }

    /// Sets up a second desk, for another person of the same test.
    pub fn beside(&self) -> Self {
        // Numbers that the desks of this program do not come to.
        let mut desks = SECOND;
        Self::set_up(&mut desks, 1400, 900)
    }

    fn set_up(desks: &mut u32, width: u32, height: u32) -> Self {
        let home = tempfile::tempdir().expect("a folder for the test");
        for folder in ["run", "config", "share", "Music"] {
            fs::create_dir(home.path().join(folder)).expect("a folder of the home");
        }
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(home.path().join("run"), private).expect("the run-time folder is private");
        // Things are where they will be at once: a picture or a press never meets them on their way.
        let gtk = home.path().join("config").join("gtk-4.0");
        fs::create_dir(&gtk).expect("the folder of GTK's settings");
        fs::write(gtk.join("settings.ini"), "[Settings]\ngtk-enable-animations=0\n").expect("GTK's settings");
        keyring::keep_away(&home.path().join("share"));
        let (screen, display) = start_screen(desks, width, height);
        let (bus, bus_address) = start_bus(home.path(), &display);
        Self { home, display, bus_address, _bus: bus, _screen: screen, only: None }
    }

    /// Returns the home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns where the bus listens.
    pub fn bus_address(&self) -> &str {
        &self.bus_address
    }

    /// Returns a program that will see this desk and no other.
    pub fn program(&self, path: impl AsRef<Path>) -> Command {
        let mut program = Command::new(path.as_ref());
        surround(&mut program, self.home.path(), &self.display);
        program.env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address);
        program
    }

    /// Writes the settings that an earlier run of the app would have left.
    pub fn settle(&self, settings: &str) {
        let folder = self.home.path().join("config").join("parlour");
        fs::create_dir_all(&folder).expect("the folder of the settings");
        fs::write(folder.join("settings.toml"), settings).expect("the settings");
    }

    /// Presses keys, in the words of xdotool, as in `ctrl+f`.
    pub fn press(&self, keys: &[&str]) {
        let mut xdotool = self.program("xdotool");
        xdotool.arg("key").arg("--delay").arg("60").args(keys);
        assert!(xdotool.status().expect("xdotool is installed").success(), "{keys:?}");
    }

    /// Types text with the keyboard; only what a keyboard of this country has.
    pub fn type_text(&self, text: &str) {
        let mut xdotool = self.program("xdotool");
        xdotool.arg("type").arg("--delay").arg("20").arg(text);
        assert!(xdotool.status().expect("xdotool is installed").success(), "{text:?}");
    }

    /// Moves the pointer and presses its button.
    pub fn click_at(&self, x: i32, y: i32, times: u32) {
        self.point_at(x, y);
        let mut xdotool = self.program("xdotool");
        xdotool.args(["click", "--delay", "60", "--repeat", &times.to_string(), "1"]);
        assert!(xdotool.status().expect("xdotool is installed").success());
    }

    /// Turns the wheel towards the person, a few notches.
    pub fn wheel_at(&self, x: i32, y: i32) {
        self.point_at(x, y);
        let mut xdotool = self.program("xdotool");
        xdotool.args(["click", "--delay", "20", "--repeat", "4", "5"]);
        assert!(xdotool.status().expect("xdotool is installed").success());
    }

    /// Returns the number of the window with this title, if there is one on the screen.
    pub fn window_titled(&self, title: &str) -> Option<String> {
        let mut xdotool = self.program("xdotool");
        let found = xdotool.args(["search", "--onlyvisible", "--name", title]).output().ok()?;
        String::from_utf8(found.stdout).ok()?.lines().next().map(str::to_owned)
    }

    /// Moves the pointer into a window.
    pub fn point_into(&self, window: &str) {
        let mut xdotool = self.program("xdotool");
        xdotool.args(["mousemove", "--window", window, "60", "60"]);
        assert!(xdotool.status().expect("xdotool is installed").success());
    }

    /// Moves the pointer, where keys go with no window manager about.
    pub fn point_at(&self, x: i32, y: i32) {
        let mut xdotool = self.program("xdotool");
        xdotool.args(["mousemove", &x.to_string(), &y.to_string()]);
        assert!(xdotool.status().expect("xdotool is installed").success());
    }

    /// Keeps what the screen shows, if `SHOTS` names a folder.
    pub fn shot(&self, name: &str) {
        let Some(folder) = std::env::var_os("SHOTS").map(PathBuf::from) else { return };
        fs::create_dir_all(&folder).expect("the folder for pictures");
        let mut import = self.program("import");
        import.args(["-window", "root"]).arg(folder.join(format!("{name}.png")));
        // A picture that cannot be taken is no reason for a test to fail.
        let _ = import.status();
    }
}

/// Gives a program the surroundings of a desk.
fn surround(program: &mut Command, home: &Path, display: &str) {
    program
        .env("DISPLAY", display)
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("share"))
        .env("GDK_BACKEND", "x11")
        .env("GSK_RENDERER", "cairo")
        .env("GTK_A11Y", "atspi")
        .env("GTK_USE_PORTAL", "0")
        .env("GSETTINGS_BACKEND", "memory")
        .env("GIO_USE_VFS", "local")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("G_DEBUG");
}

/// Gives a program streams that nobody else reads: what it says is kept in a file of the test's own.
pub(super) fn with_streams<'a>(program: &'a mut Command, name: &str) -> &'a mut Command {
    program.stdin(Stdio::null()).stdout(Stdio::piped());
    let log = program.get_envs().find(|(variable, _)| *variable == "PARLOUR_TEST_LOG");
    let log = log.and_then(|(_, path)| path).and_then(|path| File::create(path).ok());
    match log {
        Some(log) => program.stderr(log),
        None if name.ends_with("parlourd") => program.stderr(Stdio::piped()),
        None => program.stderr(Stdio::null()),
    }
}

fn start_screen(desks: &mut u32, width: u32, height: u32) -> (Kept, String) {
    loop {
        *desks += 1;
        let number = 1000 + (std::process::id() * 16 + *desks) % 30_000;
        let socket = format!("/tmp/.X11-unix/X{number}");
        if Path::new(&socket).exists() {
            continue;
        }
        let mut xvfb = Command::new("Xvfb");
        // Without -noreset the screen is gone for a moment whenever its last client leaves.
        xvfb.arg(format!(":{number}")).args(["-nolisten", "tcp", "-noreset", "-screen", "0"]);
        xvfb.arg(format!("{width}x{height}x24"));
        let mut screen = Kept::start(&mut xvfb);
        let stands = wait("the screen", || {
            if screen.has_ended() { Some(false) } else { UnixStream::connect(&socket).ok().map(|_| true) }
        });
        if stands {
            return (screen, format!(":{number}"));
        }
    }
}

fn start_bus(home: &Path, display: &str) -> (Kept, String) {
    let mut dbus = Command::new("dbus-daemon");
    dbus.args(["--session", "--nofork", "--print-address=1"]);
    surround(&mut dbus, home, display);
    let mut bus = Kept::start(&mut dbus);
    let said = bus.child().stdout.take().expect("it is piped");
    let mut address = String::new();
    BufReader::new(said).read_line(&mut address).expect("the bus says its address");
    (bus, address.trim().to_owned())
}
