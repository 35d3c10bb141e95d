//! The S3 client: region and credentials from the environment or the task's role, no retries of
//! its own (`patience` does that), and another endpoint only for the emulator.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;

use super::error::{Result, StorageError};

/// Where S3 is.
#[derive(Debug, Clone, Default)]
pub struct S3Settings {
    /// Region; without one the environment says it.
    pub region: Option<String>,
    /// Another endpoint; only with `emulator`.
    pub endpoint: Option<String>,
    /// This is an emulator: another endpoint is allowed, and true credentials stay here.
    pub emulator: bool,
}

/// To connect.
const CONNECT: Duration = Duration::from_secs(3);
/// The longest any try may take; `calls` has shorter limits for what must be quick.
const TRY: Duration = Duration::from_secs(120);

/// A client; makes no call yet.
///
/// # Errors
/// An endpoint without the emulator flag: the media would go there.
pub async fn client(settings: &S3Settings) -> Result<Client> {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(TRY).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(1))
        .timeout_config(timeouts);
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    match &settings.endpoint {
        Some(endpoint) if !settings.emulator => {
            return Err(StorageError::Endpoint { endpoint: endpoint.clone() });
        }
        Some(endpoint) => {
            let credentials = Credentials::new("emulator", "emulator", None, None, "emulator");
            loader = loader.endpoint_url(endpoint).credentials_provider(credentials);
        }
        None => {}
    }
    let config = aws_sdk_s3::config::Builder::from(&loader.load().await)
        // The emulator has one address; a bucket as a host name would not lead there.
        .force_path_style(settings.emulator)
        .build();
    Ok(Client::from_conf(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_emulator_may_be_elsewhere() {
        let endpoint = Some("http://127.0.0.1:4566".to_string());
        let region = Some("eu-central-1".to_string());
        let settings = S3Settings { region, endpoint, emulator: false };
        assert!(matches!(client(&settings).await, Err(StorageError::Endpoint { .. })));
        assert!(client(&S3Settings { emulator: true, ..settings }).await.is_ok());
    }
}
