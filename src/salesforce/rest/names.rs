//! Namespace of a packaged install. The bridge speaks of `Chime_Meeting__c`; an org with the
//! package `acme` calls it `acme__Chime_Meeting__c`. Names are prefixed on the way out and stripped
//! on the way in, here and nowhere else.

use serde_json::{Map, Value};

/// A namespace; empty for an install without one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespace {
    /// `acme__`, or empty.
    prefix: String,
}

impl Namespace {
    /// From the setting `namespace`: the bare word, or empty.
    pub fn new(word: &str) -> Self {
        let prefix = if word.is_empty() { String::new() } else { format!("{word}__") };
        Self { prefix }
    }

    /// One name as the org has it: custom names without a prefix get ours, others pass.
    pub fn outward(&self, name: &str) -> String {
        if !self.prefix.is_empty() && is_bare_custom(name) {
            format!("{}{name}", self.prefix)
        } else {
            name.to_string()
        }
    }

    /// One name as the bridge has it.
    pub fn inward<'n>(&self, name: &'n str) -> &'n str {
        if self.prefix.is_empty() {
            return name;
        }
        match name.strip_prefix(self.prefix.as_str()) {
            Some(rest) if is_bare_custom(rest) => rest,
            _ => name,
        }
    }

    /// Prefixes the names in a query, but nothing inside quotes.
    pub fn query_outward(&self, soql: &str) -> String {
        if self.prefix.is_empty() {
            return soql.to_string();
        }
        let mut out = String::with_capacity(soql.len() + 64);
        let mut word = String::new();
        let (mut quoted, mut escaped) = (false, false);
        for c in soql.chars() {
            if !quoted && (c.is_ascii_alphanumeric() || c == '_') {
                word.push(c);
                continue;
            }
            out.push_str(&self.outward(&word));
            word.clear();
            out.push(c);
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '\'' => quoted = !quoted,
                _ => {}
            }
        }
        out.push_str(&self.outward(&word));
        out
    }

    /// Strips the names in an answer: keys of objects at any depth, and `attributes.type`.
    pub fn answer_inward(&self, value: Value) -> Value {
        if self.prefix.is_empty() {
            return value;
        }
        match value {
            Value::Array(all) => {
                Value::Array(all.into_iter().map(|v| self.answer_inward(v)).collect())
            }
            Value::Object(map) => Value::Object(self.record_inward(map)),
            other => other,
        }
    }

    fn record_inward(&self, map: Map<String, Value>) -> Map<String, Value> {
        map.into_iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("attributes", Value::Object(mut attributes)) => {
                    if let Some(Value::String(name)) = attributes.get_mut("type") {
                        *name = self.inward(name).to_string();
                    }
                    (key, Value::Object(attributes))
                }
                (_, value) => (self.inward(&key).to_string(), self.answer_inward(value)),
            })
            .collect()
    }

    /// Strips the names inside a sentence of Salesforce's.
    pub fn text_inward(&self, text: &str) -> String {
        if self.prefix.is_empty() { text.to_string() } else { text.replace(&self.prefix, "") }
    }
}

/// `Subject__c`, not `Id` and not `other__Subject__c`.
fn is_bare_custom(name: &str) -> bool {
    let Some((stem, suffix)) = name.rsplit_once("__") else { return false };
    matches!(suffix, "c" | "r" | "e" | "chn" | "Share") && !stem.is_empty() && !stem.contains("__")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn custom_names_get_the_prefix_and_standard_ones_do_not() {
        let ns = Namespace::new("acme");
        assert_eq!(ns.outward("Chime_Meeting__c"), "acme__Chime_Meeting__c");
        assert_eq!(ns.outward("Participant__r"), "acme__Participant__r");
        assert_eq!(ns.outward("OwnerId"), "OwnerId");
        assert_eq!(ns.outward("other__Field__c"), "other__Field__c");
        assert_eq!(ns.inward("acme__Subject__c"), "Subject__c");
        assert_eq!(ns.inward("acme__Subject"), "acme__Subject");
    }

    #[test]
    fn without_a_namespace_nothing_changes() {
        let ns = Namespace::new("");
        assert_eq!(ns.outward("Subject__c"), "Subject__c");
        assert_eq!(ns.query_outward("SELECT A__c FROM B__c"), "SELECT A__c FROM B__c");
    }

    #[test]
    fn a_query_is_prefixed_outside_its_quotes_only() {
        let ns = Namespace::new("acme");
        assert_eq!(
            ns.query_outward(
                r"SELECT Id, Subject__c, Host__r.Name FROM Chime_Meeting__c WHERE Subject__c = 'it\'s A__c' AND B__c=1"
            ),
            r"SELECT Id, acme__Subject__c, acme__Host__r.Name FROM acme__Chime_Meeting__c WHERE acme__Subject__c = 'it\'s A__c' AND acme__B__c=1"
        );
    }

    #[test]
    fn an_answer_is_stripped_at_every_depth_but_its_values_are_not() {
        let ns = Namespace::new("acme");
        let answer = json!([{
            "attributes": {"type": "acme__Chime_Meeting__c", "url": "/x/acme__Chime_Meeting__c/1"},
            "acme__Subject__c": "acme__Subject__c",
            "acme__Seats__r": {"records": [{"acme__Role__c": "Host"}]},
        }]);
        assert_eq!(
            ns.answer_inward(answer),
            json!([{
                "attributes": {"type": "Chime_Meeting__c", "url": "/x/acme__Chime_Meeting__c/1"},
                "Subject__c": "acme__Subject__c",
                "Seats__r": {"records": [{"Role__c": "Host"}]},
            }])
        );
    }
}
