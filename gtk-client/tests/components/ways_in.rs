//! The pages on the way in: a forgotten password, an invite, approval, coming back.

use parlour_common::Secret;
use parlour_common::message::{
    CodeAccepted, Denial, Policies, Reply, Request, ResetBegun, ResetFlow, SessionToken, SignUpRule, Welcome,
};
use parlour_common::names::UserName;
use parlour_gtk::network::{Answer, LinkFault, ServerAddress};
use parlour_gtk::pages::reset::ResetPage;
use parlour_gtk::pages::returning::ReturningPage;
use parlour_gtk::pages::sign_in::SignInPage;
use parlour_gtk::pages::sign_up::SignUpPage;
use parlour_gtk::view_model::reset::Step;
use parlour_gtk::view_model::{Answered, Effect, Entry, Reached, reset, returning, sign_in, sign_up};
use relm4::adw::prelude::*;
use relm4::{ComponentController, Controller, gtk};

use super::{Sent, launch, on_screen, shows, work_until};

fn server() -> ServerAddress {
    "host".parse().expect("an address")
}

fn welcome(policies: Policies) -> Reached {
    let limits = parlour_common::message::Limits {
        message_bytes_max: 65_536,
        message_before_sign_in_bytes_max: 4096,
        chunk_data_bytes_max: 262_144,
        heartbeat_seconds: 30,
        silence_seconds_max: 75,
        transfers_per_connection_max: 8,
        requests_under_way_max: 16,
        tracks_per_page_max: 48,
        password_chars_min: 8,
    };
    let (server, software) = ("The Band".to_owned(), "test".to_owned());
    Reached::Yes(Box::new(Welcome { protocol: 1, server, software, limits, policies }))
}

fn policies(reset_by_mail: bool) -> Policies {
    Policies { reset_by_mail, ..Policies::default() }
}

/// Finds a button that is on the screen by what it says.
fn button(widget: &impl IsA<gtk::Widget>, label: &str) -> Option<gtk::Button> {
    let mut due = vec![widget.clone().upcast::<gtk::Widget>()];
    while let Some(widget) = due.pop() {
        if !widget.is_mapped() {
            continue;
        }
        if let Some(button) = widget.downcast_ref::<gtk::Button>()
            && button.label().as_deref() == Some(label)
        {
            return Some(button.clone());
        }
        due.extend(std::iter::successors(widget.first_child(), WidgetExt::next_sibling));
    }
    None
}

/// The pages for a forgotten password, as a test works them.
struct Pages {
    page: Controller<ResetPage>,
    window: gtk::Window,
    sent: Sent,
    reset_by_mail: bool,
}

impl Pages {
    fn open(reset_by_mail: bool) -> Self {
        let (page, window, sent) = launch::<ResetPage>();
        page.emit(reset::Msg::Opened { server: server(), user_name: "sara".to_owned() });
        page.emit(reset::Msg::Reached(welcome(policies(reset_by_mail))));
        let pages = Self { page, window, sent, reset_by_mail };
        pages.until_sent(&Effect::Reach(server()));
        pages
    }

    fn until_sent(&self, effect: &Effect) {
        work_until("what is sent up", || self.sent.borrow().contains(effect));
        self.sent.borrow_mut().clear();
    }

    /// Types into the entry of a step and presses Enter.
    fn enter(&self, step: Step, entry: Entry, text: &str) {
        let row = self.page.model().body(step).form().row(entry).cloned().expect("a row of the form");
        row.set_text(text);
        row.emit_by_name::<()>("entry-activated", &[]);
    }

    /// Lets the server be reached, and answers what is asked then. Returns it.
    fn answer(&self, answer: Answer) -> Request {
        self.until_sent(&Effect::Reach(server()));
        self.page.emit(reset::Msg::Reached(welcome(policies(self.reset_by_mail))));
        work_until("a question", || {
            self.sent.borrow().iter().any(|effect| matches!(effect, Effect::Ask { .. }))
        });
        let Effect::Ask { key, request } = self.sent.borrow_mut().remove(0) else { panic!("it asks first") };
        self.page.emit(reset::Msg::Answered(Answered { key, answer }));
        request
    }
}

fn begun() -> Answer {
    let flow = ResetFlow::new([1; 16]);
    Answer::Reply(Reply::ResetBegun(ResetBegun { flow, code_seconds: 600, again_seconds: 2 }))
}

