//! A forgotten password from the first question to the next sign-in, with the real service, workers and
//! store: by mail, and with a code from an admin.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod rooms;

use std::sync::Arc;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{
    CheckCode, CodeAccepted, Denial, IssueResetCode, Policies, Reply, Request, RequestReset, ResetBegun,
    ResetCode, ResetFlow, ResetPassword, SignIn, SignUp,
};
use parlour_reactor::effect::Answer;
use parlour_reactor::store::MailKind;
use parlour_reactor::workers::PasswordCost;
use rooms::{QuickDisk, Rooms};

const OLD: &str = "correct horse";
const NEW: &str = "battery staple";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn rooms() -> Rooms {
    let policies = Policies { reset_by_mail: true, ..Policies::default() };
    let mut rooms = Rooms::new(Arc::new(QuickDisk), policies, PasswordCost::SmallMemory);
    let answer = ask(
        &mut rooms,
        Request::SignUp(SignUp {
            user_name: "Sara".to_owned(),
            email: "sara@example.org".to_owned(),
            phone: "09121234567".to_owned(),
            password: secret(OLD),
            device: String::new(),
            code: None,
        }),
    );
    assert!(matches!(answer, Answer::Reply(Reply::SignedIn(_))), "{answer:?}");
    rooms
}

fn ask(rooms: &mut Rooms, request: Request) -> Answer {
    let origin = rooms.new_origin();
    rooms.ask(origin, request)
}

fn begin(rooms: &mut Rooms, account: &str, send: bool) -> ResetFlow {
    match ask(rooms, Request::RequestReset(RequestReset { account: account.to_owned(), send })) {
        Answer::Reply(Reply::ResetBegun(ResetBegun { flow, .. })) => flow,
        answer => panic!("{answer:?}"),
    }
}

fn check(rooms: &mut Rooms, flow: ResetFlow, code: &str) -> Result<String, Denial> {
    match ask(rooms, Request::CheckCode(CheckCode { flow, code: secret(code) })) {
        Answer::Reply(Reply::CodeAccepted(CodeAccepted { user_name })) => Ok(user_name.to_string()),
        Answer::Denial(denial) => Err(denial),
        answer @ (Answer::Reply(_) | Answer::File { .. } | Answer::Upload { .. }) => panic!("{answer:?}"),
    }
}

fn set(rooms: &mut Rooms, flow: ResetFlow, password: &str) -> Result<(), Denial> {
    match ask(rooms, Request::ResetPassword(ResetPassword { flow, password: secret(password) })) {
        Answer::Reply(Reply::Done {}) => Ok(()),
        Answer::Denial(denial) => Err(denial),
        answer @ (Answer::Reply(_) | Answer::File { .. } | Answer::Upload { .. }) => panic!("{answer:?}"),
    }
}

fn opens(rooms: &mut Rooms, password: &str) -> bool {
    let (user_name, password) = ("sara".to_owned(), secret(password));
    let form = SignIn { user_name, password, device: String::new(), device_proof: None };
    matches!(ask(rooms, Request::SignIn(form)), Answer::Reply(Reply::SignedIn(_)))
}

/// A code that differs from another in its last digit.
fn other_than(code: &str) -> String {
    let (head, last) = code.split_at(code.len() - 1);
    format!("{head}{}", if last == "0" { "1" } else { "0" })
}

#[test]
fn a_code_that_came_by_mail_opens_the_way_to_a_new_password_once() {
    for account in ["SARA", "Sara@Example.org"] {
        let mut rooms = rooms();
        let flow = begin(&mut rooms, account, true);
        let (to, kind, code) = rooms.take_mail().unwrap();
        assert_eq!(to.unwrap().as_str(), "sara@example.org");
        assert_eq!(kind, MailKind::ResetCode { lifetime_seconds: 600, long: false });
        let code = code.unwrap();
        assert_eq!(code.len(), 5);
        // Nothing is changed before the right code.
        assert_eq!(set(&mut rooms, flow, NEW), Err(Denial::CodeVoid {}));
        assert_eq!(check(&mut rooms, flow, &other_than(&code)), Err(Denial::WrongCode { tries_left: 2 }));
        assert_eq!(check(&mut rooms, flow, &code), Ok("Sara".to_owned()));
        assert_eq!(check(&mut rooms, flow, &code), Err(Denial::CodeVoid {}));
        assert!(opens(&mut rooms, OLD));
        assert_eq!(set(&mut rooms, flow, NEW), Ok(()));
        assert!(!opens(&mut rooms, OLD) && opens(&mut rooms, NEW));
        assert_eq!(set(&mut rooms, flow, OLD), Err(Denial::CodeVoid {}));
        let (_, kind, code) = rooms.take_mail().unwrap();
        assert_eq!((kind, code), (MailKind::PasswordChanged {}, None));
        assert!(rooms.take_mail().is_none());
    }
}

