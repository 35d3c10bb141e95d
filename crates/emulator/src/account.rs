//! The AWS account as the emulator starts it: queues, the notices' way, Chime, buckets, the
//! cluster, and the one endpoint in front of them.

use crate::aws::adapters::{json, whole};
use crate::aws::chime::Chime;
use crate::aws::ecs::{self, Ecs};
use crate::aws::eventbridge::EventBridge;
use crate::aws::gateway::Gateway;
use crate::aws::s3::{self, BucketConfig, S3};
use crate::aws::sqs::Sqs;
use crate::faults::Faults;
use crate::start::{
    Addresses, CLUSTER, Config, NOTICES, RECORDINGS_BUCKET, ROOM_BUCKET, SIGNALS, WORK_BUCKET,
};

/// A message goes to the dead-letter queue after so many receives.
const MAX_RECEIVES: u32 = 100;

/// The parts of the account.
pub struct Account {
    /// Objects.
    pub s3: S3,
    /// Tasks.
    pub ecs: Ecs,
    /// Queues.
    pub sqs: Sqs,
    /// The notices' way.
    pub eventbridge: EventBridge,
    /// Meetings.
    pub chime: Chime,
}

impl Account {
    /// Opens the account.
    pub fn open(config: &Config, addresses: &Addresses) -> anyhow::Result<Self> {
        let (clock, faults) = (&config.clock, &config.faults);
        let endpoint = format!("http://{}", addresses.aws);
        let sqs = Sqs::new(clock.clone(), faults.clone(), endpoint.clone());
        sqs.create_pair(NOTICES, MAX_RECEIVES)?;
        sqs.create_pair(SIGNALS, MAX_RECEIVES)?;
        let eventbridge = notices_to(&sqs, config);
        let chime = Chime::new(
            clock.clone(),
            eventbridge.clone(),
            config.chime.clone(),
            config.media.clone(),
        );
        let buckets = s3::Config {
            buckets: vec![
                // The CDN's role may not list: a missing ticket is 403, as with S3 behind it.
                BucketConfig::new(ROOM_BUCKET),
                BucketConfig {
                    versioned: true,
                    notices: true,
                    ..BucketConfig::new(RECORDINGS_BUCKET)
                },
                BucketConfig { notices: true, ..BucketConfig::new(WORK_BUCKET) },
            ],
            spill: Some(config.data_dir.join("objects")),
        };
        let s3 = S3::new(buckets, clock.clone(), faults.clone(), Some(eventbridge.clone()))?;
        let cluster = ecs::Config {
            cluster: CLUSTER.into(),
            commands: config.recorders.clone().into_iter().collect(),
            environment: vec![
                ("AWS_ENDPOINT_URL".into(), endpoint),
                ("CHIME_EMULATOR".into(), "true".into()),
                ("AWS_REGION".into(), "eu-central-1".into()),
                ("AWS_ACCESS_KEY_ID".into(), "emulator".into()),
                ("AWS_SECRET_ACCESS_KEY".into(), "emulator".into()),
                ("EMULATOR_CONTROL_URL".into(), format!("http://{}", addresses.control)),
            ],
            start_delay_ms: i64::try_from(config.task_start_delay.as_millis())?,
            logs: Some(config.data_dir.join("tasks")),
            ..ecs::Config::default()
        };
        let ecs = Ecs::new(cluster, clock.clone(), faults.clone(), Some(eventbridge.clone()));
        Ok(Self { s3, ecs, sqs, eventbridge, chime })
    }

    /// The endpoint.
    pub fn gateway(&self, faults: &Faults) -> Gateway {
        let (ecs, s3) = (self.ecs.clone(), self.s3.clone());
        let tasks = json("ecs", move |action: String, body| {
            let ecs = ecs.clone();
            async move { ecs.handle(&action, body).await }
        });
        let objects = whole("s3", move |request| {
            let s3 = s3.clone();
            async move { s3.handle(request).await }
        });
        Gateway::new(faults.clone())
            .with(self.sqs.clone())
            .with(self.chime.clone())
            .with(tasks)
            .with(objects)
    }
}

/// A bus whose events go to the notices queue.
fn notices_to(sqs: &Sqs, config: &Config) -> EventBridge {
    let sqs = sqs.clone();
    let sink = move |body: String| {
        if let Err(error) = sqs.send(NOTICES, body) {
            tracing::error!(queue = NOTICES, %error, "a notice could not be queued");
        }
    };
    EventBridge::new(config.clock.clone(), config.faults.clone(), std::sync::Arc::new(sink))
}
