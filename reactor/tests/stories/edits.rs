//! Accounts changed and deleted by admins, codes issued, and what their owners notice.

use parlour_common::limits::{RESET_CODE_SECONDS, RESET_FLOW_BYTES};
use parlour_common::message::{
    AccountState, DeleteUser, Denial, EditUser, Event, Fault, Field, FieldFault, IssueResetCode, Reply,
    Request, ResetCode, ResetFlow, Role, SharedFate,
};
use parlour_common::names::UserName;
use parlour_reactor::job::{AdminCode, Completion, Job, PeopleJob, user_entry};
use parlour_reactor::store::{
    Act, Applied, Author, Change, ChangeError, CodeMac, Fate, NewFlow, Refusal, UserEdit, UserId, UserRecord,
};

use super::house::{House, account, search, secret};
use super::staff::{ANNA, at_the_change, edited, failures, found_nobody, found_user, person, refusals, used};

fn edit(user_name: &str) -> EditUser {
    EditUser {
        user_name: user_name.to_owned(),
        email: None,
        phone: None,
        role: None,
        state: None,
        quota: None,
    }
}

fn to_role(user_name: &str, role: Role) -> Request {
    Request::EditUser(EditUser { role: Some(role), ..edit(user_name) })
}

fn delete(user_name: &str, shared: SharedFate) -> Request {
    Request::DeleteUser(DeleteUser { user_name: user_name.to_owned(), shared })
}

fn hand_over(to: &str) -> SharedFate {
    SharedFate::HandOver { to: to.to_owned() }
}

fn heir_fault(fault: Fault) -> Denial {
    Denial::InvalidFields { faults: vec![FieldFault { field: Field::HandOverTo, fault }] }
}

#[test]
fn an_edit_is_of_what_is_given_and_nothing_else() {
    let sara = account("sara");
    let (email, phone) = (sara.email, sara.phone);
    let nothing = || UserEdit { email: None, phone: None, role: None, state: None, quota: None };
    let cases = [
        (edit("mina"), nothing()),
        (
            EditUser { email: Some(" sara@example.org".to_owned()), ..edit("mina") },
            UserEdit { email: Some(email), ..nothing() },
        ),
        (
            EditUser { phone: Some("۰۹۱۲ 123 4567".to_owned()), ..edit("mina") },
            UserEdit { phone: Some(phone), ..nothing() },
        ),
        (
            EditUser { role: Some(Role::Curator), ..edit(" MINA") },
            UserEdit { role: Some(Role::Curator), ..nothing() },
        ),
        (
            EditUser { state: Some(AccountState::Disabled), ..edit("mina") },
            UserEdit { state: Some(AccountState::Disabled), ..nothing() },
        ),
        (
            EditUser { state: Some(AccountState::Active), ..edit("mina") },
            UserEdit { state: Some(AccountState::Active), ..nothing() },
        ),
    ];
    for (request, expected) in cases {
        let mut house = House::new();
        let anna = house.admin();
        let (asker, ticket, job) = house.ask_for_job(anna, Request::EditUser(request));
        match job {
            Job::People(PeopleJob::FindUser { user_name, heir: None }) => {
                assert_eq!(user_name.key(), "mina");
            }
            job => panic!("{job:?}"),
        }
        let mina = person(9, "mina", Role::Member);
        house.complete(ticket, found_user(&mina, Some(77), None));
        let (ticket, change) = house.expect_commit();
        let act = Act { by: Author::Member(ANNA), at_unix_ms: house.now.unix_ms };
        assert_eq!(change, Change::EditUser { act, user: UserId(9), edit: expected, notify: true });
        house.apply(ticket, edited(&mina, false));
        house.expect_reply(asker, &Reply::User(user_entry(mina, used(Some(77)))));
        house.expect_news(&[anna], 0);
    }
}

#[test]
fn every_fault_of_an_edit_is_said_at_once() {
    let fault = |field, fault| FieldFault { field, fault };
    let form = |email: Option<&str>, phone: Option<&str>| EditUser {
        email: email.map(str::to_owned),
        phone: phone.map(str::to_owned),
        ..edit("mina")
    };
    let cases = [
        (
            form(Some("nowhere"), Some("12")),
            vec![fault(Field::Phone, Fault::NotAllowed {}), fault(Field::Email, Fault::NotAllowed {})],
        ),
        (form(Some(" "), None), vec![fault(Field::Email, Fault::Missing {})]),
        (form(Some("mina@example.org"), Some("")), vec![fault(Field::Phone, Fault::Missing {})]),
    ];
    let mut house = House::new();
    let anna = house.admin();
    for (form, faults) in cases {
        let asker = house.ask(anna, Request::EditUser(form));
        house.expect_denial(asker, &Denial::InvalidFields { faults });
        house.expect_nothing();
    }
    let waiting = EditUser { state: Some(AccountState::Waiting), ..edit("mina") };
    house.expect_bad_request(anna, Request::EditUser(waiting));
}

