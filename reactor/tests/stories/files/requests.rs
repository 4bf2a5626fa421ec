//! What is asked about files: what is begun for it, what is denied, and what is answered.

use parlour_common::limits::{FILE_BYTES_MAX, FILES_PER_MEMBER_MAX, QUERY_BYTES_MAX};
use parlour_common::message::{
    CheckReport, Denial, Fault, FetchFile, Field, FieldFault, FileHash, FileId, FilePage, FilePlace,
    Recipient, RecipientList, Reply, Request, Role, SameName, TrackHash, UploadList, Usage,
};
use parlour_common::names::UserName;
use parlour_reactor::effect::Answer;
use parlour_reactor::id::{ConnId, Ticket};
use parlour_reactor::job::{Completion, FilesFound, FilesJob, Job, PeopleJob};
use parlour_reactor::store::{BlobId, Change, ChangeError, FilesChange, Refusal, UserId};

use super::super::house::House;
use super::super::staff::{found_nobody, found_user, person};
use super::asks::{self, applied, changed, file, hash, key, list_of, opened};

const SARA: UserId = UserId(7);

/// Asks for something that takes one change, and returns how to end it.
fn change(
    house: &mut House,
    conn: ConnId,
    request: Request,
    expected: &FilesChange,
) -> (parlour_reactor::id::Asker, Ticket) {
    let asker = house.ask(conn, request);
    let (ticket, change) = house.expect_commit();
    assert_eq!(change, Change::Files(expected.clone()));
    (asker, ticket)
}

/// Every change that a member can ask for by one request, as it should be.
fn changes(at_unix_ms: u64) -> Vec<(Request, FilesChange)> {
    let (user, files) = (SARA, vec![FileId(1), FileId(2)]);
    let file_name = parlour_common::names::FileName::parse("b.ogg").unwrap();
    vec![
        (asks::cancel(), FilesChange::RemoveUpload { user, key: key() }),
        (asks::confirm(1), FilesChange::ConfirmFile { user, file: FileId(1), sha256: hash(1), at_unix_ms }),
        (
            asks::rename(1, "b.ogg"),
            FilesChange::RenameFile {
                user,
                file: FileId(1),
                file_name,
                same_name: SameName::Replace,
                at_unix_ms,
            },
        ),
        (asks::trash(&[1, 2]), FilesChange::TrashFiles { user, files: files.clone(), at_unix_ms }),
        (asks::restore(&[1, 2]), FilesChange::RestoreFiles { user, files: files.clone() }),
        (asks::purge(&[1, 2]), FilesChange::PurgeFiles { user, files }),
        (Request::EmptyTrash {}, FilesChange::EmptyTrash { user }),
        (asks::unshare(1, "SARA"), FilesChange::UnshareFile { asker: user, file: FileId(1), with: user }),
    ]
}

#[test]
fn a_change_is_asked_for_in_the_name_of_its_member_and_answered_once_it_is_durable() {
    let mut house = House::new();
    let sara = house.member(1);
    for (request, expected) in changes(house.now.unix_ms) {
        let is_rename = matches!(request, Request::RenameFile(_));
        let (asker, ticket) = change(&mut house, sara, request, &expected);
        let outcome = parlour_reactor::store::FilesOutcome { file: Some(file(1)), ..changed(&[]) };
        house.apply(ticket, Ok(applied(outcome)));
        let answer = if is_rename { Reply::File(file(1).own_entry(0)) } else { Reply::Done {} };
        house.expect_reply(asker, &answer);
        house.expect_nothing();
    }
}

