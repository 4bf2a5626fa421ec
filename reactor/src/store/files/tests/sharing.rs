//! Sharing, its end, and the receipts.

use parlour_common::limits::RECIPIENTS_PER_FILE_MAX;
use parlour_common::message::AccountState;

use super::super::super::testing::add;
use super::*;

fn unshare(asker: UserId, file: FileId, with: UserId) -> FilesChange {
    FilesChange::UnshareFile { asker, file, with }
}

#[test]
fn who_has_a_file_shared_already_keeps_it_as_it_is() {
    let mut bench = Bench::new();
    let [one, other] = [(1, "a.txt"), (2, "b.txt")].map(|(n, name)| bench.file(SARA, n, name));
    let outcome = bench.share(SARA, &[one], &[MINA]);
    assert_eq!((outcome.touched, outcome.shared), (vec![SARA, MINA], vec![(bench.record(one), MINA)]));
    bench.outcome(confirm(MINA, one, 1, 60));
    let more = FilesChange::ShareFiles {
        user: SARA,
        files: vec![one, other],
        with: vec![MINA, OMID, MINA],
        at_unix_ms: 90,
    };
    let outcome = bench.outcome(more.clone());
    let [first, second] = [one, other].map(|id| bench.record(id));
    assert_eq!(outcome.shared, [(first.clone(), OMID), (second.clone(), MINA), (second.clone(), OMID)]);
    assert_eq!(outcome.touched, [SARA, MINA, OMID]);
    assert_eq!((first.recipients, first.fetched, second.recipients), (2, 1, 2));
    let share = bench.store.share(one, MINA).unwrap().unwrap();
    assert_eq!(share, ShareRecord { since_unix_ms: 50, fetched_unix_ms: Some(60) });
    assert_eq!(bench.outcome(more), FilesOutcome::default());
    bench.check();
}

#[test]
fn a_file_is_shared_with_active_others_by_its_owner_alone() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a.txt");
    let act = Act { by: Author::Operator, at_unix_ms: 3 };
    let edit = UserEdit { state: Some(AccountState::Disabled), ..UserEdit::default() };
    bench.change(&Change::EditUser { act, user: ROYA, edit, notify: false }).unwrap();
    for with in [SARA, ROYA, UserId(99)] {
        bench.expect_refused(share(SARA, &[id], &[MINA, with]), Refusal::NoSuchUser);
    }
    bench.share(SARA, &[id], &[MINA]);
    for (user, with) in [(MINA, OMID), (OMID, MINA)] {
        bench.expect_refused(share(user, &[id], &[with]), Refusal::NoSuchFile);
    }
}

#[test]
fn a_file_is_shared_with_so_many_and_no_more() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a.txt");
    let mut others = Vec::new();
    for n in 0..=RECIPIENTS_PER_FILE_MAX {
        let name = format!("member.{n}");
        let new = add(&name, &format!("{name}@example.org"), 100);
        let Change::AddUser { user, claim, .. } = new else { unreachable!() };
        match bench.change(&Change::AddUser { user, session: None, claim }) {
            Ok(Applied::User(user)) => others.push(user),
            outcome => panic!("{outcome:?}"),
        }
    }
    bench.expect_refused(share(SARA, &[id], &others), Refusal::TooManyRecipients);
    let last = others.pop().unwrap();
    assert_eq!(bench.share(SARA, &[id], &others).shared.len(), others.len());
    bench.expect_refused(share(SARA, &[id], &[last]), Refusal::TooManyRecipients);
    assert_eq!(bench.share(SARA, &[id], &others), FilesOutcome::default());
    bench.outcome(unshare(SARA, id, others[7]));
    bench.share(SARA, &[id], &[last]);
    // Many recipients make a step of many files shorter, and it ends all the same.
    assert_eq!(bench.trash(SARA, &[id]).touched.len(), others.len() + 1);
    assert!(bench.outcome(FilesChange::EmptyTrash { user: SARA }).doomed);
    bench.check();
}

#[test]
fn a_sharing_is_ended_by_the_owner_and_by_who_has_it() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a.txt");
    bench.share(SARA, &[id], &[MINA, OMID, ROYA]);
    bench.outcome(confirm(OMID, id, 1, 60));
    for (asker, with) in [(MINA, OMID), (UserId(99), UserId(99)), (UserId(99), MINA)] {
        bench.expect_refused(unshare(asker, id, with), Refusal::NoSuchFile);
    }
    bench.expect_refused(unshare(SARA, FileId(9), MINA), Refusal::NoSuchFile);
    let outcome = bench.outcome(unshare(SARA, id, OMID));
    assert_eq!(outcome.touched, [SARA, OMID]);
    let file = outcome.file.unwrap();
    assert_eq!((file.recipients, file.fetched), (2, 0));
    assert_eq!(bench.store.may_read(OMID, id).unwrap(), None);
    assert_eq!(bench.outcome(unshare(MINA, id, MINA)).touched, [SARA, MINA]);
    bench.expect_refused(unshare(MINA, id, MINA), Refusal::NoSuchFile);
    // Who has it not is not noticed by the owner twice.
    assert_eq!(bench.outcome(unshare(SARA, id, OMID)).touched, []);
    // From the trash too, though nobody there sees it.
    bench.trash(SARA, &[id]);
    assert_eq!(bench.outcome(unshare(SARA, id, ROYA)).touched, [SARA]);
    bench.restore(SARA, &[id]);
    assert_eq!(bench.record(id).recipients, 0);
    bench.check();
}

#[test]
fn a_receipt_is_for_the_contents_of_now_and_the_first_one_stands() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a.txt");
    bench.share(SARA, &[id], &[MINA]);
    bench.expect_refused(confirm(MINA, id, 2, 60), Refusal::VersionChanged);
    for user in [SARA, OMID, UserId(99)] {
        bench.expect_refused(confirm(user, id, 1, 60), Refusal::NoSuchFile);
    }
    bench.expect_refused(confirm(MINA, FileId(9), 1, 60), Refusal::NoSuchFile);
    assert_eq!(bench.outcome(confirm(MINA, id, 1, 60)).touched, [SARA, MINA]);
    let again = bench.outcome(confirm(MINA, id, 1, 99));
    assert_eq!((again.touched, again.file.unwrap().fetched), (vec![], 1));
    assert_eq!(bench.store.share(id, MINA).unwrap().unwrap().fetched_unix_ms, Some(60));
    bench.upload(SARA, 3, "a.txt", SameName::Replace);
    bench.expect_refused(confirm(MINA, id, 1, 70), Refusal::VersionChanged);
    bench.outcome(confirm(MINA, id, 3, 80));
    assert_eq!(bench.record(id).fetched, 1);
    bench.check();
}
