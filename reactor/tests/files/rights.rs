//! The right to act on a file, checked for every request about files and everyone who may ask it: a new request
//! must be added to the table here. What is not allowed changes nothing, and shows nothing.

use std::collections::BTreeMap;

use parlour_common::message::{
    BeginUpload, CancelUpload, CheckFiles, ConfirmFile, Denial, FetchFile, FetchTrack, FileEntry, FileId,
    FileList, FilePlace, FileSort, FileStart, FinishUpload, HashTrack, ListFiles, OneFile, Recipient,
    RenameFile, Reply, Request, SameName, ShareFiles, UnshareFile, UploadKey, UploadList,
};
use parlour_common::names::UserName;
use strum::VariantNames;

use super::super::real::{Client, Daemon, Load, Options, PASSWORD, wav};
use super::house::{await_contents, end_well, purge, recipients, share, trash, uploads};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Right {
    /// It is done.
    Yes,
    /// It is done to what is theirs who ask: nothing of the owner's is seen or touched.
    Mine,
    /// There is no such file.
    None,
    /// There is no such upload.
    NoUpload,
    /// Sign in first.
    First,
    /// It needs another role, or an account.
    No,
}

use Right::{First, Mine, No, NoUpload, None, Yes};

const ASKERS: [&str; 6] = ["owner", "recipient", "stranger", "admin", "signed out", "operator"];

/// What everyone may do with a file that is somebody's, shared with somebody.
#[rustfmt::skip]
const TABLE: [(&str, [Right; 6]); 17] = [
    //                   owner recipient stranger  admin     signed out operator
    ("begin_upload",    [Yes,  Mine,     Mine,     Mine,     First,     No]),
    ("finish_upload",   [Yes,  NoUpload, NoUpload, NoUpload, First,     No]),
    ("cancel_upload",   [Yes,  NoUpload, NoUpload, NoUpload, First,     No]),
    ("list_uploads",    [Yes,  Mine,     Mine,     Mine,     First,     No]),
    ("list_files",      [Yes,  Mine,     Mine,     Mine,     First,     No]),
    ("fetch_file",      [Yes,  Yes,      None,     None,     First,     No]),
    ("confirm_file",    [None, Yes,      None,     None,     First,     No]),
    ("rename_file",     [Yes,  None,     None,     None,     First,     No]),
    ("trash_files",     [Yes,  None,     None,     None,     First,     No]),
    ("restore_files",   [Yes,  None,     None,     None,     First,     No]),
    ("purge_files",     [Yes,  None,     None,     None,     First,     No]),
    ("empty_trash",     [Yes,  Mine,     Mine,     Mine,     First,     No]),
    ("share_files",     [Yes,  None,     None,     None,     First,     No]),
    ("unshare_file",    [Yes,  Yes,      None,     None,     First,     No]),
    ("list_recipients", [Yes,  None,     None,     None,     First,     No]),
    ("hash_track",      [Yes,  Yes,      Yes,      Yes,      First,     No]),
    ("check_files",     [No,   No,       No,       Yes,      First,     Yes]),
];

/// What the owner has, each time anew.
struct Things {
    key: UploadKey,
    load: Load,
    file: FileEntry,
    trashed: FileId,
    track: HashTrack,
}

