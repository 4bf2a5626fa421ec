//! What is done with the selection: what may be, what is asked before, what is said after.
//!
//! This file does not know how the list is fetched (`listing.rs`).

use std::path::PathBuf;
use std::sync::Arc;

use parlour_common::limits::FILES_PER_REQUEST_MAX;
use parlour_common::message::{
    CardSource, FileEntry, FileId, FilePlace, RenameFile, Reply, Request, SameName,
};
use parlour_common::names::FileName;

use super::msg::{Deed, Told};
use super::work::{Next, Work};
use super::{Emptying, Files, Msg, Renaming};
use crate::network::Answer;
use crate::view_model::choices::SHOWN_AT_ONCE_MAX;
use crate::view_model::fetch::fault_of;
use crate::view_model::{Effect, Notice, Problem, Question, RowsChange, WantedFile, share};

impl Files {
    /// Tells whether something can be done with what is selected.
    pub fn can(&self, deed: Deed) -> bool {
        let (picked, _) = self.picked();
        let fits = match deed {
            Deed::Rename => picked == 1,
            Deed::Share => (1..=usize::from(FILES_PER_REQUEST_MAX)).contains(&picked),
            Deed::Show => (1..=SHOWN_AT_ONCE_MAX).contains(&picked),
            _ => picked > 0,
        };
        fits && deed.is_of(self.place()) && !self.is_busy()
    }

    /// Begins with what is selected, once every file of it is known.
    pub(super) fn begin(&mut self, deed: Deed) -> Vec<Effect> {
        if !self.can(deed) {
            return Vec::new();
        }
        self.gathering = Some(deed);
        let mut effects = self.list.gather(true, &mut self.last_key);
        effects.extend(self.finish_gathering());
        effects
    }

    pub(super) fn finish_gathering(&mut self) -> Vec<Effect> {
        let Some(deed) = self.gathering.filter(|_| self.list.has_gathered()) else { return Vec::new() };
        self.gathering = None;
        self.list.gather(false, &mut self.last_key);
        let files = self.list.rows.borrow().picks();
        self.chosen = files;
        self.do_with_chosen(deed)
    }

    fn do_with_chosen(&mut self, deed: Deed) -> Vec<Effect> {
        let name = self.only_name();
        let files = self.chosen.len();
        match deed {
            Deed::Download if self.chosen.is_empty() => Vec::new(),
            Deed::Download => vec![Effect::ChooseFolder],
            Deed::Share => self.open_sharing(),
            Deed::Show => self.show_chosen(),
            Deed::Rename => self.begin_rename(),
            Deed::Trash | Deed::Restore => self.work_with_chosen(deed),
            Deed::Purge | Deed::Remove => {
                self.asking = Some(deed);
                let question = match deed {
                    Deed::Purge => Question::PurgeFiles { files, name },
                    _ => Question::RemoveShared { files, name },
                };
                vec![Effect::Confirm(question)]
            }
        }
    }

    /// Returns the name of what is chosen, if it is one file.
    fn only_name(&self) -> Option<String> {
        match self.chosen.as_slice() {
            [only] => Some(only.file_name.to_string()),
            _ => None,
        }
    }

    fn open_sharing(&mut self) -> Vec<Effect> {
        let files = std::mem::take(&mut self.chosen);
        match &self.own {
            Some(own) if !files.is_empty() => {
                vec![Effect::open(share::Msg::Opened { own: own.clone(), files })]
            }
            _ => Vec::new(),
        }
    }

    fn show_chosen(&mut self) -> Vec<Effect> {
        let files = std::mem::take(&mut self.chosen);
        let show =
            |entry: Arc<FileEntry>| Effect::Show(CardSource::File(entry.file), entry.file_name.to_string());
        let mut effects = self.clear_picks();
        effects.extend(files.into_iter().map(show));
        effects
    }

