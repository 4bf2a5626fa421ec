//! Keys as hexadecimal digits, in what is kept.
//!
//! This file does not know what the keys name.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

fn written(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    bytes?.try_into().ok()
}

/// What is said.
pub(super) mod as_say_key {
    use parlour_common::message::SayKey;

    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(key: &SayKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&written(key.as_bytes()))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SayKey, D::Error> {
        let digits = String::deserialize(deserializer)?;
        read(&digits).map(SayKey::new).ok_or_else(|| D::Error::custom("not these hexadecimal digits"))
    }
}

/// An upload, where there is one.
pub(super) mod as_upload_key {
    use parlour_common::message::UploadKey;

    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        key: &Option<UploadKey>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match key {
            Some(key) => serializer.serialize_str(&written(key.as_bytes())),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<UploadKey>, D::Error> {
        let digits = Option::<String>::deserialize(deserializer)?;
        let read = |digits: String| {
            let key = read(&digits).map(UploadKey::new);
            key.ok_or_else(|| D::Error::custom("not these hexadecimal digits"))
        };
        digits.map(read).transpose()
    }
}
