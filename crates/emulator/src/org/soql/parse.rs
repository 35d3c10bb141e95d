//! Tokens → [`Query`].

use super::lex::{Token, scan};
use super::{Condition, Literal, Operator, Order, Path, Query};

/// Parses a query; the error goes into MALFORMED_QUERY.
pub(super) fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser { tokens: scan(text)?, at: 0 };
    let query = parser.query()?;
    match parser.tokens.get(parser.at) {
        None => Ok(query),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn query(&mut self) -> Result<Query, String> {
        self.word("SELECT")?;
        let fields = self.fields()?;
        self.word("FROM")?;
        let object = self.name()?;
        let condition = if self.take_word("WHERE") { Some(self.condition()?) } else { None };
        let mut order = Vec::new();
        if self.take_word("ORDER") {
            self.word("BY")?;
            order.push(self.order()?);
            while self.take_sign(",") {
                order.push(self.order()?);
            }
        }
        let limit = if self.take_word("LIMIT") { Some(self.count()?) } else { None };
        let offset = if self.take_word("OFFSET") { self.count()? } else { 0 };
        Ok(Query { fields, object, condition, order, limit, offset })
    }

    fn fields(&mut self) -> Result<Option<Vec<Path>>, String> {
        let mut fields = Vec::new();
        loop {
            if self.tokens.get(self.at) == Some(&Token::Sign("(")) {
                return Err("sub-queries in SELECT are not played by the emulator".into());
            }
            let name = self.name()?;
            if self.take_sign("(") {
                let counts = name.eq_ignore_ascii_case("COUNT") && fields.is_empty();
                if !counts || !self.take_sign(")") {
                    return Err(format!("function {name} is not played by the emulator"));
                }
                return Ok(None);
            }
            fields.push(path(&name));
            if !self.take_sign(",") {
                return Ok(Some(fields));
            }
        }
    }

    fn order(&mut self) -> Result<Order, String> {
        let path = path(&self.name()?);
        let descending = self.take_word("DESC");
        if !descending {
            self.take_word("ASC");
        }
        let mut nulls_last = false;
        if self.take_word("NULLS") {
            nulls_last = self.take_word("LAST");
            if !nulls_last {
                self.word("FIRST")?;
            }
        }
        Ok(Order { path, descending, nulls_last })
    }

    /// AND and OR must not stand side by side without parentheses, as in Salesforce.
    fn condition(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.negation()?];
        let all = self.take_word("AND");
        if !all && !self.take_word("OR") {
            return Ok(parts.remove(0));
        }
        let (same, other) = if all { ("AND", "OR") } else { ("OR", "AND") };
        parts.push(self.negation()?);
        while self.take_word(same) {
            parts.push(self.negation()?);
        }
        if self.take_word(other) {
            return Err(format!("unexpected token: '{other}'"));
        }
        Ok(if all { Condition::And(parts) } else { Condition::Or(parts) })
    }

    fn negation(&mut self) -> Result<Condition, String> {
        if self.take_word("NOT") {
            return Ok(Condition::Not(Box::new(self.negation()?)));
        }
        if self.take_sign("(") {
            let inner = self.condition()?;
            self.sign(")")?;
            return Ok(inner);
        }
        let path = path(&self.name()?);
        if self.take_word("IN") {
            return self.list(path, false);
        }
        if self.take_word("NOT") {
            self.word("IN")?;
            return self.list(path, true);
        }
        if self.take_word("LIKE") {
            return Ok(Condition::Compare(path, Operator::Like, self.literal()?));
        }
        const FORMS: [(&str, Operator); 7] = [
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<>", Operator::NotEqual),
            ("<", Operator::Less),
            ("<=", Operator::LessOrEqual),
            (">", Operator::Greater),
            (">=", Operator::GreaterOrEqual),
        ];
        for (sign, operator) in FORMS {
            if self.take_sign(sign) {
                return Ok(Condition::Compare(path, operator, self.literal()?));
            }
        }
        Err(self.unexpected())
    }

    fn list(&mut self, path: Path, not: bool) -> Result<Condition, String> {
        self.sign("(")?;
        if self.at_word("SELECT") {
            let query = self.query()?;
            self.sign(")")?;
            return Ok(Condition::InQuery(path, not, Box::new(query)));
        }
        let mut values = vec![self.literal()?];
        while self.take_sign(",") {
            values.push(self.literal()?);
        }
        self.sign(")")?;
        Ok(Condition::In(path, not, values))
    }

    fn literal(&mut self) -> Result<Literal, String> {
        let wrong = self.unexpected();
        Ok(match self.next()? {
            Token::Text(text) => Literal::Text(text),
            Token::Number(number) => Literal::Number(number),
            Token::Time(ms) => Literal::Time(ms),
            Token::Word(word) if word.eq_ignore_ascii_case("null") => Literal::Null,
            Token::Word(word) if word.eq_ignore_ascii_case("true") => Literal::Bool(true),
            Token::Word(word) if word.eq_ignore_ascii_case("false") => Literal::Bool(false),
            _ => return Err(wrong),
        })
    }

    fn count(&mut self) -> Result<usize, String> {
        let wrong = self.unexpected();
        match self.next()? {
            Token::Number(n) if n >= 0.0 && n.fract() == 0.0 => Ok(n as usize),
            _ => Err(wrong),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let wrong = self.unexpected();
        match self.next()? {
            Token::Word(word) => Ok(word),
            _ => Err(wrong),
        }
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.tokens.get(self.at).cloned().ok_or_else(|| self.unexpected())?;
        self.at += 1;
        Ok(token)
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word))
    }

    fn take_word(&mut self, word: &str) -> bool {
        let hit = self.at_word(word);
        self.at += usize::from(hit);
        hit
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let hit = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(hit);
        hit
    }

    fn sign(&mut self, sign: &str) -> Result<(), String> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let text = match self.tokens.get(self.at) {
            None => return "unexpected end of query".into(),
            Some(Token::Word(word)) => word.clone(),
            Some(Token::Number(number)) => number.to_string(),
            Some(Token::Text(text)) => text.clone(),
            Some(Token::Time(ms)) => crate::org::values::wire(*ms),
            Some(Token::Sign(sign)) => (*sign).to_string(),
        };
        format!("unexpected token: '{text}'")
    }
}

fn path(name: &str) -> Path {
    name.split('.').map(str::to_string).collect()
}
