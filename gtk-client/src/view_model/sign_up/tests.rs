//! The rules of the page that makes an account.

use parlour_common::message::{Denial, Field, FieldFault};

use super::*;
use crate::network::LinkFault;
use crate::view_model::shell::tests::{signed_in, welcome};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn server() -> ServerAddress {
    "host".parse().unwrap()
}

fn reached() -> Msg {
    Msg::Reached(Reached::Yes(Box::new(welcome())))
}

const GOOD: [&str; 5] = ["09121234567", "sara@example.org", "sara", "eight chars", "eight chars"];

fn typed(texts: [&str; 5]) -> SignUp {
    let mut page = SignUp::default();
    page.update(Msg::Opened { server: server(), user_name: String::new() });
    page.update(reached());
    for (entry, text) in ENTRIES.into_iter().zip(texts) {
        page.update(Msg::Typed(entry, secret(text)));
    }
    page
}

/// Sends a good form. Returns the key of the question.
fn asked(page: &mut SignUp) -> u32 {
    assert_eq!(page.update(Msg::Submit), [Effect::Reach(server())]);
    match page.update(reached()).as_slice() {
        [Effect::Ask { key, request: Request::SignUp(_) }] => *key,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_wrong_entry_is_named_and_the_others_survive() {
    let missing = Problem::Fault(Fault::Missing {});
    let not_allowed = Problem::Fault(Fault::NotAllowed {});
    let cases = [
        (Entry::Phone, "", missing.clone()),
        (Entry::Phone, "12345", not_allowed.clone()),
        (Entry::Phone, "+1 555 0100", not_allowed.clone()),
        (Entry::Email, "", missing.clone()),
        (Entry::Email, "sara", not_allowed.clone()),
        (Entry::Email, "sara@localhost", not_allowed.clone()),
        (Entry::UserName, "  ", missing.clone()),
        (Entry::UserName, "a b", not_allowed),
        (Entry::UserName, "server", Problem::Fault(Fault::Reserved {})),
        (Entry::Password, "short", Problem::Fault(Fault::TooShort { chars_min: 8 })),
        (Entry::PasswordAgain, "", missing),
        (Entry::PasswordAgain, "other chars", Problem::Differs),
    ];
    for (entry, text, problem) in cases {
        let mut texts = GOOD;
        texts[ENTRIES.iter().position(|other| *other == entry).unwrap()] = text;
        if entry == Entry::Password {
            texts[4] = text;
        }
        let mut page = typed(texts);
        assert_eq!(page.update(Msg::Submit), [Effect::Focus(entry)], "{entry:?} {text:?}");
        for other in ENTRIES {
            assert_eq!(page.problems().at(other), (other == entry).then_some(&problem), "{entry:?} {text:?}");
        }
        for (entry, text) in ENTRIES.into_iter().zip(texts) {
            assert_eq!(page.text(entry), text);
        }
    }
}

#[test]
fn an_empty_form_names_every_entry() {
    let mut page = typed([""; 5]);
    assert_eq!(page.update(Msg::Submit), [Effect::Focus(Entry::Phone)]);
    assert!(ENTRIES[..5].iter().all(|entry| page.problems().at(*entry).is_some()));
    assert_eq!(page.problems().at(Entry::Code), None, "it is asked of nobody");
}

#[test]
fn the_phone_is_checked_by_the_pattern_the_server_announces() {
    let mut page = typed(["911", GOOD[1], GOOD[2], GOOD[3], GOOD[4]]);
    page.update(Msg::Left(Entry::Phone));
    assert!(page.problems().at(Entry::Phone).is_some(), "an Iranian number is the default");
    let mut other = welcome();
    other.policies.phone_pattern = "911|112".to_owned();
    page.update(Msg::Typed(Entry::Phone, secret("112")));
    page.update(Msg::Reached(Reached::Yes(Box::new(other.clone()))));
    page.update(Msg::Left(Entry::Phone));
    assert!(page.problems().is_empty());

    // Not known yet when the form is sent: checked when the server is reached.
    let mut page = SignUp::default();
    page.update(Msg::Opened { server: server(), user_name: String::new() });
    for (entry, text) in ENTRIES.into_iter().zip(GOOD) {
        page.update(Msg::Typed(entry, secret(text)));
    }
    assert_eq!(page.update(Msg::Submit), [Effect::Reach(server())]);
    assert_eq!(page.update(Msg::Reached(Reached::Yes(Box::new(other)))), [Effect::Focus(Entry::Phone)]);
    assert!(!page.is_busy());
}

#[test]
fn an_entry_is_checked_when_it_is_left_unless_it_is_empty() {
    let mut page = typed(["", "sara", "", "", ""]);
    page.update(Msg::Left(Entry::Phone));
    page.update(Msg::Left(Entry::Email));
    assert!(page.problems().at(Entry::Phone).is_none());
    assert!(page.problems().at(Entry::Email).is_some());
    page.update(Msg::Typed(Entry::Email, secret("sara@e")));
    assert!(page.problems().is_empty());
}

#[test]
fn another_password_takes_back_that_they_differ() {
    let mut page = typed([GOOD[0], GOOD[1], GOOD[2], "eight chars", "eight char"]);
    page.update(Msg::Left(Entry::PasswordAgain));
    assert_eq!(page.problems().at(Entry::PasswordAgain), Some(&Problem::Differs));
    page.update(Msg::Typed(Entry::Password, secret("eight char")));
    assert!(page.problems().is_empty());
}

#[test]
fn a_good_form_goes_straight_in() {
    let mut page = typed(GOOD);
    let key = asked(&mut page);
    assert!(page.is_busy());
    let reply = Answer::Reply(Reply::SignedIn(signed_in()));
    let effects = page.update(Msg::Answered(Answered { key, answer: reply }));
    assert_eq!(effects.last(), Some(&Effect::Enter { signed_in: Box::new(signed_in()), stay: true }));
    assert!(ENTRIES.iter().all(|entry| page.text(*entry).is_empty()), "nothing stays behind");
}

#[test]
fn taken_names_are_said_at_their_entries() {
    let mut page = typed(GOOD);
    let key = asked(&mut page);
    let taken = |field| FieldFault { field, fault: Fault::Taken {} };
    let denial = Denial::InvalidFields { faults: vec![taken(Field::UserName), taken(Field::Email)] };
    let effects = page.update(Msg::Answered(Answered { key, answer: Answer::Denied(denial) }));
    assert_eq!(effects, [Effect::Focus(Entry::Email)], "the first from the top");
    let taken = Some(&Problem::Fault(Fault::Taken {}));
    assert_eq!((page.problems().at(Entry::UserName), page.problems().at(Entry::Email)), (taken, taken));
    assert_eq!(page.text(Entry::Password), "eight chars");
}

#[test]
fn a_server_out_of_reach_is_said_and_can_be_tried_again() {
    let mut page = typed(GOOD);
    page.update(Msg::Submit);
    let why = LinkFault::Refused;
    page.update(Msg::Reached(Reached::No { server: server(), why: why.clone() }));
    assert_eq!(page.problems().whole(), Some(&Problem::CannotConnect { server: server(), why }));
    assert!(!page.is_busy());
    assert_eq!(page.update(Msg::Submit), [Effect::Reach(server())]);
    assert!(page.problems().is_empty());
}

#[test]
fn a_throttled_form_says_how_long() {
    let mut page = typed(GOOD);
    let key = asked(&mut page);
    let denial = Denial::Throttled { retry_after_ms: 30_000 };
    page.update(Msg::Answered(Answered { key, answer: Answer::Denied(denial.clone()) }));
    assert_eq!(page.problems().whole(), Some(&Problem::Denied(denial)));
}

#[test]
fn going_back_keeps_all_but_the_passwords() {
    let mut page = typed(GOOD);
    asked(&mut page);
    let effects = page.update(Msg::Back);
    assert_eq!(effects.first(), Some(&Effect::GiveUp));
    assert_eq!(effects.last(), Some(&Effect::Back));
    let effects = page.update(Msg::Opened { server: server(), user_name: "sara2".to_owned() });
    assert_eq!(page.text(Entry::Email), "sara@example.org");
    assert_eq!(page.text(Entry::UserName), "sara2");
    assert_eq!(page.text(Entry::Password), "");
    assert!(effects.contains(&Effect::Focus(Entry::Password)));

    let effects = page.update(Msg::Opened { server: "other".parse().unwrap(), user_name: String::new() });
    assert_eq!(page.text(Entry::Email), "", "what one server was told is nothing for another");
    assert!(effects.contains(&Effect::Fill(Entry::Email, String::new())));
}

#[test]
fn after_cancel_a_late_answer_changes_nothing() {
    let mut page = typed(GOOD);
    let key = asked(&mut page);
    assert_eq!(page.update(Msg::Cancel), [Effect::GiveUp]);
    let reply = Answer::Reply(Reply::SignedIn(signed_in()));
    assert_eq!(page.update(Msg::Answered(Answered { key, answer: reply })), []);
}

#[test]
fn nothing_printed_shows_the_password() {
    let mut page = typed(GOOD);
    page.update(Msg::Submit);
    let effects = page.update(reached());
    assert!(!format!("{page:?} {effects:?}").contains("eight"));
}

fn reached_by(rule: SignUpRule) -> Msg {
    let mut welcome = welcome();
    welcome.policies.sign_up = rule;
    Msg::Reached(Reached::Yes(Box::new(welcome)))
}

/// Sends the form as it is. Returns the code that goes with it.
fn sent_code(page: &mut SignUp, rule: SignUpRule) -> Option<Secret<String>> {
    assert_eq!(page.update(Msg::Submit), [Effect::Reach(server())]);
    match page.update(reached_by(rule)).as_slice() {
        [Effect::Ask { request: Request::SignUp(sign_up), .. }] => sign_up.code.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_has_an_invite_can_type_it() {
    let mut page = typed(GOOD);
    assert!(!page.takes_code());
    assert_eq!(sent_code(&mut page, SignUpRule::Open), None);
    page.update(Msg::Cancel);
    assert_eq!(page.update(Msg::HaveCode), [Effect::Focus(Entry::Code)]);
    assert!(page.takes_code());
    assert_eq!(sent_code(&mut page, SignUpRule::Approval), None, "it may be left empty after all");
    page.update(Msg::Cancel);
    page.update(Msg::Typed(Entry::Code, secret("K7QF-9M2X")));
    assert_eq!(page.update(Msg::Submit), [Effect::Focus(Entry::Code)]);
    assert_eq!(page.problems().at(Entry::Code), Some(&Problem::Fault(Fault::NotAllowed {})));
    let code = secret(" k7qf 9m2x 0ab3 zz10 ");
    page.update(Msg::Typed(Entry::Code, code.clone()));
    assert_eq!(sent_code(&mut page, SignUpRule::Open), Some(code));
}

#[test]
fn where_only_who_is_invited_may_sign_up_the_code_must_be_typed() {
    let mut page = typed(GOOD);
    page.update(reached_by(SignUpRule::Invite));
    assert!(page.takes_code());
    assert_eq!(page.rule(), SignUpRule::Invite);
    assert_eq!(page.update(Msg::Submit), [Effect::Focus(Entry::Code)]);
    assert_eq!(page.problems().at(Entry::Code), Some(&MISSING));
}

#[test]
fn what_the_daemon_says_of_a_code_is_said_at_its_entry() {
    let mut page = typed(GOOD);
    let key = asked(&mut page);
    let fault = FieldFault { field: Field::Code, fault: Fault::Missing {} };
    let answer = Answer::Denied(Denial::InvalidFields { faults: vec![fault] });
    assert_eq!(page.update(Msg::Answered(Answered { key, answer })), [Effect::Focus(Entry::Code)]);
    assert!(page.takes_code() && page.problems().at(Entry::Code) == Some(&MISSING));
}

#[test]
fn an_account_that_waits_for_approval_does_not_enter() {
    let mut page = typed(GOOD);
    let key = asked(&mut page);
    let answer = Answer::Reply(Reply::SignUpWaiting {});
    let effects = page.update(Msg::Answered(Answered { key, answer }));
    assert!(effects.iter().all(|effect| matches!(effect, Effect::Fill(_, text) if text.is_empty())));
    assert_eq!((page.waiting(), page.server()), (Some("sara"), Some(&server())));
    assert_eq!(page.server_name(), Some("The Band"));
    assert!(!format!("{page:?}").contains("eight"));
    let greeting =
        Greeting { note: Note::WaitsForApproval, user_name: "sara".to_owned(), server: Some(server()) };
    assert_eq!(page.update(Msg::Back), [Effect::OpenSignIn(Some(greeting))]);
    page.update(Msg::Opened { server: server(), user_name: String::new() });
    assert_eq!(page.waiting(), None);
}

#[test]
fn who_signs_up_stays_unless_they_say_otherwise() {
    let mut page = typed(GOOD);
    assert!(page.stays());
    page.update(Msg::Stay(false));
    let key = asked(&mut page);
    let answer = Answer::Reply(Reply::SignedIn(signed_in()));
    let effects = page.update(Msg::Answered(Answered { key, answer }));
    assert!(matches!(effects.last(), Some(Effect::Enter { stay: false, .. })), "{effects:?}");
}
