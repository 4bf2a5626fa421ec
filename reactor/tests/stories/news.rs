//! The news for admins, and what a role that was taken away takes with it.

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, AuditPage, CreateInvite, Denial, EditUser, Event, InviteId, ListAudit, ListMembers,
    ListUsers, Request, RevokeInvite, Role, UserFilter, UserPage,
};
use parlour_common::names::InviteCode;
use parlour_reactor::id::{Asker, ConnId, Ticket};
use parlour_reactor::job::{Completion, PasswordVerdict, PeopleFound};
use parlour_reactor::store::{Applied, Change, UserRecord};

use super::house::{DEVICE, House, resume, sign_in, token, token_hash};
use super::staff::{ANNA, at_the_change, edited, failures, found_user, person};

/// An admin does something of which there is news; the answer is taken.
fn act(house: &mut House, conn: ConnId) {
    let asker = house.ask(conn, Request::RevokeInvite(RevokeInvite { invite: InviteId(1) }));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    house.expect_answer(asker);
}

fn counted(waiting: u32) -> Completion {
    Completion::People(PeopleFound::Waiting(waiting))
}

/// Asks for a change of Anna's account, as far as it is done.
fn demote(house: &mut House, by: ConnId, edit: EditUser, after: &UserRecord) {
    let before = person(ANNA.0, "anna", Role::Admin);
    let (asker, ticket) = at_the_change(house, by, Request::EditUser(edit), found_user(&before, None, None));
    house.apply(ticket, edited(after, true));
    house.expect_answer(asker);
}

fn to_member() -> EditUser {
    EditUser {
        quota: None,
        user_name: "anna".to_owned(),
        email: None,
        phone: None,
        role: Some(Role::Member),
        state: None,
    }
}

#[test]
fn the_news_goes_to_every_admin_and_to_nobody_else() {
    let mut house = House::new();
    let _others =
        [house.open(), house.member(1), house.enter(2, &person(8, "mina", Role::Curator)), house.operator()];
    let (anna, omid, anna_too) =
        (house.admin(), house.enter(3, &person(9, "omid", Role::Admin)), house.admin());
    act(&mut house, anna);
    house.expect_news(&[anna, omid, anna_too], 3);
}

#[test]
fn what_changes_during_a_count_is_counted_once_more() {
    let mut house = House::new();
    let anna = house.admin();
    act(&mut house, anna);
    let ticket = house.expect_count();
    for _ in 0..5 {
        act(&mut house, anna);
    }
    house.complete(ticket, counted(1));
    assert_eq!(house.expect_told(&[anna]), Event::UsersChanged { waiting: 1 });
    house.expect_news(&[anna], 2);
}

#[test]
fn a_count_that_fails_is_news_all_the_same() {
    let mut house = House::new();
    let anna = house.admin();
    act(&mut house, anna);
    house.expect_news(&[anna], 4);
    for (completion, _) in failures() {
        act(&mut house, anna);
        let ticket = house.expect_count();
        house.complete(ticket, completion);
        assert_eq!(house.expect_told(&[anna]), Event::UsersChanged { waiting: 4 });
        house.expect_nothing();
    }
}

#[test]
fn without_an_admin_on_the_line_there_is_no_news() {
    let mut house = House::new();
    let operator = house.operator();
    act(&mut house, operator);
    house.expect_nothing();
    // One who leaves during the count is not told, and nobody is told in their place.
    let anna = house.admin();
    act(&mut house, operator);
    let ticket = house.expect_count();
    house.service.handle_closed(anna);
    house.complete(ticket, counted(1));
    house.expect_nothing();
    let anna = house.admin();
    act(&mut house, operator);
    house.expect_news(&[anna], 1);
}

/// Every request of an admin that begins with a job.
fn errands() -> Vec<(Request, Completion)> {
    let list = ListUsers { query: String::new(), filter: UserFilter::All, offset: 0, limit: 1 };
    let page = UserPage { total: 0, waiting: 0, users: Vec::new() };
    let audit = AuditPage { entries: Vec::new(), more: false };
    let found = found_user(&person(8, "mina", Role::Member), None, None);
    let code = InviteCode::from_bytes([1; 10]);
    let drawn = PeopleFound::InviteDrawn(Secret::new(code));
    vec![
        (Request::ListUsers(list), Completion::People(PeopleFound::Users(page))),
        (
            Request::ListAudit(ListAudit { before: None, limit: 1 }),
            Completion::People(PeopleFound::Audit(audit)),
        ),
        (Request::EditUser(EditUser { user_name: "mina".to_owned(), ..to_member() }), found),
        (Request::CreateInvite(CreateInvite { note: String::new(), hours: 1 }), Completion::People(drawn)),
    ]
}

