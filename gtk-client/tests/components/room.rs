//! The page of the room by itself: what was said, what is written, who is there, and what a search finds.

#[path = "room/house.rs"]
mod house;
#[path = "room/looks.rs"]
mod looks;
#[path = "room/timeline.rs"]
mod timeline;

use parlour_common::message::{Card, EnterRoom, FileHash, Post, PostId, Quote, Request};
use parlour_common::names::FileName;
use parlour_gtk::pages::room::Input;
use parlour_gtk::view_model::Effect;
use parlour_gtk::view_model::room::Msg;
use parlour_gtk::widgets::covers::Picture;
use relm4::ComponentController;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::gtk::{gdk, gdk_pixbuf, glib};

use self::house::{BEGIN, House, name, post};
use super::{on_screen, shows, texts};

/// Returns every widget of a kind on the screen.
fn all<T: IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>) -> Vec<T> {
    let (mut found, mut due) = (Vec::new(), vec![root.clone().upcast::<gtk::Widget>()]);
    while let Some(widget) = due.pop() {
        if !widget.is_mapped() {
            continue;
        }
        due.extend(std::iter::successors(widget.first_child(), WidgetExt::next_sibling));
        found.extend(widget.downcast::<T>());
    }
    found
}

fn entry(house: &House) -> gtk::TextView {
    all(&house.window).into_iter().next().expect("where something is written")
}

fn written(house: &House) -> String {
    let buffer = entry(house).buffer();
    buffer.text(&buffer.start_iter(), &buffer.end_iter(), false).to_string()
}

/// Presses a key where something is written. Returns whether it meant something there.
fn press(house: &House, key: gdk::Key) -> bool {
    use gtk::glib::translate::IntoGlib;
    let controllers = entry(house).observe_controllers();
    let keys = (0..controllers.n_items()).filter_map(|at| controllers.item(at));
    let mut keys = keys.filter_map(|keys| keys.downcast::<gtk::EventControllerKey>().ok());
    let held = gdk::ModifierType::empty();
    keys.any(|keys| keys.emit_by_name::<bool>("key-pressed", &[&key.into_glib(), &0_u32, &held]))
}

fn button(house: &House, label: &str) -> gtk::Button {
    let is_it = |button: &gtk::Button| {
        button.label().as_deref() == Some(label) || button.tooltip_text().as_deref() == Some(label)
    };
    all::<gtk::Button>(&house.window)
        .into_iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("there is no button {label}: {:?}", texts(&house.window)))
}

#[test]
fn what_was_said_is_shown_as_it_was_meant_and_never_as_markup() {
    on_screen(|| {
        let mut edited = post(3, "ali", "سلام به همه");
        edited.edited_unix_ms = Some(BEGIN + 60_000);
        let mut reply = post(4, "개구리", "<b>not bold</b> & see https://example.org/?a=1&b=2.");
        reply.reply_to =
            Some(Quote { post: PostId(1), author: name("ali"), excerpt: "Good morning".to_owned() });
        let mut gone = post(5, "ali", "");
        gone.deleted_unix_ms = Some(BEGIN);
        let house = House::of(vec![
            post(1, "ali", "Good morning"),
            post(2, "ali", "the second line"),
            edited,
            reply,
            gone,
            post(6, "ali", "@sara are you there?"),
        ]);
        house.open();
        house.serve_until("what was said", || shows(&house.window, "@sara are you there?"));
        for words in ["Good morning", "سلام به همه", "edited", "Message deleted", "3 participants", "개구리"]
        {
            assert!(shows(&house.window, words), "{words}: {:?}", texts(&house.window));
        }
        let labels = all::<gtk::Label>(&house.window);
        let hard = labels.iter().find(|label| label.text().contains("not bold")).expect("the text");
        assert_eq!(hard.text(), "<b>not bold</b> & see https://example.org/?a=1&b=2.");
        assert!(
            hard.label().contains("<a href=\"https://example.org/?a=1&amp;b=2\">") && hard.is_selectable()
        );
        let farsi = labels.iter().find(|label| label.text().starts_with("سلام")).expect("the text");
        assert_eq!(farsi.direction(), gtk::TextDirection::Rtl);
        // Of those that stand together the first alone names who said it.
        let heads = labels.iter().filter(|label| label.has_css_class("post-author"));
        assert_eq!(heads.filter(|label| label.text() == "ali").count(), 2);
        let rows = |class: &str| {
            all::<gtk::Box>(&house.window).into_iter().filter(|row| row.has_css_class(class)).count()
        };
        assert_eq!((rows("names-me"), rows("deleted")), (1, 1));
    });
}

