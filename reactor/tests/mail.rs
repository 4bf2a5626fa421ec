//! Mail, sent to a real mail server that takes it, refuses it, or misbehaves; and read there by another
//! program than ours.

// A test may look at the clock and fail by a panic.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod real;
mod smtp;

mod mail {
    mod conversation;
    mod forgotten;
    mod reading;

    use std::time::Duration;

    use parlour_common::Secret;
    use parlour_common::names::{Email, UserName};
    use parlour_reactor::mail::{
        Authorities, Delivery, Letter, Login, Mailer, Matter, Patience, Post, Security, Sender, Smtp,
    };

    use super::smtp::{Certificates, MailServer};

    pub const CODE: &str = "40351";

    /// Shorter than a daemon's, so that what hangs is seen to hang; long enough for a slow machine.
    pub const SHORT: Patience =
        Patience { connect: Duration::from_millis(1500), command: Duration::from_millis(1500) };

    /// A mail server on this machine, entered in the clear without a name.
    pub fn plain(port: u16) -> Smtp {
        Smtp {
            host: "localhost".to_owned(),
            port,
            security: Security::Plain,
            login: None,
            sender: Sender::parse("parlour@example.org").unwrap(),
            authorities: Authorities::System,
        }
    }

    /// A mail server that is entered by TLS.
    pub fn private(server: &MailServer, security: Security, certificates: &Certificates) -> Smtp {
        let pem = std::fs::read(certificates.authority()).unwrap();
        Smtp { security, authorities: Authorities::from_pem(&pem).unwrap(), ..plain(server.port) }
    }

    pub fn login(user: &str, password: &str) -> Option<Login> {
        Some(Login { user: user.to_owned(), password: Secret::new(password.to_owned()) })
    }

    /// A mailer that waits as long as a daemon does.
    pub fn patient(smtp: Smtp) -> Mailer {
        Mailer::new(Post::Smtp(smtp), "The Band")
    }

    /// A mailer that soon gives up.
    pub fn hurried(smtp: Smtp) -> Mailer {
        Mailer::with_patience(Post::Smtp(smtp), "The Band", SHORT)
    }

    /// Sends Sara a code.
    pub fn send(mailer: &Mailer) -> Delivery {
        let code = Secret::new(CODE.to_owned());
        send_about(mailer, Matter::ResetCode { code: &code, lifetime_seconds: 600, long: false })
    }

    /// Sends Sara a mail.
    pub fn send_about(mailer: &Mailer, matter: Matter<'_>) -> Delivery {
        let (to, name) = (Email::parse("sara@example.org").unwrap(), UserName::parse("sara").unwrap());
        let unix_ms = 1_767_225_600_000;
        mailer.send(&Letter { identity: "7", to: &to, user_name: Some(&name), matter, unix_ms })
    }
}
