//! Single pages in a process of their own: what is painted, what is sent up, and how a very long list
//! behaves. No daemon is needed, and no screen of the machine.
//!
//! Each test runs itself once more on a screen of its own, where any critical of GTK ends it.

#[path = "desk/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only the screen is needed here")]
mod desk;
#[path = "components/ways_in.rs"]
mod ways_in;

#[path = "components/account.rs"]
mod account;
#[path = "components/files.rs"]
mod files;
#[path = "components/room.rs"]
mod room;

use std::cell::RefCell;
use std::rc::Rc;

use parlour_common::message::{
    AudioFormat, Denial, LibraryState, Reply, Request, SearchLibrary, Track, TrackId, TrackPage,
};
use parlour_common::names::FileName;
use parlour_gtk::network::Answer;
use parlour_gtk::pages::library::{Input, LibraryPage};
use parlour_gtk::pages::sign_in::SignInPage;
use parlour_gtk::pages::sign_up::SignUpPage;
use parlour_gtk::view_model::library::{self, SORT_DEFAULT};
use parlour_gtk::view_model::{Answered, Effect, Entry, sign_in, sign_up};
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{Component, ComponentController, Controller, adw, gtk};

/// Runs a test on the one thread of GTK, in a process of its own on a screen of its own.
fn on_screen(test: fn()) {
    if std::env::var_os("PARLOUR_ON_SCREEN").is_some() {
        return gtk::test_synced(move || {
            adw::init().expect("there is a screen");
            test();
        });
    }
    let desk = desk::Desk::new();
    let name = std::thread::current().name().expect("a test's thread has its name").to_owned();
    let mut again = desk.program(std::env::current_exe().expect("this program"));
    again.args([&name, "--exact", "--nocapture", "--test-threads=1"]);
    again.env("PARLOUR_ON_SCREEN", "1").env("GTK_A11Y", "none").env("G_DEBUG", "fatal-criticals");
    let output = again.output().expect("this program runs once more");
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
}

/// Lets GTK work until something is so.
fn work_until(what: &str, so: impl Fn() -> bool) {
    desk::wait(what, || {
        while glib::MainContext::default().iteration(false) {}
        so().then_some(())
    });
}

/// Lets a window paint once.
fn frame(window: &gtk::Window) {
    let painted = Rc::new(RefCell::new(false));
    let mark = Rc::clone(&painted);
    window.add_tick_callback(move |_, _| {
        mark.replace(true);
        glib::ControlFlow::Break
    });
    work_until("a frame", || *painted.borrow());
}

/// Turns the wheel over a list that scrolls, as far as its own controllers are concerned.
fn scroll(list: &impl IsA<gtk::Widget>) {
    let scroller = list.ancestor(gtk::ScrolledWindow::static_type()).expect("it scrolls");
    let controllers = scroller.observe_controllers();
    let wheels = (0..controllers.n_items()).filter_map(|at| controllers.item(at));
    let wheels = wheels.filter_map(|wheel| wheel.downcast::<gtk::EventControllerScroll>().ok());
    for wheel in wheels.filter(|wheel| wheel.propagation_phase() == gtk::PropagationPhase::Capture) {
        wheel.emit_by_name::<bool>("scroll", &[&0.0_f64, &0.0_f64]);
    }
}

/// What a page has sent up.
type Sent = Rc<RefCell<Vec<Effect>>>;

/// Starts a page in a window and keeps what it sends up.
fn launch<C>() -> (Controller<C>, gtk::Window, Sent)
where
    C: Component<Init = (), Output = Effect>,
    C::Root: IsA<gtk::Widget>,
{
    let sent = Sent::default();
    let keep = Rc::clone(&sent);
    let page = C::builder().launch(()).connect_receiver(move |_, effect| keep.borrow_mut().push(effect));
    let window = gtk::Window::builder().default_width(900).default_height(700).build();
    window.set_child(Some(page.widget()));
    window.present();
    (page, window, sent)
}

