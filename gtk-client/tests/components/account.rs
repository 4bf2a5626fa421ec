//! The settings and the pages behind them.

use parlour_common::Secret;
use parlour_common::limits::PHONE_PATTERN_DEFAULT;
use parlour_common::message::{
    MemberPage, OwnAccount, Profile, Role, SessionEntry, SessionId, SessionList, SharedFate, Visibility,
};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_gtk::pages::account::AccountPage;
use parlour_gtk::pages::delete_account::DeleteAccountPage;
use parlour_gtk::pages::devices::DevicesPage;
use parlour_gtk::pages::members::MembersPage;
use parlour_gtk::pages::password::PasswordPage;
use parlour_gtk::pages::profile::ProfilePage;
use parlour_gtk::pages::settings::SettingsPage;
use parlour_gtk::view_model::choices::{Choices, SaveCards};
use parlour_gtk::view_model::settings::{ROWS, Row};
use parlour_gtk::view_model::{
    Question, account, delete_account, devices, members, password, profile, settings,
};
use relm4::gtk::prelude::*;

use super::*;

fn own() -> OwnAccount {
    OwnAccount {
        user_name: UserName::parse("sara").expect("it is valid"),
        email: Email::parse("sara@example.org").expect("it is valid"),
        phone: PhonePattern::default().check("09121234567").expect("it is valid"),
        about: "I play the cello.\nAsk me!".to_owned(),
        visibility: Visibility::default(),
        role: Role::Curator,
        created_unix_ms: 1_773_300_000_000,
    }
}

fn member(name: &str) -> Profile {
    Profile {
        user_name: UserName::parse(name).expect("it is valid"),
        role: Role::Member,
        created_unix_ms: 1_773_300_000_000,
        email: None,
        phone: None,
        about: None,
    }
}

/// Returns the key of the last question a page has sent up.
fn last_key(sent: &Sent) -> u32 {
    match sent.borrow().last() {
        Some(Effect::Ask { key, .. }) => *key,
        other => panic!("no question but {other:?}"),
    }
}

#[test]
fn each_row_of_the_settings_is_shown_and_sends_up_where_it_leads() {
    on_screen(|| {
        let (page, window, sent) = launch::<SettingsPage>();
        page.emit(settings::Msg::Opened {
            // An admin has every row.
            account: Box::new(OwnAccount { role: Role::Admin, ..own() }),
            server: "<b>The</b> Band".to_owned(),
            phone_pattern: None,
            choices: Choices::default(),
        });
        work_until("who it is", || shows(&window, "sara") && shows(&window, "Admin on \u{2068}<b>The</b>"));
        for row in ROWS.concat() {
            page.model().row(row).expect("a row").emit_by_name::<()>("activated", &[]);
        }
        work_until("every way", || sent.borrow().len() == ROWS.concat().len());
        assert!(page.model().row(Row::SignOut).is_some() && sent.borrow().contains(&Effect::SignOut(None)));
    });
}

#[test]
fn what_is_chosen_about_the_room_is_shown_and_sent_up() {
    on_screen(|| {
        let (page, window, sent) = launch::<SettingsPage>();
        let choices = Choices { save_cards: SaveCards::UpToMib(7), ..Choices::default() };
        page.emit(settings::Msg::Opened {
            account: Box::new(own()),
            server: "The Band".to_owned(),
            phone_pattern: None,
            choices,
        });
        let shown = |texts: &[&str]| texts.iter().all(|text| shows(&window, text));
        work_until("what is chosen", || shown(&["Messages to me", "Up to 7 MiB"]));
        assert!(sent.borrow().is_empty(), "to show it is not to choose it");
        page.emit(settings::Msg::Set(settings::Setting::DoNotDisturb(true)));
        let quiet = Effect::RememberChoices(Choices { do_not_disturb: true, ..choices });
        work_until("the choice", || sent.borrow().last() == Some(&quiet));
        page.emit(settings::Msg::ChoicesChanged(Choices { save_cards: SaveCards::Always, ..choices }));
        work_until("what is chosen elsewhere", || shows(&window, "Always"));
        assert_eq!(sent.borrow().len(), 1);
    });
}

