//! What a bucket holds, and the rules of versions and delete markers. No I/O, no waiting: the
//! backend calls in here under its lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use s3s::{S3Error, S3Result, s3_error};

use super::blob::Blob;
use super::checksum::{Algorithm, Sum};

/// The version id of what was written while versioning was not on.
pub const NULL: &str = "null";

/// How a bucket is set up.
#[derive(Debug, Clone)]
pub struct BucketConfig {
    /// Name.
    pub name: String,
    /// Keeps versions.
    pub versioned: bool,
    /// The callers have `s3:ListBucket`: a missing object is 404. Without it S3 says 403, so that
    /// nobody learns what exists.
    pub list_allowed: bool,
    /// Default encryption, and whether the caller's role can use the key.
    pub encryption: Encryption,
    /// Sends *Object Created* notices to EventBridge.
    pub notices: bool,
}

impl BucketConfig {
    /// An unversioned bucket without notices that may be listed.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            versioned: false,
            list_allowed: true,
            encryption: Encryption::S3,
            notices: false,
        }
    }

    /// With versions.
    pub fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// With *Object Created* notices.
    pub fn with_notices(self) -> Self {
        Self { notices: true, ..self }
    }
}

/// Default encryption of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// SSE-S3.
    S3,
    /// SSE-KMS, and the callers may use the key.
    Kms,
    /// SSE-KMS, but the callers' role lacks `kms:Decrypt`: PutObject works, while UploadPart,
    /// CompleteMultipartUpload and GetObject are refused.
    KmsWithoutDecrypt,
}

/// Versioning state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    /// Never switched on.
    Off,
    /// On.
    Enabled,
    /// Was on: old versions stay, new writes replace the `null` version.
    Suspended,
}

/// What comes back with an object as headers.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `x-amz-meta-*`.
    pub metadata: HashMap<String, String>,
}

/// An object.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its bytes.
    pub blob: Blob,
    /// Hex, without quotes.
    pub etag: String,
    /// Its checksum.
    pub sum: Sum,
    /// Its headers.
    pub head: Head,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Encrypted under a KMS key.
    pub kms: bool,
}

/// One version of a key.
#[derive(Debug, Clone)]
pub struct Version {
    /// Version id.
    pub id: String,
    /// Written at, epoch milliseconds.
    pub at: i64,
    /// The object; `None` is a delete marker.
    pub object: Option<Arc<Stored>>,
}

/// What a delete did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// A delete marker was made, or the deleted version was one.
    pub marker: bool,
    /// The marker's id, or the deleted version's.
    pub version_id: Option<String>,
}

/// A part of a multipart upload.
#[derive(Debug, Clone)]
pub struct UploadedPart {
    /// Its bytes.
    pub blob: Blob,
    /// MD5 of the bytes.
    pub md5: [u8; 16],
    /// Its checksum.
    pub sum: Sum,
    /// Written at, epoch milliseconds.
    pub at: i64,
}

/// A multipart upload under way.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Upload id.
    pub id: String,
    /// Key it will become.
    pub key: String,
    /// Begun at, epoch milliseconds.
    pub at: i64,
    /// Headers of the object to be.
    pub head: Head,
    /// Tags of the object to be.
    pub tags: Vec<(String, String)>,
    /// Checksum algorithm named at the start.
    pub algorithm: Option<Algorithm>,
    /// The object's checksum is over the parts' sums.
    pub composite: bool,
    /// Parts so far, by number.
    pub parts: BTreeMap<i32, UploadedPart>,
}

/// A bucket and all in it.
#[derive(Debug)]
pub struct Bucket {
    /// How it is set up.
    pub config: BucketConfig,
    /// Versioning now.
    pub versioning: Versioning,
    /// Made at, epoch milliseconds.
    pub at: i64,
    /// Keys with their versions, oldest first.
    pub keys: BTreeMap<String, Vec<Version>>,
    /// Uploads under way, oldest first.
    pub uploads: Vec<Upload>,
}

impl Bucket {
    /// An empty bucket.
    pub fn new(config: BucketConfig, at: i64) -> Self {
        let versioning = if config.versioned { Versioning::Enabled } else { Versioning::Off };
        Self { config, versioning, at, keys: BTreeMap::new(), uploads: Vec::new() }
    }

    /// The newest version of a key, be it a delete marker.
    pub fn newest(&self, key: &str) -> Option<&Version> {
        self.keys.get(key)?.last()
    }

    /// The current object of a key.
    pub fn current(&self, key: &str) -> Option<&Arc<Stored>> {
        self.newest(key)?.object.as_ref()
    }