fn request(name: &str, things: &Things) -> Request {
    let Things { key, load, file, trashed, track } = things;
    let (key, id, sha256, same_name) = (*key, file.file, load.sha256(), SameName::Ask);
    let list = |files: FileId| FileList { files: vec![files] };
    let mina = UserName::parse("mina").unwrap();
    match name {
        "begin_upload" => {
            let (file_name, size_bytes) = ("half.ogg".to_owned(), load.size_bytes);
            Request::BeginUpload(BeginUpload { upload: key, file_name, size_bytes, same_name })
        }
        "finish_upload" => Request::FinishUpload(FinishUpload { upload: key, sha256, same_name }),
        "cancel_upload" => Request::CancelUpload(CancelUpload { upload: key }),
        "list_uploads" => Request::ListUploads {},
        "list_files" => {
            let (place, sort) = (FilePlace::Own, FileSort::Name);
            let query = String::new();
            Request::ListFiles(ListFiles { place, query, sort, descending: false, offset: 0, limit: 64 })
        }
        "fetch_file" => {
            Request::FetchFile(FetchFile { file: id, offset: 0, length: Option::None, sha256: Option::None })
        }
        "confirm_file" => Request::ConfirmFile(ConfirmFile { file: id, sha256: file.sha256 }),
        "rename_file" => {
            Request::RenameFile(RenameFile { file: id, file_name: "theirs.ogg".to_owned(), same_name })
        }
        "trash_files" => Request::TrashFiles(list(id)),
        "restore_files" => Request::RestoreFiles(list(*trashed)),
        "purge_files" => Request::PurgeFiles(list(*trashed)),
        "empty_trash" => Request::EmptyTrash {},
        "share_files" => {
            Request::ShareFiles(ShareFiles { files: vec![id], with: vec![UserName::parse("zari").unwrap()] })
        }
        "unshare_file" => Request::UnshareFile(UnshareFile { file: id, with: mina }),
        "list_recipients" => Request::ListRecipients(OneFile { file: id }),
        "hash_track" => Request::HashTrack(*track),
        "check_files" => Request::CheckFiles(CheckFiles { read_all: false }),
        name => panic!("{name} is not in the table"),
    }
}

/// Makes what is asked about: a file and one in the trash, both shared with mina, and all bytes of an upload.
fn make(sara: &mut Client, round: u8, track: HashTrack) -> Things {
    let key_of = |kind: u8| UploadKey::new([[round, kind]; 8].concat().try_into().unwrap());
    let file = sara.upload(key_of(1), "song.ogg", &Load::new(1, 2000)).unwrap();
    let trashed = sara.upload(key_of(2), "old.ogg", &Load::new(2, 100)).unwrap().file;
    share(sara, &[file.file, trashed], &["mina"]).unwrap();
    trash(sara, &[trashed]).unwrap();
    let (key, load) = (key_of(3), Load::new(3, 3000));
    let begun = sara.try_begin_upload(key, "half.ogg", load.size_bytes, SameName::Ask).unwrap().unwrap();
    let super::super::real::Begun::Start(start) = begun else { panic!("{begun:?}") };
    sara.send_load(start, &load, 3000, std::io::Write::write_all).unwrap();
    Things { key, load, file, trashed, track }
}

/// All that the owner sees of theirs.
type Seen = (Vec<FileEntry>, Vec<FileEntry>, UploadList, Result<Vec<Recipient>, Denial>);

fn seen(sara: &mut Client, file: FileId) -> Seen {
    let (own, trashed) = (sara.list_all_files(FilePlace::Own), sara.list_all_files(FilePlace::Trash));
    (own, trashed, uploads(sara), recipients(sara, file))
}

/// Removes all that is left of a round.
fn clear(sara: &mut Client) {
    let own: Vec<FileId> = sara.list_all_files(FilePlace::Own).iter().map(|entry| entry.file).collect();
    if !own.is_empty() {
        trash(sara, &own).unwrap();
    }
    let trashed: Vec<FileId> = sara.list_all_files(FilePlace::Trash).iter().map(|entry| entry.file).collect();
    if !trashed.is_empty() {
        purge(sara, &trashed).unwrap();
    }
    for upload in uploads(sara).uploads {
        assert_eq!(
            sara.ask(Request::CancelUpload(CancelUpload { upload: upload.upload })),
            Ok(Reply::Done {})
        );
    }
}

