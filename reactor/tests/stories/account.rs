//! One's own account: seen, edited, its password changed, deleted.

use parlour_common::message::{
    ChangePassword, DeleteAccount, Denial, EditAccount, Event, Fault, Field, FieldFault, OwnAccount, Reply,
    Request, SharedFate, Visibility,
};
use parlour_common::names::{Email, PhonePattern};
use parlour_reactor::id::{Asker, ConnId, Ticket};
use parlour_reactor::job::{Completion, Job, OwnPasswordVerdict};
use parlour_reactor::store::{
    AccountEdit, Act, Applied, Author, Change, ChangeError, Fate, Refusal, Taken, UserId, UserRecord,
};

use super::house::{House, PASSWORD, account, search, secret, token_hash, user};

const SARA: UserId = UserId(7);
const NEW_PASSWORD: &str = "staple battery";

fn edit() -> EditAccount {
    EditAccount {
        email: Some(" Sara@Example.com ".to_owned()),
        phone: Some("0098 912 765 4321".to_owned()),
        about: Some(" I sing. ".to_owned()),
        visibility: Some(Visibility { email: true, phone: false, about: false }),
    }
}

fn edited() -> UserRecord {
    UserRecord {
        email: Email::parse("Sara@Example.com").unwrap(),
        phone: PhonePattern::default().check("00989127654321").unwrap(),
        about: "I sing.".to_owned(),
        visibility: Visibility { email: true, phone: false, about: false },
        ..user("sara")
    }
}

fn own(user: UserRecord) -> OwnAccount {
    OwnAccount {
        email: user.email,
        phone: user.phone,
        about: user.about,
        visibility: user.visibility,
        ..account("sara")
    }
}

fn change_password() -> Request {
    Request::ChangePassword(ChangePassword { old: secret(PASSWORD), new: secret(NEW_PASSWORD) })
}

fn delete(shared: SharedFate) -> Request {
    Request::DeleteAccount(DeleteAccount { password: secret(PASSWORD), shared })
}

fn right(heir: Option<UserId>) -> Completion {
    let (from, to) = (secret("a hash"), Some(secret("a new hash")));
    Completion::OwnPasswordChecked(OwnPasswordVerdict::Right { from, to, heir })
}

fn wrong() -> Completion {
    Completion::OwnPasswordChecked(OwnPasswordVerdict::Wrong)
}

fn invalid(faults: &[(Field, Fault)]) -> Denial {
    let faults = faults.iter().map(|(field, fault)| FieldFault { field: *field, fault: fault.clone() });
    Denial::InvalidFields { faults: faults.collect() }
}

/// A request about a password that has come to its change.
fn at_the_change(house: &mut House, conn: ConnId, request: Request) -> (Asker, Ticket, Change) {
    let (asker, ticket, _) = house.ask_for_job(conn, request);
    house.complete(ticket, right(Some(UserId(8))));
    let (ticket, change) = house.expect_commit();
    (asker, ticket, change)
}

#[test]
fn a_member_sees_their_own_account() {
    let mut house = House::new();
    let sara = house.member(1);
    let (asker, ticket, job) = house.ask_for_job(sara, Request::GetAccount {});
    assert!(matches!(job, Job::FindAccount { user: SARA }), "{job:?}");
    house.complete(ticket, Completion::AccountFound(Some(Box::new(edited()))));
    house.expect_reply(asker, &Reply::Account(own(edited())));
    let (asker, ticket, _) = house.ask_for_job(sara, Request::GetAccount {});
    house.complete(ticket, Completion::AccountFound(None));
    house.expect_denial(asker, &Denial::SessionEnded {});
    house.expect_nothing();
}

