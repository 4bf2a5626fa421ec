//! What is told on the desktop, to a service of notifications on the test's own bus. No window is needed for it.

use std::cell::RefCell;
use std::rc::Rc;

use parlour_common::message::ConversationId;
use parlour_gtk::notifications::{Notifications, Words};
use relm4::gtk::{gio, glib};

use crate::desk::{Desk, Note, Notifications as Service, wait};

const ALI: ConversationId = ConversationId(7);

type Opened = Rc<RefCell<Vec<(ConversationId, Option<String>)>>>;

/// Speaks to the service of a desk, in a loop of the test's own.
fn on_desk(desk: &Desk) -> (Notifications, Opened) {
    let opened = Opened::default();
    let (address, kept) = (desk.bus_address().to_owned(), Rc::clone(&opened));
    let find = move || {
        let flags = gio::DBusConnectionFlags::AUTHENTICATION_CLIENT
            | gio::DBusConnectionFlags::MESSAGE_BUS_CONNECTION;
        let bus = gio::DBusConnection::for_address_future(&address, flags, None);
        glib::spawn_future_local(async { bus.await.ok() })
    };
    (
        Notifications::on(find, move |conversation, token| kept.borrow_mut().push((conversation, token))),
        opened,
    )
}

fn words(body: &str) -> Words {
    Words { summary: "ali".to_owned(), body: body.to_owned(), has_sound: true }
}

/// Lets the loop run until something is so.
fn until<T>(what: &str, context: &glib::MainContext, found: impl Fn() -> Option<T>) -> T {
    wait(what, || {
        while context.iteration(false) {}
        found()
    })
}

fn in_loop(run: impl FnOnce(&glib::MainContext)) {
    let context = glib::MainContext::new();
    context.with_thread_default(|| run(&context)).expect("a loop of the test's own");
}

#[test]
fn of_each_conversation_the_latest_is_shown_until_it_is_read() {
    let desk = Desk::new();
    let service = Service::start(&desk);
    in_loop(|context| {
        let (notifications, _) = on_desk(&desk);
        notifications.show(ALI, words("a < b"));
        until("it to be told", context, || notifications.is_idle().then_some(()));
        let first = Note {
            number: 1,
            summary: "ali".to_owned(),
            body: "a < b".to_owned(),
            sound: Some("message-new-instant".to_owned()),
            is_silent: false,
            desktop_entry: "org.parlour.Parlour".to_owned(),
            actions: vec!["default".to_owned(), "Open".to_owned()],
        };
        assert_eq!(service.shown(), std::slice::from_ref(&first));
        notifications.show(ALI, Words { has_sound: false, ..words("and then") });
        notifications.show(ConversationId::ROOM, words("hello"));
        until("both to be told", context, || notifications.is_idle().then_some(()));
        let shown = service.shown();
        let next = Note { body: "and then".to_owned(), sound: None, is_silent: true, ..first };
        assert!(shown.len() == 2 && shown.contains(&next), "{shown:?}");
        notifications.withdraw(ALI);
        until("one to go", context, || notifications.is_idle().then_some(()));
        assert_eq!(service.find("hello").number, 2);
        notifications.show(ALI, words("once more"));
        notifications.withdraw_all();
        until("all to go", context, || notifications.is_idle().then_some(()));
        service.find_none();
    });
}

#[test]
fn pressing_what_is_shown_opens_its_conversation_and_what_was_swept_away_is_not_replaced() {
    let desk = Desk::new();
    let service = Service::start_that_can(&desk, &["actions", "body", "body-markup"]);
    in_loop(|context| {
        let (notifications, opened) = on_desk(&desk);
        notifications.show(ConversationId::ROOM, words("hello"));
        notifications.show(ALI, words("<b>&"));
        until("both to be told", context, || notifications.is_idle().then_some(()));
        let note = service.find("&lt;b&gt;&amp;");
        service.press(&note);
        let pressed = until("the press", context, || opened.borrow_mut().pop());
        assert_eq!(pressed, (ALI, Some("the-token".to_owned())));
        service.dismiss(&service.find("hello"));
        service.press(&note);
        until("what came before the press", context, || opened.borrow_mut().pop());
        notifications.show(ConversationId::ROOM, words("again"));
        until("it to be told", context, || notifications.is_idle().then_some(()));
        assert_eq!(service.find("again").number, 3, "it is a new one");
    });
}

#[test]
fn a_service_that_is_not_there_or_comes_later_is_no_error() {
    let desk = Desk::new();
    in_loop(|context| {
        let (notifications, opened) = on_desk(&desk);
        notifications.show(ALI, words("to nobody"));
        notifications.withdraw(ALI);
        until("it to be given up", context, || notifications.is_idle().then_some(()));
        let service = Service::start(&desk);
        for body in ["one", "two"] {
            notifications.show(ALI, words(body));
            until("it to be told", context, || notifications.is_idle().then_some(()));
        }
        assert_eq!((service.shown().len(), service.count()), (1, 2));
        drop(service);
        let service = Service::start(&desk);
        // What the former one showed is gone with it, and its numbers mean nothing.
        until("the new service", context, || {
            notifications.show(ALI, words("three"));
            until("it to be told", context, || notifications.is_idle().then_some(()));
            (service.find("three").number == 1).then_some(())
        });
        assert!(opened.borrow().is_empty());
    });
}
