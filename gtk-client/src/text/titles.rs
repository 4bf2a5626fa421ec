//! The titles of the pages.
//!
//! This file does not know what is on them.

use crate::view_model::Page;

/// Returns the name of a place, as what leads to it says.
pub fn place_title(page: Page) -> &'static str {
    match page {
        Page::Library => "Library",
        page => page_title(page),
    }
}

/// Returns the title of a page; empty for those that have their own way to say what they are.
pub fn page_title(page: Page) -> &'static str {
    match page {
        Page::SignIn | Page::Returning | Page::Library => "",
        Page::Files => "Files",
        Page::Room => "Room",
        Page::Share => "Share",
        Page::SignUp => "New Account",
        Page::Settings => "Settings",
        Page::Account => "Account",
        Page::Password => "Password",
        Page::Devices => "Devices",
        Page::Members => "Members",
        Page::Profile => "Member",
        Page::DeleteAccount => "Delete Account",
        Page::Reset => "New Password",
        Page::Users => "Administration",
        Page::User => "Manage Account",
        Page::Invites => "Invites",
        Page::Audit => "Log",
    }
}
