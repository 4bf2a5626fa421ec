//! Words that a request must use as they are known.
//!
//! A reply is read kindly: a word from after a reader's time is taken for one that it knows. A request must not be:
//! whoever asks for a role that the daemon does not know would get another. This file does not know which words
//! there are.

use serde::de::IntoDeserializer as _;
use serde::de::value::StringDeserializer;
use serde::{Deserialize, Deserializer};
use strum::VariantNames;

/// A word of `T` that was known when it was read.
struct Known<T>(T);

impl<'de, T: VariantNames + Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if !T::VARIANTS.contains(&word.as_str()) {
            return Err(serde::de::Error::unknown_variant(&word, T::VARIANTS));
        }
        let word: StringDeserializer<D::Error> = word.into_deserializer();
        T::deserialize(word).map(Self)
    }
}

/// Reads a known word.
pub(super) fn known<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: VariantNames + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Known::deserialize(deserializer).map(|Known(word)| word)
}

/// Reads a known word, or nothing.
pub(super) fn known_if_any<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: VariantNames + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<Known<T>>::deserialize(deserializer).map(|read| read.map(|Known(word)| word))
}
