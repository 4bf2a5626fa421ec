//! Pictures of the page of the room in every state, for people who judge how it looks. Nothing is compared.
//!
//! It runs only where `SHOTS` names the folder for the pictures.

use std::path::PathBuf;
use std::process::Command;

use parlour_common::message::{
    Card, ConversationId, CoverId, Post, PostId, Quote, SeatChange, SeatTurn, SeatsChanged, TrackId,
};
use parlour_common::names::FileName;
use parlour_gtk::pages::room::Input;
use parlour_gtk::view_model::Effect;
use parlour_gtk::view_model::room::{Attachment, Msg};
use parlour_gtk::widgets::covers::Picture;
use relm4::ComponentController;
use relm4::adw::prelude::*;
use relm4::gtk::gdk_pixbuf;
use relm4::{adw, gtk};

use super::house::{BEGIN, House, name, post};
use super::{all, button, entry, with_file};
use crate::{frame, on_screen, shows};

/// The breadth and height of the windows that are pictured.
const SIZES: [(i32, i32); 2] = [(360, 720), (1400, 860)];

fn posts() -> Vec<Post> {
    let long = "A long message that goes on and on, as messages do when somebody has time and much to tell: first \
                about the weather, which was better than anybody had thought, then about the concert, and in the \
                end about the way home, which was longer than the concert.\n\nAnd a second paragraph.";
    let word =
        "https://example.org/a/very/long/address/that/has/no/blank/in/it/and/has/to/be/broken/somewhere";
    let mut posts = vec![
        post(1, "ali", "Good morning everybody! Has anyone heard the new recording?"),
        post(2, "ali", "I found it in the library just now."),
        post(3, "سارا", "سلام به همه! من هم الان گوش دادم، خیلی خوب بود. The second movement is the best."),
        post(4, "개구리", "안녕하세요! 저도 들었어요. 정말 아름다운 연주였습니다."),
        post(5, "bob", long),
        post(6, "bob", word),
        post(7, "sara", "I will listen to it tonight. @bob thank you!"),
        post(8, "ali", "@sara tell us how you find it"),
        post(9, "Ελένη", "Καλημέρα σε όλους, добрый день, お元気ですか"),
    ];
    posts[4].edited_unix_ms = Some(BEGIN + 100_000);
    posts[6].reply_to = Some(Quote {
        post: PostId(5),
        author: name("bob"),
        excerpt: "A long message that goes on and on, as messages do when somebody".to_owned(),
    });
    let mut gone = post(10, "bob", "");
    gone.deleted_unix_ms = Some(BEGIN);
    let mut file_gone = post(13, "개구리", "The score:");
    file_gone.card = Some(Card::Gone {});
    let mut track = post(14, "ali", "This one.");
    track.card = Some(Card::Track {
        track: TrackId(5),
        file_name: FileName::parse("Largo.flac").expect("a name"),
        title: "Largo, from the New World, played by a very large orchestra".to_owned(),
        artist: "Antonín Dvořák".to_owned(),
        duration_ms: Some(754_000),
        size_bytes: 61_000_000,
        cover: Some(CoverId(3)),
    });
    posts.push(gone);
    posts.push(with_file(11, "Garden in the evening.png", 400_000));
    posts.push(with_file(12, "Annual report of the whole society, final, corrected (3).pdf", 4_000_000));
    posts.push(file_gone);
    posts.push(track);
    for post in posts.iter_mut().take(6) {
        post.said_unix_ms -= 86_400_000;
    }
    posts
}

fn garden() -> Picture {
    let picture = gdk_pixbuf::Pixbuf::new(gdk_pixbuf::Colorspace::Rgb, false, 8, 900, 600).expect("memory");
    picture.fill(0x2d6a_4fff);
    for (at, colour) in [0x95d5_b2ff, 0xf4a2_61ff, 0xe76f_51ff, 0x2646_53ff].into_iter().enumerate() {
        let x = 80 + i32::try_from(at).expect("small") * 200;
        picture.new_subpixbuf(x, 120, 140, 360).fill(colour);
    }
    Picture(picture.save_to_bufferv("png", &[]).expect("it is written"))
}

