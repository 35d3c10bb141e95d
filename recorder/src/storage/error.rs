//! What can go wrong between the recorder and S3, and what to do about it. Messages carry keys of
//! objects, never their content.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::Lost;
use crate::mp4::Mp4Error;

/// Result of a step.
pub type Result<T> = std::result::Result<T, StorageError>;

/// Why a step did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// S3 answered with an error.
    #[error("S3 refused {call} of {key} ({code}: {message})")]
    Refused {
        /// Operation, such as `UploadPart`.
        call: &'static str,
        /// Object key or prefix.
        key: String,
        /// HTTP status.
        status: u16,
        /// S3's code; `HTTP 404` where it named none.
        code: String,
        /// S3's words, at most 300 characters.
        message: String,
    },
    /// Not sent, or the answer did not come: the outcome is unknown.
    #[error("the answer to {call} of {key} did not come ({reason}); it may have been done")]
    NoAnswer {
        /// Operation.
        call: &'static str,
        /// Object key or prefix.
        key: String,
        /// What happened.
        reason: String,
    },
    /// The request could not be made: our bug, or a setting.
    #[error("the request {call} of {key} could not be made: {reason}")]
    Unmade {
        /// Operation.
        call: &'static str,
        /// Object key or prefix.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// The piece is not ours any more.
    #[error("the piece {key} is not ours any more: {lost}; this recorder must stop for good")]
    Lost {
        /// The media file's key.
        key: String,
        /// How.
        lost: Lost,
    },
    /// An object of the journal says something else than it must.
    #[error("the journal object {key} cannot be read ({reason}); the piece is left as it is")]
    Journal {
        /// The object.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// FFmpeg's bytes are not what they should be.
    #[error("the media of piece {key} cannot be indexed ({source}); begin a new piece")]
    Media {
        /// The media file's key.
        key: String,
        /// What is wrong.
        source: Mp4Error,
    },
    /// Neither S3 nor memory nor disk take the fragment.
    #[error("S3 is away, memory and disk are full: a fragment of {bytes} bytes of {key} is lost")]
    Full {
        /// The media file's key.
        key: String,
        /// Its length.
        bytes: u64,
    },
    /// The scratch folder fails.
    #[error("the scratch file {path} failed ({reason}); what S3 has of the piece can be finished")]
    Scratch {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// Nobody here can look at the finished file.
    #[error(
        "the file {key} is complete, but cannot be checked here: {reason}; a finisher that can writes its note"
    )]
    Unchecked {
        /// The media file's key.
        key: String,
        /// Why.
        reason: String,
    },
    /// A piece has more parts than S3 takes.
    #[error("the piece {key} has 10,000 parts, S3 takes no more; begin a new piece")]
    TooLong {
        /// The media file's key.
        key: String,
    },
    /// The background work of a piece ended without a result.
    #[error("the background work of piece {key} broke off; a finisher can complete the piece")]
    Broken {
        /// The media file's key.
        key: String,
    },
    /// A setting that must not be.
    #[error("the S3 endpoint {endpoint} is allowed only with the emulator flag")]
    Endpoint {
        /// The endpoint set.
        endpoint: String,
    },
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Again, after a back-off.
    Passing,
    /// A role, a key or a name in the settings must be mended by a person.
    Denied,
    /// The upload is gone, or a condition did not hold: another one was first. Look with HEAD.
    Beaten,
    /// The object is not there.
    Missing,
    /// The parts are not what we think: another one is at work on the same upload.
    Differs,
    /// This will never be taken.
    Permanent,
}

