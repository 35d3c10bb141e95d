//! A folder of built static files, served as a CDN serves them: files and nothing else, headers
//! as the build wrote them (`headers.json`), hashed assets kept for a year, all else asked for
//! anew. A folder that was not built says how to build it.
//!
//! Only what lies in the folder is served: no path leads out of it, also not over a link.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

/// Template of the headers each answer carries.
const HEADERS: &str = "headers.json";
/// Folder of files whose name changes with their content.
const HASHED: &str = "assets";

/// A site. Cloneable handle.
#[derive(Debug, Clone)]
pub struct Site {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    fill: BTreeMap<&'static str, String>,
    build: &'static str,
}

impl Site {
    /// The files of a folder. `fill` has the values for `{names}` in its headers; `build` is the
    /// command that makes the folder.
    pub fn new(
        folder: PathBuf,
        fill: impl IntoIterator<Item = (&'static str, String)>,
        build: &'static str,
    ) -> Self {
        let fill = fill.into_iter().collect();
        Self { inner: Arc::new(Inner { folder, fill, build }) }
    }

    /// Answers a request for a file.
    pub async fn serve(self, request: Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
        }
        let Some(name) = relative(request.uri().path()) else {
            return plain(StatusCode::NOT_FOUND, "no such file");
        };
        let Inner { folder, build, .. } = &*self.inner;
        let (folder, file) = (folder.clone(), name.clone());
        // Files are small, but a disk may be slow: not on the thread that serves the others.
        let read = tokio::task::spawn_blocking(move || read(&folder, &file)).await;
        let mut response = match read.ok().flatten() {
            Some(bytes) => (StatusCode::OK, Body::from(bytes)).into_response(),
            None if name == Path::new("index.html") => return missing(build),
            None => return plain(StatusCode::NOT_FOUND, "no such file"),
        };
        let headers = response.headers_mut();
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
        let kept = if name.starts_with(HASHED) {
            "public, max-age=31536000, immutable"
        } else {
            "no-store"
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(&name)));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    /// The headers of the build, with this machine's addresses in them. Read anew each time: a
    /// site may be built again while it is served.
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let text = std::fs::read_to_string(self.inner.folder.join(HEADERS)).unwrap_or_default();
        let Ok(Value::Object(named)) = serde_json::from_str(&text) else { return Vec::new() };
        named
            .into_iter()
            .filter_map(|(name, value)| {
                let mut text = value.as_str()?.to_string();
                for (name, value) in &self.inner.fill {
                    text = text.replace(&format!("{{{name}}}"), value);
                }
                Some((name.parse().ok()?, text.parse().ok()?))
            })
            .collect()
    }
}

/// The file a path stands for, below the folder; none for a path that tries to leave it, or names
/// a hidden file or the headers.
fn relative(path: &str) -> Option<PathBuf> {
    let decoded = percent_decoded(path)?;
    let name = decoded.strip_prefix('/')?;
    let name = if name.is_empty() { "index.html" } else { name };
    if name == HEADERS || name.contains(['\\', '\0', ':']) || name.contains("//") {
        return None;
    }
    let path = PathBuf::from(name);
    let plain = path.components().all(|part| match part {
        Component::Normal(part) => !part.as_encoded_bytes().starts_with(b"."),
        _ => false,
    });
    plain.then_some(path)
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (char::from(rest.next()?), char::from(rest.next()?));
                u8::try_from(high.to_digit(16)? * 16 + low.to_digit(16)?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn read(folder: &Path, name: &Path) -> Option<Vec<u8>> {
    let folder = folder.canonicalize().ok()?;
    let file = folder.join(name).canonicalize().ok()?;
    let inside = file.starts_with(&folder) && file.is_file();
    inside.then(|| std::fs::read(file).ok()).flatten()
}

fn kind(name: &Path) -> &'static str {
    match name.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// What a person sees who has not built the page.
fn missing(build: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not built yet</title>\
         <p>This page is not built yet. Run <code>{build}</code>, then reload.</p></html>"
    );
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in [
            "/../secret",
            "/a/../../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/a\\..\\secret",
            "//etc/passwd",
            "/.git/config",
            "/assets/.env",
            "/headers.json",
            "/%00",
            "/%ff",
            "/%2",
            "secret",
        ] {
            assert_eq!(relative(path), None, "{path}");
        }
        assert_eq!(relative("/"), Some("index.html".into()));
        assert_eq!(relative("/assets/a%2Db.js"), Some("assets/a-b.js".into()));
    }
}
