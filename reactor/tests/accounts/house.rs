//! What the tests of accounts share: a daemon with its first admin, and what an admin asks.
//!
//! It does not know what should come of it.

use std::collections::VecDeque;

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, CreateInvite, Denial, EditUser, Event, Fault, Field, FieldFault, Invite, ListUsers, Reply,
    Request, Role, UserEntry, UserFilter, UserPage,
};
use parlour_reactor::store::Store;

use super::super::real::{Client, Daemon, Options, PASSWORD};

/// Starts a daemon with lines of configuration of one's own, and signs its first admin up.
pub fn with_admin(config: &'static str) -> (Daemon, Client) {
    with_admin_and(&[], config)
}

/// The same, with files in the bank.
pub fn with_admin_and(files: &[(&str, &[u8])], config: &'static str) -> (Daemon, Client) {
    let daemon = Daemon::start_with_options(files, &Options { config, ..Options::default() });
    let mut anna = daemon.client();
    let code = daemon.setup_code();
    let signed_in = anna.sign_up_with("anna", "anna@example.org", PASSWORD, Some(code)).unwrap();
    assert_eq!(signed_in.account.role, Role::Admin);
    (daemon, anna)
}

/// Ends a daemon, and sees to it that its records agree.
pub fn end_well(daemon: Daemon) {
    let folder = daemon.end_well();
    let store = Store::open_existing(&folder.path().join("state")).unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

/// An edit of nothing.
pub fn edit(user_name: &str) -> EditUser {
    EditUser {
        user_name: user_name.to_owned(),
        email: None,
        phone: None,
        role: None,
        state: None,
        quota: None,
    }
}

/// Asks for another state of an account.
pub fn set_state(admin: &mut Client, user_name: &str, state: AccountState) -> Result<UserEntry, Denial> {
    user_of(admin.ask(Request::EditUser(EditUser { state: Some(state), ..edit(user_name) })))
}

/// Asks for another role of an account.
pub fn set_role(admin: &mut Client, user_name: &str, role: Role) -> Result<UserEntry, Denial> {
    user_of(admin.ask(Request::EditUser(EditUser { role: Some(role), ..edit(user_name) })))
}

/// Returns the account of an answer.
pub fn user_of(answer: Result<Reply, Denial>) -> Result<UserEntry, Denial> {
    match answer? {
        Reply::User(user) => Ok(user),
        other => panic!("{other:?} is no account"),
    }
}

/// Asks for the accounts of a filter.
pub fn list_users(admin: &mut Client, filter: UserFilter) -> Result<UserPage, Denial> {
    let list = ListUsers { query: String::new(), filter, offset: 0, limit: 48 };
    match admin.ask(Request::ListUsers(list))? {
        Reply::Users(page) => Ok(page),
        other => panic!("{other:?} is no page of accounts"),
    }
}

/// Makes an invite, and returns its code.
pub fn invite(admin: &mut Client, note: &str) -> Secret<String> {
    match admin.ask(Request::CreateInvite(CreateInvite { note: note.to_owned(), hours: 24 })) {
        Ok(Reply::Invite(Invite { code, .. })) => Secret::new(code.expose().as_str().to_owned()),
        other => panic!("{other:?} is no invite"),
    }
}

/// The denial of a form with one fault.
pub fn invalid(field: Field, fault: Fault) -> Denial {
    Denial::InvalidFields { faults: vec![FieldFault { field, fault }] }
}

/// Waits for the news that so many accounts wait, and forgets the news before it.
pub fn await_news(admin: &mut Client, expected: u32) {
    admin.await_event(|event| {
        matches!(event, Event::UsersChanged { waiting } if *waiting == expected).then_some(())
    });
    admin.events = VecDeque::new();
}
