//! People's files: what is asked about them, what comes of it, and who is told.

pub mod asks;
mod news;
mod requests;
mod upkeep;
mod uploads;
