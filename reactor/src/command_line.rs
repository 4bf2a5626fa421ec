//! The operator's commands: what is typed, what is asked for it, what is shown.
//!
//! A command is one or more requests of an admin, as the app would send them. This file does not know how
//! they reach the daemon's rooms (`reach.rs`), nor the words for what comes back (`words.rs`).

pub mod arguments;
mod house;
mod keyboard;
mod line;
mod reach;
mod sizes;
mod table;
mod trouble;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use parlour_common::Secret;
use parlour_common::limits::{AUDIT_PER_PAGE_MAX, USERS_PER_PAGE_MAX};
use parlour_common::message::{
    AccountState, AddUser, AuditEntry, CheckFiles, CreateInvite, DeleteUser, EditUser, InviteId,
    IssueResetCode, ListAudit, ListUsers, Reply, Request, RevokeInvite, UserEntry, UserFilter,
};
use parlour_common::names::UserName;
use serde::Serialize;

use arguments::{
    AuditArguments, CheckArguments, InviteCommand, Place, UserAdd, UserCommand, UserDelete, UserList,
};
use reach::Reach;
use trouble::Trouble;

/// It was refused, or failed.
const EXIT_FAILED: u8 = 1;
/// It is not clear enough what is wanted. (Clap says the same of bad arguments.)
const EXIT_USAGE: u8 = 2;

/// What the operator wants done.
#[derive(Debug)]
pub enum Errand {
    /// About accounts.
    User(UserCommand),
    /// About invites.
    Invite(InviteCommand),
    /// About what was done.
    Audit(AuditArguments),
    /// About what lies on the disk.
    Check(CheckArguments),
}

/// What came of a command that was carried out.
struct Told {
    text: String,
    /// Whether it found all well.
    is_good: bool,
}

/// Does what was typed, and says what came of it: on standard output if it was done, else on standard error.
pub fn run(place: &Place, errand: Errand) -> ExitCode {
    let shown = carry_out(place, errand).and_then(|told| show(&told.text).map(|()| told.is_good));
    let trouble = match shown {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => return ExitCode::from(EXIT_FAILED),
        Err(trouble) => trouble,
    };
    eprintln!("parlourd: {}", words::trouble(&trouble));
    ExitCode::from(if matches!(trouble, Trouble::Usage(_)) { EXIT_USAGE } else { EXIT_FAILED })
}

fn show(text: &str) -> Result<(), Trouble> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads, a pager say, has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Trouble::Terminal(error)),
        _ => Ok(()),
    }
}

fn carry_out(place: &Place, errand: Errand) -> Result<Told, Trouble> {
    // Whatever a person is asked, nobody else waits for the store meanwhile.
    let password = match &errand {
        Errand::User(UserCommand::Add(UserAdd { password_stdin: true, .. })) => {
            Some(keyboard::read_password()?)
        }
        _ => None,
    };
    let mut reach = Reach::find(place)?;
    let good = |text| Told { text, is_good: true };
    let told = match errand {
        Errand::User(command) => user(&mut reach, command, password).map(good),
        Errand::Invite(command) => invite(&mut reach, command).map(good),
        Errand::Audit(arguments) => audit(&mut reach, &arguments).map(good),
        Errand::Check(arguments) => check(&mut reach, &arguments),
    };
    reach.leave();
    told
}

fn user(
    reach: &mut Reach,
    command: UserCommand,
    password: Option<Secret<String>>,
) -> Result<String, Trouble> {
    match command {
        UserCommand::List(list) => list_users(reach, &list),
        UserCommand::Add(UserAdd { name, email, phone, role, .. }) => {
            let has_password = password.is_some();
            let form = AddUser { user_name: name, email, phone, password, role: role.into() };
            let user = user_of(reach.ask(&Request::AddUser(form))?)?;
            Ok(words::added(&user, has_password))
        }
        UserCommand::Edit { name, email, phone } => {
            let user = edit(reach, EditUser { email, phone, ..unchanged(name) })?;
            Ok(words::edited(&user))
        }
        UserCommand::Role { name, role } => {
            let user = edit(reach, EditUser { role: Some(role.into()), ..unchanged(name) })?;
            Ok(words::role_given(&user))
        }
        UserCommand::Quota { name, quota } => {
            let user = edit(reach, EditUser { quota: Some(quota), ..unchanged(name) })?;
            Ok(words::quota_given(&user))
        }
        UserCommand::Approve { name } => match find(reach, &name)? {
            Some(user) if user.state != AccountState::Waiting => {
                Err(Trouble::Unfit(words::not_waiting(&user)))
            }
            _ => set_state(reach, name, AccountState::Active),
        },
        UserCommand::Enable { name } => match find(reach, &name)? {
            Some(user) if user.state == AccountState::Waiting => {
                Err(Trouble::Unfit(words::not_disabled(&user)))
            }
            _ => set_state(reach, name, AccountState::Active),
        },
        UserCommand::Disable { name } => set_state(reach, name, AccountState::Disabled),
        UserCommand::Delete(delete) => delete_user(reach, &delete),
        UserCommand::ResetCode { name } => {
            match reach.ask(&Request::IssueResetCode(IssueResetCode { user_name: name.clone() }))? {
                Reply::ResetCode(code) => Ok(words::reset_code(&name, &code)),
                _ => Err(Trouble::unexpected()),
            }
        }
    }
}

