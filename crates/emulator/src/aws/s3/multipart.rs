//! Multipart uploads. A finished or aborted upload is gone at once: a second Complete, or one that
//! comes late, gets NoSuchUpload, which a client must read as "another won: look with HEAD".

use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::blob::Blob;
use super::bucket::{Stored, Upload, UploadedPart};
use super::checksum::{Algorithm, Claim, Running, Sum, set_sum, sums_of};
use super::conditions::{source_conditions, write_conditions};
use super::head::{encryption, head_of, parse_tags};
use super::objects::receive;
use super::state::{Reason, State, the, timestamp};

/// Every part but the last has at least this many bytes.
const LEAST: u64 = 5 << 20;

impl State {
    /// CreateMultipartUpload.
    pub fn create_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let mut input = req.input;
        let named = input.checksum_algorithm.as_ref();
        let algorithm = named.and_then(|a| Algorithm::of(a.as_str()));
        let full = input.checksum_type.as_ref().map(|t| t.as_str() == ChecksumType::FULL_OBJECT);
        let composite = match algorithm {
            None | Some(Algorithm::Crc64Nvme) => false,
            Some(Algorithm::Sha1 | Algorithm::Sha256) if full == Some(true) => {
                return Err(s3_error!(
                    InvalidRequest,
                    "The FULL_OBJECT checksum type cannot be used with this algorithm."
                ));
            }
            Some(_) => full != Some(true),
        };
        let upload = Upload {
            id: hex::encode(rand::random::<[u8; 32]>()),
            key: input.key.clone(),
            at: self.now(),
            head: head_of!(input),
            tags: parse_tags(input.tagging.as_deref())?,
            algorithm,
            composite,
            parts: Default::default(),
        };
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        let id = upload.id.clone();
        bucket.uploads.push(upload);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: input.checksum_algorithm,
            server_side_encryption: encryption(bucket.kms()),
            ..Default::default()
        }))
    }

    /// UploadPart.
    pub async fn upload_part(
        &self,
        mut req: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let begun = {
            let mut buckets = self.lock();
            let bucket = the(&mut buckets, &req.input.bucket)?;
            bucket.needs_decrypt()?;
            check_number(req.input.part_number)?;
            bucket.upload(&req.input.key, &req.input.upload_id)?.algorithm
        };
        let claim = Claim::new(
            sums_of!(req.input),
            req.input.checksum_algorithm.as_ref(),
            &req.headers,
            req.trailing_headers.take(),
        );
        let mut input = req.input;
        let algorithm = part_algorithm(begun, claim.algorithm)?;
        let (body, md5) = (input.body.take(), input.content_md5.take());
        let (blob, md5, sum) = receive(self, body, claim, md5.as_deref(), algorithm).await?;
        let part = UploadedPart { blob, md5, sum: sum.clone(), at: self.now() };
        let kms =
            self.keep(&input.bucket, &input.key, &input.upload_id, input.part_number, part)?;
        let mut output = UploadPartOutput {
            e_tag: Some(ETag::Strong(hex::encode(md5))),
            server_side_encryption: encryption(kms),
            ..Default::default()
        };
        set_sum!(output, sum);
        Ok(S3Response::new(output))
    }

    /// UploadPartCopy.
    pub async fn upload_part_copy(
        &self,
        req: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let input = req.input;
        check_number(input.part_number)?;
        let (object, copy_source_version_id) = self.source(&input.copy_source)?;
        source_conditions(
            &object,
            input.copy_source_if_match.as_ref(),
            input.copy_source_if_none_match.as_ref(),
        )?;
        let begun = {
            let mut buckets = self.lock();
            let bucket = the(&mut buckets, &input.bucket)?;
            bucket.needs_decrypt()?;
            bucket.upload(&input.key, &input.upload_id)?.algorithm
        };
        let length = object.blob.length();
        let range = match &input.copy_source_range {
            None => 0..length,
            Some(text) => Range::parse(text)
                .map_err(|e| s3_error!(e, InvalidArgument, "x-amz-copy-source-range"))?
                .check(length)?,
        };
        let claim = Claim::new([None; 5], None, &http::HeaderMap::new(), None);
        let algorithm = part_algorithm(begun, None)?;
        let body = Some(object.blob.body(range));
        let (blob, md5, sum) = receive(self, body, claim, None, algorithm).await?;
        let at = self.now();
        let part = UploadedPart { blob, md5, sum: sum.clone(), at };
        self.keep(&input.bucket, &input.key, &input.upload_id, input.part_number, part)?;
        let mut result = CopyPartResult {
            e_tag: Some(ETag::Strong(hex::encode(md5))),
            last_modified: Some(timestamp(at)),
            ..Default::default()
        };
        set_sum!(result, sum);
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(result),
            copy_source_version_id,
            ..Default::default()
        }))
    }

    /// Keeps a part; the upload may have ended while its body came in.
    fn keep(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        number: i32,
        part: UploadedPart,
    ) -> S3Result<bool> {
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, bucket)?;
        bucket.upload(key, id)?.parts.insert(number, part);
        Ok(bucket.kms())
    }

    /// CompleteMultipartUpload.
    pub async fn complete_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = req.input;
        let upload = {
            let mut buckets = self.lock();
            let bucket = the(&mut buckets, &input.bucket)?;
            bucket.needs_decrypt()?;
            bucket.upload(&input.key, &input.upload_id)?.clone()
        };
        let named = input.multipart_upload.as_ref().and_then(|m| m.parts.as_deref());
        let parts = chosen(&upload, named.unwrap_or_default())?;
        let blob = Blob::joined(parts.iter().map(|p| &p.blob));
        if input.mpu_object_size.is_some_and(|size| size as u64 != blob.length()) {
            return Err(s3_error!(
                InvalidRequest,
                "The provided 'x-amz-mp-object-size' header value does not match what was computed"
            ));
        }
        let mut md5 = Md5::new();
        parts.iter().for_each(|p| md5.update(p.md5));
        let etag = format!("{}-{}", hex::encode(md5.finalize()), parts.len());
        let sum = match upload.algorithm {
            Some(algorithm) if upload.composite => {
                Sum::composite(algorithm, parts.iter().map(|p| &p.sum))
            }
            other => whole(&blob, other.unwrap_or(Algorithm::Crc64Nvme)).await?,
        };
        let claim = Claim::new(sums_of!(input), None, &http::HeaderMap::new(), None);
        claim.check(&sum)?;
        let object = Stored {
            blob,
            etag: etag.clone(),
            sum: sum.clone(),
            head: upload.head.clone(),
            tags: upload.tags.clone(),
            kms: false,
        };
        let mut kms = false;
        let reason = Reason::CompleteMultipartUpload;
        let version_id = self.write_if(&input.bucket, &input.key, object, reason, |bucket| {
            kms = bucket.kms();
            // Looked up again under the same lock as the write: of two Completes at once one wins.
            bucket.upload(&input.key, &upload.id)?;
            let (a, b) = (input.if_match.as_ref(), input.if_none_match.as_ref());
            write_conditions(bucket, &input.key, a, b)?;
            bucket.uploads.retain(|u| u.id != upload.id);
            Ok(())
        })?;
        let mut output = CompleteMultipartUploadOutput {
            location: Some(format!("http://127.0.0.1/{}/{}", input.bucket, input.key)),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(etag)),
            version_id,
            checksum_type: Some(sum.kind()),
            server_side_encryption: encryption(kms),
            ..Default::default()
        };
        set_sum!(output, sum);
        Ok(S3Response::new(output))
    }

    /// AbortMultipartUpload.
    pub fn abort_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = req.input;
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        bucket.upload(&input.key, &input.upload_id)?;
        bucket.uploads.retain(|u| u.id != input.upload_id);
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