/// Keeps what the window shows.
fn shot(house: &House, state: &str) {
    for _ in 0..12 {
        frame(&house.window);
    }
    let Some(folder) = std::env::var_os("SHOTS").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("the folder for pictures");
    let (width, height) = (house.window.width(), house.window.height());
    let mut import = Command::new("import");
    import.args(["-window", "root", "-crop", &format!("{width}x{height}+0+0"), "+repage"]);
    let _ = import.arg(folder.join(format!("room-{state}.png"))).status();
}

fn turn(user_name: &str, how: SeatTurn, participants: u32) -> Msg {
    let change = SeatChange { user_name: name(user_name), how, at_unix_ms: BEGIN, participants };
    Msg::SeatsChanged(SeatsChanged { participants, changes: vec![change], omitted: 0 })
}

fn talk(house: &House, named: &dyn Fn(&str) -> String) {
    house.open();
    house.serve_until("what is new", || shows(&house.window, "New"));
    shot(house, &named("00-new"));
    house.tell(Msg::GoToNewest);
    house.serve_until("what was said", || shows(&house.window, "Largo"));
    house.tell(Msg::GoTo(PostId(11)));
    let wanted = || house.sent.borrow().iter().any(|effect| matches!(effect, Effect::FetchCardPicture(_)));
    house.serve_until("a picture to be fetched", wanted);
    let wanted = house.sent.borrow().iter().find_map(|effect| match effect {
        Effect::FetchCardPicture(card) => Some(*card),
        _ => None,
    });
    house.page.emit(Input::Picture(wanted.expect("it was just there"), Some(garden())));
    house.serve_until("the picture", || !all::<gtk::Picture>(&house.window).is_empty());
    house.tell(Msg::GoToNewest);
    house.tell(turn("bob", SeatTurn::Joined, 4));
    house.tell(turn("개구리", SeatTurn::Lost, 4));
    house.tell(turn("bob", SeatTurn::Left, 3));
    house.serve_until("who went", || shows(&house.window, "left the room"));
    shot(house, &named("01-end"));
    house.tell(Msg::GoTo(PostId(3)));
    shot(house, &named("02-middle"));
    house.tell(Msg::GoTo(PostId(8)));
    shot(house, &named("03-mention"));
    house.tell(Msg::GoToNewest);
}

fn writing(house: &House, named: &dyn Fn(&str) -> String) {
    house.tell(Msg::Reply(PostId(3)));
    entry(house).buffer().insert_at_cursor("گوش می‌دهم، and I will tell you");
    let paths =
        ["/tmp/Holiday in the mountains.jpeg", "/tmp/letter.odt"].map(|path| Attachment::Path(path.into()));
    house.tell(Msg::Attach(paths.to_vec()));
    house.serve_until("the reply", || shows(&house.window, "letter.odt"));
    shot(house, &named("04-reply"));
    for _ in 0..2 {
        house.tell(Msg::Detach(0));
    }
    house.tell(Msg::Back);
    entry(house).buffer().set_text("");
    house.tell(Msg::Edit(PostId(7)));
    house.serve_until("the edit", || shows(&house.window, "Edit message"));
    shot(house, &named("05-edit"));
    house.tell(Msg::Back);
    entry(house).buffer().set_text(&"much too long ".repeat(200));
    house.serve_until("what is wrong", || shows(&house.window, "too long"));
    shot(house, &named("06-too-long"));
    entry(house).buffer().set_text("");
    entry(house).grab_focus();
    entry(house).buffer().insert_at_cursor("ask @al");
    house.serve_until("the names", || shows(&house.window, "alina"));
    shot(house, &named("07-names"));
    entry(house).buffer().set_text("");
    house.tell(Msg::LinkLost);
    for words in
        ["This waits for the connection.", "And this as well, with something longer to say about it."]
    {
        entry(house).buffer().set_text(words);
        house.tell(Msg::Typed(words.to_owned()));
        house.tell(Msg::Send);
    }
    house.serve_until("what waits", || shows(&house.window, "And this as well"));
    shot(house, &named("08-waiting"));
}

