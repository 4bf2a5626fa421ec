//! The pages: one component each. They paint their view model and forward what people do to it.
//!
//! Nothing here decides anything; what a page cannot do itself goes up to the window as an effect.

pub mod downloads;
pub mod library;
pub mod sign_in;
pub mod sign_up;
