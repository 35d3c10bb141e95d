//! What to do about an error of the event stream. The `error-code` trailer decides; the gRPC
//! status alone is misleading (an unavailable service has come as INTERNAL, a lost position comes
//! as INVALID_ARGUMENT like any mistake of ours) and counts only where there is no code. Pure.

use tonic::{Code, Status};

use crate::salesforce::error::{Class, Error};

/// What every code begins with.
const PREFIX: &str = "sfdc.platform.eventbus.grpc.";

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Connect again with back-off, from the stored position.
    Retry,
    /// Log in again, then as `Retry`.
    Relogin,
    /// As `Retry`, but give the org time.
    Slow,
    /// The allocation is used up: stay off for long; events are kept for 72 h.
    WaitForAllocation,
    /// Only somebody else can change it: tell, and look now and then.
    Permanent,
    /// The position is too old or the stream was reset.
    ReplayLost,
    /// Connect again and ask for less at once.
    FetchAgainWithLessCredit,
}

impl Verdict {
    /// The class of an error with this verdict.
    pub fn class(self) -> Class {
        match self {
            Self::Retry | Self::Slow | Self::WaitForAllocation | Self::FetchAgainWithLessCredit => {
                Class::Retry
            }
            Self::Relogin => Class::Reauthorize,
            Self::Permanent | Self::ReplayLost => Class::Permanent,
        }
    }
}

/// The `error-code` trailer.
pub(super) fn error_code(status: &Status) -> Option<&str> {
    status.metadata().get("error-code")?.to_str().ok()
}

/// The error to log or show for a failed call.
pub(super) fn call_error(call: &'static str, subject: &str, status: &Status) -> Error {
    let rpc_id = status.metadata().get("rpc-id").and_then(|id| id.to_str().ok()).unwrap_or("-");
    let code = error_code(status).map_or_else(|| format!("{:?}", status.code()), str::to_string);
    Error::Call {
        call,
        subject: subject.to_string(),
        code: code.chars().take(120).collect(),
        rpc_id: rpc_id.chars().take(80).collect(),
        class: verdict(error_code(status), status.code()).class(),
    }
}

/// Decides by code, else by status.
pub fn verdict(code: Option<&str>, status: Code) -> Verdict {
    let known = code.and_then(|code| by_code(code.strip_prefix(PREFIX).unwrap_or(code)));
    known.unwrap_or_else(|| by_status(status))
}

fn by_code(code: &str) -> Option<Verdict> {
    Some(match code {
        "service.unavailable"
        | "topic.api.unavailable"
        | "schema.api.unavailable"
        | "subscription.internal.error"
        | "subscription.fetch.replay.repeated"
        | "publish.stream.sweeper.timeout" => Verdict::Retry,

        "service.auth.error" | "service.auth.refresh.invalid" | "publish.auth.refresh.invalid" => {
            Verdict::Relogin
        }

        "service.protection.stream.limit.triggered"
        | "service.protection.triggered"
        | "concurrent.client.limit.exceeded"
        | "managed.subscription.already.active" => Verdict::Slow,

        "subscription.limit.exceeded" => Verdict::WaitForAllocation,
        "subscription.fetch.replayid.corrupted" => Verdict::ReplayLost,
        "subscription.fetch.overflow" => Verdict::FetchAgainWithLessCredit,

        "service.auth.headers.invalid"
        | "service.tenant.license"
        | "topic.not.found"
        | "topic.meta.permission"
        | "topic.validation.empty"
        | "schema.meta.permission"
        | "schema.validation.failed"
        | "subscription.fetch.replayid.validation.failed"
        | "subscription.fetch.requested.events.invalid"
        | "subscription.fetch.topic.mismatch"
        | "subscription.fetch.request.invalid"
        | "subscription.topic.cannot.subscribe"
        | "publish.event.count.invalid"
        | "publish.topic.mismatch"
        | "publish.topic.validation.empty"
        | "managed.subscription.config.stopped"
        | "managed.subscription.config.deleted"
        | "managed.subscription.developer.name.not.found"
        | "managed.subscription.subscription.id.not.found"
        | "managed.subscription.subscription.id.invalid"
        | "managed.subscription.id.or.developer.name.empty"
        | "managed.subscription.fetch.request.events.invalid"
        | "managed.subscription.fetch.request.invalid"
        | "managed.subscription.commit.request.restricted"
        | "managed.subscription.auth.request.restricted" => Verdict::Permanent,

        _ => return None,
    })
}

