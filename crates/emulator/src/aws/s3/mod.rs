//! S3: buckets with versions, conditional writes, checksums, multipart uploads, tags and presigned
//! links, in memory. The protocol (routing, XML, signatures) is the `s3s` crate's; what the
//! operations *do* is ours, because no backend at hand plays the unkind rules the bridge must meet.
//!
//! Credentials: any access key, secret `emulator`. Signatures are verified, so a client with a wrong
//! secret fails here as it would at AWS. A presigned link expires by the emulator's clock.
//!
//! Faults: service `s3`, call = the operation (`PutObject`, `UploadPart`, …): `reject`, `delay`,
//! `loseAnswer`.

mod access;
mod account;
mod backend;
pub mod blob;
pub mod bucket;
mod changes;
pub mod checksum;
mod conditions;
mod head;
mod listing;
mod multipart;
mod objects;
mod state;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};

pub use self::bucket::{BucketConfig, Encryption};
use self::state::{Reason, State};
use super::eventbridge::EventBridge;
use super::lost::lost_answer;
use super::objects::Objects;
use crate::clock::Clock;
use crate::faults::Faults;

/// Access key the emulator hands out; any other is taken too.
pub const ACCESS_KEY: &str = "emulator";
/// The one secret key.
pub const SECRET_KEY: &str = "emulator";

/// How the store is set up.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Buckets that exist from the start.
    pub buckets: Vec<BucketConfig>,
    /// Folder for bodies of 1 MiB and more (emptied at start); `None` keeps them in memory.
    pub spill: Option<PathBuf>,
}

/// The object store. Cloneable handle.
#[derive(Clone)]
pub struct S3 {
    state: Arc<State>,
    service: S3Service,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Hex, without quotes.
    pub etag: String,
    /// Written at, epoch milliseconds of the emulated world.
    pub at: i64,
}

/// A version in a listing, newest of a key first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedVersion {
    /// Key.
    pub key: String,
    /// Version id, `null` for what was written while versioning was not on.
    pub version_id: String,
    /// The current one.
    pub latest: bool,
    /// A delete marker holds nothing.
    pub delete_marker: bool,
    /// Bytes; 0 for a marker.
    pub size: u64,
}

/// A multipart upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUpload {
    /// Key it will become.
    pub key: String,
    /// Upload id.
    pub upload_id: String,
    /// Numbers of the parts so far.
    pub parts: Vec<i32>,
}

impl S3 {
    /// A store with the configured buckets; notices go to `events`.
    ///
    /// # Errors
    /// The spill folder cannot be emptied or made.
    pub fn new(
        config: Config,
        clock: Clock,
        faults: Faults,
        events: Option<EventBridge>,
    ) -> std::io::Result<Self> {
        let state = Arc::new(State::new(config, clock.clone(), events)?);
        let mut builder = S3ServiceBuilder::new(backend::Backend(state.clone()));
        builder.set_auth(access::AnyAccessKey);
        builder.set_access(access::Gate { clock, faults });
        // Clients in a test may live by the emulator's moved clock: `Gate` judges links by it, so
        // the crate's own skew check by the machine's clock must not stand in the way.
        let mut limits = S3Config::default();
        limits.presigned_url_max_skew_time_secs = u32::MAX;
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(limits))));
        Ok(Self { state, service: builder.build() })
    }

    /// Answers one HTTP request.
    pub async fn handle(&self, mut request: Request) -> Response {
        let lose = access::Lose::default();
        request.extensions_mut().insert(lose.clone());
        match tower::Service::call(&mut self.service.clone(), request).await {
            Ok(_) if lose.ordered() => lost_answer(),
            Ok(response) => response.map(axum::body::Body::new),
            Err(_) => http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    /// Writes an object from inside, as a caller with every right would.
    /// False if the bucket does not exist.
    pub fn put(&self, bucket: &str, key: &str, body: impl Into<bytes::Bytes>) -> bool {
        let stored = objects::plain(body.into());
        self.state.write(bucket, key, stored, Reason::PutObject).is_ok()
    }

    /// The current objects whose keys begin with `prefix`, by key.
    pub fn list(&self, bucket: &str, prefix: &str) -> Vec<Listed> {
        let buckets = self.state.lock();
        let keys = buckets.get(bucket).map(|b| b.keys.range(prefix.to_owned()..));
        keys.into_iter()
            .flatten()
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter_map(|(key, versions)| {
                let version = versions.last()?;
                let object = version.object.as_ref()?;
                Some(Listed {
                    key: key.clone(),
                    size: object.blob.length(),
                    etag: object.etag.clone(),
                    at: version.at,
                })
            })
            .collect()
    }

    /// All versions and delete markers of keys that begin with `prefix`.
    pub fn versions(&self, bucket: &str, prefix: &str) -> Vec<ListedVersion> {
        let buckets = self.state.lock();
        let Some(bucket) = buckets.get(bucket) else { return Vec::new() };
        let keys =
            bucket.keys.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        keys.flat_map(|(key, versions)| {
            versions.iter().rev().enumerate().map(|(n, version)| ListedVersion {
                key: key.clone(),
                version_id: version.id.clone(),
                latest: n == 0,
                delete_marker: version.object.is_none(),
                size: version.object.as_ref().map_or(0, |o| o.blob.length()),
            })
        })
        .collect()
    }

    /// The multipart uploads under way: no listing of versions shows them.
    pub fn uploads(&self, bucket: &str) -> Vec<ListedUpload> {
        let buckets = self.state.lock();
        let uploads = buckets.get(bucket).map(|b| b.uploads.iter());
        uploads
            .into_iter()
            .flatten()
            .map(|upload| ListedUpload {
                key: upload.key.clone(),
                upload_id: upload.id.clone(),
                parts: upload.parts.keys().copied().collect(),
            })
            .collect()
    }

    /// Changes a bucket's set-up while it runs (encryption, `list_allowed`, notices).
    /// False if the bucket does not exist.
    pub fn configure(&self, bucket: &str, change: impl FnOnce(&mut BucketConfig)) -> bool {
        self.state.lock().get_mut(bucket).map(|b| change(&mut b.config)).is_some()
    }
}

#[async_trait::async_trait]
impl Objects for S3 {
    async fn get(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let object = self.state.lock().get(bucket)?.current(key)?.clone();
        object.blob.read().await.ok()
    }
}
