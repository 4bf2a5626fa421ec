//! The part `[mail]` of the configuration.
//!
//! This file does not know what is in a mail, nor how it is sent. It reads the files that the part names, so
//! that a missing one is said before anything starts.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use parlour_common::Secret;
use serde::Deserialize;

use crate::mail::{Authorities, Login, Post, Security, Sender, Smtp};

/// The longest file that holds a password, in bytes.
const PASSWORD_FILE_BYTES_MAX: u64 = 4096;

/// The part as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMail {
    transport: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    security: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    from: Option<String>,
    ca_file: Option<PathBuf>,
}

impl WrittenMail {
    /// Returns how mail leaves, if it does; says every fault by `fault`, and by `remark` what is allowed but
    /// should be known.
    pub(super) fn post(self, fault: &mut dyn FnMut(String), remark: &mut dyn FnMut(String)) -> Option<Post> {
        match self.transport.as_deref() {
            Some("none") => None,
            Some("log") => {
                remark(
                    "`mail.transport` is \"log\": no mail is sent, and codes for forgotten passwords are \
                     written into this log. Whoever reads it can set anyone's password; use it only to try \
                     Parlour out."
                        .to_owned(),
                );
                Some(Post::Log)
            }
            Some("smtp") => self.smtp(fault, remark).map(Post::Smtp),
            Some(other) => {
                fault(format!("`mail.transport` must be \"smtp\", \"log\" or \"none\"; it is {other:?}."));
                None
            }
            // A part with no key at all is as good as none.
            None => {
                if !self.is_empty() {
                    fault(
                        "`mail.transport` is missing, so the other keys of [mail] would do nothing: set it \
                         to \"smtp\", or to \"none\" to send no mail."
                            .to_owned(),
                    );
                }
                None
            }
        }
    }

