//! What goes by itself: posts that have lasted their time, and what they showed.

use std::time::{Duration, Instant, SystemTime};

use parlour_common::message::{Hello, PostId, ReadFrom, Reply, Request};

use super::super::real::{Client, Options, PATIENCE, folders};
use super::house::{
    Filled, ROOM, await_contents, daemon, elsewhere, enter, expect_sound, fetch, history, put, read, say,
    start_again, texts,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[test]
fn posts_go_when_they_have_lasted_their_time_and_their_cards_with_them() {
    let (daemon, anna) = daemon();
    let mut sara = daemon.member("sara");
    enter(&mut sara);
    let file = put(&mut sara, 1, "song.ogg").file;
    drop(anna);
    let folder = daemon.end_well();
    let now_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let now_ms = u64::try_from(now_ms).unwrap();
    // More than one sweep takes, a card among them.
    let mut filled = Filled::open(&folder);
    let user = filled.user("sara");
    filled.say(user, 300, now_ms - 40 * DAY_MS, |number| format!("old word{number}"));
    filled.show(user, file, now_ms - 35 * DAY_MS);
    filled.say(user, 3, now_ms - 20 * DAY_MS, |number| format!("new word{number}"));
    drop(filled);
    // For ever: all of it is there.
    let daemon = start_again(folder);
    sara = elsewhere(&daemon, "sara");
    assert_eq!(history(&mut sara, ROOM).len(), 304);
    super::house::purge(&mut sara, file);
    let shown = read(&mut sara, ReadFrom::Around(PostId(301)), 1).posts.remove(0);
    assert!(fetch(&mut sara, &shown, 1, 0).is_ok());
    let folder = daemon.end_well();
    // For thirty days.
    let options =
        Options { config: "[files]\nreserve_mib = 0\n[room]\nhistory_days = 30", ..Options::default() };
    let written = folders(&options);
    let config = std::fs::read_to_string(written.path().join("parlourd.toml")).unwrap();
    let config = config.replace(written.path().to_str().unwrap(), folder.path().to_str().unwrap());
    std::fs::write(folder.path().join("parlourd.toml"), config).unwrap();
    let daemon = super::super::real::Daemon::start_in(folder, &options);
    let mut stranger = Client::connect(daemon.address);
    let hello = Hello { protocol: 1, client: "test".to_owned() };
    match stranger.ask(Request::Hello(hello)) {
        Ok(Reply::Welcome(welcome)) => assert_eq!(welcome.policies.history_days, 30),
        other => panic!("{other:?}"),
    }
    sara = elsewhere(&daemon, "sara");
    let deadline = Instant::now() + PATIENCE;
    while read(&mut sara, ReadFrom::Latest {}, 1).first != PostId(302) {
        assert!(Instant::now() < deadline, "{:?}", read(&mut sara, ReadFrom::Latest {}, 1));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(texts(&history(&mut sara, ROOM)), ["new word0", "new word1", "new word2"]);
    assert!(super::house::search(&mut sara, ROOM, "old").unwrap().posts.is_empty());
    await_contents(&daemon, 0);
    // Numbers go on.
    enter(&mut sara);
    assert_eq!(say(&mut sara, 1, "today").post, PostId(305));
    expect_sound(&daemon.end_well());
}
