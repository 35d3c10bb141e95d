//! Dedupe keys: the first 16 bytes of SHA-256 over a text that names the fact, never its replay
//! id (one event may be delivered under several).

use sha2::{Digest, Sha256};

use crate::store::Fingerprint;

fn of(text: &str) -> Fingerprint {
    let digest = Sha256::digest(text);
    let mut key = [0u8; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

/// The n-th fact of a platform event, named by `EventUuid`, else the producer's id.
pub fn platform_event(uuid: &str, n: usize) -> Fingerprint {
    match n {
        0 => of(&format!("pe|{uuid}")),
        n => of(&format!("pe|{uuid}|{n}")),
    }
}

/// A change of one record.
pub fn change(entity: &str, record: &str, transaction: &str, sequence: i64) -> Fingerprint {
    of(&format!("cdc|{entity}|{record}|{transaction}|{sequence}"))
}

/// A Chime event.
pub fn chime(meeting: &str, attendee: &str, kind: &str, timestamp: i64) -> Fingerprint {
    of(&format!("chime|{meeting}|{attendee}|{kind}|{timestamp}"))
}

/// A task's change.
pub fn task(arn: &str, version: i64) -> Fingerprint {
    of(&format!("ecs|{arn}|{version}"))
}

/// An object's creation.
pub fn object(bucket: &str, key: &str, sequencer: &str) -> Fingerprint {
    of(&format!("s3|{bucket}|{key}|{sequencer}"))
}

/// A signal.
pub fn signal(ticket: &str, load: &str, counter: u32) -> Fingerprint {
    of(&format!("signal|{ticket}|{load}|{counter}"))
}
