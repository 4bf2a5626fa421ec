//! A mail server, and what it says.
//!
//! This file does not know what is in a mail. The steps of a conversation are taken one by one, because the
//! same answer means another thing at another step: a server that lets nobody in says nothing against the mail.

use std::error::Error as _;
use std::io::ErrorKind;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, SmtpConnection, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Category;
use parlour_common::Secret;

use super::sender::Sender;
use super::{Delivery, Patience};

/// The longest remark of a mail server that is quoted, in characters.
const REMARK_CHARS_MAX: usize = 300;

/// How the way to the mail server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte on.
    Tls,
    /// TLS after a word in the clear; without it nothing is sent.
    StartTls,
    /// None.
    Plain,
}

impl Security {
    /// Returns the port where a mail server takes mail in this way (RFC 8314, RFC 6409, RFC 5321).
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Plain => 25,
        }
    }
}

/// Who may vouch for the mail server.
#[derive(Clone, Debug)]
pub enum Authorities {
    /// Whom the system trusts.
    System,
    /// These alone.
    Own(Certificate),
}

impl Authorities {
    /// Reads certificates in PEM. Returns what to do otherwise.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let no_certificate = "it must hold one or more certificates in PEM, which begin with \
                              -----BEGIN CERTIFICATE-----.";
        let begins = pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----");
        let certificate = Certificate::from_pem(pem).ok().filter(|_| begins).ok_or(no_certificate)?;
        // Only when it is used does it show whether what is wrapped in PEM is a certificate.
        let tried = trusting(TlsParameters::builder("localhost".to_owned()), &certificate).build();
        tried.map(|_| Self::Own(certificate)).map_err(|_| no_certificate.to_owned())
    }
}

/// An account at the mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: Secret<String>,
}

/// A mail server, and how it is entered.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name or address; its certificate must be for it.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the way is kept private.
    pub security: Security,
    /// The account there, if one is needed.
    pub login: Option<Login>,
    /// Whom mail comes from.
    pub sender: Sender,
    /// Who may vouch for it.
    pub authorities: Authorities,
}

impl Smtp {
    /// Enters the mail server and leaves it again.
    pub(super) fn check(&self, patience: Patience) -> Result<String, String> {
        self.enter(patience).map(|connection| {
            leave(connection, patience);
            let Self { host, port, .. } = self;
            format!("The mailbox is ready: {host}:{port} lets us in.")
        })
    }

    /// Gives a mail to the mail server.
    pub(super) fn send(&self, message: &Message, patience: Patience) -> Delivery {
        let mut connection = match self.enter(patience) {
            Ok(connection) => connection,
            Err(why) => return Delivery::TryLater(why),
        };
        match connection.send(message.envelope(), &message.formatted()) {
            Ok(_) => {
                leave(connection, patience);
                Delivery::Sent
            }
            Err(error) => {
                let is_of_mail = !is_about_login(&error);
                let why = self.fault("did not take it", &error);
                if error.is_permanent() && is_of_mail {
                    Delivery::Refused(why)
                } else {
                    Delivery::TryLater(why)
                }
            }
        }
    }

    /// Connects, makes the way private, and signs in. Nothing of a mail has been said by then.
    fn enter(&self, patience: Patience) -> Result<SmtpConnection, String> {
        let me = ClientId::default();
        let tls = match self.security {
            Security::Plain => None,
            Security::Tls | Security::StartTls => Some(self.tls()?),
        };
        let (wrapped, later) = if self.security == Security::Tls { (tls, None) } else { (None, tls) };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            SmtpConnection::connect(address, Some(patience.connect), &me, wrapped.as_ref(), None)
                .map_err(|error| self.fault("cannot be reached", &error))?;
        connection
            .set_timeout(Some(patience.command))
            .map_err(|error| format!("{}:{} cannot be waited for: {error}.", self.host, self.port))?;
        if let Some(tls) = later {
            let offers = connection.can_starttls();
            connection.starttls(&tls, &me).map_err(|error| {
                let what = if offers { "fails at STARTTLS" } else { "offers no STARTTLS" };
                self.fault(what, &error)
            })?;
        }
        if let Some(Login { user, password }) = &self.login {
            if !connection.is_encrypted() {
                return Err("No password is sent in the clear.".to_owned());
            }
            let credentials = Credentials::new(user.clone(), password.expose().clone());
            connection
                .auth(DEFAULT_MECHANISMS, &credentials)
                .map_err(|error| self.fault("did not accept `mail.user` and its password", &error))?;
        }
        Ok(connection)
    }

    /// Reads the system's authorities anew for each mail: they change while a daemon runs.
    fn tls(&self) -> Result<TlsParameters, String> {
        let builder = TlsParameters::builder(self.host.clone());
        let builder = match &self.authorities {
            Authorities::System => builder,
            Authorities::Own(certificate) => trusting(builder, certificate),
        };
        builder.build().map_err(|error| {
            format!("TLS cannot be used: {}. Are the system's certificates installed?", remark(&error))
        })
    }

    /// Says what went wrong, and what may help.
    fn fault(&self, what: &str, error: &Error) -> String {
        let Self { host, port, .. } = self;
        if is_silence(error) {
            return format!(
                "{host}:{port} did not answer in time. Check `mail.host`, `mail.port` and `mail.security`."
            );
        }
        let said = remark(error);
        let hint = if said.contains("certificate") {
            " If its certificate is signed by an authority of your own, name that in `mail.ca_file`."
        } else if said.contains("corrupt message") || what.contains("STARTTLS") {
            " Is `mail.security` the right one for `mail.port`?"
        } else if error.status().is_none() {
            " Check `mail.host` and `mail.port`."
        } else {
            ""
        };
        format!("{host}:{port} {what}: {said}.{hint}")
    }
}

/// Says goodbye, without waiting long for an answer: the mail is theirs already.
fn leave(mut connection: SmtpConnection, patience: Patience) {
    if connection.set_timeout(Some(patience.command.min(patience.connect))).is_ok() {
        // Whether they answer is of no matter.
        let _ = connection.quit();
    }
}

fn trusting(builder: TlsParametersBuilder, certificate: &Certificate) -> TlsParametersBuilder {
    builder.certificate_store(CertificateStore::None).add_root_certificate(certificate.clone())
}

/// Tells whether an answer is about us, not about the mail (RFC 4954 §6: x3z).
fn is_about_login(error: &Error) -> bool {
    error.status().is_some_and(|code| code.category == Category::Unspecified3)
}

/// Tells whether nothing came in time. The library calls that a fault of the network.
fn is_silence(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
        }
        source = error.source();
    }
    false
}

/// Quotes an error, which may hold what a stranger wrote: on one line, and not for long.
fn remark(error: &Error) -> String {
    let said = error.to_string();
    let one_line = said.chars().map(|c| if c.is_control() { ' ' } else { c });
    let cut: String = one_line.take(REMARK_CHARS_MAX).collect();
    cut.trim().trim_end_matches('.').to_owned()
}
