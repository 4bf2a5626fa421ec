//! The setup code: it makes the first admin, and only that one.

use parlour_common::message::{Denial, Fault, Field, FieldFault, Reply, Request, Role};
use parlour_common::names::InviteCode;

use super::super::real::{Client, Daemon, Options};
use super::commands::sign_up;
use super::site::Site;

/// Returns the code that the log tells, which it does in one line.
fn code_of(daemon: &Daemon) -> String {
    daemon.await_log("listening on");
    let log = daemon.log.lock().unwrap();
    let codes: Vec<&str> = log
        .iter()
        .flat_map(|line| line.split(|c: char| c.is_whitespace() || c == ','))
        .filter(|word| word.len() == 19 && InviteCode::parse(word).is_ok())
        .collect();
    assert_eq!(codes.len(), 1, "{log:#?}");
    codes[0].to_owned()
}

fn has_code(daemon: &Daemon) -> bool {
    daemon.await_log("listening on");
    daemon.log.lock().unwrap().iter().any(|line| line.contains("setup code"))
}

fn refused() -> Result<Reply, Denial> {
    let fault = FieldFault { field: Field::Code, fault: Fault::NotAllowed {} };
    Err(Denial::InvalidFields { faults: vec![fault] })
}

fn role_of(client: &mut Client) -> Role {
    match client.ask(Request::GetAccount {}) {
        Ok(Reply::Account(own)) => own.role,
        other => panic!("{other:?} is no account"),
    }
}

#[test]
fn it_makes_one_admin_and_is_void_then() {
    // Whatever the rule for sign-ups.
    for config in ["", "sign_up = \"invite\"", "sign_up = \"approval\""] {
        let mut site = Site::running(Options { config, ..Options::default() });
        let code = code_of(site.daemon());
        let line = site.daemon().await_log(&code);
        assert!(line.contains("I have a code") && line.contains("parlourd user role"), "{line}");
        let mut sara = site.daemon().client();
        // As people type it.
        let typed = code.to_lowercase().replace('-', " ");
        assert!(matches!(sara.ask(sign_up("sara", Some(&typed))), Ok(Reply::SignedIn(_))));
        assert_eq!(role_of(&mut sara), Role::Admin);
        let mut mina = site.daemon().client();
        assert_eq!(mina.ask(sign_up("mina", Some(&code))), refused());
        let deeds = site.run(&["audit"]).done();
        assert!(deeds.contains("sara  became the first admin by the setup code"), "{deeds}");
        site.stop();
        site.start();
        assert!(!has_code(site.daemon()), "there is an admin");
        assert_eq!(site.daemon().client().ask(sign_up("mina", Some(&code))), refused());
        site.stop();
    }
}

#[test]
fn each_start_draws_another_until_it_is_used() {
    let mut site = Site::running(Options::default());
    let first = code_of(site.daemon());
    site.stop();
    site.start();
    let second = code_of(site.daemon());
    assert_ne!(first, second);
    let mut client = site.daemon().client();
    assert_eq!(client.ask(sign_up("sara", Some(&first))), refused());
    assert_eq!(client.ask(sign_up("sara", Some("0000-0000-0000-0000"))), refused());
    assert!(matches!(client.ask(sign_up("sara", Some(&second))), Ok(Reply::SignedIn(_))));
    site.stop();
}

#[test]
fn an_admin_of_the_command_line_voids_it() {
    let mut site = Site::running(Options::default());
    let code = code_of(site.daemon());
    let mut mina = site.daemon().member("mina");
    assert_eq!(role_of(&mut mina), Role::Member);
    assert_eq!(site.run(&["user", "role", "mina", "admin"]).done(), "mina is admin now.\n");
    assert_eq!(site.daemon().client().ask(sign_up("sara", Some(&code))), refused());
    site.stop();
    site.start();
    assert!(!has_code(site.daemon()));
    site.stop();
}

#[test]
fn of_those_who_race_for_it_one_wins() {
    let mut site = Site::running(Options::default());
    let code = code_of(site.daemon());
    let racers: Vec<_> = (0..4)
        .map(|n| {
            let mut client = site.daemon().client();
            let request = sign_up(&format!("racer{n}"), Some(&code));
            std::thread::spawn(move || client.ask(request))
        })
        .collect();
    let answers: Vec<_> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
    let won = answers.iter().filter(|answer| matches!(answer, Ok(Reply::SignedIn(_)))).count();
    let lost = answers.iter().filter(|answer| **answer == refused()).count();
    assert_eq!((won, lost), (1, 3), "{answers:?}");
    let list = site.run(&["user", "list", "--json"]).json();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["role"]), (1, &"admin".into()), "{list}");
    site.stop();
}
