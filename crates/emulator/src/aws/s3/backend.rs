//! The table of operations: what `s3s` calls, and where it is done. What is not here answers
//! NotImplemented.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::state::State;

/// The backend `s3s` drives.
pub struct Backend(pub Arc<State>);

macro_rules! operations {
    ($($call:ident($input:ident) -> $output:ident = $done:ident $($wait:ident)?;)*) => {
        #[async_trait::async_trait]
        impl S3 for Backend {
            $(async fn $call(&self, req: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.0.$done(req)$(.$wait)?
            })*
        }
    };
}

operations! {
    put_object(PutObjectInput) -> PutObjectOutput = put_object await;
    get_object(GetObjectInput) -> GetObjectOutput = get_object await;
    head_object(HeadObjectInput) -> HeadObjectOutput = head_object await;
    copy_object(CopyObjectInput) -> CopyObjectOutput = copy_object;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete_object;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = delete_objects;
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = put_tags;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = get_tags;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = delete_tags;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = create_upload;
    upload_part(UploadPartInput) -> UploadPartOutput = upload_part await;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = upload_part_copy await;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = complete_upload await;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = abort_upload;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list_objects_v2;
    list_objects(ListObjectsInput) -> ListObjectsOutput = list_objects;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = list_versions;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = list_uploads;
    list_parts(ListPartsInput) -> ListPartsOutput = list_parts;
    create_bucket(CreateBucketInput) -> CreateBucketOutput = create_bucket;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = delete_bucket;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = head_bucket;
    list_buckets(ListBucketsInput) -> ListBucketsOutput = list_buckets;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = bucket_location;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = bucket_versioning;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = set_bucket_versioning;
}
