//! The rules of the window, and what other tests need of a daemon.

use parlour_common::Secret;
use parlour_common::message::{
    ClosingReason, Denial, Event, LibraryState, Limits, Policies, Reply, SessionToken, SignIn, Welcome,
};
use parlour_common::names::{Email, PhonePattern, UserName};

use std::time::Duration;

use super::*;
use crate::network::{Answer, LinkFault, LinkState, Report};
use crate::view_model::{Answered, Reached, files, library, room, settings, sign_in, sign_up};

/// A yes.
const YES: Chosen = Chosen { choice: Choice::Yes, for_all: false };

/// A daemon's welcome, for every test of a page.
pub(crate) fn welcome() -> Welcome {
    Welcome {
        protocol: 1,
        server: "The Band".to_owned(),
        software: "test".to_owned(),
        limits: Limits {
            message_bytes_max: 65_536,
            message_before_sign_in_bytes_max: 4096,
            chunk_data_bytes_max: 262_144,
            heartbeat_seconds: 30,
            silence_seconds_max: 75,
            transfers_per_connection_max: 8,
            requests_under_way_max: 16,
            tracks_per_page_max: 48,
            password_chars_min: 8,
        },
        policies: Policies {
            trash_days: 30,
            history_days: 0,
            phone_pattern: parlour_common::limits::PHONE_PATTERN_DEFAULT.to_owned(),
            strict_sign_in_errors: false,
            reset_by_mail: false,
            sign_up: Default::default(),
        },
    }
}

/// Somebody signed in, for every test of a page.
pub(crate) fn signed_in() -> SignedIn {
    SignedIn {
        account: OwnAccount {
            user_name: UserName::parse("sara").unwrap(),
            email: Email::parse("sara@example.org").unwrap(),
            phone: PhonePattern::default().check("09121234567").unwrap(),
            about: String::new(),
            created_unix_ms: 0,
            role: Default::default(),
            visibility: Default::default(),
        },
        session: Some(Secret::new(SessionToken::new([7; 32]))),
        device_proof: None,
    }
}

pub(super) fn server() -> ServerAddress {
    "host".parse().unwrap()
}

pub(super) fn up() -> Report {
    Report::Link(LinkState::Up { welcome: welcome() })
}

fn lost(retry_in: Option<u64>) -> Report {
    let why = LinkFault::Closed(Some(ClosingReason::Shutdown {}));
    Report::Link(LinkState::Lost { why, retry_in: retry_in.map(Duration::from_millis) })
}

fn request() -> Request {
    let password = Secret::new("secret pass".to_owned());
    Request::SignIn(SignIn {
        user_name: "sara".to_owned(),
        password,
        device: String::new(),
        device_proof: None,
    })
}

pub(super) fn entering() -> Effect {
    Effect::Enter { signed_in: Box::new(signed_in()), stay: true }
}

/// A window in which sara is signed in.
pub(super) fn inside() -> Shell {
    let mut shell = Shell::default();
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    shell.handle_report(up());
    shell.handle_effect(Page::SignIn, entering());
    shell
}

#[test]
fn a_form_reaches_its_server_and_is_told() {
    let mut shell = Shell::default();
    let acts = shell.handle_effect(Page::SignUp, Effect::Reach(server()));
    assert!(matches!(acts.as_slice(), [Act::Send(Command::Connect { .. })]), "{acts:?}");
    let acts = shell.handle_report(up());
    assert!(
        matches!(acts.as_slice(), [Act::Tell(ToPage::SignUp(sign_up::Msg::Reached(Reached::Yes(_))))]),
        "{acts:?}"
    );
    let acts = shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    assert!(
        matches!(acts.as_slice(), [Act::Tell(ToPage::SignIn(sign_in::Msg::Reached(Reached::Yes(_))))]),
        "{acts:?}"
    );
    let acts = shell.handle_effect(Page::SignIn, Effect::Reach("other".parse().unwrap()));
    assert!(matches!(acts.as_slice(), [Act::Send(Command::Connect { .. })]), "another server: {acts:?}");
    let acts = shell.handle_report(lost(Some(500)));
    assert!(
        matches!(
            acts.as_slice(),
            [
                Act::Send(Command::Disconnect),
                Act::Tell(ToPage::SignIn(sign_in::Msg::Reached(Reached::No { .. })))
            ]
        ),
        "{acts:?}"
    );
    assert!(shell.banner().is_none(), "a form says it itself");
}

