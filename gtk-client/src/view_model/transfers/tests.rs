//! The rules of the transfers.

use std::sync::Arc;

use parlour_common::message::{FileEntry, FileHash, FileId, SameName, SharedBy};
use parlour_common::names::{FileName, UserName};

use std::path::PathBuf;

use super::*;
use crate::network::{Seen, Upload};
use crate::view_model::library::tests::track;
use crate::view_model::{NewUpload, Wanted, WantedFile};

fn wanted(ids: std::ops::Range<u64>) -> Vec<Wanted> {
    ids.map(|id| Wanted { track: Arc::new(track(id)), folder: PathBuf::from("/music") }).collect()
}

pub(super) fn uploads(count: usize) -> Vec<NewUpload> {
    (1..=count)
        .map(|number| NewUpload { path: format!("/home/{number}.txt").into(), to_show: None })
        .collect()
}

fn shared(number: u64) -> FileEntry {
    FileEntry {
        file: FileId(number),
        file_name: FileName::parse("a.txt").unwrap(),
        size_bytes: 10,
        sha256: FileHash::new([1; 32]),
        changed_unix_ms: 0,
        shared_by: Some(SharedBy {
            user_name: UserName::parse("newt").unwrap(),
            since_unix_ms: 0,
            fetched_unix_ms: None,
        }),
        recipients: 0,
        fetched: 0,
        trashed: None,
    }
}

/// An upload as it is kept for the next start.
pub(crate) fn kept_upload(path: &str, state: KeptState) -> Kept {
    let item = Item::upload(NewUpload { path: path.into(), to_show: None }, UploadKey::new([7; 16]));
    Kept { item, state, has_begun: true }
}

/// Takes what happened, but for what the badge shows.
pub(super) fn update(transfers: &mut Transfers, msg: Msg) -> Vec<Effect> {
    let mut effects = transfers.update(msg);
    effects.retain(|effect| !matches!(effect, Effect::ShowBadge(_)));
    effects
}

fn queued(count: u64) -> Transfers {
    let mut transfers = Transfers::default();
    transfers.update(Msg::Queue(wanted(0..count)));
    transfers
}

pub(super) fn uploading(count: usize) -> Transfers {
    let mut transfers = Transfers::default();
    transfers.update(Msg::Upload(uploads(count)));
    transfers
}

pub(super) fn begun(effects: &[Effect]) -> Vec<u64> {
    let id = |effect: &Effect| match effect {
        Effect::Begin { id, .. } => Some(id.0),
        _ => None,
    };
    effects.iter().filter_map(id).collect()
}

pub(super) fn stopped(effects: &[Effect]) -> Vec<u64> {
    let id = |effect: &Effect| match effect {
        Effect::Stop { id, .. } => Some(id.0),
        _ => None,
    };
    effects.iter().filter_map(id).collect()
}

pub(super) fn ended(transfers: &mut Transfers, id: u64, how: Ending) -> Vec<Effect> {
    update(transfers, Msg::Ended(JobId(id), how))
}

fn done(transfers: &mut Transfers, id: u64) -> Vec<Effect> {
    ended(transfers, id, Ending::Saved { path: "/music/a.mp3".into(), sha256: FileHash::new([1; 32]) })
}

pub(super) fn uploaded(transfers: &mut Transfers, id: u64) -> Vec<Effect> {
    ended(transfers, id, Ending::Uploaded(Box::new(shared(1))))
}

pub(super) fn taken() -> Ending {
    let denial = Denial::NameTaken { file: FileId(1), size_bytes: 5, changed_unix_ms: 6 };
    Ending::Failed(TransferFault::Denied(denial))
}

fn moved(moved_bytes: u64) -> Moved {
    Moved { moved_bytes, total_bytes: track(0).size_bytes, bytes_per_second: 1 }
}

fn ids(transfers: &Transfers) -> Vec<u64> {
    transfers.listed().map(|transfer| transfer.id.0).collect()
}

