//! The part of SOQL that clients of ours use: fields also of parents, COUNT(), conditions,
//! semi-joins, order, limit and offset. Anything else is MALFORMED_QUERY, never a wrong answer.

mod columns;
mod judge;
mod lex;
mod parse;
mod resolve;
mod run;

pub use columns::columns;
pub use run::record as render;
pub use run::{Found, run};

/// A parsed query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What is asked for; none for `COUNT()`.
    pub fields: Option<Vec<Path>>,
    /// Object.
    pub object: String,
    /// Which records.
    pub condition: Option<Condition>,
    /// In which order.
    pub order: Vec<Order>,
    /// At most so many.
    pub limit: Option<usize>,
    /// After so many.
    pub offset: usize,
}

/// A field, perhaps of a parent: `Meeting__r.Status__c`.
pub type Path = Vec<String>;

/// One key of the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Field.
    pub path: Path,
    /// Largest first.
    pub descending: bool,
    /// Empty ones last; they come first otherwise.
    pub nulls_last: bool,
}

/// What a record must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All.
    And(Vec<Condition>),
    /// One.
    Or(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// A field compared with a value.
    Compare(Path, Operator, Literal),
    /// A field in a list (or not).
    In(Path, bool, Vec<Literal>),
    /// A field in the answer of another query (or not).
    InQuery(Path, bool, Box<Query>),
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `LIKE`, with `%` and `_`
    Like,
}

/// A value in a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text in quotes.
    Text(String),
    /// A time, epoch milliseconds.
    Time(i64),
}
