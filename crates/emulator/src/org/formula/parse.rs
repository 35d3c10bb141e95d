//! Text of a formula → [`Formula`]. Recursive descent; `||` binds weakest, then `&&`, then
//! comparisons.

use super::{Comparison, Formula, Operand};

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(f64),
    Text(String),
    Sign(&'static str),
}

/// Parses a formula; the error says what is not understood.
pub fn parse(text: &str) -> Result<Formula, String> {
    let mut parser = Parser { tokens: scan(text)?, at: 0 };
    let formula = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(formula),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

const SIGNS: [&str; 14] =
    ["&&", "||", "<>", "!=", "==", "<=", ">=", "<", ">", "=", "(", ")", ",", "!"];

fn scan(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = if let Some(after) = rest.strip_prefix("/*") {
            2 + after.find("*/").ok_or("a comment has no end")? + 2
        } else if first == '"' || first == '\'' {
            let end = rest[1..].find(first).ok_or("a text has no closing quote")?;
            tokens.push(Token::Text(rest[1..=end].to_string()));
            end + 2
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number =
                rest[..end].parse().map_err(|_| format!("{} is no number", &rest[..end]))?;
            tokens.push(Token::Number(number));
            end
        } else if first.is_ascii_alphabetic() || first == '_' || first == '$' {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '$'))
                .unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_string()));
            end
        } else {
            let sign = SIGNS
                .iter()
                .find(|s| rest.starts_with(**s))
                .ok_or_else(|| format!("character {first:?} is not understood"))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[taken..].trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn take(&mut self, sign: &str) -> bool {
        let hit = self.tokens.get(self.at) == Some(&Token::Sign(match_sign(sign)));
        self.at += usize::from(hit);
        hit
    }

    fn want(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(format!("{sign} expected")) }
    }

    fn or(&mut self) -> Result<Formula, String> {
        let mut parts = vec![self.and()?];
        while self.take("||") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Formula::Or(parts) })
    }

    fn and(&mut self) -> Result<Formula, String> {
        let mut parts = vec![self.comparison()?];
        while self.take("&&") {
            parts.push(self.comparison()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Formula::And(parts) })
    }

    fn comparison(&mut self) -> Result<Formula, String> {
        const FORMS: [(&str, Comparison); 8] = [
            ("=", Comparison::Equal),
            ("==", Comparison::Equal),
            ("<>", Comparison::NotEqual),
            ("!=", Comparison::NotEqual),
            ("<", Comparison::Less),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            (">=", Comparison::GreaterOrEqual),
        ];
        let left = self.single()?;
        for (sign, comparison) in FORMS {
            if self.take(sign) {
                let right = self.single()?;
                return Ok(Formula::Compare(comparison, Box::new(left), Box::new(right)));
            }
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Formula, String> {
        if self.take("!") {
            return Ok(Formula::Not(Box::new(self.single()?)));
        }
        if self.take("(") {
            let inner = self.or()?;
            self.want(")")?;
            return Ok(inner);
        }
        let token = self.tokens.get(self.at).cloned().ok_or("the formula ends too early")?;
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Formula::Literal(Operand::Number(number))),
            Token::Text(text) => Ok(Formula::Literal(Operand::Text(text))),
            Token::Name(name) if self.take("(") => self.call(&name),
            Token::Name(name) => word(name),
            Token::Sign(sign) => Err(format!("unexpected {sign}")),
        }
    }

    fn call(&mut self, name: &str) -> Result<Formula, String> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.or()?);
                if !self.take(",") {
                    break;
                }
            }
            self.want(")")?;
        }
        let upper = name.to_ascii_uppercase();
        let count = arguments.len();
        let mut arguments = arguments.into_iter();
        match (upper.as_str(), count) {
            ("AND", 1..) => Ok(Formula::And(arguments.collect())),
            ("OR", 1..) => Ok(Formula::Or(arguments.collect())),
            ("ISNEW", 0) => Ok(Formula::IsNew),
            ("ISPICKVAL", 2) => match (arguments.next(), arguments.next()) {
                (Some(left), Some(right)) => {
                    Ok(Formula::Compare(Comparison::Equal, Box::new(left), Box::new(right)))
                }
                _ => Err("ISPICKVAL wants two arguments".into()),
            },
            ("NOT" | "ISBLANK" | "ISNULL" | "TEXT" | "ISCHANGED" | "PRIORVALUE", 1) => {
                let Some(argument) = arguments.next() else {
                    return Err(format!("{upper} wants an argument"));
                };
                match (upper.as_str(), argument) {
                    ("NOT", inner) => Ok(Formula::Not(Box::new(inner))),
                    ("TEXT", inner) => Ok(inner),
                    ("ISCHANGED", Formula::Field(field)) => Ok(Formula::IsChanged(field)),
                    ("PRIORVALUE", Formula::Field(field)) => Ok(Formula::PriorValue(field)),
                    ("ISCHANGED" | "PRIORVALUE", _) => Err(format!("{upper} wants a field")),
                    (_, inner) => Ok(Formula::IsBlank(Box::new(inner))),
                }
            }
            _ => Err(format!("function {name} with {count} arguments is not played")),
        }
    }
}

fn word(name: String) -> Result<Formula, String> {
    match name.to_ascii_uppercase().as_str() {
        "TRUE" => Ok(Formula::Literal(Operand::Bool(true))),
        "FALSE" => Ok(Formula::Literal(Operand::Bool(false))),
        "NULL" => Ok(Formula::Literal(Operand::Null)),
        upper if upper.starts_with("$PERMISSION.") => {
            Ok(Formula::Permission(name["$Permission.".len()..].to_string()))
        }
        _ if name.contains(['.', '$']) => Err(format!("{name} is not played")),
        _ => Ok(Formula::Field(name)),
    }
}

fn match_sign(sign: &str) -> &'static str {
    SIGNS.iter().find(|s| **s == sign).copied().unwrap_or("")
}
