//! What can go wrong on the Salesforce side. One enum for the bank and one [`Error::class`] that
//! decides what the caller does next. Messages say what happened, to what, and what to do; they
//! never hold a token, a key, a name or event content, so they may be logged and shown.

use std::time::Duration;

use chime_wire::{answer, schema};

/// Result of a call into this bank.
pub type Result<T> = std::result::Result<T, Error>;

/// What a caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Try again with back-off.
    Retry,
    /// Try again, but not before this time has passed.
    RetryAfter(Duration),
    /// Log in again, then try once more.
    Reauthorize,
    /// Someone else got there first: read, then decide.
    Conflict,
    /// Trying again as it is cannot help; somebody must change something.
    Permanent,
    /// We sent or built something wrong.
    OurBug,
}

/// An error of the Salesforce bank. Cloneable, so that callers waiting for one login share one
/// answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token endpoint refused us, or its answer cannot be used.
    #[error(transparent)]
    Answer(#[from] answer::Error),
    /// A key or secret file cannot be read.
    #[error(
        "CB-102 {what} file {path} cannot be read ({reason}): check the path and its permissions"
    )]
    FileUnreadable {
        /// `private key`, `client secret`, `CA certificate`.
        what: &'static str,
        /// Path.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The private key is there but cannot sign.
    #[error(
        "CB-103 the private key in {path} cannot sign a login ({reason}): it must be an RSA key in PEM form"
    )]
    KeyUnusable {
        /// Path.
        path: String,
        /// Why.
        reason: String,
    },
    /// The token endpoint could not be reached, or had a bad moment.
    #[error("CB-105 the login endpoint at {host} could not be reached ({reason})")]
    LoginUnreachable {
        /// Host name.
        host: String,
        /// What happened.
        reason: String,
        /// The wait the other side asked for, if it did.
        after: Option<Duration>,
    },
    /// The HTTP client cannot be built from the settings.
    #[error("CB-106 the HTTP client cannot be built ({reason}): check the network settings")]
    HttpSettings {
        /// Why.
        reason: String,
    },
    /// An address in the settings is not one we may talk to.
    #[error("CB-107 {what} {value} is not an https:// address")]
    NotSecure {
        /// Which setting.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// The event stream's endpoint cannot be used as set.
    #[error(
        "CB-121 the Pub/Sub endpoint {endpoint} cannot be used ({reason}): check the endpoint and CA settings"
    )]
    Endpoint {
        /// Endpoint.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// No connection to the event stream.
    #[error("CB-122 no connection to the Pub/Sub endpoint {endpoint} ({reason})")]
    NoConnection {
        /// Endpoint.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// The org ended a call with an error.
    #[error("CB-123 {call} for {subject} failed with {code} (rpc id {rpc_id})")]
    Call {
        /// `Subscribe` or `GetSchema`.
        call: &'static str,
        /// Topic or schema id.
        subject: String,
        /// The `error-code` trailer, or the gRPC status if there was none.
        code: String,
        /// What Salesforce support asks for; `-` if there was none.
        rpc_id: String,
        /// What to do.
        class: Class,
    },
    /// The stored position is too old, or the stream was reset.
    #[error(
        "CB-124 the org no longer knows our position in {topic}; events were missed. A reconcile was asked for; set salesforce.on_lost_replay to \"earliest\" to read again from the oldest event kept"
    )]
    ReplayLost {
        /// Topic.
        topic: String,
    },
    /// A connected stream said nothing for too long.
    #[error("CB-125 {topic} was silent for {seconds} s though connected; connecting again")]
    Silent {
        /// Topic.
        topic: String,
        /// How long.
        seconds: u64,
    },
    /// The org will not give us the schema of an event, and has not for too long.
    #[error(
        "CB-142 schema {id} was refused for {hours} h ({code}): give the integration user read access to the event"
    )]
    SchemaRefused {
        /// Schema id.
        id: String,
        /// How long it was refused.
        hours: u64,
        /// The last `error-code`.
        code: String,
    },
    /// An event cannot be read.
    #[error(transparent)]
    Event(#[from] schema::Error),
}

impl Error {
    /// What the caller does next.
    pub fn class(&self) -> Class {
        match self {
            Self::Answer(answer::Error::LoginRefused { error, .. }) => match error.as_str() {
                "server_error" | "temporarily_unavailable" | "unknown_error" => Class::Retry,
                _ => Class::Permanent,
            },
            Self::LoginUnreachable { after: Some(wait), .. } => Class::RetryAfter(*wait),
            Self::LoginUnreachable { .. }
            | Self::Answer(answer::Error::AnswerUnusable { .. })
            | Self::NoConnection { .. }
            | Self::Silent { .. } => Class::Retry,
            Self::Call { class, .. } => *class,
            Self::FileUnreadable { .. }
            | Self::KeyUnusable { .. }
            | Self::HttpSettings { .. }
            | Self::NotSecure { .. }
            | Self::Endpoint { .. }
            | Self::ReplayLost { .. }
            | Self::SchemaRefused { .. }
            | Self::Event(_) => Class::Permanent,
        }
    }

    /// The code by which `docs/errors.md` explains it, such as `CB-101`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Answer(error) => error.code(),
            Self::Event(error) => error.code(),
            Self::FileUnreadable { .. } => "CB-102",
            Self::KeyUnusable { .. } => "CB-103",
            Self::LoginUnreachable { .. } => "CB-105",
            Self::HttpSettings { .. } => "CB-106",
            Self::NotSecure { .. } => "CB-107",
            Self::Endpoint { .. } => "CB-121",
            Self::NoConnection { .. } => "CB-122",
            Self::Call { .. } => "CB-123",
            Self::ReplayLost { .. } => "CB-124",
            Self::Silent { .. } => "CB-125",
            Self::SchemaRefused { .. } => "CB-142",
        }
    }

    /// The message without its leading code, for places that show the code by itself.
    pub fn cause(&self) -> String {
        let text = self.to_string();
        text.strip_prefix(self.code()).map(|rest| rest.trim_start().to_string()).unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_with_its_code_and_the_cause_leaves_it_out() {
        let error: Error = answer::Error::LoginRefused {
            error: "invalid_grant".into(),
            description: String::new(),
        }
        .into();
        assert!(error.to_string().starts_with(error.code()));
        assert!(error.cause().starts_with("Salesforce refused"));
    }

    #[test]
    fn a_refused_login_is_permanent_but_a_busy_login_service_is_not() {
        let refused = |error: &str| {
            Error::from(answer::Error::LoginRefused {
                error: error.into(),
                description: "why".into(),
            })
            .class()
        };
        assert_eq!(refused("invalid_grant"), Class::Permanent);
        assert_eq!(refused("invalid_client"), Class::Permanent);
        assert_eq!(refused("server_error"), Class::Retry);
        assert_eq!(refused("temporarily_unavailable"), Class::Retry);
    }
}
