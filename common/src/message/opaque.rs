//! Opaque bytes of a fixed length: tokens, proofs and numbers that a client keeps and gives back.
//!
//! This file does not know what any of them opens. On the wire each is a `bin` of exactly its length.

/// Makes a type of a fixed number of opaque bytes.
macro_rules! opaque_bytes {
    ($(#[$doc:meta])* $name:ident, $length:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Takes the bytes.
            pub fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Returns the bytes.
            pub fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl zeroize::Zeroize for $name {
            fn zeroize(&mut self) {
                self.0.zeroize();
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_bytes($crate::message::opaque::BytesVisitor).map(Self)
            }
        }
    };
}
pub(super) use opaque_bytes;

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};

pub(super) struct BytesVisitor<const N: usize>;

impl<'de, const N: usize> Visitor<'de> for BytesVisitor<N> {
    type Value = [u8; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a bin of {N} bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[u8; N], E> {
        bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _seq: A) -> Result<[u8; N], A::Error> {
        Err(de::Error::invalid_type(de::Unexpected::Seq, &self))
    }
}
