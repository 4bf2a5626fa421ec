//! One value of every variant that can stand on the wire.

use std::fmt::Debug;

use parlour_common::Secret;
use parlour_common::frame::chunk_head;
use parlour_common::limits::{
    CHUNK_DATA_BYTES_MAX, HEARTBEAT_SECONDS, MESSAGE_BEFORE_SIGN_IN_BYTES_MAX, MESSAGE_BYTES_MAX,
    PASSWORD_CHARS_MIN, PHONE_PATTERN_DEFAULT, PROTOCOL_VERSION, REQUESTS_UNDER_WAY_MAX, SILENCE_SECONDS_MAX,
    TRACKS_PER_PAGE_MAX, TRANSFERS_PER_CONNECTION_MAX,
};
use parlour_common::message::*;
use parlour_common::names::{Email, FileName, PhonePattern, UserName};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::notation::{Value, hex_lines};

#[path = "samples/accounts.rs"]
mod accounts;
#[path = "samples/files.rs"]
mod files;
#[path = "samples/room.rs"]
mod room;

/// An example: a complete frame, or a value that only stands inside of messages.
pub struct Sample {
    /// Under which heading it stands, as `request.hello`; several values may share one.
    pub heading: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Sample {
    /// Returns the value itself: the frame without its length prefix, where this is one.
    pub fn payload(&self) -> &[u8] {
        if self.heading.contains('.') { &self.bytes[4..] } else { &self.bytes }
    }

    /// Writes the example as it stands in the golden file and in the document.
    pub fn text(&self) -> String {
        format!("{}\n{}\n", Value::read(self.payload()).notation(), hex_lines(&self.bytes))
    }
}

/// Returns every sample, each proven to come back as it was written.
pub fn all() -> Vec<Sample> {
    let mut samples: Vec<Sample> =
        (1..).zip(requests()).map(|(id, request)| of_request(id, request)).collect();
    samples.extend((1..).zip(replies()).map(|(id, reply)| of_server(&ServerMessage::Reply { id, reply })));
    samples.extend((1..).zip(denials()).map(|(id, denial)| of_server(&ServerMessage::Denial { id, denial })));
    samples.extend(events().into_iter().map(|event| of_server(&ServerMessage::Event(event))));
    samples.extend(closing_reasons().iter().map(|value| of_value("closing_reason", value)));
    samples.extend(faults().iter().map(|value| of_value("fault", value)));
    samples.extend(
        [
            Field::UserName,
            Field::Email,
            Field::Phone,
            Field::Password,
            Field::Code,
            Field::About,
            Field::Note,
            Field::HandOverTo,
            Field::Visibility,
            Field::FileName,
            Field::Quota,
            Field::Text,
        ]
        .map(|value| of_value("field", &value)),
    );
    samples.extend(
        [
            TransferOutcome::Whole,
            TransferOutcome::Cancelled,
            TransferOutcome::Changed,
            TransferOutcome::ReadFailed,
            TransferOutcome::WriteFailed,
            TransferOutcome::Superseded,
        ]
        .map(|value| of_value("transfer_outcome", &value)),
    );
    samples.extend(
        [
            AudioFormat::Mp3,
            AudioFormat::Flac,
            AudioFormat::Vorbis,
            AudioFormat::Opus,
            AudioFormat::M4a,
            AudioFormat::Wav,
            AudioFormat::Broken,
        ]
        .map(|value| of_value("audio_format", &value)),
    );
    samples.extend(
        [SortBy::Relevance, SortBy::Title, SortBy::Artist, SortBy::Album, SortBy::Duration, SortBy::Size]
            .map(|value| of_value("sort_by", &value)),
    );
    samples.extend(accounts::values());
    samples.extend(files::values());
    samples.extend(room::values());
    samples.push(chunk());
    samples
}

fn of_request(id: u32, request: Request) -> Sample {
    let sent = RequestEnvelope { id, request };
    let bytes = encode(&sent).expect("a sample is small");
    assert_eq!(decode_request(&bytes[4..]).expect("it was just written"), sent);
    let heading = format!("request.{}", Value::read(&bytes[4..]).get("request").unwrap().variant());
    Sample { heading, bytes }
}

fn of_server(sent: &ServerMessage) -> Sample {
    let bytes = encode(sent).expect("a sample is small");
    assert_eq!(decode_server_message(&bytes[4..]).expect("it was just written").as_ref(), Some(sent));
    let value = Value::read(&bytes[4..]);
    let named = |kind| value.get(kind).map(|value| format!("{kind}.{}", value.variant()));
    let heading = named("reply").or_else(|| named("denial")).or_else(|| named("event")).unwrap();
    Sample { heading, bytes }
}

fn of_value<T: Serialize + DeserializeOwned + PartialEq + Debug>(heading: &str, value: &T) -> Sample {
    let mut bytes = Vec::new();
    value.serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map()).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&bytes).unwrap(), value);
    Sample { heading: heading.to_owned(), bytes }
}