#[test]
fn the_account_page_applies_what_was_changed_and_brings_back_what_was_not_meant() {
    on_screen(|| {
        let (page, window, sent) = launch::<AccountPage>();
        page.emit(account::Msg::Opened {
            account: Box::new(own()),
            phone_pattern: Some(PHONE_PATTERN_DEFAULT.to_owned()),
        });
        work_until("what is stored", || shows(&window, "Curator since "));
        let email = page.model().body().form().row(Entry::Email).cloned().expect("a row");
        let about = page.model().body().form().area(Entry::About).expect("an area").buffer();
        let typed = || about.text(&about.start_iter(), &about.end_iter(), false).to_string();
        assert_eq!((email.text().as_str(), typed()), ("sara@example.org", own().about));
        let apply = page.model().body().submit().clone();
        assert!(!apply.is_sensitive(), "nothing is changed");
        about.set_text("I play the flute.");
        work_until("something to store", || apply.is_sensitive());
        about.set_text(&own().about);
        work_until("nothing to store", || !apply.is_sensitive());

        let shown = page.model().switch(Entry::Email).cloned().expect("a switch");
        shown.set_active(true);
        email.set_text("sara@");
        apply.emit_clicked();
        work_until("the fault", || shows(&window, "This is not an e-mail address."));
        email.set_text("sara@other.org");
        apply.emit_clicked();
        let confirm = Effect::Confirm(Question::StoreAccount);
        work_until("the question", || sent.borrow().last() == Some(&confirm));
        page.emit(account::Msg::Confirmed(false));
        work_until("the former values", || email.text() == "sara@example.org" && !shown.is_active());
        assert!(!apply.is_sensitive());

        about.set_text("Ask me not.");
        let elsewhere = OwnAccount { email: Email::parse("sara@elsewhere.org").unwrap(), ..own() };
        page.emit(account::Msg::AccountChanged(Box::new(elsewhere)));
        work_until("the change from elsewhere", || email.text() == "sara@elsewhere.org");
        assert_eq!(typed(), "Ask me not.");
        apply.emit_clicked();
        page.emit(account::Msg::Confirmed(true));
        work_until("it to be asked", || shows(&window, "Storing…"));
        let key = last_key(&sent);
        let now = OwnAccount { about: "Ask me not.".to_owned(), ..own() };
        page.emit(account::Msg::Answered(Answered { key, answer: Answer::Reply(Reply::Account(now)) }));
        work_until("it to be stored", || shows(&window, "Apply") && !apply.is_sensitive());
        assert_eq!(email.text(), "sara@example.org", "what the daemon stored is shown");
    });
}

#[test]
fn the_password_page_says_what_is_wrong_and_keeps_nothing() {
    on_screen(|| {
        let (page, window, sent) = launch::<PasswordPage>();
        page.emit(password::Msg::Opened { user_name: "sara".to_owned() });
        page.emit(password::Msg::Submit);
        work_until("what is missing", || shows(&window, "Type the password you have now."));
        assert!(shows(&window, "New Password") && shows(&window, "Type the password once more."));
        for (entry, text) in [
            (Entry::OldPassword, "correct horse"),
            (Entry::Password, "battery staple"),
            (Entry::PasswordAgain, "battery staple"),
        ] {
            page.model().body().form().row(entry).expect("a row").set_text(text);
        }
        page.model().body().submit().emit_clicked();
        work_until("the question", || {
            matches!(sent.borrow().last(), Some(Effect::Ask { request: Request::ChangePassword(_), .. }))
        });
        let denied = Answer::Denied(Denial::WrongPassword {});
        page.emit(password::Msg::Answered(Answered { key: last_key(&sent), answer: denied }));
        work_until("the refusal", || shows(&window, "The password is wrong."));
        page.model().body().submit().emit_clicked();
        work_until("the next question", || sent.borrow().len() == 2);
        let answer = Answer::Reply(Reply::Done {});
        page.emit(password::Msg::Answered(Answered { key: last_key(&sent), answer }));
        work_until("the way out", || matches!(sent.borrow().last(), Some(Effect::SignOut(Some(_)))));
        let row = page.model().body().form().row(Entry::OldPassword).cloned().expect("a row");
        assert_eq!(row.text(), "");
    });
}

fn session(number: u8, device: &str, current: bool, connected: bool) -> SessionEntry {
    SessionEntry {
        id: SessionId::new([number; 16]),
        device: device.to_owned(),
        opened_unix_ms: 1_773_300_000_000,
        used_unix_ms: 1_773_300_000_000,
        current,
        connected,
    }
}

#[test]
fn the_devices_are_listed_and_a_refusal_can_be_tried_again() {
    on_screen(|| {
        let (page, window, sent) = launch::<DevicesPage>();
        page.emit(devices::Msg::Opened);
        work_until("the question", || !sent.borrow().is_empty());
        let answer = Answer::Denied(Denial::StorageUnavailable {});
        page.emit(devices::Msg::Answered(Answered { key: last_key(&sent), answer }));
        work_until("the refusal", || shows(&window, "This Cannot Be Shown") && shows(&window, "Try Again"));
        page.emit(devices::Msg::Retry);
        work_until("the question again", || sent.borrow().len() == 2);
        let sessions = vec![
            session(1, "<b>Parlour</b> on phone", false, true),
            session(2, "Parlour on thinkpad", true, true),
            session(3, "  ", false, false),
        ];
        let answer = Answer::Reply(Reply::Sessions(SessionList { sessions }));
        page.emit(devices::Msg::Answered(Answered { key: last_key(&sent), answer }));
        work_until("the list", || shows(&window, "<b>Parlour</b> on phone"));
        for text in
            ["This device · signed in since 12 March 2026", "In use now", "Unnamed device", "Last used on "]
        {
            assert!(shows(&window, text), "{text}: {:?}", texts(&window));
        }
        assert_eq!(texts(&window).iter().filter(|text| *text == "Sign Out").count(), 2, "not of this one");
    });
}

