//! Every number that both sides of the wire must agree on, the unit last in each name.
//!
//! This file does not know who enforces a limit; `PROTOCOL.md` lists them for clients.

/// The version of the protocol that this package speaks.
pub const PROTOCOL_VERSION: u32 = 1;

/// The TCP port a daemon listens on, and a client tries, unless told otherwise.
pub const DEFAULT_PORT: u16 = 9000;

/// The longest message frame after sign-in, in bytes, without the length prefix.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// The longest message frame before sign-in, in bytes, without the length prefix.
pub const MESSAGE_BEFORE_SIGN_IN_BYTES_MAX: usize = 4 * 1024;

/// The most file bytes in one chunk. A message waits for at most one chunk, so this bounds its wait.
pub const CHUNK_DATA_BYTES_MAX: usize = 256 * 1024;

/// The bytes before the data of a chunk when its integers are written at full width, the length prefix
/// included: 4 + 1 + 5 + 9 + 5.
pub const CHUNK_HEAD_BYTES: usize = 24;

/// The deepest nesting of arrays and maps in a message.
pub const MESSAGE_DEPTH_MAX: usize = 16;

/// The longest reason that a daemon gives for what it could not read, in bytes. It may quote the peer.
pub const REASON_BYTES_MAX: usize = 300;

/// A client that has sent nothing for this long sends a `ping`, in seconds.
pub const HEARTBEAT_SECONDS: u32 = 30;

/// The daemon closes a connection from which nothing came for this long, in seconds; a client that got
/// nothing for this long, its `ping` included, takes the daemon for gone.
pub const SILENCE_SECONDS_MAX: u32 = 75;

/// A connection that has not signed in after this long is closed, in seconds.
pub const SIGN_IN_SECONDS_MAX: u32 = 600;

/// A connection that has not said `hello` after this long is closed, in seconds.
pub const HELLO_SECONDS_MAX: u32 = 10;

/// A frame that has begun must be whole after this long, in seconds.
pub const FRAME_SECONDS_MAX: u32 = 30;

/// Transfers that one connection may have under way at once.
pub const TRANSFERS_PER_CONNECTION_MAX: usize = 8;

/// Requests of one connection that may be unanswered at once; the daemon reads no further until one is.
pub const REQUESTS_UNDER_WAY_MAX: usize = 16;

/// The most tracks in one page of search results.
pub const TRACKS_PER_PAGE_MAX: u16 = 48;

/// The longest search query, in bytes.
pub const QUERY_BYTES_MAX: usize = 200;

/// The longest title, artist, album or genre in a track, in bytes; a longer tag is cut at a character.
pub const TAG_BYTES_MAX: usize = 200;

/// The longest username, in characters.
pub const USER_NAME_CHARS_MAX: u32 = 32;

/// The longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
pub const EMAIL_BYTES_MAX: u32 = 254;

/// The longest phone number, in characters.
pub const PHONE_CHARS_MAX: u32 = 32;

/// The shortest password, in characters (NIST SP 800-63B §5.1.1.2).
pub const PASSWORD_CHARS_MIN: u32 = 8;

/// The longest password, in bytes.
pub const PASSWORD_BYTES_MAX: u32 = 1024;

/// The longest file name, in bytes (the limit of common file systems).
pub const FILE_NAME_BYTES_MAX: u32 = 255;

/// The longest name of a device or a client program, in bytes.
pub const DEVICE_NAME_BYTES_MAX: usize = 100;

/// The bytes of a session token.
pub const SESSION_TOKEN_BYTES: usize = 32;

/// The bytes by which the owner of a session names it.
pub const SESSION_ID_BYTES: usize = 16;

/// The bytes of the proof that an account has signed in on a device before: 16 random ones and their seal.
pub const DEVICE_PROOF_BYTES: usize = 48;

/// The bytes by which a reset of a password is named.
pub const RESET_FLOW_BYTES: usize = 16;

/// The bytes of an invite code, before they are written in letters.
pub const INVITE_CODE_BYTES: usize = 10;

/// A code for a forgotten password lives this long, in seconds, and so does the right to set a new password
/// after it was accepted.
pub const RESET_CODE_SECONDS: u32 = 600;

/// A code for a forgotten password is void after so many wrong tries.
pub const RESET_CODE_TRIES_MAX: u32 = 3;

/// The longest life of an invite, in hours.
pub const INVITE_HOURS_MAX: u32 = 30 * 24;