fn places(named: &dyn Fn(&str) -> String, size: (i32, i32)) {
    let house = staged(posts(), size);
    house.open();
    house.serve_until("what was said", || shows(&house.window, "Largo"));
    house.page.emit(Input::FocusSearch);
    house.serve_until("the search", || !all::<gtk::SearchEntry>(&house.window).is_empty());
    shot(&house, &named("09-search"));
    all::<gtk::SearchEntry>(&house.window)[0].set_text("the");
    house.serve_until("what was found", || !shows(&house.window, "Largo"));
    shot(&house, &named("10-found"));
    all::<gtk::SearchEntry>(&house.window)[0].set_text("nothing of it");
    house.serve_until("nothing", || shows(&house.window, "Nothing Found"));
    shot(&house, &named("11-nothing-found"));
    house.tell(Msg::SearchClosed);
    house.tell(Msg::ShowList);
    house.serve_until("the list", || shows(&house.window, "ali"));
    shot(&house, &named("12-list"));
    house.tell(Msg::Open(ConversationId(7)));
    house.serve_until("the conversation", || shows(&house.window, "Nothing Was Said Yet"));
    shot(&house, &named("13-direct"));
    house.tell(Msg::Open(ConversationId::ROOM));
    house.tell(Msg::LeaveRoom);
    house.serve_until("that one left", || shows(&house.window, "You left the room"));
    shot(&house, &named("14-left"));
    if size.0 < 500 {
        house.serve_until("the bar", || shows(&house.window, "Room"));
        let toggles = all::<gtk::ToggleButton>(&house.window);
        let seats = toggles.iter().find(|toggle| toggle.tooltip_text().as_deref() == Some("In the Room"));
        seats.expect("the button").emit_clicked();
        house.serve_until("who is there", || shows(&house.window, "In the Room"));
        shot(&house, &named("15-seats"));
    }
    house.window.destroy();

    let house = staged(posts(), size);
    house.elsewhere.replace(Some("Galaxy of a very long name, Android 14".to_owned()));
    house.open();
    house.serve_until("where one is", || shows(&house.window, "You are in the room on"));
    assert!(button(&house, "Take Over My Seat").is_sensitive());
    shot(&house, &named("16-elsewhere"));
    house.window.destroy();

    let house = staged(Vec::new(), size);
    house.open();
    shot(&house, &named("17-loading"));
    house.serve_until("that it is empty", || shows(&house.window, "Nothing Was Said Yet"));
    shot(&house, &named("18-empty"));
    house.window.destroy();
}

fn staged(posts: Vec<Post>, (width, height): (i32, i32)) -> House {
    let house = House::of(posts);
    house.window.set_default_size(width, height);
    house.window.set_decorated(false);
    house
}

#[test]
fn the_room_is_pictured() {
    if std::env::var_os("SHOTS").is_none() {
        return;
    }
    on_screen(|| {
        parlour_gtk::look::apply();
        for scheme in ["light", "dark", "mirrored"] {
            let manager = adw::StyleManager::default();
            manager.set_color_scheme(match scheme {
                "dark" => adw::ColorScheme::ForceDark,
                _ => adw::ColorScheme::ForceLight,
            });
            gtk::Widget::set_default_direction(match scheme {
                "mirrored" => gtk::TextDirection::Rtl,
                _ => gtk::TextDirection::Ltr,
            });
            for size in SIZES {
                let named = |state: &str| format!("{state}-{}-{scheme}", size.0);
                let house = staged(posts(), size);
                house.read_up_to.set(Some(7));
                talk(&house, &named);
                writing(&house, &named);
                house.window.destroy();
                places(&named, size);
            }
        }
    });
}
