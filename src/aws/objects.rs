//! Objects in S3: tickets, launch files, pieces, manifests.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};

use super::error::{AwsError, Call, Class, Result};
use crate::clock::Millis;

/// How an object is put.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Put {
    /// Media type.
    pub content_type: &'static str,
    /// `Cache-Control`, such as `no-store`.
    pub cache_control: Option<&'static str>,
    /// Only if there is no such object.
    pub if_absent: bool,
}

/// What came of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It was written.
    Yes,
    /// `if_absent`, and there was one.
    Exists,
}

/// An object, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Key.
    pub key: String,
    /// Bytes.
    pub size: i64,
    /// When it was written.
    pub at: Millis,
}

/// S3.
#[derive(Debug, Clone)]
pub struct Objects {
    pub(super) client: Client,
    pub(super) credentials: Option<SharedCredentialsProvider>,
}

impl Objects {
    pub(super) fn new(client: Client, credentials: Option<SharedCredentialsProvider>) -> Self {
        Self { client, credentials }
    }

    /// The client itself, for what the recorder's library does with it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Puts an object.
    pub async fn put(&self, bucket: &str, key: &str, body: Vec<u8>, how: &Put) -> Result<Written> {
        const CALL: Call = ("S3", "PutObject");
        let call = self
            .client
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type(how.content_type)
            .set_cache_control(how.cache_control.map(str::to_string))
            .set_if_none_match(how.if_absent.then(|| "*".to_string()))
            .body(ByteStream::from(body));
        match call.send().await {
            Ok(_) => Ok(Written::Yes),
            Err(error) => match AwsError::of(CALL, error) {
                error if how.if_absent && error.class() == Class::Conflict => Ok(Written::Exists),
                error => Err(error),
            },
        }
    }

    /// An object's content, at most `limit` bytes; `None` if there is none. Without the right to
    /// list a missing object is answered with 403, which stays an error.
    pub async fn get(&self, bucket: &str, key: &str, limit: usize) -> Result<Option<Vec<u8>>> {
        const CALL: Call = ("S3", "GetObject");
        let answer = match self.client.get_object().bucket(bucket).key(key).send().await {
            Ok(answer) => answer,
            Err(error) => return absent(AwsError::of(CALL, error)),
        };
        let too_large = || AwsError::TooLarge { key: key.to_string(), limit };
        let announced = answer.content_length().and_then(|n| usize::try_from(n).ok());
        if announced.is_some_and(|n| n > limit) {
            return Err(too_large());
        }
        let mut body = answer.body;
        let mut bytes = Vec::with_capacity(announced.unwrap_or(0));
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|e| AwsError::Lost {
                service: CALL.0,
                call: CALL.1,
                reason: e.to_string(),
            })?;
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }

    /// An object's size and time; `None` if there is none.
    pub async fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectInfo>> {
        const CALL: Call = ("S3", "HeadObject");
        match self.client.head_object().bucket(bucket).key(key).send().await {
            Ok(answer) => Ok(Some(ObjectInfo {
                key: key.to_string(),
                size: answer.content_length().unwrap_or(0),
                at: millis(answer.last_modified()),
            })),
            Err(error) => absent(AwsError::of(CALL, error)),
        }
    }

    /// Objects under a prefix in order of key, after `after`, at most `limit`.
    pub async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>> {
        const CALL: Call = ("S3", "ListObjectsV2");
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let answer = self
                .client
                .list_objects_v2()
                .bucket(bucket)
                .prefix(prefix)
                .set_start_after(after.map(str::to_string))
                .set_continuation_token(next.take())
                .max_keys(i32::try_from(limit - found.len()).unwrap_or(1_000).min(1_000))
                .send()
                .await
                .map_err(|e| AwsError::of(CALL, e))?;
            found.extend(answer.contents().iter().filter_map(|object| {
                Some(ObjectInfo {
                    key: object.key()?.to_string(),
                    size: object.size().unwrap_or(0),
                    at: millis(object.last_modified()),
                })
            }));
            next = answer.next_continuation_token().map(str::to_string);
            if next.is_none() || found.len() >= limit {
                return Ok(found);
            }
        }
    }

    /// Deletes an object; none there is done. In a versioned bucket a marker is left: see
    /// [`Self::delete_all_versions`].
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<()> {
        const CALL: Call = ("S3", "DeleteObject");
        match self.client.delete_object().bucket(bucket).key(key).send().await {
            Ok(_) => Ok(()),
            Err(error) => absent::<()>(AwsError::of(CALL, error)).map(|_| ()),
        }
    }
}

fn absent<T>(error: AwsError) -> Result<Option<T>> {
    if error.is_not_found() { Ok(None) } else { Err(error) }
}

fn millis(at: Option<&DateTime>) -> Millis {
    at.and_then(|at| at.to_millis().ok()).unwrap_or(0)
}