/// The longest words about oneself, in characters.
pub const ABOUT_CHARS_MAX: u32 = 500;

/// The longest note on an invite, in bytes.
pub const NOTE_BYTES_MAX: u32 = 100;

/// The most members in one page.
pub const MEMBERS_PER_PAGE_MAX: u16 = 20;

/// The most accounts in one page of an admin's list.
pub const USERS_PER_PAGE_MAX: u16 = 48;

/// The most entries in one page of what was done by admins.
pub const AUDIT_PER_PAGE_MAX: u16 = 48;

/// The bytes of the hash of a file (SHA-256).
pub const FILE_HASH_BYTES: usize = 32;

/// The bytes by which a client names an upload.
pub const UPLOAD_KEY_BYTES: usize = 16;

/// The most files in one page.
pub const FILES_PER_PAGE_MAX: u16 = 64;

/// The most files that one request names.
pub const FILES_PER_REQUEST_MAX: u16 = 100;

/// The most members that one request shares with.
pub const RECIPIENTS_PER_REQUEST_MAX: u16 = 50;

/// The most members that a file is shared with.
pub const RECIPIENTS_PER_FILE_MAX: u32 = 200;

/// The most files of one member, those in the trash included.
pub const FILES_PER_MEMBER_MAX: u32 = 100_000;

/// The most unfinished uploads of one member.
pub const UPLOADS_PER_MEMBER_MAX: u32 = 1_000;

/// The most unfinished uploads in one list.
pub const UPLOADS_PER_PAGE_MAX: u16 = 100;

/// The largest file that can be uploaded, in bytes: 16 TiB, the limit of a common file system (ext4).
pub const FILE_BYTES_MAX: u64 = 16 << 40;

/// An upload that does not go on for this long is given up, in hours.
pub const UPLOAD_HOURS_MAX: u32 = 7 * 24;

/// The most faults that one report of a check names.
pub const FAULTS_PER_REPORT_MAX: usize = 50;

/// The bytes by which a client names something to be said.
pub const SAY_KEY_BYTES: usize = 16;

/// The longest text of a post, in bytes: with the longest names around it, it is still one record of the store.
pub const POST_TEXT_BYTES_MAX: u32 = 2_400;

/// The longest beginning of a post that a reply repeats, in bytes.
pub const EXCERPT_BYTES_MAX: usize = 100;

/// The most posts in one page, or in one page of a search.
pub const POSTS_PER_PAGE_MAX: u16 = 64;

/// The most conversations in one page.
pub const CONVERSATIONS_PER_PAGE_MAX: u16 = 48;

/// The most seats in one page.
pub const SEATS_PER_PAGE_MAX: u16 = 200;

/// The most changes of seats that one event names.
pub const SEAT_CHANGES_MAX: usize = 50;

/// A seat waits this long for somebody whose connection was lost, in hours.
pub const SEAT_HOURS_MAX: u32 = 7 * 24;

/// The most members that one post mentions; what looks like a mention after that is none.
pub const MENTIONS_PER_POST_MAX: usize = 20;

/// The most mentions of one member that are counted in one conversation.
pub const MENTIONS_COUNTED_MAX: u32 = 99;

/// The longest phone pattern that a daemon may announce, in bytes.
pub const PHONE_PATTERN_BYTES_MAX: usize = 500;

/// The phone pattern of a daemon that was not told another: Iranian mobile numbers.
pub const PHONE_PATTERN_DEFAULT: &str = r"(\+98|0098|0)9[0-9]{9}";

// A message frame must never be mistaken for one that a chunk's limit would let through, and the
// smallest limit must still hold the longest sign-up.
const _: () = assert!(MESSAGE_BEFORE_SIGN_IN_BYTES_MAX < MESSAGE_BYTES_MAX);
const _: () = assert!(MESSAGE_BYTES_MAX < CHUNK_DATA_BYTES_MAX);
const _: () = assert!(SIGN_UP_BYTES_MAX < MESSAGE_BEFORE_SIGN_IN_BYTES_MAX);
const _: () = assert!(HEARTBEAT_SECONDS * 2 < SILENCE_SECONDS_MAX);

/// The longest sign-up: every field at its limit, the characters four bytes each, and the names of fields.
const SIGN_UP_BYTES_MAX: usize =
    (PASSWORD_BYTES_MAX + EMAIL_BYTES_MAX + 4 * (USER_NAME_CHARS_MAX + PHONE_CHARS_MAX)) as usize
        + DEVICE_NAME_BYTES_MAX
        + 256;
