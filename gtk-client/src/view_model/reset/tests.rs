//! The rules of the way back in, from the forgotten password to the new one.

use parlour_common::message::{
    CheckCode, CodeAccepted, Denial, Field, FieldFault, Reply, Request, RequestReset, ResetBegun,
    ResetPassword, Welcome,
};

use super::*;
use crate::network::{Answer, LinkFault};
use crate::view_model::Answered;
use crate::view_model::shell::tests::welcome;
use crate::view_model::sign_in::{Greeting, Note};

fn server() -> ServerAddress {
    "host".parse().unwrap()
}

fn reached(by_mail: bool, strict: bool) -> Msg {
    let policies = Policies { reset_by_mail: by_mail, strict_sign_in_errors: strict, ..welcome().policies };
    Msg::Reached(Reached::Yes(Box::new(Welcome { policies, ..welcome() })))
}

fn typed(entry: Entry, text: &str) -> Msg {
    Msg::Typed(entry, Secret::new(text.to_owned()))
}

/// The pages as they are opened from the first page, on a server with mail or without.
fn opened(by_mail: bool) -> Reset {
    let mut reset = Reset::default();
    let effects = reset.update(Msg::Opened { server: server(), user_name: "sara".to_owned() });
    assert!(effects.contains(&Effect::Fill(Entry::Account, "sara".to_owned())), "{effects:?}");
    assert_eq!(effects.last(), Some(&Effect::Reach(server())));
    assert!(reset.update(reached(by_mail, false)).is_empty(), "only to know it");
    reset
}

/// Takes what is asked of the daemon, once the server is reached.
fn asked(reset: &mut Reset, effects: &[Effect]) -> (u32, Request) {
    let by_mail = reset.has_mail();
    let effects = match effects {
        [Effect::Reach(_)] => reset.update(reached(by_mail, reset.is_strict())),
        other => other.to_vec(),
    };
    let [Effect::Ask { key, request }] = effects.as_slice() else { panic!("{effects:?}") };
    (*key, request.clone())
}

/// Does something that asks the daemon, and answers.
fn tell(reset: &mut Reset, msg: Msg, answer: Answer) -> (Request, Vec<Effect>) {
    let effects = reset.update(msg);
    let (key, request) = asked(reset, &effects);
    (request, reset.update(Msg::Answered(Answered { key, answer })))
}

fn begun(flow: u8) -> Answer {
    let flow = ResetFlow::new([flow; 16]);
    Answer::Reply(Reply::ResetBegun(ResetBegun { flow, code_seconds: 600, again_seconds: 60 }))
}

fn accepted() -> Answer {
    let user_name = UserName::parse("Sara").unwrap();
    Answer::Reply(Reply::CodeAccepted(CodeAccepted { user_name }))
}

fn denied(denial: Denial) -> Answer {
    Answer::Denied(denial)
}

/// The page of the code, after a mail was sent.
fn mailed() -> Reset {
    let mut reset = opened(true);
    let (request, effects) = tell(&mut reset, Msg::Submit, begun(1));
    assert_eq!(request, Request::RequestReset(RequestReset { account: "sara".to_owned(), send: true }));
    assert!(effects.contains(&Effect::Focus(Entry::ResetCode)) && effects.contains(&Effect::TickSoon));
    assert_eq!((reset.step(), reset.sent(), reset.account()), (Step::Code, Some(Sent::Once), "sara"));
    reset
}

fn at_code(reset: &Reset) -> Option<&Problem> {
    reset.problems().at(Entry::ResetCode)
}

#[test]
fn a_mailed_code_leads_to_a_new_password_and_back_to_the_first_page() {
    let mut reset = mailed();
    reset.update(typed(Entry::ResetCode, " 123 45 "));
    let (request, effects) = tell(&mut reset, Msg::Submit, accepted());
    let code = Secret::new(" 123 45 ".to_owned());
    assert_eq!(request, Request::CheckCode(CheckCode { flow: ResetFlow::new([1; 16]), code }));
    assert_eq!(reset.step(), Step::Password);
    assert_eq!(reset.user_name().map(UserName::as_str), Some("Sara"));
    assert!(effects.contains(&Effect::Focus(Entry::Password)));

    reset.update(typed(Entry::Password, "correct horse"));
    reset.update(typed(Entry::PasswordAgain, "correct house"));
    assert_eq!(reset.update(Msg::Submit), [Effect::Focus(Entry::PasswordAgain)]);
    assert_eq!(reset.problems().at(Entry::PasswordAgain), Some(&Problem::Differs));
    reset.update(typed(Entry::PasswordAgain, "correct horse"));
    let (request, effects) = tell(&mut reset, Msg::Submit, Answer::Reply(Reply::Done {}));
    let password = Secret::new("correct horse".to_owned());
    assert_eq!(request, Request::ResetPassword(ResetPassword { flow: ResetFlow::new([1; 16]), password }));
    let greeting =
        Greeting { note: Note::PasswordChanged, user_name: "Sara".to_owned(), server: Some(server()) };
    assert_eq!(effects.last(), Some(&Effect::OpenSignIn(Some(greeting))));
    assert!(effects.contains(&Effect::Fill(Entry::Password, String::new())));
    assert!(!format!("{reset:?}").contains("horse") && reset.user_name().is_none());
}

