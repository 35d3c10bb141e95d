//! The RSA key a client signs its assertions with. The emulator makes one for the bridge in its
//! data folder, so that a demo runs without any set-up.

use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptography library refused.
    #[error("no RSA key could be made")]
    Refused,
    /// The file holds something else.
    #[error("{0} holds no RSA key in PKCS #8 PEM form; remove it and a new one is made")]
    NoKey(PathBuf),
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
}

/// Both halves in PEM form.
#[derive(Clone)]
pub struct ClientKey {
    /// `PRIVATE KEY`, PKCS #8: what the client signs with.
    pub private_pem: String,
    /// `PUBLIC KEY`: what the org is told.
    pub public_pem: String,
}

impl ClientKey {
    /// A new 2,048-bit key.
    pub fn generate() -> Result<ClientKey, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Refused)?;
        ClientKey::of(&pair)
    }

    /// The key in this file; made and written, readable for the owner alone, if there is none.
    pub fn load_or_make(path: &Path) -> Result<ClientKey, KeyError> {
        let failed = |source| KeyError::File { path: path.to_path_buf(), source };
        if path.exists() {
            let text = std::fs::read_to_string(path).map_err(failed)?;
            let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
            let der = STANDARD.decode(body).map_err(|_| KeyError::NoKey(path.to_path_buf()))?;
            let pair =
                KeyPair::from_pkcs8(&der).map_err(|_| KeyError::NoKey(path.to_path_buf()))?;
            return ClientKey::of(&pair);
        }
        let key = ClientKey::generate()?;
        write_private(path, &key.private_pem).map_err(failed)?;
        Ok(key)
    }

    fn of(pair: &KeyPair) -> Result<ClientKey, KeyError> {
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Refused)?;
        let public: PublicKeyX509Der<'_> =
            pair.public_key().as_der().map_err(|_| KeyError::Refused)?;
        Ok(ClientKey {
            private_pem: pem("PRIVATE KEY", private.as_ref()),
            public_pem: pem("PUBLIC KEY", public.as_ref()),
        })
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines = body.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}
