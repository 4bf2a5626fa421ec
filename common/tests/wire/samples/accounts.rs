//! One value of every variant that is about accounts.

use parlour_common::Secret;
use parlour_common::limits::RESET_CODE_SECONDS;
use parlour_common::message::*;
use parlour_common::names::{InviteCode, UserName};

use super::{Sample, account, of_value, password, token};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn flow() -> ResetFlow {
    ResetFlow::new(*b"a flow's sixteen")
}

fn session() -> SessionId {
    SessionId::new(*b"session's number")
}

fn proof() -> Secret<DeviceProof> {
    Secret::new(DeviceProof::new(std::array::from_fn(|i| u8::try_from(i + 100).unwrap())))
}

/// The values that only stand inside of messages.
pub fn values() -> Vec<Sample> {
    let roles = [Role::Admin, Role::Curator, Role::Member].map(|value| of_value("role", &value));
    let rules = [SignUpRule::Invite, SignUpRule::Approval, SignUpRule::Open];
    let states = [AccountState::Waiting, AccountState::Disabled, AccountState::Active];
    let filters = [UserFilter::All, UserFilter::Waiting, UserFilter::Disabled, UserFilter::Staff];
    let fates = [SharedFate::HandOver { to: "mina".to_owned() }, SharedFate::Keep {}, SharedFate::Remove {}];
    let actions = [
        AuditAction::FirstAdmin,
        AuditAction::UserAdded,
        AuditAction::UserEdited,
        AuditAction::RoleChanged,
        AuditAction::UserApproved,
        AuditAction::UserDisabled,
        AuditAction::UserEnabled,
        AuditAction::UserDeleted,
        AuditAction::ResetCodeIssued,
        AuditAction::InviteCreated,
        AuditAction::InviteRevoked,
        AuditAction::InviteUsed,
        AuditAction::Other,
    ];
    let mut values: Vec<Sample> = roles.into_iter().collect();
    values.extend(rules.map(|value| of_value("sign_up_rule", &value)));
    values.extend(states.map(|value| of_value("account_state", &value)));
    values.extend(filters.map(|value| of_value("user_filter", &value)));
    values.extend(fates.map(|value| of_value("shared_fate", &value)));
    values.extend(actions.map(|value| of_value("audit_action", &value)));
    values
}

pub fn requests() -> Vec<Request> {
    let mina = || "mina".to_owned();
    vec![
        Request::RequestReset(RequestReset { account: "sara@example.org".to_owned(), send: true }),
        Request::CheckCode(CheckCode { flow: flow(), code: secret("12345") }),
        Request::ResetPassword(ResetPassword { flow: flow(), password: password() }),
        Request::GetAccount {},
        Request::EditAccount(EditAccount {
            email: Some("sara@example.com".to_owned()),
            about: Some("I play the viola.".to_owned()),
            ..EditAccount::default()
        }),
        Request::EditAccount(EditAccount {
            phone: Some("09121234568".to_owned()),
            visibility: Some(Visibility { email: true, phone: false, about: true }),
            ..EditAccount::default()
        }),
        Request::ChangePassword(ChangePassword { old: password(), new: secret("battery staple") }),
        Request::DeleteAccount(DeleteAccount { password: password(), shared: SharedFate::Keep {} }),
        Request::ListSessions {},
        Request::EndSession(EndSession { session: session() }),
        Request::ListMembers(ListMembers { query: "mi".to_owned(), offset: 0, limit: 20 }),
        Request::ListUsers(ListUsers {
            query: String::new(),
            filter: UserFilter::Waiting,
            offset: 0,
            limit: 48,
        }),
        Request::AddUser(AddUser {
            user_name: mina(),
            email: "mina@example.org".to_owned(),
            phone: "09121234569".to_owned(),
            password: None,
            role: Role::Curator,
        }),
        Request::EditUser(EditUser {
            user_name: mina(),
            email: None,
            phone: None,
            role: Some(Role::Admin),
            state: Some(AccountState::Active),
            quota: None,
        }),
        Request::DeleteUser(DeleteUser {
            user_name: mina(),
            shared: SharedFate::HandOver { to: "sara".to_owned() },
        }),
        Request::IssueResetCode(IssueResetCode { user_name: mina() }),
        Request::CreateInvite(CreateInvite { note: "the new drummer".to_owned(), hours: 168 }),
        Request::ListInvites {},
        Request::RevokeInvite(RevokeInvite { invite: InviteId(3) }),
        Request::ListAudit(ListAudit { before: None, limit: 48 }),
        Request::ListAudit(ListAudit { before: Some(17), limit: 48 }),
    ]
}