    /// Returns only whether mail leaves, for a program that sends none itself.
    pub(super) fn promise(self) -> Self {
        let leaves = self.transport.is_some_and(|transport| transport != "none");
        Self { transport: leaves.then(|| "log".to_owned()), ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        let texts = [&self.host, &self.security, &self.user, &self.from];
        let files = [&self.password_file, &self.ca_file];
        self.port.is_none()
            && texts.iter().all(|text| text.is_none())
            && files.iter().all(|file| file.is_none())
    }

    fn smtp(self, fault: &mut dyn FnMut(String), remark: &mut dyn FnMut(String)) -> Option<Smtp> {
        let mut is_whole = true;
        let mut fault = |sentence: String| {
            is_whole = false;
            fault(sentence);
        };
        let host = host(self.host.as_deref()).map_err(&mut fault).unwrap_or_default();
        let security = match self.security.as_deref() {
            None | Some("tls") => Security::Tls,
            Some("starttls") => Security::StartTls,
            Some("plain") => Security::Plain,
            Some(other) => {
                fault(format!(
                    "`mail.security` must be \"tls\", \"starttls\" or \"plain\"; it is {other:?}."
                ));
                Security::Tls
            }
        };
        if self.port == Some(0) {
            fault("`mail.port` must be from 1 to 65535; leave it out for the usual one.".to_owned());
        }
        let port = self.port.unwrap_or_else(|| security.usual_port());
        let sender = match self.from.as_deref() {
            None => Err("`mail.from` is missing: set it to the address that mail comes from, such as \
                         \"parlour@example.org\"."
                .to_owned()),
            Some(text) => Sender::parse(text).map_err(|why| format!("`mail.from` cannot be used: {why}")),
        };
        let sender = sender.map_err(&mut fault).ok();
        let is_plain = security == Security::Plain;
        if is_plain && (self.user.is_some() || self.password_file.is_some()) {
            fault(
                "`mail.user` cannot be used with `mail.security` = \"plain\", which would send the password \
                 in the clear: use \"tls\" or \"starttls\", or leave `mail.user` and `mail.password_file` out."
                    .to_owned(),
            );
        }
        if is_plain && self.ca_file.is_some() {
            fault(
                "`mail.ca_file` has no use with `mail.security` = \"plain\": leave it out, or use \"tls\" or \
                 \"starttls\"."
                    .to_owned(),
            );
        }
        if is_plain && !is_this_machine(&host) {
            remark(format!(
                "`mail.security` is \"plain\": mail goes to {host} in the clear, and whoever reads it on the \
                 way can use its codes. Use \"tls\" or \"starttls\" unless the way is your own."
            ));
        }
        let login = login(self.user, self.password_file.as_deref(), remark).map_err(&mut fault);
        let login = login.unwrap_or_default();
        let authorities = match self.ca_file.as_deref() {
            None => Authorities::System,
            Some(path) => authorities(path).map_err(&mut fault).unwrap_or(Authorities::System),
        };
        sender.filter(|_| is_whole).map(|sender| Smtp { host, port, security, login, sender, authorities })
    }
}

/// Reads the name of the mail server.
fn host(typed: Option<&str>) -> Result<String, String> {
    let Some(typed) = typed.map(str::trim).filter(|typed| !typed.is_empty()) else {
        return Err("`mail.host` is missing: set it to the name of your mail server, such as \
                    \"mail.example.org\"."
            .to_owned());
    };
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_name = typed.len() <= 253 && typed.chars().all(named) && !typed.starts_with(['.', '-']);
    if is_name || typed.parse::<IpAddr>().is_ok() {
        return Ok(typed.to_owned());
    }
    Err(format!(
        "`mail.host` must be the bare name or address of a mail server, such as \"mail.example.org\", without \
         a port (that is `mail.port`) and in ASCII; it is {typed:?}."
    ))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Reads with which name and password the mail server is entered.
fn login(
    user: Option<String>,
    password_file: Option<&Path>,
    remark: &mut dyn FnMut(String),
) -> Result<Option<Login>, String> {
    match (user, password_file) {
        (None, None) => Ok(None),
        (Some(user), Some(path)) => {
            if user.is_empty() || user.chars().any(char::is_control) {
                return Err(format!(
                    "`mail.user` must be the name of an account at the mail server; it is {user:?}."
                ));
            }
            let password = password(path, remark)?;
            Ok(Some(Login { user, password }))
        }
        (Some(_), None) => Err("`mail.password_file` is missing: write the password of `mail.user` into a \
                                file that only parlourd may read, and name it here."
            .to_owned()),
        (None, Some(_)) => Err("`mail.user` is missing: set it to the account that `mail.password_file` is \
                                for, or leave both out."
            .to_owned()),
    }
}

fn password(path: &Path, remark: &mut dyn FnMut(String)) -> Result<Secret<String>, String> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        format!(
            "`mail.password_file` cannot be read: {shown}: {error}. Check the path, and that parlourd's user \
             may read it."
        )
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > PASSWORD_FILE_BYTES_MAX {
        return Err(format!(
            "`mail.password_file` must be a file with one line, the password; {shown} is not."
        ));
    }
    let text = Secret::new(std::fs::read_to_string(path).map_err(unreadable)?);
    // Only the end of the line: a password may begin or end with a blank.
    let password = text.expose().trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.chars().any(char::is_control) {
        return Err(format!(
            "`mail.password_file` must hold one line, the password; {shown} is empty or has more."
        ));
    }
    if metadata.permissions().mode() & 0o004 != 0 {
        remark(format!("`mail.password_file` can be read by everyone on this machine: chmod o-rwx {shown}"));
    }
    Ok(Secret::new(password.to_owned()))
}

fn authorities(path: &Path) -> Result<Authorities, String> {
    let shown = path.display();
    let pem = std::fs::read(path)
        .map_err(|error| format!("`mail.ca_file` cannot be read: {shown}: {error}. Check the path."))?;
    Authorities::from_pem(&pem).map_err(|why| format!("`mail.ca_file` cannot be used: {shown}: {why}"))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    /// What came of a part: how mail leaves, the faults, the remarks.
    fn read(toml: &str) -> (Option<Post>, Vec<String>, Vec<String>) {
        let written: WrittenMail = toml::from_str(toml).unwrap();
        let (mut faults, mut remarks) = (Vec::new(), Vec::new());
        let post =
            written.post(&mut |sentence| faults.push(sentence), &mut |sentence| remarks.push(sentence));
        (post, faults, remarks)
    }

    fn smtp(toml: &str) -> Smtp {
        match read(toml) {
            (Some(Post::Smtp(smtp)), faults, _) if faults.is_empty() => smtp,
            other => panic!("{toml}: {other:?}"),
        }
    }

    const PLAIN: &str =
        "transport = \"smtp\"\nhost = \"localhost\"\nfrom = \"parlour@example.org\"\nsecurity = \"plain\"\n";

    #[test]
    fn no_mail_is_sent_unless_one_says_how() {
        for toml in ["", "transport = \"none\"", "transport = \"none\"\nhost = \"!\""] {
            assert!(matches!(read(toml), (None, faults, remarks) if faults.is_empty() && remarks.is_empty()));
        }
        let (post, faults, remarks) = read("transport = \"log\"");
        assert!(matches!(post, Some(Post::Log)) && faults.is_empty());
        assert!(remarks[0].contains("Whoever reads it"), "{remarks:?}");
    }

    #[test]
    fn the_port_follows_from_the_security() {
        let base = "transport = \"smtp\"\nhost = \"mail.example.org\"\nfrom = \"p@example.org\"\n";
        for (line, port) in [
            ("", 465),
            ("security = \"tls\"", 465),
            ("security = \"starttls\"", 587),
            ("security = \"plain\"", 25),
            ("port = 2525", 2525),
        ] {
            assert_eq!(smtp(&format!("{base}{line}")).port, port, "{line}");
        }
    }

    #[test]
    fn every_fault_is_said_at_once_with_its_key() {
        let (post, faults, _) = read(
            "transport = \"smtp\"\nhost = \"a b\"\nport = 0\nsecurity = \"ssl\"\nfrom = \"x\\r\\nBcc: y@z.org\"\n\
             user = \"u\"\nca_file = \"/no/such/file\"",
        );
        assert!(post.is_none());
        let keys = ["host", "port", "security", "from", "password_file", "ca_file"];
        assert_eq!(faults.len(), keys.len(), "{faults:?}");
        for key in keys.map(|key| format!("`mail.{key}`")) {
            assert!(faults.iter().any(|fault| fault.contains(&key)), "{key}: {faults:?}");
        }
        for (toml, words) in [
            ("transport = \"smpt\"", "\"smtp\", \"log\" or \"none\"; it is \"smpt\""),
            ("host = \"mail.example.org\"", "`mail.transport` is missing"),
            ("transport = \"smtp\"", "`mail.host` is missing"),
            ("transport = \"smtp\"", "`mail.from` is missing"),
            ("transport = \"smtp\"\nhost = \"mail.example.org:25\"", "without a port"),
            ("transport = \"smtp\"\nca_file = \"/no/such/file\"", "`mail.ca_file` cannot be read"),
            ("transport = \"smtp\"\npassword_file = \"/no/such/file\"", "`mail.user` is missing"),
            (
                "transport = \"smtp\"\nuser = \"u\"\npassword_file = \"/no/such/file\"",
                "`mail.password_file` cannot be read",
            ),
            ("transport = \"smtp\"\nuser = \"u\"\npassword_file = \"/\"", "must be a file"),
        ] {
            let (post, faults, _) = read(toml);
            assert!(post.is_none(), "{toml}");
            assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:?}");
        }
    }

