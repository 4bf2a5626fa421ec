//! Sign-up: the form, the two looks at what is taken, the account.

use parlour_common::message::{Denial, Fault, Field, FieldFault, Reply, Request, SignUp, SignedIn};
use parlour_reactor::job::{Completion, Job};
use parlour_reactor::store::{Applied, Change, ChangeError, NewSession, NewUser, Refusal, Taken, UserId};

use super::house::{House, PASSWORD, account, form, secret, sign_up, token, token_hash};

#[test]
fn a_stranger_becomes_a_member() {
    let mut house = House::new();
    let conn = house.open();
    let (asker, ticket, job) = house.ask_for_job(conn, sign_up("sara"));
    match job {
        Job::PrepareSignUp { user_name, email, password } => {
            let account = account("sara");
            assert_eq!((user_name, email), (account.user_name, account.email));
            assert_eq!(password.expose(), PASSWORD);
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, Completion::SignUpPrepared { password_hash: secret("a hash"), token: token(1) });
    let (ticket, change) = house.expect_commit();
    let made = account("sara");
    let user = NewUser {
        user_name: made.user_name.clone(),
        email: made.email.clone(),
        phone: made.phone.clone(),
        password_hash: secret("a hash"),
        created_unix_ms: house.now.unix_ms,
    };
    let session = NewSession {
        token_hash: token_hash(1),
        device: "laptop".to_owned(),
        opened_unix_ms: house.now.unix_ms,
    };
    assert_eq!(change, Change::AddUser { user, session });
    house.apply(ticket, Ok(Applied::User(UserId(7))));
    house.expect_reply(
        asker,
        &Reply::SignedIn(SignedIn { account: made, session: Some(token(1)), device_proof: None }),
    );
    // The session is the one that was made.
    house.ask(conn, Request::SignOut {});
    let (_, change) = house.expect_commit();
    assert_eq!(change, Change::CloseSession { token_hash: token_hash(1) });
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
        house.complete(ticket, Completion::SignUpTaken(taken));
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
        house.complete(
            ticket,
            Completion::SignUpPrepared { password_hash: secret("a hash"), token: token(1) },
        );
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
        house.complete(
            ticket,
            Completion::SignUpPrepared { password_hash: secret("a hash"), token: token(1) },
        );
        match house.expect_commit() {
            (_, Change::AddUser { session, .. }) => assert_eq!(session.device, kept),
            (_, change) => panic!("{change:?}"),
        }
    }
}
