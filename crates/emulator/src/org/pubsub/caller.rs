//! Who calls: the three metadata entries each call carries.

use tonic::Code;
use tonic::metadata::MetadataMap;

use super::refusal::Refusal;
use super::{Service, TokenCheck};

/// Checks `accesstoken`, `instanceurl` and `tenantid`; gives the user's id.
pub(super) fn caller(service: &Service, metadata: &MetadataMap) -> Result<String, Refusal> {
    let entry = |name: &'static str| {
        let value = metadata.get(name).and_then(|value| value.to_str().ok());
        value.filter(|value| !value.is_empty()).ok_or_else(|| invalid(name, "is missing"))
    };
    let token = entry("accesstoken")?;
    let url = entry("instanceurl")?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(invalid("instanceurl", "is not a URL"));
    }
    // The 15-character form is refused, as the real service refuses it.
    if entry("tenantid")? != service.bus.org_id() {
        return Err(invalid("tenantid", "is not the 18-character id of this org"));
    }
    known(&service.tokens, token)
}

/// The user of a token.
pub(super) fn known(tokens: &TokenCheck, token: &str) -> Result<String, Refusal> {
    tokens(token).ok_or_else(Refusal::bad_token)
}

fn invalid(name: &str, what: &str) -> Refusal {
    let message = format!("the metadata entry {name} {what}");
    Refusal::new(Code::Unauthenticated, "service.auth.headers.invalid", message)
}
