//! What is told around the room: who has entered hears that first.

use parlour_common::message::{
    ConversationEntry, ConversationId, EnterRoom, Entered, PostId, Revision, SeatLost,
};

use super::*;

fn entered() -> Answer {
    let room = ConversationEntry {
        conversation: ConversationId::ROOM,
        with: None,
        departed: false,
        first: PostId(1),
        last: PostId(0),
        revision: Revision(0),
        read_up_to: PostId(0),
        mentions: 0,
        last_unix_ms: 0,
    };
    Answer::Reply(Reply::Entered(Entered { participants: 1, came_back: false, room }))
}

fn seat_lost() -> Event {
    Event::SeatLost(SeatLost { device: "another".to_owned() })
}

#[test]
fn a_seat_is_lost_only_after_it_was_told_of() {
    let mut connection = signed_in_connection();
    let enter = Request::EnterRoom(EnterRoom { take_over: false });
    send(&mut connection, at(1), 1, &[search(), enter]);
    let (slow, _) = connection.poll_request(at(1)).unwrap();
    let (quick, _) = connection.poll_request(at(1)).unwrap();
    let news = |event: Event| encode(&ServerMessage::Event(event)).unwrap().into();
    connection.answer(at(1), quick, entered());
    connection.tell(at(1), news(seat_lost()));
    assert_eq!(received(&mut connection, at(1)), []);
    connection.answer(at(2), slow, Answer::Denial(Denial::Internal {}));
    let messages = received(&mut connection, at(2));
    assert_eq!(messages[0], denial(1, Denial::Internal {}));
    assert!(matches!(messages[1], ServerMessage::Reply { id: 2, reply: Reply::Entered(_) }));
    assert_eq!(messages[2..], [ServerMessage::Event(seat_lost())]);
}

#[test]
fn what_was_to_be_told_to_a_session_that_ended_is_not_told_to_the_next() {
    let mut connection = signed_in_connection();
    let enter = Request::EnterRoom(EnterRoom { take_over: false });
    send(&mut connection, at(1), 1, &[search(), enter]);
    let (slow, _) = connection.poll_request(at(1)).unwrap();
    let (quick, _) = connection.poll_request(at(1)).unwrap();
    connection.answer(at(1), quick, entered());
    connection.tell(at(1), encode(&ServerMessage::Event(seat_lost())).unwrap().into());
    connection.handle_session_ended(at(1));
    connection.answer(at(2), slow, Answer::Denial(Denial::SessionEnded {}));
    send(&mut connection, at(2), 3, &[resume()]);
    let (sequence, _) = connection.poll_request(at(2)).unwrap();
    connection.answer(at(2), sequence, signed_in());
    let messages = received(&mut connection, at(2));
    assert!(connection.is_signed_in() && !messages.contains(&ServerMessage::Event(seat_lost())));
}

#[test]
fn a_goodbye_is_known_as_soon_as_it_is_heard() {
    let mut connection = signed_in_connection();
    send(&mut connection, at(1), 1, &[search(), Request::Ping {}]);
    let (sequence, _) = connection.poll_request(at(1)).unwrap();
    assert!(connection.poll_request(at(1)).is_none() && !connection.has_said_goodbye());
    send(&mut connection, at(1), 3, &[Request::Goodbye {}]);
    assert!(connection.poll_request(at(1)).is_none());
    // It is answered in its turn, and the peer may be gone before that.
    assert!(connection.has_said_goodbye() && !connection.is_closing());
    connection.answer(at(2), sequence, Answer::Denial(Denial::Internal {}));
    assert!(connection.is_closing() && connection.has_said_goodbye());
}
