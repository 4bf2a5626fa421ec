//! MessagePack as a person reads it: what stands above the bytes in `PROTOCOL.md`.
//!
//! The reader here is written from the MessagePack specification and shares no code with the encoder, so
//! that the two check each other.

use std::fmt::Write as _;

/// The widest line of an example, in characters.
const LINE_CHARS_MAX: usize = 100;

/// How many bytes of hex stand on one line of an example: the head of a chunk fills one.
const HEX_BYTES_PER_LINE: usize = 24;

/// A MessagePack value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Nil,
    Bool(bool),
    Integer(u64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Reads one value that fills `bytes`.
    pub fn read(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let value = read(&mut rest);
        assert!(rest.is_empty(), "{} bytes follow the value", rest.len());
        value
    }

    /// Returns the value of a key, where this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the name of a variant: the only key of a map, or the word itself.
    pub fn variant(&self) -> &str {
        match self {
            Self::Map(entries) if entries.len() == 1 => &entries[0].0,
            Self::Text(word) => word,
            other => panic!("no variant: {other:?}"),
        }
    }

    /// Writes the value in a notation like JSON; binary data as `bin(hex)`.
    pub fn notation(&self) -> String {
        self.broken(0)
    }

    /// Writes the value on one line, or a line for each entry where that would be too long.
    fn broken(&self, indent: usize) -> String {
        let line = self.on_one_line();
        if indent + line.len() <= LINE_CHARS_MAX {
            return line;
        }
        let inner = " ".repeat(indent + 2);
        let entries: Vec<String> = match self {
            Self::Map(entries) => entries
                .iter()
                .map(|(name, value)| format!("{inner}{name:?}: {}", value.broken(indent + 2)))
                .collect(),
            Self::List(values) => {
                values.iter().map(|value| format!("{inner}{}", value.broken(indent + 2))).collect()
            }
            _ => return line,
        };
        let [open, close] = if matches!(self, Self::Map(_)) { ['{', '}'] } else { ['[', ']'] };
        format!("{open}\n{}\n{}{close}", entries.join(",\n"), " ".repeat(indent))
    }

    fn on_one_line(&self) -> String {
        match self {
            Self::Nil => "nil".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Text(text) => format!("{text:?}"),
            Self::Bytes(bytes) => format!("bin({})", packed_hex(bytes)),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::on_one_line).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, value)| format!("{name:?}: {}", value.on_one_line()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// Writes bytes in pairs of hex digits, [`HEX_BYTES_PER_LINE`] on a line.
pub fn hex_lines(bytes: &[u8]) -> String {
    let line = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    bytes.chunks(HEX_BYTES_PER_LINE).map(line).collect::<Vec<_>>().join("\n")
}

fn packed_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

fn read(rest: &mut &[u8]) -> Value {
    let marker = take(rest, 1)[0];
    match marker {
        0x00..=0x7f => Value::Integer(u64::from(marker)),
        0x80..=0x8f => read_map(rest, usize::from(marker & 0x0f)),
        0x90..=0x9f => read_list(rest, usize::from(marker & 0x0f)),
        0xa0..=0xbf => read_text(rest, usize::from(marker & 0x1f)),
        0xc0 => Value::Nil,
        0xc2 | 0xc3 => Value::Bool(marker == 0xc3),
        0xc4..=0xc6 => {
            let length = number(rest, 1 << (marker - 0xc4));
            Value::Bytes(take(rest, usize::try_from(length).unwrap()).to_vec())
        }
        0xcc..=0xcf => Value::Integer(number(rest, 1 << (marker - 0xcc))),
        0xd9..=0xdb => {
            let length = number(rest, 1 << (marker - 0xd9));
            read_text(rest, usize::try_from(length).unwrap())
        }
        0xdc | 0xdd => {
            let length = number(rest, 2 << (marker - 0xdc));
            read_list(rest, usize::try_from(length).unwrap())
        }
        0xde | 0xdf => {
            let length = number(rest, 2 << (marker - 0xde));
            read_map(rest, usize::try_from(length).unwrap())
        }
        _ => panic!("the protocol has no value that begins with {marker:#04x}"),
    }
}

fn read_map(rest: &mut &[u8], length: usize) -> Value {
    let mut entry = || match (read(rest), read(rest)) {
        (Value::Text(name), value) => (name, value),
        (key, _) => panic!("a key is a string, not {key:?}"),
    };
    Value::Map((0..length).map(|_| entry()).collect())
}

fn read_list(rest: &mut &[u8], length: usize) -> Value {
    Value::List((0..length).map(|_| read(rest)).collect())
}

fn read_text(rest: &mut &[u8], length: usize) -> Value {
    Value::Text(String::from_utf8(take(rest, length).to_vec()).expect("a string is UTF-8"))
}

fn number(rest: &mut &[u8], width: usize) -> u64 {
    take(rest, width).iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, tail) = rest.split_at(length);
    *rest = tail;
    taken
}
