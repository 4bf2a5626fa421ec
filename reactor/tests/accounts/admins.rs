//! What admins do, as those notice to whom it is done.

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, AddUser, AuditAction, CheckCode, DeleteUser, Denial, EditUser, Event, FetchTrack,
    IssueResetCode, ListAudit, ListMembers, Reply, Request, RequestReset, ResetPassword, Role, SharedFate,
    TransferOutcome, UserFilter,
};

use super::super::real::{Client, PASSWORD, wav};
use super::house::{
    await_news, edit, end_well, list_users, set_role, set_state, user_of, with_admin, with_admin_and,
};

fn members(client: &mut Client) -> Result<Vec<String>, Denial> {
    match client.ask(Request::ListMembers(ListMembers { query: String::new(), offset: 0, limit: 20 }))? {
        Reply::Members(page) => {
            Ok(page.members.into_iter().map(|member| member.user_name.as_str().to_owned()).collect())
        }
        other => panic!("{other:?} is no page of members"),
    }
}

fn await_end(client: &mut Client) {
    client.await_event(|event| matches!(event, Event::SessionEnded {}).then_some(()));
}

#[test]
fn who_is_disabled_is_out_on_every_connection_and_comes_back_when_enabled() {
    let (daemon, mut anna) = with_admin("");
    let mut laptop = daemon.member("sara");
    let token = laptop.token.clone().unwrap();
    let (mut beside, mut phone) = (daemon.client(), daemon.client());
    beside.resume(token.clone()).unwrap();
    phone.sign_in("sara", PASSWORD).unwrap();
    let other = daemon.member("mina");
    assert!(list_users(&mut anna, UserFilter::All).unwrap().users[2].used_unix_ms.is_some());
    let disabled = set_state(&mut anna, "sara", AccountState::Disabled).unwrap();
    assert_eq!((disabled.state, disabled.used_unix_ms), (AccountState::Disabled, None));
    for client in [&mut laptop, &mut beside, &mut phone] {
        await_end(client);
        assert_eq!(members(client), Err(Denial::SignInFirst {}));
        assert_eq!(client.resume(token.clone()), Err(Denial::SessionEnded {}));
    }
    assert_eq!(laptop.sign_in("sara", PASSWORD), Err(Denial::AccountDisabled {}));
    assert_eq!(members(&mut anna).unwrap(), ["anna", "mina"]);
    set_state(&mut anna, "sara", AccountState::Active).unwrap();
    assert!(laptop.sign_in("sara", PASSWORD).is_ok());
    // The token of before stays void.
    assert_eq!(phone.resume(token), Err(Denial::SessionEnded {}));
    let mut other = other;
    assert_eq!(members(&mut other).unwrap(), ["anna", "mina", "sara"]);
    end_well(daemon);
}

#[test]
fn a_download_ends_with_the_session_it_was_begun_under() {
    // More than the sockets on the way hold.
    let song = wav(5, 32 * 1024 * 1024);
    let (daemon, mut anna) = with_admin_and(&[("song.wav", &song)], "");
    let mut sara = daemon.member("sara");
    let track = daemon.await_tracks(&mut sara, 1).tracks.remove(0);
    let fetch = FetchTrack { track: track.id, offset: 0, length: None, version: None };
    let Ok(Reply::FileStart(start)) = sara.ask(Request::FetchTrack(fetch)) else { panic!("no file") };
    set_state(&mut anna, "sara", AccountState::Disabled).unwrap();
    let fetched = sara.receive_file(start);
    assert_eq!(fetched.outcome, TransferOutcome::Cancelled);
    assert!(fetched.bytes.len() < song.len() && song.starts_with(&fetched.bytes));
    await_end(&mut sara);
    end_well(daemon);
}

#[test]
fn a_role_is_there_at_the_next_sign_in_and_gone_at_once() {
    let (daemon, mut anna) = with_admin("");
    let mut mina = daemon.member("mina");
    assert_eq!(list_users(&mut mina, UserFilter::All), Err(Denial::NotAllowed {}));
    assert_eq!(set_role(&mut mina, "mina", Role::Admin), Err(Denial::NotAllowed {}));
    set_role(&mut anna, "mina", Role::Admin).unwrap();
    await_end(&mut mina);
    assert_eq!(mina.sign_in("mina", PASSWORD).unwrap().account.role, Role::Admin);
    // The new admin takes the role of the old one away.
    set_role(&mut mina, "anna", Role::Curator).unwrap();
    await_end(&mut anna);
    assert_eq!(list_users(&mut anna, UserFilter::All), Err(Denial::SignInFirst {}));
    assert_eq!(anna.sign_in("anna", PASSWORD).unwrap().account.role, Role::Curator);
    assert_eq!(list_users(&mut anna, UserFilter::All), Err(Denial::NotAllowed {}));
    // Nobody may be the last to go.
    assert_eq!(set_role(&mut mina, "mina", Role::Member), Err(Denial::LastAdmin {}));
    assert_eq!(set_state(&mut mina, "mina", AccountState::Disabled), Err(Denial::LastAdmin {}));
    assert!(list_users(&mut mina, UserFilter::All).is_ok());
    end_well(daemon);
}

