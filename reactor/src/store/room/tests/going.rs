//! How posts go by their age, and what an account leaves behind.

use parlour_common::message::ListConversations;

use super::super::POSTS_PER_STEP_MAX;
use super::*;

fn sweep(bench: &mut Bench, before_unix_ms: u64) -> RoomOutcome {
    bench.room(RoomChange::SweepPosts { before_unix_ms })
}

#[test]
fn old_posts_go_step_by_step_with_every_trace_and_the_rest_stays() {
    let mut bench = Bench::new();
    let id = bench.direct(SARA, MINA);
    let old = bench.say(SARA, id, "an old one");
    let file = bench.file(SARA, 1, "a.txt");
    bench.show(SARA, ROOM, file.id);
    let text = "old talk, @mina";
    let new: Vec<Change> = (0..400).map(|_| say(bench.new_post(SARA, ROOM, text)).into()).collect();
    assert!(bench.writer.commit(new.iter()).iter().all(Result::is_ok));
    let before = bench.clock + 1;
    bench.clock += 10;
    let kept = bench.say(MINA, ROOM, "new talk");
    bench.purge(SARA, file.id);
    let outcome = sweep(&mut bench, before);
    assert!(outcome.news && outcome.more && outcome.doomed);
    bench.expect_whole();
    let page = bench.read(SARA, ROOM, ReadFrom::After(PostId(0)), 3);
    // The conversation of two was the oldest.
    assert_eq!(page.first, PostId(1 + POSTS_PER_STEP_MAX as u64 - 1));
    assert_eq!(page.posts[0].post, page.first);
    assert!(!sweep(&mut bench, before).more);
    assert!(!sweep(&mut bench, before).news);
    assert_eq!(bench.all(SARA, ROOM), [kept]);
    assert_eq!((bench.find(SARA, "talk"), bench.find(SARA, "old")), (vec![402], vec![]));
    let room = bench.store.conversation(MINA, ROOM).unwrap().unwrap();
    assert_eq!((room.first, room.last, room.mentions), (PostId(402), PostId(402), 0));
    // A conversation without posts goes on with its numbers.
    let page = bench.read(SARA, id, ReadFrom::Around(old.post), 3);
    assert_eq!((page.posts, page.first, page.last), (vec![], PostId(2), PostId(1)));
    assert_eq!(bench.say(MINA, id, "again").post, PostId(2));
    bench.expect_whole();
}

#[test]
fn what_a_deleted_account_said_stays_and_so_do_its_cards_unless_they_are_to_go() {
    for (fate, stays) in
        [(Fate::Keep {}, true), (Fate::HandOver { to: ROYA }, true), (Fate::Remove {}, false)]
    {
        let mut bench = Bench::new();
        let id = bench.direct(SARA, MINA);
        let file = bench.file(SARA, 1, "secret plan.txt");
        let in_room = bench.show(SARA, ROOM, file.id);
        let to_mina = bench.show(SARA, id, file.id);
        bench.say(MINA, id, "thanks, @sara");
        bench.mark(SARA, id, 1);
        bench.mark(SARA, ROOM, 1);
        let said = bench.say(MINA, ROOM, "hello @sara");
        let changed = bench.remove(SARA, fate);
        bench.expect_whole();
        if stays {
            assert_eq!((changed.len(), bench.links(file.blob)), (0, 2), "{fate:?}");
            assert_eq!(bench.all(MINA, ROOM), [in_room, said]);
            assert_eq!(bench.find(MINA, "secret"), [1]);
        } else {
            let gone = |post: Post, revision| {
                let card = Some(Card::Gone {});
                Post { revision: Revision(revision), card, ..post }
            };
            let expected = [(gone(in_room, 3), None), (gone(to_mina, 3), Some([SARA, MINA]))];
            assert_eq!(changed, expected);
            assert_eq!((bench.links(file.blob), bench.find(MINA, "secret")), (0, vec![]));
            assert_eq!(bench.store.doomed(9).unwrap(), [file.blob]);
        }
        // The other one reads on, and has nobody to talk to.
        let list = ListConversations { offset: 1, limit: 9 };
        let entry = bench.store.conversations(MINA, &list).unwrap().conversations.remove(0);
        assert_eq!((entry.with.unwrap().as_str(), entry.departed), ("sara", true));
        assert_eq!(bench.all(MINA, id)[1].text, "thanks, @sara");
        let new = bench.new_post(MINA, id, "anyone?");
        bench.expect_refused(say(new), Refusal::Departed);
        let late = bench.new_post(SARA, ROOM, "one more thing");
        bench.expect_refused(say(late), Refusal::NotActive);
        // A stranger of the same name is not the one who left.
        bench.change(&add("sara", "other@example.org", 9)).unwrap();
        let sara = UserId(5);
        let room = bench.store.conversation(sara, ROOM).unwrap().unwrap();
        assert_eq!((room.mentions, bench.store.conversation(sara, id).unwrap()), (0, None));
        assert_ne!(bench.direct(MINA, sara), id);
        bench.expect_whole();
    }
}

#[test]
fn a_conversation_that_nobody_can_read_any_more_goes_step_by_step() {
    let mut bench = Bench::new();
    let id = bench.direct(SARA, MINA);
    let unsaid = bench.direct(MINA, OMID);
    let file = bench.file(SARA, 1, "a.txt");
    bench.show(SARA, id, file.id);
    let new: Vec<Change> = (0..600).map(|_| say(bench.new_post(SARA, id, "@mina hm")).into()).collect();
    assert!(bench.writer.commit(new.iter()).iter().all(Result::is_ok));
    bench.remove(SARA, Fate::Keep {});
    assert_eq!(bench.read(MINA, id, ReadFrom::Latest {}, 1).posts.len(), 1);
    bench.remove(MINA, Fate::Keep {});
    bench.expect_whole();
    for user in [SARA, MINA] {
        assert_eq!(bench.store.conversation(user, id).unwrap(), None);
    }
    assert_eq!(bench.store.doomed(9).unwrap(), [file.blob], "the file and its card are gone");
    assert!(bench.store.conversation(OMID, unsaid).unwrap().unwrap().departed);
    bench.remove(OMID, Fate::Keep {});
    bench.expect_whole();
    assert!(!bench.dump().contains("hm"));
}
