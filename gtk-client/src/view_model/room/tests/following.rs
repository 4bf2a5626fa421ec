//! What is said, missed, read and told meanwhile.

use parlour_common::message::{OnePost, PostsFound, SeatChange, SeatTurn, SeatsChanged};

use super::*;

fn is_read(from: ReadFrom) -> impl Fn(&Request) -> bool {
    move |request| matches!(request, Request::ReadPosts(read) if read.from == from)
}

fn is_mark(post: u64) -> impl Fn(&Request) -> bool {
    let read = OnePost { conversation: ConversationId::ROOM, post: PostId(post) };
    move |request| *request == Request::MarkRead(read)
}

#[test]
fn what_was_missed_while_the_link_was_lost_is_caught_up_with() {
    let mut desk = Desk::seated(10, 10);
    desk.tell(Msg::LinkLost);
    assert_eq!(desk.room.seat(), &Seat::Entering);
    assert!(!desk.room.is_linked());
    desk.tell(Msg::Resumed);
    desk.enter(14, 10);
    assert!(desk.has_asked(is_read(ReadFrom::ChangedAfter(Revision(10)))));
    desk.tell(Msg::Said(Box::new(said(15))));
    desk.serve(14);
    desk.serve(15);
    let rows = desk.rows();
    assert_eq!(rows.iter().filter(|row| row.contains("post")).count(), 15, "each once: {rows:?}");
    assert_eq!(rows.last().unwrap(), "  post 15");

    // Nothing happened meanwhile: nothing is asked for.
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Resumed);
    desk.enter(15, 15);
    assert!(!desk.has_asked(|request| matches!(request, Request::ReadPosts(_))));
}

#[test]
fn who_was_away_for_long_begins_anew_at_the_end() {
    let mut desk = Desk::seated(10, 10);
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Resumed);
    desk.enter(5_000, 10);
    desk.serve(5_000);
    let shown = desk.room.shown.borrow();
    assert_eq!(shown.span(), Some((PostId(4_937), PostId(5_000))));
    assert!(
        desk.wanted.iter().any(|effect| matches!(effect, Effect::Timeline(TimelineChange::Replaced { .. })))
    );
}

#[test]
fn a_change_that_is_told_before_an_older_page_comes_is_not_lost() {
    let mut desk = Desk::opened_with(Choices::default());
    desk.enter(3, 3);
    let edited = Post { text: "better".to_owned(), revision: Revision(4), ..said(2) };
    desk.tell(Msg::PostChanged(Box::new(edited)));
    desk.tell(Msg::Said(Box::new(Post { revision: Revision(5), ..said(4) })));
    desk.serve(3);
    assert_eq!(desk.rows(), ["day", "post 1", "  better", "  post 3", "new", "post 4"]);
    // All of it is known: the next loss asks only for what follows.
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Resumed);
    desk.enter(6, 3);
    assert!(desk.has_asked(is_read(ReadFrom::ChangedAfter(Revision(5)))));
}

#[test]
fn the_answer_to_what_one_said_and_its_event_come_in_any_order() {
    let own = |number| Post { author: name("sara"), text: "mine".to_owned(), ..said(number) };
    for event_first in [true, false] {
        let mut desk = Desk::seated(3, 3);
        desk.tell(Msg::Typed("mine".to_owned()));
        desk.tell(Msg::Send);
        desk.tell(Msg::Kept { turn: 1, is_durable: true });
        assert_eq!(desk.rows().last().unwrap(), "> mine");
        if event_first {
            desk.tell(Msg::Said(Box::new(own(4))));
        }
        desk.answer(|request| matches!(request, Request::Say(_)), Answer::Reply(Reply::Post(own(4))));
        desk.tell(Msg::Said(Box::new(own(4))));
        let rows = desk.rows();
        assert_eq!(rows.iter().filter(|row| row.contains("mine")).count(), 1, "{rows:?}");
        assert!(desk.took().contains(&Effect::KeepOutbox { turn: 2, kept: Vec::new() }));
        assert_eq!(desk.room.talk().unwrap().unread(), 0, "one's own words are no news");
        assert!(desk.has_asked(is_mark(4)));
        // The pause between marks is not over: one's own words are told of all the same.
        desk.tell(Msg::Said(Box::new(own(5))));
        assert!(desk.has_asked(is_mark(5)));
    }
}

