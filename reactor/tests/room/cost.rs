//! What it costs to enter a room with a long history.

use parlour_common::message::{PostId, ReadFrom};

use super::super::real::{Client, Daemon};
use super::house::{Filled, conversations, daemon, elsewhere, enter, expect_sound, read, start_again};

/// As long as a history of some months, and as short as that of the first day.
const LONG: u64 = 20_000;
const SHORT: u64 = 10;

/// Times that one enters: enough for the kernel's clock, which counts hundredths of a second.
const ENTRIES: u32 = 1500;

/// Starts with so many posts in the room.
fn start_with(posts: u64) -> (Daemon, Client) {
    let (daemon, anna) = daemon();
    drop(anna);
    let folder = daemon.end_well();
    let mut filled = Filled::open(&folder);
    let anna = filled.user("anna");
    filled.say(anna, posts, 1_700_000_000_000, |number| format!("the word of today is {}", number % 97));
    drop(filled);
    let daemon = start_again(folder);
    let anna = elsewhere(&daemon, "anna");
    (daemon, anna)
}

/// What the daemon takes of a processor to let somebody in over and over, with the newest page and the list of
/// conversations, in seconds.
fn cost_of_entering(daemon: &Daemon, client: &mut Client, posts: u64) -> f64 {
    let page = u16::try_from(SHORT).unwrap();
    let before = daemon.processor_seconds();
    for _ in 0..ENTRIES {
        assert_eq!(enter(client).room.last, PostId(posts));
        assert_eq!(read(client, ReadFrom::Latest {}, page).posts.len(), usize::from(page));
        assert_eq!(conversations(client)[0].last, PostId(posts));
    }
    daemon.processor_seconds() - before
}

#[test]
fn entering_a_room_with_twenty_thousand_posts_costs_what_it_costs_with_ten() {
    let (long, mut in_long) = start_with(LONG);
    let (short, mut in_short) = start_with(SHORT);
    // Warm, and in turns, so that what else the machine does falls on both.
    cost_of_entering(&long, &mut in_long, LONG);
    cost_of_entering(&short, &mut in_short, SHORT);
    let mut ratios: Vec<f64> = (0..3)
        .map(|_| {
            let long = cost_of_entering(&long, &mut in_long, LONG);
            let short = cost_of_entering(&short, &mut in_short, SHORT);
            println!("{ENTRIES} entries: {long:.2} s with {LONG} posts, {short:.2} s with {SHORT}");
            long / short
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    // A walk of the history would be hundreds of times as much.
    assert!(ratios[1] < 2.0, "{ratios:?}");
    drop((in_long, in_short));
    expect_sound(&long.end_well());
    expect_sound(&short.end_well());
}
