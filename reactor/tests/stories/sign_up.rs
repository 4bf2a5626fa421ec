//! Sign-up: the form, the two looks at what is taken, the account.

use parlour_common::limits::INVITE_CODE_BYTES;
use parlour_common::message::{
    AccountState, Denial, Fault, Field, FieldFault, OwnAccount, Reply, Request, Role, SignUp, SignUpRule,
};
use parlour_common::names::InviteCode;
use parlour_reactor::job::{Completion, Job};
use parlour_reactor::store::{
    Applied, Change, ChangeError, Claim, InviteHash, NewSession, NewUser, Refusal, Taken, UserId,
};

use super::house::{
    House, PASSWORD, account, form, opened, secret, sign_up, sign_up_prepared, signed_in, token_hash,
};

/// The account that a sign-up asks for, in this state.
fn new_user(house: &House, role: Role, state: AccountState) -> NewUser {
    let OwnAccount { user_name, email, phone, .. } = account("sara");
    let (password_hash, created_unix_ms) = (secret("a hash"), house.now.unix_ms);
    NewUser { user_name, email, phone, password_hash, created_unix_ms, role, state }
}

fn new_session(house: &House) -> NewSession {
    let (token_hash, opened_unix_ms) = (token_hash(1), house.now.unix_ms);
    NewSession { token_hash, device: "laptop".to_owned(), opened_unix_ms }
}

/// The account as its owner sees it right after signing up.
fn made(house: &House, role: Role) -> OwnAccount {
    OwnAccount { created_unix_ms: house.now.unix_ms, role, ..account("sara") }
}

fn with_code(code: &str) -> Request {
    Request::SignUp(SignUp { code: Some(secret(code)), ..form("sara") })
}

fn code(number: u8) -> InviteCode {
    InviteCode::from_bytes([number; INVITE_CODE_BYTES])
}

fn fault(field: Field, fault: Fault) -> Denial {
    Denial::InvalidFields { faults: vec![FieldFault { field, fault }] }
}

/// A house with this rule for sign-ups, and without an admin.
fn under(rule: SignUpRule) -> House {
    House::with(|settings| {
        settings.policies.sign_up = rule;
        settings.setup_code = Some(InviteHash::of(&code(9)));
    })
}

const RULES: [SignUpRule; 3] = [SignUpRule::Open, SignUpRule::Approval, SignUpRule::Invite];

#[test]
fn a_stranger_becomes_a_member() {
    let mut house = House::new();
    let conn = house.open();
    let (asker, ticket, job) = house.ask_for_job(conn, sign_up("sara"));
    match job {
        Job::PrepareSignUp { user_name, email, password, invite, unix_ms } => {
            let account = account("sara");
            assert_eq!((user_name, email), (account.user_name, account.email));
            assert_eq!(password.expose(), PASSWORD);
            assert_eq!((invite, unix_ms), (None, house.now.unix_ms));
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, sign_up_prepared(1));
    let (ticket, change) = house.expect_commit();
    let user = new_user(&house, Role::Member, AccountState::Active);
    let session = Some(new_session(&house));
    assert_eq!(change, Change::AddUser { user, session, claim: Claim::None });
    house.apply(ticket, Ok(opened()));
    house.expect_reply(asker, &signed_in(made(&house, Role::Member), 1));
    // The session is the one that was made.
    house.ask(conn, Request::SignOut {});
    let (_, change) = house.expect_commit();
    assert_eq!(change, Change::CloseSession { token_hash: token_hash(1) });
}

#[test]
fn where_an_admin_approves_nobody_is_signed_in() {
    let mut house = under(SignUpRule::Approval);
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, sign_up("sara"));
    house.complete(ticket, sign_up_prepared(1));
    let (ticket, change) = house.expect_commit();
    let user = new_user(&house, Role::Member, AccountState::Waiting);
    assert_eq!(change, Change::AddUser { user, session: None, claim: Claim::None });
    house.apply(ticket, Ok(Applied::User(UserId(7))));
    house.expect_reply(asker, &Reply::SignUpWaiting {});
    let asker = house.ask(conn, Request::SignOut {});
    house.expect_denial(asker, &Denial::SignInFirst {});
    house.expect_nothing();
}

