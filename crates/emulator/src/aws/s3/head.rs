//! What an object carries beside its bytes: headers, tags, the word for its encryption.

use s3s::dto::ServerSideEncryption;
use s3s::{S3Result, s3_error};

/// `a=b&c=d`, URL-encoded, as the tagging header has it.
pub fn parse_tags(header: Option<&str>) -> S3Result<Vec<(String, String)>> {
    let Some(header) = header else { return Ok(Vec::new()) };
    let url = reqwest::Url::parse(&format!("http://tags/?{header}"))
        .map_err(|_| s3_error!(InvalidArgument, "The header 'x-amz-tagging' is not a query"))?;
    check_tags(url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect())
}

/// Refuses more or longer tags than S3 takes.
pub fn check_tags(tags: Vec<(String, String)>) -> S3Result<Vec<(String, String)>> {
    if tags.len() > 10 {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than 10"));
    }
    if tags.iter().any(|(k, v)| k.is_empty() || k.len() > 128 || v.len() > 256) {
        return Err(s3_error!(InvalidTag, "A tag's key or value is too long or empty"));
    }
    Ok(tags)
}

/// Takes the headers to be stored out of a request.
macro_rules! head_of {
    ($input:expr) => {
        $crate::aws::s3::bucket::Head {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $input.content_encoding.take(),
            content_language: $input.content_language.take(),
            metadata: $input.metadata.take().unwrap_or_default(),
        }
    };
}

/// Puts the stored headers into an answer.
macro_rules! fill_head {
    ($output:expr, $head:expr) => {{
        $output.content_type =
            Some($head.content_type.clone().unwrap_or_else(|| "binary/octet-stream".into()));
        $output.cache_control = $head.cache_control.clone();
        $output.content_disposition = $head.content_disposition.clone();
        $output.content_encoding = $head.content_encoding.clone();
        $output.content_language = $head.content_language.clone();
        $output.metadata = Some($head.metadata.clone()).filter(|m| !m.is_empty());
    }};
}
pub(super) use {fill_head, head_of};

/// `aws:kms` for objects under a KMS key, else `AES256`.
pub fn encryption(kms: bool) -> Option<ServerSideEncryption> {
    Some(ServerSideEncryption::from_static(if kms {
        ServerSideEncryption::AWS_KMS
    } else {
        ServerSideEncryption::AES256
    }))
}