fn chunk() -> Sample {
    let data = b"five!";
    let bytes = [&chunk_head(TransferId(1), 5_000_000_000, data.len())[..], data].concat();
    Sample { heading: "chunk.five_bytes".to_owned(), bytes }
}

fn token() -> Secret<SessionToken> {
    Secret::new(SessionToken::new(std::array::from_fn(|i| u8::try_from(i).unwrap())))
}

fn password() -> Secret<String> {
    Secret::new("correct horse".to_owned())
}

fn requests() -> Vec<Request> {
    let device = || "laptop".to_owned();
    vec![
        Request::Hello(Hello { protocol: PROTOCOL_VERSION, client: "example 1.0".to_owned() }),
        Request::Ping {},
        Request::Goodbye {},
        Request::SignUp(SignUp {
            user_name: "개구리".to_owned(),
            email: "frog@example.org".to_owned(),
            phone: "0912 123 4567".to_owned(),
            password: password(),
            device: device(),
            code: None,
        }),
        Request::SignIn(SignIn {
            user_name: "sara".to_owned(),
            password: password(),
            device: device(),
            device_proof: None,
        }),
        Request::Resume(Resume { session: token() }),
        Request::SignOut {},
        Request::SearchLibrary(SearchLibrary {
            query: "blue train".to_owned(),
            sort: Sort { by: SortBy::Relevance, descending: false },
            offset: 0,
            limit: 48,
        }),
        Request::FetchTrack(FetchTrack { track: TrackId(42), offset: 0, length: None, version: None }),
        Request::FetchTrack(FetchTrack {
            track: TrackId(42),
            offset: 1_000_000,
            length: Some(2_000_000),
            version: Some(FileVersion(0x1122_3344_5566_7788)),
        }),
        Request::FetchCover(FetchCover { cover: CoverId(7) }),
        Request::CancelTransfer(CancelTransfer { transfer: TransferId(1) }),
    ]
    .into_iter()
    .chain(accounts::requests())
    .chain(files::requests())
    .chain(room::requests())
    .collect()
}

fn account() -> OwnAccount {
    OwnAccount {
        user_name: UserName::parse("sara").unwrap(),
        email: Email::parse("sara@example.org").unwrap(),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        about: String::new(),
        created_unix_ms: 0,
        role: Default::default(),
        visibility: Default::default(),
    }
}

fn library() -> LibraryState {
    LibraryState { generation: 3, tracks: 1200, scanning: false }
}

fn replies() -> Vec<Reply> {
    let small = |number: usize| u32::try_from(number).unwrap();
    vec![
        Reply::Welcome(Welcome {
            protocol: PROTOCOL_VERSION,
            server: "The music room".to_owned(),
            software: "parlourd 0.1.0".to_owned(),
            limits: Limits {
                message_bytes_max: small(MESSAGE_BYTES_MAX),
                message_before_sign_in_bytes_max: small(MESSAGE_BEFORE_SIGN_IN_BYTES_MAX),
                chunk_data_bytes_max: small(CHUNK_DATA_BYTES_MAX),
                heartbeat_seconds: HEARTBEAT_SECONDS,
                silence_seconds_max: SILENCE_SECONDS_MAX,
                transfers_per_connection_max: small(TRANSFERS_PER_CONNECTION_MAX),
                requests_under_way_max: small(REQUESTS_UNDER_WAY_MAX),
                tracks_per_page_max: TRACKS_PER_PAGE_MAX,
                password_chars_min: PASSWORD_CHARS_MIN,
            },
            policies: Policies {
                phone_pattern: PHONE_PATTERN_DEFAULT.to_owned(),
                strict_sign_in_errors: false,
                reset_by_mail: false,
                sign_up: Default::default(),
                trash_days: 30,
                history_days: 0,
            },
        }),
        Reply::Done {},
        Reply::SignedIn(SignedIn { account: account(), session: Some(token()), device_proof: None }),
        Reply::SignedIn(SignedIn { account: account(), session: None, device_proof: None }),
        Reply::Tracks(TrackPage { library: library(), total: 2, offset: 0, tracks: tracks() }),
        Reply::FileStart(FileStart {
            transfer: TransferId(1),
            file_name: FileName::parse("Blue Train.flac").unwrap(),
            version: FileVersion(0x1122_3344_5566_7788),
            size_bytes: 31_000_000,
            offset: 1_000_000,
            length: 2_000_000,
            sha256: None,
        }),
    ]
    .into_iter()
    .chain(accounts::replies())
    .chain(files::replies())
    .chain(room::replies())
    .collect()
}

