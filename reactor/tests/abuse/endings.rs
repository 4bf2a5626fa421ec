//! Connections that end in all the wrong ways.

use std::net::Shutdown;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{
    ClosingReason, Event, FetchTrack, Hello, Reply, Request, SearchLibrary, ServerMessage, SignIn, Sort,
    SortBy,
};

use super::super::real::{Client, Daemon, Member, Options, PASSWORD, wav};
use super::house;

/// Ends a connection by a reset, as a crash or a broken router would.
fn reset(client: Client) {
    socket2::SockRef::from(&client.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
}

fn hello() -> Request {
    Request::Hello(Hello { protocol: 1, client: "test".to_owned() })
}

fn sign_in(name: &str) -> Request {
    let password = Secret::new(PASSWORD.to_owned());
    Request::SignIn(SignIn {
        user_name: name.to_owned(),
        password,
        device: "test".to_owned(),
        device_proof: None,
    })
}

#[test]
fn whoever_ends_only_its_sending_side_still_gets_its_answers() {
    let files = [("zither.wav", &Member::song()[..]), ("long.wav", &wav(3, 3_000_000))];
    let daemon = Daemon::start_with(&files);
    let mut member = daemon.member("sara");
    let long = daemon.await_tracks(&mut member, 2).tracks.remove(0);
    assert_eq!(long.title, "long");
    let witness = Member::begin(&daemon, "witness");
    // Slow answers: a hash, a search, and a file behind both. Nothing is read before the side is ended.
    let mut client = Client::connect(daemon.address);
    for request in [hello(), sign_in("sara")] {
        client.send(request);
    }
    client.stream.shutdown(Shutdown::Write).unwrap();
    let welcome = client.message();
    assert!(matches!(welcome, Some(ServerMessage::Reply { id: 1, reply: Reply::Welcome(_) })), "{welcome:?}");
    let signed_in = client.message();
    assert!(
        matches!(signed_in, Some(ServerMessage::Reply { id: 2, reply: Reply::SignedIn(_) })),
        "{signed_in:?}"
    );
    while client.receive().is_some() {}

    let sort = Sort { by: SortBy::Title, descending: false };
    let search = SearchLibrary { query: String::new(), sort, offset: 0, limit: 48 };
    member.send(Request::SearchLibrary(search));
    let fetch = member.send(Request::FetchTrack(FetchTrack {
        track: long.id,
        offset: 0,
        length: None,
        version: None,
    }));
    member.stream.shutdown(Shutdown::Write).unwrap();
    assert!(matches!(member.message(), Some(ServerMessage::Reply { reply: Reply::Tracks(_), .. })));
    let Ok(Reply::FileStart(start)) = member.answer(fetch) else { panic!("no file comes") };
    assert!(member.receive_file(start).bytes == wav(3, 3_000_000));
    while member.receive().is_some() {}
    witness.end("half-closed");
    daemon.end_well();
}

#[test]
fn whoever_ends_its_sending_side_in_the_midst_of_a_frame_is_not_waited_for() {
    let (daemon, witness) = house(&Options::default());
    let before = daemon.descriptors();
    let mut clients: Vec<Client> = (0..50).map(|_| daemon.client()).collect();
    for client in &mut clients {
        super::write(client, &[0, 0, 1, 0, 0x82, 0xa2]);
        client.stream.shutdown(Shutdown::Write).unwrap();
        while client.receive().is_some() {}
    }
    daemon.await_descriptors(before);
    witness.end("half a frame, half-closed");
    daemon.end_well();
}

#[test]
fn storms_of_connections_that_are_reset_leave_nothing_behind() {
    let files = [("zither.wav", &Member::song()[..]), ("long.wav", &wav(4, 5_000_000))];
    let daemon = Daemon::start_with(&files);
    let mut sara = daemon.member("sara");
    let long = daemon.await_tracks(&mut sara, 2).tracks.remove(0);
    let witness = Member::begin(&daemon, "witness");
    let (memory, descriptors, address) = (daemon.memory_kib(), daemon.descriptors(), daemon.address);
    let token = sara.token.clone().unwrap();
    std::thread::scope(|scope| {
        for storm in 0..2 {
            let (token, long) = (&token, &long);
            scope.spawn(move || {
                for n in 0..1500 {
                    let mut client = Client::connect(address);
                    match (n + storm) % 10 {
                        0 => drop(client.send(hello())),
                        1 => super::write(&mut client, &[0, 0, 0, 9, 0x81]),
                        2 => super::write(&mut client, b"GET / HTTP/1.1\r\n\r\n"),
                        3 if n % 50 == 3 => {
                            client.hello();
                            client.send(sign_in("sara"));
                        }
                        4 => {
                            client.hello();
                            client.resume(token.clone()).unwrap();
                            let fetch = FetchTrack { track: long.id, offset: 0, length: None, version: None };
                            assert!(matches!(
                                client.ask(Request::FetchTrack(fetch)),
                                Ok(Reply::FileStart(_))
                            ));
                        }
                        _ => {}
                    }
                    reset(client);
                }
            });
        }
    });
    daemon.await_descriptors(descriptors);
    let growth = daemon.memory_kib_at_rest().saturating_sub(memory);
    println!("3000 resets: {growth} KiB more");
    // A tenth of a connection's memory each would show.
    assert!(growth < 8 * 1024, "{growth} KiB more");
    assert!(witness.end("resets") > 10);
    daemon.end_well();
}

#[test]
fn the_password_of_someone_who_has_gone_is_not_hashed() {
    let daemon = Daemon::start();
    let mut last = daemon.member("sara");
    // Ten seconds of work for the one that hashes, if all of it were done.
    for n in 0..6 {
        for _ in 0..8 {
            let mut client = Client::connect_from([127, 2, 0, n + 1], daemon.address);
            client.hello();
            client.send(sign_in("nobody"));
            reset(client);
        }
    }
    assert_eq!(last.ask(Request::SignOut {}), Ok(Reply::Done {}));
    let began = std::time::Instant::now();
    last.sign_in("sara", PASSWORD).unwrap();
    let first = began.elapsed();
    assert_eq!(last.ask(Request::SignOut {}), Ok(Reply::Done {}));
    let began = std::time::Instant::now();
    last.sign_in("sara", PASSWORD).unwrap();
    let usual = began.elapsed();
    println!("a sign-in behind 48 of people who have gone: {first:?}; one alone: {usual:?}");
    assert!(first < usual * 12, "{first:?} where one alone takes {usual:?}");
    let farewell = |client: &mut Client| {
        client.await_event(|event| match event {
            Event::Closing(closing) => Some(closing.reason.clone()),
            _ => None,
        })
    };
    last.send(Request::Goodbye {});
    assert!(matches!(last.message(), Some(ServerMessage::Reply { reply: Reply::Done {}, .. })));
    assert_eq!(farewell(&mut last), ClosingReason::Goodbye {});
    drop(last);
    daemon.end_well();
}
