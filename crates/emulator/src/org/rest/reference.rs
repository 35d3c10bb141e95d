//! `@{ref.path}` in a subrequest of a composite: a value out of an earlier reply.

use std::collections::BTreeMap;

use serde_json::Value;

/// Replies by reference id.
pub(super) type Replies = BTreeMap<String, Value>;

/// Fills all references in a value. The error names the one that leads nowhere.
pub(super) fn filled(value: &Value, replies: &Replies) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(filled_text(text, replies)?),
        Value::Array(list) => {
            Value::Array(list.iter().map(|v| filled(v, replies)).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(k, v)| Ok((k.clone(), filled(v, replies)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// Fills all references in a text.
pub(super) fn filled_text(text: &str, replies: &Replies) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@{") {
        let Some((path, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        match value(path, replies) {
            Some(Value::String(text)) => out.push_str(text),
            Some(found @ (Value::Number(_) | Value::Bool(_))) => out.push_str(&found.to_string()),
            _ => return Err(path.to_string()),
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// True if there is any reference in the value.
pub(super) fn has_any(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("@{"),
        Value::Array(list) => list.iter().any(has_any),
        Value::Object(map) => map.values().any(has_any),
        _ => false,
    }
}

/// `ref.records[0].Id`
fn value<'v>(path: &str, replies: &'v Replies) -> Option<&'v Value> {
    let mut steps = path.split('.');
    let (first, indexes) = indexed(steps.next()?)?;
    let mut found = indexes.iter().try_fold(replies.get(first)?, |v, i| v.get(i))?;
    for step in steps {
        let (name, indexes) = indexed(step)?;
        found = indexes.iter().try_fold(found.get(name)?, |v, i| v.get(i))?;
    }
    Some(found)
}

fn indexed(step: &str) -> Option<(&str, Vec<usize>)> {
    let (name, rest) = step.split_once('[').map_or((step, None), |(n, r)| (n, Some(r)));
    let indexes = match rest {
        None => Vec::new(),
        Some(rest) => rest
            .strip_suffix(']')?
            .split("][")
            .map(|i| i.parse().ok())
            .collect::<Option<Vec<_>>>()?,
    };
    Some((name, indexes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_reach_into_earlier_replies() {
        let replies = Replies::from([
            ("a".to_string(), json!({"id": "001"})),
            ("q".to_string(), json!({"records": [{"Id": "x"}, {"Id": "y"}]})),
            ("c".to_string(), json!([{"id": "z"}])),
        ]);
        let text = "/o/@{a.id}/@{q.records[1].Id}/@{c[0].id}";
        assert_eq!(filled_text(text, &replies), Ok("/o/001/y/z".to_string()));
        assert_eq!(filled_text("@{nobody.id}", &replies), Err("nobody.id".to_string()));
        assert_eq!(filled(&json!({"P": "@{a.id}"}), &replies), Ok(json!({"P": "001"})));
        assert!(has_any(&json!({"x": ["@{a.id}"]})));
    }
}
