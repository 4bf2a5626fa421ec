//! Sign-in with a password: what is said to whom, strictly and not.

use parlour_common::message::{AccountState, Denial, Fault, Field, FieldFault, Request, SignIn};
use parlour_reactor::job::{Completion, Job, PasswordVerdict};
use parlour_reactor::store::{Applied, Change, ChangeError, NewSession, Refusal, UserId, UserRecord};

use super::house::{
    DEVICE, House, PASSWORD, account, opened, secret, sign_in, signed_in, token, token_hash, user,
};

fn right(rehash: Option<&str>) -> Completion {
    let (user, token, rehash) = (Box::new(user("sara")), token(1), rehash.map(secret));
    Completion::PasswordChecked(PasswordVerdict::Right { user, token, device: DEVICE, rehash })
}

fn form(user_name: &str, password: &str) -> Request {
    Request::SignIn(SignIn {
        user_name: user_name.to_owned(),
        password: secret(password),
        device: String::new(),
        device_proof: None,
    })
}

#[test]
fn a_member_signs_in() {
    let mut house = House::new();
    let conn = house.open();
    let (asker, ticket, job) = house.ask_for_job(conn, sign_in("SARA"));
    match job {
        Job::CheckPassword { user_name, password } => {
            assert_eq!((user_name.key().as_str(), password.expose().as_str()), ("sara", PASSWORD));
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, right(None));
    let (ticket, change) = house.expect_commit();
    let session = NewSession {
        token_hash: token_hash(1),
        device: "laptop".to_owned(),
        opened_unix_ms: house.now.unix_ms,
    };
    assert_eq!(change, Change::OpenSession { user: UserId(7), session });
    house.apply(ticket, Ok(opened()));
    house.expect_reply(asker, &signed_in(account("sara"), 1));
    house.expect_nothing();
}

#[test]
fn an_old_hash_is_renewed_whatever_becomes_of_that() {
    let outcomes = [
        Ok(Applied::Done),
        Err(ChangeError::Refused(Refusal::HashChanged)),
        Err(ChangeError::StorageUnavailable),
    ];
    for outcome in outcomes {
        let mut house = House::new();
        let conn = house.open();
        let (asker, ticket, _) = house.ask_for_job(conn, sign_in("sara"));
        house.complete(ticket, right(Some("a new hash")));
        let (rehashing, change) = house.expect_commit();
        let (from, to) = (secret("a hash"), secret("a new hash"));
        assert_eq!(change, Change::SetPasswordHash { user: UserId(7), from, to });
        let (opening, _) = house.expect_commit();
        house.apply(rehashing, outcome);
        house.apply(opening, Ok(opened()));
        house.expect_reply(asker, &signed_in(account("sara"), 1));
        house.expect_nothing();
    }
}

#[test]
fn what_is_missing_is_said_at_its_field() {
    let fault = |field| FieldFault { field, fault: Fault::Missing {} };
    let cases = [
        (form("", ""), vec![fault(Field::UserName), fault(Field::Password)]),
        (form("  ", PASSWORD), vec![fault(Field::UserName)]),
        (form("sara", ""), vec![fault(Field::Password)]),
    ];
    let mut house = House::new();
    let conn = house.open();
    for (request, faults) in cases {
        let asker = house.ask(conn, request);
        house.expect_denial(asker, &Denial::InvalidFields { faults });
        house.expect_nothing();
    }
}

#[test]
fn a_wrong_name_and_a_wrong_password_are_told_apart_unless_the_operator_forbids_it() {
    let verdicts = [
        (PasswordVerdict::NotRegistered, Denial::NotRegistered {}),
        (PasswordVerdict::Wrong, Denial::WrongPassword {}),
    ];
    for (verdict, denial) in verdicts {
        let verdict_again = match verdict {
            PasswordVerdict::NotRegistered => PasswordVerdict::NotRegistered,
            _ => PasswordVerdict::Wrong,
        };
        for (mut house, verdict, denial) in
            [(House::new(), verdict, denial), (House::strict(), verdict_again, Denial::SignInRefused {})]
        {
            let conn = house.open();
            let (asker, ticket, _) = house.ask_for_job(conn, sign_in("sara"));
            house.complete(ticket, Completion::PasswordChecked(verdict));
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
}

#[test]
fn what_cannot_be_a_name_is_nobodys() {
    for (mut house, denial) in
        [(House::new(), Denial::NotRegistered {}), (House::strict(), Denial::SignInRefused {})]
    {
        let conn = house.open();
        for name in ["a b", "<script>", "everyone", &"x".repeat(33)] {
            let asker = house.ask(conn, form(name, PASSWORD));
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
}

#[test]
fn an_account_that_went_meanwhile_is_nobodys() {
    for (mut house, denial) in
        [(House::new(), Denial::NotRegistered {}), (House::strict(), Denial::SignInRefused {})]
    {
        let conn = house.open();
        let (asker, ticket, _) = house.ask_for_job(conn, sign_in("sara"));
        house.complete(ticket, right(None));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(ChangeError::Refused(Refusal::NoSuchUser)));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

#[test]
fn an_account_that_may_not_be_used_is_said_only_to_whoever_has_the_password() {
    let states = [
        (AccountState::Waiting, Denial::ApprovalPending {}),
        (AccountState::Disabled, Denial::AccountDisabled {}),
    ];
    for (state, denial) in states {
        for mut house in [House::new(), House::strict()] {
            let conn = house.open();
            let (asker, ticket, _) = house.ask_for_job(conn, sign_in("sara"));
            let user = Box::new(UserRecord { state, ..user("sara") });
            let (token, rehash) = (token(1), Some(secret("a new hash")));
            let verdict = PasswordVerdict::Right { user, token, device: DEVICE, rehash };
            house.complete(ticket, Completion::PasswordChecked(verdict));
            // Nothing is written down: no session, and no hash either.
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
}

#[test]
fn an_account_that_was_disabled_meanwhile_may_ask_again() {
    let mut house = House::new();
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, sign_in("sara"));
    house.complete(ticket, right(None));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Err(ChangeError::Refused(Refusal::NotActive)));
    house.expect_denial(asker, &Denial::Busy { retry_after_ms: 1000 });
    house.expect_nothing();
}
