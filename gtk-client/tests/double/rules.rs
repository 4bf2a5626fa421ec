//! How the double behaves, and what it has seen.
//!
//! This file does not speak.

use std::collections::{BTreeMap, HashMap};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::limits::{PHONE_PATTERN_DEFAULT, PROTOCOL_VERSION};
use parlour_common::message::{
    Denial, FileEntry, FileId, Limits, OwnAccount, Policies, Reply, Request, SessionToken, SignedIn,
    UploadKey, Welcome,
};
use parlour_common::names::{Email, PhonePattern, UserName};

use super::uploads::Spool;

/// How the double behaves, and what it has seen.
pub struct Rules {
    /// The bytes of each track, and its version.
    pub tracks: HashMap<u64, (u64, Arc<Vec<u8>>)>,
    /// The pictures.
    pub covers: HashMap<u64, Vec<u8>>,
    /// The data of one chunk, in bytes.
    pub chunk_bytes: usize,
    /// How long it waits before each chunk.
    pub pace: Duration,
    /// After how many bytes of file the next transfers are cut, the last first.
    pub cuts: Vec<usize>,
    /// After how many bytes of file the next transfer finds its track changed.
    pub change_after: Option<usize>,
    /// How many of the next transfers end with a chunk that was not announced.
    pub too_much: u32,
    /// How many of the next transfers end after one chunk, for the disk fails.
    pub failing: u32,
    /// How many of the next transfers are forgotten after one chunk, by a daemon that is awake.
    pub forgotten: u32,
    /// Whether the session is alive.
    pub session: bool,
    /// Whether it takes requests and answers none but `hello`.
    pub mute: bool,
    /// What it says to `hello` instead of welcome.
    pub hello: Option<Denial>,
    /// What it says instead of a file.
    pub fetch: Option<Denial>,
    /// How many of the next tracks come with a byte that is another.
    pub damaged: u32,
    /// Whether it knows nothing of the hash of a track.
    pub is_old: bool,
    /// The unfinished uploads.
    pub spools: BTreeMap<UploadKey, Spool>,
    /// The files of the one member, by number, the key of their upload and their bytes.
    pub files: BTreeMap<u64, (FileEntry, UploadKey, Arc<Vec<u8>>)>,
    /// After how many bytes of file the next uploads are cut, the last first.
    pub upload_cuts: Vec<usize>,
    /// What it says to the next beginnings of an upload, and to the next ends, the last first.
    pub begin_upload: Vec<Denial>,
    pub finish_upload: Vec<Denial>,
    /// How many of the next ends of an upload are done, and not answered: the connection is cut.
    pub unanswered: u32,
    /// Of how many of the next uploads the first bytes arrive damaged.
    pub damaged_uploads: u32,
    /// After how many bytes the disk fails for the next upload.
    pub full_after: Option<usize>,
    /// Where each transfer of an upload began.
    pub upload_offsets: Vec<u64>,
    /// Whose contents were confirmed to be with the one member.
    pub confirmed: Vec<FileId>,
    /// How many posts each conversation has.
    pub posts: u64,
    /// What it says instead of the next posts, the last first.
    pub read_posts: Vec<Denial>,
    /// How many of the next questions for posts end with a cut.
    pub cut_reads: u32,
    /// The numbers it announces.
    pub heartbeat_seconds: u32,
    pub silence_seconds_max: u32,
    pub requests_under_way_max: u32,
    /// The requests that came, in order, without what fetches and pings.
    pub requests: Vec<Request>,
    /// Where each transfer of a track began.
    pub offsets: Vec<u64>,
    /// The transfers under way, and the most there ever were.
    pub under_way: usize,
    pub under_way_most: usize,
    pub pings: usize,
    /// The connections that are open.
    pub(super) connections: Vec<TcpStream>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            tracks: HashMap::new(),
            covers: HashMap::new(),
            chunk_bytes: 64 * 1024,
            pace: Duration::ZERO,
            cuts: Vec::new(),
            change_after: None,
            too_much: 0,
            failing: 0,
            forgotten: 0,
            session: true,
            mute: false,
            hello: None,
            fetch: None,
            damaged: 0,
            is_old: false,
            spools: BTreeMap::new(),
            files: BTreeMap::new(),
            upload_cuts: Vec::new(),
            begin_upload: Vec::new(),
            finish_upload: Vec::new(),
            unanswered: 0,
            damaged_uploads: 0,
            full_after: None,
            upload_offsets: Vec::new(),
            confirmed: Vec::new(),
            posts: 0,
            read_posts: Vec::new(),
            cut_reads: 0,
            heartbeat_seconds: 30,
            silence_seconds_max: 75,
            requests_under_way_max: 16,
            requests: Vec::new(),
            offsets: Vec::new(),
            under_way: 0,
            under_way_most: 0,
            pings: 0,
            connections: Vec::new(),
        }
    }
}

impl Rules {
    pub(super) fn begin_transfer(&mut self) {
        self.under_way += 1;
        self.under_way_most = self.under_way_most.max(self.under_way);
    }

    pub(super) fn welcome(&self) -> Welcome {
        Welcome {
            protocol: PROTOCOL_VERSION,
            server: "double".to_owned(),
            software: "double 1".to_owned(),
            limits: Limits {
                message_bytes_max: 65_536,
                message_before_sign_in_bytes_max: 4_096,
                chunk_data_bytes_max: 262_144,
                heartbeat_seconds: self.heartbeat_seconds,
                silence_seconds_max: self.silence_seconds_max,
                transfers_per_connection_max: 8,
                requests_under_way_max: self.requests_under_way_max,
                tracks_per_page_max: 48,
                password_chars_min: 8,
            },
            policies: Policies { phone_pattern: PHONE_PATTERN_DEFAULT.to_owned(), ..Policies::default() },
        }
    }
}

pub(super) fn signed_in(session: Option<Secret<SessionToken>>) -> Reply {
    let account = OwnAccount {
        user_name: UserName::parse("frog").unwrap(),
        email: Email::parse("frog@pond.example").unwrap(),
        phone: PhonePattern::parse(PHONE_PATTERN_DEFAULT).unwrap().check("09123456789").unwrap(),
        about: String::new(),
        created_unix_ms: 0,
        role: Default::default(),
        visibility: Default::default(),
    };
    Reply::SignedIn(SignedIn { account, session, device_proof: None })
}