#[test]
fn where_only_the_invited_may_come_nobody_else_does() {
    let mut house = under(SignUpRule::Invite);
    let conn = house.open();
    let blank = Request::SignUp(SignUp { code: Some(secret(" - ")), ..form("sara") });
    for request in [sign_up("sara"), blank] {
        let asker = house.ask(conn, request);
        house.expect_denial(asker, &fault(Field::Code, Fault::Missing {}));
        house.expect_nothing();
    }
}

#[test]
fn an_invite_opens_the_door_under_every_rule() {
    for rule in RULES {
        let mut house = under(rule);
        let conn = house.open();
        let (asker, ticket, job) = house.ask_for_job(conn, with_code(&code(1).as_str().to_lowercase()));
        let hash = InviteHash::of(&code(1));
        assert!(matches!(job, Job::PrepareSignUp { invite: Some(invite), .. } if invite == hash), "{job:?}");
        house.complete(ticket, sign_up_prepared(1));
        let (ticket, change) = house.expect_commit();
        let user = new_user(&house, Role::Member, AccountState::Active);
        let session = Some(new_session(&house));
        assert_eq!(change, Change::AddUser { user, session, claim: Claim::Invite(hash) });
        house.apply(ticket, Ok(opened()));
        house.expect_reply(asker, &signed_in(made(&house, Role::Member), 1));
    }
}

#[test]
fn an_invite_that_is_not_in_force_is_said_with_all_that_is_taken() {
    let mut house = under(SignUpRule::Open);
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, with_code(code(1).as_str()));
    let taken = Taken { user_name: true, email: false };
    house.complete(ticket, Completion::SignUpRefused { taken, no_such_invite: true });
    let faults = vec![
        FieldFault { field: Field::UserName, fault: Fault::Taken {} },
        FieldFault { field: Field::Code, fault: Fault::NotAllowed {} },
    ];
    house.expect_denial(asker, &Denial::InvalidFields { faults });
    // Used by somebody else while the password was hashed.
    let (asker, ticket, _) = house.ask_for_job(conn, with_code(code(1).as_str()));
    house.complete(ticket, sign_up_prepared(1));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Err(ChangeError::Refused(Refusal::NoSuchInvite)));
    house.expect_denial(asker, &fault(Field::Code, Fault::NotAllowed {}));
    // What nobody could have is said at once, under every rule.
    for rule in RULES {
        let mut house = under(rule);
        let conn = house.open();
        let asker = house.ask(conn, with_code("not a code"));
        house.expect_denial(asker, &fault(Field::Code, Fault::NotAllowed {}));
        house.expect_nothing();
    }
}

#[test]
fn the_setup_code_makes_the_first_admin_and_no_other() {
    for rule in RULES {
        let mut house = under(rule);
        let conn = house.open();
        let (asker, ticket, job) = house.ask_for_job(conn, with_code(code(9).as_str()));
        assert!(matches!(job, Job::PrepareSignUp { invite: None, .. }), "{job:?}");
        house.complete(ticket, sign_up_prepared(1));
        let (ticket, change) = house.expect_commit();
        let user = new_user(&house, Role::Admin, AccountState::Active);
        let session = Some(new_session(&house));
        assert_eq!(change, Change::AddUser { user, session, claim: Claim::FirstAdmin });
        house.apply(ticket, Ok(opened()));
        house.expect_reply(asker, &signed_in(made(&house, Role::Admin), 1));
        while house.service.poll_effect().is_some() {}
        // From now on it is a code like any other that nobody made.
        let late = house.open();
        let (_, _, job) = house.ask_for_job(late, with_code(code(9).as_str()));
        assert!(matches!(job, Job::PrepareSignUp { invite: Some(_), .. }), "{job:?}");
    }
}

#[test]
fn of_two_who_have_the_setup_code_at_once_the_second_is_told() {
    let mut house = under(SignUpRule::Open);
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, with_code(code(9).as_str()));
    house.complete(ticket, sign_up_prepared(1));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Err(ChangeError::Refused(Refusal::AdminExists)));
    house.expect_denial(asker, &fault(Field::Code, Fault::NotAllowed {}));
    let (_, _, job) = house.ask_for_job(conn, with_code(code(9).as_str()));
    assert!(matches!(job, Job::PrepareSignUp { invite: Some(_), .. }), "{job:?}");
}