#[test]
fn a_loss_that_no_form_waits_for_is_not_spoken_of() {
    let mut shell = Shell::default();
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    shell.handle_report(up());
    let acts = shell.handle_report(lost(None));
    assert!(matches!(acts.as_slice(), [Act::Send(Command::Disconnect)]), "{acts:?}");
}

#[test]
fn answers_go_to_the_page_that_asked() {
    let mut shell = Shell::default();
    let acts = shell.handle_effect(Page::SignIn, Effect::Ask { key: 7, request: request() });
    let [Act::Send(Command::Ask { ticket, .. })] = acts.as_slice() else { panic!("{acts:?}") };
    let report = || Report::Answered { ticket: *ticket, answer: Answer::Lost };
    let acts = shell.handle_report(report());
    let [Act::Tell(ToPage::SignIn(sign_in::Msg::Answered(Answered { key: 7, .. })))] = acts.as_slice() else {
        panic!("{acts:?}")
    };
    assert!(shell.handle_report(report()).is_empty(), "once");
}

#[test]
fn signing_in_opens_the_library_and_is_remembered() {
    let mut shell = Shell::default();
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    shell.handle_report(up());
    let acts = shell.handle_effect(Page::SignIn, entering());
    let [
        Act::Show(Page::Library),
        Act::Remember(memory),
        Act::Secret(_),
        Act::Transfers(transfers::Msg::Opened { server: at, user_name }),
        Act::OpenPlaces { .. },
    ] = acts.as_slice()
    else {
        panic!("{acts:?}")
    };
    assert_eq!(*memory, Memory::SignedIn { server: server(), user_name: "sara".to_owned(), stay: true });
    assert_eq!((at.as_str(), user_name.as_str()), ("host", "sara"), "whose transfers go on");
    assert_eq!(shell.page(), Page::Library);
    assert_eq!(shell.server_name(), Some("The Band"));
}

#[test]
fn the_banner_comes_counts_down_and_goes() {
    let mut shell = inside();
    let acts = shell.handle_report(lost(Some(4200)));
    assert!(matches!(acts.as_slice(), [Act::Tell(ToPage::Room(room::Msg::LinkLost))]), "{acts:?}");
    assert_eq!(shell.server_name(), Some("The Band"), "it keeps its name");
    let seconds = |shell: &Shell| match shell.banner() {
        Some(Banner::Lost { seconds, .. }) => *seconds,
        other => panic!("{other:?}"),
    };
    assert_eq!(seconds(&shell), Some(5));
    shell.tick();
    assert_eq!(seconds(&shell), Some(4));
    assert!(matches!(shell.try_now().as_slice(), [Act::Send(Command::RetryNow)]));
    assert_eq!(shell.banner(), Some(&Banner::Trying));
    shell.handle_report(Report::Link(LinkState::Connecting));
    shell.handle_report(up());
    assert_eq!(shell.banner(), Some(&Banner::Trying), "not yet signed in again");
    let acts = shell.handle_report(Report::Link(LinkState::Resumed { signed_in: signed_in() }));
    let [
        Act::Tell(ToPage::Library(library::Msg::Resumed)),
        Act::Tell(ToPage::Files(files::Msg::Resumed)),
        Act::Tell(ToPage::Room(room::Msg::Resumed)),
    ] = acts.as_slice()
    else {
        panic!("{acts:?}")
    };
    assert_eq!(shell.banner(), None);
    assert_eq!(shell.page(), Page::Library);
    shell.handle_report(lost(None));
    assert_eq!(seconds(&shell), None);
    for _ in 0..9 {
        shell.tick();
    }
    assert_eq!(seconds(&shell), None);
    assert!(Shell::default().try_now().is_empty());
}

