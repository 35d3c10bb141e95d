//! What all operations share: the buckets under one lock, the clock, and the notices.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use s3s::dto::Timestamp;
use s3s::{S3Result, s3_error};
use serde_json::json;
use time::OffsetDateTime;

use super::Config;
use super::blob::Spill;
use super::bucket::{Bucket, Stored};
use crate::aws::eventbridge::EventBridge;
use crate::aws::ids::{ACCOUNT, guid};
use crate::clock::Clock;

/// The buckets by name.
pub type Buckets = BTreeMap<String, Bucket>;

/// Why an object came to be, in the notice's word.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum Reason {
    PutObject,
    CopyObject,
    CompleteMultipartUpload,
}

/// The store's state.
pub struct State {
    buckets: Mutex<Buckets>,
    clock: Clock,
    events: Option<EventBridge>,
    sequence: AtomicU64,
    /// Where bodies go.
    pub spill: Spill,
}

impl State {
    /// With the configured buckets.
    pub fn new(config: Config, clock: Clock, events: Option<EventBridge>) -> std::io::Result<Self> {
        let now = clock.now();
        let buckets =
            config.buckets.into_iter().map(|b| (b.name.clone(), Bucket::new(b, now))).collect();
        Ok(Self {
            buckets: Mutex::new(buckets),
            clock,
            events,
            sequence: AtomicU64::new(0),
            spill: Spill::new(config.spill)?,
        })
    }

    /// The buckets. Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, epoch milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Writes an object and tells of it; the new version's id, if the bucket shows one.
    pub fn write(
        &self,
        bucket: &str,
        key: &str,
        object: Stored,
        reason: Reason,
    ) -> S3Result<Option<String>> {
        self.write_if(bucket, key, object, reason, |_| Ok(()))
    }

    /// As [`State::write`], if `check` agrees; check and write are one step.
    pub fn write_if(
        &self,
        bucket: &str,
        key: &str,
        mut object: Stored,
        reason: Reason,
        check: impl FnOnce(&mut Bucket) -> S3Result<()>,
    ) -> S3Result<Option<String>> {
        let (size, etag) = (object.blob.length(), object.etag.clone());
        let mut buckets = self.lock();
        let found = the(&mut buckets, bucket)?;
        check(found)?;
        object.kms = found.kms();
        let now = self.now();
        let id = found.put(key, object, now);
        let shown = found.shown(&id);
        let notices = found.config.notices;
        // Drawn under the lock: a key's sequencers rise in the order of its writes.
        let number = self.sequence.fetch_add(1, Ordering::Relaxed);
        drop(buckets);
        if let (true, Some(events)) = (notices, &self.events) {
            let mut detail = json!({
                "version": "0",
                "bucket": { "name": bucket },
                "object": {
                    "key": key,
                    "size": size,
                    "etag": etag,
                    "sequencer": format!("00{now:012X}{:06X}", number & 0xff_ffff),
                },
                "request-id": guid(),
                "requester": ACCOUNT,
                "source-ip-address": "127.0.0.1",
                "reason": format!("{reason:?}"),
            });
            if let Some(id) = &shown {
                detail["object"]["version-id"] = json!(id);
            }
            events.put("aws.s3", "Object Created", detail);
        }
        Ok(shown)
    }
}

/// The bucket, or NoSuchBucket.
pub fn the<'a>(buckets: &'a mut Buckets, name: &str) -> S3Result<&'a mut Bucket> {
    buckets
        .get_mut(name)
        .ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))
}

/// Epoch milliseconds as S3 writes times.
pub fn timestamp(ms: i64) -> Timestamp {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .into()
}
