//! The pages: one component each. They paint their view model and forward what people do to it.
//!
//! Nothing here decides anything; what a page cannot do itself goes up to the window as an effect.

pub mod account;
pub mod audit;
pub mod delete_account;
pub mod devices;
pub mod files;
pub mod invites;
pub mod library;
pub mod members;
pub mod password;
pub mod profile;
pub mod reset;
pub mod returning;
pub mod room;
pub mod settings;
pub mod share;
pub mod sign_in;
pub mod sign_up;
pub mod transfers;
pub mod user;
pub mod users;
