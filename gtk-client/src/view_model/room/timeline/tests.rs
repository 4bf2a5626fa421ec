//! The timeline: what comes is put with what is held, and each row that moved is told once.

use std::cell::Cell;

use parlour_common::message::{PostPage, ReadFrom, Revision, SeatTurn, SeatsChanged};

use super::*;

/// A day, in milliseconds.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A moment in the middle of a day.
const NOON_MS: u64 = 20_000 * DAY_MS + DAY_MS / 2;

pub(crate) fn name(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

/// A post of the room by ali, a minute after the one before it.
pub(crate) fn said(number: u64) -> Post {
    Post {
        conversation: ConversationId::ROOM,
        post: PostId(number),
        revision: Revision(number),
        author: name("ali"),
        said_unix_ms: NOON_MS + number * 60_000,
        text: format!("post {number}"),
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    }
}

/// A page of posts of a conversation whose newest one is `last`.
pub(crate) fn page(posts: impl IntoIterator<Item = Post>, last: u64) -> PostPage {
    let posts: Vec<Post> = posts.into_iter().collect();
    let conversation = posts.first().map_or(ConversationId::ROOM, |post| post.conversation);
    let more = posts.first().is_some_and(|post| post.post.0 > 1);
    PostPage { conversation, posts, first: PostId(1), last: PostId(last), revision: Revision(last), more }
}

fn empty() -> Timeline {
    Timeline::new(ConversationId::ROOM, Some(name("sara")), |_| 0)
}

fn held(posts: std::ops::RangeInclusive<u64>, last: u64) -> Timeline {
    let mut timeline = empty();
    timeline.take_page(&page(posts.map(said), last), ReadFrom::Latest {});
    timeline.take_changes();
    timeline
}

/// What a person reads, from top to bottom.
pub(crate) fn read(timeline: &Timeline) -> Vec<String> {
    let rows = (0..timeline.len()).map(|row| timeline.row(row).expect("every row is known"));
    rows.map(|row| match row {
        Row::Day { .. } => "day".to_owned(),
        Row::New => "new".to_owned(),
        Row::Seat(SeatLine::Turn(turn)) => format!("{} {:?}", turn.user_name, turn.how),
        Row::Seat(SeatLine::Others { count, .. }) => format!("{count} others"),
        Row::Post(row) => format!("{}{}", if row.is_grouped { "  " } else { "" }, row.post.text),
        Row::Pending(row) => format!("> {}", row.text),
    })
    .collect()
}

/// Follows the rows as a list does that is told how they change.
fn follow(told: &mut Vec<RowId>, timeline: &mut Timeline) {
    for change in timeline.take_changes() {
        match change {
            TimelineChange::Replaced { was, now } => {
                assert_eq!(told.len(), was as usize);
                *told = (0..now).map(|row| timeline.id(row).unwrap()).collect();
            }
            TimelineChange::Splice { at, removed, added } => {
                let new: Vec<RowId> = (at..at + added).map(|row| timeline.id(row).unwrap()).collect();
                told.splice(at as usize..(at + removed) as usize, new);
            }
            TimelineChange::Repaint { first, count } => assert!((first + count) as usize <= told.len()),
            other => panic!("{other:?}"),
        }
    }
    let now: Vec<RowId> = (0..timeline.len()).map(|row| timeline.id(row).unwrap()).collect();
    assert_eq!(*told, now, "the list shows what there is");
}

#[test]
fn posts_of_a_member_stand_together_for_some_minutes_and_days_are_told_apart_where_one_is() {
    let mut posts: Vec<Post> = (1..=4).map(said).collect();
    posts[1].author = name("reza");
    posts[3].said_unix_ms += GROUP_MS;
    let mut timeline = empty();
    timeline.take_page(&page(posts, 4), ReadFrom::Latest {});
    assert_eq!(read(&timeline), ["day", "post 1", "post 2", "post 3", "post 4"]);
    let mut timeline = held(1..=2, 2);
    assert_eq!(read(&timeline), ["day", "post 1", "  post 2"]);

    // The same moments are of two days where midnight lies between them.
    timeline.local_time = |_| 12 * 60 * 60 - 90;
    timeline.take_page(&page((1..=2).map(said), 2), ReadFrom::Latest {});
    let mut elsewhere = Timeline::new(ConversationId::ROOM, None, |_| 12 * 60 * 60 - 90);
    elsewhere.take_page(&page((1..=2).map(said), 2), ReadFrom::Latest {});
    assert_eq!(read(&elsewhere), ["day", "post 1", "day", "post 2"]);
    assert_eq!(elsewhere.row(2), Some(Row::Day { unix_ms: said(2).said_unix_ms }));
}

#[test]
fn older_posts_come_above_as_one_change_that_leaves_every_other_row_alone() {
    let mut timeline = held(65..=128, 200);
    let before: Vec<RowId> = (0..timeline.len()).map(|row| timeline.id(row).unwrap()).collect();
    timeline.take_page(&page((1..=64).map(said), 200), ReadFrom::Before(PostId(65)));
    let changes = timeline.take_changes();
    // The day that stood above the 65th begins with the first post now.
    assert_eq!(changes[0], TimelineChange::Splice { at: 1, removed: 0, added: 64 }.min_day(), "{changes:?}");
    assert_eq!(changes[1..], [TimelineChange::Repaint { first: 65, count: 1 }], "it stands together now");
    for id in &before[1..] {
        assert!(timeline.row_of(*id).is_some(), "each is still known");
    }
    assert!(timeline.is_at_start() && !timeline.is_at_end());
}

impl TimelineChange {
    /// The day above the first post is another one than the one that stood there.
    fn min_day(self) -> Self {
        match self {
            Self::Splice { added, .. } => Self::Splice { at: 0, removed: 1, added: added + 1 },
            other => other,
        }
    }
}

#[test]
fn of_two_states_of_a_post_the_later_one_counts_in_whatever_order_they_come() {
    let mut timeline = held(1..=3, 3);
    let edited =
        Post { text: "better".to_owned(), revision: Revision(5), edited_unix_ms: Some(1), ..said(2) };
    assert!(timeline.merge(&edited));
    assert_eq!(timeline.take_changes(), [TimelineChange::Repaint { first: 2, count: 1 }]);
    assert!(timeline.merge(&said(2)), "an older state is held, and changes nothing");
    assert!(timeline.merge(&edited), "nor does the same again");
    assert_eq!(timeline.take_changes(), []);
    timeline.take_page(&page((1..=3).map(said), 3), ReadFrom::Latest {});
    assert_eq!(timeline.post(PostId(2)).unwrap().text, "better", "nor a page that was read before");
    assert!(!timeline.merge(&said(9)));
}

#[test]
fn what_is_said_follows_or_leaves_a_gap_and_is_there_once() {
    let mut timeline = held(1..=3, 3);
    assert_eq!(timeline.take_said(&said(4)), Merged::Taken);
    assert_eq!(timeline.take_said(&said(4)), Merged::Taken, "told by the answer and by the event");
    assert_eq!(timeline.take_said(&said(6)), Merged::Gap);
    assert_eq!((timeline.missing(), timeline.is_at_end()), (2, false));
    assert_eq!(timeline.take_said(&said(5)), Merged::Taken);
    assert_eq!(
        (timeline.missing(), timeline.is_at_end()),
        (1, false),
        "what came before it is still missing"
    );
    timeline.take_page(&page((5..=6).map(said), 6), ReadFrom::After(PostId(4)));
    assert_eq!(timeline.posts().map(|post| post.post.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(timeline.is_at_end());

    let mut first = empty();
    assert_eq!(first.take_said(&said(1)), Merged::Taken, "the first that was ever said");
    assert_eq!(read(&first), ["day", "post 1"]);
}

#[test]
fn a_page_that_was_asked_for_next_to_what_is_not_held_any_more_is_dropped() {
    let mut timeline = held(500..=564, 1000);
    let late = timeline.take_page(&page((100..=163).map(said), 1000), ReadFrom::Before(PostId(164)));
    assert_eq!(late, Merged::Gap);
    assert_eq!(timeline.span(), Some((PostId(500), PostId(564))));
    timeline.take_page(&page((900..=963).map(said), 1000), ReadFrom::Around(PostId(930)));
    assert_eq!(timeline.span(), Some((PostId(900), PostId(963))), "another place");
}

#[test]
fn what_changed_meanwhile_is_merged_and_what_is_not_told_whole_is_fetched_anew() {
    let mut timeline = held(1..=10, 10);
    let edited = Post { text: "better".to_owned(), revision: Revision(14), ..said(3) };
    let twelfth = Post { revision: Revision(15), ..said(12) };
    let changed = page([said(11), Post { revision: Revision(13), ..said(13) }, edited, twelfth], 13);
    assert_eq!(timeline.take_page(&changed, ReadFrom::ChangedAfter(Revision(10))), Merged::Taken);
    assert_eq!(timeline.span(), Some((PostId(1), PostId(13))), "in the order of their numbers");
    assert_eq!(timeline.post(PostId(3)).unwrap().text, "better");
    let holed = page([said(16)], 16);
    assert_eq!(timeline.take_page(&holed, ReadFrom::ChangedAfter(Revision(15))), Merged::Gap);
    let mut middle = held(1..=10, 100);
    let better = Post { text: "better".to_owned(), revision: Revision(102), ..said(4) };
    let far = page([said(101), better], 101);
    assert_eq!(middle.take_page(&far, ReadFrom::ChangedAfter(Revision(100))), Merged::Gap);
    assert_eq!(middle.span(), Some((PostId(1), PostId(10))), "one looks at the middle");
    assert_eq!(middle.post(PostId(4)).unwrap().text, "better");
}

#[test]
fn posts_that_are_not_kept_any_more_go_from_the_top() {
    let mut timeline = held(1..=10, 10);
    let swept = PostPage { first: PostId(5), ..page((8..=11).map(said), 11) };
    timeline.take_page(&swept, ReadFrom::Latest {});
    assert_eq!(timeline.span(), Some((PostId(5), PostId(11))));
    assert_eq!(read(&timeline)[..2], ["day", "post 5"]);
}

#[test]
fn the_first_new_post_and_who_came_stand_between_posts_and_part_them() {
    let mut timeline = held(1..=4, 4);
    timeline.set_new_from(Some(PostId(3)));
    assert_eq!(read(&timeline), ["day", "post 1", "  post 2", "new", "post 3", "  post 4"]);
    assert_eq!(timeline.row_of_new(), Some(3));
    let turn = |how| SeatChange { user_name: name("reza"), how, at_unix_ms: 0, participants: 2 };
    let changes = vec![turn(SeatTurn::Joined), turn(SeatTurn::Lost)];
    timeline.take_seats(&SeatsChanged { participants: 9, changes, omitted: 7 });
    timeline.take_said(&said(5));
    timeline.set_new_from(None);
    let rows = read(&timeline);
    assert_eq!(rows[4..], ["  post 4", "reza Joined", "reza Lost", "7 others", "post 5"]);
    let mut silent = empty();
    let came = || SeatsChanged { participants: 2, changes: vec![turn(SeatTurn::Joined)], omitted: 0 };
    silent.take_seats(&came());
    assert_eq!(read(&silent), ["reza Joined"], "where nothing was said yet");
    silent.take_said(&said(1));
    silent.take_seats(&came());
    assert_eq!(read(&silent), ["reza Joined", "day", "post 1", "reza Joined"]);
    let many = |_| SeatsChanged { participants: 1, changes: vec![turn(SeatTurn::Left)], omitted: 0 };
    (0..2 * SEAT_LINES_MAX).map(many).for_each(|changed| timeline.take_seats(&changed));
    let lines = read(&timeline).iter().filter(|row| row.starts_with("reza")).count();
    assert_eq!(lines, SEAT_LINES_MAX, "the oldest give way");
}

fn to_say(key: u8, state: Sending) -> PendingRow {
    let key_bytes = SayKey::new([key; 16]);
    PendingRow { key: key_bytes, text: format!("mine {key}"), reply_to: None, attachment: None, state }
}

#[test]
fn what_is_still_to_be_said_stands_at_the_end_and_changes_in_place() {
    let row = to_say;
    let mut timeline = held(1..=2, 2);
    timeline.set_pending(vec![row(1, Sending::Waiting), row(2, Sending::Waiting)]);
    assert_eq!(timeline.take_changes(), [TimelineChange::Splice { at: 3, removed: 0, added: 2 }]);
    timeline.set_pending(vec![row(1, Sending::Sending), row(2, Sending::Waiting)]);
    assert_eq!(timeline.take_changes(), [TimelineChange::Repaint { first: 3, count: 1 }]);
    timeline.take_said(&said(3));
    timeline.set_pending(vec![row(2, Sending::Waiting)]);
    assert_eq!(timeline.take_changes(), [TimelineChange::Splice { at: 3, removed: 1, added: 1 }]);
    assert_eq!(read(&timeline), ["day", "post 1", "  post 2", "  post 3", "> mine 2"]);
}

#[test]
fn a_list_that_is_told_of_each_change_shows_what_there_is_whatever_comes() {
    let mut timeline = empty();
    let (mut told, random) = (Vec::new(), Cell::new(7_u64));
    let below = |bound: u64| {
        random.set(
            random.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407),
        );
        (random.get() >> 33) % bound
    };
    let mut last = 300;
    let day_apart = |number: u64| Post { said_unix_ms: number * DAY_MS / 10, ..said(number) };
    for _ in 0..600 {
        let (oldest, newest) = timeline.span().map_or((200, 200), |(first, last)| (first.0, last.0));
        match below(9) {
            0 => {
                let from = below(last - 20).max(1);
                let around = ReadFrom::Around(PostId(from));
                timeline.take_page(&page((from..from + 20).map(day_apart), last), around);
            }
            1 if oldest > 1 => {
                let posts = oldest.saturating_sub(20).max(1)..oldest;
                timeline.take_page(&page(posts.map(day_apart), last), ReadFrom::Before(PostId(oldest)));
            }
            2 => {
                let posts = newest + 1..(newest + 20).min(last) + 1;
                timeline.take_page(&page(posts.map(day_apart), last), ReadFrom::After(PostId(newest)));
            }
            3 => {
                last += 1;
                timeline.take_said(&day_apart(last));
            }
            4 => timeline.set_new_from(Some(PostId(below(last) + 1)).filter(|_| below(3) > 0)),
            5 => {
                let turn = SeatChange {
                    user_name: name("reza"),
                    how: SeatTurn::Left,
                    at_unix_ms: 0,
                    participants: 1,
                };
                timeline.take_seats(&SeatsChanged {
                    participants: 1,
                    changes: vec![turn],
                    omitted: u32::from(below(2) == 1),
                });
            }
            6 => {
                let edited = Post { revision: Revision(10_000 + below(9999)), ..day_apart(below(last) + 1) };
                timeline.merge(&edited);
            }
            7 => {
                let first = (oldest + below(3)).min(newest);
                let swept =
                    PostPage { first: PostId(first), ..page((oldest..newest + 1).map(day_apart), last) };
                timeline.take_page(&swept, ReadFrom::Latest {});
                timeline.first = PostId(1);
            }
            _ => {
                let mut keys: Vec<u8> = vec![1, 2, 3, 4];
                keys.retain(|_| below(2) == 1);
                timeline.set_pending(keys.into_iter().map(|key| to_say(key, Sending::Waiting)).collect());
            }
        }
        follow(&mut told, &mut timeline);
        assert_eq!(read(&timeline).len(), timeline.len() as usize);
    }
}

#[test]
fn a_hundred_thousand_posts_are_read_through_a_stretch_that_moves() {
    const POSTS: u64 = 100_000;
    const HELD_MAX: usize = merge::POSTS_HELD_MAX + merge::POSTS_OVER_MAX;
    let mut timeline = held(POSTS - 63..=POSTS, POSTS);
    let mut first = POSTS - 63;
    while first > 1 {
        let from = first.saturating_sub(64).max(1);
        timeline.take_page(&page((from..first).map(said), POSTS), ReadFrom::Before(PostId(first)));
        // What comes in above leaves all others alone, and so does what is let go below.
        let changes = timeline.take_changes();
        assert!(
            matches!(changes[0], TimelineChange::Splice { at: 0, removed: 0..=1, added: 33.. }),
            "{changes:?}"
        );
        let rows = timeline.len();
        if timeline.shorten() {
            let changes = timeline.take_changes();
            let (at, removed) = (timeline.len(), rows - timeline.len());
            assert_eq!(changes, [TimelineChange::Splice { at, removed, added: 0 }]);
        }
        assert!(timeline.posts().count() <= HELD_MAX);
        first = from;
    }
    assert!(timeline.row_of_post(PostId(1)).is_some() && !timeline.is_at_end());
    let pages = usize::try_from(POSTS / 64).unwrap();
    assert!(timeline.places.work < 400 * pages, "{} for {pages} pages", timeline.places.work);

    // And back to the newest, from where on it grows.
    while let Some((_, last)) = timeline.span().filter(|(_, last)| last.0 < POSTS) {
        let until = (last.0 + 64).min(POSTS);
        let newer = page((last.0 + 1..=until).map(said), POSTS);
        timeline.take_page(&newer, ReadFrom::After(last));
        timeline.take_changes();
        timeline.shorten();
        timeline.take_changes();
    }
    assert!(timeline.is_at_end() && timeline.row_of_post(PostId(1)).is_none());
    for number in 1..=1_000 {
        timeline.take_said(&said(POSTS + number));
        assert!(matches!(timeline.take_changes()[0], TimelineChange::Splice { removed: 0, added: 1.., .. }));
        if timeline.shorten() {
            let changes = timeline.take_changes();
            assert!(
                matches!(changes[0], TimelineChange::Splice { at: 0, removed: 1.., added: 0..=1 }),
                "{changes:?}"
            );
        }
        assert!(timeline.posts().count() <= HELD_MAX);
    }
    let mid = timeline.row_of_post(PostId(POSTS)).unwrap();
    assert!(matches!(timeline.row(mid), Some(Row::Post(row)) if row.post.post == PostId(POSTS)));
}

#[test]
fn who_is_led_to_a_post_from_afar_is_led_to_a_list_of_what_is_around_it() {
    let mut timeline = held(1..=1_000, 1_000);
    timeline.take_changes();
    let (rows, seen) = (timeline.len(), Some((900, 920)));
    assert!(!timeline.come_near(PostId(800), seen), "it is near");
    assert!(!timeline.come_near(PostId(2_000), seen), "it is not held");
    assert_eq!(timeline.take_changes(), []);
    assert!(timeline.come_near(PostId(300), seen));
    assert_eq!(timeline.span(), Some((PostId(268), PostId(332))));
    let now = timeline.len();
    assert_eq!(timeline.take_changes(), [TimelineChange::Replaced { was: rows, now }]);
    assert!(matches!(timeline.row(timeline.row_of_post(PostId(300)).unwrap()), Some(Row::Post(_))));
    assert!(!timeline.come_near(PostId(332), None), "all of it is near");
}
