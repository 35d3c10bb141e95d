//! What Salesforce says about one record of a collection: HTTP 200 says nothing, each record has
//! its own result, in the order of the request.

use serde::Deserialize;
use serde_json::Value;

use super::names::Namespace;

/// Result for one record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct RecordResult {
    /// Record id, if Salesforce named one.
    pub id: Option<String>,
    /// Done.
    pub success: bool,
    /// An upsert made the record.
    pub created: Option<bool>,
    /// Why not.
    pub errors: Vec<RecordError>,
}

/// One error of a record, or of a whole sub-request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct RecordError {
    /// `UNABLE_TO_LOCK_ROW` and the like.
    #[serde(alias = "errorCode")]
    #[serde(rename = "statusCode")]
    pub code: String,
    /// Salesforce's words. May quote a field's value: never log it as it is.
    pub message: String,
    /// Fields it concerns, without namespace.
    pub fields: Vec<String>,
}

impl RecordError {
    /// All errors of an error body (an array of errors, or one).
    pub fn all_of(body: &Value, namespace: &Namespace) -> Vec<Self> {
        let list = match body {
            Value::Array(list) => list.as_slice(),
            other => std::slice::from_ref(other),
        };
        list.iter()
            .filter_map(|v| serde_json::from_value::<Self>(v.clone()).ok())
            .map(|error| error.inward(namespace))
            .filter(|error| !error.code.is_empty())
            .collect()
    }

    fn inward(mut self, namespace: &Namespace) -> Self {
        self.message = namespace.text_inward(&self.message);
        self.fields = self.fields.iter().map(|f| namespace.inward(f).to_string()).collect();
        self
    }
}

/// True for codes whose message is an admin's or Salesforce's own text. Any other message may quote
/// what a person typed, and goes nowhere.
pub fn own_words(code: &str) -> bool {
    matches!(
        code,
        "FIELD_CUSTOM_VALIDATION_EXCEPTION"
            | "REQUIRED_FIELD_MISSING"
            | "INSUFFICIENT_ACCESS"
            | "INSUFFICIENT_ACCESS_OR_READONLY"
            | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
            | "INVALID_FIELD"
            | "INVALID_FIELD_FOR_INSERT_UPDATE"
            | "INVALID_TYPE"
            | "STORAGE_LIMIT_EXCEEDED"
            | "DUPLICATES_DETECTED"
            | "API_DISABLED_FOR_ORG"
            | "UNSUPPORTED_API_VERSION"
            | "NOT_FOUND"
    )
}

impl RecordResult {
    /// The results of a collection call; `None` if the body is no list of results.
    pub fn all_of(body: &Value, namespace: &Namespace) -> Option<Vec<Self>> {
        let list = body.as_array()?;
        list.iter()
            .map(|v| {
                v.get("success")?;
                let mut result: Self = serde_json::from_value(v.clone()).ok()?;
                result.errors =
                    result.errors.into_iter().map(|error| error.inward(namespace)).collect();
                Some(result)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_spellings_of_an_error_are_read_and_the_namespace_is_stripped() {
        let ns = Namespace::new("acme");
        let results = RecordResult::all_of(
            &json!([
                {"id": "a01", "success": true, "errors": [], "created": false},
                {"success": false, "errors": [{"statusCode": "INVALID_FIELD",
                    "message": "No such column 'acme__X__c'", "fields": ["acme__X__c"]}]},
            ]),
            &ns,
        )
        .unwrap();
        assert!(results[0].success);
        assert_eq!(results[1].errors[0].fields, ["X__c"]);
        assert_eq!(results[1].errors[0].message, "No such column 'X__c'");

        let errors =
            RecordError::all_of(&json!([{"errorCode": "NOT_FOUND", "message": "gone"}]), &ns);
        assert_eq!(errors[0].code, "NOT_FOUND");
    }

    #[test]
    fn an_error_body_is_not_taken_for_results() {
        let body = json!([{"errorCode": "NOT_FOUND", "message": "gone"}]);
        assert_eq!(RecordResult::all_of(&body, &Namespace::default()), None);
    }
}