#[test]
fn the_members_are_listed_searched_and_chosen() {
    on_screen(|| {
        let (page, window, sent) = launch::<MembersPage>();
        page.emit(members::Msg::Opened { own: UserName::parse("sara").unwrap() });
        work_until("the question", || !sent.borrow().is_empty());
        let names: Vec<String> = (10..30).map(|number| format!("member{number}")).collect();
        let mut people: Vec<Profile> = names.iter().map(|name| member(name)).collect();
        people[0] = Profile { role: Role::Admin, ..member("sara") };
        let first = MemberPage { total: 21, members: people };
        page.emit(members::Msg::Answered(Answered {
            key: last_key(&sent),
            answer: Answer::Reply(Reply::Members(first)),
        }));
        work_until("the list", || shows(&window, "21 members") && shows(&window, "Admin · You"));
        page.emit(members::Msg::EndReached);
        work_until("the rest", || {
            matches!(sent.borrow().last(), Some(Effect::Ask { request: Request::ListMembers(list), .. })
                if list.offset == 20)
        });
        let rest = MemberPage { total: 21, members: vec![member("개구리")] };
        page.emit(members::Msg::Answered(Answered {
            key: last_key(&sent),
            answer: Answer::Reply(Reply::Members(rest)),
        }));
        work_until("the last one", || shows(&window, "개구리") && !shows(&window, "Show More"));
        page.emit(members::Msg::Chosen(UserName::parse("개구리").unwrap()));
        work_until("their page", || matches!(sent.borrow().last(), Some(Effect::Open(_))));

        page.widgets().search.set_text("nobody");
        work_until("the search", || {
            matches!(sent.borrow().last(), Some(Effect::Ask { request: Request::ListMembers(list), .. })
                if list.query == "nobody")
        });
        let none = MemberPage { total: 0, members: Vec::new() };
        page.emit(members::Msg::Answered(Answered {
            key: last_key(&sent),
            answer: Answer::Reply(Reply::Members(none)),
        }));
        work_until("nobody", || shows(&window, "Nobody Found") && !shows(&window, "0 members"));
    });
}

#[test]
fn a_profile_shows_what_is_shown_and_nothing_of_the_one_before() {
    on_screen(|| {
        let (page, window, _sent) = launch::<ProfilePage>();
        let full = Profile {
            email: Email::parse("ali@example.org").ok(),
            phone: PhonePattern::default().check("09121234567").ok(),
            about: Some("<i>Flute</i>, mostly.".to_owned()),
            ..member("ali")
        };
        page.emit(profile::Msg::Opened { profile: Box::new(full), is_own: false });
        work_until("everything", || shows(&window, "<i>Flute</i>, mostly."));
        assert!(shows(&window, "ali@example.org") && shows(&window, "09121234567"));
        page.emit(profile::Msg::Opened { profile: Box::new(member("reza")), is_own: false });
        work_until("the next one", || shows(&window, "Nothing more is shown to other members."));
        assert!(!shows(&window, "ali@example.org") && !shows(&window, "Flute"));
    });
}

#[test]
fn an_account_is_deleted_with_a_password_and_a_choice() {
    on_screen(|| {
        let (page, window, sent) = launch::<DeleteAccountPage>();
        page.emit(delete_account::Msg::Opened { user_name: "sara".to_owned(), is_admin: true });
        work_until("the consequences", || shows(&window, "someone else an admin first"));
        page.model().body().submit().emit_clicked();
        work_until("what is missing", || shows(&window, "Type a password."));
        page.emit(delete_account::Msg::Typed(Secret::new("correct horse".to_owned())));
        page.widgets().remove.emit_by_name::<()>("activate", &[]);
        page.emit(delete_account::Msg::Submit);
        let question = Question::DeleteAccount { fate: delete_account::Fate::Remove };
        work_until("the question", || sent.borrow().last() == Some(&Effect::Confirm(question.clone())));
        page.emit(delete_account::Msg::Confirmed(true));
        work_until("it to be asked", || shows(&window, "Deleting…"));
        match sent.borrow().last() {
            Some(Effect::Ask { request: Request::DeleteAccount(delete), .. }) => {
                assert_eq!(delete.shared, SharedFate::Remove {});
            }
            other => panic!("{other:?}"),
        }
    });
}
