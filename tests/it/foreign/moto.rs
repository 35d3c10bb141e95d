//! The bridge's own S3 and SQS calls against moto, an AWS account that others wrote: each finds there
//! what AWS documents, and the same in our emulator.

use std::collections::BTreeSet;
use std::time::Duration;

use chime_bridge::aws::objects::{Objects, Put, Written};
use chime_bridge::aws::sqs::{MAX_BATCH, Queue, Received};
use chime_bridge::aws::{Aws, AwsSettings};
use chime_emulator::start::{RECORDINGS_BUCKET, WORK_BUCKET};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use super::clients::{aws, python, ready};
use crate::seat::http;
use crate::world::{World, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_bridges_calls_find_in_moto_what_aws_documents() {
    let account = Account::start(None).await;
    objects(&account.aws().await.objects()).await;
    queue(&account.queue().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridges_calls_find_the_same_in_the_emulator() {
    let world = World::without_bridge(|_| {}, &[]).await;
    let account = Account::start(Some(format!("http://{}", world.emulator.addresses.aws))).await;
    objects(&account.aws().await.objects()).await;
    queue(&account.queue().await).await;
}

/// Tickets, launch files, pieces and manifests; erasing; links.
async fn objects(s3: &Objects) {
    let (bucket, key) = (RECORDINGS_BUCKET, "recordings/m/r/manifest.json");
    let once = Put { content_type: "application/json", if_absent: true, ..Put::default() };
    let ticket =
        Put { content_type: "application/json", cache_control: Some("no-store"), if_absent: false };

    // Nothing is there yet.
    assert_eq!(s3.get(bucket, key, 100).await.unwrap(), None);
    assert_eq!(s3.head(bucket, key).await.unwrap(), None);
    s3.delete(WORK_BUCKET, "launch/r-1.json").await.unwrap();

    // Written once, then over it.
    assert_eq!(s3.put(bucket, key, b"first".to_vec(), &once).await.unwrap(), Written::Yes);
    assert_eq!(s3.put(bucket, key, b"second".to_vec(), &once).await.unwrap(), Written::Exists);
    assert_eq!(s3.get(bucket, key, 100).await.unwrap().unwrap(), b"first");
    assert_eq!(s3.put(bucket, key, b"third!".to_vec(), &ticket).await.unwrap(), Written::Yes);
    assert_eq!(s3.get(bucket, key, 6).await.unwrap().unwrap(), b"third!");
    assert_eq!(s3.get(bucket, key, 5).await.unwrap_err().code(), "CB-310");
    let head = s3.head(bucket, key).await.unwrap().unwrap();
    assert_eq!((head.key.as_str(), head.size), (key, 6));
    assert!((head.at - now()).abs() < 120_000, "{} is in milliseconds", head.at);

    // In order of key, after one, no more than asked for; a blank and a plus are themselves.
    let names = ["recordings/m/r/1-1.mp4", "recordings/m/r/1-2 +.mp4", "recordings/m/r/2-1.mp4"];
    for name in names {
        s3.put(bucket, name, vec![0; 3], &Put::default()).await.unwrap();
    }
    let keys = |found: Vec<chime_bridge::aws::objects::ObjectInfo>| -> Vec<String> {
        found.into_iter().map(|one| one.key).collect()
    };
    let all = s3.list(bucket, "recordings/m/r/", None, 100).await.unwrap();
    assert_eq!(all.iter().map(|one| one.size).sum::<i64>(), 15);
    assert_eq!(keys(all), [&names[..], &[key]].concat());
    let two = s3.list(bucket, "recordings/m/r/", Some(names[0]), 2).await.unwrap();
    assert_eq!(keys(two), &names[1..]);

    // A link opens its object as it was put, and no other.
    let wanted = [key.to_string(), names[1].to_string()];
    let links = s3.presign_get(bucket, &wanted, 900_000, now()).await.unwrap();
    assert!((links.expires_at - now() - 900_000).abs() < 60_000);
    let links: Vec<&str> = links.links.expose().lines().collect();
    let answer = http().get(links[0]).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.bytes().await.unwrap(), b"third!"[..]);
    assert_eq!(http().get(links[1]).send().await.unwrap().bytes().await.unwrap().len(), 3);

    // A deleted one is gone, but its versions are not.
    s3.delete(bucket, key).await.unwrap();
    s3.delete(bucket, key).await.unwrap();
    assert_eq!(s3.get(bucket, key, 100).await.unwrap(), None);
    assert_eq!(s3.head(bucket, key).await.unwrap(), None);

    // Uploads that were begun: two of this recording, one of another.
    assert_eq!(s3.abort_uploads(bucket, "recordings/m/r/").await.unwrap(), 2);
    assert_eq!(s3.abort_uploads(bucket, "recordings/m/r/").await.unwrap(), 0);
    assert_eq!(s3.abort_uploads(bucket, "recordings/m/other/").await.unwrap(), 1);

    // Three pieces, the manifest twice, two markers.
    let neighbour = "recordings/m/r2/manifest.json";
    s3.put(bucket, neighbour, b"kept".to_vec(), &Put::default()).await.unwrap();
    assert_eq!(s3.delete_all_versions(bucket, "recordings/m/r/").await.unwrap(), 7);
    assert_eq!(s3.delete_all_versions(bucket, "recordings/m/r/").await.unwrap(), 0);
    assert_eq!(s3.put(bucket, key, b"new".to_vec(), &once).await.unwrap(), Written::Yes);
    assert_eq!(s3.get(bucket, neighbour, 100).await.unwrap().unwrap(), b"kept");

    // More than one page of versions, each deleted while the list is read. (moto forgets the rest of a
    // list whose last version is gone; S3 does not say that it never would.)
    let made = (0..1_005).map(|n| async move {
        let name = format!("journal/r/{n:04}.json");
        s3.put(WORK_BUCKET, &name, Vec::new(), &Put::default()).await.unwrap();
    });
    futures::StreamExt::collect::<Vec<()>>(futures::StreamExt::buffer_unordered(
        futures::stream::iter(made),
        8,
    ))
    .await;
    let listed = s3.list(WORK_BUCKET, "journal/r/", None, 2_000).await.unwrap();
    assert_eq!(listed.len(), 1_005);
    assert_eq!(s3.delete_all_versions(WORK_BUCKET, "journal/r/").await.unwrap(), 1_005);
    assert_eq!(s3.list(WORK_BUCKET, "journal/r/", None, 10).await.unwrap(), []);
}

/// Twelve signals wait: received, left until they come again, deleted.
async fn queue(queue: &Queue) {
    let second = Duration::from_secs(1);
    let first = take(queue, Duration::from_secs(2)).await;
    assert_eq!(bodies(&first), signals());
    for message in &first {
        assert_eq!(message.receives, 1);
        assert!((message.sent_at - now()).abs() < 120_000, "{} is in ms", message.sent_at);
    }
    // Nobody deleted them: they come again, and say so.
    let again = take(queue, Duration::from_secs(60)).await;
    assert_eq!(bodies(&again), signals());
    assert!(again.iter().all(|message| message.receives == 2), "{again:?}");
    let ids = |list: &[Received]| list.iter().map(|m| m.id.clone()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&again), ids(&first));

    // More than one call can delete; what was deleted before is no failure, a wrong receipt is one.
    let mut receipts: Vec<String> = again.iter().map(|m| m.receipt.clone()).collect();
    assert!(receipts.len() > MAX_BATCH);
    assert_eq!(queue.delete(&receipts).await.unwrap(), 0);
    receipts.truncate(2);
    receipts.push("no receipt".into());
    assert_eq!(queue.delete(&receipts).await.unwrap(), 1);
    assert_eq!(queue.receive(10, second, second).await.unwrap(), []);
}

/// Receives until twelve are here, in calls of at most ten.
async fn take(queue: &Queue, hidden: Duration) -> Vec<Received> {
    let mut taken: Vec<Received> = Vec::new();
    let begun = tokio::time::Instant::now();
    while taken.len() < signals().len() {
        assert!(begun.elapsed() < Duration::from_secs(60), "only {} came", taken.len());
        let some = queue.receive(10, Duration::from_secs(3), hidden).await.unwrap();
        assert!(some.len() <= MAX_BATCH);
        taken.extend(some);
    }
    taken
}

fn bodies(messages: &[Received]) -> BTreeSet<String> {
    assert_eq!(messages.len(), signals().len(), "one came twice: {messages:?}");
    messages.iter().map(|message| message.body.clone()).collect()
}

fn signals() -> BTreeSet<String> {
    (0..12).map(|number| format!("signal {number}")).collect()
}

/// Now; neither account has a clock of its own that was moved.
fn now() -> i64 {
    chime_emulator::clock::Clock::default().now()
}

/// An account filled by boto3: moto's own, or one that runs elsewhere. Ends when it is dropped.
struct Account {
    endpoint: String,
    queue: String,
    _server: Child,
}

impl Account {
    async fn start(remote: Option<String>) -> Self {
        let mut script = python("moto_account.py");
        aws(&mut script);
        ready(&mut script);
        script.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::inherit());
        if let Some(remote) = remote {
            script.env("REMOTE", remote);
        }
        let mut server = script.spawn().unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let told = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await;
        let told = told.expect("moto starts").unwrap().expect("moto says where it is");
        let told: Value = serde_json::from_str(&told).unwrap();
        Self { endpoint: text(&told["endpoint"]), queue: text(&told["queue"]), _server: server }
    }

    async fn aws(&self) -> Aws {
        let settings = AwsSettings {
            endpoint_url: Some(self.endpoint.clone()),
            emulator: true,
            ..AwsSettings::default()
        };
        Aws::connect(&settings).await.unwrap()
    }

    async fn queue(&self) -> Queue {
        self.aws().await.queue(&self.queue)
    }
}
