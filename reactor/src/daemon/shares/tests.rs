//! Shares of members who take all they are given, or little, with a clock that the test turns.

use super::*;

const MIB: u64 = 1024 * 1024;

fn conn(number: u32) -> ConnId {
    ConnId { slot: number, generation: 0 }
}

fn member(number: u64) -> Member {
    Some(UserId(number))
}

fn limited(bytes_per_second: u64) -> Shares {
    Shares::new(NonZeroU64::new(bytes_per_second))
}

/// Members who want to send without end: how many connections each has, and the size of their chunks.
struct Crowd {
    shares: Shares,
    chunks: Vec<u64>,
    /// Bytes that each connection began, by member and slot.
    sent: BTreeMap<(u64, u32), u64>,
}

impl Crowd {
    fn new(shares: Shares, connections: &[u32], chunks: &[u64]) -> Self {
        let mut crowd = Self { shares, chunks: chunks.to_vec(), sent: BTreeMap::new() };
        for (number, count) in (0..).zip(connections) {
            for slot in 0..*count {
                crowd.sent.insert((number, slot), 0);
                crowd.shares.wait(member(number), conn(slot));
            }
        }
        crowd
    }

    /// Everyone begins what they may. Returns how much that was.
    fn turn(&mut self, tick: Duration) -> u64 {
        self.shares.begin_turn(tick);
        let mut all = 0;
        while let Some(Turn { member, conn, bytes }) = self.shares.poll_turn() {
            let Some(UserId(number)) = member else { panic!("nobody's") };
            let chunk = self.chunks[usize::try_from(number).unwrap()];
            let begun = bytes / chunk * chunk;
            *self.sent.get_mut(&(number, conn.slot)).unwrap() += begun;
            all += begun;
            self.shares.handle_begun(member, begun);
            self.shares.wait(member, conn);
        }
        all
    }

    fn of(&self, number: u64) -> u64 {
        self.sent.iter().filter(|((member, _), _)| *member == number).map(|(_, bytes)| bytes).sum()
    }
}

#[test]
fn more_connections_bring_no_larger_share_and_take_turns_themselves() {
    let mut crowd = Crowd::new(Shares::default(), &[8, 1, 3], &[CHUNK_BYTES; 3]);
    for turn in 0..240 {
        assert_eq!(crowd.turn(Duration::from_micros(turn)), 3 * MEMBER_TURN_BYTES as u64);
    }
    assert_eq!([0, 1, 2].map(|number| crowd.of(number)), [240 * 512 * 1024; 3]);
    let of_first: Vec<u64> = (0..8).map(|slot| crowd.sent[&(0, slot)]).collect();
    assert_eq!(of_first, [30 * 512 * 1024; 8]);
}

#[test]
fn short_chunks_bring_no_smaller_share() {
    let mut crowd = Crowd::new(Shares::default(), &[1, 1], &[CHUNK_BYTES, 200_000]);
    for turn in 0..1000 {
        crowd.turn(Duration::from_micros(turn));
    }
    let [long, short] = [0, 1].map(|number| crowd.of(number) as f64);
    assert!((0.98..1.02).contains(&(short / long)), "{short} {long}");
}

#[test]
fn a_limit_is_kept_to_the_chunk_and_shared_alike() {
    let mut crowd = Crowd::new(limited(10 * MIB), &[8, 1, 2, 1], &[CHUNK_BYTES; 4]);
    let (mut all, mut tick) = (0, Duration::ZERO);
    for step in 1..=20_000_u32 {
        // Turns of any length, down to some that are shorter than a byte takes.
        tick += Duration::from_nanos(u64::from(step % 7).pow(7));
        all += crowd.turn(tick);
        let earned = u64::try_from(tick.as_nanos() * 10 * u128::from(MIB) / NANOSECONDS).unwrap();
        assert!(all <= BURST_BYTES + earned, "{all} bytes in {tick:?}");
        assert!(all + CHUNK_BYTES >= earned, "{all} bytes in {tick:?}");
    }
    assert!(tick > Duration::from_millis(500), "{tick:?}");
    let shares = [0, 1, 2, 3].map(|number| crowd.of(number));
    let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
    assert!(most - least <= CHUNK_BYTES, "{shares:?}");
}

#[test]
fn whoever_waits_for_tokens_is_woken_when_there_are_some_and_not_before() {
    let mut crowd = Crowd::new(limited(MIB), &[3, 1], &[CHUNK_BYTES; 2]);
    assert_eq!(crowd.shares.deadline(), Some(Duration::ZERO));
    let (mut tick, mut turns) = (Duration::ZERO, 0);
    assert_eq!(crowd.turn(tick), BURST_BYTES);
    while tick < Duration::from_secs(60) {
        let deadline = crowd.shares.deadline().unwrap();
        assert!(deadline > tick, "a turn for nothing");
        assert_eq!(crowd.turn(deadline - Duration::from_millis(1)), 0);
        assert_eq!(crowd.turn(deadline), CHUNK_BYTES);
        (tick, turns) = (deadline, turns + 1);
    }
    assert_eq!(turns, 240);
}

#[test]
fn nobody_waits_for_a_member_who_takes_nothing_and_what_was_missed_is_forgotten() {
    let mut shares = limited(10 * MIB);
    shares.wait(member(1), conn(1));
    // Turns follow one another as long as there is something to send. Returns what member 2 and the others sent.
    let mut sent_within = |second, who_comes: Option<u64>| {
        let tick = Duration::from_secs(second);
        who_comes.into_iter().for_each(|number| shares.wait(member(number), conn(2)));
        let mut sent = [0; 2];
        while shares.deadline().is_some_and(|deadline| deadline <= tick) || sent == [0; 2] {
            shares.begin_turn(tick);
            while let Some(Turn { member: who, conn, bytes }) = shares.poll_turn() {
                sent[usize::from(who == member(2))] += bytes;
                shares.handle_begun(who, bytes);
                shares.wait(who, conn);
            }
        }
        sent
    };
    for second in 1..=100 {
        assert_eq!(sent_within(second, None), [BURST_BYTES, 0]);
    }
    // Somebody comes who took nothing for so long: they are first, for as much as is remembered.
    let mut since = [0; 2];
    for second in 101..=120 {
        let [others, theirs] = sent_within(second, (second == 101).then_some(2));
        since = [since[0] + others, since[1] + theirs];
    }
    assert!(since[1] > since[0] && since[1] - since[0] <= LAG_BYTES_MAX + 2 * CHUNK_BYTES, "{since:?}");
    assert_eq!(since[0] + since[1], 20 * BURST_BYTES);
}

#[test]
fn whoever_begins_nothing_pays_nothing_and_nobody_is_asked_twice() {
    let mut shares = Shares::default();
    (0..5).for_each(|slot| shares.wait(member(1), conn(slot)));
    shares.begin_turn(Duration::ZERO);
    for slot in 0..5 {
        let turn = shares.poll_turn().unwrap();
        assert_eq!((turn.conn, turn.bytes), (conn(slot), MEMBER_TURN_BYTES as u64));
        shares.handle_begun(turn.member, 0);
    }
    assert_eq!(shares.poll_turn(), None);
    assert_eq!(shares.deadline(), None);
}

#[test]
fn members_who_have_left_are_forgotten() {
    let mut shares = Shares::default();
    for number in 0..10_000 {
        shares.wait(member(number), conn(1));
        shares.begin_turn(Duration::from_millis(number));
        let turn = shares.poll_turn().unwrap();
        shares.handle_begun(turn.member, turn.bytes);
        assert!(shares.accounts.len() <= MEMBERS_KEPT + 3);
    }
}
