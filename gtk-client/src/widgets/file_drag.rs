//! A file that is dragged out of the window, to a file browser or another program.
//!
//! This file does not know how a file is fetched: it asks, waits, and hands over where it lies. Nothing is
//! fetched before the other program asks, which most do when the file is dropped.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;

use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{gdk, gio, glib};

/// What files are handed over as, between programs.
const URI_LIST: &str = "text/uri-list";

/// Where the file will be; nothing if it cannot be had.
pub type Arrival = Pin<Box<dyn Future<Output = Option<PathBuf>>>>;

mod imp {
    use super::*;

    /// What the other program is offered.
    #[derive(Default)]
    pub struct FileDrag {
        pub(super) fetch: std::cell::RefCell<Option<Rc<dyn Fn() -> Arrival>>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for FileDrag {
        const NAME: &'static str = "ParlourFileDrag";
        type Type = super::FileDrag;
        type ParentType = gdk::ContentProvider;
    }

    impl ObjectImpl for FileDrag {}

    impl ContentProviderImpl for FileDrag {
        fn formats(&self) -> gdk::ContentFormats {
            gdk::ContentFormats::builder().add_mime_type(URI_LIST).build()
        }

        fn write_mime_type_future(
            &self,
            _mime_type: &str,
            stream: &gio::OutputStream,
            priority: glib::Priority,
        ) -> Pin<Box<dyn Future<Output = Result<(), glib::Error>> + 'static>> {
            let (fetch, stream) = (self.fetch.borrow().clone(), stream.clone());
            Box::pin(async move {
                let path = match fetch {
                    Some(fetch) => fetch().await,
                    None => None,
                };
                let missing =
                    || glib::Error::new(gio::IOErrorEnum::Cancelled, "the file could not be fetched");
                let uri = gio::File::for_path(path.ok_or_else(missing)?).uri();
                let (_, written, fault) = stream
                    .write_all_future(format!("{uri}\r\n"), priority)
                    .await
                    .map_err(|(_, error)| error)?;
                tracing::debug!(written, "a file was handed over");
                fault.map_or(Ok(()), Err)
            })
        }
    }
}

glib::wrapper! {
    /// A file that is being dragged out of the window.
    pub struct FileDrag(ObjectSubclass<imp::FileDrag>) @extends gdk::ContentProvider;
}

impl std::fmt::Debug for imp::FileDrag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileDrag").finish_non_exhaustive()
    }
}

impl FileDrag {
    /// Offers a file. `fetch` is called when another program asks for it.
    pub fn new(fetch: impl Fn() -> Arrival + 'static) -> Self {
        let drag: Self = glib::Object::new();
        drag.imp().fetch.replace(Some(Rc::new(fetch)));
        drag
    }
}
