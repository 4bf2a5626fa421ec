//! The rules of the first page.

use parlour_common::message::{Denial, FieldFault, SignedIn};

use super::*;
use crate::network::LinkFault;

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn welcome() -> Reached {
    Reached::Yes(Box::new(crate::view_model::shell::tests::welcome()))
}

fn typed(server: &str, user_name: &str, password: &str) -> SignIn {
    let mut page = SignIn::default();
    page.update(Msg::Opened { servers: Vec::new(), greeting: None });
    for (entry, text) in ENTRIES.into_iter().zip([server, user_name, password]) {
        page.update(Msg::Typed(entry, secret(text)));
    }
    page
}

/// Brings a filled page to where the daemon is asked. Returns the key of the question.
fn asked(page: &mut SignIn) -> u32 {
    assert_eq!(page.update(Msg::Submit).len(), 1);
    match page.update(Msg::Reached(welcome())).as_slice() {
        [Effect::Ask { key, .. }] => *key,
        other => panic!("{other:?}"),
    }
}

fn answer(page: &mut SignIn, denial: Denial) -> Vec<Effect> {
    let key = asked(page);
    page.update(Msg::Answered(Answered { key, answer: Answer::Denied(denial) }))
}

#[test]
fn what_is_missing_is_named_and_what_was_typed_survives() {
    let missing = Problem::Fault(Fault::Missing {});
    for (server, user_name, password, wrong) in [
        ("", "sara", "secret pass", vec![Entry::Server]),
        ("host", " ", "secret pass", vec![Entry::UserName]),
        ("host", "sara", "", vec![Entry::Password]),
        ("", "", "", ENTRIES.to_vec()),
    ] {
        let mut page = typed(server, user_name, password);
        assert_eq!(page.update(Msg::Submit), [Effect::Focus(wrong[0])]);
        for entry in ENTRIES {
            assert_eq!(page.problems().at(entry), wrong.contains(&entry).then_some(&missing), "{entry:?}");
        }
        assert!(!page.is_busy());
        assert_eq!((page.server(), page.user_name()), (server, user_name));
    }
}

#[test]
fn a_bad_address_is_said_at_the_server() {
    let mut page = typed("http://host", "sara", "secret pass");
    assert_eq!(page.update(Msg::Submit), [Effect::Focus(Entry::Server)]);
    assert!(matches!(page.problems().at(Entry::Server), Some(Problem::BadAddress(_))));
}

#[test]
fn typing_takes_the_problem_of_that_entry_away() {
    let mut page = typed("", "", "x");
    page.update(Msg::Submit);
    page.update(Msg::Typed(Entry::UserName, secret("s")));
    assert!(page.problems().at(Entry::UserName).is_none());
    assert!(page.problems().at(Entry::Server).is_some());
}

