//! The certificate of the Pub/Sub port. A small authority is made once and written to the data
//! folder, so that clients can be told to trust `ca.pem` and keep doing so over restarts.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// Names the server certificate is good for.
const NAMES: [&str; 5] = ["localhost", "127.0.0.1", "::1", "emulator", "host.docker.internal"];

/// Certificate and key of the server, and the authority clients trust; all PEM.
pub struct Tls {
    /// Authority (also in `ca.pem`).
    pub ca: String,
    /// Server certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The data folder cannot be read or written.
    #[error("cannot use {path}: {error}; check that the data folder is writable")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: std::io::Error,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
}

impl Tls {
    /// Reads the certificates from the data folder, or makes and writes them. Only a full set is
    /// reused: without the key the authority would be trusted for nothing.
    pub fn in_folder(data: &Path) -> Result<Self, TlsError> {
        let read = |name: &str| std::fs::read_to_string(data.join(name));
        if let (Ok(ca), Ok(certificate), Ok(key)) =
            (read("ca.pem"), read("pubsub-cert.pem"), read("pubsub-key.pem"))
        {
            return Ok(Self { ca, certificate, key });
        }
        let made = Self::make()?;
        let file = |path: &Path, error| TlsError::File { path: path.to_path_buf(), error };
        std::fs::create_dir_all(data).map_err(|error| file(data, error))?;
        for (name, text) in [
            ("pubsub-key.pem", &made.key),
            ("pubsub-cert.pem", &made.certificate),
            ("ca.pem", &made.ca),
        ] {
            let path = data.join(name);
            std::fs::write(&path, text).map_err(|error| file(&path, error))?;
            #[cfg(unix)]
            if name.ends_with("-key.pem") {
                use std::os::unix::fs::PermissionsExt;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
                    .map_err(|error| file(&path, error))?;
            }
        }
        Ok(made)
    }

    fn make() -> Result<Self, TlsError> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::new(Vec::new())?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(DnType::CommonName, "Chime Bridge emulator CA");
        let ca_pem = ca.self_signed(&ca_key)?.pem();
        let issuer = Issuer::new(ca, ca_key);

        let key = KeyPair::generate()?;
        let mut server = CertificateParams::new(NAMES.map(str::to_string))?;
        server.distinguished_name.push(DnType::CommonName, "localhost");
        server.use_authority_key_identifier_extension = true;
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = server.signed_by(&key, &issuer)?.pem();
        Ok(Self { ca: ca_pem, certificate, key: key.serialize_pem() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_keeps_the_authority_clients_already_trust() {
        let folder = tempfile::tempdir().unwrap();
        let first = Tls::in_folder(folder.path()).unwrap();
        let second = Tls::in_folder(folder.path()).unwrap();
        assert_eq!(first.ca, second.ca);
        assert_eq!(first.certificate, second.certificate);
    }
}