#[test]
fn what_a_former_admin_had_asked_for_is_not_answered() {
    for (request, completion) in errands() {
        let mut house = House::new();
        let (anna, omid) = (house.admin(), house.enter(3, &person(9, "omid", Role::Admin)));
        let (asked, ticket, _) = house.ask_for_job(anna, request);
        demote(&mut house, omid, to_member(), &person(ANNA.0, "anna", Role::Member));
        house.expect_denial(asked, &Denial::SessionEnded {});
        house.expect_end_of_session(anna);
        house.expect_news(&[omid], 0);
        house.complete(ticket, completion);
        house.expect_nothing();
    }
}

/// A session of Anna's that is being looked up, and that a worker has found before she lost her role.
fn at_the_door(house: &mut House) -> (Asker, Ticket, Completion) {
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, resume(9));
    (asker, ticket, house.found(&person(ANNA.0, "anna", Role::Admin)))
}

#[test]
fn nobody_comes_in_with_a_role_that_was_taken_away_meanwhile() {
    let edits = [
        (to_member(), person(ANNA.0, "anna", Role::Member)),
        (
            EditUser { role: None, state: Some(AccountState::Disabled), ..to_member() },
            UserRecord { state: AccountState::Disabled, ..person(ANNA.0, "anna", Role::Admin) },
        ),
    ];
    for (edit, after) in edits {
        let mut house = House::new();
        let omid = house.enter(3, &person(9, "omid", Role::Admin));
        let (asker, ticket, found) = at_the_door(&mut house);
        demote(&mut house, omid, edit, &after);
        house.expect_news(&[omid], 0);
        house.complete(ticket, found);
        house.expect_denial(asker, &Denial::SessionEnded {});
        house.expect_nothing();
        let list = ListMembers { query: String::new(), offset: 0, limit: 1 };
        let asker = house.ask(asker.conn, Request::ListMembers(list));
        house.expect_denial(asker, &Denial::SignInFirst {});
    }
}

#[test]
fn a_sign_in_that_saw_the_former_role_is_tried_again() {
    let busy = Denial::Busy { retry_after_ms: 1000 };
    let right = || {
        let (user, token) = (person(ANNA.0, "anna", Role::Admin), token(9));
        Completion::PasswordChecked(PasswordVerdict::Right {
            user: Box::new(user),
            token,
            device: DEVICE,
            rehash: None,
        })
    };
    // The role is taken away before the password was compared, or before the session is written down.
    for is_late in [false, true] {
        let mut house = House::new();
        let omid = house.enter(3, &person(9, "omid", Role::Admin));
        let conn = house.open();
        let (asker, mut ticket, _) = house.ask_for_job(conn, sign_in("anna"));
        if is_late {
            house.complete(ticket, right());
            (ticket, _) = house.expect_commit();
        }
        demote(&mut house, omid, to_member(), &person(ANNA.0, "anna", Role::Member));
        house.expect_news(&[omid], 0);
        if is_late {
            house.apply(ticket, Ok(Applied::Opened { user: ANNA, ended: Vec::new() }));
            house.expect_denial(asker, &busy);
            let (_, change) = house.expect_commit();
            assert_eq!(change, Change::CloseSession { token_hash: token_hash(9) });
        } else {
            house.complete(ticket, right());
            house.expect_denial(asker, &busy);
        }
        house.expect_nothing();
        let asker = house.ask(conn, Request::ListAudit(ListAudit { before: None, limit: 1 }));
        house.expect_denial(asker, &Denial::SignInFirst {});
    }
}

#[test]
fn whoever_comes_in_after_the_change_is_let_in() {
    let mut house = House::new();
    let omid = house.enter(3, &person(9, "omid", Role::Admin));
    demote(&mut house, omid, to_member(), &person(ANNA.0, "anna", Role::Member));
    house.expect_news(&[omid], 0);
    let anna = house.enter(4, &person(ANNA.0, "anna", Role::Member));
    let list = ListAudit { before: None, limit: 1 };
    let asker = house.ask(anna, Request::ListAudit(list));
    house.expect_denial(asker, &Denial::NotAllowed {});
}