/// Returns every text on the screen beneath a widget.
fn texts(widget: &impl IsA<gtk::Widget>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut due = vec![widget.clone().upcast::<gtk::Widget>()];
    while let Some(widget) = due.pop() {
        if !widget.is_mapped() {
            continue;
        }
        if let Some(label) = widget.downcast_ref::<gtk::Label>() {
            texts.push(label.text().to_string());
        }
        due.extend(std::iter::successors(widget.first_child(), WidgetExt::next_sibling));
    }
    texts
}

fn shows(widget: &impl IsA<gtk::Widget>, text: &str) -> bool {
    texts(widget).iter().any(|shown| shown.contains(text))
}

#[test]
fn the_first_page_says_what_is_missing_and_sends_what_is_whole() {
    on_screen(|| {
        let (page, window, sent) = launch::<SignInPage>();
        page.emit(sign_in::Msg::Opened { servers: Vec::new(), greeting: None });
        page.emit(sign_in::Msg::Submit);
        work_until("what is missing", || shows(&window, "Type a username."));
        assert!(shows(&window, "Type a password.") && sent.borrow().is_empty());

        let row = |entry| page.model().form().row(entry).cloned().expect("a row of the form");
        row(Entry::UserName).set_text("sara");
        row(Entry::Password).set_text("correct horse");
        work_until("the sentences to go", || !shows(&window, "Type a"));
        row(Entry::Password).emit_by_name::<()>("entry-activated", &[]);
        work_until("the server to be reached", || !sent.borrow().is_empty());
        assert_eq!(*sent.borrow(), [Effect::Reach("localhost:9000".parse().unwrap())]);
        assert!(!page.model().body().submit().is_sensitive() && page.model().body().cancel().is_visible());
        page.model().body().cancel().emit_clicked();
        work_until("it to be given up", || sent.borrow().len() == 2);
        assert_eq!(sent.borrow()[1], Effect::GiveUp);
        assert_eq!(row(Entry::UserName).text(), "sara");
    });
}

#[test]
fn the_sign_up_page_keeps_what_was_typed_but_for_the_passwords() {
    on_screen(|| {
        let (page, window, sent) = launch::<SignUpPage>();
        let server = || "host".parse().unwrap();
        page.emit(sign_up::Msg::Opened { server: server(), user_name: "개구리".to_owned() });
        work_until("the server's name", || shows(&window, "on host:9000"));
        let row = |entry| page.model().form().row(entry).cloned().expect("a row of the form");
        assert_eq!(row(Entry::UserName).text(), "개구리");
        row(Entry::Email).set_text("frog@");
        row(Entry::Password).set_text("correct horse");
        page.emit(sign_up::Msg::Submit);
        work_until("what is wrong", || shows(&window, "This is not an e-mail address."));
        assert_eq!(row(Entry::Email).text(), "frog@");
        page.emit(sign_up::Msg::Back);
        work_until("the way back", || sent.borrow().contains(&Effect::Back));
        assert_eq!((row(Entry::Email).text().as_str(), row(Entry::Password).text().as_str()), ("frog@", ""));
    });
}

/// A library of this many tracks, as a daemon would list it.
struct Bank {
    tracks: u32,
}

impl Bank {
    fn track(row: u32) -> Track {
        Track {
            id: TrackId(u64::from(row)),
            file_name: FileName::tamed(&format!("{row}.mp3")),
            title: format!("Track number {row}"),
            artist: "Somebody".to_owned(),
            album: "<b>Some</b> album".to_owned(),
            genre: String::new(),
            number: None,
            year: None,
            duration_ms: Some(1000),
            size_bytes: 1_000_000,
            format: AudioFormat::Mp3,
            cover: None,
        }
    }

    /// A search finds as many tracks as its query says, or all.
    fn answer(&self, search: &SearchLibrary) -> TrackPage {
        let total = search.query.parse().unwrap_or(self.tracks);
        let end = total.min(search.offset + u32::from(search.limit));
        TrackPage {
            library: LibraryState { generation: 1, tracks: self.tracks, scanning: false },
            total,
            offset: search.offset,
            tracks: (search.offset..end).map(Self::track).collect(),
        }
    }

