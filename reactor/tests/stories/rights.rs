//! The right to act, checked for every request there is and everyone who may ask it: a new request must be
//! added to the table here.

use parlour_common::limits::RESET_FLOW_BYTES;
use parlour_common::message::{
    AddUser, CancelTransfer, ChangePassword, CheckCode, CreateInvite, DeleteAccount, DeleteUser, Denial,
    EditAccount, EditUser, EndSession, FetchCover, FetchTrack, FilePlace, Hello, InviteId, IssueResetCode,
    ListAudit, ListMembers, ListUsers, Request, RequestReset, ResetFlow, ResetPassword, RevokeInvite, Role,
    SessionId, SharedFate, TransferId, UserFilter,
};
use parlour_reactor::effect::{Answer, Effect};
use parlour_reactor::id::ConnId;
use parlour_reactor::store::Applied;
use strum::VariantNames;

use super::files::asks;
use super::house::{COVER, House, PASSWORD, resume, search, secret, sign_in, sign_up, track};
use super::room::asks as room;
use super::staff::person;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Right {
    /// It is begun: there is a job or a change.
    Begun,
    /// It is answered at once.
    Told,
    /// Sign in first.
    First,
    /// Signed in already.
    Again,
    /// It needs another role, or an account.
    No,
    /// The connection answers it and never hands it on.
    Outside,
}

use Right::{Again, Begun, First, No, Outside, Told};

/// Who asks, in the order of the table.
#[derive(Clone, Copy, Debug)]
enum Who {
    /// Nobody is signed in.
    Stranger,
    /// Somebody has signed up here, and waits for approval.
    Waiting,
    Member,
    Curator,
    Admin,
    /// The command line.
    Operator,
}

const EVERYONE: [Who; 6] =
    [Who::Stranger, Who::Waiting, Who::Member, Who::Curator, Who::Admin, Who::Operator];