pub(super) fn same_names(effects: &[Effect]) -> Vec<SameName> {
    let same_name = |effect: &Effect| match effect {
        Effect::Begin { order, .. } => match &**order {
            Order::Upload(Upload { same_name, .. }) => Some(*same_name),
            _ => None,
        },
        _ => None,
    };
    effects.iter().filter_map(same_name).collect()
}

#[test]
fn three_run_at_once_and_the_next_begins_when_one_ends() {
    let mut transfers = Transfers::default();
    let effects = update(&mut transfers, Msg::Queue(wanted(0..5)));
    assert_eq!(begun(&effects), [1, 2, 3]);
    assert_eq!(effects.last(), Some(&Effect::Say(Notice::Downloading { tracks: 5 })));
    assert_eq!(transfers.active_count(), 5);
    assert_eq!(begun(&done(&mut transfers, 2)), [4]);
    let failed = Ending::Failed(TransferFault::NoSpace);
    assert_eq!(begun(&ended(&mut transfers, 1, failed)), [5]);
    assert_eq!((transfers.active_count(), transfers.has_ended_ones()), (3, true));
}

#[test]
fn the_end_of_the_queue_is_said_once_with_what_became_of_it() {
    let mut transfers = queued(3);
    done(&mut transfers, 1);
    ended(&mut transfers, 2, Ending::Failed(TransferFault::ReadFailed));
    assert_eq!(done(&mut transfers, 3), [Effect::Say(Notice::SomeFailed { saved: 2, failed: 1 })]);
    assert_eq!(transfers.fraction(), None);
    update(&mut transfers, Msg::Queue(wanted(0..1)));
    update(&mut transfers, Msg::Upload(uploads(1)));
    assert_eq!(uploaded(&mut transfers, 5), []);
    let all = Notice::AllMoved { tracks: 1, files: 0, uploads: 1 };
    assert_eq!(done(&mut transfers, 4), [Effect::Say(all)], "counted anew");
}

#[test]
fn the_fraction_is_of_everything_that_was_wanted() {
    let mut transfers = queued(4);
    assert_eq!(transfers.fraction(), Some(0.0));
    let half = moved(track(0).size_bytes / 2);
    update(&mut transfers, Msg::Progress { id: JobId(1), moved: half });
    assert_eq!(transfers.fraction(), Some(0.125));
    done(&mut transfers, 1);
    assert_eq!(transfers.fraction(), Some(0.25));
}

#[test]
fn what_waits_is_cancelled_at_once_and_what_ran_is_stopped_and_gone_from_the_list() {
    let mut transfers = queued(5);
    assert_eq!(update(&mut transfers, Msg::Cancel(JobId(5))), []);
    let effects = update(&mut transfers, Msg::Cancel(JobId(1)));
    assert_eq!((stopped(&effects), begun(&effects)), (vec![1], vec![4]));
    assert_eq!(update(&mut transfers, Msg::Cancel(JobId(1))), [], "once");
    assert_eq!(ids(&transfers), [2, 3, 4]);
    assert_eq!(stopped(&update(&mut transfers, Msg::CancelAll)), [2, 3, 4]);
    assert!(transfers.is_empty());
    for id in 1..=4 {
        assert_eq!(ended(&mut transfers, id, Ending::Cancelled), []);
    }
}

#[test]
fn a_cancel_that_came_too_late_is_a_download() {
    let mut transfers = queued(1);
    update(&mut transfers, Msg::Cancel(JobId(1)));
    done(&mut transfers, 1);
    assert!(matches!(transfers.listed().next().unwrap().stage, Stage::Saved(_)));
}