    #[test]
    fn a_password_never_goes_in_the_clear() {
        let (post, faults, _) = read(&format!("{PLAIN}user = \"u\"\npassword_file = \"/dev/null\""));
        assert!(post.is_none() && faults.iter().any(|fault| fault.contains("in the clear")), "{faults:?}");
        let (_, faults, _) = read(&format!("{PLAIN}ca_file = \"/etc/hostname\""));
        assert!(faults[0].contains("has no use"), "{faults:?}");
        assert!(read(PLAIN).2.is_empty());
        let elsewhere = PLAIN.replace("localhost", "mail.example.org");
        assert!(read(&elsewhere).2[0].contains("in the clear"));
    }

    #[test]
    fn a_password_is_one_line_of_a_file_that_not_everyone_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let toml = format!(
            "transport = \"smtp\"\nhost = \"localhost\"\nfrom = \"p@example.org\"\nuser = \"u\"\n\
             password_file = {path:?}"
        );
        let read_with = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            read(&toml)
        };
        let (Some(Post::Smtp(smtp)), faults, remarks) = read_with(" pass word \r\n", 0o600) else {
            panic!("it is a password")
        };
        assert_eq!(smtp.login.unwrap().password.expose(), " pass word ");
        assert!(faults.is_empty() && remarks.is_empty(), "{faults:?} {remarks:?}");
        assert!(read_with("password\n", 0o644).2[0].contains("chmod o-rwx"));
        for text in ["", "\n", "two\nlines\n", "nul\0"] {
            assert!(read_with(text, 0o600).1[0].contains("one line, the password"), "{text:?}");
        }
        assert!(!format!("{:?}", read_with("hunter2\n", 0o600)).contains("hunter2"));
    }

    #[test]
    fn authorities_are_certificates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
            std::fs::write(&path, text).unwrap();
            let base = "transport = \"smtp\"\nhost = \"localhost\"\nfrom = \"p@example.org\"";
            let (post, faults, _) = read(&format!("{base}\nca_file = {path:?}"));
            assert!(post.is_none() && faults[0].contains("`mail.ca_file` cannot be used"), "{faults:?}");
        }
    }
}
