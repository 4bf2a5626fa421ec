//! A forgotten password, from the first question to the new password, with a real daemon and a real mail
//! server, and with either of them gone for a while.

use std::time::Instant;

use parlour_common::message::{
    CheckCode, Denial, EditAccount, Reply, Request, RequestReset, ResetFlow, ResetPassword,
};
use serde_json::Value;

use super::super::real::{Client, Daemon, Options, PASSWORD, folders};
use super::*;

const NEW_PASSWORD: &str = "staple battery horse";

/// A daemon's options with these lines of `[mail]`.
fn options(lines: &str) -> Options {
    // A test has few of them, and each lives as long as it does.
    Options { config: format!("[mail]\n{lines}").leak(), ..Options::default() }
}

fn by_plain_smtp(port: u16) -> Options {
    options(&format!(
        "transport = \"smtp\"\nhost = \"localhost\"\nport = {port}\nsecurity = \"plain\"\n\
         from = \"parlour@example.org\"\n"
    ))
}

fn forget(client: &mut Client, account: &str) -> ResetFlow {
    match client.ask(Request::RequestReset(RequestReset { account: account.to_owned(), send: true })) {
        Ok(Reply::ResetBegun(begun)) => begun.flow,
        other => panic!("{other:?} where a reset was begun"),
    }
}

fn try_code(client: &mut Client, flow: ResetFlow, code: &str) -> Result<Reply, Denial> {
    client.ask(Request::CheckCode(CheckCode { flow, code: Secret::new(code.to_owned()) }))
}

/// Sets a new password by a code, and signs in with it.
fn set_anew(daemon: &Daemon, client: &mut Client, flow: ResetFlow, code: &str) {
    match try_code(client, flow, code) {
        Ok(Reply::CodeAccepted(accepted)) => assert_eq!(accepted.user_name.as_str(), "sara"),
        other => panic!("{other:?} where {code:?} is right"),
    }
    let password = Secret::new(NEW_PASSWORD.to_owned());
    assert!(client.ask(Request::ResetPassword(ResetPassword { flow, password })).is_ok());
    assert!(daemon.client().sign_in("sara", PASSWORD).is_err());
    assert_eq!(daemon.client().sign_in("sara", NEW_PASSWORD).unwrap().account.user_name.as_str(), "sara");
}

/// The code in a mail, as its reader finds it: the line that is set apart. Both parts have it.
fn code_in(mail: &Value) -> String {
    let text = mail["parts"]["text/plain"].as_str().unwrap();
    let code = text.lines().find_map(|line| line.strip_prefix("    ")).expect("a code").to_owned();
    assert!(mail["parts"]["text/html"].as_str().unwrap().contains(&format!(">{code}</p>")), "{mail:#}");
    code
}

fn subject(mail: &Value) -> &str {
    mail["headers"]["Subject"].as_str().unwrap()
}

fn log_of(daemon: &Daemon) -> String {
    daemon.log.lock().unwrap().join("\n")
}

#[test]
fn a_forgotten_password_is_set_anew_by_mail() {
    let certificates = Certificates::new("DNS:localhost");
    let server = certificates.start("tls", &["--user", "parlour", "--password", "mailbox secret"]);
    let password = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(password.path(), "mailbox secret\n").unwrap();
    let options = options(&format!(
        "transport = \"smtp\"\nhost = \"localhost\"\nport = {}\nfrom = \"parlour@example.org\"\n\
         user = \"parlour\"\npassword_file = {:?}\nca_file = {:?}\n",
        server.port,
        password.path(),
        certificates.authority()
    ));
    let daemon = Daemon::start_in(folders(&options), &options);
    daemon.await_log("The mailbox is ready");
    let mut sara = daemon.member("sara");
    let mut client = daemon.client();
    let flow = forget(&mut client, "Sara@Example.org");
    let mail = server.await_mails(1).remove(0);
    assert_eq!((&mail["tls"], &mail["to"][0]), (&true.into(), &"sara@example.org".into()));
    assert_eq!((subject(&mail), &mail["sender_name"]), ("Your code for Test", &"Test".into()));
    let code = code_in(&mail);
    assert_eq!(code.len(), 5, "{code}");
    let wrong = if code == "12345" { "12346" } else { "12345" };
    assert!(matches!(try_code(&mut client, flow, wrong), Err(Denial::WrongCode { .. })));
    set_anew(&daemon, &mut client, flow, &code);
    assert!(try_code(&mut client, flow, &code).is_err(), "a code works once");
    // Whoever was signed in has to sign in again, and Sara is told of it.
    assert!(sara.try_ask(Request::GetAccount {}).is_none_or(|answer| answer.is_err()));
    let notice = server.await_mails(2).remove(1);
    assert_eq!(subject(&notice), "Your password for Test was changed");
    let log = log_of(&daemon);
    for secret in [code.as_str(), "mailbox secret", NEW_PASSWORD, "sara@example.org"] {
        assert!(!log.contains(secret), "{secret:?} is in the log: {log}");
    }
    daemon.end_well();
}

#[test]
fn a_mail_outlives_a_daemon_that_is_killed_while_its_mail_server_is_down() {
    let port = MailServer::start(&[]).port;
    let options = by_plain_smtp(port);
    let daemon = Daemon::start_in(folders(&options), &options);
    // Not fatal: people come in all the same.
    daemon.await_log("Mail cannot be sent");
    daemon.member("sara");
    let flow = forget(&mut daemon.client(), "sara");
    daemon.await_log("is tried again later");
    let folder = daemon.kill();

    let server = MailServer::start_on(port, &[]);
    let daemon = Daemon::start_in(folder, &options);
    daemon.await_log("The mailbox is ready");
    let mail = server.await_mails(1).remove(0);
    set_anew(&daemon, &mut daemon.client(), flow, &code_in(&mail));
    let mails = server.await_mails(2);
    daemon.end_well();
    let subjects: Vec<&str> = mails.iter().map(subject).collect();
    assert_eq!(subjects, ["Your code for Test", "Your password for Test was changed"]);
    assert_eq!(server.mails().len(), 2, "nothing is sent twice");
}

