//! What must be true in the end, of the daemon and of everyone who lived through it.
//!
//! This file does not know what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_common::message::{
    ConversationId, Denial, ListSeats, Post, PostId, PostPage, ReadFrom, ReadPosts, Reply, Request,
};

use super::super::real::knife::{Cut, Killer};
use super::super::real::{Client, Daemon, PATIENCE};
use super::speaker::{Round, Speaker};
use super::visit::Visit;
use super::witness::Witness;

/// How often everyone fetches a card and searches in the end.
const LOOKS: usize = 5;

/// How long somebody waits who said too much too quickly.
const PAUSE: Duration = Duration::from_millis(50);

/// Lets everyone come once more: what waits is said, and the whole history read.
pub fn bring_to_an_end(daemon: &Daemon, speakers: &mut [Speaker]) {
    let killer = Arc::new(Killer::new(daemon.pid(), u64::MAX >> 1, u64::MAX >> 1));
    let round = Round { address: daemon.address, killer: &killer };
    for speaker in speakers.iter_mut() {
        finish(speaker, &round).expect("nothing cuts");
    }
    // What the others said since.
    for speaker in speakers.iter_mut() {
        let mut visit = Visit::begin(speaker, &round, Cut::Never).expect("nothing cuts");
        visit.enter(true).expect("nothing cuts");
        let marks: Vec<_> = visit.list().expect("nothing cuts");
        for entry in marks {
            visit.catch_up(entry.conversation).expect("nothing cuts");
            let mark = visit.speaker.marks.get(&entry.conversation);
            assert!(mark.is_none_or(|mark| entry.read_up_to >= *mark), "{mark:?}: {entry:?}");
        }
        visit.goodbye().expect("nothing cuts");
    }
}

fn finish(speaker: &mut Speaker, round: &Round<'_>) -> Option<()> {
    let mut visit = Visit::begin(speaker, round, Cut::Never)?;
    visit.arrive()?;
    visit.enter(true)?;
    visit.catch_up(ConversationId::ROOM)?;
    let deadline = Instant::now() + PATIENCE;
    while !visit.say_what_waits()? {
        assert!(Instant::now() < deadline, "{:?} is not said", visit.speaker.outbox);
        std::thread::sleep(PAUSE);
    }
    for entry in visit.list()? {
        visit.catch_up(entry.conversation)?;
        while visit.look_back(entry.conversation)? {}
    }
    for _ in 0..LOOKS {
        visit.fetch_card()?;
        visit.search()?;
    }
    visit.goodbye()
}

/// Sees that nobody has a seat, by somebody who never had one.
pub fn expect_no_seats(client: &mut Client) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match client.ask(Request::ListSeats(ListSeats { offset: 0, limit: 200 })) {
            Ok(Reply::Seats(page)) if page.participants == 0 && page.seats.is_empty() => return,
            Ok(Reply::Seats(page)) => assert!(Instant::now() < deadline, "ghosts: {page:?}"),
            other => panic!("{other:?}"),
        }
        std::thread::sleep(PAUSE);
    }
}

fn read(client: &mut Client, conversation: ConversationId, from: ReadFrom) -> PostPage {
    match client.ask(Request::ReadPosts(ReadPosts { conversation, from, limit: 64 })) {
        Ok(Reply::Posts(page)) => page,
        other => panic!("{other:?}"),
    }
}

/// Reads the whole history in three ways, which must show the same.
fn history(client: &mut Client, conversation: ConversationId) -> (Vec<Post>, PostPage) {
    let (mut forth, mut back, mut changed) = (Vec::<Post>::new(), Vec::<Post>::new(), Vec::<Post>::new());
    let last = loop {
        let from = ReadFrom::After(forth.last().map_or(PostId(0), |post| post.post));
        let page = read(client, conversation, from);
        forth.extend(page.posts.clone());
        if !page.more {
            break page;
        }
    };
    let mut from = ReadFrom::Latest {};
    loop {
        let page = read(client, conversation, from);
        back.splice(0..0, page.posts.clone());
        if !page.more {
            break;
        }
        from = ReadFrom::Before(back[0].post);
    }
    loop {
        let known = changed.last().map_or_else(Default::default, |post| post.revision);
        let page = read(client, conversation, ReadFrom::ChangedAfter(known));
        changed.extend(page.posts.clone());
        if !page.more {
            break;
        }
    }
    assert!(changed.windows(2).all(|pair| pair[0].revision < pair[1].revision), "by revision");
    changed.sort_by_key(|post| post.post);
    assert!(forth == back && forth == changed, "three ways to read, and not one history");
    (forth, last)
}