#[test]
fn signing_out_ends_the_session_and_leaves_nothing() {
    let mut shell = inside();
    let acts = shell.sign_out(None);
    let [
        Act::Send(Command::Ask { ticket, request: Request::SignOut {} }),
        Act::Remember(Memory::SignedOut { .. }),
        Act::Secret(_),
        Act::Transfers(transfers::Msg::Reset),
        Act::Tell(ToPage::Room(room::Msg::SignedOut)),
        Act::Show(Page::SignIn),
        Act::OpenSignIn(None),
    ] = acts.as_slice()
    else {
        panic!("{acts:?}")
    };
    assert!(shell.account().is_none());
    let done = Report::Answered { ticket: *ticket, answer: Answer::Reply(Reply::Done {}) };
    assert!(matches!(shell.handle_report(done).as_slice(), [Act::Send(Command::Disconnect)]));
    assert!(shell.sign_out(None).is_empty());

    // Somebody was quicker: the link is theirs now.
    let mut shell = inside();
    let acts = shell.sign_out(None);
    let [Act::Send(Command::Ask { ticket, .. }), ..] = acts.as_slice() else { panic!("{acts:?}") };
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    let done = Report::Answered { ticket: *ticket, answer: Answer::Reply(Reply::Done {}) };
    assert!(shell.handle_report(done).is_empty());

    // With no link there is nobody to tell.
    let mut shell = inside();
    shell.handle_report(lost(Some(1)));
    assert!(matches!(shell.sign_out(None).first(), Some(Act::Send(Command::Disconnect))));
}

#[test]
fn a_session_ended_elsewhere_is_said_at_the_first_page() {
    for way in 0..2 {
        let mut shell = inside();
        let acts = if way == 0 {
            shell.handle_report(Report::Told(Event::SessionEnded {}))
        } else {
            let acts = shell.handle_effect(Page::Library, Effect::Ask { key: 1, request: request() });
            let [Act::Send(Command::Ask { ticket, .. })] = acts.as_slice() else { panic!("{acts:?}") };
            let answer = Answer::Denied(Denial::SessionEnded {});
            shell.handle_report(Report::Answered { ticket: *ticket, answer })
        };
        let Some(Act::OpenSignIn(Some(greeting))) = acts.last() else { panic!("{acts:?}") };
        assert_eq!((greeting.note, greeting.user_name.as_str()), (Note::SessionEnded, "sara"));
        assert_eq!((shell.page(), shell.account()), (Page::SignIn, None));
        assert!(shell.handle_report(Report::Told(Event::SessionEnded {})).is_empty());
    }
}

#[test]
fn what_the_daemon_tells_goes_to_the_library_of_who_is_inside() {
    let state = LibraryState { generation: 2, tracks: 1, scanning: false };
    let told = || Report::Told(Event::LibraryChanged(state));
    assert!(Shell::default().handle_report(told()).is_empty());
    assert!(matches!(inside().handle_report(told()).as_slice(), [Act::Tell(ToPage::Library(_))]));
}

#[test]
fn back_asks_the_page_and_leads_to_where_one_was() {
    let mut shell = Shell::default();
    assert!(!shell.has_way_back());
    let open = Effect::open(sign_up::Msg::Opened { server: server(), user_name: String::new() });
    let acts = shell.handle_effect(Page::SignIn, open);
    assert!(matches!(acts.as_slice(), [Act::Show(Page::SignUp), Act::Tell(ToPage::SignUp(_))]), "{acts:?}");
    assert!(shell.has_way_back());
    let acts = shell.back();
    assert!(matches!(acts.as_slice(), [Act::Tell(ToPage::SignUp(sign_up::Msg::Back))]), "{acts:?}");
    let acts = shell.handle_effect(Page::SignUp, Effect::Back);
    assert!(matches!(acts.as_slice(), [Act::Show(Page::SignIn)]), "{acts:?}");
    assert!(shell.handle_effect(Page::SignUp, Effect::Back).is_empty(), "it is left already");
    let mut inside = inside();
    assert!(inside.back().is_empty(), "there is nothing behind the library");
    assert_eq!(inside.page(), Page::Library);
}

#[test]
fn a_question_stands_until_it_is_answered_and_back_is_a_no() {
    let mut shell = inside();
    for answer in [Shell::back, |shell: &mut Shell| shell.answer(YES)] {
        assert!(shell.handle_effect(Page::Library, Effect::Confirm(Question::StoreAccount)).is_empty());
        assert_eq!(shell.question(), Some(&Question::StoreAccount));
        answer(&mut shell);
        assert_eq!((shell.question(), shell.page()), (None, Page::Library));
    }
    assert!(shell.answer(YES).is_empty(), "nothing is asked");
    shell.handle_effect(Page::Library, Effect::Confirm(Question::StoreAccount));
    shell.handle_report(Report::Told(Event::SessionEnded {}));
    assert_eq!(shell.question(), None);
}

