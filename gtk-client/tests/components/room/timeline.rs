//! The list of what was said by itself: how it keeps its place, follows its end, and bears a great many rows.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use parlour_gtk::view_model::room::TimelineChange;
use parlour_gtk::widgets::post_look::{PostDeed, PostLook, RowLook};
use parlour_gtk::widgets::timeline::{Rows, Timeline, TimelineEvent};
use relm4::adw::prelude::*;
use relm4::gtk;

use crate::{on_screen, shows, texts, work_until};

/// Posts of very different heights, numbered so that those that come in above have lower numbers.
struct Numbered {
    first: Rc<Cell<i64>>,
    count: Rc<Cell<u32>>,
    painted: Rc<Cell<usize>>,
}

impl Rows for Numbered {
    fn look(&self, position: u32) -> Option<RowLook> {
        self.painted.set(self.painted.get() + 1);
        let number = self.first.get() + i64::from(position);
        let words = "and so on ".repeat(usize::try_from(number.rem_euclid(7) * 9).expect("not negative"));
        (position < self.count.get()).then(|| {
            let text = format!("post {number} {words}");
            RowLook::Post(Box::new(PostLook { author: "sara".to_owned(), text, ..PostLook::default() }))
        })
    }

    fn offers(&self, _position: u32, deed: PostDeed) -> bool {
        deed == PostDeed::Reply
    }
}

struct Stage {
    list: Timeline,
    window: gtk::Window,
    first: Rc<Cell<i64>>,
    count: Rc<Cell<u32>>,
    painted: Rc<Cell<usize>>,
    told: Rc<RefCell<Vec<TimelineEvent>>>,
}

impl Stage {
    fn of(rows: u32) -> Self {
        let (first, count, painted) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(rows)), Rc::default());
        let told: Rc<RefCell<Vec<TimelineEvent>>> = Rc::default();
        let numbered =
            Numbered { first: Rc::clone(&first), count: Rc::clone(&count), painted: Rc::clone(&painted) };
        let keep = Rc::clone(&told);
        let list = Timeline::new("Messages", 860, numbered, move |event| keep.borrow_mut().push(event));
        let window = gtk::Window::builder().default_width(700).default_height(600).build();
        window.set_child(Some(list.widget()));
        window.present();
        list.apply(TimelineChange::Replaced { was: 0, now: rows });
        Self { list, window, first, count, painted, told }
    }

    /// Puts so many rows above all others.
    fn prepend(&self, rows: u32) {
        self.first.set(self.first.get() - i64::from(rows));
        self.count.set(self.count.get() + rows);
        self.list.apply(TimelineChange::Splice { at: 0, removed: 0, added: rows });
    }

    /// Puts so many rows below all others.
    fn append(&self, rows: u32) {
        let at = self.count.get();
        self.count.set(at + rows);
        self.list.apply(TimelineChange::Splice { at, removed: 0, added: rows });
    }

    fn last(&self) -> String {
        format!("post {} ", self.first.get() + i64::from(self.count.get()) - 1)
    }

    fn scroller(&self) -> gtk::ScrolledWindow {
        self.list.view().ancestor(gtk::ScrolledWindow::static_type()).and_downcast().expect("it scrolls")
    }

    /// Returns how far beneath the top of the window a text stands, if it is in sight.
    fn top_of(&self, text: &str) -> Option<f64> {
        let scroller = self.scroller();
        let label = find_label(self.list.view().upcast_ref(), text)?;
        let (_, top) = label.translate_coordinates(&scroller, 0.0, 0.0)?;
        (top + f64::from(label.height()) > 0.0 && top < f64::from(scroller.height())).then_some(top)
    }

    /// Returns a post in the upper half of the window, and how far beneath its top it stands.
    fn looked_at(&self) -> (f64, String) {
        let posts = texts(self.list.view()).into_iter().filter(|text| text.starts_with("post "));
        posts
            .filter_map(|text| Some((self.top_of(&text)?, text)))
            .min_by(|one, other| (one.0 - 200.0).abs().total_cmp(&(other.0 - 200.0).abs()))
            .expect("something is in sight")
    }

    fn settle(&self) {
        for _ in 0..12 {
            crate::frame(&self.window);
        }
    }
}

fn find_label(widget: &gtk::Widget, text: &str) -> Option<gtk::Label> {
    if !widget.is_mapped() {
        return None;
    }
    let label = widget.downcast_ref::<gtk::Label>().filter(|label| label.text().starts_with(text)).cloned();
    label.or_else(|| {
        std::iter::successors(widget.first_child(), WidgetExt::next_sibling)
            .find_map(|child| find_label(&child, text))
    })
}

