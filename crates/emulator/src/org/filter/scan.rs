//! Cuts a filter expression into words.

use super::{FilterError, Literal, Op};
use crate::org::avro::millis;

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Open,
    Close,
    And,
    Or,
    Not,
    Op(Op),
    Field(String),
    Literal(Literal),
}

pub(super) fn scan(text: &str) -> Result<Vec<Word>, FilterError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            '\'' => quoted(rest)?,
            '=' | '!' | '<' | '>' => operator(rest)?,
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || "()=!<>'".contains(c))
                    .unwrap_or(rest.len());
                (bare(&rest[..end])?, end)
            }
        };
        words.push(word);
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

fn operator(rest: &str) -> Result<(Word, usize), FilterError> {
    let table = [
        ("!=", Op::NotEqual),
        ("<=", Op::LessOrEqual),
        (">=", Op::GreaterOrEqual),
        ("=", Op::Equal),
        ("<", Op::Less),
        (">", Op::Greater),
    ];
    table
        .into_iter()
        .find(|(sign, _)| rest.starts_with(sign))
        .map(|(sign, op)| (Word::Op(op), sign.len()))
        .ok_or_else(|| FilterError(format!("no operator begins with `{}`", &rest[..1])))
}

fn quoted(rest: &str) -> Result<(Word, usize), FilterError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => return Ok((Word::Literal(Literal::Text(text)), at + 1)),
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            c => text.push(c),
        }
    }
    Err(FilterError("a text in quotes does not end".to_string()))
}

fn bare(word: &str) -> Result<Word, FilterError> {
    Ok(match word.to_ascii_uppercase().as_str() {
        "AND" => Word::And,
        "OR" => Word::Or,
        "NOT" => Word::Not,
        "LIKE" => Word::Op(Op::Like),
        "TRUE" => Word::Literal(Literal::Flag(true)),
        "FALSE" => Word::Literal(Literal::Flag(false)),
        "NULL" => Word::Literal(Literal::Null),
        _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            Word::Literal(match (word.parse::<f64>(), millis(&serde_json::Value::from(word))) {
                (Ok(number), _) => Literal::Number(number),
                (_, Some(at)) => Literal::Time(at),
                _ => return Err(FilterError(format!("`{word}` is no number and no date"))),
            })
        }
        _ => Word::Field(word.to_string()),
    })
}
