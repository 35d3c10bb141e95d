//! The true recorder under the true bridge: its host vanishes, a successor goes on, and the bridge
//! completes what the first one left.

use std::time::Duration;

use chime_contract::recording::{EndReason, Manifest, journal_prefix, manifest_key};
use chime_emulator::apex::gateway::Wish;
use chime_emulator::aws::objects::Objects;
use chime_emulator::start::{RECORDINGS_BUCKET, WORK_BUCKET};

use crate::recording::{number, recordings, together, until_recording};
use crate::world::{World, real_recorder, text, until_within};

/// A browser and an encoder beside all other tests need time.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_recorders_host_vanishes_and_the_recording_is_whole_but_for_the_gap_it_states() {
    let settings = [
        ("meeting.recording_look_every", "500"),
        ("meeting.start_limit", "120000"),
        ("meeting.pieces_limit", "60000"),
    ];
    let world = World::with(real_recorder, &settings).await;
    let wish = Wish { policy: "Notice".into(), ..Wish::default() };
    let (meeting, people) = together(&world, wish, &["Ada", "Ben"]).await;
    people[0].record().await.unwrap();
    until_within(PATIENCE, "a recording is asked for", || async {
        recordings(&world, &meeting).first().map(drop).ok_or_else(|| "none".to_string())
    })
    .await;
    let key = text(&recordings(&world, &meeting)[0]["Recording_Key__c"]);
    let fragments = async |attempt: u32, least: usize| {
        until_within(PATIENCE, "fragments in the journal", || async {
            let prefix = format!("{}{attempt}-", journal_prefix(&key));
            let found = world.emulator.s3.list(WORK_BUCKET, &prefix).len();
            if found >= least { Ok(()) } else { Err(format!("{found} of attempt {attempt}")) }
        })
        .await;
    };
    fragments(1, 6).await;
    let arn = world.emulator.ecs.tasks()[0].arn.clone();
    assert!(world.emulator.ecs.kill_host(&arn, Some(1_000)));
    fragments(2, 6).await;
    people[0].end().await.unwrap();
    let row = until_recording(&world, &meeting, "Available").await;

    let manifest = manifest_key(&meeting.id, &key);
    let manifest = world.emulator.s3.get(RECORDINGS_BUCKET, &manifest).await.unwrap();
    let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
    let ends: Vec<_> = manifest.pieces.iter().map(|p| (p.attempt, p.end)).collect();
    assert_eq!(ends.first(), Some(&(1, Some(EndReason::Killed))), "{ends:?}");
    assert!(ends.iter().any(|(attempt, _)| *attempt == 2), "{ends:?}");
    assert!(manifest.pieces.iter().all(|p| p.verdict.good()), "{:?}", manifest.pieces);
    assert!(manifest.duration_ms >= 10_000, "{manifest:?}");
    // A browser starts and tests itself in between.
    assert!(number(&row["Gap_Seconds__c"]) >= 3.0, "{row}");
    let left = world.emulator.s3.list(WORK_BUCKET, &journal_prefix(&key));
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(world.letters(), vec![]);
}
