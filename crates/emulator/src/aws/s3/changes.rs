//! Objects that change or go: copy, delete (one and many), tags.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::bucket::{Deleted, Stored};
use super::checksum::set_sum;
use super::conditions::{source_conditions, write_conditions};
use super::head::{check_tags, encryption, head_of, parse_tags};
use super::state::{Reason, State, the, timestamp};

impl State {
    /// The object a copy reads, with its version id.
    pub fn source(&self, source: &CopySource) -> S3Result<(Stored, Option<String>)> {
        let CopySource::Bucket { bucket, key, version_id } = source else {
            return Err(s3_error!(NotImplemented, "access points are not emulated"));
        };
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, bucket)?;
        let (version, object) = bucket.find(key, version_id.as_deref())?;
        if object.kms {
            bucket.needs_decrypt()?;
        }
        Ok((object.as_ref().clone(), bucket.shown(&version.id)))
    }

    /// CopyObject.
    pub fn copy_object(
        &self,
        req: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let mut input = req.input;
        let (mut object, copy_source_version_id) = self.source(&input.copy_source)?;
        source_conditions(
            &object,
            input.copy_source_if_match.as_ref(),
            input.copy_source_if_none_match.as_ref(),
        )?;
        let replace = |word: Option<&str>| word == Some("REPLACE");
        let head = replace(input.metadata_directive.as_ref().map(MetadataDirective::as_str));
        let tags = replace(input.tagging_directive.as_ref().map(TaggingDirective::as_str));
        if let CopySource::Bucket { bucket, key, version_id: None } = &input.copy_source
            && (&**bucket, &**key) == (&*input.bucket, &*input.key)
            && !head
        {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself \
                 without changing the object's metadata, storage class, website redirect location \
                 or encryption attributes."
            ));
        }
        if head {
            object.head = head_of!(input);
        }
        if tags {
            object.tags = parse_tags(input.tagging.as_deref())?;
        }
        let (etag, sum) = (object.etag.clone(), object.sum.clone());
        let mut kms = false;
        let version_id =
            self.write_if(&input.bucket, &input.key, object, Reason::CopyObject, |bucket| {
                kms = bucket.kms();
                Ok(())
            })?;
        let mut result = CopyObjectResult {
            e_tag: Some(ETag::Strong(etag)),
            last_modified: Some(timestamp(self.now())),
            checksum_type: Some(sum.kind()),
            ..Default::default()
        };
        set_sum!(result, sum);
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id,
            version_id,
            server_side_encryption: encryption(kms),
            ..Default::default()
        }))
    }

    /// DeleteObject.
    pub fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = req.input;
        let now = self.now();
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        write_conditions(bucket, &input.key, input.if_match.as_ref(), None)?;
        let Deleted { marker, version_id } =
            bucket.delete(&input.key, input.version_id.as_deref(), now);
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: marker.then_some(true),
            version_id,
            request_charged: None,
        }))
    }

    /// DeleteObjects: at most 1,000, each with its own outcome.
    pub fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = req.input;
        if input.delete.objects.is_empty() || input.delete.objects.len() > 1000 {
            return Err(s3_error!(MalformedXML, "between 1 and 1000 objects can be deleted"));
        }
        let now = self.now();
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        let quiet = input.delete.quiet == Some(true);
        let mut deleted = Vec::new();
        for object in input.delete.objects {
            let done = bucket.delete(&object.key, object.version_id.as_deref(), now);
            if quiet {
                continue;
            }
            deleted.push(DeletedObject {
                delete_marker: done.marker.then_some(true),
                delete_marker_version_id: done.version_id.filter(|_| done.marker),
                key: Some(object.key),
                version_id: object.version_id,
            });
        }
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted).filter(|d| !d.is_empty()),
            errors: None,
            request_charged: None,
        }))
    }

    /// PutObjectTagging: replaces all tags.
    pub fn put_tags(
        &self,
        req: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = req.input;
        let pairs = input.tagging.tag_set.into_iter();
        let tags = pairs.map(|t| (t.key.unwrap_or_default(), t.value.unwrap_or_default()));
        let version_id = self.set_tags(
            &input.bucket,
            &input.key,
            input.version_id.as_deref(),
            check_tags(tags.collect())?,
        )?;
        Ok(S3Response::new(PutObjectTaggingOutput { version_id }))
    }

    /// DeleteObjectTagging.
    pub fn delete_tags(
        &self,
        req: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        let input = req.input;
        let id = input.version_id.as_deref();
        let version_id = self.set_tags(&input.bucket, &input.key, id, Vec::new())?;
        Ok(S3Response::new(DeleteObjectTaggingOutput { version_id }))
    }

    /// GetObjectTagging.
    pub fn get_tags(
        &self,
        req: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = req.input;
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        let (version, object) = bucket.find(&input.key, input.version_id.as_deref())?;
        let tag = |(k, v): &(String, String)| Tag { key: Some(k.clone()), value: Some(v.clone()) };
        Ok(S3Response::new(GetObjectTaggingOutput {
            tag_set: object.tags.iter().map(tag).collect(),
            version_id: bucket.shown(&version.id),
        }))
    }

    fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        id: Option<&str>,
        tags: Vec<(String, String)>,
    ) -> S3Result<Option<String>> {
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, bucket)?;
        let (id, object) = bucket.find_mut(key, id)?;
        object.tags = tags;
        Ok(bucket.shown(&id))
    }
}