#[test]
fn it_reaches_the_server_then_asks_then_enters() {
    let mut page = typed("host:81", " sara ", "secret pass");
    assert_eq!(page.update(Msg::Submit), [Effect::Reach("host:81".parse().unwrap())]);
    assert!(page.is_busy());
    assert_eq!(page.update(Msg::Submit), [], "an attempt is under way");
    let effects = page.update(Msg::Reached(welcome()));
    let [Effect::Ask { key, request: Request::SignIn(request) }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((request.user_name.as_str(), request.password.expose().as_str()), ("sara", "secret pass"));
    let signed_in: SignedIn = crate::view_model::shell::tests::signed_in();
    let reply = Answer::Reply(Reply::SignedIn(signed_in.clone()));
    let effects = page.update(Msg::Answered(Answered { key: *key, answer: reply }));
    assert_eq!(
        effects,
        [
            Effect::Fill(Entry::Password, String::new()),
            Effect::Enter { signed_in: Box::new(signed_in), stay: true }
        ],
        "the password does not stay behind"
    );
    assert!(!page.is_busy());
}

#[test]
fn each_refusal_is_said_where_it_belongs() {
    let throttled = Denial::Throttled { retry_after_ms: 9000 };
    let fault =
        FieldFault { field: parlour_common::message::Field::UserName, fault: Fault::TooLong { max: 32 } };
    let at: [(Denial, Option<Entry>, Problem); 6] = [
        (Denial::NotRegistered {}, Some(Entry::UserName), Problem::NotRegistered),
        (Denial::WrongPassword {}, Some(Entry::Password), Problem::WrongPassword),
        (Denial::SignInRefused {}, Some(Entry::Password), Problem::SignInRefused),
        (
            Denial::InvalidFields { faults: vec![fault] },
            Some(Entry::UserName),
            Problem::Fault(Fault::TooLong { max: 32 }),
        ),
        (throttled.clone(), None, Problem::Denied(throttled)),
        (Denial::Internal {}, None, Problem::Denied(Denial::Internal {})),
    ];
    for (denial, entry, problem) in at {
        let mut page = typed("host", "sara", "secret pass");
        let effects = answer(&mut page, denial);
        assert_eq!(effects, entry.map(Effect::Focus).into_iter().collect::<Vec<_>>());
        match entry {
            Some(entry) => assert_eq!(page.problems().at(entry), Some(&problem)),
            None => assert_eq!(page.problems().whole(), Some(&problem)),
        }
        assert!(!page.is_busy());
        assert_eq!(page.user_name(), "sara");
    }
}

#[test]
fn somebody_unknown_is_offered_an_account_of_that_name() {
    let mut page = typed("host", "sara", "secret pass");
    assert!(!page.offers_account());
    answer(&mut page, Denial::NotRegistered {});
    assert!(page.offers_account());
    let open =
        Effect::open(sign_up::Msg::Opened { server: "host".parse().unwrap(), user_name: "sara".to_owned() });
    assert_eq!(page.update(Msg::CreateAccount), [open]);
}

#[test]
fn an_account_needs_a_server_first() {
    let mut page = typed(" ", "", "");
    assert_eq!(page.update(Msg::CreateAccount), [Effect::Focus(Entry::Server)]);
    assert_eq!(page.problems().at(Entry::Server), Some(&Problem::Fault(Fault::Missing {})));
}

#[test]
fn a_server_out_of_reach_is_said_at_the_server() {
    let mut page = typed("host", "sara", "secret pass");
    page.update(Msg::Submit);
    let server: ServerAddress = "host".parse().unwrap();
    let no = Reached::No { server: server.clone(), why: LinkFault::Refused };
    assert_eq!(page.update(Msg::Reached(no)), [Effect::Focus(Entry::Server)]);
    let problem = Problem::CannotConnect { server, why: LinkFault::Refused };
    assert_eq!(page.problems().at(Entry::Server), Some(&problem));
    assert!(!page.is_busy());
}

#[test]
fn after_cancel_a_late_answer_changes_nothing() {
    let mut page = typed("host", "sara", "secret pass");
    let key = asked(&mut page);
    assert_eq!(page.update(Msg::Cancel), [Effect::GiveUp, Effect::Focus(Entry::Password)]);
    assert_eq!(page.update(Msg::Cancel), []);
    assert_eq!(page.update(Msg::Answered(Answered { key, answer: Answer::Lost })), []);
    assert_eq!(page.update(Msg::Reached(welcome())), []);
    assert!(page.problems().is_empty() && !page.is_busy());
}

#[test]
fn an_answer_that_was_lost_can_be_asked_for_again() {
    let mut page = typed("host", "sara", "secret pass");
    let key = asked(&mut page);
    page.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
    assert_eq!(page.problems().whole(), Some(&Problem::AnswerLost));
    assert_eq!(page.update(Msg::Submit).len(), 1);
}

#[test]
fn it_opens_with_the_last_server_and_name_and_the_keyboard_where_it_is_needed() {
    let mut page = SignIn::default();
    let effects = page.update(Msg::Opened { servers: Vec::new(), greeting: None });
    assert_eq!(effects[0], Effect::Fill(Entry::Server, "localhost:9000".to_owned()));
    assert_eq!(effects[3], Effect::Focus(Entry::UserName));
    let servers = [("b.org", "sara"), ("a.org", "ali")];
    let servers =
        servers.map(|(server, name)| Known { server: server.to_owned(), user_name: name.to_owned() });
    let effects = page.update(Msg::Opened { servers: servers.to_vec(), greeting: None });
    assert_eq!(effects[0], Effect::Fill(Entry::Server, "b.org".to_owned()));
    assert_eq!(effects[3], Effect::Focus(Entry::Password));
    let effects = page.update(Msg::ServerChosen("a.org".to_owned()));
    assert_eq!(
        effects,
        [
            Effect::Fill(Entry::Server, "a.org".to_owned()),
            Effect::Fill(Entry::UserName, "ali".to_owned()),
            Effect::Focus(Entry::Password),
        ]
    );
}

#[test]
fn nothing_printed_shows_the_password() {
    let mut page = typed("host", "sara", "secret pass");
    let msg = Msg::Typed(Entry::Password, secret("secret pass"));
    let effects = {
        page.update(Msg::Submit);
        page.update(Msg::Reached(welcome()))
    };
    assert!(!format!("{page:?} {msg:?} {effects:?}").contains("secret"));
}

#[test]
fn what_led_here_is_said_until_something_is_done() {
    let mut page = SignIn::default();
    let servers = vec![Known { server: "a.org".to_owned(), user_name: "sara".to_owned() }];
    let greeting = Greeting { note: Note::PasswordChanged, user_name: "ali".to_owned(), server: None };
    let effects = page.update(Msg::Opened { servers, greeting: Some(greeting) });
    assert_eq!(effects[1], Effect::Fill(Entry::UserName, "ali".to_owned()));
    assert_eq!((page.note(), page.user_name()), (Some(Note::PasswordChanged), "ali"));
    page.update(Msg::Submit);
    assert_eq!(page.note(), None);
}

#[test]
fn a_forgotten_password_leads_on_with_what_was_typed() {
    let mut page = typed("host:9001", " sara ", "");
    let server = "host:9001".parse().unwrap();
    let opened = reset::Msg::Opened { server, user_name: "sara".to_owned() };
    assert_eq!(page.update(Msg::Forgot), [Effect::open(opened)]);
    let mut page = typed("no host", "sara", "");
    assert_eq!(page.update(Msg::Forgot), [Effect::Focus(Entry::Server)]);
    assert!(page.problems().at(Entry::Server).is_some());
}

#[test]
fn who_does_not_want_to_stay_does_not() {
    let mut page = typed("host", "sara", "secret pass");
    assert!(page.stays());
    page.update(Msg::Stay(false));
    let key = asked(&mut page);
    let reply = Answer::Reply(Reply::SignedIn(crate::view_model::shell::tests::signed_in()));
    let effects = page.update(Msg::Answered(Answered { key, answer: reply }));
    assert!(matches!(effects.last(), Some(Effect::Enter { stay: false, .. })), "{effects:?}");
    page.update(Msg::Opened { servers: Vec::new(), greeting: None });
    assert!(page.stays(), "each time anew");
}

#[test]
fn a_greeting_begins_with_its_own_server_and_name() {
    let known = |server: &str| Known { server: server.to_owned(), user_name: "ali".to_owned() };
    let servers = vec![known("other:9000"), known("host:9000")];
    let greet = |address: &str| {
        let server = Some(address.parse().unwrap());
        Some(Greeting { note: Note::PasswordChanged, user_name: "sara".to_owned(), server })
    };
    let mut page = SignIn::default();
    page.update(Msg::Opened { servers: servers.clone(), greeting: greet("host") });
    assert_eq!((page.server(), page.user_name()), ("host:9000", "sara"));
    assert_eq!(page.note(), Some(Note::PasswordChanged));
    page.update(Msg::Opened { servers: servers.clone(), greeting: greet("new:1") });
    assert_eq!(page.server(), "new:1");
    page.update(Msg::Opened { servers, greeting: None });
    assert_eq!((page.server(), page.user_name(), page.note()), ("other:9000", "ali", None));
}
