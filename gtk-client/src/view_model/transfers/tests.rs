//! The rules of the downloads.

use std::sync::Arc;

use super::*;
use crate::view_model::library::tests::track;

fn wanted(ids: std::ops::Range<u64>) -> Vec<Wanted> {
    ids.map(|id| Wanted { track: Arc::new(track(id)), folder: PathBuf::from("/music") }).collect()
}

/// Takes what happened, but for what the badge shows.
fn update(downloads: &mut Transfers, msg: Msg) -> Vec<Effect> {
    let mut effects = downloads.update(msg);
    effects.retain(|effect| !matches!(effect, Effect::ShowBadge(_)));
    effects
}

fn queued(count: u64) -> Transfers {
    let mut downloads = Transfers::default();
    downloads.update(Msg::Queue(wanted(0..count)));
    downloads
}

fn begun(effects: &[Effect]) -> Vec<u64> {
    let id = |effect: &Effect| match effect {
        Effect::Begin { id, .. } => Some(id.0),
        _ => None,
    };
    effects.iter().filter_map(id).collect()
}

fn done(downloads: &mut Transfers, id: u64) -> Vec<Effect> {
    update(downloads, Msg::Downloaded { id: DownloadId(id), path: PathBuf::from("/music/a.mp3") })
}

#[test]
fn three_run_at_once_and_the_next_begins_when_one_ends() {
    let mut downloads = Transfers::default();
    let effects = update(&mut downloads, Msg::Queue(wanted(0..5)));
    assert_eq!(begun(&effects), [1, 2, 3]);
    assert_eq!(effects.last(), Some(&Effect::Say(Notice::Downloading { tracks: 5 })));
    assert_eq!(downloads.active_count(), 5);
    assert_eq!(begun(&done(&mut downloads, 2)), [4]);
    let failed = Msg::Failed { id: DownloadId(1), why: DownloadFault::NoSpace };
    assert_eq!(begun(&update(&mut downloads, failed)), [5]);
    assert_eq!((downloads.active_count(), downloads.has_ended_ones()), (3, true));
}

#[test]
fn the_last_one_says_how_many_were_saved() {
    let mut downloads = queued(3);
    done(&mut downloads, 1);
    update(&mut downloads, Msg::Failed { id: DownloadId(2), why: DownloadFault::ReadFailed });
    assert_eq!(downloads.fraction().map(|fraction| fraction > 0.6), Some(true));
    assert_eq!(done(&mut downloads, 3), [Effect::Say(Notice::SomeFailed { saved: 2, failed: 1 })]);
    assert_eq!(downloads.fraction(), None);
    update(&mut downloads, Msg::Queue(wanted(0..1)));
    assert_eq!(done(&mut downloads, 4), [Effect::Say(Notice::AllDownloaded { tracks: 1 })], "counted anew");
}

#[test]
fn the_fraction_counts_what_runs_and_what_waits() {
    let mut downloads = queued(4);
    assert_eq!(downloads.fraction(), Some(0.0));
    let (received_bytes, total_bytes, bytes_per_second) = (500, 1000, 10);
    update(
        &mut downloads,
        Msg::Progress { id: DownloadId(1), received_bytes, total_bytes, bytes_per_second },
    );
    assert_eq!(downloads.fraction(), Some(0.125));
    done(&mut downloads, 1);
    assert_eq!(downloads.fraction(), Some(0.25));
}

#[test]
fn cancel_asks_the_network_only_for_what_runs() {
    let mut downloads = queued(5);
    assert_eq!(update(&mut downloads, Msg::Cancel(DownloadId(5))), []);
    assert_eq!(downloads.active_count(), 4);
    assert_eq!(update(&mut downloads, Msg::Cancel(DownloadId(1))), [Effect::Stop(DownloadId(1))]);
    assert_eq!(update(&mut downloads, Msg::Cancel(DownloadId(1))), [], "once");
    assert_eq!(begun(&update(&mut downloads, Msg::Cancelled(DownloadId(1)))), [4]);
    assert_eq!(downloads.listed().count(), 3);
    let effects = update(&mut downloads, Msg::CancelAll);
    assert_eq!(effects.len(), 3);
    for id in [2, 3, 4] {
        update(&mut downloads, Msg::Cancelled(DownloadId(id)));
    }
    assert!(downloads.is_empty());
}

#[test]
fn a_file_that_was_whole_before_the_cancel_came_stays() {
    let mut downloads = queued(1);
    update(&mut downloads, Msg::Cancel(DownloadId(1)));
    done(&mut downloads, 1);
    assert!(matches!(downloads.listed().next().unwrap().stage, Stage::Done(_)));
}

#[test]
fn a_failed_one_can_be_tried_again_and_ended_ones_cleared() {
    let mut downloads = queued(2);
    update(&mut downloads, Msg::Failed { id: DownloadId(1), why: DownloadFault::NoSpace });
    assert_eq!(update(&mut downloads, Msg::Retry(DownloadId(2))), [], "it runs");
    assert_eq!(begun(&update(&mut downloads, Msg::Retry(DownloadId(1)))), [3], "a number is not used twice");
    done(&mut downloads, 2);
    update(&mut downloads, Msg::Clear(DownloadId(3)));
    assert_eq!(downloads.listed().count(), 2, "what runs cannot be cleared");
    update(&mut downloads, Msg::ClearEnded);
    assert_eq!(downloads.listed().count(), 1);
}

#[test]
fn a_long_queue_is_listed_in_part() {
    let mut downloads = queued(100_000);
    assert_eq!(downloads.listed().count(), 3 + WAITING_LISTED_MAX);
    assert_eq!(downloads.unlisted_count(), 100_000 - 3 - WAITING_LISTED_MAX);
    for id in 1..=300 {
        done(&mut downloads, id);
    }
    assert_eq!(downloads.listed().count(), 3 + WAITING_LISTED_MAX + ENDED_KEPT_MAX);
}

#[test]
fn open_folder_knows_where_the_file_went() {
    let mut downloads = queued(1);
    assert_eq!(done(&mut downloads, 1).len(), 1);
    let open = update(&mut downloads, Msg::OpenFolder(DownloadId(1)));
    assert_eq!(open, [Effect::OpenFolder(PathBuf::from("/music"))]);
}

#[test]
fn reports_of_somebody_who_signed_out_change_nothing() {
    let mut downloads = queued(3);
    update(&mut downloads, Msg::Reset);
    assert_eq!(done(&mut downloads, 1), []);
    assert!(downloads.is_empty() && downloads.fraction().is_none());
    assert_eq!(begun(&update(&mut downloads, Msg::Queue(wanted(0..1)))), [4]);
    assert_eq!(done(&mut downloads, 4), [Effect::Say(Notice::AllDownloaded { tracks: 1 })]);
}

#[test]
fn the_badge_moves_in_steps_that_can_be_seen() {
    let mut downloads = queued(1);
    let mut progress = |received_bytes| {
        let (total_bytes, bytes_per_second) = (1000, 1);
        downloads.update(Msg::Progress { id: DownloadId(1), received_bytes, total_bytes, bytes_per_second })
    };
    assert_eq!(progress(1), []);
    assert_eq!(progress(20), [Effect::ShowBadge(Badge { active: 1, fraction: 0.02 })]);
    assert_eq!(progress(39), []);
    let effects = downloads.update(Msg::Reset);
    assert_eq!(effects, [Effect::ShowBadge(Badge::default())]);
}
