//! Clients that upload out of malice or by mistake: chunks that nobody may send, uploads that are begun and left.

use parlour_common::frame::chunk_head;
use parlour_common::message::{
    BeginUpload, ClosingReason, Denial, Reply, Request, SameName, TransferId, UploadKey, UploadStart,
};

use super::super::real::{Client, Options};
use super::{farewell, house, is_served, write};

fn begin(client: &mut Client, number: u32, size_bytes: u64) -> Result<UploadStart, Denial> {
    let upload = UploadKey::new(u128::from(number).to_be_bytes());
    let file_name = format!("{number}.bin");
    let begin = BeginUpload { upload, file_name, size_bytes, same_name: SameName::Ask };
    match client.ask(Request::BeginUpload(begin))? {
        Reply::UploadStart(start) => Ok(start),
        other => panic!("{other:?} does not answer begin_upload"),
    }
}

fn chunk(transfer: TransferId, offset: u64, length: usize) -> Vec<u8> {
    [&chunk_head(transfer, offset, length)[..], &vec![7; length]].concat()
}

#[test]
fn chunks_that_nobody_may_send_end_their_own_connection_alone() {
    let (daemon, witness) = house(&Options::default());
    let first = daemon.member("sara");
    for number in 0..5_u32 {
        let mut client = daemon.client();
        client.resume(first.token.clone().unwrap()).unwrap();
        let UploadStart { transfer, .. } = begin(&mut client, number, 100_000).unwrap();
        let bad = match number {
            0 => chunk(TransferId(1), 0, 10),
            1 => chunk(TransferId(transfer.0 + 1), 0, 10),
            2 => chunk(transfer, 1, 10),
            3 => chunk(transfer, 0, 100_001),
            _ => [chunk(transfer, 0, 5000), chunk(transfer, 0, 5000)].concat(),
        };
        write(&mut client, &bad);
        let reason = farewell(&mut client);
        assert!(matches!(reason, ClosingReason::BadFrame { .. }), "{number}: {reason:?}");
    }
    witness.end("chunks out of place");
    daemon.end_well();
}

#[test]
fn uploads_that_are_begun_cut_within_a_chunk_and_left_cost_little() {
    const CUT: u32 = 60;
    const LEFT: u32 = 800;
    let (daemon, witness) = house(&Options::default());
    let mut first = daemon.member("sara");
    let before = daemon.memory_kib_at_rest();
    daemon.reset_peak();
    for number in 0..CUT {
        let mut client = daemon.client();
        client.resume(first.token.clone().unwrap()).unwrap();
        let UploadStart { transfer, .. } = begin(&mut client, number, 100_000).unwrap();
        // The half of a chunk, and away.
        write(&mut client, &chunk(transfer, 0, 60_000)[..30_000]);
    }
    let mut client = daemon.client();
    client.resume(first.token.clone().unwrap()).unwrap();
    let mut transfers = 0;
    for number in CUT..LEFT {
        match begin(&mut client, number, 1000) {
            Ok(_) => transfers += 1,
            Err(Denial::TooManyTransfers { limit: 8 }) => {
                client = daemon.client();
                client.resume(first.token.clone().unwrap()).unwrap();
            }
            Err(denial) => panic!("{number}: {denial:?}"),
        }
    }
    assert!(transfers > 500, "{transfers}");
    let growth = daemon.memory_kib_peak().saturating_sub(before);
    println!("{LEFT} uploads begun and left: {growth} KiB more at most");
    assert!(growth < 64 * 1024, "{growth} KiB more");
    is_served(&mut first);
    witness.end("uploads begun and left");
    daemon.end_well();
}