#[test]
fn enter_says_what_is_written_and_the_keyboard_reaches_reply_edit_and_names() {
    on_screen(|| {
        let house = House::of(vec![post(1, "ali", "Good morning"), post(2, "sara", "Hello ali")]);
        house.open();
        house.serve_until("what was said", || shows(&house.window, "Hello ali"));
        let buffer = entry(&house).buffer();
        buffer.insert_at_cursor("I have a question");
        house.serve_until("it can be sent", || button(&house, "Send").is_sensitive());
        house.tell(Msg::Reply(PostId(1)));
        house.serve_until("the reply", || shows(&house.window, "Reply to \u{2068}ali\u{2069}"));
        house.tell(Msg::Back);
        house.serve_until("Esc to leave the reply", || !shows(&house.window, "Reply to"));
        assert_eq!(written(&house), "I have a question", "what was written stays");
        buffer.set_text(&"x".repeat(2_500));
        house.serve_until("what is wrong", || shows(&house.window, "too long for one message"));
        assert!(!button(&house, "Send").is_sensitive());
        buffer.set_text("");
        house.serve_until("nothing is wrong", || !shows(&house.window, "too long"));
        assert!(press(&house, gdk::Key::Up), "the arrow edits what was said last");
        house.serve_until("the edit", || {
            written(&house) == "Hello ali" && shows(&house.window, "Edit message")
        });
        house.tell(Msg::Back);
        house.serve_until("Esc to leave the edit", || written(&house).is_empty());
        buffer.insert_at_cursor("ask @al");
        house.serve_until("the names", || house.was_asked(|asked| matches!(asked, Request::ListMembers(_))));
        house.serve_until("the first name to be chosen", || {
            press(&house, gdk::Key::Down) && press(&house, gdk::Key::Tab)
        });
        house.serve_until("the name", || written(&house) == "ask @alina ");
    });
}

#[test]
fn whoever_sits_elsewhere_reads_and_may_take_the_seat() {
    on_screen(|| {
        let house = House::of(vec![post(1, "ali", "Good morning")]);
        house.elsewhere.replace(Some("Pixel 7".to_owned()));
        house.open();
        house.serve_until("where one is", || {
            shows(&house.window, "You are in the room on \u{2068}Pixel 7\u{2069}")
        });
        house.serve_until("what was said", || shows(&house.window, "Good morning"));
        assert!(all::<gtk::TextView>(&house.window).is_empty(), "nothing can be written");
        button(&house, "Take Over My Seat").emit_clicked();
        house.serve_until("the entry", || !all::<gtk::TextView>(&house.window).is_empty());
        let taken = Request::EnterRoom(EnterRoom { take_over: true });
        assert!(house.was_asked(|asked| *asked == taken));
        house.tell(Msg::LeaveRoom);
        house.serve_until("that one left", || shows(&house.window, "You left the room."));
        button(&house, "Enter Room").emit_clicked();
        house.serve_until("the entry again", || !all::<gtk::TextView>(&house.window).is_empty());
    });
}

fn with_file(number: u64, file_name: &str, size_bytes: u64) -> Post {
    let mut with_file = post(number, "ali", "");
    with_file.card = Some(Card::File {
        file_name: FileName::parse(file_name).expect("a name"),
        size_bytes,
        sha256: FileHash::new([u8::try_from(number).expect("small"); 32]),
    });
    with_file
}

