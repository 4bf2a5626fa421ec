//! Frames: a length, then a message or a chunk of a file.
//!
//! This file does not know sockets or what a message says. Bytes go in as they arrive, cut anywhere;
//! messages come out whole, the data of chunks as it came, never held.

use std::fmt;

use zeroize::Zeroizing;

use crate::limits::{CHUNK_DATA_BYTES_MAX, CHUNK_HEAD_BYTES};
use crate::message::TransferId;

/// The bytes of the length prefix.
const PREFIX_BYTES: usize = 4;

/// The longest head of a chunk, without the length prefix: array, transfer, offset and `bin` at full width.
const HEAD_BYTES_MAX: usize = 1 + 9 + 9 + 5;

/// What a decoder found.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The payload of a message, whole.
    Message(Vec<u8>),
    /// A chunk begins: `data_bytes` bytes of it follow as [`Frame::ChunkData`], unless that is zero.
    ChunkStart {
        /// The transfer it belongs to.
        transfer: TransferId,
        /// Where in the file it begins, in bytes.
        offset: u64,
        /// How many bytes it brings.
        data_bytes: usize,
    },
    /// Some data of the chunk that began last.
    ChunkData(&'a [u8]),
}

/// Bytes that are no frame. The connection cannot go on: where the next frame begins is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length prefix is 0.
    #[error("a frame of no bytes")]
    Empty,
    /// The length prefix is over the limit.
    #[error("a frame of {bytes} bytes where at most {bytes_max} are allowed")]
    TooLong {
        /// The length that was announced.
        bytes: usize,
        /// The longest allowed.
        bytes_max: usize,
    },
    /// The first byte begins neither a map nor an array of three.
    #[error("a frame that begins with byte {0:#04x}, neither a map nor an array of three")]
    NeitherMessageNorChunk(u8),
    /// The head of a chunk is not a transfer, an offset and a `bin` that ends the frame.
    #[error("a chunk whose head is not [transfer, offset, data]")]
    BadChunk,
}

/// Takes frames out of a stream of bytes.
///
/// Invariant: at most one message, of at most the limit, is held; memory grows only with bytes that came.
pub struct FrameDecoder {
    message_bytes_max: usize,
    state: State,
    /// Part of a message, which may hold a password: it is wiped when it is thrown away.
    held: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for FrameDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message_bytes_max, state, held } = self;
        write!(f, "FrameDecoder({message_bytes_max}, {state:?}, {} bytes held)", held.len())
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Collecting the prefix.
    Prefix,
    /// The length is known, the first byte is not.
    Kind { length: usize },
    /// Collecting a message.
    Message { length: usize },
    /// Collecting the head of a chunk.
    Head { length: usize },
    /// Passing on the data of a chunk.
    Data { bytes_left: usize },
}

impl FrameDecoder {
    /// Makes a decoder that takes messages of at most `message_bytes_max` bytes.
    pub fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max, state: State::Prefix, held: Zeroizing::default() }
    }

    /// Changes the longest message taken from the next frame on (at sign-in and sign-out).
    pub fn set_message_bytes_max(&mut self, message_bytes_max: usize) {
        self.message_bytes_max = message_bytes_max;
    }

    /// Tells whether a frame has begun and is not yet whole.
    pub fn is_inside_frame(&self) -> bool {
        !matches!(self.state, State::Prefix) || !self.held.is_empty()
    }

    /// Takes bytes from the front of `input` until something is found. `None`: all of it was taken, and
    /// more is needed.
    pub fn decode<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Frame<'a>>, FrameError> {
        loop {
            match self.state {
                State::Prefix => {
                    if !self.hold(input, PREFIX_BYTES) {
                        return Ok(None);
                    }
                    let prefix = [self.held[0], self.held[1], self.held[2], self.held[3]];
                    self.held.clear();
                    self.state = State::Kind { length: self.checked_length(u32::from_be_bytes(prefix))? };
                }
                State::Kind { length } => {
                    let Some(&first) = input.first() else { return Ok(None) };
                    self.state = self.kind(first, length)?;
                }
                State::Message { length } => {
                    if !self.hold(input, length) {
                        return Ok(None);
                    }
                    self.state = State::Prefix;
                    return Ok(Some(Frame::Message(std::mem::take(&mut *self.held))));
                }
                State::Head { length } => match self.head(input, length)? {
                    Some(start) => return Ok(Some(start)),
                    None if input.is_empty() => return Ok(None),
                    None => {}
                },
                State::Data { bytes_left: 0 } => self.state = State::Prefix,
                State::Data { bytes_left } => {
                    if input.is_empty() {
                        return Ok(None);
                    }
                    let (data, rest) = input.split_at(bytes_left.min(input.len()));
                    *input = rest;
                    self.state = State::Data { bytes_left: bytes_left - data.len() };
                    return Ok(Some(Frame::ChunkData(data)));
                }
            }
        }
    }

    /// Moves bytes from `input` to what is held until that is `wanted` long. Tells whether it is.
    fn hold(&mut self, input: &mut &[u8], wanted: usize) -> bool {
        let (taken, rest) = input.split_at((wanted - self.held.len()).min(input.len()));
        self.held.extend_from_slice(taken);
        *input = rest;
        self.held.len() == wanted
    }

    fn checked_length(&self, length: u32) -> Result<usize, FrameError> {
        let bytes_max = self.message_bytes_max.max(CHUNK_DATA_BYTES_MAX + HEAD_BYTES_MAX);
        match usize::try_from(length) {
            Ok(0) => Err(FrameError::Empty),
            Ok(bytes) if bytes <= bytes_max => Ok(bytes),
            _ => Err(FrameError::TooLong { bytes: length as usize, bytes_max }),
        }
    }

    /// Decides by its first byte what a frame is: a map is a message, an array of three a chunk.
    fn kind(&self, first: u8, length: usize) -> Result<State, FrameError> {
        match first {
            0x80..=0x8f | 0xde | 0xdf if length <= self.message_bytes_max => Ok(State::Message { length }),
            0x80..=0x8f | 0xde | 0xdf => {
                Err(FrameError::TooLong { bytes: length, bytes_max: self.message_bytes_max })
            }
            0x93 => Ok(State::Head { length }),
            _ => Err(FrameError::NeitherMessageNorChunk(first)),
        }
    }

    /// Takes one more byte of a chunk's head, and the chunk itself when its head is whole.
    fn head<'a>(&mut self, input: &mut &'a [u8], length: usize) -> Result<Option<Frame<'a>>, FrameError> {
        let wanted = self.held.len() + 1;
        if !self.hold(input, wanted) {
            return Ok(None);
        }
        let Some((transfer, offset, data_bytes)) = parse_head(&self.held)? else {
            return if self.held.len() < length.min(HEAD_BYTES_MAX) {
                Ok(None)
            } else {
                Err(FrameError::BadChunk)
            };
        };
        if self.held.len() + data_bytes != length || data_bytes > CHUNK_DATA_BYTES_MAX {
            return Err(FrameError::BadChunk);
        }
        self.held.clear();
        self.state = State::Data { bytes_left: data_bytes };
        Ok(Some(Frame::ChunkStart { transfer: TransferId(transfer), offset, data_bytes }))
    }
}

