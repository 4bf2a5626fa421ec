//! A forgotten password: who is told what, what is counted, and what comes of the right code.

use parlour_common::limits::{RESET_CODE_SECONDS, RESET_FLOW_BYTES};
use parlour_common::message::{
    CheckCode, CodeAccepted, Denial, Fault, Field, FieldFault, Reply, Request, RequestReset, ResetBegun,
    ResetFlow, ResetPassword,
};
use parlour_common::names::{Email, UserName};
use parlour_reactor::id::{Asker, ConnId, Ticket};
use parlour_reactor::job::{AccountName, Completion, Job, PreparedReset};
use parlour_reactor::store::{
    Applied, Change, ChangeError, CodeMac, CodeOutcome, LONG_CODE_DIGITS, MailKind, NewFlow, NewMail,
    Refusal, SealedCode, UserId, UserRecord,
};

use super::house::{House, PASSWORD, keys, resume, right_password, search, secret, sign_in, user};

fn the_flow() -> ResetFlow {
    ResetFlow::new([1; RESET_FLOW_BYTES])
}

fn ask_for_code(account: &str) -> Request {
    Request::RequestReset(RequestReset { account: account.to_owned(), send: true })
}

fn have_a_code(account: &str) -> Request {
    Request::RequestReset(RequestReset { account: account.to_owned(), send: false })
}

fn check(flow: ResetFlow, code: &str) -> Request {
    Request::CheckCode(CheckCode { flow, code: secret(code) })
}

fn set(flow: ResetFlow, password: &str) -> Request {
    Request::ResetPassword(ResetPassword { flow, password: secret(password) })
}

fn begun(flow: ResetFlow) -> Reply {
    Reply::ResetBegun(ResetBegun { flow, code_seconds: RESET_CODE_SECONDS, again_seconds: 60 })
}

fn invalid(field: Field, fault: Fault) -> Denial {
    Denial::InvalidFields { faults: vec![FieldFault { field, fault }] }
}

fn new_flow(house: &House, user: UserId, digits: u8) -> NewFlow {
    let asked_unix_ms = house.now.unix_ms;
    let expires_unix_ms = asked_unix_ms + u64::from(RESET_CODE_SECONDS) * 1000;
    NewFlow { flow: the_flow(), user, code_mac: CodeMac([2; 32]), digits, asked_unix_ms, expires_unix_ms }
}

/// Whose a code is.
fn owner(user: Option<&UserRecord>) -> UserId {
    user.map_or(UserId::nobodys(5), |user| user.id)
}

fn prepared(house: &House, user: Option<UserRecord>, digits: u8) -> Completion {
    let flow = new_flow(house, owner(user.as_ref()), digits);
    Completion::ResetPrepared(Box::new(PreparedReset { user, flow, sealed: vec![3; 40] }))
}

fn tried(outcome: CodeOutcome) -> Result<Applied, ChangeError> {
    Ok(Applied::Code(outcome))
}

/// Asks what is decided by a change alone.
fn ask_for_change(house: &mut House, conn: ConnId, request: Request) -> (Asker, Ticket, Change) {
    let asker = house.ask(conn, request);
    let (ticket, change) = house.expect_commit();
    (asker, ticket, change)
}

#[test]
fn whoever_has_forgotten_is_found_by_either_name_in_any_spelling() {
    let by_name = |name: &str| AccountName::UserName(UserName::parse(name).unwrap());
    let by_email = |email: &str| AccountName::Email(Email::parse(email).unwrap());
    let cases = [(" Sara ", by_name("Sara")), (" SARA@example.org", by_email("SARA@example.org"))];
    for (typed, expected) in cases {
        for request in [ask_for_code(typed), have_a_code(typed)] {
            let mut house = House::new();
            let conn = house.open();
            match house.ask_for_job(conn, request).2 {
                Job::PrepareReset { account, unix_ms } => {
                    assert_eq!((account, unix_ms), (expected.clone(), house.now.unix_ms));
                }
                Job::NameFlow { account } => assert_eq!(account, expected),
                job => panic!("{job:?}"),
            }
        }
    }
}

#[test]
fn a_code_is_written_down_with_its_mail_before_it_is_answered() {
    for (digits, long) in [(5, false), (LONG_CODE_DIGITS, true)] {
        let mut house = House::new();
        let conn = house.open();
        let (asker, ticket, _) = house.ask_for_job(conn, ask_for_code("sara"));
        house.complete(ticket, prepared(&house, Some(user("sara")), digits));
        let (ticket, change) = house.expect_commit();
        let kind = MailKind::ResetCode { lifetime_seconds: RESET_CODE_SECONDS, long };
        let mail = Some(NewMail { kind, sealed: SealedCode(vec![3; 40]) });
        let flow = new_flow(&house, UserId(7), digits);
        assert_eq!(change, Change::BeginReset { flow, mail, act: None });
        house.apply(ticket, Ok(Applied::Done));
        house.expect_reply(asker, &begun(the_flow()));
    }
}