#[test]
fn a_change_that_is_refused_is_denied_in_the_words_of_the_contract() {
    let refusals = [
        (Refusal::NoSuchFile, Denial::NoSuchFile {}),
        (Refusal::NoSuchUpload, Denial::NoSuchUpload {}),
        (Refusal::UploadDiffers, Denial::UploadDiffers {}),
        (Refusal::VersionChanged, Denial::VersionChanged {}),
        (
            Refusal::NameTaken { file: FileId(3), size_bytes: 4, changed_unix_ms: 5 },
            Denial::NameTaken { file: FileId(3), size_bytes: 4, changed_unix_ms: 5 },
        ),
        (Refusal::QuotaExceeded { left_bytes: 6 }, Denial::QuotaExceeded { left_bytes: 6 }),
        (Refusal::TooManyFiles, Denial::TooManyFiles { limit: FILES_PER_MEMBER_MAX }),
        (Refusal::TooManyUploads, Denial::TooManyUploads { limit: 1000 }),
        (Refusal::TooManyRecipients, Denial::TooManyRecipients { limit: 200 }),
        (Refusal::NoSuchUser, Denial::SessionEnded {}),
        (Refusal::TooLarge, Denial::Internal {}),
    ];
    let mut house = House::new();
    let sara = house.member(1);
    let refusals = refusals.map(|(refusal, denial)| (ChangeError::Refused(refusal), denial));
    let failed = (ChangeError::StorageUnavailable, Denial::StorageUnavailable {});
    for (error, denial) in refusals.into_iter().chain([failed]) {
        for (request, expected) in changes(house.now.unix_ms) {
            let (asker, ticket) = change(&mut house, sara, request, &expected);
            house.apply(ticket, Err(error));
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
}

#[test]
fn what_is_looked_up_is_looked_up_for_who_asks_and_answered() {
    let mut house = House::new();
    let sara = house.member(1);
    let page = FilePage { total: 1, offset: 0, files: vec![file(1).own_entry(0)], usage: Usage::default() };
    let uploads = UploadList { total: 0, uploads: vec![] };
    let recipient =
        Recipient { user_name: UserName::parse("mina").unwrap(), since_unix_ms: 1, fetched_unix_ms: None };
    let recipients = RecipientList { file: FileId(1), recipients: vec![recipient] };
    let cases = [
        (asks::list(FilePlace::Shared), FilesFound::Files(page.clone()), Reply::Files(page)),
        (Request::ListUploads {}, FilesFound::Uploads(uploads.clone()), Reply::Uploads(uploads)),
        (asks::recipients(1), FilesFound::Recipients(recipients.clone()), Reply::Recipients(recipients)),
        (asks::hash_track(), FilesFound::Hashed(hash(4)), Reply::TrackHash(TrackHash { sha256: hash(4) })),
    ];
    for (request, found, reply) in cases {
        let (asker, ticket, job) = house.ask_for_job(sara, request);
        let user = match &job {
            Job::Files(
                FilesJob::List { user, .. }
                | FilesJob::ListUploads { user }
                | FilesJob::ListRecipients { user, file: FileId(1) },
            ) => *user,
            Job::Files(FilesJob::HashTrack { path, .. }) if path.ends_with("a/moon.mp3") => SARA,
            job => panic!("{job:?}"),
        };
        assert_eq!(user, SARA);
        house.complete(ticket, Completion::Files(found));
        house.expect_reply(asker, &reply);
        house.expect_nothing();
    }
}

/// Every request about files that begins with a job.
fn jobs() -> Vec<Request> {
    vec![
        asks::begin("a.ogg", 5),
        asks::finish(5),
        Request::ListUploads {},
        asks::list(FilePlace::Own),
        asks::fetch(1),
        asks::share(&[1], &["mina"]),
        asks::unshare(1, "mina"),
        asks::recipients(1),
        asks::hash_track(),
    ]
}

#[test]
fn what_cannot_be_looked_up_is_denied_and_can_be_asked_again() {
    let mut house = House::new();
    let sara = house.member(1);
    for request in jobs() {
        let cases = [
            (Completion::Busy, Denial::Busy { retry_after_ms: 1000 }),
            (Completion::StorageFailed, Denial::StorageUnavailable {}),
            (Completion::Failed, Denial::Internal {}),
        ];
        for (completion, denial) in cases {
            let (asker, ticket, _) = house.ask_for_job(sara, request.clone());
            house.complete(ticket, completion);
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
        let (_, ticket, _) = house.ask_for_job(sara, request);
        house.complete(ticket, Completion::Abandoned);
        house.expect_nothing();
    }
}

#[test]
fn what_is_looked_up_under_a_session_that_has_ended_is_not_shown() {
    for request in jobs() {
        let mut house = House::new();
        let (sara, beside) = (house.member(1), house.member(1));
        let (asker, ticket, _) = house.ask_for_job(sara, request.clone());
        let out = house.ask(beside, Request::SignOut {});
        let (closing, _) = house.expect_commit();
        house.apply(closing, Ok(parlour_reactor::store::Applied::Done));
        house.expect_denial(asker, &Denial::SessionEnded {});
        house.expect_end_of_session(sara);
        house.expect_reply(out, &Reply::Done {});
        house.complete(ticket, Completion::Files(FilesFound::Sealed { blob: BlobId(1) }));
        house.expect_nothing();
        let asker = house.ask(sara, request);
        house.expect_denial(asker, &Denial::SignInFirst {});
    }
}

#[test]
fn what_is_not_well_formed_is_denied_before_anything_is_looked_up() {
    let mut house = House::new();
    let sara = house.member(1);
    let many: Vec<u64> = (1..=101).collect();
    let names: Vec<String> = (0..51).map(|number| format!("member{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let long_query = list_of(FilePlace::Own, &"x".repeat(QUERY_BYTES_MAX + 1), 1);
    let bad = [
        asks::begin("a.ogg", FILE_BYTES_MAX + 1),
        Request::ListFiles(list_of(FilePlace::Own, "", 0)),
        Request::ListFiles(list_of(FilePlace::Own, "", 65)),
        Request::ListFiles(long_query),
        asks::trash(&[]),
        asks::trash(&many),
        asks::restore(&[1, 1]),
        asks::purge(&many),
        asks::share(&[], &["mina"]),
        asks::share(&many, &["mina"]),
        asks::share(&[2, 3, 2], &["mina"]),
        asks::share(&[1], &[]),
        asks::share(&[1], &names),
        asks::share(&[1], &["mina", "MINA"]),
        asks::share(&[1], &["mina", "Sara"]),
    ];
    for request in bad {
        let asker = house.ask(sara, request.clone());
        match house.expect_answer(asker) {
            Answer::Denial(Denial::BadRequest { .. }) => house.expect_nothing(),
            answer => panic!("{request:?}: {answer:?}"),
        }
    }
    let at_the_limit = [
        asks::begin("a.ogg", FILE_BYTES_MAX),
        Request::ListFiles(list_of(FilePlace::Own, &"x".repeat(QUERY_BYTES_MAX), 64)),
        asks::share(&many[..100], &names[..50]),
    ];
    for request in at_the_limit {
        house.ask_for_job(sara, request);
    }
}

#[test]
fn what_cannot_be_a_name_is_said_at_the_field() {
    let mut house = House::new();
    let sara = house.member(1);
    for (name, fault) in
        [("", Fault::Missing {}), ("a/b", Fault::NotAllowed {}), ("..", Fault::NotAllowed {})]
    {
        for request in [asks::begin(name, 1), asks::rename(1, name)] {
            let asker = house.ask(sara, request);
            let faults = vec![FieldFault { field: Field::FileName, fault: fault.clone() }];
            house.expect_denial(asker, &Denial::InvalidFields { faults });
            house.expect_nothing();
        }
    }
}

fn fetch(offset: u64, length: Option<u64>, sha256: Option<FileHash>) -> Request {
    Request::FetchFile(FetchFile { file: FileId(1), offset, length, sha256 })
}

#[test]
fn a_file_is_sent_as_far_as_it_goes_and_only_the_contents_that_were_begun() {
    let mut house = House::new();
    let sara = house.member(1);
    let right = [
        (fetch(0, None, None), (0, 10)),
        (fetch(4, None, Some(hash(1))), (4, 6)),
        (fetch(4, Some(2), None), (4, 2)),
        (fetch(10, Some(5), None), (10, 0)),
        (fetch(0, Some(u64::MAX), None), (0, 10)),
    ];
    for (request, expected) in right {
        let (asker, ticket, job) = house.ask_for_job(sara, request);
        assert!(matches!(job, Job::Files(FilesJob::OpenFile { user: SARA, file: FileId(1) })), "{job:?}");
        house.complete(ticket, opened(1));
        match house.expect_answer(asker) {
            Answer::File { offset, length, sha256, file_name, .. } => {
                assert_eq!((offset, length), expected);
                assert_eq!((sha256, file_name.as_str()), (Some(hash(1)), "1.ogg"));
            }
            answer => panic!("{answer:?}"),
        }
        house.expect_nothing();
    }
    let wrong = [
        (fetch(0, None, Some(hash(2))), Denial::VersionChanged {}),
        (fetch(11, None, None), Denial::OffsetOutside { size_bytes: 10 }),
    ];
    for (request, denial) in wrong {
        let (asker, ticket, _) = house.ask_for_job(sara, request);
        house.complete(ticket, opened(1));
        house.expect_denial(asker, &denial);
    }
    for denial in [Denial::NoSuchFile {}, Denial::FileLost {}] {
        let (asker, ticket, _) = house.ask_for_job(sara, asks::fetch(1));
        house.complete(ticket, Completion::Files(FilesFound::Refused(denial.clone())));
        house.expect_denial(asker, &denial);
    }
    house.expect_nothing();
}

#[test]
fn a_file_that_was_taken_from_a_member_while_it_was_opened_is_looked_up_again() {
    let mut house = House::new();
    let (sara, mina) =
        (house.enter(1, &person(7, "sara", Role::Member)), house.enter(2, &person(8, "mina", Role::Member)));
    let (asker, ticket, _) = house.ask_for_job(mina, asks::fetch(1));
    let (other, elsewhere, _) = house.ask_for_job(sara, asks::fetch(2));
    let trashing = house.ask(sara, asks::trash(&[1]));
    let (change, _) = house.expect_commit();
    house.apply(change, Ok(applied(changed(&[8]))));
    house.expect_reply(trashing, &Reply::Done {});
    house.expect_told(&[mina]);
    house.complete(ticket, opened(1));
    let (again, job) = house.expect_run(asker);
    assert!(matches!(job, Job::Files(FilesJob::OpenFile { user: UserId(8), file: FileId(1) })), "{job:?}");
    house.complete(again, Completion::Files(FilesFound::Refused(Denial::NoSuchFile {})));
    house.expect_denial(asker, &Denial::NoSuchFile {});
    // Whose files were not touched is answered at once.
    house.complete(elsewhere, opened(2));
    assert!(matches!(house.expect_answer(other), Answer::File { .. }));
    house.expect_nothing();
    // And what is asked later is looked up once.
    let (asker, ticket, _) = house.ask_for_job(mina, asks::fetch(1));
    house.complete(ticket, opened(1));
    assert!(matches!(house.expect_answer(asker), Answer::File { .. }));
}

#[test]
fn a_file_is_taken_from_someone_whatever_their_account_may_do() {
    let mut house = House::new();
    let sara = house.member(1);
    let (asker, ticket, job) = house.ask_for_job(sara, asks::unshare(1, "mina"));
    match job {
        Job::People(PeopleJob::FindUser { user_name, heir: None }) => assert_eq!(user_name.key(), "mina"),
        job => panic!("{job:?}"),
    }
    house.complete(ticket, found_user(&person(8, "mina", Role::Member), None, None));
    let (ticket, change) = house.expect_commit();
    let expected = FilesChange::UnshareFile { asker: SARA, file: FileId(1), with: UserId(8) };
    assert_eq!(change, Change::Files(expected));
    house.apply(ticket, Ok(applied(changed(&[7, 8]))));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_told(&[sara]);
    let (asker, ticket, _) = house.ask_for_job(sara, asks::unshare(1, "mina"));
    house.complete(ticket, found_nobody());
    house.expect_denial(asker, &Denial::NoSuchMember {});
    house.expect_nothing();
}

#[test]
fn one_check_goes_on_at_a_time() {
    let mut house = House::new();
    let (anna, operator) = (house.admin(), house.operator());
    let (asker, ticket, job) = house.ask_for_job(anna, asks::check());
    assert!(matches!(job, Job::Files(FilesJob::Check { read_all: false })), "{job:?}");
    let waits = house.ask(operator, asks::check());
    house.expect_denial(waits, &Denial::Busy { retry_after_ms: 1000 });
    let report = CheckReport { files: 1, blobs: 1, bytes: 10, uploads: 0, faults_total: 0, faults: vec![] };
    house.complete(ticket, Completion::Files(FilesFound::Checked(report.clone())));
    house.expect_reply(asker, &Reply::Checked(report));
    house.ask_for_job(operator, asks::check());
}
