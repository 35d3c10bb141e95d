//! What is wrong with the settings: all of it at once, so that nobody mends them one by one.

use std::fmt;
use std::path::PathBuf;

/// What the program exits with on bad settings (`EX_USAGE`): a restart will not help.
pub const EXIT_CODE: u8 = 64;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Full key, such as `aws.room_bucket`; empty when the file as a whole is meant.
    pub key: String,
    /// Where it stands: the file, the environment variable, the flag, or `default`.
    pub source: String,
    /// What is wrong. Never the value of a secret.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.source, self.what)?,
            key => write!(f, "{key} ({}): {}", self.source, self.what)?,
        }
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}

/// The settings cannot be used. The program ends with [`EXIT_CODE`].
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Keys or values are wrong.
    #[error("{}", listed(.0))]
    Problems(Vec<Problem>),
    /// A file a setting names cannot be used.
    #[error("{key} names {path}, which cannot be used: {reason}")]
    SecretFile {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl ConfigError {
    /// The single problems, if that is what it is.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Problems(problems) => problems,
            Self::SecretFile { .. } => &[],
        }
    }
}

fn listed(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|p| format!("  {p}")).collect();
    format!("the settings cannot be used:\n{}", lines.join("\n"))
}