fn invite(reach: &mut Reach, command: InviteCommand) -> Result<String, Trouble> {
    match command {
        InviteCommand::Create { note, days } => {
            match reach.ask(&Request::CreateInvite(CreateInvite { note, hours: days * 24 }))? {
                Reply::Invite(invite) => Ok(words::invite(&invite)),
                _ => Err(Trouble::unexpected()),
            }
        }
        InviteCommand::List { json } => match reach.ask(&Request::ListInvites {})? {
            Reply::Invites(list) if json => to_json(&list.invites),
            Reply::Invites(list) => Ok(words::invites(&list.invites)),
            _ => Err(Trouble::unexpected()),
        },
        InviteCommand::Revoke { id } => {
            done(&reach.ask(&Request::RevokeInvite(RevokeInvite { invite: InviteId(id) }))?)?;
            Ok(words::revoked(id))
        }
    }
}

fn audit(reach: &mut Reach, arguments: &AuditArguments) -> Result<String, Trouble> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    let mut left = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    while left > 0 {
        let limit = u16::try_from(left).map_or(AUDIT_PER_PAGE_MAX, |left| left.min(AUDIT_PER_PAGE_MAX));
        let before = entries.last().map(|entry| entry.id);
        let Reply::Audit(page) = reach.ask(&Request::ListAudit(ListAudit { before, limit }))? else {
            return Err(Trouble::unexpected());
        };
        left = left.saturating_sub(page.entries.len());
        let more = page.more && !page.entries.is_empty();
        entries.extend(page.entries);
        if !more {
            break;
        }
    }
    // As in a log: a terminal shows the end.
    entries.reverse();
    if arguments.json { to_json(&entries) } else { Ok(words::audit(&entries)) }
}

/// Waits for as long as it takes: a disk may be large.
fn check(reach: &mut Reach, arguments: &CheckArguments) -> Result<Told, Trouble> {
    let request = Request::CheckFiles(CheckFiles { read_all: arguments.read_all });
    let Reply::Checked(report) = reach.ask_at_length(&request)? else {
        return Err(Trouble::unexpected());
    };
    let text = if arguments.json { to_json(&report)? } else { words::checked(&report) };
    Ok(Told { text, is_good: report.faults_total == 0 })
}

fn list_users(reach: &mut Reach, list: &UserList) -> Result<String, Trouble> {
    let mut users = Vec::new();
    let mut waiting = 0;
    each_user(reach, &list.query, list.filter(), |entries, waiting_now| {
        users.extend(entries);
        waiting = waiting_now;
        true
    })?;
    if list.json { to_json(&users) } else { Ok(words::users(&users, waiting)) }
}

/// Finds the account of a username, in any spelling of it.
fn find(reach: &mut Reach, name: &str) -> Result<Option<UserEntry>, Trouble> {
    // What is no username has no account, and whoever is asked next will say so.
    let Ok(wanted) = UserName::parse(name).map(|name| name.key()) else { return Ok(None) };
    let mut found = None;
    each_user(reach, name.trim(), UserFilter::All, |entries, _| {
        found = entries.into_iter().find(|user| user.user_name.key() == wanted);
        found.is_none()
    })?;
    Ok(found)
}

/// Hands out accounts, page by page, with how many wait for approval, for as long as `more` wants any.
fn each_user(
    reach: &mut Reach,
    query: &str,
    filter: UserFilter,
    mut more: impl FnMut(Vec<UserEntry>, u32) -> bool,
) -> Result<(), Trouble> {
    let mut offset = 0;
    loop {
        let list = ListUsers { query: query.to_owned(), filter, offset, limit: USERS_PER_PAGE_MAX };
        let Reply::Users(page) = reach.ask(&Request::ListUsers(list))? else {
            return Err(Trouble::unexpected());
        };
        let brought = u32::try_from(page.users.len()).unwrap_or(u32::MAX);
        offset += brought;
        if !more(page.users, page.waiting) || brought == 0 || offset >= page.total {
            return Ok(());
        }
    }
}

fn delete_user(reach: &mut Reach, delete: &UserDelete) -> Result<String, Trouble> {
    if !delete.yes {
        if !keyboard::is_there() {
            return Err(Trouble::Usage(words::be_sure()));
        }
        // Of nobody, the daemon will say that there is no such account.
        if let Some(user) = find(reach, &delete.name)?
            && !keyboard::confirm(&words::ask_to_delete(&user, &delete.fate()))?
        {
            return Err(Trouble::Declined);
        }
    }
    let form = DeleteUser { user_name: delete.name.clone(), shared: delete.fate() };
    done(&reach.ask(&Request::DeleteUser(form))?)?;
    Ok(words::deleted(&delete.name))
}

fn set_state(reach: &mut Reach, name: String, state: AccountState) -> Result<String, Trouble> {
    let user = edit(reach, EditUser { state: Some(state), ..unchanged(name) })?;
    Ok(words::state_given(&user))
}

fn edit(reach: &mut Reach, form: EditUser) -> Result<UserEntry, Trouble> {
    user_of(reach.ask(&Request::EditUser(form))?)
}

fn unchanged(user_name: String) -> EditUser {
    EditUser { user_name, email: None, phone: None, role: None, state: None, quota: None }
}

fn user_of(reply: Reply) -> Result<UserEntry, Trouble> {
    match reply {
        Reply::User(user) => Ok(user),
        _ => Err(Trouble::unexpected()),
    }
}

fn done(reply: &Reply) -> Result<(), Trouble> {
    match reply {
        Reply::Done {} => Ok(()),
        _ => Err(Trouble::unexpected()),
    }
}

fn to_json<T: Serialize + ?Sized>(list: &T) -> Result<String, Trouble> {
    let json = serde_json::to_string_pretty(list);
    json.map(|json| json + "\n").map_err(|error| Trouble::Foreign(error.to_string()))
}