    /// Saves or restores one file that was pressed twice.
    pub(super) fn activate(&mut self, row: u32) -> Vec<Effect> {
        let entry = self.list.rows.borrow().item(row).cloned();
        let (Some(entry), false) = (entry, self.is_busy()) else { return Vec::new() };
        self.chosen = vec![entry];
        match self.place() {
            FilePlace::Own | FilePlace::Shared => self.do_with_chosen(Deed::Download),
            FilePlace::Trash => self.do_with_chosen(Deed::Restore),
        }
    }

    pub(super) fn take_folder(&mut self, folder: PathBuf) -> Vec<Effect> {
        let wanted = |entry: Arc<FileEntry>| WantedFile { entry: (*entry).clone(), folder: folder.clone() };
        let files: Vec<WantedFile> = std::mem::take(&mut self.chosen).into_iter().map(wanted).collect();
        self.folder = Some(folder.clone());
        let mut effects = vec![Effect::RememberFilesFolder(folder)];
        if !files.is_empty() {
            effects.push(Effect::Fetch(files));
            effects.extend(self.clear_picks());
        }
        effects
    }

    pub(super) fn drag_out(&mut self, entry: FileEntry, folder: PathBuf) -> Vec<Effect> {
        let told = Told::FetchingForDrag { name: entry.file_name.to_string() };
        vec![Effect::Fetch(vec![WantedFile { entry, folder }]), Effect::Say(Notice::Files(told))]
    }

    fn begin_rename(&mut self) -> Vec<Effect> {
        let Some(entry) = self.chosen.pop() else { return Vec::new() };
        let was = entry.file_name.to_string();
        let text = was.clone();
        self.renaming = Some(Renaming { file: entry.file, was, text, problem: None, asked: None });
        Vec::new()
    }

    pub(super) fn take_name(&mut self, text: String) -> Vec<Effect> {
        if let Some(renaming) = &mut self.renaming
            && renaming.text != text
        {
            renaming.text = text;
            renaming.problem = None;
        }
        Vec::new()
    }

    pub(super) fn rename(&mut self) -> Vec<Effect> {
        let Some(renaming) = self.renaming.as_mut().filter(|renaming| renaming.can_submit()) else {
            return Vec::new();
        };
        match FileName::parse(&renaming.text) {
            Err(fault) => {
                renaming.problem = Some(Problem::Fault(fault));
                Vec::new()
            }
            Ok(file_name) => {
                self.last_key = self.last_key.wrapping_add(1);
                renaming.asked = Some(self.last_key);
                let (file, file_name) = (renaming.file, file_name.to_string());
                let request = Request::RenameFile(RenameFile { file, file_name, same_name: SameName::Ask });
                vec![Effect::Ask { key: self.last_key, request }]
            }
        }
    }

    /// Takes the answer to a question before something grave.
    pub(super) fn take_choice(&mut self, yes: bool) -> Vec<Effect> {
        if self.emptying == Emptying::Asked {
            self.emptying = Emptying::No;
            return if yes { self.empty() } else { Vec::new() };
        }
        match (self.asking.take(), yes) {
            (Some(deed), true) => self.work_with_chosen(deed),
            _ => {
                self.chosen.clear();
                Vec::new()
            }
        }
    }

    pub(super) fn ask_to_empty(&mut self) -> Vec<Effect> {
        if !self.can_empty() {
            return Vec::new();
        }
        self.emptying = Emptying::Asked;
        vec![Effect::Confirm(Question::EmptyTrash { bytes: self.usage.map(|usage| usage.trash_bytes) })]
    }

    fn empty(&mut self) -> Vec<Effect> {
        self.last_key = self.last_key.wrapping_add(1);
        self.emptying = Emptying::UnderWay(self.last_key);
        vec![Effect::Ask { key: self.last_key, request: Request::EmptyTrash {} }]
    }

