//! Cards: what they hold on to, what lets go of it, and files that are made of them.

use super::*;

fn card(bench: &Bench, user: UserId, post: &Post) -> Option<u64> {
    let found = bench.store.card(user, post.conversation, post.post).unwrap();
    found.map(|card| card.blob.0)
}

fn keep(user: UserId, post: &Post, same_name: SameName) -> RoomChange {
    let (conversation, post) = (post.conversation, post.post);
    let standard_quota_bytes = Some(250);
    RoomChange::KeepCard { user, conversation, post, same_name, at_unix_ms: 9, standard_quota_bytes }
}

#[test]
fn a_card_outlives_the_file_it_was_made_of_and_the_last_one_lets_go() {
    let mut bench = Bench::new();
    let file = bench.file(SARA, 1, "a.txt");
    let (first, second) = (bench.show(SARA, ROOM, file.id), bench.show(SARA, ROOM, file.id));
    assert_eq!(bench.links(file.blob), 3);
    assert!(matches!(&first.card, Some(Card::File { size_bytes: 100, .. })));
    assert!(!bench.purge(SARA, file.id), "the cards have the contents");
    assert_eq!((card(&bench, ROYA, &first), bench.links(file.blob)), (Some(file.blob.0), 2));
    assert!(!bench.delete(SARA, &first).doomed);
    assert_eq!(card(&bench, ROYA, &first), None);
    bench.expect_whole();
    assert!(bench.delete(SARA, &second).doomed, "the last one lets go");
    assert_eq!(bench.store.doomed(9).unwrap(), [file.blob]);
    bench.expect_whole();
}

#[test]
fn only_a_file_that_one_may_read_is_shown_and_a_repeated_say_links_once() {
    let mut bench = Bench::new();
    let file = bench.file(SARA, 1, "a.txt");
    let new = bench.new_post(MINA, ROOM, "look");
    let showing = NewPost { card: Some(NewCard::File(file.id)), ..new };
    bench.expect_refused(say(showing.clone()), Refusal::NoSuchFile);
    let with = vec![MINA];
    bench.files(FilesChange::ShareFiles { user: SARA, files: vec![file.id], with, at_unix_ms: 1 });
    assert!(bench.room(say(showing.clone())).news);
    assert!(!bench.room(say(showing)).news);
    assert_eq!(bench.links(file.blob), 2);
    bench.files(FilesChange::TrashFiles { user: SARA, files: vec![file.id], at_unix_ms: 1 });
    let new = bench.new_post(SARA, ROOM, "");
    let trashed = NewPost { card: Some(NewCard::File(file.id)), ..new };
    bench.expect_refused(say(trashed), Refusal::NoSuchFile);
    bench.expect_whole();
}

#[test]
fn cards_of_all_conversations_together_have_a_limit() {
    let mut bench = Bench::new();
    bench.cards_bytes_max = Some(250);
    let file = bench.file(SARA, 1, "a.txt");
    let id = bench.direct(SARA, MINA);
    let (first, _) = (bench.show(SARA, ROOM, file.id), bench.show(SARA, id, file.id));
    let new = bench.new_post(SARA, ROOM, "");
    let third = NewPost { card: Some(NewCard::File(file.id)), ..new };
    bench.expect_refused(say(third.clone()), Refusal::CardsFull { left_bytes: 50 });
    bench.delete(SARA, &first);
    assert!(bench.room(say(third)).news);
    bench.expect_whole();
}

#[test]
fn a_card_of_two_is_theirs_alone() {
    let mut bench = Bench::new();
    let (id, file) = (bench.direct(SARA, MINA), bench.file(SARA, 1, "a.txt"));
    let post = bench.show(SARA, id, file.id);
    assert_eq!([SARA, MINA].map(|user| card(&bench, user, &post)), [Some(file.blob.0); 2]);
    assert_eq!(card(&bench, OMID, &post), None);
    bench.expect_refused(keep(OMID, &post, SameName::Ask), Refusal::NoSuchConversation);
    bench.expect_whole();
}

#[test]
fn a_card_that_is_kept_is_a_file_of_ones_own_within_ones_quota() {
    let mut bench = Bench::new();
    let file = bench.file(SARA, 1, "a.txt");
    let post = bench.show(SARA, ROOM, file.id);
    let kept = |bench: &mut Bench, same_name| match bench.change(&keep(MINA, &post, same_name).into()) {
        Ok(Applied::Files(outcome)) => (outcome.touched, outcome.file.unwrap()),
        outcome => panic!("{outcome:?}"),
    };
    let (touched, own) = kept(&mut bench, SameName::Ask);
    assert_eq!((touched, own.owner, own.blob, own.sha256), (vec![MINA], MINA, file.blob, file.sha256));
    assert_eq!(bench.links(file.blob), 3);
    let taken = bench.change(&keep(MINA, &post, SameName::Ask).into());
    assert!(matches!(taken, Err(ChangeError::Refused(Refusal::NameTaken { .. }))));
    let (_, both) = kept(&mut bench, SameName::KeepBoth);
    assert_eq!(both.file_name.as_str(), "a (2).txt");
    let full = Refusal::QuotaExceeded { left_bytes: 50 };
    bench.expect_refused(keep(MINA, &post, SameName::KeepBoth), full);
    // In the place of another: that one goes to the trash, and counts there.
    bench.purge(MINA, both.id);
    let (_, replaced) = kept(&mut bench, SameName::Replace);
    assert_eq!((replaced.id, bench.store.usage(MINA).unwrap().used_bytes()), (own.id, 200));
    bench.expect_whole();
    // It is one's own: neither the post nor its author take it away.
    bench.delete(SARA, &post);
    bench.expect_refused(keep(OMID, &post, SameName::Ask), Refusal::NoSuchCard);
    let text = bench.say(SARA, ROOM, "no card");
    bench.expect_refused(keep(OMID, &text, SameName::Ask), Refusal::NoSuchCard);
    bench.remove(SARA, Fate::Remove {});
    assert_eq!(bench.links(file.blob), 2);
    assert!(bench.store.may_read(MINA, own.id).unwrap().is_some());
    bench.expect_whole();
}