    /// Answers everything that was asked until now. Returns how much that was.
    fn serve(&self, page: &Controller<LibraryPage>, sent: &Sent) -> usize {
        let mut asked = 0;
        for effect in sent.borrow_mut().drain(..) {
            if let Effect::Ask { key, request: Request::SearchLibrary(search) } = effect {
                asked += 1;
                let answer = Answer::Reply(Reply::Tracks(self.answer(&search)));
                page.emit(Input::Model(library::Msg::Answered(Answered { key, answer })));
            }
        }
        asked
    }
}

/// Opens the library and lets it be served until a text is shown. Returns how often it asked.
fn serve_until(page: &Controller<LibraryPage>, sent: &Sent, bank: &Bank, text: &str) -> usize {
    let asked = RefCell::new(0);
    work_until(text, || {
        *asked.borrow_mut() += bank.serve(page, sent);
        shows(page.widget(), text)
    });
    asked.into_inner()
}

fn list_view(widget: &gtk::Widget) -> Option<gtk::ListView> {
    let mut children = std::iter::successors(widget.first_child(), WidgetExt::next_sibling);
    widget.downcast_ref().cloned().or_else(|| children.find_map(|child| list_view(&child)))
}

#[test]
fn a_list_of_100_000_tracks_fetches_only_what_is_looked_at() {
    on_screen(|| {
        let (page, _window, sent) = launch::<LibraryPage>();
        let bank = Bank { tracks: 100_000 };
        page.emit(Input::Model(library::Msg::Opened { folder: None, sort: SORT_DEFAULT }));
        serve_until(&page, &sent, &bank, "Track number 7");
        serve_until(&page, &sent, &bank, "100,000 tracks");
        let view = list_view(page.widget().upcast_ref()).expect("a list");
        let all = || view.model().is_some_and(|model| model.n_items() == 100_000);
        work_until("every row", || {
            bank.serve(&page, &sent);
            all()
        });
        view.activate_action("list.scroll-to-item", Some(&77_777_u32.to_variant())).expect("it scrolls");
        let asked = serve_until(&page, &sent, &bank, "Track number 77777");
        assert!(asked < 12, "{asked} pages were fetched for one screen");

        page.widgets().search.set_text("12");
        serve_until(&page, &sent, &bank, "12 of 100,000 tracks");
        serve_until(&page, &sent, &bank, "Track number 11");
        assert!(!shows(page.widget(), "Track number 77777") && shows(page.widget(), "<b>Some</b> album"));
        page.widgets().search.set_text("");
        serve_until(&page, &sent, &bank, "Track number 7");
    });
}

#[test]
fn rows_are_selected_and_a_refusal_can_be_tried_again() {
    on_screen(|| {
        let (page, window, sent) = launch::<LibraryPage>();
        page.emit(Input::Model(library::Msg::Opened { folder: None, sort: SORT_DEFAULT }));
        work_until("a question", || !sent.borrow().is_empty());
        let Effect::Ask { key, .. } = sent.borrow_mut().remove(0) else { panic!("it asks first") };
        let answer = Answer::Denied(Denial::StorageUnavailable {});
        page.emit(Input::Model(library::Msg::Answered(Answered { key, answer })));
        work_until("the refusal", || shows(&window, "The List Cannot Be Shown"));
        page.emit(Input::Model(library::Msg::Retry));
        let bank = Bank { tracks: 300 };
        serve_until(&page, &sent, &bank, "300 tracks");
        let view = list_view(page.widget().upcast_ref()).expect("a list");
        let model = view.model().expect("its rows");
        model.select_item(2, true);
        model.select_range(5, 3, false);
        work_until("the selection", || shows(&window, "4 selected"));
        assert!(model.is_selected(6) && !model.is_selected(3));
        model.unselect_item(6);
        work_until("one less", || shows(&window, "3 selected"));
        assert!(!page.widgets().download.is_sensitive(), "no folder is chosen");
        page.emit(Input::Model(library::Msg::FolderChosen("/tmp".into())));
        work_until("the button", || page.widgets().download.is_sensitive());
        page.widgets().download.emit_clicked();
        let queued = || {
            sent.borrow().iter().any(|effect| matches!(effect, Effect::Queue(wanted) if wanted.len() == 3))
        };
        work_until("three downloads", queued);
        assert!(!model.is_selected(2));
    });
}
