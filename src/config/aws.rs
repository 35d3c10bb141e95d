//! `[aws]`: which account's queues, buckets and cluster. Credentials come from the task's role or
//! the environment the AWS SDK knows, never from here.

use serde::{Deserialize, Serialize};

use super::findings::{AMAZON, DAY, Findings};
use crate::clock::Millis;

/// `[aws]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Aws {
    /// Region of queues, buckets and cluster.
    pub region: String,
    /// Region of the Chime control endpoint.
    pub control_region: String,
    /// One address for all services: the emulator, or a private endpoint.
    pub endpoint_url: Option<String>,
    /// Queue of notices (EventBridge).
    pub notices_queue_url: String,
    /// Queue of signals (the room).
    pub signals_queue_url: String,
    /// Bucket of the room: page and tickets.
    pub room_bucket: String,
    /// Versioned bucket of recordings.
    pub recordings_bucket: String,
    /// Bucket of launch files and journals, not versioned.
    pub work_bucket: String,
    /// Address of the room, `https://ROOM`.
    pub room_url: String,
    /// ECS cluster of the recorders, name or ARN.
    pub cluster: String,
    /// Task definition of the recorder: family, family and revision, or ARN.
    pub task_definition: String,
    /// Container's name within it.
    pub container: String,
    /// Subnets the recorders run in.
    pub subnets: Vec<String>,
    /// Security groups of the recorders.
    pub security_groups: Vec<String>,
    /// Give recorders a public address (public subnets without NAT).
    pub assign_public_ip: bool,
    /// A playback link lives this long, minutes.
    pub playback_minutes: u32,
    /// Longest time to connect.
    pub connect_timeout_ms: Millis,
    /// Longest time for one try of a call.
    pub try_timeout_ms: Millis,
    /// Longest time for a call with all its tries.
    pub call_timeout_ms: Millis,
}

impl Default for Aws {
    fn default() -> Self {
        Self {
            region: "eu-central-1".into(),
            control_region: "eu-central-1".into(),
            endpoint_url: None,
            notices_queue_url: String::new(),
            signals_queue_url: String::new(),
            room_bucket: String::new(),
            recordings_bucket: String::new(),
            work_bucket: String::new(),
            room_url: String::new(),
            cluster: String::new(),
            task_definition: String::new(),
            container: "recorder".into(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            assign_public_ip: false,
            playback_minutes: 15,
            connect_timeout_ms: 3_000,
            try_timeout_ms: 10_000,
            call_timeout_ms: 25_000,
        }
    }
}

impl Aws {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        for (key, text, what) in [
            ("aws.region", &self.region, "an AWS region"),
            ("aws.control_region", &self.control_region, "an AWS region with Chime control"),
            ("aws.room_bucket", &self.room_bucket, "the room's bucket"),
            ("aws.recordings_bucket", &self.recordings_bucket, "the bucket of recordings"),
            ("aws.work_bucket", &self.work_bucket, "the bucket of launch files and journals"),
            ("aws.cluster", &self.cluster, "the recorders' ECS cluster"),
            ("aws.task_definition", &self.task_definition, "the recorder's task definition"),
            ("aws.container", &self.container, "the container's name in the task definition"),
        ] {
            findings.required(key, !text.is_empty(), what);
        }
        for (key, url, hosts, what) in [
            ("aws.notices_queue_url", &self.notices_queue_url, AMAZON, "the notices queue's URL"),
            ("aws.signals_queue_url", &self.signals_queue_url, AMAZON, "the signals queue's URL"),
            ("aws.room_url", &self.room_url, &[], "the room's address"),
        ] {
            findings.required(key, !url.is_empty(), what);
            if !url.is_empty() {
                findings.endpoint(key, url, hosts);
            }
        }
        if let Some(url) = &self.endpoint_url {
            findings.endpoint("aws.endpoint_url", url, AMAZON);
        }
        findings.required("aws.subnets", !self.subnets.is_empty(), "at least one subnet id");
        if !self.notices_queue_url.is_empty() && self.notices_queue_url == self.signals_queue_url {
            findings.add(
                "aws.signals_queue_url",
                "is the notices queue",
                "use two queues: what a message may do is decided by the queue it came from",
            );
        }
        let buckets = [&self.room_bucket, &self.recordings_bucket, &self.work_bucket];
        let twice = |i: usize| !buckets[i].is_empty() && buckets[..i].contains(&buckets[i]);
        for (i, key) in [(1, "aws.recordings_bucket"), (2, "aws.work_bucket")] {
            if twice(i) {
                findings.add(key, "is used for two things", "use three buckets");
            }
        }
        findings.within("aws.playback_minutes", self.playback_minutes, 1, 720);
        for (key, time) in [
            ("aws.connect_timeout_ms", self.connect_timeout_ms),
            ("aws.try_timeout_ms", self.try_timeout_ms),
            ("aws.call_timeout_ms", self.call_timeout_ms),
        ] {
            findings.within(key, time, 1, DAY);
        }
    }
}
