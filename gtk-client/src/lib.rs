//! The GNOME app of Parlour.
//!
//! A map of the house, from what knows least of the screen to what knows most:
//!
//! - `network`, `settings`: the thread that owns the sockets, and what is remembered between two runs.
//! - `view_model`: every decision of every page, in plain values. Never imports gtk.
//! - `text`, `format`: refusals, failures and numbers, in words.
//! - `widgets`, `pages`: what is drawn. They decide nothing.
//! - `app`: the window that owns the pages and the network and carries messages between them.

#![forbid(unsafe_code)]