#[test]
fn another_code_voids_the_one_before_and_its_mail_is_not_sent_any_more() {
    let mut rooms = rooms();
    let first = begin(&mut rooms, "sara", true);
    rooms.pass(Duration::from_secs(60));
    let second = begin(&mut rooms, "sara", true);
    let (_, _, code) = rooms.take_mail().unwrap();
    assert!(rooms.take_mail().is_none());
    let code = code.unwrap();
    assert!(matches!(check(&mut rooms, first, &code), Err(Denial::WrongCode { .. })));
    assert_eq!(check(&mut rooms, second, &code), Ok("Sara".to_owned()));
}

#[test]
fn a_code_and_the_right_it_gives_live_ten_minutes_each() {
    let mut rooms = rooms();
    let flow = begin(&mut rooms, "sara", true);
    let (_, _, code) = rooms.take_mail().unwrap();
    let code = code.unwrap();
    rooms.pass(Duration::from_millis(599_999));
    assert_eq!(check(&mut rooms, flow, &code), Ok("Sara".to_owned()));
    rooms.pass(Duration::from_secs(600));
    assert_eq!(set(&mut rooms, flow, NEW), Err(Denial::CodeVoid {}));
    let flow = begin(&mut rooms, "sara", true);
    let (_, _, code) = rooms.take_mail().unwrap();
    rooms.pass(Duration::from_secs(600));
    assert_eq!(check(&mut rooms, flow, &code.unwrap()), Err(Denial::CodeVoid {}));
}

#[test]
fn after_three_wrong_tries_the_owner_is_told_and_the_next_code_is_long() {
    let mut rooms = rooms();
    let flow = begin(&mut rooms, "sara", true);
    let (_, _, code) = rooms.take_mail().unwrap();
    let code = code.unwrap();
    for tries_left in [2, 1, 0] {
        assert_eq!(check(&mut rooms, flow, &other_than(&code)), Err(Denial::WrongCode { tries_left }));
    }
    assert_eq!(check(&mut rooms, flow, &code), Err(Denial::CodeVoid {}));
    let (to, kind, _) = rooms.take_mail().unwrap();
    assert_eq!((to.unwrap().as_str(), kind), ("sara@example.org", MailKind::CodeBurnt {}));
    rooms.pass(Duration::from_secs(60));
    let flow = begin(&mut rooms, "sara", true);
    let (_, kind, code) = rooms.take_mail().unwrap();
    assert_eq!(kind, MailKind::ResetCode { lifetime_seconds: 600, long: true });
    assert_eq!(code.as_deref().map(str::len), Some(8));
    assert_eq!(check(&mut rooms, flow, &code.unwrap()), Ok("Sara".to_owned()));
}

#[test]
fn a_code_of_an_admin_is_found_by_either_name() {
    for account in ["sara", "sara@example.org"] {
        let mut rooms = rooms();
        let issue = Request::IssueResetCode(IssueResetCode { user_name: "sara".to_owned() });
        let code = match rooms.ask_as_operator(issue) {
            Answer::Reply(Reply::ResetCode(ResetCode { code, code_seconds: 600 })) => code,
            answer => panic!("{answer:?}"),
        };
        assert_eq!(code.expose().len(), 8);
        // Nobody is written to: the admin hands it on.
        assert!(rooms.take_mail().is_none());
        let flow = begin(&mut rooms, account, false);
        assert_ne!(begin(&mut rooms, account, false), flow);
        assert_eq!(
            check(&mut rooms, flow, &other_than(code.expose())),
            Err(Denial::WrongCode { tries_left: 2 })
        );
        assert_eq!(check(&mut rooms, flow, code.expose()), Ok("Sara".to_owned()));
        assert_eq!(set(&mut rooms, flow, NEW), Ok(()));
        assert!(opens(&mut rooms, NEW));
    }
}