/// Tells what became of a request.
fn outcome(client: &mut Client, things: &Things, answer: Result<Reply, Denial>) -> Right {
    match answer {
        Err(Denial::NoSuchFile {}) => None,
        Err(Denial::NoSuchUpload {}) => NoUpload,
        Err(Denial::SignInFirst {}) => First,
        Err(Denial::NotAllowed {}) => No,
        Ok(Reply::UploadStart(start)) if start.offset == 0 => {
            let cancel = CancelUpload { upload: things.key };
            assert_eq!(client.ask(Request::CancelUpload(cancel)), Ok(Reply::Done {}));
            Mine
        }
        Ok(Reply::Uploads(list)) if list.total == 0 => Mine,
        Ok(Reply::Files(page)) if page.total == 0 && page.usage.used_bytes == 0 => Mine,
        Ok(Reply::FileStart(start)) => {
            let load = Load::new(1, 2000);
            client.try_receive_chunks(&start, |place, piece| load.is_at(place, piece)).unwrap();
            Yes
        }
        Ok(_) => Yes,
        Err(denial) => panic!("{denial:?} is in no table"),
    }
}

fn track_of(anna: &mut Client, daemon: &Daemon) -> HashTrack {
    let track = daemon.await_tracks(anna, 1).tracks.remove(0).id;
    let fetch = FetchTrack { track, offset: 0, length: Some(0), version: Option::None };
    match anna.ask(Request::FetchTrack(fetch)) {
        Ok(Reply::FileStart(start @ FileStart { version, .. })) => {
            anna.try_receive_chunks(&start, |_, _| true).unwrap();
            HashTrack { track, version }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_request_about_files_is_in_the_table() {
    let at = |wanted: &str| Request::VARIANTS.iter().position(|name| *name == wanted).unwrap();
    // What comes from `enter_room` on is about what is said: `tests/room/rights.rs`.
    let (first, end) = (at(TABLE[0].0), at("enter_room"));
    let listed: Vec<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, Request::VARIANTS[first..end]);
}

#[test]
fn everyone_may_do_what_the_table_says_and_what_is_not_theirs_is_neither_touched_nor_shown() {
    let options = Options { config: "[files]\nreserve_mib = 0", ..Options::default() };
    let daemon = Daemon::start_with_options(&[("song.wav", &wav(1, 500))], &options);
    let mut anna = daemon.client();
    let code = daemon.setup_code();
    anna.sign_up_with("anna", "anna@example.org", PASSWORD, Some(code)).unwrap();
    let track = track_of(&mut anna, &daemon);
    let _zari = daemon.member("zari");
    let mut signed_out = daemon.member("bob");
    assert_eq!(signed_out.ask(Request::SignOut {}), Ok(Reply::Done {}));
    let mut operator = Client::connect_locally(&daemon.folder.path().join("state/parlourd.sock"));
    operator.hello();
    let members = ["sara", "mina", "zoe"].map(|name| daemon.member(name));
    let askers = ASKERS.into_iter().zip(members.into_iter().chain([anna, signed_out, operator]));
    let mut askers: BTreeMap<&str, Client> = askers.collect();
    for (round, (name, rights)) in (1..).zip(TABLE) {
        for (at, right) in rights.into_iter().enumerate() {
            let asker = ASKERS[at];
            let mut sara = askers.remove("owner").unwrap();
            let things = make(&mut sara, round * 6 + u8::try_from(at).unwrap(), track);
            let before = seen(&mut sara, things.file.file);
            askers.insert("owner", sara);
            let client = askers.get_mut(asker).unwrap();
            let answer = client.ask(request(name, &things));
            let found = match outcome(client, &things, answer) {
                // Everyone has a trash; whether it was theirs is looked at below.
                Yes if name == "empty_trash" && asker != "owner" => Mine,
                found => found,
            };
            assert_eq!(found, right, "{name}, {asker}");
            let sara = askers.get_mut("owner").unwrap();
            if right != Yes {
                assert_eq!(seen(sara, things.file.file), before, "{name}, {asker}: nothing is touched");
            }
            clear(sara);
        }
    }
    await_contents(&daemon, 0, 0);
    let mut anna = askers.remove("admin").unwrap();
    drop(askers);
    end_well(daemon, &mut anna);
}
