//! Objects one at a time: put, get, head.

use bytes::Bytes;
use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::blob::{Blob, BlobError};
use super::bucket::{Head, Stored};
use super::checksum::{Algorithm, Claim, Running, Sum, set_sum, sums_of};
use super::conditions::{read_conditions, write_conditions};
use super::head::{encryption, fill_head, head_of, parse_tags};
use super::state::{Reason, State, the, timestamp};

/// An object without headers, from bytes at hand.
pub fn plain(body: Bytes) -> Stored {
    let mut sum = Running::new(Algorithm::Crc64Nvme);
    sum.update(&body);
    Stored {
        etag: hex::encode(Md5::digest(&body)),
        sum: sum.finish(),
        blob: Blob::of(body),
        head: Head::default(),
        tags: Vec::new(),
        kms: false,
    }
}

/// A body taken in and checked: bytes, MD5, checksum.
pub async fn receive(
    state: &State,
    body: Option<StreamingBlob>,
    claim: Claim,
    content_md5: Option<&str>,
    algorithm: Algorithm,
) -> S3Result<(Blob, [u8; 16], Sum)> {
    let mut md5 = Md5::new();
    let mut sum = Running::new(algorithm);
    let body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
    let blob = state.spill.receive(body, |chunk| {
        md5.update(chunk);
        sum.update(chunk);
    });
    let blob = blob.await.map_err(|error| match error {
        BlobError::Stream(source) => S3Error::with_source(S3ErrorCode::IncompleteBody, source),
        folder => S3Error::with_source(S3ErrorCode::InternalError, Box::new(folder)),
    })?;
    let md5: [u8; 16] = md5.finalize().into();
    if let Some(claimed) = content_md5 {
        use base64::{Engine, engine::general_purpose::STANDARD};
        if STANDARD.encode(md5) != claimed {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
    }
    let sum = sum.finish();
    claim.check(&sum)?;
    Ok((blob, md5, sum))
}

fn refuse_part_number(number: Option<i32>) -> S3Result<()> {
    match number {
        Some(_) => Err(s3_error!(NotImplemented, "partNumber is not emulated; use Range")),
        None => Ok(()),
    }
}

impl State {
    /// PutObject.
    pub async fn put_object(
        &self,
        mut req: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        the(&mut self.lock(), &req.input.bucket)?;
        let claim = Claim::new(
            sums_of!(req.input),
            req.input.checksum_algorithm.as_ref(),
            &req.headers,
            req.trailing_headers.take(),
        );
        let mut input = req.input;
        let algorithm = claim.algorithm.unwrap_or(Algorithm::Crc64Nvme);
        let md5 = input.content_md5.take();
        let (blob, md5, sum) =
            receive(self, input.body.take(), claim, md5.as_deref(), algorithm).await?;
        let stored = Stored {
            blob,
            etag: hex::encode(md5),
            sum: sum.clone(),
            head: head_of!(input),
            tags: parse_tags(input.tagging.as_deref())?,
            kms: false,
        };
        let mut kms = false;
        let version_id =
            self.write_if(&input.bucket, &input.key, stored, Reason::PutObject, |bucket| {
                kms = bucket.kms();
                let (a, b) = (input.if_match.as_ref(), input.if_none_match.as_ref());
                write_conditions(bucket, &input.key, a, b)
            })?;
        let mut output = PutObjectOutput {
            e_tag: Some(ETag::Strong(hex::encode(md5))),
            version_id,
            checksum_type: Some(sum.kind()),
            server_side_encryption: encryption(kms),
            ..Default::default()
        };
        set_sum!(output, sum);
        Ok(S3Response::new(output))
    }

    /// GetObject.
    pub async fn get_object(
        &self,
        req: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = req.input;
        refuse_part_number(input.part_number)?;
        let (version, object, shown) = {
            let mut buckets = self.lock();
            let bucket = the(&mut buckets, &input.bucket)?;
            let (version, object) = bucket.find(&input.key, input.version_id.as_deref())?;
            if object.kms {
                bucket.needs_decrypt()?;
            }
            (version.clone(), object.clone(), bucket.shown(&version.id))
        };
        read_conditions(
            &version,
            &object,
            input.if_match.as_ref(),
            input.if_none_match.as_ref(),
            input.if_modified_since.as_ref(),
            input.if_unmodified_since.as_ref(),
        )?;
        let length = object.blob.length();
        let range = input.range.map(|r| r.check(length)).transpose()?;
        let bytes = range.clone().unwrap_or(0..length);
        let mut output = GetObjectOutput {
            accept_ranges: Some("bytes".into()),
            content_length: Some((bytes.end - bytes.start) as i64),
            content_range: range.map(|r| format!("bytes {}-{}/{length}", r.start, r.end - 1)),
            body: Some(object.blob.body(bytes.clone())),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(timestamp(version.at)),
            version_id: shown,
            tag_count: Some(object.tags.len() as i32).filter(|n| *n > 0),
            server_side_encryption: encryption(object.kms),
            ..Default::default()
        };
        fill_head!(output, object.head);
        // Of a part of the bytes S3 returns no checksum of the whole.
        if input.checksum_mode.is_some() && bytes == (0..length) {
            output.checksum_type = Some(object.sum.kind());
            set_sum!(output, object.sum);
        }
        Ok(S3Response::new(output))
    }

    /// HeadObject.
    pub async fn head_object(
        &self,
        req: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = req.input;
        refuse_part_number(input.part_number)?;
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        let (version, object) = bucket.find(&input.key, input.version_id.as_deref())?;
        read_conditions(
            version,
            object,
            input.if_match.as_ref(),
            input.if_none_match.as_ref(),
            input.if_modified_since.as_ref(),
            input.if_unmodified_since.as_ref(),
        )?;
        let mut output = HeadObjectOutput {
            accept_ranges: Some("bytes".into()),
            content_length: Some(object.blob.length() as i64),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(timestamp(version.at)),
            version_id: bucket.shown(&version.id),
            server_side_encryption: encryption(object.kms),
            ..Default::default()
        };
        fill_head!(output, object.head);
        if input.checksum_mode.is_some() {
            output.checksum_type = Some(object.sum.kind());
            set_sum!(output, object.sum);
        }
        Ok(S3Response::new(output))
    }
}
