//! What this machine is called.
//!
//! This file does not know what the name is good for.

use parlour_common::limits::DEVICE_NAME_BYTES_MAX;

/// Returns the name of this machine with that of the app, to be told from one's other devices.
pub fn device_name() -> String {
    named(&rustix::system::uname().nodename().to_string_lossy())
}

fn named(host: &str) -> String {
    let host = host.trim();
    let mut name = match host.split('.').next().unwrap_or_default() {
        "" | "localhost" => "Parlour".to_owned(),
        host => format!("Parlour on {host}"),
    };
    while name.len() > DEVICE_NAME_BYTES_MAX {
        name.pop();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_called_after_its_machine() {
        assert_eq!(named("thinkpad"), "Parlour on thinkpad");
        assert_eq!(named("frog.example.org"), "Parlour on frog");
        assert_eq!(named("localhost.localdomain"), "Parlour");
        assert_eq!(named(" "), "Parlour");
        assert!(named(&"개".repeat(60)).len() <= DEVICE_NAME_BYTES_MAX);
        assert!(device_name().starts_with("Parlour"));
    }
}