#[test]
fn whoever_is_not_registered_is_told_unless_the_operator_forbids_it() {
    for typed in ["mina", "mina@example.org", "not a name", "@"] {
        let mut house = House::new();
        let conn = house.open();
        for request in [ask_for_code(typed), have_a_code(typed)] {
            let asker = house.ask(conn, request);
            if UserName::parse(typed).is_ok() || Email::parse(typed).is_ok() {
                let (ticket, job) = house.expect_run(asker);
                let end = match job {
                    Job::NameFlow { .. } => Completion::FlowNamed { known: false, flow: the_flow() },
                    _ => prepared(&house, None, 5),
                };
                house.complete(ticket, end);
            }
            house.expect_denial(asker, &Denial::NotRegistered {});
            house.expect_nothing();
        }
    }
    for mut house in [House::new(), House::strict()] {
        let conn = house.open();
        let asker = house.ask(conn, ask_for_code("  "));
        house.expect_denial(asker, &invalid(Field::UserName, Fault::Missing {}));
        house.expect_nothing();
    }
}

#[test]
fn a_strict_house_says_and_does_the_same_for_everyone() {
    for typed in ["sara", "mina", "mina@example.org", "not a name", "@"] {
        let known = (typed == "sara").then(|| user("sara"));
        let mut house = House::strict();
        let conn = house.open();
        let (asker, ticket, job) = house.ask_for_job(conn, ask_for_code(typed));
        assert!(matches!(job, Job::PrepareReset { .. }), "{job:?}");
        house.complete(ticket, prepared(&house, known.clone(), 5));
        let (ticket, change) = house.expect_commit();
        let Change::BeginReset { flow, mail: Some(_), act: None } = change else { panic!("{change:?}") };
        assert_eq!(flow, new_flow(&house, owner(known.as_ref()), 5));
        house.apply(ticket, Ok(Applied::Done));
        house.expect_reply(asker, &begun(the_flow()));
        let (asker, ticket, _) = house.ask_for_job(conn, have_a_code(typed));
        house.complete(ticket, Completion::FlowNamed { known: known.is_some(), flow: the_flow() });
        house.expect_reply(asker, &begun(the_flow()));
        house.expect_nothing();
    }
    // The account went between the drawing of the code and the change.
    let mut house = House::strict();
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, ask_for_code("sara"));
    house.complete(ticket, prepared(&house, Some(user("sara")), 5));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Err(ChangeError::Refused(Refusal::NoSuchUser)));
    house.expect_reply(asker, &begun(the_flow()));
}

#[test]
fn without_mail_only_the_code_of_an_admin_helps() {
    let mut house = House::with(|settings| settings.policies.reset_by_mail = false);
    let conn = house.open();
    let asker = house.ask(conn, ask_for_code("sara"));
    house.expect_denial(asker, &Denial::MailUnavailable {});
    house.expect_nothing();
    let (asker, ticket, _) = house.ask_for_job(conn, have_a_code("sara"));
    house.complete(ticket, Completion::FlowNamed { known: true, flow: the_flow() });
    house.expect_reply(asker, &begun(the_flow()));
    // Nobody is written to there.
    let (_, _, change) = ask_for_change(&mut house, conn, check(the_flow(), "12345"));
    assert!(matches!(change, Change::TryCode { notify: false, .. }), "{change:?}");
}

#[test]
fn a_full_queue_of_mails_is_told_and_costs_nothing() {
    let mut house = House::new();
    let conn = house.open();
    for (error, denial) in [
        (ChangeError::Refused(Refusal::MailQueueFull), Denial::MailUnavailable {}),
        (ChangeError::StorageUnavailable, Denial::StorageUnavailable {}),
    ] {
        for _ in 0..20 {
            let (asker, ticket, _) = house.ask_for_job(conn, ask_for_code("sara"));
            house.complete(ticket, prepared(&house, Some(user("sara")), 5));
            let (ticket, _) = house.expect_commit();
            house.apply(ticket, Err(error));
            house.expect_denial(asker, &denial);
        }
    }
    for end in [|| Completion::Busy, || Completion::Failed, || Completion::StorageFailed] {
        for _ in 0..20 {
            let (asker, ticket, _) = house.ask_for_job(conn, ask_for_code("sara"));
            house.complete(ticket, end());
            house.expect_answer(asker);
        }
    }
}

