//! Choosing a folder to save in, or files to upload, with the desktop's own chooser.
//!
//! This file does not know what the folder or the files are for, nor keeps them.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::prelude::*;

/// The desktop's folder chooser.
pub struct FolderChooser {
    on_chosen: Rc<dyn Fn(PathBuf)>,
    /// Held while it is open: it would close otherwise.
    open: Rc<RefCell<Option<gtk::FileChooserNative>>>,
}

impl std::fmt::Debug for FolderChooser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FolderChooser").finish_non_exhaustive()
    }
}

impl FolderChooser {
    /// Makes a chooser that tells which folder was chosen.
    pub fn new(on_chosen: impl Fn(PathBuf) + 'static) -> Self {
        Self { on_chosen: Rc::new(on_chosen), open: Rc::default() }
    }

    /// Shows the chooser, beginning at a folder.
    pub fn show(&self, beside: &impl IsA<gtk::Widget>, folder: Option<&PathBuf>) {
        if self.open.borrow().is_some() {
            return;
        }
        let window = beside.root().and_downcast::<gtk::Window>();
        let chooser = gtk::FileChooserNative::new(
            Some("Choose a Folder"),
            window.as_ref(),
            gtk::FileChooserAction::SelectFolder,
            Some("_Choose"),
            Some("_Cancel"),
        );
        if let Some(folder) = folder {
            // A folder that is gone is no reason not to choose another.
            let _ = chooser.set_current_folder(Some(&gio::File::for_path(folder)));
        }
        let (open, on_chosen) = (Rc::clone(&self.open), Rc::clone(&self.on_chosen));
        chooser.connect_response(move |chooser, response| {
            // What is not a folder of this machine (a phone, a share without a path) cannot be written to.
            let folder = chooser.file().and_then(|file| file.path());
            if let (gtk::ResponseType::Accept, Some(folder)) = (response, folder) {
                on_chosen(folder);
            }
            open.replace(None);
        });
        chooser.show();
        self.open.replace(Some(chooser));
    }
}

/// The desktop's chooser of files.
pub struct FilesChooser {
    title: &'static str,
    accept: &'static str,
    on_chosen: Rc<dyn Fn(Vec<gio::File>)>,
    /// Held while it is open: it would close otherwise.
    open: Rc<RefCell<Option<gtk::FileChooserNative>>>,
}

impl std::fmt::Debug for FilesChooser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilesChooser").finish_non_exhaustive()
    }
}

impl FilesChooser {
    /// Makes a chooser that tells which files were chosen, to be uploaded.
    pub fn new(on_chosen: impl Fn(Vec<gio::File>) + 'static) -> Self {
        Self::titled("Choose Files to Upload", "_Upload", on_chosen)
    }

    /// Makes a chooser with other words.
    pub fn titled(
        title: &'static str,
        accept: &'static str,
        on_chosen: impl Fn(Vec<gio::File>) + 'static,
    ) -> Self {
        Self { title, accept, on_chosen: Rc::new(on_chosen), open: Rc::default() }
    }

    /// Shows the chooser.
    pub fn show(&self, beside: &impl IsA<gtk::Widget>) {
        if self.open.borrow().is_some() {
            return;
        }
        let window = beside.root().and_downcast::<gtk::Window>();
        let chooser = gtk::FileChooserNative::new(
            Some(self.title),
            window.as_ref(),
            gtk::FileChooserAction::Open,
            Some(self.accept),
            Some("_Cancel"),
        );
        chooser.set_select_multiple(true);
        let (open, on_chosen) = (Rc::clone(&self.open), Rc::clone(&self.on_chosen));
        chooser.connect_response(move |chooser, response| {
            if response == gtk::ResponseType::Accept {
                let files = chooser.files();
                let files = (0..files.n_items()).filter_map(|at| files.item(at).and_downcast()).collect();
                on_chosen(files);
            }
            open.replace(None);
        });
        chooser.show();
        self.open.replace(Some(chooser));
    }
}

/// The desktop's chooser of a file to be written.
#[derive(Debug, Default)]
pub struct NewFileChooser {
    /// Held while it is open: it would close otherwise.
    open: Rc<RefCell<Option<gtk::FileChooserNative>>>,
}

impl NewFileChooser {
    /// Shows the chooser, with a name for the file, and tells what was chosen. The desktop asks before a file that is
    /// there is written over.
    pub fn show(
        &self,
        beside: &impl IsA<gtk::Widget>,
        title: &str,
        file_name: &str,
        on_chosen: impl Fn(PathBuf) + 'static,
    ) {
        if self.open.borrow().is_some() {
            return;
        }
        let window = beside.root().and_downcast::<gtk::Window>();
        let save = gtk::FileChooserAction::Save;
        let chooser =
            gtk::FileChooserNative::new(Some(title), window.as_ref(), save, Some("_Save"), Some("_Cancel"));
        chooser.set_current_name(file_name);
        let open = Rc::clone(&self.open);
        chooser.connect_response(move |chooser, response| {
            let path = chooser.file().and_then(|file| file.path());
            if let (gtk::ResponseType::Accept, Some(path)) = (response, path) {
                on_chosen(path);
            }
            open.replace(None);
        });
        chooser.show();
        self.open.replace(Some(chooser));
    }
}