#[test]
fn cards_show_pictures_of_what_is_looked_at_and_offer_what_can_be_done() {
    on_screen(|| {
        let mut gone = post(4, "ali", "");
        gone.card = Some(Card::Gone {});
        let house = House::of(vec![
            with_file(1, "garden.png", 400_000),
            with_file(2, "huge.png", 80_000_000),
            with_file(3, "letter.pdf", 1_000),
            gone,
        ]);
        house.open();
        house.serve_until("the cards", || shows(&house.window, "letter.pdf"));
        house.serve_until("that a file is gone", || shows(&house.window, "File removed"));
        let wanted = || {
            let sent = house.sent.borrow();
            sent.iter().find_map(|effect| match effect {
                Effect::FetchCardPicture(card) => Some(*card),
                _ => None,
            })
        };
        house.serve_until("a picture to be fetched", || wanted().is_some());
        let card = wanted().expect("it was just there");
        assert_eq!(card.post, PostId(1));
        let picture =
            gdk_pixbuf::Pixbuf::new(gdk_pixbuf::Colorspace::Rgb, false, 8, 800, 600).expect("memory");
        picture.fill(0x2266_aaff);
        let bytes = picture.save_to_bufferv("png", &[]).expect("it is written");
        house.page.emit(Input::Picture(card, Some(Picture(bytes))));
        house.serve_until("the picture", || !all::<gtk::Picture>(&house.window).is_empty());
        assert_eq!(all::<gtk::Picture>(&house.window).len(), 1);
        let fetched = |effect: &&Effect| matches!(effect, Effect::FetchCardPicture(_));
        assert_eq!(house.sent.borrow().iter().filter(fetched).count(), 1, "what is too large is not fetched");
        button(&house, "Keep letter.pdf in My Files").emit_clicked();
        house.serve_until("it to be kept", || {
            house.was_asked(|asked| matches!(asked, Request::KeepCard(keep) if keep.post == PostId(3)))
        });
        assert!(button(&house, "Save garden.png").is_sensitive());
    });
}

#[test]
fn files_and_pictures_of_the_clipboard_are_attached_and_can_be_taken_off() {
    on_screen(|| {
        let house = House::of(vec![post(1, "ali", "Good morning")]);
        house.open();
        house.serve_until("what was said", || shows(&house.window, "Good morning"));
        let pixels = glib::Bytes::from_owned(vec![200_u8; 4 * 40 * 30]);
        let texture = gdk::MemoryTexture::new(40, 30, gdk::MemoryFormat::R8g8b8a8, &pixels, 160);
        house.window.clipboard().set_texture(&texture);
        entry(&house).emit_by_name::<()>("paste-clipboard", &[]);
        house.serve_until("the picture", || {
            texts(&house.window).iter().any(|text| text.starts_with("Image 20"))
        });
        assert!(button(&house, "Send").is_sensitive(), "a picture needs no words");
        let name =
            texts(&house.window).into_iter().find(|text| text.starts_with("Image 20")).expect("its name");
        button(&house, &format!("Remove {name}")).emit_clicked();
        house.serve_until("it to go", || !shows(&house.window, &name));
        house.window.clipboard().set_text("plain words");
        entry(&house).emit_by_name::<()>("paste-clipboard", &[]);
        house.serve_until("the words", || written(&house) == "plain words");
    });
}

#[test]
fn a_search_lists_what_it_found_and_leads_to_it() {
    on_screen(|| {
        let posts = (1..=300).map(|number| post(number, "ali", &format!("post {number} of many"))).collect();
        let house = House::of(posts);
        house.open();
        house.serve_until("the newest", || shows(&house.window, "post 300 of many"));
        house.page.emit(Input::FocusSearch);
        house.serve_until("the search", || !all::<gtk::SearchEntry>(&house.window).is_empty());
        all::<gtk::SearchEntry>(&house.window)[0].set_text("post 17 of");
        house.serve_until("what was found", || {
            shows(&house.window, "post 17 of many") && !shows(&house.window, "post 300 of many")
        });
        let list = all::<gtk::ListView>(&house.window);
        let found = list.iter().find(|list| shows(*list, "post 17 of many")).expect("the list");
        found.emit_by_name::<()>("activate", &[&0_u32]);
        house.serve_until("the post where it stands", || {
            shows(&house.window, "post 17 of many") && shows(&house.window, "post 16 of many")
        });
        assert!(all::<gtk::SearchEntry>(&house.window).is_empty(), "the search is over");
        house.serve_until("the way back", || {
            all::<gtk::Button>(&house.window)
                .iter()
                .any(|button| button.tooltip_text().is_some_and(|words| words.starts_with("Jump to Newest")))
        });
        button(&house, "Jump to Newest").emit_clicked();
        house.serve_until("the newest again", || shows(&house.window, "post 300 of many"));
    });
}
