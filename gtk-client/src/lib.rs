//! The GNOME app of Parlour.
//!
//! A map of the house, from what knows least of the screen to what knows most:
//!
//! - `network`, `settings`, `secrets`: the thread that owns the sockets, and what is remembered between two runs.
//! - `view_model`: every decision of every page, in plain values. Never imports gtk.
//! - `text`, `format`: refusals, failures and numbers, in words.
//! - `widgets`, `pages`: what is drawn. They decide nothing.
//! - `notifications`: what is told on the desktop.
//! - `look`: the name, the style and the icon.
//! - `app`: the window that owns the pages and the network and carries messages between them.

#![forbid(unsafe_code)]

#[allow(missing_docs, reason = "relm4 declares the widgets of a component without a word")]
pub mod app;
pub mod device;
pub mod format;
pub mod journal;
mod kept_file;
pub mod look;
pub mod network;
pub mod notifications;
pub mod outbox;
#[allow(missing_docs, reason = "relm4 declares the widgets of a component without a word")]
pub mod pages;
pub mod secrets;
pub mod settings;
pub mod text;
pub mod view_model;
pub mod widgets;
