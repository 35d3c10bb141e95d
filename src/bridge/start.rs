//! `chime-bridge run`: builds the parts, starts their tasks, waits for the end.
//!
//! Order of the end: sources first (streams, queues, deadlines, reconcile), then the workers, which
//! finish what the sources handed over (effects under way, the outbox), and the inbox last of them,
//! when nobody can hand it anything any more.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::admin::Admin;
use crate::aws::ecs::EcsSettings;
use crate::aws::launch::TaskSettings;
use crate::bridge::around::Surroundings;
use crate::bridge::{clock_watch, connect, core_files, heartbeat, letters, streams, waiting};
use crate::clock::SharedClock;
use crate::config::{Config, duration};
use crate::deadlines::Deadlines;
use crate::effects::execute::Executor;
use crate::effects::recorder::{Recorder, finisher};
use crate::effects::runner::Runner;
use crate::inbox::delivery::{Delivery, Fact, Inlet};
use crate::inbox::engine::{self, Parts, Wakes};
use crate::inbox::hearing::Hearing;
use crate::input::to_meeting;
use crate::meeting::event::Event;
use crate::outbox::confirm::Report;
use crate::outbox::missing::MissingFields;
use crate::outbox::pace::Waits;
use crate::outbox::send::{self, SendSettings, Sender};
use crate::outbox::vault::StoreVault;
use crate::queues::{Kind, Poller};
use crate::reconcile::Reconcile;
use crate::salesforce::pubsub::{self, Deps, StreamStatus};
use crate::salesforce::schema::{Namespace, SchemaCache};
use crate::store::Store;
use crate::supervisor::{self, DRAIN, Exit, Readiness, Supervisor, Task};
use crate::telemetry;
use crate::ticket::Tickets;

/// Deliveries that may wait for the inbox.
const INBOX_PLACES: usize = 256;

/// Runs until a signal ends it.
pub async fn with_signals(config: Config) -> anyhow::Result<Exit> {
    let supervisor = Supervisor::new(DRAIN);
    let signals = supervisor::signals(&supervisor)?;
    let metrics = telemetry::install(&config.telemetry)?;
    if !config.admin.core_files {
        core_files::forbid();
    }
    run(config, supervisor, signals, Surroundings::of_process(metrics)).await
}

