//! Seats over real connections: who is in, who is away, who left, and what of it lasts.

use parlour_common::message::{Denial, Event, Reply, Request, SeatLost, SeatState, SeatTurn};

use super::super::real::{Client, Daemon};
use super::house::{
    await_said, await_turn, beside, daemon, done, elsewhere, end_well, enter, leave, news, read, say, seats,
    start_again, try_enter,
};

const PRESENT: SeatState = SeatState::Present;
const INACTIVE: SeatState = SeatState::Inactive;

/// A room with anna, who looks on, and sara.
fn room_of_two() -> (Daemon, Client, Client) {
    let (daemon, mut anna) = daemon();
    assert_eq!((enter(&mut anna).participants, seats(&mut anna).len()), (1, 1));
    let mut sara = daemon.member("sara");
    let entered = enter(&mut sara);
    assert_eq!((entered.participants, entered.came_back), (2, false));
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Joined), 2);
    (daemon, anna, sara)
}

fn there(who: &[(&str, SeatState)]) -> Vec<(String, SeatState)> {
    who.iter().map(|(name, state)| ((*name).to_owned(), *state)).collect()
}

#[test]
fn a_goodbye_gives_the_seat_up_and_a_connection_that_only_ends_lets_it_wait() {
    let (daemon, mut anna, mut sara) = room_of_two();
    let mut token = sara.token.clone().unwrap();
    // Cut, without a word.
    drop(sara);
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Lost), 2);
    assert_eq!(seats(&mut anna), there(&[("anna", PRESENT), ("sara", INACTIVE)]));
    daemon.await_log("sara is away, the connection was lost, 2 participants");
    // Back by the token, to the same seat.
    sara = daemon.client();
    sara.resume(token.clone()).unwrap();
    let entered = enter(&mut sara);
    assert_eq!((entered.participants, entered.came_back), (2, true));
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::CameBack), 2);
    drop(sara);
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Lost), 2);
    // Or by the password, with another session.
    sara = elsewhere(&daemon, "sara");
    assert!(enter(&mut sara).came_back);
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::CameBack), 2);
    token = sara.token.clone().unwrap();
    done(&mut sara, Request::Goodbye {}).unwrap();
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Left), 1);
    assert_eq!(seats(&mut anna), there(&[("anna", PRESENT)]));
    daemon.await_log("sara left the room, 1 participant");
    drop(sara);
    assert!(!news(&mut anna).iter().any(|event| matches!(event, Event::SeatsChanged(_))));
    // The session goes on; the seat is another.
    sara = daemon.client();
    sara.resume(token).unwrap();
    assert!(!enter(&mut sara).came_back);
    end_well(daemon, &mut anna);
}

#[test]
fn a_seat_ends_with_leaving_and_with_signing_out() {
    let (daemon, mut anna, mut sara) = room_of_two();
    leave(&mut sara).unwrap();
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Left), 1);
    leave(&mut sara).unwrap();
    assert_eq!(enter(&mut sara).participants, 2);
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Joined), 2);
    done(&mut sara, Request::SignOut {}).unwrap();
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Left), 1);
    assert_eq!(try_enter(&mut sara, false), Err(Denial::SignInFirst {}));
    end_well(daemon, &mut anna);
}

#[test]
fn a_seat_that_is_present_elsewhere_is_taken_over_only_if_one_says_so() {
    let (daemon, mut anna, mut sara) = room_of_two();
    let mut phone = elsewhere(&daemon, "sara");
    assert_eq!(try_enter(&mut phone, false), Err(Denial::SeatTaken { device: "test".to_owned() }));
    assert_eq!(leave(&mut phone), Err(Denial::NotSeated {}));
    // It may read along meanwhile.
    say(&mut sara, 1, "here");
    assert_eq!(read(&mut phone, parlour_common::message::ReadFrom::Latest {}, 1).posts[0].text, "here");
    let entered = try_enter(&mut phone, true).unwrap();
    assert_eq!((entered.participants, entered.came_back), (2, false));
    let lost = Event::SeatLost(SeatLost { device: "test".to_owned() });
    sara.await_event(|event| (*event == lost).then_some(()));
    say(&mut phone, 2, "there");
    assert_eq!((await_said(&mut anna).text.as_str(), await_said(&mut anna).text.as_str()), ("here", "there"));
    assert!(
        !news(&mut sara).iter().any(|event| { matches!(event, Event::Said(post) if post.text == "there") })
    );
    drop(sara);
    assert!(!news(&mut anna).iter().any(|event| matches!(event, Event::SeatsChanged(_))));
    // Another connection of the same session is the same place.
    let mut again = beside(&daemon, &phone);
    assert_eq!(try_enter(&mut again, false).unwrap().participants, 2);
    phone.await_event(|event| (*event == lost).then_some(()));
    assert_eq!(seats(&mut anna), there(&[("anna", PRESENT), ("sara", PRESENT)]));
    daemon.await_log("sara took the seat over at another place, 2 participants");
    end_well(daemon, &mut anna);
}

#[test]
fn seats_last_and_wait_after_the_daemon_was_started_again_or_killed() {
    let (daemon, mut anna, sara) = room_of_two();
    let mut mina = daemon.member("mina");
    enter(&mut mina);
    leave(&mut mina).unwrap();
    let mut daemon = start_again(daemon.end_well());
    for round in 0..2 {
        anna = elsewhere(&daemon, "anna");
        assert_eq!(seats(&mut anna), there(&[("anna", INACTIVE), ("sara", INACTIVE)]));
        let entered = enter(&mut anna);
        assert_eq!((entered.participants, entered.came_back), (2, true));
        let mut back = daemon.client();
        back.resume(sara.token.clone().unwrap()).unwrap();
        assert!(enter(&mut back).came_back);
        assert_eq!(await_turn(&mut anna, "sara", SeatTurn::CameBack), 2);
        if round == 0 {
            daemon = start_again(daemon.kill());
        }
    }
    end_well(daemon, &mut anna);
}

#[test]
fn the_seat_of_an_account_that_is_disabled_or_deleted_is_given_up() {
    use parlour_common::message::{AccountState, DeleteUser, EditUser, SharedFate};
    let (daemon, mut anna, sara) = room_of_two();
    let mut mina = daemon.member("mina");
    enter(&mut mina);
    assert_eq!(await_turn(&mut anna, "mina", SeatTurn::Joined), 3);
    drop(sara);
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Lost), 3);
    let edit = EditUser {
        user_name: "mina".to_owned(),
        email: None,
        phone: None,
        role: None,
        state: Some(AccountState::Disabled),
        quota: None,
    };
    assert!(matches!(anna.ask(Request::EditUser(edit)), Ok(Reply::User(_))));
    assert_eq!(await_turn(&mut anna, "mina", SeatTurn::Left), 2);
    let form = DeleteUser { user_name: "sara".to_owned(), shared: SharedFate::Keep {} };
    done(&mut anna, Request::DeleteUser(form)).unwrap();
    assert_eq!(await_turn(&mut anna, "sara", SeatTurn::Left), 1);
    assert_eq!(seats(&mut anna), there(&[("anna", PRESENT)]));
    // And it lasts.
    let daemon = start_again(daemon.end_well());
    anna = elsewhere(&daemon, "anna");
    assert_eq!(seats(&mut anna), there(&[("anna", INACTIVE)]));
    end_well(daemon, &mut anna);
}
