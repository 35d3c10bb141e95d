//! What can go wrong with a REST call as a whole. Errors of single records under a good answer are
//! in [`super::record`].

use super::record::own_words;
use crate::salesforce::session::SessionError;

/// Why a call did not succeed. `call` names it (`composite`, `query`), never its content.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// There is no session.
    #[error("{call} was not sent: {source}")]
    Session {
        /// Which call.
        call: &'static str,
        /// Why.
        source: SessionError,
    },
    /// 401 with a fresh session too.
    #[error(
        "Salesforce refused {call} with 401 although the session is new; check that the integration user is active and its IP range and API access allow this machine"
    )]
    Unauthorized {
        /// Which call.
        call: &'static str,
    },
    /// Not sent, or sent and the answer was lost: the outcome is unknown.
    #[error("the answer to {call} did not come ({reason}); it is not known whether it was done")]
    Lost {
        /// Which call.
        call: &'static str,
        /// What happened.
        reason: String,
    },
    /// The org's daily or concurrent limit is used up.
    #[error("the org's limit of API calls is used up ({code}); {call} waits")]
    Limit {
        /// Which call.
        call: &'static str,
        /// Salesforce's code.
        code: String,
    },
    /// Their side failed or is being maintained.
    #[error("Salesforce could not do {call} (HTTP {status} {code}); it is tried again")]
    Unavailable {
        /// Which call.
        call: &'static str,
        /// HTTP status.
        status: u16,
        /// Salesforce's code, if it named one.
        code: String,
    },
    /// The request itself was refused.
    #[error("Salesforce refused {call} (HTTP {status} {code}: {message})")]
    Refused {
        /// Which call.
        call: &'static str,
        /// HTTP status.
        status: u16,
        /// Salesforce's code.
        code: String,
        /// Salesforce's words where they quote nothing typed by a person; at most 300 characters.
        message: String,
    },
    /// The answer is larger than we take.
    #[error("the answer to {call} is larger than {limit} (bytes or rows); narrow the request")]
    TooLarge {
        /// Which call.
        call: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The answer cannot be read.
    #[error("the answer to {call} could not be read: {reason}")]
    Unreadable {
        /// Which call.
        call: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Again, after a short back-off. The calls are idempotent, so a lost answer is no harm.
    Retry,
    /// Again, after a long wait; hammering makes it worse.
    Wait,
    /// A person must mend the sign-in, the access or the API version; slow retries. No request is
    /// to blame.
    Reauthorize,
    /// This request will never be taken; another one may.
    Permanent,
}

impl RestError {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Session { source: SessionError::Unreachable { .. }, .. }
            | Self::Lost { .. }
            | Self::Unavailable { .. }
            | Self::Unreadable { .. } => Class::Retry,
            Self::Limit { .. } => Class::Wait,
            Self::Session { source: SessionError::Refused { .. }, .. }
            | Self::Unauthorized { .. } => Class::Reauthorize,
            // Only these speak of what was sent. Anything else (403, 404, 410: no access, no such
            // API) would meet every request alike, and must not bury a single change.
            Self::Refused { status: 400 | 413 | 414 | 422 | 431, code, .. }
                if !code.starts_with("API_") =>
            {
                Class::Permanent
            }
            Self::Refused { .. } => Class::Reauthorize,
            Self::TooLarge { .. } => Class::Permanent,
        }
    }

    /// Code in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Session { .. } => "CB-201",
            Self::Unauthorized { .. } => "CB-202",
            Self::Lost { .. } => "CB-203",
            Self::Limit { .. } => "CB-204",
            Self::Unavailable { .. } => "CB-205",
            Self::Refused { .. } => "CB-206",
            Self::TooLarge { .. } => "CB-207",
            Self::Unreadable { .. } => "CB-208",
        }
    }

    /// From an HTTP status that is no success, and the first error of the body.
    pub fn of_status(call: &'static str, status: u16, code: String, message: &str) -> Self {
        match (status, code.as_str()) {
            (_, "REQUEST_LIMIT_EXCEEDED") | (429, _) => Self::Limit { call, code },
            (401, _) => Self::Unauthorized { call },
            (500.., _) | (408, _) => Self::Unavailable { call, status, code },
            (_, "SERVER_UNAVAILABLE" | "UNKNOWN_EXCEPTION" | "UNABLE_TO_LOCK_ROW") => {
                Self::Unavailable { call, status, code }
            }
            _ => {
                let words = if own_words(&code) { message } else { "no more can be said safely" };
                Self::Refused { call, status, code, message: words.chars().take(300).collect() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_class() {
        for (status, code, class) in [
            (400, "JSON_PARSER_ERROR", Class::Permanent),
            (400, "UNKNOWN_EXCEPTION", Class::Retry),
            (401, "INVALID_SESSION_ID", Class::Reauthorize),
            (403, "REQUEST_LIMIT_EXCEEDED", Class::Wait),
            (403, "INSUFFICIENT_ACCESS", Class::Reauthorize),
            (403, "API_DISABLED_FOR_ORG", Class::Reauthorize),
            (400, "API_CURRENTLY_DISABLED", Class::Reauthorize),
            (404, "NOT_FOUND", Class::Reauthorize),
            (413, "", Class::Permanent),
            (408, "", Class::Retry),
            (410, "UNSUPPORTED_API_VERSION", Class::Reauthorize),
            (429, "", Class::Wait),
            (500, "UNKNOWN_EXCEPTION", Class::Retry),
            (502, "", Class::Retry),
            (503, "SERVER_UNAVAILABLE", Class::Retry),
            (503, "REQUEST_LIMIT_EXCEEDED", Class::Wait),
        ] {
            let error = RestError::of_status("composite", status, code.into(), "");
            assert_eq!(error.class(), class, "HTTP {status} {code}");
        }
    }
}