/// Every request, well-formed, and what everyone may do with it.
#[rustfmt::skip]
fn table() -> Vec<(&'static str, Request, [Right; 6])> {
    //                                          Stranger Waiting Member Curator Admin Operator
    vec![
        ("hello", hello(),                      [Outside, Outside, Outside, Outside, Outside, Outside]),
        ("ping", Request::Ping {},              [Outside, Outside, Outside, Outside, Outside, Outside]),
        ("goodbye", Request::Goodbye {},        [Outside, Outside, Outside, Outside, Outside, Outside]),
        ("sign_up", sign_up("sara"),            [Begun, Begun, Again, Again, Again, No]),
        ("sign_in", sign_in("sara"),            [Begun, Begun, Again, Again, Again, No]),
        ("resume", resume(1),                   [Begun, Begun, Again, Again, Again, No]),
        ("sign_out", Request::SignOut {},       [First, First, Begun, Begun, Begun, No]),
        ("search_library", search("", 1),       [First, First, Begun, Begun, Begun, No]),
        ("fetch_track", fetch_track(),          [First, First, Begun, Begun, Begun, No]),
        ("fetch_cover", fetch_cover(),          [First, First, Begun, Begun, Begun, No]),
        ("cancel_transfer", cancel(),           [Outside, Outside, Outside, Outside, Outside, Outside]),
        ("request_reset", request_reset(),      [Begun, Begun, Begun, Begun, Begun, No]),
        ("check_code", check_code(),            [Begun, Begun, Begun, Begun, Begun, No]),
        ("reset_password", reset_password(),    [Begun, Begun, Begun, Begun, Begun, No]),
        ("get_account", Request::GetAccount {}, [First, First, Begun, Begun, Begun, No]),
        ("edit_account", edit_account(),        [First, First, Begun, Begun, Begun, No]),
        ("change_password", change_password(),  [First, First, Begun, Begun, Begun, No]),
        ("delete_account", delete_account(),    [First, First, Begun, Begun, Begun, No]),
        ("list_sessions", Request::ListSessions {}, [First, First, Begun, Begun, Begun, No]),
        ("end_session", end_session(),          [First, First, Begun, Begun, Begun, No]),
        ("list_members", list_members(),        [First, First, Begun, Begun, Begun, No]),
        ("list_users", list_users(),            [First, First, No, No, Begun, Begun]),
        ("add_user", add_user(),                [First, First, No, No, Begun, Begun]),
        ("edit_user", edit_user(),              [First, First, No, No, Begun, Begun]),
        ("delete_user", delete_user(),          [First, First, No, No, Begun, Begun]),
        ("issue_reset_code", issue_code(),      [First, First, No, No, Begun, Begun]),
        ("create_invite", create_invite(),      [First, First, No, No, Begun, Begun]),
        ("list_invites", Request::ListInvites {}, [First, First, No, No, Begun, Begun]),
        ("revoke_invite", revoke_invite(),      [First, First, No, No, Begun, Begun]),
        ("list_audit", list_audit(),            [First, First, No, No, Begun, Begun]),
        ("begin_upload", asks::begin("a.ogg", 5), [First, First, Begun, Begun, Begun, No]),
        ("finish_upload", asks::finish(5),      [First, First, Begun, Begun, Begun, No]),
        ("cancel_upload", asks::cancel(),       [First, First, Begun, Begun, Begun, No]),
        ("list_uploads", Request::ListUploads {}, [First, First, Begun, Begun, Begun, No]),
        ("list_files", asks::list(FilePlace::Own), [First, First, Begun, Begun, Begun, No]),
        ("fetch_file", asks::fetch(1),          [First, First, Begun, Begun, Begun, No]),
        ("confirm_file", asks::confirm(1),      [First, First, Begun, Begun, Begun, No]),
        ("rename_file", asks::rename(1, "b.ogg"), [First, First, Begun, Begun, Begun, No]),
        ("trash_files", asks::trash(&[1]),      [First, First, Begun, Begun, Begun, No]),
        ("restore_files", asks::restore(&[1]),  [First, First, Begun, Begun, Begun, No]),
        ("purge_files", asks::purge(&[1]),      [First, First, Begun, Begun, Begun, No]),
        ("empty_trash", Request::EmptyTrash {}, [First, First, Begun, Begun, Begun, No]),
        ("share_files", asks::share(&[1], &["mina"]), [First, First, Begun, Begun, Begun, No]),
        ("unshare_file", asks::unshare(1, "mina"), [First, First, Begun, Begun, Begun, No]),
        ("list_recipients", asks::recipients(1), [First, First, Begun, Begun, Begun, No]),
        ("hash_track", asks::hash_track(),      [First, First, Begun, Begun, Begun, No]),
        ("check_files", asks::check(),          [First, First, No, No, Begun, Begun]),
        ("enter_room", room::enter(false),      [First, First, Begun, Begun, Begun, No]),
        ("leave_room", Request::LeaveRoom {},   [First, First, Begun, Begun, Begun, No]),
        ("list_seats", room::seats(0, 1),       [First, First, Told, Told, Told, No]),
        ("list_conversations", room::list(1),   [First, First, Begun, Begun, Begun, No]),
        ("open_conversation", room::open("mina"), [First, First, Begun, Begun, Begun, No]),
        // In the room one needs a seat: `stories/room/posts.rs`.
        ("say", room::say_to_one("hello"),      [First, First, Begun, Begun, Begun, No]),
        ("edit_post", room::edit(1, "hello"),   [First, First, Begun, Begun, Begun, No]),
        ("delete_post", room::delete(1),        [First, First, Begun, Begun, Begun, No]),
        ("read_posts", room::read(1),           [First, First, Begun, Begun, Begun, No]),
        ("search_posts", room::search("x", 1),  [First, First, Begun, Begun, Begun, No]),
        ("mark_read", room::mark(1),            [First, First, Begun, Begun, Begun, No]),
        ("fetch_card", room::fetch(1),          [First, First, Begun, Begun, Begun, No]),
        ("keep_card", room::keep(1),            [First, First, Begun, Begun, Begun, No]),
    ]
}

fn hello() -> Request {
    Request::Hello(Hello { protocol: 1, client: String::new() })
}

fn fetch_track() -> Request {
    Request::FetchTrack(FetchTrack { track: track("a/moon.mp3"), offset: 0, length: None, version: None })
}

fn fetch_cover() -> Request {
    Request::FetchCover(FetchCover { cover: COVER })
}

fn cancel() -> Request {
    Request::CancelTransfer(CancelTransfer { transfer: TransferId(1) })
}

fn flow() -> ResetFlow {
    ResetFlow::new([1; RESET_FLOW_BYTES])
}

fn request_reset() -> Request {
    Request::RequestReset(RequestReset { account: "sara".to_owned(), send: false })
}

fn check_code() -> Request {
    Request::CheckCode(CheckCode { flow: flow(), code: secret("12345") })
}

fn reset_password() -> Request {
    Request::ResetPassword(ResetPassword { flow: flow(), password: secret(PASSWORD) })
}

fn edit_account() -> Request {
    Request::EditAccount(EditAccount { about: Some("I sing.".to_owned()), ..EditAccount::default() })
}

fn change_password() -> Request {
    Request::ChangePassword(ChangePassword { old: secret(PASSWORD), new: secret("another password") })
}

fn delete_account() -> Request {
    Request::DeleteAccount(DeleteAccount { password: secret(PASSWORD), shared: SharedFate::Keep {} })
}

