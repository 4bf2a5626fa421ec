//! One's own account from end to end: seen and edited, its password changed, its sessions ended, deleted.

use parlour_common::Secret;
use parlour_common::message::{
    ChangePassword, DeleteAccount, Denial, EditAccount, EndSession, Event, Fault, Field, OwnAccount, Reply,
    Request, SessionEntry, SharedFate, Visibility,
};

use super::super::real::{Client, Daemon, Options, PASSWORD};
use super::house::{end_well, invalid, with_admin};

const NEW_PASSWORD: &str = "battery staple";

fn account(client: &mut Client) -> Result<OwnAccount, Denial> {
    match client.ask(Request::GetAccount {})? {
        Reply::Account(account) => Ok(account),
        other => panic!("{other:?} is no account"),
    }
}

fn edit(client: &mut Client, edit: EditAccount) -> Result<OwnAccount, Denial> {
    match client.ask(Request::EditAccount(edit))? {
        Reply::Account(account) => Ok(account),
        other => panic!("{other:?} is no account"),
    }
}

fn sessions(client: &mut Client) -> Vec<SessionEntry> {
    match client.ask(Request::ListSessions {}) {
        Ok(Reply::Sessions(list)) => list.sessions,
        other => panic!("{other:?} is no list of sessions"),
    }
}

fn change_password(client: &mut Client, old: &str, new: &str) -> Result<Reply, Denial> {
    let secret = |text: &str| Secret::new(text.to_owned());
    client.ask(Request::ChangePassword(ChangePassword { old: secret(old), new: secret(new) }))
}

fn delete(client: &mut Client, password: &str, shared: SharedFate) -> Result<Reply, Denial> {
    let password = Secret::new(password.to_owned());
    client.ask(Request::DeleteAccount(DeleteAccount { password, shared }))
}

fn await_end(client: &mut Client) {
    client.await_event(|event| matches!(event, Event::SessionEnded {}).then_some(()));
    assert_eq!(account(client), Err(Denial::SignInFirst {}));
}

#[test]
fn an_edit_is_there_at_once_and_everywhere_and_outlives_the_daemon() {
    let daemon = Daemon::start();
    let (mut laptop, _mina) = (daemon.member("sara"), daemon.member("mina"));
    let mut phone = daemon.client();
    phone.sign_in("sara", PASSWORD).unwrap();
    let before = account(&mut laptop).unwrap();
    assert_eq!((before.email.as_str(), before.about.as_str()), ("sara@example.org", ""));
    let form = EditAccount {
        email: Some("sara@example.com".to_owned()),
        phone: Some("0912 765 4321".to_owned()),
        about: Some("I sing.\nAsk me!".to_owned()),
        visibility: Some(Visibility { email: true, phone: false, about: true }),
    };
    let after = edit(&mut laptop, form).unwrap();
    assert_eq!((after.email.as_str(), after.phone.as_str()), ("sara@example.com", "09127654321"));
    assert_eq!((after.about.as_str(), after.visibility.email), ("I sing.\nAsk me!", true));
    assert_eq!((&after.user_name, after.created_unix_ms), (&before.user_name, before.created_unix_ms));
    let told = phone.await_event(|event| match event {
        Event::AccountChanged(account) => Some(account.clone()),
        _ => None,
    });
    assert_eq!(told, after);
    // Somebody else's address is refused with everything else that is wrong, and nothing is changed.
    let taken = EditAccount { email: Some("MINA@example.org".to_owned()), ..EditAccount::default() };
    assert_eq!(edit(&mut laptop, taken), Err(invalid(Field::Email, Fault::Taken {})));
    assert_eq!(account(&mut phone), Ok(after.clone()));
    // The former address is free again.
    let mut stranger = daemon.client();
    stranger.sign_up_as("zara", "sara@example.org", PASSWORD).unwrap();
    let token = laptop.token.clone().unwrap();
    let daemon = Daemon::start_in(daemon.end_well(), &Options::default());
    let mut laptop = daemon.client();
    laptop.resume(token).unwrap();
    assert_eq!(account(&mut laptop), Ok(after));
    end_well(daemon);
}

