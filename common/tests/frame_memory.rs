//! What a peer can make a decoder set aside by announcing much and sending little. Alone in its file: it
//! measures the whole program, so nothing else may run beside it.

use parlour_common::frame::FrameDecoder;
use parlour_common::limits::MESSAGE_BYTES_MAX;

#[test]
fn an_announced_length_costs_no_memory_until_its_bytes_come() {
    let pages = || {
        let line = std::fs::read_to_string("/proc/self/statm").expect("Linux tells the size of a program");
        line.split(' ').next().and_then(|pages| pages.parse::<usize>().ok()).expect("the size comes first")
    };
    let announced = [&65_536_u32.to_be_bytes()[..], &[0x8f, 0xa1, b'a']].concat();
    let before = pages();
    let decoders: Vec<FrameDecoder> = (0..20_000)
        .map(|_| {
            let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
            assert_eq!(decoder.decode(&mut &announced[..]), Ok(None));
            decoder
        })
        .collect();
    // Room for all that was announced would be 1.3 GB.
    let grown = pages().saturating_sub(before) * 4096;
    assert!(grown < 64 << 20, "{grown} bytes for {} decoders", decoders.len());
}
