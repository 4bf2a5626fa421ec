//! The rules of coming back without a password.

use super::*;
use crate::network::LinkFault;
use crate::view_model::shell::tests::{signed_in, welcome};

fn server() -> ServerAddress {
    "host".parse().unwrap()
}

fn owner() -> Owner {
    Owner::new(&server(), "sara")
}

fn token() -> Secret<SessionToken> {
    Secret::new(SessionToken::new([7; 32]))
}

fn opened() -> Returning {
    let mut returning = Returning::default();
    let effects = returning.update(Msg::Opened { server: server(), user_name: "sara".to_owned() });
    assert_eq!(effects, [Effect::FindSession(owner())]);
    assert!(returning.problem().is_none());
    returning
}

fn reaching() -> Returning {
    let mut returning = opened();
    assert_eq!(returning.update(Msg::Found(Ok(Some(token())))), [Effect::Reach(server())]);
    returning
}

/// Asks, and answers.
fn answered(returning: &mut Returning, answer: Answer) -> Vec<Effect> {
    let effects = returning.update(Msg::Reached(Reached::Yes(Box::new(welcome()))));
    let [Effect::Ask { key, request: Request::Resume(resume) }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(resume.session, token());
    returning.update(Msg::Answered(Answered { key: *key, answer }))
}

fn first_page(note: Note) -> Effect {
    let greeting = Greeting { note, user_name: "sara".to_owned(), server: Some(server()) };
    Effect::OpenSignIn(Some(greeting))
}

fn seconds(returning: &Returning) -> Option<u32> {
    returning.problem().and_then(|(_, seconds)| seconds)
}

#[test]
fn the_session_leads_straight_in() {
    let mut returning = reaching();
    let effects = answered(&mut returning, Answer::Reply(Reply::SignedIn(signed_in())));
    assert_eq!(effects, [Effect::Enter { signed_in: Box::new(signed_in()), stay: true }]);
    assert_eq!(returning.server_name(), Some("The Band"));
    assert!(!format!("{returning:?}").contains('7') && returning.session.is_none());
}

#[test]
fn a_session_that_has_ended_is_forgotten_and_said_on_the_first_page() {
    let mut returning = reaching();
    let effects = answered(&mut returning, Answer::Denied(Denial::SessionEnded {}));
    assert_eq!(effects, [Effect::ForgetSession(owner()), first_page(Note::SessionEnded)]);
}

#[test]
fn a_session_that_is_not_to_be_had_leads_to_the_first_page() {
    let mut returning = opened();
    let effects = returning.update(Msg::Found(Ok(None)));
    assert_eq!(effects, [Effect::ForgetSession(owner()), Effect::OpenSignIn(None)]);
    assert!(returning.update(Msg::Found(Ok(Some(token())))).is_empty(), "too late");
    for (fault, note) in [
        (KeyringFault::Locked, Note::KeyringLocked),
        (KeyringFault::Absent("no bus".to_owned()), Note::KeyringFailed),
    ] {
        // It may be there at the next start: nothing is forgotten.
        assert_eq!(opened().update(Msg::Found(Err(fault))), [first_page(note)]);
    }
}

#[test]
fn a_server_out_of_reach_is_said_and_tried_again_less_and_less_often() {
    let mut returning = reaching();
    let no = || Msg::Reached(Reached::No { server: server(), why: LinkFault::Refused });
    for pause in [5, 10, 20, 40, 60, 60] {
        assert_eq!(returning.update(no()), [Effect::TickSoon]);
        assert_eq!(seconds(&returning), Some(pause));
        let problem = Problem::CannotConnect { server: server(), why: LinkFault::Refused };
        assert_eq!(returning.problem().map(|(problem, _)| problem), Some(&problem));
        for left in (1..pause).rev() {
            assert_eq!(returning.update(Msg::Tick), [Effect::TickSoon]);
            assert_eq!(seconds(&returning), Some(left));
        }
        assert_eq!(returning.update(Msg::Tick), [Effect::Reach(server())]);
        assert!(returning.problem().is_none());
    }
    assert!(returning.update(Msg::TryNow).is_empty(), "it is tried already");
    returning.update(no());
    assert_eq!(returning.update(Msg::TryNow), [Effect::Reach(server())]);
    assert!(returning.update(Msg::Tick).is_empty());
    // Two counts do not run at once.
    returning.update(no());
    returning.update(Msg::TryNow);
    assert!(returning.update(no()).is_empty());
}

#[test]
fn refusals_are_said_and_only_those_that_pass_are_waited_for() {
    let mut returning = reaching();
    assert_eq!(answered(&mut returning, Answer::Lost), [Effect::TickSoon]);
    assert_eq!(returning.problem(), Some((&Problem::AnswerLost, Some(5))));
    let mut returning = reaching();
    let busy = Denial::Busy { retry_after_ms: 29_500 };
    answered(&mut returning, Answer::Denied(busy.clone()));
    assert_eq!(returning.problem(), Some((&Problem::Denied(busy), Some(30))));
    let mut returning = reaching();
    let disabled = Denial::AccountDisabled {};
    assert!(answered(&mut returning, Answer::Denied(disabled.clone())).is_empty());
    assert_eq!(returning.problem(), Some((&Problem::Denied(disabled), None)));
}

#[test]
fn one_can_sign_in_otherwise_at_any_moment() {
    let mut returning = opened();
    assert_eq!(returning.update(Msg::Back), [Effect::OpenSignIn(None)]);
    assert!(returning.update(Msg::Found(Ok(Some(token())))).is_empty());
    let mut returning = reaching();
    assert_eq!(returning.update(Msg::Back), [Effect::GiveUp, Effect::OpenSignIn(None)]);
    assert!(returning.update(Msg::Reached(Reached::Yes(Box::new(welcome())))).is_empty());
    let mut returning = reaching();
    answered(&mut returning, Answer::Lost);
    assert_eq!(returning.update(Msg::Back), [Effect::OpenSignIn(None)]);
    assert!(returning.update(Msg::Tick).is_empty());
}
