//! Times as the org writes them. Inside records a time is RFC 3339 with `Z`; on the REST wire it
//! ends in `+0000`. Salesforce keeps whole seconds: milliseconds are cut off at the save.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// Epoch milliseconds of a time in any of the forms Salesforce takes; none if it is no time.
pub fn millis(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 19 || bytes[4] != b'-' || bytes[10] != b'T' {
        return None;
    }
    // `+0000` → `+00:00`, the only form RFC 3339 knows.
    let mut text = text.to_string();
    let tail = text.len().saturating_sub(5);
    if text.is_char_boundary(tail)
        && text[tail..].starts_with(['+', '-'])
        && text[tail + 1..].bytes().all(|b| b.is_ascii_digit())
        && tail >= 19
    {
        text.insert(tail + 3, ':');
    }
    let time = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
    Some((time.unix_timestamp_nanos() / 1_000_000) as i64)
}

/// The form kept in records: `2026-01-31T10:00:00.000Z`.
pub fn stored(ms: i64) -> String {
    format!("{}.000Z", second(ms))
}

/// The form on the wire: `2026-01-31T10:00:00.000+0000`.
pub fn wire(ms: i64) -> String {
    format!("{}.000+0000", second(ms))
}

fn second(ms: i64) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000))
        .ok()
        .map(|t| t.to_offset(UtcOffset::UTC))
        .and_then(|t| t.format(form).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_a_time_mean_the_same() {
        for text in [
            "2026-01-31T10:00:00Z",
            "2026-01-31T10:00:00.000Z",
            "2026-01-31T10:00:00.000+0000",
            "2026-01-31T11:00:00+01:00",
            "2026-01-31T11:00:00.000+0100",
        ] {
            assert_eq!(millis(text), Some(1_769_853_600_000), "{text}");
        }
        assert_eq!(stored(1_769_853_600_999), "2026-01-31T10:00:00.000Z");
        assert_eq!(wire(1_769_853_600_000), "2026-01-31T10:00:00.000+0000");
        assert_eq!(millis("Sales-call-with-the-Other"), None);
    }
}
