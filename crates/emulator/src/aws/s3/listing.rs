//! Listings: objects (both ways), versions, uploads, parts. One walk serves them all; keys are in
//! byte order, a page holds at most 1,000 rows, common prefixes count as rows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::bucket::{Bucket, Stored};
use super::checksum::set_sum;
use super::state::{State, the, timestamp};

/// A page of rows.
struct Page<T> {
    items: Vec<(String, T)>,
    prefixes: Vec<String>,
    /// There is more.
    truncated: bool,
    /// Key or common prefix of the last row.
    last: Option<String>,
}

/// What is asked of a listing.
struct Ask<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    /// Go on after this key or common prefix.
    after: Option<&'a str>,
    most: usize,
}

impl<'a> Ask<'a> {
    fn new(
        prefix: Option<&'a String>,
        delimiter: Option<&'a String>,
        after: Option<&'a str>,
        most: Option<i32>,
    ) -> S3Result<Self> {
        let most = most.unwrap_or(1000);
        if most < 0 {
            return Err(s3_error!(InvalidArgument, "the page size must not be negative"));
        }
        Ok(Self {
            prefix: prefix.map_or("", String::as_str),
            delimiter: delimiter.map(String::as_str).filter(|d| !d.is_empty()),
            after: after.filter(|a| !a.is_empty()),
            most: most.min(1000) as usize,
        })
    }

    /// The common prefix a key falls under.
    fn common<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter?;
        let at = key[self.prefix.len()..].find(delimiter)?;
        Some(&key[..self.prefix.len() + at + delimiter.len()])
    }

    /// One page of `rows`, which come in key order. `same_key` says whether a row of the key the
    /// last page ended with is still to come.
    fn page<T>(
        &self,
        rows: impl Iterator<Item = (String, T)>,
        mut same_key: impl FnMut(&T) -> bool,
    ) -> Page<T> {
        let mut page =
            Page { items: Vec::new(), prefixes: Vec::new(), truncated: false, last: None };
        for (key, item) in rows.filter(|(key, _)| key.starts_with(self.prefix)) {
            let common = self.common(&key);
            if let Some(after) = self.after {
                let row = common.unwrap_or(&key);
                let seen = match row.cmp(after) {
                    std::cmp::Ordering::Less => true,
                    std::cmp::Ordering::Equal => common.is_some() || !same_key(&item),
                    std::cmp::Ordering::Greater => false,
                };
                if seen {
                    continue;
                }
            }
            if common.is_some() && page.prefixes.last().map(String::as_str) == common {
                continue;
            }
            if page.items.len() + page.prefixes.len() >= self.most {
                page.truncated = self.most > 0;
                break;
            }
            page.last = Some(common.unwrap_or(&key).to_owned());
            match common {
                Some(common) => page.prefixes.push(common.to_owned()),
                None => page.items.push((key, item)),
            }
        }
        page
    }
}

/// Writes keys as the client asked: plain, or URL-encoded (which Python's client always asks for).
struct Spelling(bool);

impl Spelling {
    fn of(encoding: Option<&EncodingType>) -> Self {
        Self(encoding.is_some_and(|e| e.as_str() == EncodingType::URL))
    }

    fn key(&self, text: &str) -> String {
        if !self.0 {
            return text.into();
        }
        let mut out = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                    out.push(char::from(byte));
                }
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    }

    fn prefixes(&self, list: &[String]) -> Option<Vec<CommonPrefix>> {
        let rows: Vec<_> =
            list.iter().map(|p| CommonPrefix { prefix: Some(self.key(p)) }).collect();
        Some(rows).filter(|r| !r.is_empty())
    }

    fn optional(&self, text: Option<&String>) -> Option<String> {
        text.map(|t| self.key(t))
    }
}

fn owner() -> Owner {
    Owner { display_name: Some("emulator".into()), id: Some("0".repeat(64)) }
}

fn objects(bucket: &Bucket, ask: &Ask<'_>) -> Page<(i64, std::sync::Arc<Stored>)> {
    let rows = bucket.keys.iter().filter_map(|(key, versions)| {
        let version = versions.last()?;
        Some((key.clone(), (version.at, version.object.clone()?)))
    });
    ask.page(rows, |_| false)
}

fn contents(
    page: &Page<(i64, std::sync::Arc<Stored>)>,
    spelling: &Spelling,
    with_owner: bool,
) -> Option<Vec<Object>> {
    let rows = page.items.iter().map(|(key, (at, object))| Object {
        key: Some(spelling.key(key)),
        size: Some(object.blob.length() as i64),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(timestamp(*at)),
        checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(object.sum.algorithm.word())]),
        checksum_type: Some(object.sum.kind()),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        owner: with_owner.then(owner),
        ..Default::default()
    });
    Some(rows.collect::<Vec<_>>()).filter(|r| !r.is_empty())
}