fn by_status(status: Code) -> Verdict {
    match status {
        Code::Unauthenticated => Verdict::Relogin,
        Code::ResourceExhausted => Verdict::Slow,
        // Our own limit: a response was larger than `largest_message_bytes`.
        Code::OutOfRange => Verdict::FetchAgainWithLessCredit,
        Code::PermissionDenied | Code::InvalidArgument | Code::NotFound | Code::Unimplemented => {
            Verdict::Permanent
        }
        _ => Verdict::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code we know of, and the status it was seen or documented with where that is known.
    const TABLE: &[(&str, Verdict)] = &[
        ("service.unavailable", Verdict::Retry),
        ("service.auth.error", Verdict::Relogin),
        ("service.auth.headers.invalid", Verdict::Permanent),
        ("service.auth.refresh.invalid", Verdict::Relogin),
        ("service.protection.stream.limit.triggered", Verdict::Slow),
        ("service.protection.triggered", Verdict::Slow),
        ("service.tenant.license", Verdict::Permanent),
        ("concurrent.client.limit.exceeded", Verdict::Slow),
        ("topic.not.found", Verdict::Permanent),
        ("topic.meta.permission", Verdict::Permanent),
        ("schema.meta.permission", Verdict::Permanent),
        ("topic.api.unavailable", Verdict::Retry),
        ("schema.api.unavailable", Verdict::Retry),
        ("topic.validation.empty", Verdict::Permanent),
        ("schema.validation.failed", Verdict::Permanent),
        ("subscription.fetch.replayid.corrupted", Verdict::ReplayLost),
        ("subscription.fetch.replayid.validation.failed", Verdict::Permanent),
        ("subscription.fetch.replay.repeated", Verdict::Retry),
        ("subscription.limit.exceeded", Verdict::WaitForAllocation),
        ("subscription.fetch.overflow", Verdict::FetchAgainWithLessCredit),
        ("subscription.fetch.requested.events.invalid", Verdict::Permanent),
        ("subscription.fetch.topic.mismatch", Verdict::Permanent),
        ("subscription.fetch.request.invalid", Verdict::Permanent),
        ("subscription.topic.cannot.subscribe", Verdict::Permanent),
        ("subscription.internal.error", Verdict::Retry),
        ("publish.stream.sweeper.timeout", Verdict::Retry),
        ("publish.event.count.invalid", Verdict::Permanent),
        ("publish.topic.mismatch", Verdict::Permanent),
        ("publish.topic.validation.empty", Verdict::Permanent),
        ("publish.auth.refresh.invalid", Verdict::Relogin),
        ("managed.subscription.already.active", Verdict::Slow),
        ("managed.subscription.config.stopped", Verdict::Permanent),
        ("managed.subscription.config.deleted", Verdict::Permanent),
        ("managed.subscription.developer.name.not.found", Verdict::Permanent),
        ("managed.subscription.subscription.id.not.found", Verdict::Permanent),
        ("managed.subscription.subscription.id.invalid", Verdict::Permanent),
        ("managed.subscription.id.or.developer.name.empty", Verdict::Permanent),
        ("managed.subscription.fetch.request.events.invalid", Verdict::Permanent),
        ("managed.subscription.fetch.request.invalid", Verdict::Permanent),
        ("managed.subscription.commit.request.restricted", Verdict::Permanent),
        ("managed.subscription.auth.request.restricted", Verdict::Permanent),
    ];

    #[test]
    fn every_documented_code_has_its_verdict_whatever_the_status_says() {
        for (code, expected) in TABLE {
            for status in [Code::Internal, Code::InvalidArgument, Code::Unauthenticated] {
                assert_eq!(verdict(Some(&format!("{PREFIX}{code}")), status), *expected, "{code}");
            }
        }
    }

    #[test]
    fn without_a_known_code_the_status_decides() {
        for code in [None, Some("sfdc.platform.eventbus.grpc.something.new")] {
            assert_eq!(verdict(code, Code::Unavailable), Verdict::Retry);
            assert_eq!(verdict(code, Code::Internal), Verdict::Retry);
            assert_eq!(verdict(code, Code::Unknown), Verdict::Retry);
            assert_eq!(verdict(code, Code::Unauthenticated), Verdict::Relogin);
            assert_eq!(verdict(code, Code::PermissionDenied), Verdict::Permanent);
            assert_eq!(verdict(code, Code::InvalidArgument), Verdict::Permanent);
            assert_eq!(verdict(code, Code::OutOfRange), Verdict::FetchAgainWithLessCredit);
        }
    }

    #[test]
    fn a_lost_position_is_believed_only_from_its_own_code() {
        assert_ne!(verdict(None, Code::InvalidArgument), Verdict::ReplayLost);
    }

    #[test]
    fn the_error_names_code_and_rpc_id_for_support() {
        let mut status = Status::new(Code::Internal, "detail");
        let code = "sfdc.platform.eventbus.grpc.service.unavailable";
        status.metadata_mut().insert("error-code", code.parse().unwrap());
        status.metadata_mut().insert("rpc-id", "rpc-7".parse().unwrap());
        let error = call_error("Subscribe", "/event/A__e", &status);
        let text = error.to_string();
        assert!(
            text.contains(code) && text.contains("rpc-7") && !text.contains("detail"),
            "{text}"
        );
        assert_eq!(error.class(), Class::Retry);
    }
}
