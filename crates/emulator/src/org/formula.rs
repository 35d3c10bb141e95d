//! Validation rule formulas: exactly the forms our metadata uses (AND, OR, NOT, comparisons,
//! ISCHANGED, PRIORVALUE, ISNEW, ISBLANK, ISPICKVAL, TEXT, `$Permission`). Anything else is an error when the
//! metadata is read, so that a rule is never silently skipped.

mod parse;
mod run;

pub use parse::parse;
pub use run::Save;

/// A parsed formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A constant.
    Literal(Operand),
    /// A field of the record being saved.
    Field(String),
    /// A custom permission of the saving user.
    Permission(String),
    /// All of them.
    And(Vec<Formula>),
    /// One of them.
    Or(Vec<Formula>),
    /// The opposite.
    Not(Box<Formula>),
    /// Two values compared.
    Compare(Comparison, Box<Formula>, Box<Formula>),
    /// The field gets another value in this save; false on insert.
    IsChanged(String),
    /// The field's value before this save; on insert the value itself.
    PriorValue(String),
    /// This save is an insert.
    IsNew,
    /// No value.
    IsBlank(Box<Formula>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`, `==`
    Equal,
    /// `<>`, `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value while evaluating.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number; dates as epoch milliseconds.
    Number(f64),
    /// A text.
    Text(String),
}

impl Formula {
    /// Names of the fields it looks at.
    pub fn fields(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<String>) {
        match self {
            Formula::Field(name) | Formula::IsChanged(name) | Formula::PriorValue(name) => {
                found.push(name.clone());
            }
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter().for_each(|p| p.collect(found));
            }
            Formula::Not(inner) | Formula::IsBlank(inner) => inner.collect(found),
            Formula::Compare(_, left, right) => {
                left.collect(found);
                right.collect(found);
            }
            Formula::Literal(_) | Formula::Permission(_) | Formula::IsNew => {}
        }
    }
}
