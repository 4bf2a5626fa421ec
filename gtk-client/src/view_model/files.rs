//! One's own files, what others share, and the trash: listing, selecting, and what is done with the selection.
//!
//! This file does not know how cards are drawn, how bytes travel (`transfers.rs`), nor with whom a file is
//! shared (`share.rs`).

mod deeds;
mod listing;
mod msg;
mod work;

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use parlour_common::message::{FileEntry, FileId, FilePlace, Reply, Usage};
use parlour_common::names::UserName;

use self::listing::{Listing, Scope};
use self::work::Work;
use super::rows::{self, Listed, Pickable};
use super::{Answered, Effect, NewUpload, Notice, Page, Problem, RowsChange};
use crate::network::Answer;

pub use self::msg::{Deed, Msg, Offered, Order, Told, View};

/// The cards of the page.
pub type Rows = rows::Rows<FileEntry>;

/// The cards in one page of the list.
pub const PAGE_ROWS: u32 = FileEntry::PAGE_ROWS;

/// From this share of the quota on, one is warned: in percent.
pub const USAGE_WARNING_PERCENT: u64 = 90;

/// The places, in the order in which they are offered.
pub const PLACES: [FilePlace; 3] = [FilePlace::Own, FilePlace::Shared, FilePlace::Trash];

/// A file that is being given another name.
#[derive(Clone, Debug, PartialEq)]
pub struct Renaming {
    file: FileId,
    /// The name it has.
    pub was: String,
    text: String,
    /// What is wrong with the name that was typed.
    pub problem: Option<Problem>,
    asked: Option<u32>,
}

impl Renaming {
    /// Tells whether the daemon is being asked.
    pub fn is_busy(&self) -> bool {
        self.asked.is_some()
    }

    /// Tells whether there is another name.
    pub fn can_submit(&self) -> bool {
        self.asked.is_none() && self.text != self.was && !self.text.trim().is_empty()
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Files {
    own: Option<UserName>,
    trash_days: u32,
    folder: Option<PathBuf>,
    list: Listing,
    /// Whether the page was looked at since somebody signed in.
    is_begun: bool,
    usage: Option<Usage>,
    last_key: u32,
    /// What is to be done once every selected file is known.
    gathering: Option<Deed>,
    /// What waits for a folder or for a yes.
    chosen: Vec<Arc<FileEntry>>,
    asking: Option<Deed>,
    emptying: Emptying,
    work: Option<Work>,
    renaming: Option<Renaming>,
    /// What others shared since one has looked.
    unseen: u32,
}

/// How far the emptying of the trash is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Emptying {
    /// Nobody wants it.
    #[default]
    No,
    /// The person is asked.
    Asked,
    /// The daemon does it.
    UnderWay(u32),
}

impl Files {
    /// Makes the page of somebody who is not signed in yet. The list draws the same `rows`.
    pub fn new(rows: Rc<RefCell<Rows>>) -> Self {
        Self { list: Listing::of(rows), ..Self::default() }
    }

    /// Returns the place that is shown.
    pub fn place(&self) -> FilePlace {
        self.list.scope.place
    }

    /// Returns what is searched for.
    pub fn query(&self) -> &str {
        &self.list.scope.query
    }

    /// Returns the order.
    pub fn order(&self) -> Order {
        self.list.scope.order
    }

    /// Returns where files were saved last time.
    pub fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// Returns how many files are listed.
    pub fn total(&self) -> u32 {
        self.list.rows.borrow().total()
    }

    /// Returns how much one's files take, once it is known.
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Returns how long files stay in the trash, in days; 0 for ever.
    pub fn trash_days(&self) -> u32 {
        self.trash_days
    }

    /// Returns how many files others shared since one has looked.
    pub fn unseen(&self) -> u32 {
        self.unseen
    }

    /// Returns the file that is being renamed.
    pub fn renaming(&self) -> Option<&Renaming> {
        self.renaming.as_ref()
    }

    /// Returns how many files are selected, and their size in bytes where that is known.
    pub fn picked(&self) -> (usize, Option<u64>) {
        let rows = self.list.rows.borrow();
        (rows.picked_count(), rows.picked_bytes())
    }

    /// Tells whether something is being done with files.
    pub fn is_busy(&self) -> bool {
        self.work.is_some() || self.gathering.is_some() || matches!(self.emptying, Emptying::UnderWay(_))
    }

    /// Tells whether the trash can be emptied.
    pub fn can_empty(&self) -> bool {
        self.place() == FilePlace::Trash && self.view() == View::Cards && !self.is_busy()
    }

