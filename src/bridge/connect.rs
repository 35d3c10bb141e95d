//! The ways out: the store and its key, the session with Salesforce, AWS.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::aws::{Aws, AwsSettings};
use crate::clock::{SharedClock, SharedEntropy};
use crate::config::{Auth, Config, duration};
use crate::salesforce::auth::{AuthSettings, Authenticator, Credentials};
use crate::salesforce::error::Class;
use crate::salesforce::http::{self, HttpSettings};
use crate::salesforce::rest::{Rest, RestSettings};
use crate::seal::Seal;
use crate::store::SqliteStore;
use crate::store::{Store, StoreError};

/// Note that holds the org's id.
const ORG: &str = "org_id";
/// Note that holds the fingerprint of the key file.
const KEY: &str = "key_fingerprint";

/// The store and its seal. A key is made only together with a new store: a missing key beside an
/// old store would open nothing of it.
pub async fn store(
    config: &Config,
    entropy: SharedEntropy,
) -> anyhow::Result<(Arc<SqliteStore>, Arc<Seal>)> {
    let fresh = !config.store.path.exists();
    let seal = Seal::from_key_file(&config.store.key_file, fresh, entropy)
        .with_context(|| format!("store.key_file {}", config.store.key_file.display()))?;
    let store = SqliteStore::open(&config.store.path).await?;
    match store.note(KEY).await? {
        Some(known) if known != seal.fingerprint() => bail!(
            "CB-092: store.key_file {} is not the key that {} was written with; give back the \
             right file",
            config.store.key_file.display(),
            config.store.path.display()
        ),
        Some(_) => {}
        None => keep(&store, KEY, &seal.fingerprint()).await?,
    }
    Ok((Arc::new(store), Arc::new(seal)))
}

async fn keep(store: &SqliteStore, name: &str, value: &str) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.put_note(name, value).await?;
    tx.commit().await
}

/// Signs in, and REST over it.
pub fn salesforce(
    config: &Config,
    clock: SharedClock,
) -> anyhow::Result<(Arc<Authenticator>, Rest)> {
    let salesforce = &config.salesforce;
    let call_timeout_ms = u64::try_from(salesforce.call_timeout_ms)?;
    let http = http::client(&HttpSettings {
        ca_file: salesforce.ca_file.clone(),
        connect_timeout_ms: u64::try_from(salesforce.connect_timeout_ms)?,
        timeout_ms: call_timeout_ms.min(HttpSettings::default().timeout_ms),
    })?;
    let mut settings = AuthSettings::new(&salesforce.instance_url, credentials(config)?);
    settings.session_life_ms = u64::try_from(salesforce.session_life_ms)?;
    let auth = Arc::new(Authenticator::new(settings, http.clone(), clock)?);
    let rest = Rest::new(
        http,
        auth.clone(),
        RestSettings {
            api_version: salesforce.api_version.clone(),
            namespace: salesforce.namespace.clone(),
            daily_api_brake: salesforce.daily_api_brake,
            timeout: Duration::from_millis(call_timeout_ms),
            limit_wait: duration(salesforce.limit_wait_ms),
            ..RestSettings::default()
        },
    );
    Ok((auth, rest))
}

fn credentials(config: &Config) -> anyhow::Result<Credentials> {
    let salesforce = &config.salesforce;
    let client_id = salesforce.client_id.clone();
    Ok(match salesforce.auth {
        Auth::Jwt => Credentials::JwtBearer {
            client_id,
            username: salesforce.username.clone(),
            audience: salesforce.audience.clone(),
            key_file: salesforce.key_file.clone().context("salesforce.key_file is not set")?,
        },
        Auth::ClientCredentials => Credentials::ClientCredentials {
            client_id,
            client_secret_file: salesforce
                .client_secret_file
                .clone()
                .context("salesforce.client_secret_file is not set")?,
        },
    })
}