#[test]
fn another_password_ends_every_other_session_and_the_one_that_asks_goes_on() {
    let daemon = Daemon::start();
    let mut laptop = daemon.member("sara");
    let (mut beside, mut phone) = (daemon.client(), daemon.client());
    beside.resume(laptop.token.clone().unwrap()).unwrap();
    phone.sign_in("sara", PASSWORD).unwrap();
    let of_phone = phone.token.clone().unwrap();
    assert_eq!(change_password(&mut laptop, "wrong horse", NEW_PASSWORD), Err(Denial::WrongPassword {}));
    let short = invalid(Field::Password, Fault::TooShort { chars_min: 8 });
    assert_eq!(change_password(&mut laptop, PASSWORD, "short"), Err(short));
    assert_eq!(change_password(&mut laptop, PASSWORD, NEW_PASSWORD), Ok(Reply::Done {}));
    await_end(&mut phone);
    assert_eq!(phone.resume(of_phone), Err(Denial::SessionEnded {}));
    assert_eq!(phone.sign_in("sara", PASSWORD).unwrap_err(), Denial::WrongPassword {});
    for client in [&mut laptop, &mut beside] {
        assert!(account(client).is_ok());
    }
    phone.sign_in("sara", NEW_PASSWORD).unwrap();
    end_well(daemon);
}

#[test]
fn sessions_are_seen_and_ended_one_by_one() {
    let daemon = Daemon::start();
    let mut laptop = daemon.member("sara");
    let mut phone = daemon.client();
    phone.sign_in("sara", PASSWORD).unwrap();
    let mut lost = daemon.client();
    lost.sign_in("sara", PASSWORD).unwrap();
    let of_lost = lost.token.clone().unwrap();
    drop(lost);
    let list = sessions(&mut laptop);
    assert_eq!(list.len(), 3);
    let own: Vec<&SessionEntry> = list.iter().filter(|entry| entry.current).collect();
    assert!(own.len() == 1 && own[0].connected);
    let seen_by_phone = sessions(&mut phone);
    let current = |list: &[SessionEntry]| list.iter().find(|entry| entry.current).unwrap().id;
    let (of_laptop, of_phone) = (current(&list), current(&seen_by_phone));
    let of_the_lost = list.iter().find(|entry| ![of_laptop, of_phone].contains(&entry.id)).unwrap().id;
    let end = |client: &mut Client, session| client.ask(Request::EndSession(EndSession { session }));
    assert_eq!(end(&mut laptop, of_the_lost), Ok(Reply::Done {}));
    assert_eq!(end(&mut laptop, of_the_lost), Err(Denial::NoSuchSession {}));
    let mut found = daemon.client();
    assert_eq!(found.resume(of_lost), Err(Denial::SessionEnded {}));
    assert_eq!(end(&mut laptop, of_phone), Ok(Reply::Done {}));
    await_end(&mut phone);
    // Nobody ends somebody else's.
    let mut mina = daemon.member("mina");
    assert_eq!(end(&mut mina, of_laptop), Err(Denial::NoSuchSession {}));
    assert_eq!(sessions(&mut laptop).len(), 1);
    // The own one: first the answer, then the end.
    assert_eq!(end(&mut laptop, of_laptop), Ok(Reply::Done {}));
    await_end(&mut laptop);
    laptop.sign_in("sara", PASSWORD).unwrap();
    end_well(daemon);
}

#[test]
fn an_account_is_deleted_with_the_password_and_its_names_are_free_again() {
    let (daemon, mut anna) = with_admin("");
    let (mut sara, _mina) = (daemon.member("sara"), daemon.member("mina"));
    let mut phone = daemon.client();
    phone.sign_in("sara", PASSWORD).unwrap();
    let (token, proof) = (sara.token.clone().unwrap(), sara.device_proof.clone());
    assert_eq!(delete(&mut sara, "wrong horse", SharedFate::Keep {}), Err(Denial::WrongPassword {}));
    for (to, fault) in [
        ("", Fault::Missing {}),
        ("nobody", Fault::NotAllowed {}),
        ("SARA", Fault::NotAllowed {}),
        ("a b", Fault::NotAllowed {}),
    ] {
        let shared = SharedFate::HandOver { to: to.to_owned() };
        assert_eq!(delete(&mut sara, PASSWORD, shared), Err(invalid(Field::HandOverTo, fault)), "{to:?}");
    }
    let shared = SharedFate::HandOver { to: "Mina".to_owned() };
    assert_eq!(delete(&mut sara, PASSWORD, shared), Ok(Reply::Done {}));
    await_end(&mut phone);
    assert_eq!(account(&mut sara), Err(Denial::SignInFirst {}));
    assert_eq!(sara.resume(token), Err(Denial::SessionEnded {}));
    assert_eq!(sara.sign_in_with("sara", PASSWORD, proof).unwrap_err(), Denial::NotRegistered {});
    // The same connection may begin anew under the same names.
    sara.sign_up("sara").unwrap();
    assert!(account(&mut sara).is_ok());
    // The last admin stays.
    assert_eq!(delete(&mut anna, PASSWORD, SharedFate::Remove {}), Err(Denial::LastAdmin {}));
    assert!(account(&mut anna).is_ok());
    end_well(daemon);
}
