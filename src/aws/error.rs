//! What can go wrong with an AWS call, and what to do about it.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Result of a call.
pub type Result<T> = std::result::Result<T, AwsError>;

/// Names a call: service and operation.
pub type Call = (&'static str, &'static str);

/// Why a call did not succeed. Carries no content of a request.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// The service answered with an error.
    #[error("{service} refused {call} ({code}: {message})")]
    Refused {
        /// Service, such as `Chime`.
        service: &'static str,
        /// Operation, such as `CreateMeeting`.
        call: &'static str,
        /// HTTP status.
        status: u16,
        /// The service's code; `HTTP 404` where it named none.
        code: String,
        /// The service's words, at most 300 characters.
        message: String,
    },
    /// Not sent, or the answer was lost: the outcome is unknown.
    #[error(
        "the answer to {service} {call} did not come ({reason}); it is not known whether it was done"
    )]
    Lost {
        /// Service.
        service: &'static str,
        /// Operation.
        call: &'static str,
        /// What happened.
        reason: String,
    },
    /// The request could not be made: our bug, or a setting.
    #[error("the request for {service} {call} could not be made: {reason}")]
    Unmade {
        /// Service.
        service: &'static str,
        /// Operation.
        call: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The answer lacks something it must have.
    #[error("the answer to {service} {call} lacks {what}")]
    Incomplete {
        /// Service.
        service: &'static str,
        /// Operation.
        call: &'static str,
        /// What it lacks.
        what: String,
    },
    /// An object is larger than we take.
    #[error("the object {key} is larger than {limit} bytes and is not read")]
    TooLarge {
        /// Object key.
        key: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The credentials at hand end too soon for what is asked.
    #[error("the AWS credentials end in {seconds} s, too soon for a link; it is tried again")]
    CredentialsEnd {
        /// Seconds left.
        seconds: i64,
    },
    /// A setting that must not be.
    #[error("the AWS endpoint {endpoint} is allowed only with emulator = true")]
    Endpoint {
        /// The endpoint set.
        endpoint: String,
    },
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Again, after a short back-off.
    Retry,
    /// Again, after a longer wait: throttled, or a quota is used up.
    Throttled,
    /// A role or credentials must be mended by a person; slow retries.
    Denied,
    /// It is not there (any more).
    NotFound,
    /// Another one was first, or the same token means something else.
    Conflict,
    /// This request will never be taken.
    Permanent,
}

impl AwsError {
    /// From the SDK's error.
    pub fn of<E>((service, call): Call, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match &error {
            SdkError::ServiceError(refused) => {
                let status = refused.raw().status().as_u16();
                let meta = refused.err();
                Self::Refused {
                    service,
                    call,
                    status,
                    code: meta.code().map_or_else(|| format!("HTTP {status}"), str::to_string),
                    message: meta.message().unwrap_or_default().chars().take(300).collect(),
                }
            }
            SdkError::ConstructionFailure(_) => {
                Self::Unmade { service, call, reason: DisplayErrorContext(&error).to_string() }
            }
            _ => Self::Lost {
                service,
                call,
                reason: DisplayErrorContext(&error).to_string().chars().take(300).collect(),
            },
        }
    }

    /// A request whose parts do not fit.
    pub fn unmade((service, call): Call, error: BuildError) -> Self {
        Self::Unmade { service, call, reason: error.to_string() }
    }

    /// An answer without something.
    pub fn lacks((service, call): Call, what: &str) -> Self {
        Self::Incomplete { service, call, what: what.to_string() }
    }

    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { status, code, .. } => class_of(*status, code),
            Self::Lost { .. } | Self::Incomplete { .. } | Self::CredentialsEnd { .. } => {
                Class::Retry
            }
            Self::Unmade { .. } | Self::TooLarge { .. } | Self::Endpoint { .. } => Class::Permanent,
        }
    }

    /// Code in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => match self.class() {
                Class::Retry => "CB-301",
                Class::Throttled => "CB-302",
                Class::Denied => "CB-303",
                Class::NotFound => "CB-304",
                Class::Conflict => "CB-305",
                Class::Permanent => "CB-306",
            },
            Self::Lost { .. } => "CB-307",
            Self::Unmade { .. } => "CB-308",
            Self::Incomplete { .. } => "CB-309",
            Self::TooLarge { .. } => "CB-310",
            Self::CredentialsEnd { .. } => "CB-311",
            Self::Endpoint { .. } => "CB-312",
        }
    }

    /// True if what was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.class() == Class::NotFound
    }
}

/// The code decides, then the status.
fn class_of(status: u16, code: &str) -> Class {
    match code {
        // A quota of Chime counts as throttling: it frees up as meetings end.
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "LimitExceededException"
        | "OverLimit"
        | "RequestThrottled"
        | "BandwidthLimitExceeded" => Class::Throttled,
        "AccessDenied"
        | "AccessDeniedException"
        | "ForbiddenException"
        | "UnauthorizedException"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "RequestTimeTooSkewed"
        | "BlockedException" => Class::Denied,
        // Wrong names in the settings, not things that have gone.
        "NoSuchBucket"
        | "ClusterNotFoundException"
        | "QueueDoesNotExist"
        | "AWS.SimpleQueueService.NonExistentQueue" => Class::Permanent,
        // Two conditional writes at the same moment: neither is known to have won.
        "ConditionalRequestConflict" | "OperationAborted" => Class::Retry,
        "PreconditionFailed" | "ConflictException" => Class::Conflict,
        "NotFoundException" | "NoSuchKey" | "NoSuchUpload" | "NoSuchVersion" | "NotFound" => {
            Class::NotFound
        }
        "RequestTimeout"
        | "RequestTimeoutException"
        | "ServerException"
        | "ServiceFailureException"
        | "InternalError" => Class::Retry,
        _ => match status {
            404 => Class::NotFound,
            401 | 403 => Class::Denied,
            409 | 412 => Class::Conflict,
            408 => Class::Retry,
            429 => Class::Throttled,
            503 => Class::Throttled,
            500.. => Class::Retry,
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
            (400, "BadRequestException", Class::Permanent),
            (400, "InvalidParameterException", Class::Permanent),
            (400, "LimitExceededException", Class::Throttled),
            (400, "ThrottlingException", Class::Throttled),
            (429, "ThrottlingException", Class::Throttled),
            (503, "SlowDown", Class::Throttled),
            (503, "ServiceUnavailableException", Class::Throttled),
            (500, "ServiceFailureException", Class::Retry),
            (500, "InternalError", Class::Retry),
            (403, "ForbiddenException", Class::Denied),
            (400, "ExpiredTokenException", Class::Denied),
            (403, "HTTP 403", Class::Denied),
            (404, "NotFoundException", Class::NotFound),
            (404, "HTTP 404", Class::NotFound),
            (404, "NoSuchUpload", Class::NotFound),
            (404, "NoSuchBucket", Class::Permanent),
            (400, "ClusterNotFoundException", Class::Permanent),
            (400, "ConflictException", Class::Conflict),
            (412, "PreconditionFailed", Class::Conflict),
            (409, "ConditionalRequestConflict", Class::Retry),
            (400, "ServerException", Class::Retry),
        ] {
            assert_eq!(class_of(status, code), class, "HTTP {status} {code}");
        }
    }
}
