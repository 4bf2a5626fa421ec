//! What the operator wants, in two levels: what was typed, and what is needed.
//!
//! This file does not know what a value is for, beyond what makes it usable. Everything is checked before
//! anything starts; each fault names its key and the fix, and all are said at once.

mod files;
mod mail;
mod room;

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use clap::Args;
use parlour_common::limits::{DEFAULT_PORT, PHONE_PATTERN_DEFAULT};
use parlour_common::message::SignUpRule;
use parlour_common::names::PhonePattern;
use serde::Deserialize;

use crate::job::RoomPolicy;
use crate::mail::Post;
use crate::workers::PasswordCost;
pub use files::FilesConfig;

use files::WrittenFiles;
use mail::WrittenMail;
use room::WrittenRoom;

/// The longest name of a server, in characters.
const NAME_CHARS_MAX: usize = 64;

/// What was typed for `serve`. A flag beats the file.
#[derive(Debug, Default, Args)]
pub struct Typed {
    /// Read settings from this TOML file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep the store here (default: the user's data folder for Parlour).
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Listen on this address, such as 127.0.0.1:9000 or 0.0.0.0:9000.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Offer the music in this folder.
    #[arg(long, value_name = "DIR")]
    pub bank: Option<PathBuf>,
}

/// The configuration file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Option<String>,
    listen: Option<String>,
    bank: Option<PathBuf>,
    data_dir: Option<PathBuf>,
    phone_pattern: Option<String>,
    strict_sign_in_errors: Option<bool>,
    password_memory_mib: Option<u32>,
    connections_max: Option<usize>,
    sign_up: Option<String>,
    #[serde(default)]
    files: WrittenFiles,
    #[serde(default)]
    room: WrittenRoom,
    #[serde(default)]
    mail: WrittenMail,
}

/// What is needed to serve.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name that clients show.
    pub name: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder of music.
    pub bank: PathBuf,
    /// Where everything that must last is kept.
    pub data_dir: PathBuf,
    /// What phone numbers look like here, as written and compiled.
    pub phone_pattern: (String, PhonePattern),
    /// Whether sign-in tells no more than yes or no.
    pub strict_sign_in_errors: bool,
    /// What hashing a password costs.
    pub password_cost: PasswordCost,
    /// Connections at once.
    pub connections_max: usize,
    /// Who may sign up without an invite.
    pub sign_up: SignUpRule,
    /// How mail leaves, if it does.
    pub mail: Option<Post>,
    /// The rules about people's files.
    pub files: FilesConfig,
    /// The rules about what is said.
    pub room: RoomPolicy,
    /// What is allowed but should be known: sentences for the log.
    pub remarks: Vec<String>,
}

/// A fault of the configuration: a sentence that names the key and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigFault(String);

impl Config {
    /// Returns where the records are, whatever else may be wrong with what was typed.
    pub fn folder_of(typed: &Typed) -> Result<PathBuf, Vec<ConfigFault>> {
        choose_folder(typed, read(typed)?.data_dir).map_err(|fault| vec![ConfigFault(fault)])
    }

    /// Makes what is needed of what was typed. Returns every fault otherwise.
    pub fn from_typed(typed: &Typed) -> Result<Self, Vec<ConfigFault>> {
        Self::from_written(typed, read(typed)?)
    }

    /// Makes what a command of the operator needs while no daemon runs. What it has no use for is not looked
    /// at: the bank may be away, and the password of the mail server be for the daemon alone.
    pub fn for_command(typed: &Typed) -> Result<Self, Vec<ConfigFault>> {
        let written = read(typed)?;
        Self::from_written(
            typed,
            Written { bank: None, listen: None, mail: written.mail.promise(), ..written },
        )
    }

    fn from_written(typed: &Typed, written: Written) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Vec::new();
        let mut note = |sentence: String| faults.push(ConfigFault(sentence));