#[test]
fn another_role_or_state_ends_every_session_of_its_owner() {
    let mut house = House::new();
    let (anna, sara) = (house.admin(), person(7, "sara", Role::Member));
    let (laptop, phone, mina) = (house.member(1), house.member(2), house.member(3));
    house.service.handle_closed(mina);
    let mina = house.enter(3, &person(8, "mina", Role::Member));
    // What the owner has asked for is not answered under a session that has ended.
    let (search, _, _) = house.ask_for_job(laptop, search("", 1));
    let (asker, ticket) =
        at_the_change(&mut house, anna, to_role("sara", Role::Curator), found_user(&sara, Some(5), None));
    let sara = person(7, "sara", Role::Curator);
    house.apply(ticket, edited(&sara, true));
    house.expect_reply(asker, &Reply::User(user_entry(sara, used(None))));
    house.expect_denial(search, &Denial::SessionEnded {});
    house.expect_ends_of_sessions(&[laptop, phone]);
    house.expect_news(&[anna], 0);
    for conn in [laptop, phone] {
        let asker = house.ask(conn, Request::SignOut {});
        house.expect_denial(asker, &Denial::SignInFirst {});
    }
    // The others are not touched.
    house.ask_for_job(mina, super::house::search("", 1));
}

#[test]
fn any_other_edit_is_told_to_its_owner_on_every_connection() {
    let mut house = House::new();
    let (laptop, phone, anna) = (house.member(1), house.member(2), house.admin());
    let mut sara = person(7, "sara", Role::Member);
    let request = Request::EditUser(EditUser { email: Some("new@example.org".to_owned()), ..edit("sara") });
    let (asker, ticket) = at_the_change(&mut house, anna, request, found_user(&sara, Some(5), None));
    sara.email = parlour_common::names::Email::parse("new@example.org").unwrap();
    house.apply(ticket, edited(&sara, false));
    house.expect_reply(asker, &Reply::User(user_entry(sara.clone(), used(Some(5)))));
    match house.expect_told(&[laptop, phone]) {
        Event::AccountChanged(account) => {
            assert_eq!((account.user_name, account.email), (sara.user_name, sara.email));
        }
        event => panic!("{event:?}"),
    }
    house.expect_news(&[anna], 0);
}

#[test]
fn an_admin_who_gives_up_the_role_is_answered_and_then_signed_out() {
    let mut house = House::new();
    let (here, there) = (house.admin(), house.admin());
    let anna = person(ANNA.0, "anna", Role::Admin);
    let (asker, ticket) =
        at_the_change(&mut house, here, to_role("anna", Role::Member), found_user(&anna, Some(5), None));
    let anna = person(ANNA.0, "anna", Role::Member);
    house.apply(ticket, edited(&anna, true));
    house.expect_reply(asker, &Reply::User(user_entry(anna, used(None))));
    house.expect_ends_of_sessions(&[here, there]);
    // Nobody is left to be told the news.
    house.expect_nothing();
}

#[test]
fn the_last_admin_stays_one() {
    let mut house = House::new();
    let anna = house.admin();
    let record = person(ANNA.0, "anna", Role::Admin);
    let requests = [
        to_role("anna", Role::Member),
        Request::EditUser(EditUser { state: Some(AccountState::Disabled), ..edit("anna") }),
        delete("anna", SharedFate::Keep {}),
    ];
    for request in requests {
        let (asker, ticket) = at_the_change(&mut house, anna, request, found_user(&record, None, None));
        house.apply(ticket, Err(ChangeError::Refused(Refusal::LastAdmin)));
        house.expect_denial(asker, &Denial::LastAdmin {});
        house.expect_nothing();
    }
}

#[test]
fn a_deleted_account_is_signed_out_everywhere() {
    let mina = person(8, "mina", Role::Member);
    let cases = [
        (SharedFate::Keep {}, None, Fate::Keep {}),
        (SharedFate::Remove {}, None, Fate::Remove {}),
        (hand_over(" MINA"), Some(&mina), Fate::HandOver { to: UserId(8) }),
    ];
    for (asked, heir, fate) in cases {
        let mut house = House::new();
        let (anna, laptop, phone) = (house.admin(), house.member(1), house.member(2));
        let (asker, ticket, job) = house.ask_for_job(anna, delete("sara", asked));
        match job {
            Job::People(PeopleJob::FindUser { user_name, heir: asked }) => {
                let key = |name: &UserName| name.key();
                assert_eq!(user_name.key(), "sara");
                assert_eq!(asked.as_ref().map(key), heir.map(|heir| heir.user_name.key()));
            }
            job => panic!("{job:?}"),
        }
        house.complete(ticket, found_user(&person(7, "sara", Role::Member), None, heir));
        let (ticket, change) = house.expect_commit();
        let act = Act { by: Author::Member(ANNA), at_unix_ms: house.now.unix_ms };
        assert_eq!(change, Change::RemoveUser { act, user: UserId(7), shared: fate });
        house.apply(ticket, Ok(Applied::Done));
        house.expect_reply(asker, &Reply::Done {});
        house.expect_ends_of_sessions(&[laptop, phone]);
        house.expect_look_for_unsettled();
        house.expect_news(&[anna], 0);
    }
}

