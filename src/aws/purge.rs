//! Erasing: every version, every delete marker, and uploads that were never completed, which no
//! list of versions shows. Each call may be repeated until nothing is left.
//!
//! S3 does not say what a list does that goes on after something deleted meanwhile, and not every
//! store goes on rightly. So a page is emptied and the next one read from the beginning again.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::error::{AwsError, Call, Class, Result};
use super::objects::Objects;

impl Objects {
    /// Deletes every version of every object under a prefix, markers too; returns how many.
    /// Works in a bucket without versions as well.
    pub async fn delete_all_versions(&self, bucket: &str, prefix: &str) -> Result<u64> {
        const LIST: Call = ("S3", "ListObjectVersions");
        check_prefix(LIST, prefix)?;
        let mut deleted = 0;
        let (mut key, mut version) = (None, None);
        let mut before = Vec::new();
        loop {
            let page = self
                .client
                .list_object_versions()
                .bucket(bucket)
                .prefix(prefix)
                .set_key_marker(key.take())
                .set_version_id_marker(version.take())
                .send()
                .await
                .map_err(|e| AwsError::of(LIST, e))?;
            let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
            let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
            let doomed: Vec<ObjectIdentifier> = versions
                .chain(markers)
                .filter_map(|(key, version)| {
                    let id = ObjectIdentifier::builder().key(key?);
                    id.set_version_id(version.map(str::to_string)).build().ok()
                })
                .collect();
            if !doomed.is_empty() && doomed == before {
                return Err(AwsError::lacks(
                    LIST,
                    "the deletion: it shows the same versions again",
                ));
            }
            for chunk in doomed.chunks(1_000) {
                deleted += self.delete_versions(bucket, chunk).await?;
            }
            if page.is_truncated() != Some(true) {
                return Ok(deleted);
            }
            if !doomed.is_empty() {
                before = doomed;
                continue;
            }
            key = page.next_key_marker().map(str::to_string);
            version = page.next_version_id_marker().map(str::to_string);
            if key.is_none() {
                return Err(AwsError::lacks(LIST, "the marker of the next page"));
            }
        }
    }

    async fn delete_versions(&self, bucket: &str, versions: &[ObjectIdentifier]) -> Result<u64> {
        const CALL: Call = ("S3", "DeleteObjects");
        let delete = Delete::builder()
            .set_objects(Some(versions.to_vec()))
            .quiet(true)
            .build()
            .map_err(|e| AwsError::unmade(CALL, e))?;
        let answer = self
            .client
            .delete_objects()
            .bucket(bucket)
            .delete(delete)
            .send()
            .await
            .map_err(|e| AwsError::of(CALL, e))?;
        // Inside a 200: a version that could not be deleted is still there.
        if let Some(error) = answer.errors().first() {
            return Err(AwsError::Refused {
                service: CALL.0,
                call: CALL.1,
                status: 200,
                code: error.code().unwrap_or("unknown").to_string(),
                message: error.message().unwrap_or_default().chars().take(300).collect(),
            });
        }
        Ok(versions.len() as u64)
    }

    /// Aborts every upload under a prefix that was begun and not completed; returns how many.
    pub async fn abort_uploads(&self, bucket: &str, prefix: &str) -> Result<u64> {
        const LIST: Call = ("S3", "ListMultipartUploads");
        const ABORT: Call = ("S3", "AbortMultipartUpload");
        check_prefix(LIST, prefix)?;
        let mut aborted = 0;
        let (mut key, mut upload) = (None, None);
        let mut before = Vec::new();
        loop {
            let page = self
                .client
                .list_multipart_uploads()
                .bucket(bucket)
                .prefix(prefix)
                .set_key_marker(key.take())
                .set_upload_id_marker(upload.take())
                .send()
                .await
                .map_err(|e| AwsError::of(LIST, e))?;
            let doomed: Vec<(String, String)> = page
                .uploads()
                .iter()
                .filter_map(|one| Some((one.key()?.to_string(), one.upload_id()?.to_string())))
                .collect();
            if !doomed.is_empty() && doomed == before {
                return Err(AwsError::lacks(LIST, "the aborts: it shows the same uploads again"));
            }
            for (key, id) in &doomed {
                let call = self.client.abort_multipart_upload().bucket(bucket).key(key);
                match call.upload_id(id).send().await {
                    Ok(_) => aborted += 1,
                    Err(error) => match AwsError::of(ABORT, error) {
                        // Completed or aborted meanwhile.
                        error if error.class() == Class::NotFound => {}
                        error => return Err(error),
                    },
                }
            }
            if page.is_truncated() != Some(true) {
                return Ok(aborted);
            }
            if !doomed.is_empty() {
                before = doomed;
                continue;
            }
            key = page.next_key_marker().map(str::to_string);
            upload = page.next_upload_id_marker().map(str::to_string);
            if key.is_none() {
                return Err(AwsError::lacks(LIST, "the marker of the next page"));
            }
        }
    }
}

/// An empty or half prefix would erase what belongs to others (`recordings/1` is also the beginning
/// of `recordings/12`). A whole one ends with a slash, or, within a folder, with the dash that ends
/// a recording's key (`launch/<recording>-`).
fn check_prefix((service, call): Call, prefix: &str) -> Result<()> {
    let folder = prefix.len() > 1 && prefix.ends_with('/');
    let name = prefix.strip_suffix('-').and_then(|name| name.rsplit_once('/'));
    if folder || name.is_some_and(|(folder, key)| !folder.is_empty() && !key.is_empty()) {
        return Ok(());
    }
    let reason = format!("the prefix {prefix:?} ends neither with a slash nor with a key's dash");
    Err(AwsError::Unmade { service, call, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_folder_or_all_of_one_key_can_be_erased() {
        let call = ("S3", "ListObjectVersions");
        assert!(check_prefix(call, "recordings/m/r/").is_ok());
        assert!(check_prefix(call, "launch/r-").is_ok());
        for prefix in ["", "/", "-", "/-", "launch/-", "r-", "recordings/m/r", "r"] {
            assert!(check_prefix(call, prefix).is_err(), "{prefix:?}");
        }
    }
}
