//! Writes the whole store as text or JSON, for people.
//!
//! Records are decoded without their types, so that tables of other versions are shown as well. This file
//! does not know what is secret in a record except by the names of its fields; keys are masked by their
//! types, and binary keys of unknown tables wholly.

use std::io::{self, Write};

use rmpv::Value;
use serde_json::Value as Json;

use super::engine::Engine;
use super::error::StoreError;
use super::tables::{MASK, TABLES};

/// Fields with one of these in their name are masked: what opens something, and what people said.
const SECRET_WORDS: [&str; 10] =
    ["password", "hash", "token", "secret", "code", "key", "mac", "seal", "text", "excerpt"];

/// How a dump is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpFormat {
    /// A line for each record, below a line for each table.
    Text,
    /// One JSON object: a list of `{"key", "record"}` for each table.
    Json,
}

/// Why a dump ended early.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The dump could not be written.
    #[error("the dump cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Writes every table, in the order of their names and keys.
pub(super) fn dump(engine: &Engine, out: &mut impl Write, format: DumpFormat) -> Result<(), DumpError> {
    let tables = engine.table_names();
    for (place, table) in tables.iter().enumerate() {
        match format {
            DumpFormat::Text => dump_text(engine, table, out)?,
            DumpFormat::Json => {
                out.write_all(if place == 0 { b"{" } else { b",\n" })?;
                dump_json(engine, table, out)?;
            }
        }
    }
    if format == DumpFormat::Json {
        out.write_all(if tables.is_empty() { b"{}\n" } else { b"}\n" })?;
    }
    Ok(out.flush()?)
}

fn dump_text(engine: &Engine, table: &str, out: &mut impl Write) -> Result<(), DumpError> {
    writeln!(out, "[{}]", table.escape_debug())?;
    for row in engine.raw_rows(table)? {
        let (key, record) = row?;
        write!(out, "{}", show_key(table, &key).escape_debug())?;
        match show_record(&record) {
            Json::Object(fields) => {
                for (name, value) in &fields {
                    write!(out, "  {}=", name.escape_debug())?;
                    write_text(out, value)?;
                }
            }
            Json::Null => {}
            single => {
                write!(out, "  ")?;
                write_text(out, &single)?;
            }
        }
        writeln!(out)?;
    }
    writeln!(out)?;
    Ok(())
}

/// Texts are escaped so that no name can reorder or colour what a terminal shows.
fn write_text(out: &mut impl Write, value: &Json) -> io::Result<()> {
    match value {
        Json::String(text) if text == MASK => write!(out, "{text}"),
        Json::String(text) => write!(out, "{text:?}"),
        other => write!(out, "{}", other.to_string().escape_debug()),
    }
}

fn dump_json(engine: &Engine, table: &str, out: &mut impl Write) -> Result<(), DumpError> {
    write!(out, "{}: [", Json::from(table))?;
    for (place, row) in engine.raw_rows(table)?.enumerate() {
        let (key, record) = row?;
        let comma = if place == 0 { "" } else { "," };
        let row = serde_json::json!({ "key": show_key(table, &key), "record": show_record(&record) });
        write!(out, "{comma}\n  {row}")?;
    }
    out.write_all(b"]")?;
    Ok(())
}

fn show_key(table: &str, key: &[u8]) -> String {
    if let Some(shape) = TABLES.iter().find(|shape| shape.name == table) {
        return (shape.show_key)(key).unwrap_or_else(|| format!("not a key ({} bytes)", key.len()));
    }
    match (std::str::from_utf8(key), <[u8; 8]>::try_from(key)) {
        (Ok(text), _) if !text.chars().any(char::is_control) => text.to_owned(),
        (_, Ok(number)) => u64::from_be_bytes(number).to_string(),
        _ => MASK.to_owned(),
    }
}

fn show_record(bytes: &[u8]) -> Json {
    match rmpv::decode::read_value(&mut &*bytes) {
        Ok(value) => to_json(value),
        Err(_) => Json::from(format!("not MessagePack ({} bytes)", bytes.len())),
    }
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Boolean(yes) => Json::from(yes),
        Value::Integer(number) => {
            number.as_u64().map(Json::from).or(number.as_i64().map(Json::from)).unwrap_or_default()
        }
        Value::F32(number) => Json::from(number),
        Value::F64(number) => Json::from(number),
        Value::String(text) => Json::from(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        Value::Binary(bytes) => Json::from(format!("{} bytes", bytes.len())),
        Value::Ext(kind, bytes) => Json::from(format!("extension {kind}, {} bytes", bytes.len())),
        Value::Array(items) => items.into_iter().map(to_json).collect(),
        Value::Map(fields) => Json::Object(fields.into_iter().map(to_field).collect()),
    }
}

fn to_field((name, value): (Value, Value)) -> (String, Json) {
    let name = match to_json(name) {
        Json::String(name) => name,
        other => other.to_string(),
    };
    let lower = name.to_lowercase();
    let secret = SECRET_WORDS.iter().any(|word| lower.contains(word));
    (name, if secret { Json::from(MASK) } else { to_json(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_looking_fields_are_masked_at_any_depth() {
        let field = |name: &str, value: Value| (Value::from(name), value);
        let value = Value::Map(vec![
            field("user", Value::from(7)),
            field("password_hash", Value::from("$scrypt$")),
            field(
                "reset",
                Value::Map(vec![field("Code", Value::from(12345)), field("tries", Value::from(3))]),
            ),
            field("raw", Value::from(&[1_u8, 2][..])),
        ]);
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &value).unwrap();
        assert_eq!(
            show_record(&bytes),
            serde_json::json!({
                "user": 7, "password_hash": "***", "reset": { "Code": "***", "tries": 3 }, "raw": "2 bytes"
            })
        );
        assert_eq!(show_record(&[0xc1]), Json::Null, "the one byte that MessagePack never uses");
        assert_eq!(show_record(&[0x92, 1]), Json::from("not MessagePack (2 bytes)"));
    }

    #[test]
    fn keys_are_readable_and_tokens_are_not() {
        let cases = [
            ("users", &[0, 0, 0, 0, 0, 0, 1, 0][..], "256"),
            ("users", b"x", "not a key (1 bytes)"),
            ("names", "سارا".as_bytes(), "سارا"),
            ("sessions", &[b'x'; 32], "***"),
            ("later", b"sara@example.org", "sara@example.org"),
            ("later", &[0, 0, 0, 0, 0, 0, 0, 9], "9"),
            ("later", &[200; 32], "***"),
        ];
        for (table, key, shown) in cases {
            assert_eq!(show_key(table, key), shown, "{table} {key:?}");
        }
    }

    #[test]
    fn a_terminal_is_not_led_astray() {
        let mut out = Vec::new();
        write_text(&mut out, &Json::from("a\u{202e}b\u{1b}[31m\u{9b}")).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#""a\u{202e}b\u{1b}[31m\u{9b}""#);
    }
}
