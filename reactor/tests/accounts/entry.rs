//! Who becomes a member: the first admin, whoever has an invite, and whoever an admin approves.

use std::sync::Barrier;

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, Denial, Fault, Field, InviteId, Reply, Request, RevokeInvite, Role, SignUp, UserFilter,
};

use super::super::real::{Client, Daemon, Options, PASSWORD};
use super::house::{await_news, end_well, invalid, invite, list_users, set_state, with_admin};

/// Signs up where an admin has to approve the account.
fn sign_up_and_wait(client: &mut Client, name: &str) {
    let form = SignUp {
        user_name: name.to_owned(),
        email: format!("{name}@example.org"),
        phone: "09121234567".to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
        device: "test".to_owned(),
        code: None,
    };
    assert_eq!(client.ask(Request::SignUp(form)), Ok(Reply::SignUpWaiting {}));
}

#[test]
fn the_setup_code_makes_the_first_admin_and_nobody_after_it() {
    let (daemon, mut anna) = with_admin("");
    let code = daemon.setup_code();
    assert_eq!(list_users(&mut anna, UserFilter::Staff).unwrap().total, 1);
    let mut late = daemon.client();
    let refused = late.sign_up_with("mina", "mina@example.org", PASSWORD, Some(code));
    assert_eq!(refused, Err(invalid(Field::Code, Fault::NotAllowed {})));
    assert_eq!(late.sign_up("mina").unwrap().account.role, Role::Member);
    assert_eq!(list_users(&mut late, UserFilter::All), Err(Denial::NotAllowed {}));
    // A daemon that has an admin makes no further code.
    let folder = daemon.end_well();
    let daemon = Daemon::start_in(folder, &Options::default());
    assert_eq!(daemon.client().sign_in("anna", PASSWORD).unwrap().account.role, Role::Admin);
    assert!(!daemon.log.lock().unwrap().iter().any(|line| line.contains("setup code")));
    end_well(daemon);
}

#[test]
fn an_invite_lets_one_person_in_whatever_the_rule() {
    let (daemon, mut anna) = with_admin("sign_up = \"invite\"");
    let mut mina = daemon.client();
    assert_eq!(mina.sign_up("mina"), Err(invalid(Field::Code, Fault::Missing {})));
    let code = invite(&mut anna, "for mina");
    await_news(&mut anna, 0);
    let sign_up = |client: &mut Client, name: &str, code: &Secret<String>| {
        client.sign_up_with(name, &format!("{name}@example.org"), PASSWORD, Some(code.clone()))
    };
    // As people type it.
    let typed = Secret::new(code.expose().to_lowercase().replace('-', " "));
    assert_eq!(sign_up(&mut mina, "mina", &typed).unwrap().account.role, Role::Member);
    await_news(&mut anna, 0);
    let mut omid = daemon.client();
    let refused = Err(invalid(Field::Code, Fault::NotAllowed {}));
    assert_eq!(sign_up(&mut omid, "omid", &code), refused);
    // One that was revoked lets nobody in, and neither does one that never was.
    let revoked = invite(&mut anna, "for omid");
    assert_eq!(anna.ask(Request::RevokeInvite(RevokeInvite { invite: InviteId(2) })), Ok(Reply::Done {}));
    assert_eq!(sign_up(&mut omid, "omid", &revoked), refused);
    assert_eq!(sign_up(&mut omid, "omid", &Secret::new("0000-0000-0000-0000".to_owned())), refused);
    let Ok(Reply::Invites(list)) = anna.ask(Request::ListInvites {}) else { panic!("no list of invites") };
    let listed: Vec<(u64, &str, Option<&str>)> =
        list.invites.iter().map(|one| (one.id.0, one.note.as_str(), one.used_by.as_deref())).collect();
    assert_eq!(listed, [(2, "for omid", None), (1, "for mina", Some("mina"))]);
    end_well(daemon);
}

#[test]
fn of_many_who_have_one_invite_one_gets_in_every_time() {
    let (daemon, mut anna) = with_admin("sign_up = \"invite\"");
    for round in 0..8 {
        let code = invite(&mut anna, "");
        let start = Barrier::new(3);
        let results: Vec<bool> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..3)
                .map(|n| {
                    let mut client = Client::connect_from([127, 0, 1, round * 3 + n + 1], daemon.address);
                    client.hello();
                    let (start, code) = (&start, code.clone());
                    scope.spawn(move || {
                        let name = format!("r{round}.{n}");
                        start.wait();
                        let email = format!("{name}@example.org");
                        match client.sign_up_with(&name, &email, PASSWORD, Some(code)) {
                            Ok(_) => true,
                            Err(denial) => {
                                assert_eq!(denial, invalid(Field::Code, Fault::NotAllowed {}));
                                false
                            }
                        }
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|won| **won).count(), 1, "round {round}: {results:?}");
        let there = list_users(&mut anna, UserFilter::All).unwrap().total;
        assert_eq!(there, u32::from(round) + 2);
    }
    end_well(daemon);
}

#[test]
fn who_signs_up_waits_until_an_admin_approves() {
    let (daemon, mut anna) = with_admin("sign_up = \"approval\"");
    let mut zari = daemon.client();
    sign_up_and_wait(&mut zari, "zari");
    await_news(&mut anna, 1);
    // Nothing more is said to whoever has not the password.
    assert_eq!(zari.sign_in("zari", "another password"), Err(Denial::WrongPassword {}));
    assert_eq!(zari.sign_in("zari", PASSWORD), Err(Denial::ApprovalPending {}));
    let page = list_users(&mut anna, UserFilter::Waiting).unwrap();
    assert_eq!((page.total, page.waiting, page.users[0].user_name.as_str()), (1, 1, "zari"));
    let approved = set_state(&mut anna, "ZARI", AccountState::Active).unwrap();
    assert_eq!(approved.state, AccountState::Active);
    await_news(&mut anna, 0);
    assert_eq!(zari.sign_in("zari", PASSWORD).unwrap().account.role, Role::Member);
    // An invite needs no approval.
    let code = invite(&mut anna, "");
    let mut mina = daemon.client();
    assert!(mina.sign_up_with("mina", "mina@example.org", PASSWORD, Some(code)).is_ok());
    end_well(daemon);
}
