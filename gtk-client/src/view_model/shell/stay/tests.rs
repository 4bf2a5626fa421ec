//! The rules of staying signed in.

use parlour_common::message::{Reply, SessionToken};

use super::super::tests::{signed_in, welcome};
use super::*;
use crate::network::{Answer, Command, LinkState, Report};
use crate::secrets::KeyringFault;
use crate::view_model::{Effect, ToPage};

fn server() -> ServerAddress {
    "host".parse().unwrap()
}

fn owner(user_name: &str) -> Owner {
    Owner::new(&server(), user_name)
}

fn token() -> Secret<SessionToken> {
    Secret::new(SessionToken::new([7; 32]))
}

fn proof(byte: u8) -> Secret<DeviceProof> {
    Secret::new(DeviceProof::new([byte; 48]))
}

/// A window that is linked, with nobody signed in.
fn linked() -> Shell {
    let mut shell = Shell::default();
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    shell.handle_report(Report::Link(LinkState::Up { welcome: welcome() }));
    shell
}

fn enter(shell: &mut Shell, signed_in: SignedIn, stay: bool) -> Vec<Act> {
    shell.handle_effect(Page::SignIn, Effect::Enter { signed_in: Box::new(signed_in), stay })
}

/// Returns the secrets' part of what is to be done.
fn wishes(acts: &[Act]) -> Vec<&Wish> {
    fn wish(act: &Act) -> Option<&Wish> {
        match act {
            Act::Secret(wish) => Some(wish),
            _ => None,
        }
    }
    acts.iter().filter_map(wish).collect()
}

fn memories(acts: &[Act]) -> Vec<&Memory> {
    fn memory(act: &Act) -> Option<&Memory> {
        match act {
            Act::Remember(memory) => Some(memory),
            _ => None,
        }
    }
    acts.iter().filter_map(memory).collect()
}

#[test]
fn who_stays_is_kept_and_who_leaves_is_forgotten() {
    let mut shell = linked();
    let acts = enter(&mut shell, SignedIn { device_proof: Some(proof(1)), ..signed_in() }, true);
    let keep = [Wish::Keep(owner("sara"), token()), Wish::KeepProof(owner("sara"), proof(1))];
    assert_eq!(wishes(&acts), keep.iter().collect::<Vec<_>>());
    let memory = Memory::SignedIn { server: server(), user_name: "sara".to_owned(), stay: true };
    assert_eq!(memories(&acts), [&memory]);
    assert!(shell.quit().is_empty(), "it outlasts the app");

    let acts = shell.sign_out(None);
    assert_eq!(wishes(&acts), [&Wish::Forget(owner("sara"))]);
    assert_eq!(memories(&acts), [&Memory::SignedOut { server: server() }]);
    // The proof stays: it is no key to anything.
    let sign_in = |user_name: &str| {
        Request::SignIn(SignIn {
            user_name: user_name.to_owned(),
            password: Secret::new("secret pass".to_owned()),
            device: String::new(),
            device_proof: None,
        })
    };
    for (user_name, proof) in [(" SARA", Some(proof(1))), ("ali", None)] {
        let ask = Effect::Ask { key: 1, request: sign_in(user_name) };
        let acts = shell.handle_effect(Page::SignIn, ask);
        let [Act::Send(Command::Ask { request: Request::SignIn(sign_in), .. })] = acts.as_slice() else {
            panic!("{acts:?}")
        };
        assert_eq!(sign_in.device_proof, proof, "{user_name}");
    }
}

#[test]
fn every_way_out_forgets() {
    let ways: [fn(&mut Shell) -> Vec<Act>; 3] = [
        |shell| shell.handle_report(Report::Told(parlour_common::message::Event::SessionEnded {})),
        |shell| shell.handle_effect(Page::Library, Effect::OpenSignIn(None)),
        |shell| shell.handle_effect(Page::Library, Effect::SignOut(None)),
    ];
    for way in ways {
        let mut shell = linked();
        enter(&mut shell, signed_in(), true);
        assert_eq!(wishes(&way(&mut shell)), [&Wish::Forget(owner("sara"))]);
    }
}

