//! What Salesforce's answer means for one row. Pure: a result goes in, a verdict comes out.

use crate::outbox::row::Operation;
use crate::salesforce::rest::record::{RecordError, RecordResult, own_words};

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Told,
    /// Told, and the record is new: this is its id.
    Made {
        /// Record id.
        id: String,
    },
    /// These records are to be deleted.
    Found {
        /// Record ids; none if there is nothing to delete.
        ids: Vec<String>,
    },
    /// The record holds a newer revision: nothing to tell.
    AlreadyNewer,
    /// Not now; again after a back-off.
    Retry {
        /// Salesforce's code.
        code: String,
    },
    /// The org has no such field: the rest is sent without it.
    DropField {
        /// Object named by the answer, if it named one.
        object: Option<String>,
        /// Field, without namespace.
        field: String,
    },
    /// Someone made the record at the same moment: once more, it will be an update then.
    Duplicate,
    /// The record (or the one it hangs on) is not there any more: nothing to tell.
    Gone {
        /// Salesforce's code.
        code: String,
    },
    /// Will never be taken as it is.
    Refused {
        /// Salesforce's code.
        code: String,
        /// What can be said about it without quoting a value.
        text: String,
    },
}

/// How the validation rule on `Bridge_Revision__c` begins its message.
const NEWER: &str = "CB-REV";

/// The verdict on one record of a collection, or one single delete.
pub fn on_record(operation: Operation, result: &RecordResult) -> Verdict {
    if result.success {
        return match (&result.id, result.created) {
            (Some(id), Some(true)) => Verdict::Made { id: id.clone() },
            _ => Verdict::Told,
        };
    }
    let Some(first) = result.errors.first() else {
        return Verdict::Retry { code: "NO_REASON".into() };
    };
    // Among several errors the one about the revision decides: the write is out of date anyway.
    let error = result.errors.iter().find(|e| is_newer(e)).unwrap_or(first);
    on_error(operation, error)
}

/// The verdict on one error.
pub fn on_error(operation: Operation, error: &RecordError) -> Verdict {
    let code = error.code.clone();
    match error.code.as_str() {
        _ if is_newer(error) => Verdict::AlreadyNewer,
        "UNABLE_TO_LOCK_ROW"
        | "SERVER_UNAVAILABLE"
        | "UNKNOWN_EXCEPTION"
        | "QUERY_TIMEOUT"
        | "TXN_SECURITY_METERING_ERROR"
        | "PROCESSING_HALTED"
        | "ALL_OR_NONE_OPERATION_ROLLED_BACK"
        | "BATCH_PROCESSING_HALTED"
        | "CONCURRENT_UPDATE"
        | "REQUEST_RUNNING_TOO_LONG"
        | "REQUEST_LIMIT_EXCEEDED"
        | "STORAGE_LIMIT_TEMPORARILY_EXCEEDED"
        // An admin frees room; a letter for each record made meanwhile would need room too.
        | "STORAGE_LIMIT_EXCEEDED"
        | "INVALID_SESSION_ID" => Verdict::Retry { code },
        "INVALID_FIELD" => match missing_field(error) {
            Some((object, field)) => Verdict::DropField { object, field },
            None => refused(error),
        },
        "DUPLICATE_VALUE" => Verdict::Duplicate,
        "ENTITY_IS_DELETED" | "NOT_FOUND" | "INVALID_CROSS_REFERENCE_KEY"
            if operation != Operation::Write =>
        {
            Verdict::Told
        }
        "ENTITY_IS_DELETED" | "NOT_FOUND" | "INVALID_CROSS_REFERENCE_KEY" => Verdict::Gone { code },
        _ => refused(error),
    }
}

fn is_newer(error: &RecordError) -> bool {
    error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION" && error.message.starts_with(NEWER)
}

/// The field an INVALID_FIELD speaks of: named in `fields`, or quoted in
/// `No such column 'X__c' on sobject of type Y__c`.
fn missing_field(error: &RecordError) -> Option<(Option<String>, String)> {
    let after = error.message.split_once("No such column '").map(|(_, rest)| rest);
    let quoted = after.and_then(|rest| rest.split_once('\'')).map(|(name, _)| name.to_string());
    let object = after
        .and_then(|rest| rest.split_once("sobject of type "))
        .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next())
        .filter(|name| !name.is_empty())
        .map(str::to_string);
    let field = error.fields.first().cloned().or(quoted)?;
    Some((object, field))
}

