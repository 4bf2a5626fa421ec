//! Uploads that a conversation waits for.

use parlour_common::message::SameName;

use super::super::Msg;
use super::*;
use crate::network::Ending;
use crate::view_model::files::tests::entry;

#[test]
fn a_conversation_hears_what_becomes_of_a_file_that_it_shows() {
    let upload = UploadKey::new([3; 16]);
    let wanted = || Msg::Upload(vec![NewUpload { path: "/a.txt".into(), to_show: Some(upload) }]);
    let told = |effects: Vec<Effect>| -> Vec<Stored> {
        let told = effects.into_iter().filter_map(|effect| match effect {
            Effect::Stored { upload: of, how } if of == upload => Some(how),
            _ => None,
        });
        told.collect()
    };
    let mut transfers = Transfers::default();
    let begun = transfers.update(wanted());
    let [Effect::Begin { id, order }, ..] = begun.as_slice() else { panic!("{begun:?}") };
    let Order::Upload(order) = &**order else { panic!("{order:?}") };
    assert_eq!((order.key, order.same_name), (upload, SameName::KeepBoth), "nobody is asked about its name");
    assert!(!transfers.update(wanted()).iter().any(|effect| matches!(effect, Effect::Begin { .. })), "once");
    let moved = |moved_bytes| Msg::Progress {
        id: *id,
        moved: Moved { moved_bytes, total_bytes: 1000, bytes_per_second: 1 },
    };
    assert_eq!(told(transfers.update(moved(120))), [Stored::Moved(10)]);
    assert_eq!(told(transfers.update(moved(130))), [], "in steps");
    let failed = Ending::Failed(TransferFault::SourceGone);
    assert_eq!(told(transfers.update(Msg::Ended(*id, failed))), [Stored::Failed(TransferFault::SourceGone)]);
    let again = transfers.update(wanted());
    let [Effect::Begin { id, .. }, ..] = again.as_slice() else { panic!("{again:?}") };
    assert!(!transfers.has_ended_ones(), "the one that failed is tried again");
    let file = entry(4);
    let ended = transfers.update(Msg::Ended(*id, Ending::Uploaded(Box::new(file.clone()))));
    assert_eq!(told(ended), [Stored::Here(Box::new(file))]);

    // Given up, by the panel or because it is not to be shown any more.
    let begun = transfers.update(Msg::Upload(vec![NewUpload { path: "/b".into(), to_show: Some(upload) }]));
    let [Effect::Begin { id, .. }, ..] = begun.as_slice() else { panic!("{begun:?}") };
    assert_eq!(told(transfers.update(Msg::Cancel(*id))), [Stored::GivenUp]);
    let mut transfers = Transfers::default();
    transfers.update(wanted());
    assert!(
        transfers.update(Msg::DropUpload(upload)).iter().any(|effect| matches!(effect, Effect::Stop { .. }))
    );
    assert_eq!(transfers.active_count(), 0);
}

#[test]
fn an_upload_to_be_shown_that_an_earlier_run_left_is_not_begun_twice() {
    let upload = UploadKey::new([3; 16]);
    let wanted = || Msg::Upload(vec![NewUpload { path: "/a.txt".into(), to_show: Some(upload) }]);
    let mut before = Transfers::default();
    before.update(wanted());
    let kept = before.take_kept().unwrap();
    for found_first in [true, false] {
        let mut transfers = Transfers::default();
        let found = Msg::Found(kept.clone());
        let (first, second) = if found_first { (found, wanted()) } else { (wanted(), found) };
        transfers.update(first);
        transfers.update(second);
        assert_eq!(transfers.active_count(), 1);
    }
}
