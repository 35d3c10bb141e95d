//! The calls to S3, one try each, with the limits of time they need. What to do about an error is
//! the business of `patience`; what an answer means, of whoever called.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart, Delete,
    ObjectIdentifier,
};
use bytes::Bytes;

use super::error::{Class, Result, StorageError};
use super::parts::{Part, crc, crc_read, crc_text};

/// Small calls and fragments: what takes longer is tried again.
const SHORT: Duration = Duration::from_secs(8);
/// A part.
const LONG: Duration = Duration::from_secs(30);
/// Complete: S3 may take minutes over a large object.
const COMPLETE: Duration = Duration::from_secs(100);
/// How long a link for the checker lives.
const LINK: Duration = Duration::from_secs(15 * 60);

/// The two buckets.
#[derive(Debug, Clone)]
pub struct Buckets {
    /// Journal; without versions.
    pub work: String,
    /// Pieces and notes; with versions.
    pub recordings: String,
}

/// Which bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The work bucket.
    Work,
    /// The recordings bucket.
    Recordings,
}

/// An object in a listing.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Key.
    pub key: String,
    /// Written at, epoch milliseconds.
    pub at: i64,
}

/// S3, as far as a recording needs it.
#[derive(Debug, Clone)]
pub struct Calls {
    client: Client,
    buckets: Buckets,
}

impl Calls {
    /// With a client made elsewhere.
    pub fn new(client: Client, buckets: Buckets) -> Self {
        Self { client, buckets }
    }

    fn bucket(&self, place: Place) -> &str {
        match place {
            Place::Work => &self.buckets.work,
            Place::Recordings => &self.buckets.recordings,
        }
    }

    /// PutObject; with `first`, only where there is nothing yet.
    pub async fn put(
        &self,
        place: Place,
        key: &str,
        kind: &str,
        body: Bytes,
        first: bool,
    ) -> Result<()> {
        const CALL: &str = "PutObject";
        let put = self.client.put_object().bucket(self.bucket(place)).key(key).content_type(kind);
        let put = put.set_if_none_match(first.then(|| "*".to_string()));
        let put = put.checksum_crc64_nvme(crc_text(crc(&body))).body(ByteStream::from(body));
        timed(SHORT, CALL, key, async {
            put.send().await.map_err(|e| StorageError::of(CALL, key, e)).map(|_| ())
        })
        .await
    }

    /// GetObject, whole; `None` if it is not there.
    pub async fn get(&self, place: Place, key: &str) -> Result<Option<Bytes>> {
        const CALL: &str = "GetObject";
        let got = timed(SHORT, CALL, key, async {
            let get = self.client.get_object().bucket(self.bucket(place)).key(key);
            let got = get.send().await.map_err(|e| StorageError::of(CALL, key, e))?;
            let body = got.body.collect().await;
            body.map(|b| b.into_bytes()).map_err(|e| StorageError::no_answer(CALL, key, e))
        });
        none_if_missing(got.await)
    }

    /// Length of an object; `None` if it is not there.
    pub async fn size(&self, place: Place, key: &str) -> Result<Option<u64>> {
        const CALL: &str = "HeadObject";
        let head = timed(SHORT, CALL, key, async {
            let head = self.client.head_object().bucket(self.bucket(place)).key(key);
            let head = head.send().await.map_err(|e| StorageError::of(CALL, key, e))?;
            Ok(u64::try_from(head.content_length().unwrap_or_default()).unwrap_or_default())
        });
        none_if_missing(head.await)
    }

    /// A media file from this byte on, to be streamed; `etag` keeps it the same file.
    pub async fn stream(
        &self,
        key: &str,
        from: u64,
        etag: Option<String>,
    ) -> Result<GetObjectOutput> {
        const CALL: &str = "GetObject";
        let get = self.client.get_object().bucket(&self.buckets.recordings).key(key);
        let range = (from > 0).then(|| format!("bytes={from}-"));
        let get = get.set_range(range).set_if_match(etag).checksum_mode(ChecksumMode::Enabled);
        timed(SHORT, CALL, key, async {
            get.send().await.map_err(|e| StorageError::of(CALL, key, e))
        })
        .await
    }

