//! Dedupe keys, 16 bytes each, over a text that names the fact, never its replay id (one event may
//! be delivered under several).
//!
//! A fact that says itself when it happened has that moment in front of its hash. Facts come more
//! or less in their order, so their keys are neighbours in the store and a commit of a thousand of
//! them writes a few pages; with the hash alone it would write a page for nearly each of them.

use sha2::{Digest, Sha256};

use crate::clock::Millis;
use crate::store::Fingerprint;

/// Bytes of the moment: milliseconds, 48 bits, until the year 10889.
const MOMENT: usize = 6;

fn of(text: &str) -> Fingerprint {
    let digest = Sha256::digest(text);
    let mut key = [0u8; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

/// The moment must be the fact's own: one that differs from delivery to delivery would make two
/// facts of one.
fn at(moment: Millis, text: &str) -> Fingerprint {
    let mut key = of(text);
    key.rotate_right(MOMENT);
    key[..MOMENT].copy_from_slice(&moment.to_be_bytes()[8 - MOMENT..]);
    key
}

/// The n-th fact of a platform event, named by `EventUuid`, else the producer's id, and
/// `CreatedDate`.
pub fn platform_event(uuid: &str, created: Option<Millis>, n: usize) -> Fingerprint {
    let text = match n {
        0 => format!("pe|{uuid}"),
        n => format!("pe|{uuid}|{n}"),
    };
    at(created.unwrap_or_default(), &text)
}

/// A change of one record, committed at `committed`.
pub fn change(
    entity: &str,
    record: &str,
    transaction: &str,
    sequence: i64,
    committed: Millis,
) -> Fingerprint {
    at(committed, &format!("cdc|{entity}|{record}|{transaction}|{sequence}"))
}

/// A Chime event.
pub fn chime(meeting: &str, attendee: &str, kind: &str, timestamp: i64) -> Fingerprint {
    at(timestamp, &format!("chime|{meeting}|{attendee}|{kind}|{timestamp}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_facts_that_follow_each_other_are_neighbours_and_differ() {
        let key = |record: &str, moment| change("Chime_Meeting__c", record, "t", 1, moment);
        let (first, twin, next) = (key("a", 1_000), key("b", 1_000), key("a", 1_001));
        assert_eq!(first[..MOMENT], twin[..MOMENT]);
        assert_ne!(first, twin);
        assert!(first < next && twin < next);
        assert_eq!(first, key("a", 1_000));
    }
}
