//! What changes of files come to, said as plainly as can be: maps in memory, and everything looked for.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::super::*;
use super::{PlainFile, PlainUpload, Summary};

#[derive(Default)]
pub struct Model {
    pub accounts: u64,
    pub users: BTreeSet<UserId>,
    departed: BTreeMap<UserId, (Fate, bool)>,
    pub files: BTreeMap<FileId, PlainFile>,
    pub uploads: BTreeMap<(UserId, UploadKey), PlainUpload>,
    pub doomed: BTreeSet<BlobId>,
    pub last_file: u64,
    last_blob: u64,
    // Of the change under way.
    touched: BTreeSet<UserId>,
    shared: Vec<(FileId, UserId)>,
    dooms: bool,
}

type Done = Result<Option<FileId>, Refusal>;

impl Model {
    pub fn new(users: u64) -> Self {
        let mut model = Self::default();
        (0..users).for_each(|_| model.add_user());
        model
    }

    pub fn add_user(&mut self) {
        self.accounts += 1;
        self.users.insert(UserId(self.accounts));
    }

    pub fn unsettled(&self) -> Vec<UserId> {
        self.departed.iter().filter(|(_, (_, settled))| !settled).map(|(user, _)| *user).collect()
    }

    pub fn used_bytes(&self, user: UserId) -> u64 {
        let files = self.files.values().filter(|file| file.owner == user).map(|file| file.size_bytes);
        let uploads = self.uploads.iter().filter(|((whose, _), _)| *whose == user);
        files.chain(uploads.map(|(_, upload)| upload.size_bytes)).sum()
    }

    pub fn apply(&mut self, change: &Change) -> Summary {
        self.touched.clear();
        self.shared.clear();
        self.dooms = false;
        let file = match change {
            Change::RemoveUser { user, shared, .. } => self.remove_user(*user, *shared),
            Change::Files(change) => self.apply_to_files(change),
            other => panic!("{other:?}"),
        }?;
        Ok((file, self.touched.iter().copied().collect(), self.shared.clone(), self.dooms))
    }

    fn apply_to_files(&mut self, change: &FilesChange) -> Done {
        match change.clone() {
            FilesChange::AddUpload { user, upload, at_unix_ms } => self.add_upload(user, &upload, at_unix_ms),
            FilesChange::RemoveUpload { user, key } => {
                if !self.uploads.contains_key(&(user, key)) {
                    return Err(Refusal::NoSuchUpload);
                }
                self.drop_uploads(|whose, _| *whose == (user, key))
            }
            FilesChange::SweepUploads { before_unix_ms } => {
                self.drop_uploads(|_, upload| upload.used < before_unix_ms)
            }
            FilesChange::AddFile { user, key, blob: _, sha256, same_name, at_unix_ms } => {
                self.add_file(user, key, sha256, same_name, at_unix_ms)
            }
            FilesChange::RenameFile { user, file, file_name, same_name, at_unix_ms } => {
                self.rename(user, file, &file_name, same_name, at_unix_ms)
            }
            FilesChange::TrashFiles { user, files, at_unix_ms } => {
                self.each(user, &files, None, |model, id| model.trash(id, at_unix_ms))
            }
            FilesChange::RestoreFiles { user, files } => self.each(user, &files, None, Self::restore),
            FilesChange::PurgeFiles { user, files } => self.each(user, &files, Some(true), Self::purge),
            FilesChange::EmptyTrash { user } => {
                self.purge_if(|file| file.owner == user && file.trashed.is_some())
            }
            FilesChange::SweepTrash { before_unix_ms } => {
                self.purge_if(|file| file.trashed.is_some_and(|since| since < before_unix_ms))
            }
            FilesChange::ShareFiles { user, files, with, at_unix_ms } => {
                self.share(user, &files, &with, at_unix_ms)
            }
            FilesChange::UnshareFile { asker, file, with } => self.unshare(asker, file, with),
            FilesChange::ConfirmFile { user, file, sha256, at_unix_ms } => {
                self.confirm(user, file, sha256, at_unix_ms)
            }
            FilesChange::SettleDeparted { user } => self.settle(user),
            FilesChange::ForgetBlobs { blobs } => {
                self.doomed.retain(|blob| !blobs.contains(blob));
                Ok(None)
            }
        }
    }

    /// Sees that files are all this member's, and in the trash or not where that matters.
    fn own(&self, user: UserId, files: &[FileId], trashed: Option<bool>) -> Result<(), Refusal> {
        let is_own = |file: &&PlainFile| file.owner == user && self.users.contains(&user);
        let fits = |file: &PlainFile| trashed.is_none_or(|trashed| file.trashed.is_some() == trashed);
        let all = files.iter().all(|id| self.files.get(id).filter(is_own).is_some_and(fits));
        if all { Ok(()) } else { Err(Refusal::NoSuchFile) }
    }

    /// Does something to each of this member's files.
    fn each(
        &mut self,
        user: UserId,
        files: &[FileId],
        trashed: Option<bool>,
        does: impl Fn(&mut Self, FileId),
    ) -> Done {
        self.own(user, files, trashed)?;
        files.iter().for_each(|id| does(self, *id));
        Ok(None)
    }

