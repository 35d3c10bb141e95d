//! Record ids: three characters of key prefix, three of instance, nine counted up, and the
//! three-character suffix that makes them safe where case is lost.

use chime_contract::command::{is_record_id, long_id};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The n-th id of an object, 18 characters.
pub fn record_id(prefix: &str, n: u64) -> String {
    let mut digits = [b'0'; 9];
    let mut left = n;
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(left % 62) as usize];
        left /= 62;
    }
    long_id(&format!("{prefix}5e0{}", String::from_utf8_lossy(&digits)))
}

/// The 18-character form of what a client sent; none if it is no id. A wrong suffix is no id.
pub fn parse(text: &str) -> Option<String> {
    if !is_record_id(text) {
        return None;
    }
    let long = long_id(&text[..15]);
    (text.len() == 15 || long == text).then_some(long)
}

/// The Name of the n-th record under an auto-number format such as `MTG-{000000}`.
pub fn auto_number(format: &str, n: u64) -> String {
    let Some((before, rest)) = format.split_once('{') else { return format!("{format}{n}") };
    let (zeros, after) = rest.split_once('}').unwrap_or((rest, ""));
    format!("{before}{n:0width$}{after}", width = zeros.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_eighteen_characters_and_differ() {
        let a = record_id("a00", 1);
        let b = record_id("a00", 63);
        assert_eq!(a.len(), 18);
        assert_ne!(a, b);
        assert_eq!(parse(&a[..15]), Some(a.clone()));
        assert_eq!(parse(&a), Some(a));
        assert_eq!(parse("a005e0000000001XXX"), None);
        assert_eq!(parse("short"), None);
    }

    #[test]
    fn auto_numbers_are_padded() {
        assert_eq!(auto_number("MTG-{000000}", 7), "MTG-000007");
        assert_eq!(auto_number("MTG-{0}", 12), "MTG-12");
    }
}
