//! Buckets themselves: made, looked at, deleted, versioning switched.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::bucket::{Bucket as Kept, BucketConfig, Versioning};
use super::state::{State, the, timestamp};
use crate::aws::ids::REGION;

impl State {
    /// CreateBucket.
    pub fn create_bucket(
        &self,
        req: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let name = req.input.bucket;
        let now = self.now();
        let mut buckets = self.lock();
        if buckets.contains_key(&name) {
            return Err(s3_error!(
                BucketAlreadyOwnedByYou,
                "Your previous request to create the named bucket succeeded and you already own it."
            ));
        }
        buckets.insert(name.clone(), Kept::new(BucketConfig::new(&name), now));
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{name}")) }))
    }

    /// DeleteBucket: only an empty one; versions and markers count.
    pub fn delete_bucket(
        &self,
        req: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        let mut buckets = self.lock();
        if !the(&mut buckets, &req.input.bucket)?.keys.is_empty() {
            return Err(s3_error!(
                BucketNotEmpty,
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            ));
        }
        buckets.remove(&req.input.bucket);
        Ok(S3Response::new(DeleteBucketOutput {}))
    }

    /// HeadBucket.
    pub fn head_bucket(
        &self,
        req: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        the(&mut self.lock(), &req.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput {
            bucket_region: Some(REGION.into()),
            ..Default::default()
        }))
    }

    /// ListBuckets.
    pub fn list_buckets(
        &self,
        _req: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        let buckets = self.lock();
        let rows = buckets.values().map(|b| Bucket {
            name: Some(b.config.name.clone()),
            creation_date: Some(timestamp(b.at)),
            bucket_region: Some(REGION.into()),
        });
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(rows.collect()),
            ..Default::default()
        }))
    }

    /// GetBucketLocation.
    pub fn bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        the(&mut self.lock(), &req.input.bucket)?;
        Ok(S3Response::new(GetBucketLocationOutput {
            location_constraint: Some(BucketLocationConstraint::from_static(REGION)),
        }))
    }

    /// GetBucketVersioning: no status at all while it was never on.
    pub fn bucket_versioning(
        &self,
        req: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        let status = match the(&mut self.lock(), &req.input.bucket)?.versioning {
            Versioning::Off => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        Ok(S3Response::new(GetBucketVersioningOutput {
            status: status.map(BucketVersioningStatus::from_static),
            mfa_delete: None,
        }))
    }

    /// PutBucketVersioning: on or suspended, never off again.
    pub fn set_bucket_versioning(
        &self,
        req: S3Request<PutBucketVersioningInput>,
    ) -> S3Result<S3Response<PutBucketVersioningOutput>> {
        let status = req.input.versioning_configuration.status;
        let versioning = match status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            _ => {
                return Err(s3_error!(
                    IllegalVersioningConfigurationException,
                    "The Versioning element must be specified"
                ));
            }
        };
        the(&mut self.lock(), &req.input.bucket)?.versioning = versioning;
        Ok(S3Response::new(PutBucketVersioningOutput {}))
    }
}
