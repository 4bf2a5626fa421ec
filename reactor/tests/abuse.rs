//! What strangers and members may do to the daemon out of malice or by mistake, over real sockets, while
//! others are served: no panic, no unbounded memory, no one else harmed. Each test is a sentence.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

mod abuse {
    mod crowds;
    mod descriptors;
    mod endings;
    mod frames;
    mod local;
    mod mutants;
    mod readers;
    mod slow;
    mod uploads;

    use std::io::Write;

    use parlour_common::message::{ClosingReason, Event, Reply, Request, ServerMessage};
    use rmpv::Value;

    use super::real::{Client, Daemon, Member, Options};

    /// A daemon with the track that well-behaved members download, and one of them at work.
    fn house(options: &Options) -> (Daemon, Member) {
        let daemon = Daemon::start_with_options(&[("zither.wav", &Member::song())], options);
        let member = Member::begin(&daemon, "witness");
        (daemon, member)
    }

    /// A frame of these bytes.
    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut frame = (payload.len() as u32).to_be_bytes().to_vec();
        frame.extend_from_slice(payload);
        frame
    }

    /// The payload that a value is.
    fn payload(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, value).unwrap();
        bytes
    }

    /// `{"id": id, "request": {name: fields}}`.
    fn request(id: u64, name: &str, fields: Value) -> Value {
        let variant = Value::Map(vec![(name.into(), fields)]);
        Value::Map(vec![("id".into(), id.into()), ("request".into(), variant)])
    }

    /// A map of these fields.
    fn map(fields: &[(&str, Value)]) -> Value {
        Value::Map(fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
    }

    /// Writes what the daemon may not want to read.
    fn write(client: &mut Client, bytes: &[u8]) {
        let _ = client.stream.write_all(bytes);
    }

    /// Reads on to the farewell, which must be the last message, and returns its reason.
    fn farewell(client: &mut Client) -> ClosingReason {
        let reason = loop {
            let message = client.message().expect("a farewell before the end");
            if let ServerMessage::Event(Event::Closing(closing)) = message {
                break closing.reason;
            }
        };
        assert!(client.receive().is_none(), "something follows the farewell");
        reason
    }

    /// Asks for a sign of life.
    fn is_served(client: &mut Client) {
        assert_eq!(client.ask(Request::Ping {}), Ok(Reply::Done {}));
    }
}