    /// What S3 answers for a missing object.
    pub fn missing(&self) -> S3Error {
        if self.config.list_allowed {
            s3_error!(NoSuchKey, "The specified key does not exist.")
        } else {
            s3_error!(AccessDenied, "Access Denied")
        }
    }

    /// The version asked for, with its object; refuses as S3 does.
    pub fn find(&self, key: &str, id: Option<&str>) -> S3Result<(&Version, &Arc<Stored>)> {
        let version = match id {
            None => self.newest(key).ok_or_else(|| self.missing())?,
            Some(id) => {
                let versions = self.keys.get(key).map_or(&[][..], Vec::as_slice);
                versions.iter().find(|v| v.id == id).ok_or_else(|| {
                    if self.config.list_allowed {
                        s3_error!(NoSuchVersion, "The specified version does not exist.")
                    } else {
                        self.missing()
                    }
                })?
            }
        };
        let Some(object) = &version.object else {
            let mut error = match id {
                None => self.missing(),
                Some(_) => s3_error!(MethodNotAllowed, "The version is a delete marker."),
            };
            let mut headers = http::HeaderMap::new();
            headers.insert("x-amz-delete-marker", http::HeaderValue::from_static("true"));
            if let Ok(id) = http::HeaderValue::from_str(&version.id) {
                headers.insert("x-amz-version-id", id);
            }
            error.set_headers(headers);
            return Err(error);
        };
        Ok((version, object))
    }

    /// As [`Bucket::find`], to change the object in place (tags).
    pub fn find_mut(&mut self, key: &str, id: Option<&str>) -> S3Result<(String, &mut Stored)> {
        let found = self.find(key, id)?.0.id.clone();
        let missing = self.missing();
        let versions = self.keys.get_mut(key).map_or(&mut [][..], Vec::as_mut_slice);
        let version = versions.iter_mut().find(|v| v.id == found);
        match version.and_then(|v| v.object.as_mut()) {
            Some(object) => Ok((found, Arc::make_mut(object))),
            None => Err(missing),
        }
    }

    /// Writes an object; the new version's id.
    pub fn put(&mut self, key: &str, object: Stored, now: i64) -> String {
        self.add(key, Some(Arc::new(object)), now)
    }

    fn add(&mut self, key: &str, object: Option<Arc<Stored>>, now: i64) -> String {
        let versions = self.keys.entry(key.into()).or_default();
        let id = if self.versioning == Versioning::Enabled {
            hex::encode(rand::random::<[u8; 16]>())
        } else {
            versions.retain(|v| v.id != NULL);
            NULL.into()
        };
        versions.push(Version { id: id.clone(), at: now, object });
        id
    }

    /// Deletes as S3 does: without an id a versioned bucket gets a marker, with an id that version
    /// goes for good. Deleting what is not there succeeds.
    pub fn delete(&mut self, key: &str, id: Option<&str>, now: i64) -> Deleted {
        let Some(id) = id else {
            if self.versioning == Versioning::Off {
                self.keys.remove(key);
                return Deleted::default();
            }
            let id = self.add(key, None, now);
            return Deleted { marker: true, version_id: Some(id) };
        };
        let mut marker = false;
        if let Some(versions) = self.keys.get_mut(key) {
            marker = versions.iter().any(|v| v.id == id && v.object.is_none());
            versions.retain(|v| v.id != id);
            if versions.is_empty() {
                self.keys.remove(key);
            }
        }
        Deleted { marker, version_id: Some(id.into()) }
    }

    /// The upload, or NoSuchUpload: it was completed, aborted, or never begun.
    pub fn upload(&mut self, key: &str, id: &str) -> S3Result<&mut Upload> {
        self.uploads.iter_mut().find(|u| u.id == id && u.key == key).ok_or_else(|| {
            s3_error!(
                NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload \
                 may have been aborted or completed."
            )
        })
    }

    /// Refuses where S3 needs `kms:Decrypt` and the role lacks it.
    pub fn needs_decrypt(&self) -> S3Result<()> {
        if self.config.encryption == Encryption::KmsWithoutDecrypt {
            return Err(s3_error!(
                AccessDenied,
                "User: arn:aws:sts::000000000000:assumed-role/emulator is not authorized to \
                 perform: kms:Decrypt on the key of this bucket"
            ));
        }
        Ok(())
    }

    /// What is written now is encrypted under a KMS key.
    pub fn kms(&self) -> bool {
        self.config.encryption != Encryption::S3
    }

    /// The version id as answers carry it: none while versioning was never on.
    pub fn shown(&self, id: &str) -> Option<String> {
        (self.versioning != Versioning::Off).then(|| id.into())
    }
}
