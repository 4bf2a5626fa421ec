//! The rules of names that are taken.

use super::super::tests::{begun, ended, same_names, stopped, taken, update, uploaded, uploading, uploads};
use super::super::{Effect, Msg};
use super::*;
use crate::network::JobId;
use crate::view_model::Notice;

#[test]
fn a_name_that_is_taken_is_asked_about_one_after_the_other() {
    let mut transfers = uploading(4);
    let question = ended(&mut transfers, 1, taken());
    let conflict = Conflict { file_name: "1.txt".to_owned(), new_bytes: 0, old_bytes: 5, old_unix_ms: 6 };
    assert_eq!(question[0], Effect::AskName(Some(Box::new(conflict))));
    assert_eq!(begun(&question), [4], "the others go on");
    assert_eq!(ended(&mut transfers, 2, taken()), [], "one question at a time");
    let answer = Answer { same_name: Some(SameName::KeepBoth), for_all: false };
    let effects = update(&mut transfers, Msg::Chosen(answer));
    assert!(matches!(&effects[0], Effect::AskName(Some(asked)) if asked.file_name == "2.txt"), "{effects:?}");
    assert_eq!((begun(&effects), same_names(&effects)), (vec![1], vec![SameName::KeepBoth]));
    let skip = Answer { same_name: None, for_all: false };
    let effects = update(&mut transfers, Msg::Chosen(skip));
    assert_eq!((stopped(&effects), effects.contains(&Effect::AskName(None))), (vec![2], true));
}

#[test]
fn an_answer_for_all_goes_for_this_batch_and_no_further() {
    let mut transfers = uploading(6);
    for id in 1..=2 {
        ended(&mut transfers, id, taken());
    }
    let answer = Answer { same_name: Some(SameName::Replace), for_all: true };
    let effects = update(&mut transfers, Msg::Chosen(answer));
    assert!(effects.contains(&Effect::AskName(None)), "{effects:?}");
    let mut again = ended(&mut transfers, 3, taken());
    assert_eq!(same_names(&again), [SameName::Replace], "without a question");
    for id in [4, 5, 1, 2, 3, 6] {
        again = uploaded(&mut transfers, id);
    }
    assert_eq!(again, [Effect::Say(Notice::AllMoved { tracks: 0, files: 0, uploads: 6 })]);
    let effects = update(&mut transfers, Msg::Upload(uploads(1)));
    assert_eq!(same_names(&effects), [SameName::Ask], "later ones are asked about anew");
    let skip = Answer { same_name: None, for_all: true };
    ended(&mut transfers, 7, taken());
    assert_eq!(stopped(&update(&mut transfers, Msg::Chosen(skip))), [7]);
}

#[test]
fn a_question_whose_upload_is_cancelled_is_taken_back() {
    let mut transfers = uploading(1);
    ended(&mut transfers, 1, taken());
    let effects = update(&mut transfers, Msg::Cancel(JobId(1)));
    assert!(effects.contains(&Effect::AskName(None)), "{effects:?}");
    let mut transfers = uploading(1);
    ended(&mut transfers, 1, taken());
    assert_eq!(update(&mut transfers, Msg::Reset), [Effect::AskName(None)]);
}