#[test]
fn what_lies_near_an_end_that_is_looked_at_is_fetched() {
    let mut desk = Desk::seated(500, 500);
    let rows = desk.room.shown.borrow().len();
    desk.tell(Msg::Looking { first: rows - 10, last: rows - 1 });
    desk.tell(Msg::Looking { first: 5, last: 15 });
    assert!(desk.has_asked(is_read(ReadFrom::Before(PostId(373)))));
    desk.tell(Msg::Looking { first: 4, last: 14 });
    assert_eq!(desk.asked.iter().filter(|(_, request)| matches!(request, Request::ReadPosts(_))).count(), 1);
    desk.serve(500);
    assert_eq!(desk.room.shown.borrow().span(), Some((PostId(309), PostId(500))));

    desk.tell(Msg::GoTo(PostId(100)));
    desk.serve(500);
    let row = desk.room.shown.borrow().row_of_post(PostId(100)).unwrap();
    assert_eq!(desk.wanted.last(), Some(&Effect::Timeline(TimelineChange::Show { row })));
    desk.tell(Msg::Said(Box::new(said(501))));
    assert!(
        !desk.has_asked(|request| matches!(request, Request::ReadPosts(_))),
        "one looks at another place"
    );
    let rows = desk.room.shown.borrow().len();
    desk.tell(Msg::Looking { first: rows - 5, last: rows - 1 });
    assert!(desk.has_asked(is_read(ReadFrom::After(PostId(131)))));
    desk.serve(501);
    desk.tell(Msg::GoToNewest);
    desk.serve(501);
    assert_eq!(desk.rows()[desk.rows().len() - 2..], ["new", "post 501"]);
    assert_eq!(desk.wanted.last(), Some(&Effect::Timeline(TimelineChange::ShowNewest)));
}

#[test]
fn what_is_seen_is_marked_as_read_at_most_once_a_second() {
    let mut desk = Desk::opened_with(Choices::default());
    desk.enter(20, 10);
    desk.serve(20);
    assert_eq!(desk.rows()[11], "new");
    assert!(desk.wanted.contains(&Effect::Timeline(TimelineChange::Begin { row: 11 })));
    assert!(desk.wanted.contains(&Effect::ShowUnread { posts: 10, mentions: 0 }));
    desk.tell(Msg::Looking { first: 5, last: 13 });
    assert!(desk.has_asked(is_mark(12)));
    desk.tell(Msg::Looking { first: 8, last: 16 });
    desk.tell(Msg::Looking { first: 9, last: 17 });
    assert!(!desk.has_asked(is_mark(15)) && !desk.has_asked(is_mark(16)));
    desk.tell(Msg::Woken(Alarm::Reading));
    assert!(!desk.has_asked(is_mark(15)) && desk.has_asked(is_mark(16)), "the last one alone");
    desk.tell(Msg::Looking { first: 0, last: 8 });
    desk.tell(Msg::Woken(Alarm::Reading));
    assert_eq!(desk.room.talk().unwrap().unread(), 4, "what was read stays read");
    desk.answer(is_mark(16), Answer::Lost);
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Resumed);
    assert!(desk.has_asked(is_mark(16)), "it is told again");
    desk.tell(Msg::MarkedRead(OnePost { conversation: ConversationId::ROOM, post: PostId(20) }));
    assert_eq!(desk.room.talk().unwrap().unread(), 0, "one read it at another place");
}

#[test]
fn what_comes_while_nobody_looks_is_new_from_its_first_post_on() {
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::Said(Box::new(said(4))));
    assert_eq!(desk.rows().last().unwrap(), "  post 4", "it is seen");
    assert!(desk.wanted.contains(&Effect::Timeline(TimelineChange::ShowNewest)));
    let rows = desk.room.shown.borrow().len();
    desk.tell(Msg::Looking { first: 0, last: rows - 1 });
    desk.tell(Msg::Active(false));
    desk.tell(Msg::Said(Box::new(said(5))));
    desk.tell(Msg::Said(Box::new(said(6))));
    assert_eq!(desk.rows()[5..], ["new", "post 5", "  post 6"]);
    assert_eq!(desk.room.talk().unwrap().unread(), 2);
    assert!(desk.wanted.contains(&Effect::ShowUnread { posts: 2, mentions: 0 }));
    desk.tell(Msg::Said(Box::new(Post { author: name("sara"), ..said(7) })));
    assert!(!desk.rows().contains(&"new".to_owned()), "who says something has seen it");
}