#[test]
fn what_rests_keeps_what_was_moved_and_goes_on_before_those_that_wait() {
    let mut transfers = queued(5);
    update(&mut transfers, Msg::Progress { id: JobId(1), moved: moved(7) });
    assert_eq!(update(&mut transfers, Msg::Pause(JobId(1))), [Effect::Rest(JobId(1))]);
    assert_eq!(update(&mut transfers, Msg::Pause(JobId(1))), [], "once");
    assert_eq!(update(&mut transfers, Msg::Resume(JobId(1))), [], "it does not rest yet");
    assert_eq!(begun(&ended(&mut transfers, 1, Ending::Paused)), [4]);
    let paused = transfers.listed().find(|transfer| transfer.id == JobId(1)).unwrap();
    assert_eq!(paused.stage, Stage::Paused(Moved { bytes_per_second: 0, ..moved(7) }));
    assert_eq!(update(&mut transfers, Msg::Pause(JobId(5))), []);
    assert_eq!((transfers.active_count(), transfers.paused_count()), (3, 2));
    assert_eq!(update(&mut transfers, Msg::Resume(JobId(5))), []);
    assert_eq!(update(&mut transfers, Msg::Resume(JobId(1))), []);
    assert_eq!(begun(&done(&mut transfers, 2)), [1]);
    assert_eq!(transfers.listed().find(|transfer| transfer.id == JobId(1)).unwrap().moved().moved_bytes, 7);
}

