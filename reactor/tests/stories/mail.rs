//! Stories of the mails that wait: one after another, again when one was put off, and never twice.

use std::time::Duration;

use parlour_common::message::Policies;
use parlour_reactor::effect::Effect;
use parlour_reactor::id::Ticket;
use parlour_reactor::job::{Completion, Job, MailFate, Mailed};
use parlour_reactor::store::{Applied, Change, ChangeError, MailId};

use super::house::House;

const MAIL: MailId = MailId(3);

/// The desk is called when it wants to be, and looks for a mail.
fn expect_look(house: &mut House) -> Ticket {
    house.expect_nothing();
    house.service.handle_deadline(house.now);
    expect_send(house)
}

fn expect_send(house: &mut House) -> Ticket {
    match house.service.poll_effect() {
        Some(Effect::Run { ticket, asker: None, job: Job::SendMail { unix_ms } }) => {
            assert_eq!(unix_ms, house.now.unix_ms);
            ticket
        }
        effect => panic!("{effect:?} sends no mail"),
    }
}

fn tried(fate: MailFate) -> Completion {
    Completion::Mailed(Mailed::Tried { mail: MAIL, fate })
}

fn none_due(next_due_unix_ms: Option<u64>) -> Completion {
    Completion::Mailed(Mailed::NoneDue { next_due_unix_ms })
}

/// Time goes by.
fn wait(house: &mut House, time: Duration) {
    house.now.tick += time;
    house.now.unix_ms += u64::try_from(time.as_millis()).unwrap();
}

/// A house whose desk has found nothing.
fn idle() -> House {
    let mut house = House::new();
    let ticket = expect_look(&mut house);
    house.complete(ticket, none_due(None));
    assert_eq!(house.service.deadline(), None);
    house
}

/// What wakes the desk in the hall: the hourly chores do too.
fn wake(house: &mut House) {
    house.service.handle_chores(house.now);
    while house.service.poll_effect().is_some() {}
}

#[test]
fn what_an_earlier_run_has_left_is_sent_first() {
    let mut house = House::new();
    assert_eq!(house.service.deadline(), Some(Duration::ZERO));
    for fate in [MailFate::Sent, MailFate::Dropped] {
        let ticket = expect_look_or_next(&mut house);
        house.complete(ticket, tried(fate));
        let (ticket, change) = house.expect_commit();
        assert_eq!(change, Change::DropMail { mail: MAIL });
        // Not before it is written down.
        assert_eq!(house.service.deadline(), None);
        assert!(house.service.is_posting());
        house.apply(ticket, Ok(Applied::Done));
    }
    let ticket = expect_send(&mut house);
    house.complete(ticket, none_due(None));
    assert!(!house.service.is_posting());
    house.expect_nothing();
}

/// The first look is at a deadline; the next one follows what was written down.
fn expect_look_or_next(house: &mut House) -> Ticket {
    if house.service.deadline().is_some() { expect_look(house) } else { expect_send(house) }
}

#[test]
fn a_mail_that_was_put_off_waits_longer_each_time() {
    let mut house = House::new();
    let mut ticket = expect_look(&mut house);
    for (tries, wait_seconds) in [(0, 10), (1, 60), (2, 300), (3, 1800), (4, 1800), (u32::MAX, 1800)] {
        house.complete(ticket, tried(MailFate::TryLater { tries }));
        let (recorded, change) = house.expect_commit();
        let due_unix_ms = house.now.unix_ms + wait_seconds * 1000;
        assert_eq!(change, Change::DelayMail { mail: MAIL, due_unix_ms });
        house.apply(recorded, Ok(Applied::Done));
        ticket = expect_send(&mut house);
    }
    house.complete(ticket, none_due(Some(house.now.unix_ms + 10_000)));
    assert_eq!(house.service.deadline(), Some(house.now.tick + Duration::from_secs(10)));
    wait(&mut house, Duration::from_secs(9));
    house.service.handle_deadline(house.now);
    house.expect_nothing();
    wait(&mut house, Duration::from_secs(1));
    expect_look(&mut house);
}

#[test]
fn a_clock_that_was_set_holds_nothing_up_for_long() {
    let mut house = House::new();
    let ticket = expect_look(&mut house);
    house.complete(ticket, none_due(Some(u64::MAX)));
    let deadline = house.service.deadline().unwrap();
    assert!(deadline <= house.now.tick + Duration::from_secs(600), "{deadline:?}");
    house.now.unix_ms = 0;
    wait(&mut house, Duration::from_secs(600));
    let ticket = expect_look(&mut house);
    house.complete(ticket, none_due(Some(0)));
    assert_eq!(house.service.deadline(), Some(house.now.tick), "what is overdue is due now");
}

#[test]
fn what_is_queued_meanwhile_is_looked_for_afterwards() {
    let mut house = idle();
    wake(&mut house);
    assert_eq!(house.service.deadline(), Some(house.now.tick));
    let ticket = expect_look(&mut house);
    wake(&mut house);
    house.complete(ticket, none_due(None));
    let ticket = expect_send(&mut house);
    house.complete(ticket, none_due(None));
    house.expect_nothing();
    assert_eq!(house.service.deadline(), None);
}

#[test]
fn a_mail_that_was_sent_is_not_sent_again_because_the_store_was_busy() {
    let mut house = House::new();
    let ticket = expect_look(&mut house);
    house.complete(ticket, tried(MailFate::Sent));
    for _ in 0..3 {
        let (ticket, change) = house.expect_commit();
        assert_eq!(change, Change::DropMail { mail: MAIL });
        house.apply(ticket, Err(ChangeError::StorageUnavailable));
        wake(&mut house);
        assert!(house.service.is_posting());
        assert_eq!(house.service.deadline(), Some(house.now.tick + Duration::from_secs(1)));
        wait(&mut house, Duration::from_secs(1));
        house.service.handle_deadline(house.now);
    }
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    expect_send(&mut house);
}

#[test]
fn trouble_with_the_queue_is_no_end_of_mail() {
    for trouble in [Completion::Failed, Completion::StorageFailed, Completion::Busy] {
        let mut house = House::new();
        let ticket = expect_look(&mut house);
        house.complete(ticket, trouble);
        house.expect_nothing();
        assert_eq!(house.service.deadline(), Some(house.now.tick + Duration::from_secs(60)));
        wait(&mut house, Duration::from_secs(60));
        expect_look(&mut house);
    }
}

#[test]
fn a_daemon_that_stops_begins_no_mail_but_writes_down_what_was_sent() {
    let mut house = House::new();
    let ticket = expect_look(&mut house);
    house.service.handle_stopping();
    assert!(house.service.is_posting());
    house.complete(ticket, tried(MailFate::Sent));
    let (ticket, _) = house.expect_commit();
    assert!(house.service.is_posting());
    house.apply(ticket, Ok(Applied::Done));
    assert!(!house.service.is_posting());
    house.expect_nothing();
    wake(&mut house);
    assert_eq!(house.service.deadline(), None);
}

#[test]
fn where_mail_is_off_nothing_is_looked_for() {
    let mut house = House::with(|settings| settings.policies = Policies::default());
    assert_eq!(house.service.deadline(), None);
    wake(&mut house);
    house.service.handle_deadline(house.now);
    house.expect_nothing();
    assert!(!house.service.is_posting());
}