fn tracks() -> Vec<Track> {
    let full = Track {
        id: TrackId(42),
        file_name: FileName::parse("Blue Train.flac").unwrap(),
        title: "Blue Train".to_owned(),
        artist: "John Coltrane".to_owned(),
        album: "Blue Train".to_owned(),
        genre: "Jazz".to_owned(),
        number: Some(1),
        year: Some(1958),
        duration_ms: Some(643_000),
        size_bytes: 31_000_000,
        format: AudioFormat::Flac,
        cover: Some(CoverId(7)),
    };
    let bare = Track {
        id: TrackId(43),
        file_name: FileName::parse("blue train (live).mp3").unwrap(),
        title: "blue train (live)".to_owned(),
        artist: String::new(),
        album: String::new(),
        genre: String::new(),
        number: None,
        year: None,
        duration_ms: None,
        size_bytes: 4096,
        format: AudioFormat::Broken,
        cover: None,
    };
    vec![full, bare]
}

fn denials() -> Vec<Denial> {
    vec![
        Denial::BadRequest { reason: "missing field `query`".to_owned() },
        Denial::UnknownRequest {},
        Denial::VersionUnsupported { oldest: 1, newest: 1 },
        Denial::HelloFirst {},
        Denial::HelloAgain {},
        Denial::SignInFirst {},
        Denial::SignedInAlready {},
        Denial::Busy { retry_after_ms: 500 },
        Denial::Throttled { retry_after_ms: 30_000 },
        Denial::InvalidFields {
            faults: vec![
                FieldFault { field: Field::Phone, fault: Fault::NotAllowed {} },
                FieldFault { field: Field::Password, fault: Fault::TooShort { chars_min: 8 } },
            ],
        },
        Denial::NotRegistered {},
        Denial::WrongPassword {},
        Denial::SignInRefused {},
        Denial::SessionEnded {},
        Denial::NoSuchTrack {},
        Denial::NoSuchCover {},
        Denial::VersionChanged {},
        Denial::OffsetOutside { size_bytes: 31_000_000 },
        Denial::TooManyTransfers { limit: 8 },
        Denial::NoSuchTransfer {},
        Denial::StorageUnavailable {},
        Denial::Internal {},
        Denial::TooManyConnections { limit: 32 },
        Denial::NotAllowed {},
        Denial::ApprovalPending {},
        Denial::AccountDisabled {},
        Denial::NoSuchMember {},
        Denial::NoSuchSession {},
        Denial::NoSuchInvite {},
        Denial::LastAdmin {},
        Denial::WrongCode { tries_left: 2 },
        Denial::CodeVoid {},
        Denial::MailUnavailable {},
        Denial::TooManyInvites { limit: 100 },
    ]
    .into_iter()
    .chain(files::denials())
    .chain(room::denials())
    .collect()
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::Missing {},
        Fault::TooShort { chars_min: 8 },
        Fault::TooLong { max: 32 },
        Fault::NotAllowed {},
        Fault::Reserved {},
        Fault::Taken {},
    ]
}

fn events() -> Vec<Event> {
    vec![
        Event::LibraryChanged(library()),
        Event::TransferEnd(TransferEnd { transfer: TransferId(1), outcome: TransferOutcome::Whole }),
        Event::SessionEnded {},
        Event::Closing(Closing { reason: ClosingReason::Shutdown {}, retry_after_ms: Some(2000) }),
        Event::Closing(Closing { reason: ClosingReason::Goodbye {}, retry_after_ms: None }),
        Event::AccountChanged(account()),
        Event::UsersChanged { waiting: 2 },
    ]
    .into_iter()
    .chain(files::events())
    .chain(room::events())
    .collect()
}

fn closing_reasons() -> Vec<ClosingReason> {
    vec![
        ClosingReason::Shutdown {},
        ClosingReason::Goodbye {},
        ClosingReason::Silent {},
        ClosingReason::TooSlow {},
        ClosingReason::BadFrame { reason: "a frame of no bytes".to_owned() },
        ClosingReason::Full {},
    ]
}
