//! What the keys open, and what they do not.

use std::collections::BTreeSet;

use super::*;

fn keys() -> Keys {
    Keys::of([7; KEY_BYTES])
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_key_is_made_once_and_for_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let flow = ResetFlow::new([1; RESET_FLOW_BYTES]);
    let first = Keys::open(dir.path()).unwrap().code_mac(&flow, "12345");
    assert_eq!(mode(&dir.path().join("keys")), 0o700);
    assert_eq!(mode(&dir.path().join("keys/server.key")), 0o600);
    assert_eq!(Keys::open(dir.path()).unwrap().code_mac(&flow, "12345"), first);
    // A start that was cut short has left a piece: nobody has used it.
    fs::rename(dir.path().join("keys/server.key"), dir.path().join("keys/server.key.new")).unwrap();
    assert_ne!(Keys::open(dir.path()).unwrap().code_mac(&flow, "12345"), first);
    assert_eq!(fs::read_dir(dir.path().join("keys")).unwrap().count(), 1);
}

#[test]
fn what_is_no_key_is_left_as_it_is_and_said() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("keys")).unwrap();
    let path = dir.path().join("keys/server.key");
    for bytes in [vec![], vec![0; 31], vec![0; 33]] {
        fs::write(&path, &bytes).unwrap();
        let error = Keys::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("is {} bytes long", bytes.len())), "{error}");
        assert!(error.contains("server.key") && error.contains("start again"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = Keys::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("cannot be used"), "{error}");
}

#[test]
fn a_code_is_of_its_flow_and_of_its_server() {
    let flow = |n| ResetFlow::new([n; RESET_FLOW_BYTES]);
    let mac = keys().code_mac(&flow(1), "12345");
    assert_eq!(keys().code_mac(&flow(1), "12345"), mac);
    assert_ne!(keys().code_mac(&flow(1), "12346"), mac);
    assert_ne!(keys().code_mac(&flow(2), "12345"), mac);
    assert_ne!(Keys::of([8; KEY_BYTES]).code_mac(&flow(1), "12345"), mac);
}

#[test]
fn what_is_sealed_opens_only_unchanged_and_with_the_same_key() {
    let sealed = keys().seal([1; SEAL_NONCE_BYTES], b"12345");
    assert!(!sealed.windows(5).any(|bytes| bytes == b"12345"));
    assert_eq!(keys().open_sealed(&sealed).as_deref(), Some(&b"12345"[..]));
    assert_eq!(Keys::of([8; KEY_BYTES]).open_sealed(&sealed), None);
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert_eq!(keys().open_sealed(&changed), None, "{place}");
        assert_eq!(keys().open_sealed(&sealed[..place]), None, "{place}");
    }
}

#[test]
fn a_proof_is_of_one_account_and_one_device() {
    let proof = keys().device_proof("sara", [3; DEVICE_NONCE_BYTES]);
    assert_eq!(keys().device_of("sara", &proof), Some([3; DEVICE_NONCE_BYTES]));
    assert_eq!(keys().device_of("mina", &proof), None);
    assert_eq!(Keys::of([8; KEY_BYTES]).device_of("sara", &proof), None);
    for place in 0..DEVICE_PROOF_BYTES {
        let mut bytes = *proof.as_bytes();
        bytes[place] ^= 1;
        assert_eq!(keys().device_of("sara", &DeviceProof::new(bytes)), None, "{place}");
    }
}

#[test]
fn an_alias_leads_to_its_account_and_never_looks_the_same() {
    let keys = keys();
    let mut seen = BTreeSet::new();
    for user in [0, 1, 2, 1000, (1 << 48) - 1] {
        let meant = keys.admin_flow(UserId(user));
        assert_eq!(keys.meant_flow(&meant), meant, "a flow is no alias of another");
        for nonce in 0..100_u32 {
            let alias = keys.alias_flow((user > 0).then_some(UserId(user)), nonce.to_be_bytes());
            assert_eq!(keys.meant_flow(&alias), meant);
            assert!(seen.insert(alias));
        }
    }
    for n in 0..=255 {
        let drawn = ResetFlow::new([n; RESET_FLOW_BYTES]);
        assert_eq!(keys.meant_flow(&drawn), drawn);
    }
    let alias = keys.alias_flow(Some(UserId(1)), [0; ALIAS_NONCE_BYTES]);
    assert_eq!(Keys::of([8; KEY_BYTES]).meant_flow(&alias), alias);
}

#[test]
fn whoever_is_nobody_is_always_the_same_nobody() {
    let nobody = keys().nobody("mina");
    assert!(nobody.is_nobodys() && !UserId(u64::from(u32::MAX)).is_nobodys());
    assert_eq!(keys().nobody("mina"), nobody);
    assert_ne!(keys().nobody("sara"), nobody);
    assert_ne!(Keys::of([8; KEY_BYTES]).nobody("mina"), nobody);
}

#[test]
fn keys_are_not_printed() {
    assert_eq!(format!("{:?}", keys()), "Keys(***)");
}
