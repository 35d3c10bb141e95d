//! `If-Match`, `If-None-Match` and their kin, for writes and for reads.

use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

use super::bucket::{Bucket, Stored, Version};
use super::state::timestamp;

/// What `If-Match` and `If-None-Match` of a write demand of the key as it is.
pub fn write_conditions(
    bucket: &Bucket,
    key: &str,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let current = bucket.current(key);
    if let Some(condition) = if_match {
        let object = current.ok_or_else(|| bucket.missing())?;
        if !holds(condition, &object.etag) {
            return Err(precondition());
        }
    }
    match (if_none_match, current) {
        (Some(condition), Some(object)) if holds(condition, &object.etag) => Err(precondition()),
        _ => Ok(()),
    }
}

fn holds(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.value() == etag)
}

fn precondition() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// The conditions of a read: 412 when it may not be answered, 304 when the client has it already.
pub fn read_conditions(
    version: &Version,
    object: &Stored,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
    modified_since: Option<&Timestamp>,
    unmodified_since: Option<&Timestamp>,
) -> S3Result<()> {
    // HTTP dates have whole seconds.
    let written = timestamp(version.at.div_euclid(1000) * 1000);
    match (if_match, unmodified_since) {
        (Some(condition), _) if !holds(condition, &object.etag) => return Err(precondition()),
        (None, Some(since)) if written > *since => return Err(precondition()),
        _ => {}
    }
    let has_it = match (if_none_match, modified_since) {
        (Some(condition), _) => holds(condition, &object.etag),
        (None, Some(since)) => written <= *since,
        (None, None) => false,
    };
    if has_it {
        let mut error = s3_error!(NotModified, "Not Modified");
        let mut headers = http::HeaderMap::new();
        if let Ok(etag) = http::HeaderValue::from_str(&format!("\"{}\"", object.etag)) {
            headers.insert(http::header::ETAG, etag);
        }
        error.set_headers(headers);
        return Err(error);
    }
    Ok(())
}

/// The conditions on the source of a copy.
pub fn source_conditions(
    object: &Stored,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let refused = if_match.is_some_and(|c| !holds(c, &object.etag))
        || if_none_match.is_some_and(|c| holds(c, &object.etag));
    if refused { Err(precondition()) } else { Ok(()) }
}