    /// A link to a media file for the checker.
    pub async fn link(&self, key: &str) -> Result<String> {
        const CALL: &str = "GetObject (presigned)";
        let life = PresigningConfig::expires_in(LINK);
        let life = life.map_err(|e| StorageError::unmade(CALL, key, e))?;
        let get = self.client.get_object().bucket(&self.buckets.recordings).key(key);
        let link = get.presigned(life).await.map_err(|e| StorageError::of(CALL, key, e))?;
        Ok(link.uri().to_string())
    }

    /// All objects under a prefix, by key.
    pub async fn list(&self, place: Place, prefix: &str) -> Result<Vec<Listed>> {
        const CALL: &str = "ListObjectsV2";
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let list = self.client.list_objects_v2().bucket(self.bucket(place)).prefix(prefix);
            let list = list.set_continuation_token(token);
            let page = timed(SHORT, CALL, prefix, async {
                list.send().await.map_err(|e| StorageError::of(CALL, prefix, e))
            })
            .await?;
            all.extend(page.contents().iter().filter_map(|o| {
                let at = o.last_modified().and_then(|t| t.to_millis().ok()).unwrap_or_default();
                Some(Listed { key: o.key()?.to_string(), at })
            }));
            token = page.next_continuation_token().map(str::to_string);
            if page.is_truncated() != Some(true) || token.is_none() {
                return Ok(all);
            }
        }
    }

    /// DeleteObjects; what is not there counts as deleted.
    pub async fn delete(&self, place: Place, keys: &[String]) -> Result<()> {
        const CALL: &str = "DeleteObjects";
        for keys in keys.chunks(1_000) {
            let Some(first) = keys.first() else { continue };
            let unmade = |e| StorageError::unmade(CALL, first, e);
            let ids: std::result::Result<Vec<_>, _> =
                keys.iter().map(|k| ObjectIdentifier::builder().key(k).build()).collect();
            let ids = ids.map_err(unmade)?;
            let delete = Delete::builder().set_objects(Some(ids)).quiet(true).build();
            let delete = delete.map_err(unmade)?;
            let call = self.client.delete_objects().bucket(self.bucket(place)).delete(delete);
            let answer = timed(SHORT, CALL, first, async {
                call.send().await.map_err(|e| StorageError::of(CALL, first, e))
            })
            .await?;
            // Inside a 200: an object that could not be deleted is still there.
            if let Some(left) = answer.errors().first() {
                return Err(StorageError::Refused {
                    call: CALL,
                    key: left.key().unwrap_or(first).to_string(),
                    status: 200,
                    code: left.code().unwrap_or_default().to_string(),
                    message: left.message().unwrap_or_default().to_string(),
                });
            }
        }
        Ok(())
    }

    /// CreateMultipartUpload for a media file; the upload's id. The checksum is over the whole
    /// file, so that it does not depend on where parts were cut.
    pub async fn create_upload(&self, key: &str) -> Result<String> {
        const CALL: &str = "CreateMultipartUpload";
        let create = self.client.create_multipart_upload().bucket(&self.buckets.recordings);
        let create = create.key(key).content_type("video/mp4");
        let create = create.checksum_algorithm(ChecksumAlgorithm::Crc64Nvme);
        let create = create.checksum_type(ChecksumType::FullObject);
        let answer = timed(SHORT, CALL, key, async {
            create.send().await.map_err(|e| StorageError::of(CALL, key, e))
        })
        .await?;
        let id = answer.upload_id().map(str::to_string);
        id.ok_or_else(|| StorageError::no_answer(CALL, key, "it names no upload"))
    }

    /// UploadPart.
    pub async fn upload_part(
        &self,
        key: &str,
        upload: &str,
        number: i32,
        body: Bytes,
        sum: u64,
    ) -> Result<Part> {
        const CALL: &str = "UploadPart";
        let size = body.len() as u64;
        let put = self.client.upload_part().bucket(&self.buckets.recordings).key(key);
        let put = put.upload_id(upload).part_number(number).content_length(body.len() as i64);
        let put = put.checksum_crc64_nvme(crc_text(sum)).body(ByteStream::from(body));
        let answer = timed(LONG, CALL, key, async {
            put.send().await.map_err(|e| StorageError::of(CALL, key, e))
        })
        .await?;
        let etag = answer.e_tag().map(str::to_string);
        let etag = etag.ok_or_else(|| StorageError::no_answer(CALL, key, "it has no ETag"))?;
        Ok(Part { number, size, etag, crc: sum })
    }

    /// ListParts: the parts S3 has, by number. A part without a checksum of our kind is left out.
    pub async fn list_parts(&self, key: &str, upload: &str) -> Result<BTreeMap<i32, Part>> {
        const CALL: &str = "ListParts";
        let mut all = BTreeMap::new();
        let mut marker = None;
        loop {
            let list = self.client.list_parts().bucket(&self.buckets.recordings).key(key);
            let list = list.upload_id(upload).set_part_number_marker(marker);
            let page = timed(SHORT, CALL, key, async {
                list.send().await.map_err(|e| StorageError::of(CALL, key, e))
            })
            .await?;
            all.extend(page.parts().iter().filter_map(|part| {
                let number = part.part_number()?;
                let size = u64::try_from(part.size()?).ok()?;
                let crc = crc_read(part.checksum_crc64_nvme()?)?;
                Some((number, Part { number, size, etag: part.e_tag()?.to_string(), crc }))
            }));
            marker = page.next_part_number_marker().map(str::to_string);
            if page.is_truncated() != Some(true) || marker.is_none() {
                return Ok(all);
            }
        }
    }

    /// CompleteMultipartUpload, without a condition: S3 answers a condition that does not hold in
    /// ways that make every part be sent again.
    pub async fn complete(&self, key: &str, upload: &str, parts: &[Part], sum: u64) -> Result<()> {
        const CALL: &str = "CompleteMultipartUpload";
        let named = parts.iter().map(|part| {
            CompletedPart::builder()
                .part_number(part.number)
                .e_tag(&part.etag)
                .checksum_crc64_nvme(crc_text(part.crc))
                .build()
        });
        let named = CompletedMultipartUpload::builder().set_parts(Some(named.collect())).build();
        let size: u64 = parts.iter().map(|p| p.size).sum();
        let size = i64::try_from(size).map_err(|e| StorageError::unmade(CALL, key, e))?;
        let call = self.client.complete_multipart_upload().bucket(&self.buckets.recordings);
        let call = call.key(key).upload_id(upload).multipart_upload(named);
        let call = call.checksum_type(ChecksumType::FullObject).checksum_crc64_nvme(crc_text(sum));
        let call = call.mpu_object_size(size);
        timed(COMPLETE, CALL, key, async {
            call.send().await.map_err(|e| StorageError::of(CALL, key, e)).map(|_| ())
        })
        .await
    }

    /// AbortMultipartUpload; one that is gone already counts as aborted.
    pub async fn abort(&self, key: &str, upload: &str) -> Result<()> {
        const CALL: &str = "AbortMultipartUpload";
        let abort = self.client.abort_multipart_upload().bucket(&self.buckets.recordings);
        let abort = abort.key(key).upload_id(upload);
        let done = timed(SHORT, CALL, key, async {
            abort.send().await.map_err(|e| StorageError::of(CALL, key, e)).map(|_| ())
        });
        match done.await {
            Err(error) if error.is_beaten() => Ok(()),
            done => done,
        }
    }
}

async fn timed<T>(
    limit: Duration,
    call: &'static str,
    key: &str,
    what: impl Future<Output = Result<T>>,
) -> Result<T> {
    match tokio::time::timeout(limit, what).await {
        Ok(done) => done,
        Err(_) => Err(StorageError::no_answer(call, key, format!("none in {} s", limit.as_secs()))),
    }
}

fn none_if_missing<T>(got: Result<T>) -> Result<Option<T>> {
    match got {
        Ok(got) => Ok(Some(got)),
        Err(error) if error.class() == Class::Missing => Ok(None),
        Err(error) => Err(error),
    }
}