/// A refusal in words. Salesforce's message may quote what a person typed, so it is kept only for
/// codes whose message is an admin's or Salesforce's own text.
fn refused(error: &RecordError) -> Verdict {
    let mut text = format!("Salesforce refused it with {}", error.code);
    if !error.fields.is_empty() {
        text.push_str(&format!(" (fields {})", error.fields.join(", ")));
    }
    if own_words(&error.code) && !error.message.is_empty() {
        text.push_str(": ");
        text.extend(error.message.chars().take(300));
    }
    Verdict::Refused { code: error.code.clone(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Operation::{Delete, Write};

    fn error(code: &str, message: &str, fields: &[&str]) -> RecordError {
        RecordError {
            code: code.into(),
            message: message.into(),
            fields: fields.iter().map(|f| f.to_string()).collect(),
        }
    }

    fn name(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Told | Verdict::Made { .. } => "told",
            Verdict::AlreadyNewer => "newer",
            Verdict::Retry { .. } => "retry",
            Verdict::DropField { .. } => "drop",
            Verdict::Duplicate => "duplicate",
            Verdict::Gone { .. } => "gone",
            Verdict::Refused { .. } => "refused",
            Verdict::Found { .. } => "found",
        }
    }

    #[test]
    fn each_code_has_its_verdict() {
        for (operation, code, message, fields, expected) in [
            (Write, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "CB-REV older", &[][..], "newer"),
            (Write, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Needs a host", &[], "refused"),
            (Write, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "not CB-REV", &[], "refused"),
            (Write, "UNABLE_TO_LOCK_ROW", "", &[], "retry"),
            (Write, "SERVER_UNAVAILABLE", "", &[], "retry"),
            (Write, "STORAGE_LIMIT_EXCEEDED", "", &[], "retry"),
            (Write, "UNKNOWN_EXCEPTION", "", &[], "retry"),
            (Write, "PROCESSING_HALTED", "", &[], "retry"),
            (Write, "ALL_OR_NONE_OPERATION_ROLLED_BACK", "", &[], "retry"),
            (Write, "INVALID_FIELD", "x", &["A__c"], "drop"),
            (Write, "INVALID_FIELD", "No such column 'A__c'", &[], "drop"),
            (Write, "INVALID_FIELD", "bad date", &[], "refused"),
            (Write, "INVALID_FIELD_FOR_INSERT_UPDATE", "", &["Meeting__c"], "refused"),
            (Write, "DUPLICATE_VALUE", "", &[], "duplicate"),
            (Write, "ENTITY_IS_DELETED", "", &[], "gone"),
            (Write, "NOT_FOUND", "", &[], "gone"),
            (Write, "INVALID_CROSS_REFERENCE_KEY", "", &[], "gone"),
            (Delete, "ENTITY_IS_DELETED", "", &[], "told"),
            (Delete, "NOT_FOUND", "", &[], "told"),
            (Delete, "INVALID_CROSS_REFERENCE_KEY", "", &[], "told"),
            (Delete, "UNABLE_TO_LOCK_ROW", "", &[], "retry"),
            (Write, "STRING_TOO_LONG", "", &["Subject__c"], "refused"),
            (Write, "REQUIRED_FIELD_MISSING", "", &["Meeting__c"], "refused"),
            (Write, "DUPLICATES_DETECTED", "", &[], "refused"),
            (Write, "MALFORMED_ID", "", &[], "refused"),
            (Write, "A_CODE_OF_NEXT_YEAR", "", &[], "refused"),
        ] {
            let verdict = on_error(operation, &error(code, message, fields));
            assert_eq!(name(&verdict), expected, "{operation:?} {code} {message}");
        }
    }

    #[test]
    fn a_missing_column_is_found_in_the_words_with_its_object() {
        let message =
            "\nsome query\n^\nNo such column 'Note__c' on sobject of type Chime_Meeting__c";
        assert_eq!(
            on_error(Write, &error("INVALID_FIELD", message, &[])),
            Verdict::DropField { object: Some("Chime_Meeting__c".into()), field: "Note__c".into() }
        );
    }

    #[test]
    fn a_refusal_does_not_repeat_what_a_person_typed() {
        let long = error("STRING_TOO_LONG", "Subject: data value too large: Jane Roe", &["S__c"]);
        let Verdict::Refused { text, .. } = on_error(Write, &long) else { panic!("refused") };
        assert!(!text.contains("Jane"), "{text}");
        assert!(text.contains("S__c"), "{text}");

        let rule = error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A host is needed", &[]);
        let Verdict::Refused { text, .. } = on_error(Write, &rule) else { panic!("refused") };
        assert!(text.contains("A host is needed"), "{text}");
    }

    #[test]
    fn an_older_revision_outweighs_another_error_of_the_same_record() {
        let result = RecordResult {
            errors: vec![
                error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Needs a host", &[]),
                error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "CB-REV older", &[]),
            ],
            ..RecordResult::default()
        };
        assert_eq!(on_record(Write, &result), Verdict::AlreadyNewer);
    }
}