/// Reads `[transfer, offset, bin]` up to the data. `None`: more bytes are needed.
fn parse_head(head: &[u8]) -> Result<Option<(u32, u64, usize)>, FrameError> {
    let mut rest = &head[1..];
    let Some(transfer) = parse_unsigned(&mut rest)? else { return Ok(None) };
    let Some(offset) = parse_unsigned(&mut rest)? else { return Ok(None) };
    let Some(data_bytes) = parse_bin_length(&mut rest)? else { return Ok(None) };
    let transfer = u32::try_from(transfer).map_err(|_| FrameError::BadChunk)?;
    Ok(Some((transfer, offset, data_bytes)))
}

/// Reads an unsigned integer of any width. `None`: more bytes are needed.
fn parse_unsigned(rest: &mut &[u8]) -> Result<Option<u64>, FrameError> {
    let Some((&marker, tail)) = rest.split_first() else { return Ok(None) };
    let width = match marker {
        0x00..=0x7f => {
            *rest = tail;
            return Ok(Some(u64::from(marker)));
        }
        0xcc => 1,
        0xcd => 2,
        0xce => 4,
        0xcf => 8,
        _ => return Err(FrameError::BadChunk),
    };
    *rest = tail;
    Ok(take_big_endian(rest, width))
}

/// Reads the head of a `bin` of any width. `None`: more bytes are needed.
fn parse_bin_length(rest: &mut &[u8]) -> Result<Option<usize>, FrameError> {
    let Some((&marker, tail)) = rest.split_first() else { return Ok(None) };
    let width = match marker {
        0xc4 => 1,
        0xc5 => 2,
        0xc6 => 4,
        _ => return Err(FrameError::BadChunk),
    };
    *rest = tail;
    take_big_endian(rest, width)
        .map(|length| usize::try_from(length).map_err(|_| FrameError::BadChunk))
        .transpose()
}

fn take_big_endian(rest: &mut &[u8], width: usize) -> Option<u64> {
    let (bytes, tail) = rest.split_at_checked(width)?;
    *rest = tail;
    Some(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Writes everything of a chunk before its data, at full width, the length prefix included.
///
/// # Panics
/// If `data_bytes` is over [`CHUNK_DATA_BYTES_MAX`]: the writer cuts chunks, no peer has a say in it.
pub fn chunk_head(transfer: TransferId, offset: u64, data_bytes: usize) -> [u8; CHUNK_HEAD_BYTES] {
    assert!(data_bytes <= CHUNK_DATA_BYTES_MAX, "a chunk of {data_bytes} bytes");
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the assertion above")]
    let [data_bytes, payload_bytes] =
        [data_bytes as u32, (CHUNK_HEAD_BYTES - PREFIX_BYTES + data_bytes) as u32];
    let mut head = [0; CHUNK_HEAD_BYTES];
    head[0..4].copy_from_slice(&payload_bytes.to_be_bytes());
    head[4] = 0x93;
    head[5] = 0xce;
    head[6..10].copy_from_slice(&transfer.0.to_be_bytes());
    head[10] = 0xcf;
    head[11..19].copy_from_slice(&offset.to_be_bytes());
    head[19] = 0xc6;
    head[20..24].copy_from_slice(&data_bytes.to_be_bytes());
    head
}

#[cfg(test)]
mod tests;
