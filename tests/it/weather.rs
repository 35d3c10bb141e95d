//! Bad weather over a world: drawn from a seed, faults of every service and `kill -9`, at moments
//! counted in calls the bridge makes, not in time.

use std::time::Duration;

use chime_emulator::faults::FaultKind;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::ledger::{calls, fault, reject};
use crate::world::World;

/// Most calls between two moments.
const CALLS: usize = 30;
/// A moment comes at the latest after this, even if nothing is called.
const AT_LEAST: Duration = Duration::from_secs(2);

/// The weather.
pub struct Weather {
    random: StdRng,
    kills: u32,
}

impl Weather {
    /// Of this seed.
    pub fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), kills: 0 }
    }

    /// How often the bridge was killed.
    pub fn kills(&self) -> u32 {
        self.kills
    }

    /// Waits for the next moment.
    pub async fn moment(&mut self, world: &World) {
        let then = calls(world) + self.random.random_range(1..CALLS);
        let reached = async {
            while calls(world) < then {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(AT_LEAST, reached).await;
    }

    /// Something happens.
    pub async fn strike(&mut self, world: &mut World) {
        match self.random.random_range(0..10) {
            0..3 => self.kill(world).await,
            3..6 => self.notices(world),
            6 => self.doubles(world),
            _ => self.services(world),
        }
    }

    /// The bridge is killed and started again.
    pub async fn kill(&mut self, world: &mut World) {
        self.kills += 1;
        world.kill().await;
        world.launch();
    }

    /// The next notices are lost, doubled, late or out of order.
    fn notices(&mut self, world: &World) {
        let calls = [
            "chime:AttendeeJoined",
            "chime:AttendeeLeft",
            "chime:AttendeeDropped",
            "chime:AttendeeDeleted",
            "chime:MeetingEnded",
            "ECS Task State Change",
            "Object Created",
        ];
        let kinds = [
            FaultKind::Drop,
            FaultKind::Duplicate,
            FaultKind::Reorder,
            FaultKind::Delay { ms: 700 },
        ];
        let (Some(call), Some(kind)) =
            (calls.choose(&mut self.random), kinds.choose(&mut self.random))
        else {
            return;
        };
        fault(world, "eventbridge", call, kind.clone(), 1);
    }

    /// The next command or signal comes twice.
    fn doubles(&mut self, world: &World) {
        let doors = [("pubsub", "event"), ("room", "signal"), ("sqs", "SendMessage")];
        if let Some((service, call)) = doors.choose(&mut self.random) {
            fault(world, service, call, FaultKind::Duplicate, 1);
        }
    }

    /// The next call to a service is refused, or done and its answer lost.
    fn services(&mut self, world: &World) {
        let calls = [
            ("chime", "CreateMeeting"),
            ("chime", "CreateAttendee"),
            ("chime", "DeleteAttendee"),
            ("chime", "GetMeeting"),
            ("chime", "DeleteMeeting"),
            ("ecs", "RunTask"),
            ("ecs", "DescribeTasks"),
            ("s3", "PutObject"),
            ("s3", "ListObjectsV2"),
            ("sqs", "ReceiveMessage"),
            ("sqs", "DeleteMessageBatch"),
            ("rest", "*"),
        ];
        let Some((service, call)) = calls.choose(&mut self.random).copied() else { return };
        let kind = match (self.random.random_range(0..3), service) {
            (0, _) => FaultKind::LoseAnswer,
            (1, "s3") => reject(503, "SlowDown"),
            (1, "rest") => reject(503, "SERVER_UNAVAILABLE"),
            (1, _) => reject(429, "ThrottlingException"),
            (_, "rest") => reject(500, "UNKNOWN_EXCEPTION"),
            _ => reject(503, "ServiceUnavailable"),
        };
        fault(world, service, call, kind, 1);
    }
}
