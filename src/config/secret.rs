//! Reading a secret from the file a setting names. It is read when it is needed, so that a rotated
//! file is taken up without a restart.

use std::path::Path;

use secrecy::SecretString;

use super::ConfigError;

/// Reads a text secret; the line break at its end is not part of it. `key` is the setting's name.
pub fn read_secret(key: &'static str, path: &Path) -> Result<SecretString, ConfigError> {
    let fail = |reason: String| ConfigError::SecretFile { key, path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|e| fail(e.to_string()))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(fail("it is empty".into()));
    }
    Ok(SecretString::from(secret))
}
