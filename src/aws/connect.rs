//! One AWS configuration for all clients: region, credentials, time limits, the emulator's endpoint.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use serde::{Deserialize, Serialize};

use super::chime::Chime;
use super::ecs::{Ecs, EcsSettings};
use super::error::{AwsError, Result};
use super::objects::Objects;
use super::sqs::Queue;

/// Where AWS is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AwsSettings {
    /// Region of ECS, S3 and SQS.
    pub region: String,
    /// Another endpoint for all services; only with `emulator`.
    pub endpoint_url: Option<String>,
    /// This is an emulator: another endpoint is allowed.
    pub emulator: bool,
    /// Milliseconds to connect.
    pub connect_timeout: u64,
    /// Milliseconds for one try of a call.
    pub try_timeout: u64,
    /// Milliseconds for a call with all its tries.
    pub call_timeout: u64,
    /// Tries of a call; further ones are the business of who called.
    pub tries: u32,
}

impl Default for AwsSettings {
    fn default() -> Self {
        Self {
            region: "eu-central-1".into(),
            endpoint_url: None,
            emulator: false,
            connect_timeout: 3_000,
            try_timeout: 10_000,
            call_timeout: 25_000,
            tries: 3,
        }
    }
}

/// The AWS account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Aws {
    config: Arc<SdkConfig>,
    emulator: bool,
}

impl Aws {
    /// Reads credentials and settings; makes no call yet.
    pub async fn connect(settings: &AwsSettings) -> Result<Self> {
        check_endpoint(settings)?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(settings.connect_timeout))
            .operation_attempt_timeout(Duration::from_millis(settings.try_timeout))
            .operation_timeout(Duration::from_millis(settings.call_timeout))
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .retry_config(RetryConfig::standard().with_max_attempts(settings.tries.max(1)))
            .timeout_config(timeouts);
        if let Some(endpoint) = &settings.endpoint_url {
            loader = loader.endpoint_url(endpoint);
            if settings.emulator {
                // It takes any; whoever has true ones on this machine does not send them there.
                loader = loader.credentials_provider(emulator_credentials());
            }
        }
        Ok(Self::from_config(loader.load().await, settings.emulator))
    }

    /// From a configuration made elsewhere.
    pub(super) fn from_config(config: SdkConfig, emulator: bool) -> Self {
        Self { config: Arc::new(config), emulator }
    }

    /// Chime, at the control endpoint of a region: that of the session, not of the other services.
    pub fn chime(&self, control_region: &str) -> Chime {
        let config = aws_sdk_chimesdkmeetings::config::Builder::from(self.config.as_ref())
            .region(Region::new(control_region.to_string()))
            .build();
        Chime::new(aws_sdk_chimesdkmeetings::Client::from_conf(config))
    }

    /// ECS.
    pub fn ecs(&self, settings: EcsSettings) -> Ecs {
        Ecs::new(aws_sdk_ecs::Client::new(&self.config), settings)
    }

    /// S3.
    pub fn objects(&self) -> Objects {
        let config = aws_sdk_s3::config::Builder::from(self.config.as_ref())
            // The emulator has one address; a bucket as a host name would not lead there.
            .force_path_style(self.emulator)
            .build();
        Objects::new(aws_sdk_s3::Client::from_conf(config), self.config.credentials_provider())
    }

    /// A queue by its URL.
    pub fn queue(&self, url: &str) -> Queue {
        let limits = self.config.timeout_config();
        let limit = limits.and_then(TimeoutConfig::operation_attempt_timeout);
        let limit = limit.unwrap_or(Duration::from_secs(10));
        Queue::new(aws_sdk_sqs::Client::new(&self.config), url, limit)
    }
}

fn emulator_credentials() -> Credentials {
    Credentials::new("emulator", "emulator", None, None, "emulator")
}

/// An endpoint of our own choice sends credentials and tickets there: only for the emulator, or to
/// AWS itself (a VPC endpoint).
fn check_endpoint(settings: &AwsSettings) -> Result<()> {
    let Some(endpoint) = &settings.endpoint_url else { return Ok(()) };
    let host = endpoint.strip_prefix("https://").map(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.split(':').next().unwrap_or_default()
    });
    let aws = host.is_some_and(|host| host.ends_with(".amazonaws.com") && !host.contains('@'));
    if settings.emulator || aws {
        Ok(())
    } else {
        Err(AwsError::Endpoint { endpoint: endpoint.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_emulator_may_be_elsewhere() {
        for (endpoint, emulator, allowed) in [
            (None, false, true),
            (Some("http://127.0.0.1:4566"), true, true),
            (Some("http://127.0.0.1:4566"), false, false),
            (Some("https://vpce-1.s3.eu-central-1.vpce.amazonaws.com"), false, true),
            (Some("https://vpce-1.s3.eu-central-1.vpce.amazonaws.com:443/x"), false, true),
            (Some("http://s3.amazonaws.com"), false, false),
            (Some("https://evil.example/.amazonaws.com"), false, false),
            (Some("https://evil.example#.amazonaws.com"), false, false),
            (Some("https://amazonaws.com.evil.example"), false, false),
        ] {
            let settings = AwsSettings {
                endpoint_url: endpoint.map(str::to_string),
                emulator,
                ..AwsSettings::default()
            };
            assert_eq!(check_endpoint(&settings).is_ok(), allowed, "{endpoint:?} {emulator}");
        }
    }
}