#[test]
fn every_fault_of_the_form_is_said_at_once() {
    let empty = SignUp {
        user_name: String::new(),
        email: String::new(),
        phone: String::new(),
        password: secret(""),
        device: String::new(),
        code: None,
    };
    let bad = SignUp {
        user_name: "a b".to_owned(),
        email: "nowhere".to_owned(),
        phone: "12".to_owned(),
        password: secret("1234567"),
        device: String::new(),
        code: None,
    };
    let long = SignUp {
        user_name: "x".repeat(33),
        email: format!("{}@example.org", "x".repeat(250)),
        phone: "9".repeat(33),
        password: secret(&"x".repeat(1025)),
        device: String::new(),
        code: None,
    };
    let reserved = SignUp { user_name: "Everyone".to_owned(), ..form("sara") };
    let fields = [Field::Phone, Field::Email, Field::UserName, Field::Password];
    let all = |faults: [Fault; 4]| fields.into_iter().zip(faults).collect::<Vec<_>>();
    let (missing, not_allowed) = (|| Fault::Missing {}, || Fault::NotAllowed {});
    let too_long = |max| Fault::TooLong { max };
    let cases = [
        (empty, all([missing(), missing(), missing(), missing()])),
        (bad, all([not_allowed(), not_allowed(), not_allowed(), Fault::TooShort { chars_min: 8 }])),
        (long, all([too_long(32), too_long(254), too_long(32), too_long(1024)])),
        (reserved, vec![(Field::UserName, Fault::Reserved {})]),
    ];
    let mut house = House::new();
    let conn = house.open();
    for (form, faults) in cases {
        let asker = house.ask(conn, Request::SignUp(form));
        let faults = faults.into_iter().map(|(field, fault)| FieldFault { field, fault }).collect();
        house.expect_denial(asker, &Denial::InvalidFields { faults });
        house.expect_nothing();
    }
}

/// What is taken, and the faults that say so.
fn taken_cases() -> [(Taken, Vec<FieldFault>); 3] {
    let fault = |field| FieldFault { field, fault: Fault::Taken {} };
    [
        (Taken { user_name: true, email: false }, vec![fault(Field::UserName)]),
        (Taken { user_name: false, email: true }, vec![fault(Field::Email)]),
        (Taken { user_name: true, email: true }, vec![fault(Field::Email), fault(Field::UserName)]),
    ]
}

#[test]
fn what_is_taken_is_said_before_the_password_is_hashed() {
    for (taken, faults) in taken_cases() {
        let mut house = House::new();
        let conn = house.open();
        let (asker, ticket, _) = house.ask_for_job(conn, sign_up("sara"));
        house.complete(ticket, Completion::SignUpRefused { taken, no_such_invite: false });
        house.expect_denial(asker, &Denial::InvalidFields { faults });
        house.expect_nothing();
    }
}

#[test]
fn of_two_who_want_a_name_at_once_the_second_is_told() {
    for (taken, faults) in taken_cases() {
        let mut house = House::new();
        let conn = house.open();
        let (asker, ticket, _) = house.ask_for_job(conn, sign_up("sara"));
        house.complete(ticket, sign_up_prepared(1));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(ChangeError::Refused(Refusal::Taken(taken))));
        house.expect_denial(asker, &Denial::InvalidFields { faults });
        house.expect_nothing();
    }
}

#[test]
fn the_name_of_a_device_is_cut_and_cleaned() {
    let cases = [
        ("my\u{0} la\u{7}ptop\n".to_owned(), "my laptop".to_owned()),
        ("개".repeat(50), "개".repeat(33)),
        (String::new(), String::new()),
    ];
    for (device, kept) in cases {
        let mut house = House::new();
        let conn = house.open();
        let request = Request::SignUp(SignUp { device, ..form("sara") });
        let (_, ticket, _) = house.ask_for_job(conn, request);
        house.complete(ticket, sign_up_prepared(1));
        match house.expect_commit() {
            (_, Change::AddUser { session: Some(session), .. }) => assert_eq!(session.device, kept),
            (_, change) => panic!("{change:?}"),
        }
    }
}
