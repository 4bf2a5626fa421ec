//! The room: who is in it, what is said there and between two, and who is told.

pub mod asks;
mod cards;
mod conversations;
mod ending;
mod entering;
mod news;
mod posts;
mod tending;
