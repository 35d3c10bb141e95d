//! Sealing, the key file, and what is derived.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use chime_contract::Secret;
use chime_contract::keys::JoinKey;

use super::*;
use crate::clock::{SharedEntropy, SystemEntropy};

fn entropy() -> SharedEntropy {
    Arc::new(SystemEntropy)
}

fn seal(byte: u8) -> Seal {
    Seal::new(Secret::new([byte; 32]), entropy())
}

fn write(path: &Path, content: &[u8], mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_was_sealed_opens_and_never_looks_the_same_twice() {
    let seal = seal(1);
    let first = seal.seal(b"token", "attendee:1").unwrap();
    let second = seal.seal(b"token", "attendee:1").unwrap();
    assert_ne!(first, second);
    assert!(!first.windows(5).any(|part| part == b"token"));
    assert_eq!(seal.open(&first, "attendee:1").unwrap().expose(), b"token");
    assert_eq!(seal.open_text(&second, "attendee:1").unwrap().expose(), "token");
}

#[test]
fn another_name_another_key_and_any_changed_byte_do_not_open() {
    let one = seal(1);
    let sealed = one.seal(b"token", "attendee:1").unwrap();
    assert!(one.open(&sealed, "attendee:2").is_err());
    assert!(seal(2).open(&sealed, "attendee:1").is_err());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(one.open(&changed, "attendee:1").is_err(), "byte {at}");
        assert!(one.open(&sealed[..at], "attendee:1").is_err(), "cut at {at}");
    }
}

#[test]
fn a_new_key_file_is_private_and_read_again_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made").join("store.key");
    assert!(matches!(
        Seal::from_key_file(&path, false, entropy()),
        Err(SealError::Unreadable { .. })
    ));
    let first = Seal::from_key_file(&path, true, entropy()).unwrap();
    let second = Seal::from_key_file(&path, true, entropy()).unwrap();
    assert_eq!(first.fingerprint(), second.fingerprint());
    let sealed = first.seal(b"x", "c").unwrap();
    assert_eq!(second.open(&sealed, "c").unwrap().expose(), b"x");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "no draft is left beside it");
}

#[test]
fn raw_hex_and_both_base64s_name_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.key");
    let key = [0xfbu8; 32]; // its base64 differs between the alphabets
    let expected = Seal::new(Secret::new(key), entropy()).fingerprint();
    let standard = base64::engine::general_purpose::STANDARD.encode(key);
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key);
    let forms = [
        key.to_vec(),
        hex::encode(key).into_bytes(),
        format!("{}\n", hex::encode_upper(key)).into_bytes(),
        format!(" {standard}\n").into_bytes(),
        url.into_bytes(),
    ];
    for form in forms {
        write(&path, &form, 0o640);
        let read = Seal::from_key_file(&path, false, entropy()).unwrap();
        assert_eq!(read.fingerprint(), expected);
    }
}

#[test]
fn a_key_file_others_can_get_at_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.key");
    for mode in [0o644, 0o604, 0o602, 0o620] {
        write(&path, &[1; 32], mode);
        let refused = Seal::from_key_file(&path, true, entropy()).unwrap_err();
        assert!(matches!(refused, SealError::Exposed { .. }), "{mode:o}");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }
}

#[test]
fn what_is_no_key_is_refused_without_showing_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.key");
    for content in ["", "hunter2", &"g".repeat(64), &"A".repeat(44), &"ab".repeat(31)] {
        write(&path, content.as_bytes(), 0o600);
        let refused = Seal::from_key_file(&path, true, entropy()).unwrap_err();
        assert!(matches!(refused, SealError::NotAKey { .. }), "{content}");
        assert!(content.is_empty() || !refused.to_string().contains(content), "{refused}");
    }
}

#[test]
fn a_seats_secrets_survive_the_seal_and_hold_no_join_key() {
    let seal = seal(1);
    let key = JoinKey::from_bytes([5; 32]);
    let host = JoinKey::from_bytes([6; 32]);
    let org = "00D5e000000EmuLAAA";
    for host in [None, Some(&host)] {
        let secrets = SeatSecrets::derive(&key, host, org);
        let plain = secrets.to_bytes().unwrap();
        let text = String::from_utf8(plain.expose().clone()).unwrap();
        assert!(!text.contains(key.to_text().expose()), "the join key is not kept");
        let sealed = seal.seal_seat("a01", &secrets).unwrap();
        let opened = seal.open_seat("a01", &secrets.ticket, &sealed).unwrap();
        let keys = key.seat(org);
        assert_eq!(opened.keys().ticket, keys.ticket);
        assert_eq!(opened.keys().seal.expose(), keys.seal.expose());
        assert_eq!(opened.keys().signal.expose(), keys.signal.expose());
        let proof = host.map(|key| key.host_proof(9));
        assert_eq!(opened.host_key().map(|key| key.host_proof(9)), proof);
        let other = seal.open_seat("a02", &secrets.ticket, &sealed);
        assert!(other.is_err(), "a seat's secrets are its own");
        let other = seal.open_seat("a01", "another", &sealed);
        assert!(other.is_err(), "and each key's are its own");
    }
}

#[test]
fn a_recorder_key_is_the_same_again_and_another_for_anything_else() {
    let one = seal(1);
    let text = |seal: &Seal, org: &str, recording: &str, attempt| {
        seal.recorder_key(org, recording, attempt).to_text().expose().clone()
    };
    let key = text(&one, "org", "r", 1);
    assert_eq!(key, text(&one, "org", "r", 1));
    let others = [
        text(&one, "org", "r", 2),
        text(&one, "org", "s", 1),
        text(&one, "gro", "r", 1),
        text(&seal(2), "org", "r", 1),
    ];
    assert!(!others.contains(&key));
}

#[test]
fn a_seal_prints_nothing_secret() {
    let seal = seal(1);
    assert_eq!(format!("{seal:?}"), "Seal([secret])");
    let secrets = SeatSecrets::derive(&JoinKey::from_bytes([5; 32]), None, "org");
    assert!(format!("{secrets:?}").contains("[secret]"));
}
