//! Which keys there are: read off the default settings, so that no second list can go stale.

use figment::value::{Dict, Empty, Num, Value};

use super::Config;

/// Set from another section's key; not a key of its own.
const DERIVED: &str = "meeting.control_region";

/// All keys with their default values, in the order of the alphabet.
pub(super) fn known() -> Vec<(String, Value)> {
    let mut keys = flatten(&dict(&Config::default()));
    keys.retain(|(key, _)| key != DERIVED);
    keys
}

/// The settings as full key → value.
pub(super) fn flatten(dict: &Dict) -> Vec<(String, Value)> {
    let mut keys = Vec::new();
    for (name, value) in dict {
        match value {
            Value::Dict(_, inner) => keys.extend(
                flatten(inner).into_iter().map(|(key, value)| (format!("{name}.{key}"), value)),
            ),
            other => keys.push((name.clone(), other.clone())),
        }
    }
    keys
}

fn dict(config: &Config) -> Dict {
    Value::serialize(config).ok().and_then(Value::into_dict).unwrap_or_default()
}

/// The known key that is most like this one, if any is.
pub(super) fn nearest(key: &str) -> Option<String> {
    let name = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let best = |distance: &dyn Fn(&str) -> usize| {
        known().into_iter().map(|(key, _)| (distance(&key), key)).min()
    };
    let close = |found: Option<(usize, String)>, length: usize| {
        found.filter(|(distance, _)| *distance <= 1 + length / 4).map(|(_, key)| key)
    };
    // The whole key first (a slip of the pen), then its last part (the wrong section).
    let last = name(key);
    close(best(&|other| distance(key, other)), key.len())
        .or_else(|| close(best(&|other| distance(&last, &name(other))), last.len()))
}

/// How many letters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Reads the text of a variable or flag as the key's own kind of value. What cannot be read stays
/// text and is refused later with the key's name.
pub(super) fn typed(key: &str, text: &str) -> Value {
    let default = known().into_iter().find(|(known, _)| known == key).map(|(_, value)| value);
    match default {
        Some(Value::Bool(..)) => text.parse::<bool>().map(Value::from).ok(),
        Some(Value::Num(_, Num::F32(_) | Num::F64(_))) => text.parse::<f64>().map(Value::from).ok(),
        Some(Value::Num(..)) => text.parse::<i64>().map(Value::from).ok(),
        Some(Value::Array(..)) => Some(Value::from(
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>(),
        )),
        _ => None,
    }
    .unwrap_or_else(|| Value::from(text))
}

/// The settings as TOML, unset keys left out.
pub(super) fn print(config: &Config) -> String {
    let mut text = String::new();
    let (sections, plain): (Vec<_>, Vec<_>) =
        dict(config).into_iter().partition(|(_, value)| value.as_dict().is_some());
    for (key, value) in &plain {
        line(&mut text, key, value);
    }
    for (section, value) in &sections {
        text.push_str(&format!("\n[{section}]\n"));
        for (key, value) in value.as_dict().into_iter().flatten() {
            if format!("{section}.{key}") != DERIVED {
                line(&mut text, key, value);
            }
        }
    }
    text
}

fn line(text: &mut String, key: &str, value: &Value) {
    if !matches!(value, Value::Empty(_, Empty::None | Empty::Unit)) {
        text.push_str(&format!("{key} = {}\n", toml(value)));
    }
}

fn toml(value: &Value) -> String {
    match value {
        Value::String(_, text) if looks_secret(text) => "\"[hidden]\"".to_owned(),
        // A JSON string is a basic TOML string.
        Value::String(_, text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Array(_, items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_, yes) => yes.to_string(),
        Value::Num(_, number) => match (number.to_i128(), number.to_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(part)) => part.to_string(),
            (None, None) => number.to_u128().unwrap_or_default().to_string(),
        },
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// True for what does not belong into a setting: the text of a key, or an address with a password.
pub(super) fn looks_secret(text: &str) -> bool {
    let password = text.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/').next().is_some_and(|authority| authority.contains('@'))
    });
    password || text.contains("-----BEGIN") || text.contains('\n')
}