#[test]
fn a_mail_on_its_way_is_awaited_by_a_daemon_that_stops_and_not_sent_again() {
    let server = MailServer::start(&["--slow", "2"]);
    let options = by_plain_smtp(server.port);
    let daemon = Daemon::start_in(folders(&options), &options);
    daemon.member("sara");
    forget(&mut daemon.client(), "sara");
    server.await_said("slowly");
    let folder = daemon.end_well();
    assert_eq!(server.await_mails(1).len(), 1);

    let daemon = Daemon::start_in(folder, &options);
    forget(&mut daemon.client(), "sara");
    let mails = server.await_mails(2);
    daemon.end_well();
    assert_eq!(server.mails().len(), 2, "one for each time that it was asked for");
    assert_ne!(mails[0]["headers"]["Message-ID"], mails[1]["headers"]["Message-ID"]);
}

#[test]
fn a_mail_server_that_hangs_does_not_keep_the_daemon_from_ending() {
    let mut server = MailServer::start(&["--hang"]);
    let options = by_plain_smtp(server.port);
    let daemon = Daemon::start_in(folders(&options), &options);
    daemon.member("sara");
    let flow = forget(&mut daemon.client(), "sara");
    // The check of the mailbox and the mail itself.
    server.await_times("hangs", 2);
    let began = Instant::now();
    let folder = daemon.end_well();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());

    let port = server.port;
    server.stop();
    let server = MailServer::start_on(port, &[]);
    let daemon = Daemon::start_in(folder, &options);
    let code = code_in(&server.await_mails(1)[0]);
    set_anew(&daemon, &mut daemon.client(), flow, &code);
    daemon.end_well();
}

#[test]
fn a_mail_that_is_put_off_comes_later_and_one_that_is_refused_never() {
    let server = MailServer::start(&["--temporary", "1"]);
    let options = by_plain_smtp(server.port);
    let daemon = Daemon::start_in(folders(&options), &options);
    daemon.member("sara");
    let began = Instant::now();
    let flow = forget(&mut daemon.client(), "sara");
    let mail = server.await_mails(1).remove(0);
    assert!(began.elapsed() >= Duration::from_secs(9), "it came at once: {:?}", began.elapsed());
    daemon.await_log("451");
    set_anew(&daemon, &mut daemon.client(), flow, &code_in(&mail));
    daemon.end_well();

    let server = MailServer::start(&["--refuse"]);
    let options = by_plain_smtp(server.port);
    let daemon = Daemon::start_in(folders(&options), &options);
    daemon.member("sara");
    forget(&mut daemon.client(), "sara");
    let said = daemon.await_log("550");
    assert!(said.contains("was refused and is dropped") && !said.contains("\\u{1b}[31m"), "{said}");
    let folder = daemon.end_well();
    let state = folder.path().join("state");
    let mut dump = std::process::Command::new(env!("CARGO_BIN_EXE_parlour-dump"));
    let output = dump.arg("--data-dir").arg(state).arg("--json").output().unwrap();
    let tables: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(tables["mails"], serde_json::json!([]), "it waits no more");
}

#[test]
fn a_code_can_be_read_in_the_log_where_the_operator_wants_that() {
    let options = options("transport = \"log\"\n");
    let daemon = Daemon::start_in(folders(&options), &options);
    daemon.await_log("`mail.transport` is \"log\"");
    daemon.member("sara");
    let mut client = daemon.client();
    let flow = forget(&mut client, "sara");
    let line = daemon.await_log("the code for \"sara\" (sara@example.org) is ");
    let (_, rest) = line.split_once(") is ").unwrap();
    let (code, rest) = rest.split_once(';').unwrap();
    assert!(rest.contains("seconds"), "{line}");
    set_anew(&daemon, &mut client, flow, code);
    daemon.await_log("is told that the password was changed");
    daemon.end_well();
}

#[test]
fn the_former_address_is_told_of_another_one() {
    let server = MailServer::start(&[]);
    let options = by_plain_smtp(server.port);
    let daemon = Daemon::start_in(folders(&options), &options);
    let mut sara = daemon.member("sara");
    let email = Some("sara@elsewhere.org".to_owned());
    let edit = EditAccount { email, phone: None, about: None, visibility: None };
    assert!(sara.ask(Request::EditAccount(edit)).is_ok());
    let mail = server.await_mails(1).remove(0);
    assert_eq!(mail["to"], serde_json::json!(["sara@example.org"]));
    assert_eq!(subject(&mail), "Your e-mail address for Test was changed");
    forget(&mut daemon.client(), "sara");
    assert_eq!(server.await_mails(2)[1]["to"], serde_json::json!(["sara@elsewhere.org"]));
    daemon.end_well();
}

#[test]
fn without_mail_no_code_is_sent_and_everyone_knows() {
    let daemon = Daemon::start();
    daemon.member("sara");
    let asked = RequestReset { account: "sara".to_owned(), send: true };
    let answer = daemon.client().ask(Request::RequestReset(asked));
    assert!(answer.is_err(), "{answer:?}");
    daemon.end_well();
}