#[test]
fn a_forgotten_password_is_replaced_page_by_page() {
    on_screen(|| {
        let pages = Pages::open(true);
        work_until("the first page", || shows(&pages.window, "Forgot Your Password?"));
        let body =
            |step| pages.page.model().body(step).form().row(step.entries()[0]).cloned().expect("a row");
        assert_eq!(body(Step::Account).text(), "sara");
        assert!(button(&pages.window, "I Have a Code").is_some());
        pages.enter(Step::Account, Entry::Account, "sara@example.org");
        pages.answer(begun());
        work_until("the page of the code", || shows(&pages.window, "Enter the Code"));
        assert!(shows(
            &pages.window,
            "address of \u{2068}sara@example.org\u{2069}. It can be used for 10 minutes."
        ));
        assert!(!shows(&pages.window, "Forgot Your Password?"), "one page at a time");
        let again = pages.page.model().other(Step::Code).clone();
        assert!(!again.is_sensitive() && again.label().is_some_and(|label| label.contains("Send Again in")));
        pages.enter(Step::Code, Entry::ResetCode, "123");
        work_until("what is wrong", || shows(&pages.window, "A code has 5 or 8 digits"));
        pages.enter(Step::Code, Entry::ResetCode, "۱۲۳ ۴۵");
        pages.answer(Answer::Denied(Denial::WrongCode { tries_left: 2 }));
        work_until("the tries", || shows(&pages.window, "The code is wrong. You have 2 more tries."));
        work_until("the end of the wait", || again.is_sensitive());
        assert_eq!(again.label().as_deref(), Some("Send Again"));
        again.emit_clicked();
        pages.answer(begun());
        work_until("another code", || shows(&pages.window, "The one before cannot be used any more."));
        assert_eq!(body(Step::Code).text(), "");
        pages.enter(Step::Code, Entry::ResetCode, "12345");
        let user_name = UserName::parse("Sara").expect("a name");
        pages.answer(Answer::Reply(Reply::CodeAccepted(CodeAccepted { user_name })));
        work_until("the last page", || shows(&pages.window, "Set a New Password"));
        assert!(shows(&pages.window, "Sara"));
        pages.enter(Step::Password, Entry::Password, "correct horse");
        work_until("the repetition", || shows(&pages.window, "Type the password once more."));
        pages.enter(Step::Password, Entry::PasswordAgain, "correct horse");
        pages.answer(Answer::Reply(Reply::Done {}));
        let is_back = |effect: &Effect| matches!(effect, Effect::OpenSignIn(Some(greeting)) if greeting.user_name == "Sara");
        work_until("the way back", || pages.sent.borrow().iter().any(is_back));
        assert_eq!(body(Step::Password).text(), "", "nothing stays behind");
    });
}

#[test]
fn without_mail_only_a_code_at_hand_is_offered_and_the_logo_leads_back() {
    on_screen(|| {
        let pages = Pages::open(false);
        work_until("the words", || {
            shows(&pages.window, "This server sends no mail. Ask an admin for a code")
        });
        let body = |step| pages.page.model().body(step).submit().clone();
        assert!(!pages.page.model().other(Step::Account).is_visible());
        assert!(shows(&body(Step::Account), "I Have a Code"));
        body(Step::Account).emit_clicked();
        pages.answer(begun());
        work_until("the page of the code", || shows(&pages.window, "Type the code that you were given"));
        assert!(!pages.page.model().other(Step::Code).is_visible());
        pages.page.emit(reset::Msg::Back);
        pages.until_sent(&Effect::Back);
    });
}

#[test]
fn the_first_page_leads_to_the_forgotten_password_and_asks_who_stays() {
    on_screen(|| {
        let (page, window, sent) = launch::<SignInPage>();
        page.emit(sign_in::Msg::Opened { servers: Vec::new(), greeting: None });
        let row = |entry| page.model().form().row(entry).cloned().expect("a row of the form");
        row(Entry::UserName).set_text("sara");
        work_until("the link", || button(&window, "Forgot password?").is_some());
        button(&window, "Forgot password?").expect("it was there").emit_clicked();
        let opened = Effect::open(reset::Msg::Opened {
            server: "localhost:9000".parse().expect("an address"),
            user_name: "sara".to_owned(),
        });
        work_until("the way there", || sent.borrow().contains(&opened));
        page.emit(sign_in::Msg::Stay(false));
        work_until("it to be taken", || !page.model().stay_check().is_active());
        page.emit(sign_in::Msg::Opened { servers: Vec::new(), greeting: None });
        work_until("it to be as at first", || page.model().stay_check().is_active());
    });
}