    /// Returns what the page shows.
    pub fn view(&self) -> View {
        match self.list.failed() {
            Some(problem) => View::Failed(problem.clone()),
            None if self.total() > 0 => View::Cards,
            None if !self.list.is_here() || self.list.is_searching() => View::Loading,
            None if self.query().trim().is_empty() => View::Empty,
            None => View::NoMatch,
        }
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { own, trash_days, order, folder } => self.open(own, trash_days, order, folder),
            Msg::Shown => self.show(),
            Msg::PlacePicked(place) => self.turn_to(place),
            Msg::ShowShared => {
                let mut effects = vec![Effect::TurnTo(Page::Files)];
                effects.extend(self.turn_to(FilePlace::Shared));
                effects
            }
            Msg::QueryTyped(query) => self.take_query(query),
            Msg::OrderPicked(order) => self.set_order(order),
            Msg::Wanted(pages) => self.list.look(pages, &mut self.last_key),
            Msg::Settled => self.list.settle(),
            Msg::Retry => self.retry(),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::FilesChanged if self.is_begun => self.list.refresh_soon(),
            Msg::FileShared(entry) => self.take_shared(&entry),
            Msg::Resumed if self.is_begun => self.list.refresh(&mut self.last_key),
            Msg::Picked | Msg::FilesChanged | Msg::Resumed => Vec::new(),
            Msg::ClearPicks => self.clear_picks(),
            Msg::Back => self.back(),
            Msg::ChooseFiles => vec![Effect::ChooseFiles],
            Msg::Offered(offered) => self.take_offered(offered),
            Msg::Do(deed) => self.begin(deed),
            Msg::Activate(row) => self.activate(row),
            Msg::FolderChosen(folder) => self.take_folder(folder),
            Msg::NameTyped(text) => self.take_name(text),
            Msg::Rename => self.rename(),
            Msg::EndRename => {
                self.renaming = None;
                Vec::new()
            }
            Msg::Confirmed(yes) => self.take_choice(yes),
            Msg::EmptyTrash => self.ask_to_empty(),
            Msg::Undo(files) => self.undo(&files),
            Msg::DraggedOut { entry, folder } => self.drag_out(*entry, folder),
            // Whoever waits for it is in the page.
            Msg::Fetched { .. } => Vec::new(),
        }
    }

    fn open(&mut self, own: UserName, trash_days: u32, order: Order, folder: Option<PathBuf>) -> Vec<Effect> {
        let cleared = self.list.clear();
        let list = std::mem::take(&mut self.list);
        let last_key = self.last_key;
        *self = Self { own: Some(own), trash_days, folder, last_key, ..Self::new(Rc::clone(&list.rows)) };
        self.list.scope = Scope { order, ..Scope::default() };
        vec![cleared, Effect::ShowUnseen(0)]
    }

    /// Begins to list when the page is looked at for the first time.
    fn show(&mut self) -> Vec<Effect> {
        if self.own.is_none() || std::mem::replace(&mut self.is_begun, true) {
            return self.see();
        }
        let mut effects = self.list.begin(&mut self.last_key);
        effects.extend(self.see());
        effects
    }

    /// Notes that what others share is looked at.
    fn see(&mut self) -> Vec<Effect> {
        if self.place() == FilePlace::Shared && std::mem::take(&mut self.unseen) > 0 {
            return vec![Effect::ShowUnseen(0)];
        }
        Vec::new()
    }

    fn turn_to(&mut self, place: FilePlace) -> Vec<Effect> {
        if place == self.place() && self.is_begun {
            return self.see();
        }
        self.is_begun = true;
        self.gathering = None;
        self.renaming = None;
        let order = self.order();
        self.list.scope = Scope { place, query: String::new(), order };
        let mut effects = vec![self.list.clear()];
        effects.extend(self.list.begin(&mut self.last_key));
        effects.extend(self.see());
        effects
    }

    fn take_query(&mut self, query: String) -> Vec<Effect> {
        let is_other = query.trim() != self.query().trim();
        self.list.scope.query = query;
        if is_other && self.is_begun { self.list.begin(&mut self.last_key) } else { Vec::new() }
    }

    fn set_order(&mut self, order: Order) -> Vec<Effect> {
        if order == self.order() {
            return Vec::new();
        }
        self.list.scope.order = order;
        let mut effects = vec![Effect::RememberOrder(order)];
        effects.extend(self.list.begin(&mut self.last_key));
        effects
    }

    fn retry(&mut self) -> Vec<Effect> {
        let mut effects = self.list.retry(&mut self.last_key);
        effects.extend(self.work_on());
        effects
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if let Answer::Reply(Reply::Files(page)) = &answer {
            self.usage = Some(page.usage);
        }
        if let Some(mut effects) = self.list.take(key, &answer, &mut self.last_key) {
            effects.extend(self.finish_gathering());
            return effects;
        }
        self.take_deed_answer(key, answer)
    }

    fn take_shared(&mut self, entry: &FileEntry) -> Vec<Effect> {
        let by = entry.shared_by.as_ref().map(|by| by.user_name.to_string()).unwrap_or_default();
        let notice = Notice::Files(Told::Shared { by, name: entry.file_name.to_string() });
        self.unseen += 1;
        vec![Effect::offer(notice, Msg::ShowShared), Effect::ShowUnseen(self.unseen)]
    }

    fn clear_picks(&mut self) -> Vec<Effect> {
        self.gathering = None;
        self.list.rows.borrow_mut().clear_picks();
        vec![Effect::Rows(RowsChange::Picked)]
    }

    /// Leaves what is being done, the nearest first.
    fn back(&mut self) -> Vec<Effect> {
        if self.renaming.take().is_some() {
            return Vec::new();
        }
        if self.picked().0 > 0 { self.clear_picks() } else { vec![Effect::Back] }
    }

    fn take_offered(&mut self, offered: Offered) -> Vec<Effect> {
        let Offered { paths, folders, foreign } = offered;
        let mut effects = Vec::new();
        if folders + foreign > 0 {
            effects.push(Effect::Say(Notice::Files(Told::NotUploaded { folders, foreign })));
        }
        if !paths.is_empty() {
            effects.extend(self.turn_to(FilePlace::Own));
            let upload = |path| NewUpload { path, to_show: None };
            effects.push(Effect::Upload(paths.into_iter().map(upload).collect()));
        }
        effects
    }
}

#[cfg(test)]
pub(crate) mod tests;