    fn holder(&self, user: UserId, name: &FileName) -> Option<FileId> {
        let is_in_use = |file: &PlainFile| file.owner == user && file.trashed.is_none();
        self.ids(|file| is_in_use(file) && file.file_name.key() == name.key()).pop()
    }

    fn taken_by(&self, id: FileId) -> Refusal {
        let PlainFile { size_bytes, changed, .. } = self.files[&id];
        Refusal::NameTaken { file: id, size_bytes, changed_unix_ms: changed }
    }

    fn free_name(&self, user: UserId, id: FileId, name: &FileName) -> FileName {
        let numbered = (2..).map(|number| name.numbered(number));
        let is_free = |name: &FileName| self.holder(user, name).is_none_or(|other| other == id);
        std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap()
    }

    fn finished(&self, user: UserId, key: UploadKey) -> Option<(&FileId, &PlainFile)> {
        self.files.iter().find(|(_, file)| (file.owner, file.upload) == (user, Some(key)))
    }

    fn add_upload(&mut self, user: UserId, new: &NewUpload, at: u64) -> Done {
        if let Some((id, file)) = self.finished(user, new.key) {
            return if file.size_bytes == new.size_bytes {
                Ok(Some(*id))
            } else {
                Err(Refusal::UploadDiffers)
            };
        }
        if !self.users.contains(&user) {
            return Err(Refusal::NoSuchUser);
        }
        if let Some(upload) = self.uploads.get_mut(&(user, new.key)) {
            if (&upload.file_name, upload.size_bytes) != (&new.file_name, new.size_bytes) {
                return Err(Refusal::UploadDiffers);
            }
            upload.used = at;
            return Ok(None);
        }
        let left_bytes = new.standard_quota_bytes.unwrap().saturating_sub(self.used_bytes(user));
        if new.size_bytes > left_bytes {
            return Err(Refusal::QuotaExceeded { left_bytes });
        }
        match self.holder(user, &new.file_name) {
            Some(other) if new.same_name == SameName::Ask => return Err(self.taken_by(other)),
            _ => {}
        }
        self.last_blob += 1;
        let (blob, file_name, size_bytes) = (BlobId(self.last_blob), new.file_name.clone(), new.size_bytes);
        self.uploads.insert((user, new.key), PlainUpload { blob, file_name, size_bytes, used: at });
        Ok(None)
    }

    fn drop_uploads(&mut self, goes: impl Fn(&(UserId, UploadKey), &PlainUpload) -> bool) -> Done {
        for (whose, upload) in self.uploads.extract_if(.., |whose, upload| goes(whose, upload)) {
            self.touched.insert(whose.0);
            self.doomed.insert(upload.blob);
            self.dooms = true;
        }
        Ok(None)
    }

    fn add_file(
        &mut self,
        user: UserId,
        key: UploadKey,
        sha256: FileHash,
        same_name: SameName,
        at: u64,
    ) -> Done {
        if let Some((id, file)) = self.finished(user, key) {
            return if file.sha256 == sha256 { Ok(Some(*id)) } else { Err(Refusal::UploadDiffers) };
        }
        if !self.users.contains(&user) || !self.uploads.contains_key(&(user, key)) {
            return Err(Refusal::NoSuchUpload);
        }
        let upload = &self.uploads[&(user, key)];
        let other = self.holder(user, &upload.file_name);
        if let (Some(other), SameName::Ask) = (other, same_name) {
            return Err(self.taken_by(other));
        }
        let PlainUpload { blob, file_name, size_bytes, .. } = self.uploads.remove(&(user, key)).unwrap();
        self.last_file += 1;
        let id = FileId(self.last_file);
        self.touched.insert(user);
        let (owner, changed, trashed, upload, shares) = (user, at, None, Some(key), BTreeMap::new());
        let mut file =
            PlainFile { owner, file_name, blob, size_bytes, sha256, changed, trashed, upload, shares };
        let Some(other) = other.filter(|_| same_name == SameName::Replace) else {
            file.file_name = self.free_name(user, id, &file.file_name);
            self.files.insert(id, file);
            return Ok(Some(id));
        };
        let mut old = self.files.remove(&other).unwrap();
        file.shares = std::mem::take(&mut old.shares);
        file.shares.values_mut().for_each(|share| share.1 = None);
        self.touched.extend(file.shares.keys());
        self.files.insert(id, PlainFile { trashed: Some(at), ..old });
        self.files.insert(other, file);
        Ok(Some(other))
    }

    fn touch_all(&mut self, id: FileId) {
        let file = &self.files[&id];
        self.touched.insert(file.owner);
        self.touched.extend(file.shares.keys());
    }

    fn rename(&mut self, user: UserId, id: FileId, name: &FileName, same_name: SameName, at: u64) -> Done {
        self.own(user, &[id], Some(false))?;
        let other = self.holder(user, name).filter(|other| *other != id);
        let name = match (other, same_name) {
            (Some(other), SameName::Ask) => return Err(self.taken_by(other)),
            (Some(other), SameName::Replace) => {
                self.trash(other, at);
                name.clone()
            }
            (Some(_), SameName::KeepBoth) => self.free_name(user, id, name),
            (None, _) => name.clone(),
        };
        if self.files[&id].file_name != name {
            self.files.get_mut(&id).unwrap().file_name = name;
            self.touch_all(id);
        }
        Ok(Some(id))
    }

