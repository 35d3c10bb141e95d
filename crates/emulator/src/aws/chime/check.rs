//! Bounds and patterns of Chime's parameters, as the service's model states them.

use super::error::ChimeError;

/// Media regions meetings can be held in.
const REGIONS: [&str; 20] = [
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-east-1",
    "us-gov-west-1",
];

/// A parameter that is out of bounds.
pub(super) fn bad(name: &str, rule: &str) -> ChimeError {
    ChimeError::BadRequest(format!("The parameter {name} {rule}."))
}

/// Length in characters.
fn length(name: &str, text: &str, least: usize, most: usize) -> Result<(), ChimeError> {
    match text.chars().count() {
        n if (least..=most).contains(&n) => Ok(()),
        _ => Err(bad(name, &format!("must have {least} to {most} characters"))),
    }
}

/// `ClientRequestToken`.
pub(super) fn request_token(text: &str) -> Result<(), ChimeError> {
    length("ClientRequestToken", text, 2, 64)?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.chars().all(good) {
        Ok(())
    } else {
        Err(bad("ClientRequestToken", "may have letters, digits, hyphens and underscores only"))
    }
}

/// `ExternalMeetingId`, `ExternalUserId`, `MeetingHostId`.
pub(super) fn external_id(name: &str, text: &str) -> Result<(), ChimeError> {
    length(name, text, 2, 64)?;
    let good = |c: char| {
        c.is_ascii_alphanumeric()
            || c.is_whitespace()
            || ('\u{c0}'..='\u{ff}').contains(&c)
            || "-_&@+=,(){}[]/«».:|'\"#".contains(c)
    };
    if !text.chars().all(good) {
        return Err(bad(name, "has a character that is not allowed"));
    }
    if text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        return Err(bad(name, "may not begin with the reserved prefix aws:"));
    }
    Ok(())
}

/// `MediaRegion`.
pub(super) fn region(text: &str) -> Result<(), ChimeError> {
    length("MediaRegion", text, 2, 64)?;
    if REGIONS.contains(&text) { Ok(()) } else { Err(bad("MediaRegion", "is no media region")) }
}

/// `TenantIds`.
pub(super) fn tenants(ids: &[String]) -> Result<(), ChimeError> {
    if ids.is_empty() || ids.len() > 5 {
        return Err(bad("TenantIds", "must have 1 to 5 entries"));
    }
    for id in ids {
        length("TenantIds", id, 2, 256)?;
        let good = |c: char| c.is_ascii_alphanumeric() || "-_!@#$".contains(c);
        let letters: Vec<char> = id.chars().collect();
        let four = letters.windows(4).any(|w| w.iter().all(|c| *c == w[0]));
        if four || !letters.iter().all(|c| good(*c)) {
            return Err(bad("TenantIds", "does not match its pattern"));
        }
    }
    Ok(())
}

/// One tag.
pub(super) fn tag(key: &str, value: &str) -> Result<(), ChimeError> {
    length("Tags", key, 1, 128)?;
    length("Tags", value, 0, 256)?;
    // The model's `[a-zA-Z+-=._:/]` holds the range from plus to equals sign.
    let good = |c: char| c.is_ascii_alphabetic() || ('+'..='=').contains(&c) || "._:/".contains(c);
    if key.chars().all(good) { Ok(()) } else { Err(bad("Tags", "has a key that is not allowed")) }
}

/// A GUID in a path.
pub(super) fn guid(name: &str, text: &str) -> Result<(), ChimeError> {
    let groups: Vec<&str> = text.split('-').collect();
    let right = groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_hexdigit()));
    if right { Ok(()) } else { Err(bad(name, "is not a GUID")) }
}