#[test]
fn all_rest_at_once_and_go_on_in_their_order() {
    let mut transfers = queued(6);
    let effects = update(&mut transfers, Msg::PauseAll);
    assert_eq!(effects, [1, 2, 3].map(|id| Effect::Rest(JobId(id))), "and nothing takes their place");
    for id in 1..=3 {
        assert_eq!(ended(&mut transfers, id, Ending::Paused), []);
    }
    assert_eq!((transfers.active_count(), transfers.paused_count()), (0, 6));
    assert_eq!(begun(&update(&mut transfers, Msg::ResumeAll)), [4, 5, 6]);
    assert_eq!(stopped(&update(&mut transfers, Msg::CancelAll)), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn those_that_wait_are_moved_among_themselves() {
    let mut transfers = queued(7);
    let mut order = |id: u64, way: Way| {
        update(&mut transfers, Msg::Move(JobId(id), way));
        ids(&transfers)[3..].to_vec()
    };
    assert_eq!(order(6, Way::Up), [4, 6, 5, 7]);
    assert_eq!(order(4, Way::Up), [4, 6, 5, 7]);
    assert_eq!(order(6, Way::Down), [4, 5, 6, 7]);
    assert_eq!(order(7, Way::Down), [4, 5, 6, 7]);
    assert_eq!(order(7, Way::First), [7, 4, 5, 6]);
    assert_eq!(order(1, Way::Down), [7, 4, 5, 6], "what runs stays");
    assert_eq!(begun(&done(&mut transfers, 1)), [7]);
}

#[test]
fn a_failed_one_is_tried_again_behind_the_others_and_an_ended_one_cleared() {
    let mut transfers = queued(2);
    ended(&mut transfers, 1, Ending::Failed(TransferFault::NoSpace));
    assert_eq!(update(&mut transfers, Msg::Retry(JobId(2))), [], "it runs");
    assert_eq!(begun(&update(&mut transfers, Msg::Retry(JobId(1)))), [3]);
    done(&mut transfers, 2);
    update(&mut transfers, Msg::Clear(JobId(3)));
    assert_eq!(transfers.listed().count(), 2, "what runs cannot be cleared");
    update(&mut transfers, Msg::ClearEnded);
    assert_eq!(transfers.listed().count(), 1);
}

#[test]
fn a_failed_upload_that_is_cleared_leaves_nothing_at_the_daemon() {
    let mut transfers = uploading(1);
    let denial = Denial::QuotaExceeded { left_bytes: 1 };
    ended(&mut transfers, 1, Ending::Failed(TransferFault::Denied(denial)));
    assert_eq!(stopped(&update(&mut transfers, Msg::ClearEnded)), [1]);
    assert!(transfers.is_empty());
    let kept = transfers.take_kept().unwrap();
    assert!(matches!(kept[..], [Kept { state: KeptState::Leaving, .. }]), "until it is gone");
    ended(&mut transfers, 1, Ending::Cancelled);
    assert_eq!(transfers.take_kept(), Some(Vec::new()));
}

#[test]
fn a_long_queue_is_listed_only_in_part() {
    let mut transfers = queued(100_000);
    assert_eq!(transfers.listed().count(), 3 + listing::LISTED_MAX);
    assert_eq!(transfers.unlisted_count(), 100_000 - 3 - listing::LISTED_MAX);
    for id in 1..=500 {
        done(&mut transfers, id);
    }
    assert_eq!(transfers.listed().count(), 3 + listing::LISTED_MAX + ENDED_KEPT_MAX);
    update(&mut transfers, Msg::Queue(wanted(0..1_000)));
    assert_eq!(transfers.active_count(), WAITING_MAX + RUNNING_MAX);
    assert!(transfers.listed().any(|one| one.stage == Stage::Failed(TransferFault::TooMany)), "it is said");
    assert!(transfers.take_kept().unwrap().len() <= 10_000);
}

#[test]
fn the_folder_of_a_saved_file_is_where_the_file_is() {
    let mut transfers = queued(1);
    let path = PathBuf::from("/elsewhere/a.mp3");
    ended(&mut transfers, 1, Ending::Saved { path, sha256: FileHash::new([1; 32]) });
    let open = update(&mut transfers, Msg::OpenFolder(JobId(1)));
    assert_eq!(open, [Effect::OpenFolder("/elsewhere".into())]);
}

#[test]
fn a_file_that_somebody_shares_has_its_receipt_given_also_after_a_restart() {
    let mut transfers = Transfers::default();
    update(&mut transfers, Msg::Fetch(vec![WantedFile { entry: shared(9), folder: "/files".into() }]));
    let effects = done(&mut transfers, 1);
    let fetched = Effect::Fetched { file: FileId(9), path: Some("/music/a.mp3".into()) };
    assert!(effects.contains(&fetched), "{effects:?}");
    assert_eq!(begun(&effects), [2]);
    assert_eq!(transfers.active_count(), 0, "a receipt is no transfer");
    let kept = transfers.take_kept().unwrap();
    let mut later = Transfers::default();
    let effects = update(&mut later, Msg::Found(kept));
    let receipt = Confirm { file: FileId(9), sha256: FileHash::new([1; 32]) };
    let again = Effect::Begin { id: JobId(1), order: Box::new(Order::Confirm(receipt)) };
    assert_eq!(effects, [again]);
    ended(&mut later, 1, Ending::Failed(TransferFault::Disconnected));
    assert_eq!(later.take_kept().unwrap().len(), 1, "it is not given yet");
    ended(&mut later, 1, Ending::Confirmed);
    assert_eq!(later.take_kept(), Some(Vec::new()));

    let own = FileEntry { shared_by: None, ..shared(9) };
    update(&mut later, Msg::Fetch(vec![WantedFile { entry: own, folder: "/files".into() }]));
    assert_eq!(begun(&done(&mut later, 2)), [0; 0], "of one's own nobody waits for one");
}

#[test]
fn what_is_kept_goes_on_after_a_restart_and_what_rested_rests() {
    let mut transfers = uploading(2);
    let seen = Seen { size_bytes: 100, changed_unix_ns: 5 };
    update(&mut transfers, Msg::Seen(JobId(1), seen));
    update(&mut transfers, Msg::Queue(wanted(0..4)));
    update(&mut transfers, Msg::Progress { id: JobId(2), moved: moved(30) });
    update(&mut transfers, Msg::Pause(JobId(2)));
    ended(&mut transfers, 3, Ending::Failed(TransferFault::NoSpace));
    update(&mut transfers, Msg::Cancel(JobId(4)));
    let kept = transfers.take_kept().unwrap();
    assert_eq!(transfers.take_kept(), None, "nothing is new");

    let mut later = Transfers::default();
    let effects = update(&mut later, Msg::Found(kept));
    assert_eq!(stopped(&effects).len(), 1, "what was given up is removed");
    assert_eq!(begun(&effects).len(), 3);
    let Some(Effect::Begin { order, .. }) =
        effects.iter().find(|effect| matches!(effect, Effect::Begin { .. }))
    else {
        panic!("{effects:?}")
    };
    assert!(matches!(&**order, Order::Upload(upload) if upload.seen == Some(seen)), "{order:?}");
    let paused: Vec<_> = later.listed().filter(|one| matches!(one.stage, Stage::Paused(_))).collect();
    assert_eq!((paused.len(), paused[0].moved().moved_bytes), (1, 30));
    assert_eq!(later.listed().filter(|one| matches!(one.stage, Stage::Failed(_))).count(), 1);
}

#[test]
fn what_a_lost_session_stopped_goes_on_once_somebody_is_signed_in_again() {
    let mut transfers = uploading(4);
    for id in 1..=3 {
        let why = TransferFault::Denied(Denial::SessionEnded {});
        assert_eq!(ended(&mut transfers, id, Ending::Failed(why)), [], "and nothing is begun meanwhile");
    }
    assert_eq!(transfers.active_count(), 4);
    let msg = Msg::Opened { server: "pond".to_owned(), user_name: "frog".to_owned() };
    assert_eq!(begun(&update(&mut transfers, msg)).len(), 3);
}

#[test]
fn an_upload_that_waits_for_the_disk_says_so_until_it_moves() {
    let mut transfers = uploading(1);
    update(&mut transfers, Msg::Held(JobId(1), Denial::DiskFull {}));
    let stage = |transfers: &Transfers| transfers.listed().next().unwrap().stage.clone();
    assert_eq!(stage(&transfers), Stage::Held(Denial::DiskFull {}));
    update(&mut transfers, Msg::Progress { id: JobId(1), moved: Moved { bytes_per_second: 0, ..moved(3) } });
    assert_eq!(stage(&transfers), Stage::Held(Denial::DiskFull {}));
    update(&mut transfers, Msg::Progress { id: JobId(1), moved: moved(4) });
    assert_eq!(stage(&transfers), Stage::Running(moved(4)));
    update(&mut transfers, Msg::Held(JobId(1), Denial::DiskFull {}));
    assert_eq!(update(&mut transfers, Msg::Pause(JobId(1))), [Effect::Rest(JobId(1))]);
}

#[test]
fn nothing_stays_of_somebody_who_signed_out() {
    let mut transfers = queued(3);
    update(&mut transfers, Msg::Reset);
    assert_eq!(done(&mut transfers, 1), []);
    assert!(transfers.is_empty() && transfers.fraction().is_none());
    assert_eq!(begun(&update(&mut transfers, Msg::Queue(wanted(0..1)))), [4]);
    let all = Notice::AllMoved { tracks: 1, files: 0, uploads: 0 };
    assert_eq!(done(&mut transfers, 4), [Effect::Say(all)]);
}

#[test]
fn the_badge_moves_in_steps_and_goes_with_the_last() {
    let mut transfers = queued(1);
    let mut shown = 0;
    for moved_bytes in 0..1000 {
        let moved = Moved { moved_bytes, total_bytes: track(0).size_bytes, bytes_per_second: 1 };
        shown += transfers.update(Msg::Progress { id: JobId(1), moved }).len();
    }
    assert!(shown <= 50, "{shown}");
    let effects = transfers.update(Msg::Reset);
    assert_eq!(effects, [Effect::ShowBadge(Badge::default())]);
}

#[test]
fn every_upload_has_a_name_of_its_own() {
    let keys: std::collections::HashSet<UploadKey> = (0..100).map(|_| item::random_key()).collect();
    assert_eq!(keys.len(), 100);
}