#[test]
fn an_account_without_a_password_is_opened_with_a_code() {
    let (daemon, mut anna) = with_admin("sign_up = \"invite\"");
    let form = AddUser {
        user_name: "omid".to_owned(),
        email: "omid@example.org".to_owned(),
        phone: "09121234567".to_owned(),
        password: None,
        role: Role::Curator,
    };
    let added = user_of(anna.ask(Request::AddUser(form.clone()))).unwrap();
    assert_eq!((added.role, added.used_unix_ms), (Role::Curator, None));
    assert!(
        matches!(anna.ask(Request::AddUser(form)), Err(Denial::InvalidFields { faults }) if faults.len() == 2)
    );
    let mut omid = daemon.client();
    assert_eq!(omid.sign_in("omid", PASSWORD), Err(Denial::WrongPassword {}));
    let issue = Request::IssueResetCode(IssueResetCode { user_name: "omid".to_owned() });
    let Ok(Reply::ResetCode(issued)) = anna.ask(issue) else { panic!("no code") };
    let begin = RequestReset { account: "omid@example.org".to_owned(), send: false };
    let Ok(Reply::ResetBegun(begun)) = omid.ask(Request::RequestReset(begin)) else { panic!("no reset") };
    let check = CheckCode { flow: begun.flow, code: issued.code };
    assert!(matches!(omid.ask(Request::CheckCode(check)), Ok(Reply::CodeAccepted(_))));
    let password = Secret::new("a password of my own".to_owned());
    let reset = ResetPassword { flow: begun.flow, password };
    assert_eq!(omid.ask(Request::ResetPassword(reset)), Ok(Reply::Done {}));
    assert_eq!(omid.sign_in("omid", "a password of my own").unwrap().account.role, Role::Curator);
    end_well(daemon);
}

#[test]
fn what_admins_do_is_noticed_and_written_down() {
    let (daemon, mut anna) = with_admin("");
    let mut sara = daemon.member("sara");
    let mut mina = daemon.member("mina");
    let email = Some("sara@elsewhere.example".to_owned());
    anna.events.clear();
    user_of(anna.ask(Request::EditUser(EditUser { email, ..edit("sara") }))).unwrap();
    let noticed = sara.await_event(|event| match event {
        Event::AccountChanged(account) => Some(account.email.as_str().to_owned()),
        _ => None,
    });
    assert_eq!(noticed, "sara@elsewhere.example");
    // The session goes on.
    assert!(members(&mut sara).is_ok());
    await_news(&mut anna, 0);
    let delete =
        |user_name: &str, shared| Request::DeleteUser(DeleteUser { user_name: user_name.to_owned(), shared });
    let to_mina = SharedFate::HandOver { to: "mina".to_owned() };
    assert_eq!(anna.ask(delete("sara", to_mina.clone())), Ok(Reply::Done {}));
    await_end(&mut sara);
    assert_eq!(sara.sign_in("sara", PASSWORD), Err(Denial::NotRegistered {}));
    assert_eq!(anna.ask(delete("sara", SharedFate::Keep {})), Err(Denial::NoSuchMember {}));
    assert_eq!(anna.ask(delete("anna", SharedFate::Keep {})), Err(Denial::LastAdmin {}));
    // The name is free again, and not hers.
    let again = daemon.member("sara");
    assert_eq!(members(&mut mina).unwrap(), ["anna", "mina", "sara"]);
    drop(again);
    let Ok(Reply::Audit(page)) = anna.ask(Request::ListAudit(ListAudit { before: None, limit: 48 })) else {
        panic!("no record")
    };
    let written: Vec<(&str, AuditAction, &str)> =
        page.entries.iter().map(|entry| (entry.by.as_str(), entry.action, entry.subject.as_str())).collect();
    assert_eq!(
        written,
        [
            ("anna", AuditAction::UserDeleted, "sara"),
            ("anna", AuditAction::UserEdited, "sara"),
            ("anna", AuditAction::FirstAdmin, "anna"),
        ]
    );
    assert_eq!(page.entries[0].shared, Some(to_mina));
    assert!(!page.more);
    end_well(daemon);
}