impl State {
    /// ListObjectsV2.
    pub fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = req.input;
        let resumed = match &input.continuation_token {
            None => None,
            Some(token) => {
                let bytes = URL_SAFE_NO_PAD.decode(token).ok();
                let text = bytes.and_then(|b| String::from_utf8(b).ok());
                Some(text.ok_or_else(|| {
                    s3_error!(InvalidArgument, "The continuation token provided is incorrect")
                })?)
            }
        };
        let after = resumed.as_deref().or(input.start_after.as_deref());
        let ask = Ask::new(input.prefix.as_ref(), input.delimiter.as_ref(), after, input.max_keys)?;
        let page = objects(the(&mut self.lock(), &input.bucket)?, &ask);
        let spelling = Spelling::of(input.encoding_type.as_ref());
        let next = page.last.as_ref().filter(|_| page.truncated);
        Ok(S3Response::new(ListObjectsV2Output {
            max_keys: Some(ask.most as i32),
            key_count: Some((page.items.len() + page.prefixes.len()) as i32),
            is_truncated: Some(page.truncated),
            next_continuation_token: next.map(|n| URL_SAFE_NO_PAD.encode(n)),
            contents: contents(&page, &spelling, input.fetch_owner == Some(true)),
            common_prefixes: spelling.prefixes(&page.prefixes),
            prefix: Some(spelling.optional(input.prefix.as_ref()).unwrap_or_default()),
            delimiter: spelling.optional(input.delimiter.as_ref()),
            start_after: spelling.optional(input.start_after.as_ref()),
            name: Some(input.bucket),
            continuation_token: input.continuation_token,
            encoding_type: input.encoding_type,
            request_charged: None,
        }))
    }

    /// ListObjects.
    pub fn list_objects(
        &self,
        req: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = req.input;
        let after = input.marker.as_deref();
        let ask = Ask::new(input.prefix.as_ref(), input.delimiter.as_ref(), after, input.max_keys)?;
        let page = objects(the(&mut self.lock(), &input.bucket)?, &ask);
        let spelling = Spelling::of(input.encoding_type.as_ref());
        // The first version of the call names a next marker only when a delimiter was given.
        let next = page.last.as_ref().filter(|_| page.truncated && ask.delimiter.is_some());
        Ok(S3Response::new(ListObjectsOutput {
            max_keys: Some(ask.most as i32),
            is_truncated: Some(page.truncated),
            next_marker: spelling.optional(next),
            contents: contents(&page, &spelling, true),
            common_prefixes: spelling.prefixes(&page.prefixes),
            prefix: Some(spelling.optional(input.prefix.as_ref()).unwrap_or_default()),
            marker: Some(spelling.optional(input.marker.as_ref()).unwrap_or_default()),
            delimiter: spelling.optional(input.delimiter.as_ref()),
            name: Some(input.bucket),
            encoding_type: input.encoding_type,
            request_charged: None,
        }))
    }

    /// ListObjectVersions: newest of a key first.
    pub fn list_versions(
        &self,
        req: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let input = req.input;
        let after = input.key_marker.as_deref();
        let ask = Ask::new(input.prefix.as_ref(), input.delimiter.as_ref(), after, input.max_keys)?;
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        let rows = bucket.keys.iter().flat_map(|(key, versions)| {
            let newest_first = versions.iter().rev().enumerate();
            newest_first.map(|(n, version)| (key.clone(), (n == 0, version)))
        });
        // With a version marker the rest of that key's versions is still to come.
        let marker = input.version_id_marker.as_deref();
        let mut past = false;
        let page = ask.page(rows, |(_, version)| {
            let still = past;
            past |= Some(version.id.as_str()) == marker;
            still
        });
        let spelling = Spelling::of(input.encoding_type.as_ref());
        let (mut versions, mut markers) = (Vec::new(), Vec::new());
        for (key, (latest, version)) in &page.items {
            let (key, at) = (Some(spelling.key(key)), Some(timestamp(version.at)));
            let (is_latest, version_id) = (Some(*latest), Some(version.id.clone()));
            match &version.object {
                Some(object) => versions.push(ObjectVersion {
                    key,
                    is_latest,
                    version_id,
                    last_modified: at,
                    size: Some(object.blob.length() as i64),
                    e_tag: Some(ETag::Strong(object.etag.clone())),
                    owner: Some(owner()),
                    ..Default::default()
                }),
                None => markers.push(DeleteMarkerEntry {
                    key,
                    is_latest,
                    version_id,
                    last_modified: at,
                    owner: Some(owner()),
                }),
            }
        }
        let next = page.last.as_ref().filter(|_| page.truncated);
        let next_version = page
            .items
            .last()
            .filter(|(key, _)| Some(key) == next)
            .map(|(_, (_, version))| version.id.clone());
        Ok(S3Response::new(ListObjectVersionsOutput {
            max_keys: Some(ask.most as i32),
            is_truncated: Some(page.truncated),
            next_key_marker: spelling.optional(next),
            next_version_id_marker: next_version,
            versions: Some(versions).filter(|v| !v.is_empty()),
            delete_markers: Some(markers).filter(|m| !m.is_empty()),
            common_prefixes: spelling.prefixes(&page.prefixes),
            prefix: Some(spelling.optional(input.prefix.as_ref()).unwrap_or_default()),
            delimiter: spelling.optional(input.delimiter.as_ref()),
            key_marker: Some(spelling.optional(input.key_marker.as_ref()).unwrap_or_default()),
            version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
            name: Some(input.bucket),
            encoding_type: input.encoding_type,
            request_charged: None,
        }))
    }

    /// ListMultipartUploads: by key, then by age.
    pub fn list_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = req.input;
        let after = input.key_marker.as_deref();
        let ask =
            Ask::new(input.prefix.as_ref(), input.delimiter.as_ref(), after, input.max_uploads)?;
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        let mut rows: Vec<_> = bucket.uploads.iter().map(|u| (u.key.clone(), u)).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        let marker = input.upload_id_marker.as_deref();
        let mut past = false;
        let page = ask.page(rows.into_iter(), |upload| {
            let still = past;
            past |= Some(upload.id.as_str()) == marker;
            still
        });
        let spelling = Spelling::of(input.encoding_type.as_ref());
        let rows = page.items.iter().map(|(key, upload)| MultipartUpload {
            key: Some(spelling.key(key)),
            upload_id: Some(upload.id.clone()),
            initiated: Some(timestamp(upload.at)),
            checksum_algorithm: upload.algorithm.map(|a| ChecksumAlgorithm::from_static(a.word())),
            owner: Some(owner()),
            ..Default::default()
        });
        let uploads: Vec<_> = rows.collect();
        let next = page.last.as_ref().filter(|_| page.truncated);
        Ok(S3Response::new(ListMultipartUploadsOutput {
            max_uploads: Some(ask.most as i32),
            is_truncated: Some(page.truncated),
            next_key_marker: spelling.optional(next),
            next_upload_id_marker: page
                .items
                .last()
                .filter(|(key, _)| Some(key) == next)
                .map(|(_, upload)| upload.id.clone()),
            uploads: Some(uploads).filter(|u| !u.is_empty()),
            common_prefixes: spelling.prefixes(&page.prefixes),
            prefix: spelling.optional(input.prefix.as_ref()),
            delimiter: spelling.optional(input.delimiter.as_ref()),
            key_marker: spelling.optional(input.key_marker.as_ref()),
            upload_id_marker: input.upload_id_marker,
            bucket: Some(input.bucket),
            encoding_type: input.encoding_type,
            request_charged: None,
        }))
    }

    /// ListParts.
    pub fn list_parts(
        &self,
        req: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        let input = req.input;
        let most = input.max_parts.unwrap_or(1000).clamp(0, 1000) as usize;
        let after = input.part_number_marker.unwrap_or(0);
        let mut buckets = self.lock();
        let bucket = the(&mut buckets, &input.bucket)?;
        let upload = bucket.upload(&input.key, &input.upload_id)?;
        let mut rest = upload.parts.range(after.saturating_add(1)..);
        let rows = rest.by_ref().take(most).map(|(number, part)| {
            let mut row = Part {
                part_number: Some(*number),
                size: Some(part.blob.length() as i64),
                e_tag: Some(ETag::Strong(hex::encode(part.md5))),
                last_modified: Some(timestamp(part.at)),
                ..Default::default()
            };
            set_sum!(row, part.sum);
            row
        });
        let parts: Vec<_> = rows.collect();
        Ok(S3Response::new(ListPartsOutput {
            is_truncated: Some(rest.next().is_some()),
            next_part_number_marker: parts.last().and_then(|p| p.part_number),
            max_parts: Some(most as i32),
            part_number_marker: Some(after),
            parts: Some(parts).filter(|p| !p.is_empty()),
            checksum_algorithm: upload.algorithm.map(|a| ChecksumAlgorithm::from_static(a.word())),
            upload_id: Some(input.upload_id),
            bucket: Some(input.bucket),
            key: Some(input.key),
            owner: Some(owner()),
            ..Default::default()
        }))
    }
}