#[test]
fn without_mail_only_a_code_of_an_admin_leads_on() {
    let mut reset = opened(false);
    assert!(!reset.has_mail());
    let (request, _) = tell(&mut reset, Msg::Submit, begun(2));
    assert_eq!(request, Request::RequestReset(RequestReset { account: "sara".to_owned(), send: false }));
    assert_eq!((reset.step(), reset.sent(), reset.again_seconds()), (Step::Code, None, 0));
    reset.update(typed(Entry::ResetCode, "12345678"));
    tell(&mut reset, Msg::Submit, accepted());
    assert_eq!(reset.step(), Step::Password);
}

#[test]
fn a_server_that_turns_out_to_have_no_mail_is_not_asked_for_any() {
    let mut reset = Reset::default();
    reset.update(Msg::Opened { server: server(), user_name: "sara".to_owned() });
    assert!(reset.has_mail(), "nobody knows yet");
    let effects = reset.update(Msg::Submit);
    assert_eq!(effects, [Effect::Reach(server())]);
    assert_eq!(reset.update(reached(false, false)), [Effect::Focus(Entry::Account)]);
    assert!(!reset.is_busy() && !reset.has_mail());
}

#[test]
fn who_has_a_code_goes_on_without_another_being_sent() {
    let mut reset = opened(true);
    let (request, _) = tell(&mut reset, Msg::HaveCode, begun(3));
    assert_eq!(request, Request::RequestReset(RequestReset { account: "sara".to_owned(), send: false }));
    assert_eq!((reset.step(), reset.sent()), (Step::Code, None));

    // Whoever looked at something else meanwhile still has the code that was sent.
    let mut reset = mailed();
    assert_eq!(reset.update(Msg::Back).last(), Some(&Effect::Back));
    reset.update(Msg::Opened { server: server(), user_name: "sara".to_owned() });
    assert_eq!(reset.step(), Step::Account);
    let effects = reset.update(Msg::HaveCode);
    assert!(effects.contains(&Effect::Focus(Entry::ResetCode)), "{effects:?}");
    assert_eq!((reset.step(), reset.sent()), (Step::Code, Some(Sent::Once)));
    // Unless it is about another account.
    reset.update(Msg::Back);
    reset.update(Msg::Opened { server: server(), user_name: "ali".to_owned() });
    let (request, _) = tell(&mut reset, Msg::HaveCode, begun(4));
    assert_eq!(request, Request::RequestReset(RequestReset { account: "ali".to_owned(), send: false }));
}

#[test]
fn who_is_unknown_is_said_at_the_entry() {
    let mut reset = opened(true);
    reset.update(typed(Entry::Account, "  "));
    assert_eq!(reset.update(Msg::Submit), [Effect::Focus(Entry::Account)]);
    assert_eq!(reset.problems().at(Entry::Account), Some(&Problem::Fault(Fault::Missing {})));
    reset.update(typed(Entry::Account, &"x".repeat(255)));
    reset.update(Msg::Submit);
    assert_eq!(reset.problems().at(Entry::Account), Some(&Problem::Fault(Fault::TooLong { max: 254 })));
    reset.update(typed(Entry::Account, "nobody@example.org"));
    let (_, effects) = tell(&mut reset, Msg::Submit, denied(Denial::NotRegistered {}));
    assert_eq!(reset.problems().at(Entry::Account), Some(&Problem::NotRegistered));
    assert!(effects.contains(&Effect::Focus(Entry::Account)), "{effects:?}");
    assert_eq!(reset.step(), Step::Account);
    let fault = FieldFault { field: Field::Email, fault: Fault::NotAllowed {} };
    tell(&mut reset, Msg::Submit, denied(Denial::InvalidFields { faults: vec![fault] }));
    assert_eq!(reset.problems().at(Entry::Account), Some(&Problem::Fault(Fault::NotAllowed {})));
    tell(&mut reset, Msg::Submit, denied(Denial::MailUnavailable {}));
    assert_eq!(reset.problems().whole(), Some(&Problem::Denied(Denial::MailUnavailable {})));
}