#[test]
fn an_heir_is_someone() {
    let mut house = House::new();
    let anna = house.admin();
    let cases = [
        ("", Fault::Missing {}),
        ("  ", Fault::Missing {}),
        ("a b", Fault::NotAllowed {}),
        (&"x".repeat(33), Fault::NotAllowed {}),
        ("everyone", Fault::NotAllowed {}),
    ];
    for (to, fault) in cases {
        let asker = house.ask(anna, delete("sara", hand_over(to)));
        house.expect_denial(asker, &heir_fault(fault));
        house.expect_nothing();
    }
    let sara = person(7, "sara", Role::Member);
    let (asker, ticket, _) = house.ask_for_job(anna, delete("sara", hand_over("mina")));
    house.complete(ticket, found_user(&sara, None, None));
    house.expect_denial(asker, &heir_fault(Fault::NotAllowed {}));
    house.expect_nothing();
}

/// A code for someone's password, as a worker draws it.
fn drawn(user: &UserRecord) -> AdminCode {
    let flow = NewFlow {
        flow: ResetFlow::new([4; RESET_FLOW_BYTES]),
        user: user.id,
        code_mac: CodeMac([5; 32]),
        digits: 8,
        asked_unix_ms: 1,
        expires_unix_ms: 2,
    };
    AdminCode { user: user.clone(), flow, code: secret("12345678") }
}

#[test]
fn a_code_is_issued_and_told_once() {
    let mina = person(9, "mina", Role::Member);
    let mut house = House::new();
    let (anna, conn) = (house.admin(), house.enter(5, &mina));
    let (asker, ticket, job) = house.ask_for_job(anna, requests(" MINA")[2].clone());
    match job {
        Job::PrepareAdminCode { user_name, unix_ms } => {
            assert_eq!((user_name.key(), unix_ms), ("mina".to_owned(), house.now.unix_ms));
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, Completion::AdminCodePrepared(Some(Box::new(drawn(&mina)))));
    let (ticket, change) = house.expect_commit();
    let act = Some(Act { by: Author::Member(ANNA), at_unix_ms: house.now.unix_ms });
    assert_eq!(change, Change::BeginReset { flow: drawn(&mina).flow, mail: None, act });
    house.apply(ticket, Ok(Applied::Done));
    let code = ResetCode { code: secret("12345678"), code_seconds: RESET_CODE_SECONDS };
    house.expect_reply(asker, &Reply::ResetCode(code));
    // The password is still the former one, and so are the sessions.
    house.expect_nothing();
    house.ask_for_job(conn, search("", 1));
}

#[test]
fn a_code_that_is_not_issued_is_told() {
    let mina = person(9, "mina", Role::Member);
    let request = || requests("mina")[2].clone();
    let mut house = House::new();
    let anna = house.admin();
    let (asker, ticket, _) = house.ask_for_job(anna, request());
    house.complete(ticket, Completion::AdminCodePrepared(None));
    house.expect_denial(asker, &Denial::NoSuchMember {});
    for (completion, denial) in failures() {
        let (asker, ticket, _) = house.ask_for_job(anna, request());
        house.complete(ticket, completion);
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
    for (error, denial) in refusals() {
        let found = Completion::AdminCodePrepared(Some(Box::new(drawn(&mina))));
        let (asker, ticket) = at_the_change(&mut house, anna, request(), found);
        house.apply(ticket, Err(error));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

/// Every request that names an account.
fn requests(user_name: &str) -> [Request; 3] {
    let issue = IssueResetCode { user_name: user_name.to_owned() };
    [
        to_role(user_name, Role::Curator),
        delete(user_name, SharedFate::Keep {}),
        Request::IssueResetCode(issue),
    ]
}

#[test]
fn what_cannot_be_a_name_is_nobodys() {
    let mut house = House::new();
    let anna = house.admin();
    for name in ["", " ", "a b", "<b>", "everyone", &"x".repeat(33)] {
        for request in requests(name) {
            let asker = house.ask(anna, request);
            house.expect_denial(asker, &Denial::NoSuchMember {});
            house.expect_nothing();
        }
    }
}

#[test]
fn a_deed_that_is_not_done_is_told() {
    let mina = person(9, "mina", Role::Member);
    for request in requests("mina").into_iter().take(2) {
        let mut house = House::new();
        let anna = house.admin();
        let (asker, ticket, _) = house.ask_for_job(anna, request.clone());
        house.complete(ticket, found_nobody());
        house.expect_denial(asker, &Denial::NoSuchMember {});
        for (completion, denial) in failures() {
            let (asker, ticket, _) = house.ask_for_job(anna, request.clone());
            house.complete(ticket, completion);
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
        for (error, denial) in refusals() {
            let found = found_user(&mina, None, None);
            let (asker, ticket) = at_the_change(&mut house, anna, request.clone(), found);
            house.apply(ticket, Err(error));
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
}