/// The org's id: from the session, or as it was known if the org is out of reach just now. A store
/// belongs to one org.
pub async fn org_id(auth: &Authenticator, store: &SqliteStore) -> anyhow::Result<String> {
    let known = store.note(ORG).await?;
    let mut pause = Duration::from_millis(500);
    loop {
        match (auth.session().await, &known) {
            (Ok(session), Some(known)) if session.org_id != *known => bail!(
                "CB-093: this store belongs to org {known}, but the sign-in leads to {}; use \
                 another store.path for another org",
                session.org_id
            ),
            (Ok(session), _) => {
                keep(store, ORG, &session.org_id).await?;
                return Ok(session.org_id.clone());
            }
            (Err(error), Some(known)) => {
                tracing::warn!(%error, "Salesforce is out of reach; starting with what is known");
                return Ok(known.clone());
            }
            (Err(error), None) if error.class() == Class::Permanent => return Err(error.into()),
            (Err(error), None) => {
                tracing::warn!(%error, "Salesforce is out of reach; the first start waits for it");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(30));
            }
        }
    }
}

/// AWS.
pub async fn aws(config: &Config) -> anyhow::Result<Aws> {
    let settings = AwsSettings {
        region: config.aws.region.clone(),
        endpoint_url: config.aws.endpoint_url.clone(),
        emulator: config.emulator,
        connect_timeout: u64::try_from(config.aws.connect_timeout_ms)?,
        try_timeout: u64::try_from(config.aws.try_timeout_ms)?,
        call_timeout: u64::try_from(config.aws.call_timeout_ms)?,
        ..AwsSettings::default()
    };
    Ok(Aws::connect(&settings).await?)
}

/// How the stream is kept, from the settings.
pub fn stream_settings(config: &Config) -> anyhow::Result<crate::salesforce::pubsub::Settings> {
    use crate::config::{FirstStart as From, OnLostReplay as On};
    use crate::salesforce::pubsub::{FirstStart, ReplayLost, Settings};
    let salesforce = &config.salesforce;
    let ms = |value: i64| u64::try_from(value);
    Ok(Settings {
        endpoint: salesforce.pubsub_endpoint.clone(),
        ca_file: salesforce.ca_file.clone(),
        commands: salesforce.command_topic.clone(),
        changes: salesforce.change_topic.clone(),
        first_start: match salesforce.first_start {
            From::Latest => FirstStart::Latest,
            From::Earliest => FirstStart::Earliest,
        },
        on_replay_lost: match salesforce.on_lost_replay {
            On::Stop => ReplayLost::Stop,
            On::Earliest => ReplayLost::Earliest,
        },
        silence_ms: ms(salesforce.silence_ms)?,
        retry_first_ms: ms(salesforce.backoff_min_ms)?,
        retry_most_ms: ms(salesforce.backoff_max_ms)?,
        allocation_first_ms: ms(salesforce.allocation_wait_ms)?,
        allocation_most_ms: ms(salesforce.allocation_wait_ms)?.saturating_mul(4),
        settle_ms: ms(salesforce.settle_ms)?,
        slow_ms: ms(salesforce.slow_wait_ms)?,
        probe_ms: ms(salesforce.probe_ms)?,
        ping_ms: ms(salesforce.ping_ms)?,
        ping_timeout_ms: ms(salesforce.ping_timeout_ms)?,
        schema_patience_ms: ms(salesforce.schema_patience_ms)?,
        connect_ms: ms(salesforce.connect_timeout_ms)?,
        call_ms: ms(salesforce.call_timeout_ms)?.min(Settings::default().call_ms),
        ..Settings::default()
    })
}

/// How effects are run, from the settings.
pub fn patience(config: &Config) -> crate::effects::runner::Patience {
    let effects = &config.effects;
    let ms = |value| duration(value).as_millis() as u64;
    crate::effects::runner::Patience {
        concurrency: effects.concurrency as usize,
        max_attempts: effects.max_attempts,
        backoff_min_ms: ms(effects.backoff_min_ms),
        backoff_max_ms: ms(effects.backoff_max_ms),
    }
}