#[test]
fn what_can_be_no_code_is_not_sent() {
    let mut reset = mailed();
    for (text, fault) in [
        ("", Fault::Missing {}),
        ("1234", Fault::NotAllowed {}),
        ("123456", Fault::NotAllowed {}),
        ("12a45", Fault::NotAllowed {}),
    ] {
        reset.update(typed(Entry::ResetCode, text));
        assert_eq!(reset.update(Msg::Submit), [Effect::Focus(Entry::ResetCode)], "{text:?}");
        assert_eq!(at_code(&reset), Some(&Problem::Fault(fault)), "{text:?}");
    }
    for text in ["۱۲۳۴۵", "1234 5678", "\t12-345\n", "１２３４５"] {
        reset.update(typed(Entry::ResetCode, text));
        assert_eq!(reset.update(Msg::Submit), [Effect::Reach(server())], "{text:?}");
        reset.update(Msg::Cancel);
    }
}

#[test]
fn a_wrong_code_is_said_with_the_tries_that_are_left() {
    let mut reset = mailed();
    reset.update(typed(Entry::ResetCode, "12345"));
    let wrong = Denial::WrongCode { tries_left: 2 };
    let (_, effects) = tell(&mut reset, Msg::Submit, denied(wrong.clone()));
    assert_eq!(effects, [Effect::Focus(Entry::ResetCode)]);
    assert_eq!(at_code(&reset), Some(&Problem::Denied(wrong)));
    reset.update(typed(Entry::ResetCode, "12346"));
    assert_eq!(at_code(&reset), None);
    tell(&mut reset, Msg::Submit, denied(Denial::CodeVoid {}));
    assert_eq!((at_code(&reset), reset.step()), (Some(&Problem::Denied(Denial::CodeVoid {})), Step::Code));
    assert!(reset.is_void());
    let wait = Denial::Throttled { retry_after_ms: 1000 };
    tell(&mut reset, Msg::Submit, denied(wait.clone()));
    assert_eq!(reset.problems().whole(), Some(&Problem::Denied(wait)));
    tell(&mut reset, Msg::Submit, Answer::Lost);
    assert_eq!(reset.problems().whole(), Some(&Problem::AnswerLost));
}

#[test]
fn another_code_can_be_sent_when_the_wait_is_over() {
    let mut reset = mailed();
    assert_eq!(reset.again_seconds(), 60);
    assert!(reset.update(Msg::SendAgain).is_empty());
    for left in (1..60).rev() {
        assert_eq!(reset.update(Msg::Tick), [Effect::TickSoon]);
        assert_eq!(reset.again_seconds(), left);
    }
    assert!(reset.update(Msg::Tick).is_empty());
    reset.update(typed(Entry::ResetCode, "12345"));
    let (request, effects) = tell(&mut reset, Msg::SendAgain, begun(5));
    assert_eq!(request, Request::RequestReset(RequestReset { account: "sara".to_owned(), send: true }));
    assert!(effects.contains(&Effect::Fill(Entry::ResetCode, String::new())), "{effects:?}");
    assert_eq!((reset.sent(), reset.again_seconds()), (Some(Sent::Again), 60));
    assert!(!reset.is_void());
    reset.update(typed(Entry::ResetCode, "54321"));
    let (request, _) = tell(&mut reset, Msg::Submit, accepted());
    let code = Secret::new("54321".to_owned());
    assert_eq!(request, Request::CheckCode(CheckCode { flow: ResetFlow::new([5; 16]), code }));

    // Another app may have asked meanwhile: the daemon says how long to wait.
    let mut reset = mailed();
    (0..60).for_each(|_| drop(reset.update(Msg::Tick)));
    let (_, effects) = tell(&mut reset, Msg::SendAgain, denied(Denial::Throttled { retry_after_ms: 2500 }));
    assert_eq!((effects.as_slice(), reset.again_seconds()), ([Effect::TickSoon].as_slice(), 3));
    // Two waits do not run at once.
    let effects = reset.update(Msg::Back);
    assert!(!effects.contains(&Effect::TickSoon));
    reset.update(Msg::Opened { server: server(), user_name: "ali".to_owned() });
    let (_, effects) = tell(&mut reset, Msg::Submit, begun(6));
    assert!(!effects.contains(&Effect::TickSoon), "it runs already: {effects:?}");
    assert_eq!(reset.update(Msg::Tick), [Effect::TickSoon]);
}