fn check_number(number: i32) -> S3Result<()> {
    if !(1..=10_000).contains(&number) {
        return Err(s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        ));
    }
    Ok(())
}

/// The sum of a part must be of the kind its upload was begun with.
fn part_algorithm(begun: Option<Algorithm>, named: Option<Algorithm>) -> S3Result<Algorithm> {
    match (begun, named) {
        (Some(begun), Some(named)) if begun != named => Err(s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            begun.word().to_lowercase(),
            named.word().to_lowercase()
        )),
        (begun, named) => Ok(begun.or(named).unwrap_or(Algorithm::Crc64Nvme)),
    }
}

async fn whole(blob: &Blob, algorithm: Algorithm) -> S3Result<Sum> {
    use futures::StreamExt;
    let mut running = Running::new(algorithm);
    let mut chunks = std::pin::pin!(blob.chunks(0..blob.length()));
    while let Some(chunk) = chunks.next().await {
        running.update(&chunk.map_err(s3s::S3Error::internal_error)?);
    }
    Ok(running.finish())
}

/// The parts a Complete names, checked in S3's order: order, existence, ETag, size.
fn chosen<'a>(upload: &'a Upload, named: &[CompletedPart]) -> S3Result<Vec<&'a UploadedPart>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let mut parts: Vec<&UploadedPart> = Vec::with_capacity(named.len());
    let mut before = 0;
    for one in named {
        let number = one.part_number.unwrap_or_default();
        if number <= before {
            return Err(s3_error!(
                InvalidPartOrder,
                "The list of parts was not in ascending order. Parts must be ordered by part number."
            ));
        }
        before = number;
        let invalid = || {
            s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found. The part may not have been \
                 uploaded, or the specified entity tag may not match the part's entity tag."
            )
        };
        let part = upload.parts.get(&number).ok_or_else(invalid)?;
        if one.e_tag.as_ref().is_none_or(|e| e.value() != hex::encode(part.md5)) {
            return Err(invalid());
        }
        let claimed = sums_of!(one).into_iter().flatten().next();
        if claimed.is_some_and(|value| *value != part.sum.value) {
            return Err(invalid());
        }
        // INFERRED: S3 insists on the parts' sums for the SHA kinds; for CRC32, which SDKs name by
        // themselves, completing without them is known to work.
        let sha = matches!(upload.algorithm, Some(Algorithm::Sha1 | Algorithm::Sha256));
        if sha && upload.composite && claimed.is_none() {
            return Err(s3_error!(
                InvalidRequest,
                "The upload was created using a {} checksum. The complete request must include the \
                 checksum for each part. It was missing for part {number} in the request.",
                part.sum.algorithm.word().to_lowercase()
            ));
        }
        parts.push(part);
    }
    if parts.iter().rev().skip(1).any(|p| p.blob.length() < LEAST) {
        return Err(s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size"
        ));
    }
    Ok(parts)
}