#[test]
fn an_account_changed_elsewhere_is_known_at_once() {
    let mut shell = inside();
    let mut changed = signed_in().account;
    changed.about = "I play the cello.".to_owned();
    shell.handle_report(Report::Told(Event::AccountChanged(changed.clone())));
    assert_eq!(shell.account(), Some(&changed));
}

#[test]
fn the_settings_open_above_the_library_and_hear_of_the_account() {
    assert!(Shell::default().open_settings().is_empty(), "nobody is signed in");
    let mut shell = inside();
    let acts = shell.open_settings();
    let [Act::Show(Page::Settings), Act::Tell(ToPage::Settings(settings::Msg::Opened { account, .. }))] =
        acts.as_slice()
    else {
        panic!("{acts:?}")
    };
    assert_eq!(**account, signed_in().account);
    assert!(shell.open_settings().is_empty(), "once");
    let changed = OwnAccount { about: "Flute.".to_owned(), ..signed_in().account };
    let acts = shell.handle_report(Report::Told(Event::AccountChanged(changed)));
    assert!(matches!(acts.as_slice(), [Act::Tell(ToPage::Settings(settings::Msg::AccountChanged(_)))]));
    assert!(matches!(shell.back().first(), Some(Act::Show(Page::Library))));
}

#[test]
fn an_account_that_was_stored_is_known_to_the_window() {
    let mut shell = inside();
    let acts = shell.handle_effect(Page::Account, Effect::Ask { key: 1, request: Request::GetAccount {} });
    let [Act::Send(Command::Ask { ticket, .. })] = acts.as_slice() else { panic!("{acts:?}") };
    let changed = OwnAccount { about: "Flute.".to_owned(), ..signed_in().account };
    let answer = Answer::Reply(Reply::Account(changed.clone()));
    shell.handle_report(Report::Answered { ticket: *ticket, answer });
    assert_eq!(shell.account(), Some(&changed));
}

#[test]
fn a_deleted_account_is_forgotten_at_its_server() {
    let mut shell = inside();
    let greeting = Greeting { note: Note::AccountDeleted, user_name: String::new(), server: None };
    let acts = shell.handle_effect(Page::DeleteAccount, Effect::OpenSignIn(Some(greeting.clone())));
    let [
        Act::Send(Command::Disconnect),
        Act::Remember(Memory::AccountDeleted { .. }),
        Act::Remember(Memory::SignedOut { .. }),
        Act::Secret(_),
        Act::Transfers(transfers::Msg::Reset),
        Act::Tell(ToPage::Room(room::Msg::SignedOut)),
        Act::Show(Page::SignIn),
        Act::OpenSignIn(Some(said)),
    ] = acts.as_slice()
    else {
        panic!("{acts:?}")
    };
    assert_eq!(*said, greeting);
    assert!(shell.account().is_none());
}

#[test]
fn a_name_that_is_taken_is_asked_about_behind_the_question_of_a_page() {
    let mut shell = inside();
    let conflict =
        transfers::Conflict { file_name: "a.txt".to_owned(), new_bytes: 1, old_bytes: 2, old_unix_ms: 3 };
    shell.handle_effect(Page::Library, Effect::Confirm(Question::StoreAccount));
    shell.handle_effect(Page::Library, Effect::AskName(Some(Box::new(conflict.clone()))));
    assert_eq!(shell.conflict(), None, "one question at a time");
    shell.answer(YES);
    assert_eq!(shell.conflict(), Some(&conflict));
    let for_all = Chosen { choice: Choice::Third, for_all: true };
    let acts = shell.answer(for_all);
    let [Act::Transfers(transfers::Msg::Chosen(answer))] = acts.as_slice() else { panic!("{acts:?}") };
    assert!(answer.for_all && answer.same_name == Some(parlour_common::message::SameName::KeepBoth));
    assert!(!shell.is_asking() && shell.answer(YES).is_empty());

    shell.handle_effect(Page::Library, Effect::AskName(Some(Box::new(conflict))));
    let acts = shell.back();
    let [Act::Transfers(transfers::Msg::Chosen(answer))] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!((answer.same_name, answer.for_all), (None, false), "Esc skips this one");
}