    fn work_with_chosen(&mut self, deed: Deed) -> Vec<Effect> {
        let name = self.only_name();
        let files: Vec<FileId> = std::mem::take(&mut self.chosen).iter().map(|entry| entry.file).collect();
        if files.is_empty() || self.work.is_some() {
            return Vec::new();
        }
        self.work = Some(Work::new(deed, &files, name));
        self.work_on()
    }

    /// Takes files out of the trash that were just put there.
    pub(super) fn undo(&mut self, files: &[FileId]) -> Vec<Effect> {
        if files.is_empty() || self.work.is_some() {
            return Vec::new();
        }
        self.work = Some(Work::new(Deed::Restore, files, None));
        self.work_on()
    }

    /// Asks for the next portion, if none is under way.
    pub(super) fn work_on(&mut self) -> Vec<Effect> {
        let (Some(work), Some(own)) = (&mut self.work, &self.own) else { return Vec::new() };
        let key = self.last_key.wrapping_add(1);
        match work.ask(key, own) {
            Some(request) => {
                self.last_key = key;
                vec![Effect::Ask { key, request }]
            }
            None => Vec::new(),
        }
    }

    /// Takes an answer to what was asked to be done.
    pub(super) fn take_deed_answer(&mut self, key: u32, answer: Answer) -> Vec<Effect> {
        if self.renaming.as_ref().is_some_and(|renaming| renaming.asked == Some(key)) {
            return self.take_rename_answer(answer);
        }
        if self.emptying == Emptying::UnderWay(key) {
            self.emptying = Emptying::No;
            return self.take_emptied(answer);
        }
        if !self.work.as_ref().is_some_and(|work| work.asked(key)) {
            return Vec::new();
        }
        let next = match (&mut self.work, answer) {
            (Some(work), Answer::Reply(_)) => work.take(None),
            (Some(work), Answer::Denied(denial)) => work.take(Some(denial)),
            _ => return self.end_work(Some(Notice::AnswerLost)),
        };
        match next {
            Next::On => self.work_on(),
            Next::Later(milliseconds) => vec![Effect::RetryAfter(milliseconds)],
            Next::Over => self.end_work(None),
            Next::Refused(denial) => self.end_work(Some(Notice::Denied(denial))),
        }
    }

    fn take_rename_answer(&mut self, answer: Answer) -> Vec<Effect> {
        let Some(renaming) = &mut self.renaming else { return Vec::new() };
        renaming.asked = None;
        match answer {
            Answer::Reply(Reply::File(_)) => {
                self.renaming = None;
                self.list.refresh(&mut self.last_key)
            }
            answer => {
                renaming.problem = Some(fault_of(answer));
                Vec::new()
            }
        }
    }

    fn take_emptied(&mut self, answer: Answer) -> Vec<Effect> {
        let notice = match answer {
            Answer::Reply(_) => Notice::Files(Told::Emptied),
            Answer::Denied(denial) => Notice::Denied(denial),
            Answer::Lost => Notice::AnswerLost,
        };
        let mut effects = self.clear_picks();
        effects.push(Effect::Say(notice));
        effects.extend(self.list.refresh(&mut self.last_key));
        effects
    }

    /// Says what was done, and what was not.
    fn end_work(&mut self, fault: Option<Notice>) -> Vec<Effect> {
        let Some(work) = self.work.take() else { return Vec::new() };
        self.list.rows.borrow_mut().drop_picks(work.done());
        let mut effects = vec![Effect::Rows(RowsChange::Picked)];
        let (deed, files) = (work.deed, work.done().len());
        if files > 0 {
            let notice = Notice::Files(Told::Done { deed, files, name: work.name.clone() });
            effects.push(match deed {
                Deed::Trash => Effect::offer(notice, Msg::Undo(work.done().to_vec())),
                _ => Effect::Say(notice),
            });
        }
        effects.extend(fault.map(Effect::Say));
        effects.extend(self.list.refresh(&mut self.last_key));
        effects
    }
}