#[test]
fn another_code_is_sent_a_minute_later_and_the_fourth_within_an_hour_is_not() {
    for mut house in [House::new(), House::strict()] {
        let conn = house.open();
        for _ in 0..3 {
            house.ask_for_job(conn, ask_for_code("sara"));
            // In any spelling, and from anywhere.
            let elsewhere = house.open_from(2);
            let asker = house.ask(elsewhere, ask_for_code("SARA"));
            let answer = house.expect_answer(asker);
            assert!(format!("{answer:?}").contains("Throttled"), "{answer:?}");
            house.now.tick += std::time::Duration::from_secs(60);
        }
        let asker = house.ask(conn, ask_for_code("sara"));
        house.expect_denial(asker, &Denial::Throttled { retry_after_ms: 1020 * 1000 });
        house.expect_nothing();
    }
}

#[test]
fn a_code_is_read_forgivingly_and_what_is_none_costs_no_try() {
    let mut house = House::new();
    let conn = house.open();
    for typed in ["12345", " 123 45", "1-2345", "۱۲۳۴۵"] {
        let (_, _, change) = ask_for_change(&mut house, conn, check(the_flow(), typed));
        let (code_mac, at_unix_ms) = (keys().code_mac(&the_flow(), "12345"), house.now.unix_ms);
        assert_eq!(change, Change::TryCode { flow: the_flow(), code_mac, at_unix_ms, notify: true });
    }
    for (typed, fault) in [("", Fault::Missing {}), ("1234a", Fault::NotAllowed {})] {
        let asker = house.ask(conn, check(the_flow(), typed));
        house.expect_denial(asker, &invalid(Field::Code, fault));
        house.expect_nothing();
    }
}

#[test]
fn what_came_of_a_code_is_told() {
    let user_name = UserName::parse("sara").unwrap();
    let mut house = House::new();
    let conn = house.open();
    let (asker, ticket, _) = ask_for_change(&mut house, conn, check(the_flow(), "12345"));
    house.apply(ticket, tried(CodeOutcome::Right { user_name: user_name.clone() }));
    house.expect_reply(asker, &Reply::CodeAccepted(CodeAccepted { user_name }));
    for (outcome, denial) in [
        (CodeOutcome::Wrong { tries_left: 2 }, Denial::WrongCode { tries_left: 2 }),
        (CodeOutcome::Wrong { tries_left: 0 }, Denial::WrongCode { tries_left: 0 }),
        (CodeOutcome::Void, Denial::CodeVoid {}),
    ] {
        let (asker, ticket, _) = ask_for_change(&mut house, conn, check(the_flow(), "12345"));
        house.apply(ticket, tried(outcome));
        house.expect_denial(asker, &denial);
    }
    let (asker, ticket, _) = ask_for_change(&mut house, conn, check(the_flow(), "12345"));
    house.apply(ticket, Err(ChangeError::StorageUnavailable));
    house.expect_denial(asker, &Denial::StorageUnavailable {});
    house.expect_nothing();
}

#[test]
fn a_code_of_an_admin_is_found_by_whatever_the_flow_is_called() {
    for nonce in [[0; 4], [1; 4]] {
        let mut house = House::new();
        let conn = house.open();
        let alias = keys().alias_flow(Some(UserId(7)), nonce);
        let meant = keys().admin_flow(UserId(7));
        let (_, _, change) = ask_for_change(&mut house, conn, check(alias, "12345678"));
        let code_mac = keys().code_mac(&meant, "12345678");
        let at_unix_ms = house.now.unix_ms;
        assert_eq!(change, Change::TryCode { flow: meant, code_mac, at_unix_ms, notify: true });
        let (_, _, job) = house.ask_for_job(conn, set(alias, PASSWORD));
        assert!(matches!(job, Job::HashPassword { flow, .. } if flow == meant), "{job:?}");
    }
}

#[test]
fn a_strict_house_tells_nobody_that_an_admin_has_issued_a_code() {
    let outcomes =
        [CodeOutcome::Wrong { tries_left: 2 }, CodeOutcome::Wrong { tries_left: 0 }, CodeOutcome::Void];
    for outcome in outcomes {
        let mut house = House::strict();
        let conn = house.open();
        let alias = keys().alias_flow(Some(UserId(7)), [0; 4]);
        let (asker, ticket, _) = ask_for_change(&mut house, conn, check(alias, "12345678"));
        house.apply(ticket, tried(outcome));
        house.expect_denial(asker, &Denial::CodeVoid {});
    }
}

#[test]
fn tries_of_one_address_are_thirty_at_once_and_right_ones_cost_nothing() {
    let mut house = House::new();
    let conn = house.open();
    for _ in 0..50 {
        let (asker, ticket, _) = ask_for_change(&mut house, conn, check(the_flow(), "12345"));
        let user_name = UserName::parse("sara").unwrap();
        house.apply(ticket, tried(CodeOutcome::Right { user_name }));
        house.expect_answer(asker);
    }
    for _ in 0..30 {
        let (asker, ticket, _) = ask_for_change(&mut house, conn, check(the_flow(), "12345"));
        house.apply(ticket, tried(CodeOutcome::Void));
        house.expect_answer(asker);
    }
    for request in [check(the_flow(), "12345"), have_a_code("sara"), set(the_flow(), PASSWORD)] {
        let asker = house.ask(conn, request);
        house.expect_denial(asker, &Denial::Throttled { retry_after_ms: 10_000 });
    }
    let elsewhere = house.open_from(2);
    ask_for_change(&mut house, elsewhere, check(the_flow(), "12345"));
}