/// How much there is in a conversation, or in all.
pub struct Extent {
    pub posts: u64,
    /// Edits and deletions.
    pub changes: u64,
}

/// Compares the history of a conversation with what everyone in it holds, said and saw.
fn expect_one_history(
    client: &mut Client,
    conversation: ConversationId,
    speakers: &[Speaker],
    witness: &Witness,
) -> Extent {
    let (posts, page) = history(client, conversation);
    let ids: Vec<u64> = posts.iter().map(|post| post.post.0).collect();
    assert_eq!(ids, (1..=posts.len() as u64).collect::<Vec<_>>(), "{conversation:?} has gaps");
    assert_eq!((page.first, page.last), (PostId(1), PostId(posts.len() as u64)));
    let newest = posts.iter().map(|post| post.revision).max().expect("something was said");
    assert_eq!(newest, page.revision, "the newest change is that of a post");
    witness.compare(conversation, &posts);
    let of_it = |speaker: &&Speaker| {
        conversation == ConversationId::ROOM || speaker.with.values().any(|with| *with == conversation)
    };
    let mut said = BTreeMap::new();
    for speaker in speakers.iter().filter(of_it) {
        let log = speaker.logs.get(&conversation).expect("everyone in it has read it");
        assert!(log.posts().values().eq(&posts), "{}'s log is not the history", speaker.name);
        assert_eq!(log.known(), page.revision, "{}'s log is not level", speaker.name);
        // By conversation and in the order in which they were answered, which is that of the outbox.
        let mine = speaker.said.iter().filter_map(|said| said.place.map(|place| (place, said)));
        let mut before = PostId(0);
        for ((of, post), utterance) in mine.filter(|((of, _), _)| *of == conversation) {
            assert!(post > before, "{}: {utterance:?} was said before what came first", speaker.name);
            before = post;
            let earlier = said.insert((of, post), utterance.key);
            assert!(earlier.is_none(), "two keys are one post: {utterance:?}");
            utterance.expect(&speaker.name, &posts[post.0 as usize - 1]);
        }
    }
    assert_eq!(said.len(), posts.len(), "{conversation:?} has posts that nobody said, or some twice");
    Extent { posts: page.last.0, changes: page.revision.0 - page.last.0 }
}

/// Compares everything, and returns how much there is.
pub fn judge(daemon: &Daemon, speakers: &[Speaker], keeper: &mut Client, witness: &Witness) -> Extent {
    let mut directs: BTreeMap<ConversationId, BTreeSet<usize>> = BTreeMap::new();
    for speaker in speakers {
        assert!(speaker.outbox.is_empty(), "{:?}", speaker.outbox);
        let said = speaker.said.iter().filter_map(|said| said.place);
        for (conversation, _) in said.filter(|(of, _)| *of != ConversationId::ROOM) {
            directs.entry(conversation).or_default().insert(speaker.number);
        }
    }
    let mut all = expect_one_history(keeper, ConversationId::ROOM, speakers, witness);
    for (conversation, numbers) in directs {
        // Nobody else may read it, and those who may see the same.
        let read = ReadPosts { conversation, from: ReadFrom::Latest {}, limit: 1 };
        assert_eq!(keeper.ask(Request::ReadPosts(read)), Err(Denial::NoSuchConversation {}));
        let number = *numbers.first().expect("somebody said something");
        let speaker = speakers.iter().find(|speaker| speaker.number == number).expect("one of them");
        let mut client = daemon.client();
        client.resume(speaker.token.clone()).expect("a session outlives the daemon");
        let Extent { posts, changes } = expect_one_history(&mut client, conversation, speakers, witness);
        all = Extent { posts: all.posts + posts, changes: all.changes + changes };
    }
    // Each change that was answered is one state more, and there is none that nobody asked for.
    let of_all = |of: fn(&Speaker) -> u64| speakers.iter().map(of).sum::<u64>();
    let answered = of_all(|speaker| speaker.count.changed);
    let asked = of_all(|speaker| speaker.count.change_asked);
    assert!((answered..=asked).contains(&all.changes), "{answered} and {asked}, not {}", all.changes);
    all
}
