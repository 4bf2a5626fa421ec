//! A long road between the app and a daemon: a test can step in while a file is on its way, however fast the
//! machine is.
//!
//! This file does not know what goes along it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{sleep, spawn};
use std::time::Duration;

/// Bytes that go along at once.
const STEP_BYTES: usize = 64 * 1024;

/// How many bytes a second each connection of a road brings at most, each way.
pub type Pace = Arc<AtomicU32>;

/// Opens a road to an address, which keeps to a pace that may be changed while it is used. Returns the address at its
/// beginning. It lasts as long as the test's program.
pub fn slow_road(to: String, pace: Pace) -> String {
    let gate = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = gate.local_addr().expect("an address").to_string();
    spawn(move || {
        for near in gate.incoming().flatten() {
            // While nobody listens there, nobody does here.
            let Ok(far) = TcpStream::connect(&to) else { continue };
            let (back, forth) = (far.try_clone().expect("a copy"), near.try_clone().expect("a copy"));
            let (out, home) = (pace.clone(), pace.clone());
            spawn(move || carry(near, far, &out));
            spawn(move || carry(back, forth, &home));
        }
    });
    address
}

/// Carries bytes from one to the other until either has ended, and then ends both.
fn carry(mut from: TcpStream, mut to: TcpStream, pace: &AtomicU32) {
    let mut load = vec![0; STEP_BYTES];
    loop {
        let carried = match from.read(&mut load) {
            Ok(read) if read > 0 && to.write_all(&load[..read]).is_ok() => read,
            _ => break,
        };
        sleep(Duration::from_secs_f64(carried as f64 / f64::from(pace.load(Ordering::Relaxed))));
    }
    // Whoever waits at either end is to hear of it; one that has ended already is no matter.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