#[test]
fn a_new_password_ends_every_session_of_the_account_and_signs_nobody_in() {
    let mut house = House::new();
    let (sara, elsewhere) = (house.member(1), house.member(2));
    let conn = house.open();
    let (asker, ticket, job) = house.ask_for_job(conn, set(the_flow(), PASSWORD));
    match job {
        Job::HashPassword { password, flow, unix_ms } => {
            assert_eq!(
                (password.expose().as_str(), flow, unix_ms),
                (PASSWORD, the_flow(), house.now.unix_ms)
            );
        }
        job => panic!("{job:?}"),
    }
    house.complete(ticket, Completion::PasswordHashed(Some(secret("a new hash"))));
    let (ticket, change) = house.expect_commit();
    let (to, at_unix_ms) = (secret("a new hash"), house.now.unix_ms);
    assert_eq!(change, Change::ResetPassword { flow: the_flow(), to, at_unix_ms, notify: true });
    let (overtaken, _, _) = house.ask_for_job(sara, search("", 1));
    house.apply(ticket, Ok(Applied::Account(Box::new(user("sara")))));
    house.expect_denial(overtaken, &Denial::SessionEnded {});
    house.expect_end_of_session(sara);
    house.expect_end_of_session(elsewhere);
    house.expect_reply(asker, &Reply::Done {});
    let asker = house.ask(conn, Request::GetAccount {});
    house.expect_denial(asker, &Denial::SignInFirst {});
}

#[test]
fn without_the_right_code_no_password_is_set() {
    let mut house = House::new();
    let conn = house.open();
    let asker = house.ask(conn, set(the_flow(), "1234567"));
    house.expect_denial(asker, &invalid(Field::Password, Fault::TooShort { chars_min: 8 }));
    let (asker, ticket, _) = house.ask_for_job(conn, set(the_flow(), PASSWORD));
    house.complete(ticket, Completion::PasswordHashed(None));
    house.expect_denial(asker, &Denial::CodeVoid {});
    let cases = [
        (ChangeError::Refused(Refusal::CodeVoid), Denial::CodeVoid {}),
        (ChangeError::Refused(Refusal::NoSuchUser), Denial::CodeVoid {}),
        (ChangeError::StorageUnavailable, Denial::StorageUnavailable {}),
        (ChangeError::Refused(Refusal::TooLarge), Denial::Internal {}),
    ];
    for (error, denial) in cases {
        let (asker, ticket, _) = house.ask_for_job(conn, set(the_flow(), PASSWORD));
        house.complete(ticket, Completion::PasswordHashed(Some(secret("a new hash"))));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(error));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

#[test]
fn no_way_in_that_saw_the_old_password_leads_in_after_the_new_one() {
    let mut house = House::new();
    let reset = house.open();
    let (resuming, signing_in, opening) = (house.open(), house.open(), house.open());
    let (resume_asker, finding, _) = house.ask_for_job(resuming, resume(1));
    let (sign_in_asker, checking, _) = house.ask_for_job(signing_in, sign_in("sara"));
    let (opening_asker, ticket, _) = house.ask_for_job(opening, sign_in("sara"));
    house.complete(ticket, right_password(3));
    let (being_opened, _) = house.expect_commit();
    let (asker, ticket, _) = house.ask_for_job(reset, set(the_flow(), PASSWORD));
    house.complete(ticket, Completion::PasswordHashed(Some(secret("a new hash"))));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Account(Box::new(user("sara")))));
    house.expect_reply(asker, &Reply::Done {});
    // Workers and the committer had seen the account as it was.
    let found = Some((house.session(), user("sara")));
    house.complete(finding, Completion::SessionFound(found));
    house.expect_denial(resume_asker, &Denial::SessionEnded {});
    let busy = Denial::Busy { retry_after_ms: 1000 };
    house.complete(checking, right_password(2));
    house.expect_denial(sign_in_asker, &busy);
    house.apply(being_opened, Ok(super::house::opened()));
    house.expect_denial(opening_asker, &busy);
    let (_, change) = house.expect_commit();
    assert_eq!(change, Change::CloseSession { token_hash: super::house::token_hash(3) });
    house.expect_nothing();
    // Asked again, everyone who has the new password comes in.
    house.resume(resuming, 1);
}