        let name = read_name(written.name).map_err(&mut note).unwrap_or_default();
        let listen = typed.listen.clone().or(written.listen);
        let listen = parse_listen(listen.as_deref()).map_err(&mut note).ok();
        let data_dir = choose_folder(typed, written.data_dir).map_err(&mut note).ok();
        let named_bank = typed.bank.clone().or(written.bank);
        if let Some(bank) = named_bank.as_deref().filter(|bank| !bank.is_dir()) {
            note(format!("`bank` must be a folder with music; there is no folder {}.", bank.display()));
        }
        if let (Some(bank), Some(data_dir)) = (&named_bank, &data_dir)
            && data_dir.starts_with(bank)
        {
            note(format!(
                "`data_dir` must not lie in `bank`, which would be read again at every change of the store; \
                 move it out of {}.",
                bank.display()
            ));
        }
        let pattern = written.phone_pattern.unwrap_or_else(|| PHONE_PATTERN_DEFAULT.to_owned());
        let compiled = PhonePattern::parse(&pattern)
            .map_err(|error| {
                note(format!("`phone_pattern` cannot be used: {error}. Mend it or leave it out."));
            })
            .ok();
        let password_cost = read_password_cost(written.password_memory_mib).map_err(&mut note);
        let sign_up = read_sign_up(written.sign_up.as_deref()).map_err(&mut note);
        let files = written.files.read(&mut note);
        let room = written.room.read(&mut note);
        let mut remarks = Vec::new();
        let mail = written.mail.post(&mut note, &mut |sentence| remarks.push(sentence));
        let connections_max = written.connections_max.unwrap_or(1000);
        if !(1..=100_000).contains(&connections_max) {
            note(format!("`connections_max` must be from 1 to 100000; it is {connections_max}."));
        }
        match (listen, data_dir, compiled) {
            (Some(listen), Some(data_dir), Some(compiled)) if faults.is_empty() => Ok(Self {
                name,
                listen,
                bank: named_bank.unwrap_or_else(|| data_dir.join("bank")),
                data_dir,
                phone_pattern: (pattern, compiled),
                strict_sign_in_errors: written.strict_sign_in_errors.unwrap_or(false),
                password_cost: password_cost.unwrap_or_default(),
                connections_max,
                sign_up: sign_up.unwrap_or_default(),
                mail,
                files,
                room,
                remarks,
            }),
            _ => Err(faults),
        }
    }
}

fn choose_folder(typed: &Typed, written: Option<PathBuf>) -> Result<PathBuf, String> {
    let default_dir = || directories::ProjectDirs::from("org", "Parlour", "parlour");
    let data_dir = typed.data_dir.clone().or(written);
    data_dir.or_else(|| default_dir().map(|dirs| dirs.data_dir().to_owned())).ok_or_else(|| {
        "`data_dir` is not set and there is no home folder: set it, or use --data-dir.".to_owned()
    })
}

fn read(typed: &Typed) -> Result<Written, Vec<ConfigFault>> {
    let Some(path) = &typed.config else { return Ok(Written::default()) };
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{shown} cannot be read: {error}. Check the path given to --config."));
    let written = text.and_then(|text| {
        toml::from_str(&text).map_err(|error| format!("{shown}: {}", error.to_string().trim_end()))
    });
    written.map_err(|fault| vec![ConfigFault(fault)])
}

fn read_name(written: Option<String>) -> Result<String, String> {
    let name = written.unwrap_or_else(|| "Parlour".to_owned()).trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(format!("`name` must be 1 to {NAME_CHARS_MAX} characters on one line; it is {name:?}."));
    }
    Ok(name)
}

fn read_password_cost(mib: Option<u32>) -> Result<PasswordCost, String> {
    match mib {
        None | Some(128) => Ok(PasswordCost::Standard),
        Some(32) => Ok(PasswordCost::SmallMemory),
        Some(other) => Err(format!("`password_memory_mib` must be 128 or 32; it is {other}.")),
    }
}

/// A rule that is misspelt must not be taken for the most open one, as it is on the wire.
fn read_sign_up(written: Option<&str>) -> Result<SignUpRule, String> {
    match written {
        None | Some("open") => Ok(SignUpRule::Open),
        Some("approval") => Ok(SignUpRule::Approval),
        Some("invite") => Ok(SignUpRule::Invite),
        Some(other) => {
            Err(format!("`sign_up` must be \"open\", \"approval\" or \"invite\"; it is {other:?}."))
        }
    }
}