fn end_session() -> Request {
    Request::EndSession(EndSession { session: SessionId::new([1; 16]) })
}

fn list_members() -> Request {
    Request::ListMembers(ListMembers { query: String::new(), offset: 0, limit: 1 })
}

fn list_users() -> Request {
    Request::ListUsers(ListUsers { query: String::new(), filter: UserFilter::All, offset: 0, limit: 1 })
}

fn add_user() -> Request {
    Request::AddUser(AddUser {
        user_name: "mina".to_owned(),
        email: "mina@example.org".to_owned(),
        phone: "09121234567".to_owned(),
        password: None,
        role: Role::Member,
    })
}

fn edit_user() -> Request {
    Request::EditUser(EditUser {
        quota: None,
        user_name: "mina".to_owned(),
        email: None,
        phone: None,
        role: Some(Role::Admin),
        state: None,
    })
}

fn delete_user() -> Request {
    Request::DeleteUser(DeleteUser { user_name: "mina".to_owned(), shared: SharedFate::Keep {} })
}

fn issue_code() -> Request {
    Request::IssueResetCode(IssueResetCode { user_name: "mina".to_owned() })
}

fn create_invite() -> Request {
    Request::CreateInvite(CreateInvite { note: String::new(), hours: 1 })
}

fn revoke_invite() -> Request {
    Request::RevokeInvite(RevokeInvite { invite: InviteId(1) })
}

fn list_audit() -> Request {
    Request::ListAudit(ListAudit { before: None, limit: 1 })
}

/// A house, and somebody in it.
fn house_of(who: Who) -> (House, ConnId) {
    let mut house = match who {
        Who::Waiting => House::approving(),
        _ => House::new(),
    };
    let conn = match who {
        Who::Stranger => house.open(),
        Who::Waiting => house.waiting(),
        Who::Member => house.enter(1, &person(7, "sara", Role::Member)),
        Who::Curator => house.enter(1, &person(7, "sara", Role::Curator)),
        Who::Admin => house.admin(),
        Who::Operator => house.operator(),
    };
    (house, conn)
}

#[test]
fn every_request_is_listed_here() {
    let listed: Vec<&str> = table().iter().map(|(name, ..)| *name).collect();
    assert_eq!(listed, Request::VARIANTS);
}

#[test]
fn everyone_may_do_what_the_table_says_and_nothing_else() {
    for (name, request, rights) in table() {
        for (who, right) in EVERYONE.into_iter().zip(rights) {
            let (mut house, conn) = house_of(who);
            let asker = house.ask(conn, request.clone());
            let effect = house.service.poll_effect();
            let is_right = match (&effect, right) {
                (Some(Effect::Run { asker: of, .. }), Begun) => *of == Some(asker),
                (Some(Effect::Commit { .. }), Begun) => true,
                (Some(Effect::Answer { to, answer: Answer::Reply(_) }), Told) => *to == asker,
                (Some(Effect::Answer { to, answer: Answer::Denial(denial) }), right) => {
                    let expected = match right {
                        Begun | Told => None,
                        First => Some(Denial::SignInFirst {}),
                        Again => Some(Denial::SignedInAlready {}),
                        No => Some(Denial::NotAllowed {}),
                        Outside => Some(Denial::Internal {}),
                    };
                    *to == asker && Some(denial) == expected.as_ref()
                }
                _ => false,
            };
            assert!(is_right, "{name}, {who:?}: {effect:?} is not {right:?}");
            house.expect_nothing();
        }
    }
}

/// Those who need a session for a request, by the table.
fn needs_session(rights: &[Right; 6]) -> bool {
    rights[0] == First
}

#[test]
fn whoever_signed_out_is_a_stranger_again() {
    for (name, request, rights) in table() {
        if !needs_session(&rights) {
            continue;
        }
        let mut house = House::new();
        let (here, beside) = (house.admin(), house.admin());
        house.ask(here, Request::SignOut {});
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Ok(Applied::Done));
        while house.service.poll_effect().is_some() {}
        for conn in [here, beside] {
            let asker = house.ask(conn, request.clone());
            match house.expect_answer(asker) {
                Answer::Denial(denial) => assert_eq!(denial, Denial::SignInFirst {}, "{name}"),
                answer => panic!("{name}: {answer:?}"),
            }
            house.expect_nothing();
        }
    }
}

#[test]
fn what_an_unknown_connection_asks_is_nobodys() {
    for (_, request, _) in table() {
        for who in EVERYONE {
            let (mut house, conn) = house_of(who);
            house.service.handle_closed(conn);
            house.ask(conn, request.clone());
            house.expect_nothing();
        }
    }
}