#[test]
fn an_admins_code_is_taken_where_a_mailed_one_is_waited_for() {
    let code = Secret::new("1234 5678".to_owned());
    let try_admins = |reset: &mut Reset| {
        reset.update(typed(Entry::ResetCode, code.expose()));
        let (_, effects) = tell(reset, Msg::Submit, denied(Denial::CodeVoid {}));
        let (key, request) = asked(reset, &effects);
        assert_eq!(request, Request::RequestReset(RequestReset { account: "sara".to_owned(), send: false }));
        let effects = reset.update(Msg::Answered(Answered { key, answer: begun(9) }));
        let (key, request) = asked(reset, &effects);
        let flow = ResetFlow::new([9; 16]);
        assert_eq!(request, Request::CheckCode(CheckCode { flow, code: code.clone() }));
        key
    };
    let mut reset = mailed();
    let key = try_admins(&mut reset);
    reset.update(Msg::Answered(Answered { key, answer: accepted() }));
    assert_eq!(reset.step(), Step::Password);
    reset.update(typed(Entry::Password, "correct horse"));
    reset.update(typed(Entry::PasswordAgain, "correct horse"));
    let (request, _) = tell(&mut reset, Msg::Submit, Answer::Reply(Reply::Done {}));
    assert!(
        matches!(request, Request::ResetPassword(ResetPassword { flow, .. }) if flow == ResetFlow::new([9; 16]))
    );

    let mut reset = mailed();
    let key = try_admins(&mut reset);
    let wrong = Denial::WrongCode { tries_left: 1 };
    reset.update(Msg::Answered(Answered { key, answer: denied(wrong.clone()) }));
    assert_eq!((at_code(&reset), reset.sent()), (Some(&Problem::Denied(wrong)), None), "it is the one now");

    let mut reset = mailed();
    let key = try_admins(&mut reset);
    reset.update(Msg::Answered(Answered { key, answer: denied(Denial::CodeVoid {}) }));
    assert_eq!(at_code(&reset), Some(&Problem::Denied(Denial::CodeVoid {})));
    assert_eq!(reset.sent(), Some(Sent::Once));
}

#[test]
fn a_right_code_that_has_expired_begins_anew() {
    let mut reset = mailed();
    reset.update(typed(Entry::ResetCode, "12345"));
    tell(&mut reset, Msg::Submit, accepted());
    reset.update(typed(Entry::Password, "correct horse"));
    reset.update(typed(Entry::PasswordAgain, "correct horse"));
    tell(&mut reset, Msg::Submit, denied(Denial::CodeVoid {}));
    assert_eq!(reset.step(), Step::Account);
    assert_eq!(reset.problems().whole(), Some(&Problem::Denied(Denial::CodeVoid {})));
    assert!(reset.user_name().is_none() && reset.sent().is_none());
}

#[test]
fn going_back_gives_the_attempt_and_a_right_code_up() {
    let mut reset = mailed();
    reset.update(typed(Entry::ResetCode, "12345"));
    tell(&mut reset, Msg::Submit, accepted());
    reset.update(typed(Entry::Password, "correct horse"));
    reset.update(typed(Entry::PasswordAgain, "correct horse"));
    reset.update(Msg::Submit);
    assert!(reset.is_busy());
    let effects = reset.update(Msg::Back);
    assert_eq!((effects.first(), effects.last()), (Some(&Effect::GiveUp), Some(&Effect::Back)));
    assert!(!format!("{reset:?}").contains("horse"));
    assert!(reset.user_name().is_none() && reset.sent().is_none() && !reset.is_busy());
}

#[test]
fn a_server_out_of_reach_is_said_and_answers_that_are_late_are_not_heard() {
    let mut reset = Reset::default();
    reset.update(Msg::Opened { server: server(), user_name: String::new() });
    let why = LinkFault::Refused;
    reset.update(Msg::Reached(Reached::No { server: server(), why: why.clone() }));
    assert_eq!(reset.problems().whole(), Some(&Problem::CannotConnect { server: server(), why }));
    let mut reset = opened(true);
    let effects = reset.update(Msg::Submit);
    let (key, _) = asked(&mut reset, &effects);
    assert!(reset.is_busy() && reset.update(Msg::Submit).is_empty());
    assert_eq!(reset.update(Msg::Cancel), [Effect::GiveUp]);
    assert!(reset.update(Msg::Answered(Answered { key, answer: begun(1) })).is_empty());
    assert_eq!(reset.step(), Step::Account);
    assert!(reset.update(Msg::Cancel).is_empty());
}