#[test]
fn conversations_are_ordered_counted_and_fetched_where_they_are_not_known() {
    let mut desk = Desk::seated(3, 3);
    let direct = |conversation, number| Post { conversation: ConversationId(conversation), ..said(number) };
    desk.tell(Msg::Said(Box::new(direct(9, 1))));
    assert!(
        desk.wanted.contains(&Effect::WakeAfter(Alarm::Conversations, 300)),
        "nobody knows with whom it is"
    );
    desk.tell(Msg::Woken(Alarm::Conversations));
    let other = ConversationEntry { with: Some(name("reza")), last_unix_ms: 9, ..entry(9, 1, 0) };
    let conversations = vec![entry(0, 3, 3), other, entry(7, 3, 3)];
    let listed = Answer::Reply(Reply::Conversations(ConversationPage { total: 3, conversations }));
    desk.answer(|request| matches!(request, Request::ListConversations(_)), listed);
    let order = |desk: &Desk| desk.room.talks().iter().map(|talk| talk.id().0).collect::<Vec<_>>();
    assert_eq!(order(&desk), [0, 9, 7]);
    desk.tell(Msg::Said(Box::new(direct(7, 4))));
    assert_eq!(order(&desk), [0, 7, 9]);
    assert_eq!(desk.room.talks()[1].unread(), 1);
    let all_to_one = Effect::ShowUnread { posts: 2, mentions: 2 };
    assert!(desk.wanted.contains(&all_to_one), "what one other says is to oneself");

    desk.tell(Msg::OpenWith(name("Reza")));
    assert_eq!(desk.room.conversation(), ConversationId(9), "it is known");
    desk.serve(1);
    desk.tell(Msg::OpenWith(name("newt")));
    assert!(desk.has_asked(|request| matches!(request, Request::OpenConversation(_))));
    let fresh = ConversationEntry { with: Some(name("newt")), first: PostId(1), ..entry(11, 0, 0) };
    let is_open = |request: &Request| matches!(request, Request::OpenConversation(_));
    desk.answer(is_open, Answer::Reply(Reply::Conversation(fresh)));
    desk.serve(0);
    assert_eq!((desk.room.conversation().0, desk.room.view()), (11, View::Empty));
    desk.tell(Msg::Open(ConversationId::ROOM));
    assert_eq!(desk.rows()[..2], ["day", "post 1"], "what was held is shown at once");
    assert!(!desk.has_asked(|request| matches!(request, Request::ReadPosts(_))), "and is as it is there");
}

#[test]
fn those_in_the_room_are_followed_and_listed_again_where_that_is_not_told_whole() {
    let mut desk = Desk::opened_with(Choices::default());
    desk.enter(3, 3);
    let seat = |user, state| SeatEntry { user_name: name(user), state, since_unix_ms: 0 };
    let seats = vec![seat("ali", SeatState::Present), seat("sara", SeatState::Present)];
    let is_list = |request: &Request| matches!(request, Request::ListSeats(_));
    desk.answer(is_list, Answer::Reply(Reply::Seats(SeatPage { participants: 2, seats })));
    desk.serve(3);
    let turn = |user, how| SeatChange { user_name: name(user), how, at_unix_ms: 5, participants: 3 };
    let changes = vec![turn("newt", SeatTurn::Joined), turn("ali", SeatTurn::Lost)];
    desk.tell(Msg::SeatsChanged(SeatsChanged { participants: 3, changes, omitted: 0 }));
    let listed: Vec<_> =
        desk.room.seats().iter().map(|seat| (seat.user_name.to_string(), seat.state)).collect();
    let (here, lost) = (SeatState::Present, SeatState::Inactive);
    assert_eq!(listed, [("ali".to_owned(), lost), ("newt".to_owned(), here), ("sara".to_owned(), here)]);
    assert_eq!(desk.rows()[4..], ["newt Joined", "ali Lost"]);
    desk.tell(Msg::SeatsChanged(SeatsChanged { participants: 90, changes: Vec::new(), omitted: 87 }));
    assert_eq!(desk.room.participants(), 90);
    assert!(desk.wanted.contains(&Effect::WakeAfter(Alarm::Seats, 1_000)));
    desk.tell(Msg::Woken(Alarm::Seats));
    assert!(desk.has_asked(is_list));
}

#[test]
fn only_the_last_search_counts_and_goes_on_where_it_ended() {
    let mut desk = Desk::seated(3, 3);
    let is_search = |request: &Request| matches!(request, Request::SearchPosts(_));
    desk.tell(Msg::SearchOpened);
    desk.tell(Msg::SearchTyped("fr".to_owned()));
    desk.tell(Msg::SearchTyped(" frog ".to_owned()));
    assert_eq!(desk.asked.iter().filter(|(_, request)| is_search(request)).count(), 1, "one at a time");
    let found = |posts: Vec<Post>, next: Option<u64>| {
        Answer::Reply(Reply::PostsFound(PostsFound { posts, next: next.map(PostId) }))
    };
    desk.answer(is_search, found(vec![said(1)], None));
    assert!(desk.room.search().unwrap().found().is_empty(), "that was another search");
    desk.answer(is_search, found(vec![said(3), said(2)], Some(2)));
    assert_eq!(desk.room.search().unwrap().found().len(), 2);
    desk.tell(Msg::SearchMore);
    let Some((_, Request::SearchPosts(more))) = desk.asked.iter().find(|(_, request)| is_search(request))
    else {
        panic!("{:?}", desk.asked)
    };
    assert_eq!((more.query.as_str(), more.before), ("frog", Some(PostId(2))));
    // A page without a hit is gone over by itself.
    desk.answer(is_search, found(vec![], Some(2)));
    desk.answer(is_search, found(vec![said(1)], None));
    assert_eq!(desk.room.search().unwrap().found().len(), 3);
    assert!(!desk.room.search().unwrap().has_more());
    desk.tell(Msg::Back);
    assert!(desk.room.search().is_none());
}