#[test]
fn an_invite_can_be_typed_and_must_be_where_the_server_says_so() {
    on_screen(|| {
        let (page, window, _sent) = launch::<SignUpPage>();
        page.emit(sign_up::Msg::Opened { server: server(), user_name: String::new() });
        let row = page.model().form().row(Entry::Code).cloned().expect("a row of the form");
        work_until("the link", || button(&window, "I have a code").is_some());
        assert!(!row.is_visible());
        button(&window, "I have a code").expect("it was there").emit_clicked();
        work_until("the entry", || row.is_visible());
        assert!(button(&window, "I have a code").is_none());

        let (page, window, _sent) = launch::<SignUpPage>();
        page.emit(sign_up::Msg::Opened { server: server(), user_name: String::new() });
        let sign_up = SignUpRule::Invite;
        page.emit(sign_up::Msg::Reached(welcome(Policies { sign_up, ..Policies::default() })));
        work_until("the words", || shows(&window, "An account here is by invitation."));
        page.emit(sign_up::Msg::Submit);
        work_until("what is missing", || shows(&window, "Type the code."));
    });
}

#[test]
fn an_account_that_waits_is_told_what_for() {
    on_screen(|| {
        let (page, window, sent) = launch::<SignUpPage>();
        page.emit(sign_up::Msg::Opened { server: server(), user_name: "sara".to_owned() });
        let policies = Policies {
            sign_up: SignUpRule::Approval,
            phone_pattern: parlour_common::limits::PHONE_PATTERN_DEFAULT.to_owned(),
            ..Policies::default()
        };
        page.emit(sign_up::Msg::Reached(welcome(policies.clone())));
        work_until("the words", || shows(&window, "An admin approves each new account"));
        for (entry, text) in [
            (Entry::Phone, "09121234567"),
            (Entry::Email, "sara@example.org"),
            (Entry::Password, "correct horse"),
            (Entry::PasswordAgain, "correct horse"),
        ] {
            page.model().form().row(entry).expect("a row of the form").set_text(text);
        }
        page.emit(sign_up::Msg::Submit);
        page.emit(sign_up::Msg::Reached(welcome(policies)));
        let key = || {
            sent.borrow().iter().find_map(|effect| match effect {
                Effect::Ask { key, .. } => Some(*key),
                _ => None,
            })
        };
        work_until("a question", || key().is_some());
        let answer = Answer::Reply(Reply::SignUpWaiting {});
        page.emit(sign_up::Msg::Answered(Answered { key: key().expect("it was asked"), answer }));
        work_until("the words", || shows(&window, "Waiting for Approval"));
        assert!(shows(&window, "\u{2068}sara\u{2069} is made.") && !shows(&window, "Phone"));
        button(&window, "Back to Sign In").expect("a way back").emit_clicked();
        work_until("the way back", || {
            sent.borrow().iter().any(|effect| matches!(effect, Effect::OpenSignIn(Some(_))))
        });
    });
}

#[test]
fn who_comes_back_sees_why_it_takes_time() {
    on_screen(|| {
        let (page, window, sent) = launch::<ReturningPage>();
        page.emit(returning::Msg::Opened { server: server(), user_name: "sara".to_owned() });
        work_until("the greeting", || shows(&window, "Welcome Back, \u{2068}sara\u{2069}"));
        let session = Secret::new(SessionToken::new([7; 32]));
        page.emit(returning::Msg::Found(Ok(Some(session))));
        work_until("the server to be reached", || sent.borrow().contains(&Effect::Reach(server())));
        page.emit(returning::Msg::Reached(Reached::No { server: server(), why: LinkFault::Refused }));
        work_until("why", || shows(&window, "Cannot connect to host:9000: nothing is listening there."));
        work_until("the count", || button(&window, "Try Now (4\u{a0}s)").is_some());
        button(&window, "Sign In with a Password").expect("another way").emit_clicked();
        work_until("the first page", || sent.borrow().contains(&Effect::OpenSignIn(None)));
    });
}