/// Reads `address:port`, `address`, or nothing; the port defaults to 9000 and the address to this machine
/// alone.
fn parse_listen(listen: Option<&str>) -> Result<SocketAddr, String> {
    let Some(text) = listen else { return Ok(SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT))) };
    let fault = || {
        format!(
            "`listen` must be an address of this machine and a port, such as 0.0.0.0:9000; it is {text:?}."
        )
    };
    if let Ok(address) = text.parse::<std::net::IpAddr>() {
        return Ok(SocketAddr::new(address, DEFAULT_PORT));
    }
    text.to_socket_addrs().map_err(|_| fault())?.next().ok_or_else(fault)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config_of(toml: &str) -> Result<Config, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlourd.toml");
        std::fs::write(&path, toml).unwrap();
        let typed = Typed { config: Some(path), data_dir: Some("/tmp/x".into()), ..Typed::default() };
        Config::from_typed(&typed).map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_typed_gives_sane_defaults() {
        let config =
            Config::from_typed(&Typed { data_dir: Some("/tmp/x".into()), ..Typed::default() }).unwrap();
        assert_eq!(config.listen, "127.0.0.1:9000".parse().unwrap());
        assert_eq!(config.bank, Path::new("/tmp/x/bank"));
        assert_eq!((config.name.as_str(), config.connections_max), ("Parlour", 1000));
        assert!(!config.strict_sign_in_errors);
        assert!(config.sign_up == SignUpRule::Open && config.mail.is_none() && config.remarks.is_empty());
    }

    #[test]
    fn a_flag_beats_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlourd.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\ndata_dir = \"/a\"").unwrap();
        let listen = Some("[::1]:2".to_owned());
        let typed = Typed { config: Some(path), listen, data_dir: Some("/b".into()), bank: None };
        let config = Config::from_typed(&typed).unwrap();
        assert_eq!((config.listen, config.data_dir), ("[::1]:2".parse().unwrap(), PathBuf::from("/b")));
    }

    #[test]
    fn every_fault_is_said_at_once_with_its_key() {
        let faults = config_of(
            "name = \"\"\nlisten = \"nowhere\"\nbank = \"/no/such/folder\"\nphone_pattern = \"(\"\n\
             password_memory_mib = 1\nconnections_max = 0\nsign_up = \"opne\"\n\
             [mail]\ntransport = \"smtp\"\nfrom = \"p@example.org\"",
        )
        .unwrap_err();
        let keys = [
            "`name`",
            "`listen`",
            "`bank`",
            "`phone_pattern`",
            "`password_memory_mib`",
            "`connections_max`",
            "`sign_up`",
            "`mail.host`",
        ];
        assert_eq!(faults.len(), keys.len(), "{faults:?}");
        for key in keys {
            assert!(faults.iter().any(|fault| fault.contains(key)), "{key}: {faults:?}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_shown_where_it_is() {
        let faults = config_of("nmae = \"x\"").unwrap_err();
        assert!(faults[0].contains("nmae") && faults[0].contains("line 1"), "{faults:?}");
        assert!(config_of("listen = 9000").is_err());
        let missing = Typed { config: Some("/no/such/file".into()), ..Typed::default() };
        assert!(Config::from_typed(&missing).unwrap_err()[0].to_string().contains("--config"));
    }

    #[test]
    fn who_may_sign_up_is_one_of_three_words() {
        for (word, rule) in
            [("open", SignUpRule::Open), ("approval", SignUpRule::Approval), ("invite", SignUpRule::Invite)]
        {
            assert_eq!(config_of(&format!("sign_up = \"{word}\"")).unwrap().sign_up, rule);
        }
        assert!(config_of("sign_up = \"everyone\"").unwrap_err()[0].contains("`sign_up` must be"));
    }

    #[test]
    fn the_port_may_be_left_out() {
        assert_eq!(config_of("listen = \"0.0.0.0\"").unwrap().listen, "0.0.0.0:9000".parse().unwrap());
    }
}
