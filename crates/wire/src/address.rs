//! Addresses a token may be sent to. The settings and the token answer both name some; the rule is
//! one.

pub use url::Url;

/// Reads an address: `https://`, or plain HTTP on this machine (the emulator), without a user or a
/// password in it. `None` for all else.
pub fn secure(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let local = matches!(url.host_str()?, "127.0.0.1" | "[::1]" | "localhost");
    let plain = !url.username().is_empty() || url.password().is_some();
    match url.scheme() {
        "https" if !plain => Some(url),
        "http" if local && !plain => Some(url),
        _ => None,
    }
}
