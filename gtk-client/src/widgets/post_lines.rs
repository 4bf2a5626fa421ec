//! What is in a post, one line beneath the other, each as wide as the post.
//!
//! This file does not know what the lines are. A box of GTK would do, but for one thing: asked how narrow it may be at
//! some height, a box of GTK 4.8 gives a text that wraps no more than the height of one line, and so is as wide as that.
//! These lines are as high as their breadth makes them, and as narrow as the widest of them at any height.

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;

/// What is free between two lines, in application pixels.
const GAP: i32 = 2;

mod imp {
    use super::*;

    /// The layout itself.
    #[derive(Debug, Default)]
    pub struct LinesLayout;

    #[glib::object_subclass]
    impl ObjectSubclass for LinesLayout {
        const NAME: &'static str = "ParlourLinesLayout";
        type Type = super::LinesLayout;
        type ParentType = gtk::LayoutManager;
    }

    impl ObjectImpl for LinesLayout {}

    impl LayoutManagerImpl for LinesLayout {
        fn request_mode(&self, _widget: &gtk::Widget) -> gtk::SizeRequestMode {
            gtk::SizeRequestMode::HeightForWidth
        }

        fn measure(
            &self,
            widget: &gtk::Widget,
            orientation: gtk::Orientation,
            for_size: i32,
        ) -> (i32, i32, i32, i32) {
            if orientation == gtk::Orientation::Horizontal {
                let widest = children(widget).fold((0, 0), |(least, natural), child| {
                    let of_child = child.measure(orientation, -1);
                    (least.max(of_child.0), natural.max(of_child.1))
                });
                return (widest.0, widest.1, -1, -1);
            }
            // A picture would be as high as the post is wide, if it were asked what it likes best.
            let high = children(widget).enumerate().fold(0, |high, (at, child)| {
                high + child.measure(orientation, for_size).0 + if at == 0 { 0 } else { GAP }
            });
            (high, high, -1, -1)
        }

        fn allocate(&self, widget: &gtk::Widget, width: i32, _height: i32, _baseline: i32) {
            let mut top = 0;
            for child in children(widget) {
                let high = child.measure(gtk::Orientation::Vertical, width).0;
                child.size_allocate(&gtk::Allocation::new(0, top, width, high), -1);
                top += high + GAP;
            }
        }
    }

    fn children(widget: &gtk::Widget) -> impl Iterator<Item = gtk::Widget> {
        std::iter::successors(widget.first_child(), WidgetExt::next_sibling).filter(WidgetExt::should_layout)
    }

    /// The lines themselves.
    #[derive(Debug, Default)]
    pub struct PostLines;

    #[glib::object_subclass]
    impl ObjectSubclass for PostLines {
        const NAME: &'static str = "ParlourPostLines";
        type Type = super::PostLines;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_layout_manager_type::<super::LinesLayout>();
            class.set_css_name("postlines");
        }
    }

    impl ObjectImpl for PostLines {
        fn dispose(&self) {
            while let Some(child) = self.obj().first_child() {
                child.unparent();
            }
        }
    }

    impl WidgetImpl for PostLines {}
}

glib::wrapper! {
    /// Lays out lines one beneath the other.
    pub struct LinesLayout(ObjectSubclass<imp::LinesLayout>) @extends gtk::LayoutManager;
}

glib::wrapper! {
    /// What is in a post, line by line.
    pub struct PostLines(ObjectSubclass<imp::PostLines>) @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for PostLines {
    fn default() -> Self {
        glib::Object::builder().property("hexpand", true).build()
    }
}

impl PostLines {
    /// Puts one more line beneath the others.
    pub fn append(&self, line: &impl IsA<gtk::Widget>) {
        line.set_parent(self);
    }
}