impl StorageError {
    /// From the SDK's error.
    pub fn of<E>(call: &'static str, key: &str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let key = key.to_string();
        match &error {
            SdkError::ServiceError(refused) => {
                let status = refused.raw().status().as_u16();
                let meta = refused.err();
                let code = meta.code().map_or_else(|| format!("HTTP {status}"), str::to_string);
                let message = meta.message().unwrap_or_default().chars().take(300).collect();
                Self::Refused { call, key, status, code, message }
            }
            SdkError::ConstructionFailure(_) => {
                Self::Unmade { call, key, reason: DisplayErrorContext(&error).to_string() }
            }
            _ => {
                let reason = DisplayErrorContext(&error).to_string().chars().take(300).collect();
                Self::NoAnswer { call, key, reason }
            }
        }
    }

    /// A request whose parts do not fit.
    pub fn unmade(call: &'static str, key: &str, reason: impl ToString) -> Self {
        Self::Unmade { call, key: key.to_string(), reason: reason.to_string() }
    }

    /// An answer that did not come, or not whole.
    pub fn no_answer(call: &'static str, key: &str, reason: impl ToString) -> Self {
        Self::NoAnswer { call, key: key.to_string(), reason: reason.to_string() }
    }

    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { status, code, .. } => class_of(*status, code),
            Self::NoAnswer { .. } => Class::Passing,
            Self::Lost { .. } => Class::Beaten,
            _ => Class::Permanent,
        }
    }

    /// True if another one was first, or the upload is gone.
    pub fn is_beaten(&self) -> bool {
        matches!(self, Self::Refused { .. }) && self.class() == Class::Beaten
    }

    /// How the piece was lost, if it was.
    pub fn lost(&self) -> Option<Lost> {
        match self {
            Self::Lost { lost, .. } => Some(*lost),
            _ => None,
        }
    }
}

/// The code decides, then the status.
fn class_of(status: u16, code: &str) -> Class {
    match code {
        // New credentials come by themselves, and a clock is set right.
        "ExpiredToken" | "ExpiredTokenException" | "RequestTimeTooSkewed" | "RequestExpired" => {
            Class::Passing
        }
        // Damaged on the way; the same bytes again.
        "BadDigest" | "InvalidDigest" | "IncompleteBody" | "XAmzContentSHA256Mismatch" => {
            Class::Passing
        }
        "RequestTimeout"
        | "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "InternalError"
        | "OperationAborted"
        | "ConditionalRequestConflict"
        | "ServiceUnavailable" => Class::Passing,
        "AccessDenied"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "AllAccessDisabled"
        | "AccountProblem"
        | "InvalidToken"
        | "PermanentRedirect"
        | "NoSuchBucket" => Class::Denied,
        code if code.starts_with("KMS.") => Class::Denied,
        "NoSuchUpload" | "PreconditionFailed" => Class::Beaten,
        "NoSuchKey" | "NotFound" | "NoSuchVersion" => Class::Missing,
        "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" => Class::Differs,
        _ => match status {
            404 => Class::Missing,
            401 | 403 => Class::Denied,
            412 => Class::Beaten,
            408 | 409 | 429 | 500.. => Class::Passing,
            _ => Class::Permanent,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_class() {
        for (status, code, class) in [
            (500, "InternalError", Class::Passing),
            (503, "SlowDown", Class::Passing),
            (400, "RequestTimeout", Class::Passing),
            (400, "ExpiredToken", Class::Passing),
            (400, "BadDigest", Class::Passing),
            (409, "ConditionalRequestConflict", Class::Passing),
            (403, "AccessDenied", Class::Denied),
            (403, "HTTP 403", Class::Denied),
            (404, "NoSuchBucket", Class::Denied),
            (400, "KMS.DisabledException", Class::Denied),
            (404, "NoSuchUpload", Class::Beaten),
            (412, "PreconditionFailed", Class::Beaten),
            (404, "NoSuchKey", Class::Missing),
            (404, "HTTP 404", Class::Missing),
            (400, "InvalidPart", Class::Differs),
            (400, "EntityTooSmall", Class::Differs),
            (400, "InvalidArgument", Class::Permanent),
        ] {
            assert_eq!(class_of(status, code), class, "HTTP {status} {code}");
        }
    }
}