/// Runs by this clock until the supervisor ends it.
pub async fn run(
    config: Config,
    supervisor: Supervisor,
    signals: mpsc::Receiver<&'static str>,
    around: Surroundings,
) -> anyhow::Result<Exit> {
    let Surroundings { clock, entropy, metrics, .. } = around;
    let began_at = clock.now();
    let readiness = Readiness::new(clock.clone());
    let started = readiness.latch("start");
    let admin = Admin::bind(config.admin.listen, readiness.clone(), metrics).await?;
    tracing::info!(address = %admin.address(), version = env!("CARGO_PKG_VERSION"), "Starting");
    supervisor.spawn(Task::housekeeper("admin"), |stop| admin.serve(stop));

    let (sqlite, seal) = connect::store(&config, entropy.clone()).await?;
    let store: Arc<dyn Store> = (around.store)(sqlite.clone());
    waiting::tell(&*store).await?;
    let (auth, rest) = connect::salesforce(&config, clock.clone())?;
    let org_id = tokio::select! {
        org_id = connect::org_id(&auth, &sqlite) => org_id?,
        exit = supervisor.run(supervisor::signals(&supervisor)?) => return Ok(exit),
    };
    let aws = connect::aws(&config).await?;
    let wakes = Arc::new(Wakes::default());
    let hearing = Arc::new(Hearing::of([Kind::Notices, Kind::Signals].map(Kind::word)));
    let word = Some(config.salesforce.namespace.as_str()).filter(|n| !n.is_empty());
    let namespace = Namespace::new(word);
    let schemas = Arc::new(SchemaCache::new(256));

    // The inbox ends when its last inlet is gone; only the hard stop ends it before.
    let (inlet, queue) = mpsc::channel(INBOX_PLACES);
    let parts = Parts {
        store: store.clone(),
        clock: clock.clone(),
        seal: seal.clone(),
        org_id: org_id.clone(),
        namespace: namespace.clone(),
        settings: Arc::new(config.meeting.clone()),
        hearing: hearing.clone(),
        wakes: wakes.clone(),
        kept: Arc::new(readiness.latch("store")),
        schemas: schemas.clone(),
    };
    parts.kept.open("opened");
    supervisor.spawn(Task::worker("inbox").may_end(), |_| async move {
        engine::run(parts, queue, CancellationToken::new()).await;
        Ok(())
    });

    let executor = Executor {
        chime: aws.chime(&config.aws.control_region),
        objects: aws.objects(),
        rest: rest.clone(),
        tickets: Tickets {
            store: store.clone(),
            seal: seal.clone(),
            entropy: entropy.clone(),
            org_id: org_id.clone(),
        },
        recorder: recorder(&config, &aws, seal.clone(), &org_id),
        clock: clock.clone(),
        org_id: org_id.clone(),
        room_bucket: config.aws.room_bucket.clone(),
        began_at,
    };
    let runner = Runner {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        inlet: inlet.clone(),
        wakes: wakes.clone(),
        executor: (around.executor)(Arc::new(executor)),
        patience: connect::patience(&config),
    };
    supervisor.spawn(Task::worker("effects"), |stop| async move {
        runner.run(stop.token()).await;
        Ok(())
    });

    let missing = Arc::new(MissingFields::default());
    let sender = Sender::new(send::Parts {
        store: store.clone(),
        rest: rest.clone(),
        vault: Arc::new(StoreVault { store: store.clone(), seal: seal.clone() }),
        clock: clock.clone(),
        entropy: entropy.clone(),
        wakes: wakes.clone(),
        missing: missing.clone(),
        settings: SendSettings {
            record_tries: config.outbox.max_attempts,
            first_wait: duration(config.outbox.backoff_min_ms),
            longest_wait: duration(config.outbox.backoff_max_ms),
            limit_wait: duration(config.salesforce.limit_wait_ms),
            waits: Waits {
                calm: duration(config.outbox.linger_ms),
                busy: duration(config.outbox.linger_busy_ms),
                busy_from: f64::from(config.outbox.busy_records_per_second),
            },
            ..SendSettings::default()
        },
        heard: heard(inlet.clone(), clock.clone()),
    });
    supervisor.spawn(Task::worker("outbox"), |stop| async move {
        sender.run(stop.token(), CancellationToken::new()).await;
        Ok(())
    });

    let deadlines = Deadlines {
        store: store.clone(),
        clock: clock.clone(),
        inlet: inlet.clone(),
        wakes: wakes.clone(),
    };
    supervisor.spawn(Task::source("deadlines"), |stop| async move {
        deadlines.run(stop.token()).await;
        Ok(())
    });

    for (kind, url) in [
        (Kind::Notices, &config.aws.notices_queue_url),
        (Kind::Signals, &config.aws.signals_queue_url),
    ] {
        let poller = Poller {
            kind,
            queue: aws.queue(url),
            store: store.clone(),
            seal: seal.clone(),
            clock: clock.clone(),
            inlet: inlet.clone(),
            hearing: hearing.clone(),
            org_id: org_id.clone(),
            latch: readiness.remark(&format!("queue {kind:?}")),
            wait: Duration::from_secs(u64::from(config.queues.wait_seconds)),
            batch: config.queues.batch as i32,
            hidden: Duration::from_secs(u64::from(config.queues.hidden_seconds)),
        };
        supervisor.spawn(Task::source(format!("queue {kind:?}")), |stop| async move {
            poller.run(stop.token()).await;
            Ok(())
        });
    }

    let settings = connect::stream_settings(&config)?;
    let lag = Arc::new(AtomicI64::new(-1));
    for topic in settings.topics(&namespace) {
        let (status, told) = watch::channel(StreamStatus::default());
        let latch = readiness.latch(&format!("stream {topic}"));
        let deps = Deps {
            auth: auth.clone(),
            store: store.clone(),
            inlet: inlet.clone(),
            mapper: streams::mapper(org_id.clone(), clock.clone()),
            // The inbox seals every dead letter on its way into the store.
            sealer: Arc::new(|plain: &[u8]| plain.to_vec()),
            schemas: schemas.clone(),
            namespace: namespace.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            status,
        };
        let (settings, name) = (settings.clone(), topic.clone());
        supervisor.spawn(Task::source(format!("stream {topic}")), |stop| async move {
            pubsub::run(&name, settings, deps, stop.token()).await;
            Ok(())
        });
        let report = streams::Report { topic, latch, clock: clock.clone(), lag: lag.clone() };
        let name = format!("status {}", report.topic);
        supervisor.spawn(Task::housekeeper(name).may_end(), |stop| report.run(told, stop));
    }

    let reconcile = Reconcile {
        store: store.clone(),
        rest: rest.clone(),
        clock: clock.clone(),
        inlet: inlet.clone(),
        wakes: wakes.clone(),
        every: duration(config.reconcile.every_ms),
        keep_seen: Duration::from_secs(u64::from(config.store.keep_seen_days) * 86_400),
        swept: String::new(),
    };
    supervisor.spawn(Task::source("reconcile"), |stop| async move {
        reconcile.run(stop.token()).await;
        Ok(())
    });
    let letters = letters::Marked {
        store: store.clone(),
        seal: seal.clone(),
        inlet,
        settings,
        auth,
        schemas,
    };
    supervisor.spawn(Task::source("letters"), |stop| letters.run(stop));

    let watch =
        clock_watch::Watch { store: store.clone(), clock: clock.clone(), wakes: wakes.clone() };
    supervisor.spawn(Task::housekeeper("clock"), |stop| watch.run(stop));

    let beat = heartbeat::Beat {
        store: store.clone(),
        clock: clock.clone(),
        readiness: readiness.clone(),
        instance: config.instance.clone(),
        rest,
        missing,
        wakes,
        lag,
    };
    supervisor.spawn(Task::housekeeper("heartbeat"), |stop| beat.run(stop));
    let (ending, draining) = (supervisor.clone(), readiness.clone());
    supervisor.spawn(Task::housekeeper("draining").may_end(), |_| async move {
        ending.ending().await;
        draining.drain();
        Ok(())
    });
    started.open("all tasks run");

    let exit = supervisor.run(signals).await;
    sqlite.close().await;
    tracing::info!(cause = ?exit.cause, cut_off = ?exit.cut_off, "Ended");
    Ok(exit)
}