#[test]
fn a_session_that_is_not_to_stay_ends_with_the_app() {
    let mut shell = linked();
    let acts = enter(&mut shell, signed_in(), false);
    assert_eq!(wishes(&acts), [&Wish::Forget(owner("sara"))], "one of before");
    let acts = shell.quit();
    let [Act::Send(Command::Ask { ticket, request: Request::SignOut {} })] = acts.as_slice() else {
        panic!("{acts:?}")
    };
    assert!(shell.is_leaving());
    shell.handle_report(Report::Answered { ticket: *ticket, answer: Answer::Reply(Reply::Done {}) });
    assert!(!shell.is_leaving());
    assert!(linked().quit().is_empty(), "nobody is signed in");
}

#[test]
fn the_start_goes_on_where_somebody_stayed() {
    let mut shell = Shell::default();
    assert_eq!(wishes(&shell.start(Left::default())), [&Wish::ReadProofs]);
    assert_eq!(shell.page(), Page::SignIn);

    let mut shell = Shell::default();
    let who = Some((server(), "sara".to_owned()));
    let acts = shell.start(Left { who, is_told_of_file: false });
    assert_eq!(shell.page(), Page::Returning);
    assert!(!shell.has_way_back());
    let opened = returning::Msg::Opened { server: server(), user_name: "sara".to_owned() };
    assert!(matches!(acts.last(), Some(Act::Tell(ToPage::Returning(msg))) if *msg == opened), "{acts:?}");
    let acts = shell.handle_effect(Page::Returning, Effect::FindSession(owner("sara")));
    assert_eq!(wishes(&acts), [&Wish::Find(owner("sara"))]);
    let found = || Err(KeyringFault::Locked);
    let acts = shell.handle_told(Told::Found(owner("sara"), found()));
    assert!(
        matches!(acts.as_slice(), [Act::Tell(ToPage::Returning(msg))] if *msg == returning::Msg::Found(found()))
    );
    // Whoever comes back has no new token: the one before goes on, and is forgotten at sign-out.
    shell.handle_effect(Page::Returning, Effect::Reach(server()));
    let acts = enter(&mut shell, SignedIn { session: None, ..signed_in() }, true);
    assert!(wishes(&acts).is_empty());
    assert_eq!(wishes(&shell.sign_out(None)), [&Wish::Forget(owner("sara"))]);
}

#[test]
fn a_session_of_before_is_forgotten_when_another_person_comes_in() {
    let mut shell = Shell::default();
    shell.start(Left { who: Some((server(), "ali".to_owned())), is_told_of_file: true });
    shell.handle_effect(Page::Returning, Effect::OpenSignIn(None));
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    let acts = enter(&mut shell, signed_in(), true);
    let expected = [Wish::Forget(owner("ali")), Wish::Keep(owner("sara"), token())];
    assert_eq!(wishes(&acts), expected.iter().collect::<Vec<_>>());

    let mut shell = Shell::default();
    shell.start(Left { who: Some((server(), "ali".to_owned())), is_told_of_file: true });
    let acts = shell.handle_effect(Page::Returning, Effect::ForgetSession(owner("ali")));
    assert_eq!(wishes(&acts), [&Wish::Forget(owner("ali"))]);
    assert_eq!(memories(&acts), [&Memory::SignedOut { server: server() }]);
    shell.handle_effect(Page::SignIn, Effect::Reach(server()));
    assert_eq!(wishes(&enter(&mut shell, signed_in(), true)), [&Wish::Keep(owner("sara"), token())]);
}

#[test]
fn a_file_in_place_of_a_keyring_is_said_once() {
    let mut shell = linked();
    let kept = |keeping| Told::Kept(owner("sara"), keeping);
    assert!(shell.handle_told(kept(Keeping::Keyring)).is_empty());
    let acts = shell.handle_told(kept(Keeping::File));
    assert!(
        matches!(acts.as_slice(), [Act::Say(Notice::KeptInFile), Act::Remember(Memory::ToldOfFile)]),
        "{acts:?}"
    );
    assert!(shell.handle_told(kept(Keeping::File)).is_empty());
    assert!(matches!(shell.handle_told(kept(Keeping::Nowhere)).as_slice(), [Act::Say(Notice::NotKept)]));
}
