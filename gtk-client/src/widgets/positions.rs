//! A list of positions, for lists whose rows are known elsewhere: nothing is held for a row, however many there are.
//!
//! This file does not know what is listed. A row that is painted anew is not told to GTK, which would build it again.

use relm4::gtk::gio;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;

mod imp {
    use std::cell::Cell;

    use super::*;

    /// The list itself.
    #[derive(Debug, Default)]
    pub struct Positions {
        pub(super) count: Cell<u32>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Positions {
        const NAME: &'static str = "ParlourPositions";
        type Type = super::Positions;
        type Interfaces = (gio::ListModel,);
    }

    impl ObjectImpl for Positions {}

    impl ListModelImpl for Positions {
        fn item_type(&self) -> glib::Type {
            glib::BoxedAnyObject::static_type()
        }

        fn n_items(&self) -> u32 {
            self.count.get()
        }

        // The object says nothing: its list item knows where it stands, also after rows came in before it.
        fn item(&self, position: u32) -> Option<glib::Object> {
            (position < self.count.get()).then(|| glib::BoxedAnyObject::new(()).upcast())
        }
    }
}

glib::wrapper! {
    /// So many rows.
    pub struct Positions(ObjectSubclass<imp::Positions>) @implements gio::ListModel;
}

impl Default for Positions {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl Positions {
    /// Tells that rows came and went at a place; the others stay, whatever number they have now.
    pub fn splice(&self, at: u32, removed: u32, added: u32) {
        let count = &self.imp().count;
        let at = at.min(count.get());
        let removed = removed.min(count.get() - at);
        if removed > 0 || added > 0 {
            count.set(count.get() - removed + added);
            self.items_changed(at, removed, added);
        }
    }

    /// Tells how many rows there are: rows come and go at the end.
    pub fn resize(&self, now: u32) {
        let was = self.imp().count.get();
        self.splice(was.min(now), was.saturating_sub(now), now.saturating_sub(was));
    }
}