fn recorder(
    config: &Config,
    aws: &crate::aws::Aws,
    seal: Arc<crate::seal::Seal>,
    org_id: &str,
) -> Recorder {
    let seconds = |ms: i64| u32::try_from(ms / 1000).unwrap_or(u32::MAX);
    Recorder {
        ecs: aws.ecs(EcsSettings { cluster: config.aws.cluster.clone() }),
        task: TaskSettings {
            task_definition: config.aws.task_definition.clone(),
            container: config.aws.container.clone(),
            subnets: config.aws.subnets.clone(),
            security_groups: config.aws.security_groups.clone(),
            assign_public_ip: config.aws.assign_public_ip,
            ..TaskSettings::default()
        },
        objects: aws.objects(),
        finisher: finisher(aws, &config.aws.work_bucket, &config.aws.recordings_bucket),
        seal,
        org_id: org_id.to_string(),
        recordings_bucket: config.aws.recordings_bucket.clone(),
        work_bucket: config.aws.work_bucket.clone(),
        room_url: config.aws.room_url.clone(),
        unused_seconds: seconds(config.meeting.unused_limit),
        alone_seconds: seconds(config.meeting.recorder_alone),
        max_seconds: seconds(config.meeting.recorder_longest),
        playback_minutes: config.aws.playback_minutes,
    }
}

/// What the outbox heard back: ids of new records, and deletes nobody told of, go to their
/// meetings; the rest to the figures.
fn heard(inlet: Inlet, clock: SharedClock) -> Arc<dyn Fn(&Report) + Send + Sync> {
    Arc::new(move |report| {
        telemetry::RECORDS_WRITTEN.add(report.told as u64, &[]);
        telemetry::RECORDS_REFUSED.add(report.refused as u64, &[]);
        let made = report.made.iter().filter(|made| made.object == "Chime_Recording__c");
        let named = made.map(|made| {
            let (object, key, id) = (made.object.clone(), made.key.clone(), made.id.clone());
            (&made.meeting, Event::RecordNamed { object, key, id })
        });
        let deleted = report.deleted.iter().map(|gone| {
            let (object, id) = (gone.object.clone(), gone.id.clone());
            (&gone.meeting, Event::RecordDeleted { object, id, at: clock.now() })
        });
        let facts: Vec<Fact> = named
            .chain(deleted)
            .map(|(meeting, event)| Fact { fingerprint: None, input: to_meeting(meeting, event) })
            .collect();
        if !facts.is_empty() {
            // Full, or ended before the commit: nothing is lost. The level check finds the id of a
            // recording's record and every deleted meeting and recording; a person's record that
            // was deleted answers the next write in the same way.
            let _ = inlet.try_send(Delivery { facts, position: None, done: None });
        }
    })
}