#[test]
fn what_is_looked_at_stays_where_it_is_when_older_posts_come_in_above() {
    on_screen(|| {
        let stage = Stage::of(64);
        work_until("the newest", || stage.top_of(&stage.last()).is_some());
        // From the end, from within and from the very top.
        for part in [1.0, 0.5, 0.0] {
            let adjustment = stage.scroller().vadjustment();
            // As somebody who scrolls: the list follows its end only while one is there.
            crate::scroll(stage.list.view());
            adjustment.set_value((adjustment.upper() - adjustment.page_size()) * part);
            crate::scroll(stage.list.view());
            stage.settle();
            let (before, fixed) = stage.looked_at();
            for _ in 0..3 {
                stage.prepend(64);
                stage.settle();
                let after =
                    stage.top_of(&fixed).unwrap_or_else(|| panic!("{fixed:?} is out of sight, {part}"));
                assert!((after - before).abs() < 3.0, "{fixed:?} moved from {before} to {after}, {part}");
            }
        }
    });
}

#[test]
fn the_newest_is_followed_while_it_is_in_sight_and_not_from_elsewhere() {
    on_screen(|| {
        let stage = Stage::of(200);
        work_until("the newest", || stage.top_of(&stage.last()).is_some());
        for _ in 0..5 {
            stage.append(3);
            stage.settle();
            assert!(stage.top_of(&stage.last()).is_some(), "{} is in sight", stage.last());
        }
        stage.window.set_default_size(420, 500);
        stage.settle();
        work_until("the newest in a smaller window", || stage.top_of(&stage.last()).is_some());
        let adjustment = stage.scroller().vadjustment();
        crate::scroll(stage.list.view());
        adjustment.set_value(adjustment.upper() / 2.0);
        crate::scroll(stage.list.view());
        stage.settle();
        let (before, fixed) = stage.looked_at();
        stage.append(20);
        stage.settle();
        let after = stage.top_of(&fixed).unwrap_or_else(|| panic!("{fixed:?} is out of sight"));
        assert!((after - before).abs() < 3.0, "{fixed:?} moved from {before} to {after}");
        assert!(stage.top_of(&stage.last()).is_none(), "the newest is not shown to whoever reads elsewhere");
        let is_away = |event: &TimelineEvent| matches!(event, TimelineEvent::Looking { at_end: false, .. });
        assert!(stage.told.borrow().last().is_some_and(is_away));
        stage.list.apply(TimelineChange::ShowNewest);
        stage.settle();
        work_until("the newest again", || stage.top_of(&stage.last()).is_some());
        stage.list.apply(TimelineChange::Show { row: 30 });
        work_until("a row that was wanted", || stage.top_of("post 30 ").is_some());
    });
}

#[test]
fn of_five_thousand_posts_few_are_built_and_few_are_painted() {
    on_screen(|| {
        let stage = Stage::of(5_000);
        work_until("the newest", || stage.top_of("post 4999 ").is_some());
        assert!(stage.list.built() < 500, "{} rows are built", stage.list.built());
        stage.painted.set(0);
        stage.prepend(64);
        stage.append(1);
        stage.settle();
        assert!(shows(stage.list.view(), &stage.last()) && stage.top_of(&stage.last()).is_some());
        assert!(stage.painted.get() < 400, "{} rows were painted for 65 new ones", stage.painted.get());
        let last = stage.told.borrow().last().copied();
        assert!(
            matches!(last, Some(TimelineEvent::Looking { last: 5_064, at_end: true, .. })),
            "{last:?} is looked at"
        );
    });
}

#[test]
fn a_list_that_was_long_shows_what_is_around_a_post_that_was_far_away() {
    on_screen(|| {
        let stage = Stage::of(64);
        work_until("the newest", || stage.top_of(&stage.last()).is_some());
        for _ in 0..30 {
            stage.prepend(64);
            stage.settle();
        }
        assert!(stage.top_of(&stage.last()).is_some(), "the newest is followed");
        assert!(stage.list.built() < 500, "{} rows are built", stage.list.built());
        // As the app does it: what is around the post, and nothing else.
        let was = stage.count.get();
        stage.first.set(-1_000);
        stage.count.set(65);
        stage.list.apply(TimelineChange::Replaced { was, now: 65 });
        stage.list.apply(TimelineChange::Show { row: 32 });
        work_until("a post far above", || stage.top_of("post -968 ").is_some());
        // The far end is let go while more comes in above.
        for _ in 0..3 {
            stage.prepend(64);
            stage.settle();
            let (before, fixed) = stage.looked_at();
            stage.count.set(stage.count.get() - 5);
            stage.list.apply(TimelineChange::Splice { at: stage.count.get(), removed: 5, added: 0 });
            stage.settle();
            let after = stage.top_of(&fixed).unwrap_or_else(|| panic!("{fixed:?} is out of sight"));
            assert!((after - before).abs() < 3.0, "{fixed:?} moved from {before} to {after}");
        }
    });
}
