//! Descriptors, readiness and the kernel.
//!
//! This room does not know what the bytes mean. It tells what is ready, and moves bytes when asked.

mod event_loop;
mod gate;
mod local;
mod transport;

pub use event_loop::{EventLoop, Ready, Waker};
pub use gate::{Accepted, Door, Gate};
pub use local::{connect_local, socket_path};
pub use transport::{Moved, Transport};