    fn trash(&mut self, id: FileId, at: u64) {
        if self.files[&id].trashed.is_none() {
            self.files.get_mut(&id).unwrap().trashed = Some(at);
            self.touch_all(id);
        }
    }

    fn restore(&mut self, id: FileId) {
        if self.files[&id].trashed.is_some() {
            let name = self.free_name(self.files[&id].owner, id, &self.files[&id].file_name);
            let file = self.files.get_mut(&id).unwrap();
            (file.file_name, file.trashed) = (name, None);
            self.touch_all(id);
        }
    }

    fn purge_if(&mut self, goes: impl Fn(&PlainFile) -> bool) -> Done {
        self.ids(goes).into_iter().for_each(|id| self.purge(id));
        Ok(None)
    }

    fn ids(&self, is: impl Fn(&PlainFile) -> bool) -> Vec<FileId> {
        self.files.iter().filter(|(_, file)| is(file)).map(|(id, _)| *id).collect()
    }

    fn purge(&mut self, id: FileId) {
        if self.files[&id].trashed.is_none() {
            self.touch_all(id);
        }
        let file = self.files.remove(&id).unwrap();
        self.touched.insert(file.owner);
        self.doomed.insert(file.blob);
        self.dooms = true;
    }

    fn share(&mut self, user: UserId, files: &[FileId], with: &[UserId], at: u64) -> Done {
        if with.iter().any(|with| *with == user || !self.users.contains(with)) {
            return Err(Refusal::NoSuchUser);
        }
        self.own(user, files, Some(false))?;
        for (id, with) in files.iter().flat_map(|id| with.iter().map(move |with| (*id, *with))) {
            let shares = &mut self.files.get_mut(&id).unwrap().shares;
            if let Entry::Vacant(new) = shares.entry(with) {
                new.insert((at, None));
                self.shared.push((id, with));
                self.touched.extend([user, with]);
            }
        }
        Ok(None)
    }

    fn unshare(&mut self, asker: UserId, id: FileId, with: UserId) -> Done {
        let file = self.files.get(&id).ok_or(Refusal::NoSuchFile)?;
        let has = file.shares.contains_key(&with);
        if file.owner != asker && !(asker == with && has && file.trashed.is_none()) {
            return Err(Refusal::NoSuchFile);
        }
        if has {
            self.end_share(id, with);
        }
        Ok(Some(id))
    }

    fn end_share(&mut self, id: FileId, with: UserId) {
        let file = self.files.get_mut(&id).unwrap();
        file.shares.remove(&with);
        self.touched.insert(file.owner);
        if file.trashed.is_none() {
            self.touched.insert(with);
        }
        if file.shares.is_empty() && !self.users.contains(&file.owner) {
            self.purge(id);
        }
    }

    fn confirm(&mut self, user: UserId, id: FileId, sha256: FileHash, at: u64) -> Done {
        let file =
            self.files.get_mut(&id).filter(|file| file.trashed.is_none()).ok_or(Refusal::NoSuchFile)?;
        let share = file.shares.get_mut(&user).ok_or(Refusal::NoSuchFile)?;
        if file.sha256 != sha256 {
            return Err(Refusal::VersionChanged);
        }
        if share.1.is_none() {
            share.1 = Some(at);
            self.touched.extend([file.owner, user]);
        }
        Ok(Some(id))
    }

    fn remove_user(&mut self, user: UserId, fate: Fate) -> Done {
        if !self.users.contains(&user) {
            return Err(Refusal::NoSuchUser);
        }
        match fate {
            Fate::HandOver { to } if to == user || !self.users.contains(&to) => {
                return Err(Refusal::NoSuchHeir);
            }
            _ => {}
        }
        self.users.remove(&user);
        self.departed.insert(user, (fate, false));
        Ok(None)
    }

    fn settle(&mut self, user: UserId) -> Done {
        let Some((fate, settled @ false)) = self.departed.get_mut(&user) else { return Ok(None) };
        *settled = true;
        let fate = *fate;
        self.drop_uploads(|whose, _| whose.0 == user)?;
        for id in self.ids(|file| file.shares.contains_key(&user)) {
            self.end_share(id, user);
        }
        for id in self.ids(|file| file.owner == user) {
            let file = &self.files[&id];
            if file.trashed.is_some() || file.shares.is_empty() || fate == (Fate::Remove {}) {
                self.purge(id);
                continue;
            }
            let file = self.files.get_mut(&id).unwrap();
            file.upload = None;
            if let Fate::HandOver { to } = fate
                && self.users.contains(&to)
            {
                self.touch_all(id);
                let name = self.free_name(to, id, &self.files[&id].file_name);
                let file = self.files.get_mut(&id).unwrap();
                (file.owner, file.file_name) = (to, name);
                file.shares.remove(&to);
                self.touched.insert(to);
            }
        }
        Ok(None)
    }
}
