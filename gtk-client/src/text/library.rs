//! Tracks: their order.
//!
//! This file does not know the list.

use parlour_common::message::SortBy;

/// Returns the name of an order.
pub fn sort_title(by: SortBy) -> &'static str {
    match by {
        SortBy::Relevance => "Best Match",
        SortBy::Title => "Title",
        SortBy::Artist => "Artist",
        SortBy::Album => "Album",
        SortBy::Duration => "Length",
        SortBy::Size => "Size",
    }
}

/// Says what a heading orders by, and which way it does now if it does.
pub fn sort_heading(by: SortBy, descending: Option<bool>) -> String {
    let title = sort_title(by);
    match descending {
        None => format!("Sort by {title}"),
        Some(false) => format!("Sort by {title}, ascending now"),
        Some(true) => format!("Sort by {title}, descending now"),
    }
}
