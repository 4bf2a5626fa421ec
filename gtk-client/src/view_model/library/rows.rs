//! The rows of the library.
//!
//! This file does not know how rows are kept (`view_model/rows.rs`).

use parlour_common::message::Track;

use crate::view_model::rows::{self, Listed};

/// The rows of the library.
pub type Rows = rows::Rows<Track>;

/// The rows in one page.
pub const PAGE_ROWS: u32 = Track::PAGE_ROWS;
