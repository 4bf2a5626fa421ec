//! Where something can be said: lists of conversations, and conversations with members.

use parlour_common::message::{ConversationEntry, ConversationPage, Denial, Reply};
use parlour_reactor::job::{Completion, Job, RoomFound, RoomJob};
use parlour_reactor::store::{Applied, Change, ChangeError, Refusal, RoomChange, UserId};

use super::super::house::House;
use super::asks::{TWO, found, list, name, open, room};

#[test]
fn a_conversation_is_opened_with_a_member_and_answered_as_it_is() {
    let mut house = House::new();
    let sara = house.guest(1, 7, "sara");
    let (asker, ticket, job) = house.ask_for_job(sara, open("mina"));
    match job {
        Job::Room(RoomJob::FindMember { user_name }) => assert_eq!(user_name, name("mina")),
        job => panic!("{job:?}"),
    }
    house.complete(ticket, found(RoomFound::Member(UserId(8))));
    let (ticket, change) = house.expect_commit();
    assert_eq!(change, Change::Room(RoomChange::OpenDirect { user: UserId(7), with: UserId(8) }));
    house.apply(ticket, Ok(Applied::Conversation(TWO)));
    let (ticket, job) = house.expect_run(asker);
    assert!(matches!(job, Job::Room(RoomJob::Find { user: UserId(7), conversation: TWO })), "{job:?}");
    let entry = ConversationEntry { conversation: TWO, with: Some(name("mina")), ..room(0) };
    house.complete(ticket, found(RoomFound::Conversation(Box::new(entry.clone()))));
    house.expect_reply(asker, &Reply::Conversation(entry));
    house.expect_nothing();
}

#[test]
fn there_is_no_conversation_with_oneself_nor_with_nobody() {
    let mut house = House::new();
    let sara = house.guest(1, 7, "sara");
    let asker = house.ask(sara, open("SARA"));
    house.expect_denial(asker, &Denial::BadRequest { reason: "`with` names oneself".to_owned() });
    let (asker, ticket, _) = house.ask_for_job(sara, open("mina"));
    house.complete(ticket, found(RoomFound::Refused(Denial::NoSuchMember {})));
    house.expect_denial(asker, &Denial::NoSuchMember {});
    // Deleted, or disabled, after they were found.
    for refusal in [Refusal::NoSuchUser, Refusal::NotActive, Refusal::Departed] {
        let (asker, ticket, _) = house.ask_for_job(sara, open("mina"));
        house.complete(ticket, found(RoomFound::Member(UserId(8))));
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(ChangeError::Refused(refusal)));
        house.expect_denial(asker, &Denial::NoSuchMember {});
    }
    house.expect_nothing();
}

#[test]
fn a_page_of_conversations_is_answered_as_it_is_read() {
    let mut house = House::new();
    let sara = house.guest(1, 7, "sara");
    let page = ConversationPage { total: 1, conversations: vec![room(3)] };
    let (asker, ticket, job) = house.ask_for_job(sara, list(48));
    assert!(matches!(job, Job::Room(RoomJob::List { user: UserId(7), .. })), "{job:?}");
    house.complete(ticket, found(RoomFound::Conversations(page.clone())));
    house.expect_reply(asker, &Reply::Conversations(page));
    let (asker, ticket, _) = house.ask_for_job(sara, list(1));
    house.complete(ticket, Completion::Busy);
    house.expect_denial(asker, &Denial::Busy { retry_after_ms: 1000 });
}