fn user() -> UserEntry {
    let OwnAccount { email, phone, .. } = account();
    UserEntry {
        user_name: name("mina"),
        email,
        phone,
        role: Role::Curator,
        state: AccountState::Active,
        created_unix_ms: 1_790_000_000_000,
        used_unix_ms: Some(1_790_000_360_000),
        files_bytes: 123_456_789,
        quota: Quota::Standard,
    }
}

pub fn replies() -> Vec<Reply> {
    vec![
        Reply::SignUpWaiting {},
        Reply::SignedIn(SignedIn { account: account(), session: Some(token()), device_proof: Some(proof()) }),
        Reply::ResetBegun(ResetBegun { flow: flow(), code_seconds: RESET_CODE_SECONDS, again_seconds: 60 }),
        Reply::CodeAccepted(CodeAccepted { user_name: name("sara") }),
        Reply::Account(account()),
        Reply::Sessions(SessionList {
            sessions: vec![SessionEntry {
                id: session(),
                device: "laptop".to_owned(),
                opened_unix_ms: 1_790_000_000_000,
                used_unix_ms: 1_790_000_360_000,
                current: true,
                connected: true,
            }],
        }),
        Reply::Members(MemberPage { total: 1, members: vec![profile()] }),
        Reply::Users(UserPage { total: 1, waiting: 0, users: vec![user()] }),
        Reply::User(UserEntry { used_unix_ms: None, state: AccountState::Waiting, ..user() }),
        Reply::ResetCode(ResetCode { code: secret("12345678"), code_seconds: RESET_CODE_SECONDS }),
        Reply::Invite(Invite {
            code: Secret::new(InviteCode::parse("0123-4567-89AB-CDEF").unwrap()),
            expires_unix_ms: 1_790_604_800_000,
        }),
        Reply::Invites(InviteList {
            invites: vec![InviteEntry {
                id: InviteId(3),
                note: "the new drummer".to_owned(),
                by: "sara".to_owned(),
                created_unix_ms: 1_790_000_000_000,
                expires_unix_ms: 1_790_604_800_000,
                used_by: Some("mina".to_owned()),
            }],
        }),
        Reply::Audit(AuditPage { entries: entries(), more: true }),
    ]
}

fn profile() -> Profile {
    let OwnAccount { email, about, .. } = account();
    Profile {
        user_name: name("mina"),
        role: Role::Curator,
        created_unix_ms: 1_790_000_000_000,
        email: Some(email),
        phone: None,
        about: Some(about),
    }
}

fn entries() -> Vec<AuditEntry> {
    let made = AuditEntry {
        id: 17,
        at_unix_ms: 1_790_000_000_000,
        by: String::new(),
        action: AuditAction::UserAdded,
        subject: "mina".to_owned(),
        role: Some(Role::Member),
        fields: Vec::new(),
        shared: None,
    };
    let edited = AuditEntry {
        id: 18,
        by: "sara".to_owned(),
        action: AuditAction::UserEdited,
        role: None,
        fields: vec![Field::Email, Field::Phone],
        ..made.clone()
    };
    let deleted = AuditEntry {
        id: 19,
        action: AuditAction::UserDeleted,
        fields: Vec::new(),
        shared: Some(SharedFate::Keep {}),
        ..edited.clone()
    };
    vec![deleted, edited, made]
}
