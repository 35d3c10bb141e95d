//! Text of a query → tokens.

use crate::org::values;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a word of the language.
    Word(String),
    /// A number.
    Number(f64),
    /// A text, without its quotes.
    Text(String),
    /// A time, epoch milliseconds.
    Time(i64),
    /// `(`, `)`, `,`, `=` …
    Sign(&'static str),
}

const SIGNS: [&str; 10] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// All tokens; the error says where it went wrong.
pub(super) fn scan(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = if first == '\'' {
            let (token, taken) = quoted(rest)?;
            tokens.push(token);
            taken
        } else if first.is_ascii_digit() || matches!(first, '-' | '+') {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '+' | ':' | '.'))
                .unwrap_or(rest.len());
            tokens.push(number_or_time(&rest[..end])?);
            end
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.'))
                .unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_string()));
            end
        } else {
            let sign = SIGNS
                .iter()
                .find(|s| rest.starts_with(**s))
                .ok_or_else(|| format!("unexpected token: '{first}'"))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[taken..].trim_start();
    }
    Ok(tokens)
}

fn quoted(rest: &str) -> Result<(Token, usize), String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => return Ok((Token::Text(text), at + 1)),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n' | 'N') => text.push('\n'),
                Some('r' | 'R') => text.push('\r'),
                Some('t' | 'T') => text.push('\t'),
                // `\%` and `\_` keep their backslash for LIKE.
                Some(c @ ('%' | '_')) => text.extend(['\\', c]),
                Some(c @ ('\'' | '"' | '\\')) => text.push(c),
                _ => return Err("invalid escape in a string literal".into()),
            },
            c => text.push(c),
        }
    }
    Err("a string literal has no closing quote".into())
}

fn number_or_time(text: &str) -> Result<Token, String> {
    if let Some(ms) = values::millis(text) {
        return Ok(Token::Time(ms));
    }
    if text.len() == 10
        && let Some(ms) = values::millis(&format!("{text}T00:00:00Z"))
    {
        return Ok(Token::Time(ms));
    }
    text.parse().map(Token::Number).map_err(|_| format!("unexpected token: '{text}'"))
}