#[test]
fn an_edit_is_answered_and_told_to_the_other_connections_of_its_owner() {
    let mut house = House::new();
    let (sara, beside, elsewhere) = (house.member(1), house.member(1), house.member(2));
    let _stranger = house.open();
    let asker = house.ask(sara, Request::EditAccount(edit()));
    let (ticket, change) = house.expect_commit();
    let UserRecord { email, phone, about, visibility, .. } = edited();
    let edit = AccountEdit {
        email: Some(email),
        phone: Some(phone),
        about: Some(about),
        visibility: Some(visibility),
    };
    let at_unix_ms = house.now.unix_ms;
    assert_eq!(change, Change::EditAccount { user: SARA, edit, at_unix_ms, notify: true });
    house.apply(ticket, Ok(Applied::Account(Box::new(edited()))));
    house.expect_reply(asker, &Reply::Account(own(edited())));
    assert_eq!(house.expect_told(&[beside, elsewhere]), Event::AccountChanged(own(edited())));
}

#[test]
fn every_fault_of_an_edit_is_said_at_once_and_nothing_is_changed() {
    let mut house = House::new();
    let sara = house.member(1);
    let bad = |email: &str, phone: &str, about: &str| EditAccount {
        email: Some(email.to_owned()),
        phone: Some(phone.to_owned()),
        about: Some(about.to_owned()),
        visibility: None,
    };
    let cases = [
        (
            bad("nowhere", "12", "\u{202e}"),
            invalid(&[
                (Field::Phone, Fault::NotAllowed {}),
                (Field::Email, Fault::NotAllowed {}),
                (Field::About, Fault::NotAllowed {}),
            ]),
        ),
        (bad("", " ", ""), invalid(&[(Field::Phone, Fault::Missing {}), (Field::Email, Fault::Missing {})])),
        (
            bad("sara@example.org", "09121234567", &"x".repeat(501)),
            invalid(&[(Field::About, Fault::TooLong { max: 500 })]),
        ),
    ];
    for (form, denial) in cases {
        let asker = house.ask(sara, Request::EditAccount(form));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
    let asker = house.ask(sara, Request::EditAccount(edit()));
    let (ticket, _) = house.expect_commit();
    let taken = Taken { user_name: false, email: true };
    house.apply(ticket, Err(ChangeError::Refused(Refusal::Taken(taken))));
    house.expect_denial(asker, &invalid(&[(Field::Email, Fault::Taken {})]));
    house.expect_nothing();
}

#[test]
fn edits_come_twenty_at_once_and_then_one_a_minute() {
    let mut house = House::new();
    let sara = house.member(1);
    for _ in 0..20 {
        house.ask(sara, Request::EditAccount(EditAccount::default()));
        house.expect_commit();
    }
    // On every connection of hers.
    let beside = house.member(2);
    let asker = house.ask(beside, Request::EditAccount(EditAccount::default()));
    house.expect_denial(asker, &Denial::Throttled { retry_after_ms: 60_000 });
}

#[test]
fn another_password_ends_every_session_but_the_one_that_asks() {
    let mut house = House::new();
    let (sara, beside, elsewhere) = (house.member(1), house.member(1), house.member(2));
    let (asker, ticket, job) = house.ask_for_job(sara, change_password());
    match job {
        Job::CheckOwnPassword { user, password, new, heir } => {
            assert_eq!((user, password.expose().as_str(), heir), (SARA, PASSWORD, None));
            assert_eq!(new, Some(secret(NEW_PASSWORD)));
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, right(None));
    let (ticket, change) = house.expect_commit();
    let expected = Change::SetPassword {
        user: SARA,
        from: secret("a hash"),
        to: secret("a new hash"),
        keep: token_hash(1),
        at_unix_ms: house.now.unix_ms,
        notify: true,
    };
    assert_eq!(change, expected);
    // What another session asked before is overtaken, what one's own asked is not.
    let (overtaken, late, _) = house.ask_for_job(elsewhere, search("", 1));
    let (unharmed, going_on, _) = house.ask_for_job(beside, search("", 1));
    house.apply(ticket, Ok(Applied::Done));
    house.expect_denial(overtaken, &Denial::SessionEnded {});
    house.expect_end_of_session(elsewhere);
    house.expect_reply(asker, &Reply::Done {});
    house.complete(late, Completion::Busy);
    house.complete(going_on, Completion::Busy);
    house.expect_denial(unharmed, &Denial::Busy { retry_after_ms: 1000 });
    for (conn, goes_on) in [(sara, true), (beside, true), (elsewhere, false)] {
        let asker = house.ask(conn, search("", 1));
        if goes_on {
            house.expect_run(asker);
        } else {
            house.expect_denial(asker, &Denial::SignInFirst {});
        }
    }
}

#[test]
fn a_bad_new_password_is_said_before_the_old_one_is_looked_at() {
    let mut house = House::new();
    let sara = house.member(1);
    for (new, fault) in [("", Fault::Missing {}), ("1234567", Fault::TooShort { chars_min: 8 })] {
        let form = ChangePassword { old: secret(PASSWORD), new: secret(new) };
        let asker = house.ask(sara, Request::ChangePassword(form));
        house.expect_denial(asker, &invalid(&[(Field::Password, fault)]));
        house.expect_nothing();
    }
}

#[test]
fn a_wrong_password_is_said_and_throttled_and_a_right_one_costs_nothing() {
    for request in [change_password(), delete(SharedFate::Keep {})] {
        for mut house in [House::new(), House::strict()] {
            let sara = house.member(1);
            for _ in 0..10 {
                at_the_change(&mut house, sara, request.clone());
            }
            for _ in 0..5 {
                let (asker, ticket, _) = house.ask_for_job(sara, request.clone());
                house.complete(ticket, wrong());
                house.expect_denial(asker, &Denial::WrongPassword {});
            }
            let asker = house.ask(sara, request.clone());
            house.expect_denial(asker, &Denial::Throttled { retry_after_ms: 10_000 });
            house.expect_nothing();
        }
    }
}

#[test]
fn what_goes_wrong_with_a_password_is_told() {
    let cases = [
        (ChangeError::StorageUnavailable, Denial::StorageUnavailable {}),
        (ChangeError::Refused(Refusal::HashChanged), Denial::WrongPassword {}),
        (ChangeError::Refused(Refusal::NoSuchUser), Denial::SessionEnded {}),
        (ChangeError::Refused(Refusal::TooLarge), Denial::Internal {}),
    ];
    for (error, denial) in cases {
        let mut house = House::new();
        let (sara, elsewhere) = (house.member(1), house.member(2));
        let (asker, ticket, _) = at_the_change(&mut house, sara, change_password());
        house.apply(ticket, Err(error));
        house.expect_denial(asker, &denial);
        let asker = house.ask(elsewhere, search("", 1));
        house.expect_run(asker);
    }
    for request in [change_password(), delete(SharedFate::Keep {})] {
        let mut house = House::new();
        let sara = house.member(1);
        let (asker, ticket, _) = house.ask_for_job(sara, request);
        house.complete(ticket, Completion::OwnPasswordChecked(OwnPasswordVerdict::Gone));
        house.expect_denial(asker, &Denial::SessionEnded {});
        house.expect_nothing();
    }
}

#[test]
fn an_account_is_deleted_by_its_owner_with_the_password() {
    let fates = [
        (SharedFate::HandOver { to: " Mina ".to_owned() }, Fate::HandOver { to: UserId(8) }, Some("mina")),
        (SharedFate::Keep {}, Fate::Keep {}, None),
        (SharedFate::Remove {}, Fate::Remove {}, None),
    ];
    for (wish, shared, heir) in fates {
        let mut house = House::new();
        let (sara, beside, elsewhere) = (house.member(1), house.member(1), house.member(2));
        let (asker, ticket, job) = house.ask_for_job(sara, delete(wish));
        match job {
            Job::CheckOwnPassword { user: SARA, new: None, heir: looked_for, .. } => {
                assert_eq!(looked_for.map(|name| name.key()).as_deref(), heir);
            }
            job => panic!("{job:?}"),
        }
        house.complete(ticket, right(Some(UserId(8))));
        let (ticket, change) = house.expect_commit();
        let act = Act { by: Author::Member(SARA), at_unix_ms: house.now.unix_ms };
        assert_eq!(change, Change::RemoveUser { act, user: SARA, shared });
        house.apply(ticket, Ok(Applied::Done));
        house.expect_end_of_session(beside);
        house.expect_end_of_session(elsewhere);
        house.expect_reply(asker, &Reply::Done {});
        house.expect_look_for_unsettled();
        house.expect_nothing();
        for conn in [sara, beside, elsewhere] {
            let asker = house.ask(conn, Request::GetAccount {});
            house.expect_denial(asker, &Denial::SignInFirst {});
        }
    }
}

#[test]
fn an_heir_who_cannot_be_one_is_said_at_the_field() {
    let mut house = House::new();
    let sara = house.member(1);
    for (to, fault) in [(" ", Fault::Missing {}), ("a b", Fault::NotAllowed {})] {
        let asker = house.ask(sara, delete(SharedFate::HandOver { to: to.to_owned() }));
        house.expect_denial(asker, &invalid(&[(Field::HandOverTo, fault)]));
        house.expect_nothing();
    }
    let not_allowed = invalid(&[(Field::HandOverTo, Fault::NotAllowed {})]);
    let to_mina = || delete(SharedFate::HandOver { to: "mina".to_owned() });
    let (asker, ticket, _) = house.ask_for_job(sara, to_mina());
    house.complete(ticket, right(None));
    house.expect_denial(asker, &not_allowed);
    let (asker, ticket, _) = at_the_change(&mut house, sara, to_mina());
    house.apply(ticket, Err(ChangeError::Refused(Refusal::NoSuchHeir)));
    house.expect_denial(asker, &not_allowed);
    // With a wrong password nothing is said of the heir.
    let (asker, ticket, _) = house.ask_for_job(sara, to_mina());
    house.complete(ticket, wrong());
    house.expect_denial(asker, &Denial::WrongPassword {});
    house.expect_nothing();
}

#[test]
fn the_last_admin_stays() {
    let mut house = House::new();
    let sara = house.member(1);
    let (asker, ticket, _) = at_the_change(&mut house, sara, delete(SharedFate::Keep {}));
    house.apply(ticket, Err(ChangeError::Refused(Refusal::LastAdmin)));
    house.expect_denial(asker, &Denial::LastAdmin {});
    let (_, ticket, _) = at_the_change(&mut house, sara, delete(SharedFate::Keep {}));
    house.apply(ticket, Err(ChangeError::StorageUnavailable));
    while house.service.poll_effect().is_some() {}
    let asker = house.ask(sara, Request::GetAccount {});
    house.expect_run(asker);
}

#[test]
fn a_change_on_its_way_is_made_although_its_session_ends_meanwhile() {
    let mut house = House::new();
    let (sara, elsewhere) = (house.member(1), house.member(2));
    let asker = house.ask(sara, Request::EditAccount(edit()));
    let (editing, _) = house.expect_commit();
    let (changing, ticket, _) = at_the_change(&mut house, elsewhere, change_password());
    house.apply(ticket, Ok(Applied::Done));
    house.expect_end_of_session(sara);
    house.expect_reply(changing, &Reply::Done {});
    house.apply(editing, Ok(Applied::Account(Box::new(edited()))));
    house.expect_reply(asker, &Reply::Account(own(edited())));
    assert_eq!(house.expect_told(&[elsewhere]), Event::AccountChanged(own(edited())));
    // A password that was being compared for the ended session is not set any more.
    let (sara, elsewhere) = (house.member(1), elsewhere);
    let (overtaken, checking, _) = house.ask_for_job(sara, change_password());
    let (changing, ticket, _) = at_the_change(&mut house, elsewhere, change_password());
    house.apply(ticket, Ok(Applied::Done));
    house.expect_denial(overtaken, &Denial::SessionEnded {});
    house.expect_end_of_session(sara);
    house.expect_reply(changing, &Reply::Done {});
    house.complete(checking, right(None));
    house.expect_nothing();
}
