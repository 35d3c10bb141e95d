//! Reads a filter expression. `NOT` binds closest, then `AND`, then `OR`.

use super::scan::{Word, scan};
use super::{Filter, HEADER};

/// Header fields a filter may use; the four arrays may not.
const HEADER_FIELDS: [&str; 8] = [
    "entityName",
    "changeType",
    "changeOrigin",
    "transactionKey",
    "sequenceNumber",
    "commitTimestamp",
    "commitNumber",
    "commitUser",
];
/// Most fields in one expression.
const MOST_FIELDS: usize = 10;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the filter expression cannot be used: {0}")]
pub struct FilterError(pub String);

pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    let mut reader = Reader { words: scan(text)?, at: 0 };
    let filter = reader.or()?;
    if reader.at < reader.words.len() {
        return Err(FilterError("there is more after its end".to_string()));
    }
    let mut fields = Vec::new();
    let mut bad = None;
    filter.each_field(&mut |field| {
        if let Some(header) = field.strip_prefix(HEADER)
            && !HEADER_FIELDS.contains(&header)
        {
            bad = Some(field.to_string());
        }
        if !fields.iter().any(|f| f == field) {
            fields.push(field.to_string());
        }
    });
    if let Some(field) = bad {
        return Err(FilterError(format!("{field} cannot be filtered by")));
    }
    if fields.len() > MOST_FIELDS {
        return Err(FilterError(format!("it uses {} fields, at most 10 may be", fields.len())));
    }
    Ok(filter)
}

struct Reader {
    words: Vec<Word>,
    at: usize,
}

impl Reader {
    fn take(&mut self, word: &Word) -> bool {
        let hit = self.words.get(self.at) == Some(word);
        self.at += usize::from(hit);
        hit
    }

    fn next(&mut self, expected: &str) -> Result<Word, FilterError> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word.ok_or_else(|| FilterError(format!("it ends where {expected} should be")))
    }

    fn or(&mut self) -> Result<Filter, FilterError> {
        let mut filter = self.and()?;
        while self.take(&Word::Or) {
            filter = Filter::Or(Box::new(filter), Box::new(self.and()?));
        }
        Ok(filter)
    }

    fn and(&mut self) -> Result<Filter, FilterError> {
        let mut filter = self.not()?;
        while self.take(&Word::And) {
            filter = Filter::And(Box::new(filter), Box::new(self.not()?));
        }
        Ok(filter)
    }

    fn not(&mut self) -> Result<Filter, FilterError> {
        if self.take(&Word::Not) {
            return Ok(Filter::Not(Box::new(self.not()?)));
        }
        if self.take(&Word::Open) {
            let filter = self.or()?;
            return match self.take(&Word::Close) {
                true => Ok(filter),
                false => Err(FilterError("a bracket is not closed".to_string())),
            };
        }
        let Word::Field(field) = self.next("a field")? else {
            return Err(FilterError("a comparison begins with a field".to_string()));
        };
        let Word::Op(op) = self.next("an operator")? else {
            return Err(FilterError(format!("no operator it knows follows {field}")));
        };
        let Word::Literal(literal) = self.next("a value")? else {
            return Err(FilterError(format!("no value follows the operator of {field}")));
        };
        Ok(Filter::Compare { field, op, literal })
    }
}
