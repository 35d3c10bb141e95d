//! What the other sides counted, against what the records say: for tests that look for things lost
//! or doubled after a bad time.

use std::collections::{BTreeMap, BTreeSet};

use chime_bridge::store::{Counts, OutboxRow, SqliteStore, Store};
use chime_emulator::apex::gateway::Meeting;
use chime_emulator::aws::chime::AttendeeEntry;
use chime_emulator::faults::{Fault, FaultKind};
use chime_emulator::org::values::millis;
use chime_emulator::people::{Person, Phase};
use chime_emulator::start::{NOTICES, SIGNALS};

use crate::seat::until_taken;
use crate::world::{World, text, until};

/// Orders a fault; 0 times: until the faults are cleared.
pub fn fault(world: &World, service: &str, call: &str, kind: FaultKind, times: u32) {
    let (service, call) = (service.into(), call.into());
    world.emulator.faults.add(Fault { service, call, kind, times, chance: 1.0 });
}

/// An error with a status and a service's own code.
pub fn reject(status: u16, code: &str) -> FaultKind {
    FaultKind::Reject { status, code: code.into() }
}

/// What the store holds just now.
pub async fn counts(world: &World) -> Counts {
    let store = SqliteStore::open_beside(&world.dir().join("bridge.db")).await.unwrap();
    let counts = store.counts().await.unwrap();
    store.close().await;
    counts
}

/// Objects of the changes that wait to be told. The bridge's own heartbeat is left out: *Draining*
/// is written while the outbox ends.
pub async fn untold(world: &World) -> Vec<String> {
    let objects = waiting(world).await.into_iter().map(|row| row.change.object);
    objects.filter(|object| object != "Chime_Bridge_Health__c").collect()
}

/// Objects of the changes that were tried, not taken, and wait for their next try.
pub async fn not_taken(world: &World) -> Vec<String> {
    let rows = waiting(world).await.into_iter().filter(|row| row.attempts > 0);
    rows.map(|row| row.change.object).collect()
}

async fn waiting(world: &World) -> Vec<OutboxRow> {
    let store = SqliteStore::open_beside(&world.dir().join("bridge.db")).await.unwrap();
    let rows = store.due_outbox(i64::MAX, 1_000, &Default::default()).await.unwrap();
    store.close().await;
    rows
}

/// Waits until ECS has taken a task, whether or not the bridge has heard so.
pub async fn until_task(world: &World) {
    until("ECS has started the task", || async {
        match world.emulator.ecs.tasks().len() {
            0 => Err("none".into()),
            _ => Ok(()),
        }
    })
    .await;
}

/// Waits until nothing is left to be done or told.
pub async fn until_drained(world: &World) {
    until("nothing waits in the store", || async {
        let counts = counts(world).await;
        match (counts.effects, counts.outbox) {
            (0, 0) => Ok(()),
            _ => Err(format!("{counts:?}; letters: {:?}", world.letters())),
        }
    })
    .await;
}

/// Attendees ever made for a meeting's record, in all its Chime meetings.
pub fn attendees(world: &World, meeting: &Meeting) -> Vec<AttendeeEntry> {
    let ledger = world.emulator.chime.ledger();
    let own = ledger.meetings.into_iter().filter(|m| m.external_meeting_id == meeting.id);
    own.flat_map(|m| m.attendees).collect()
}

/// Calls the emulator has seen, of Chime, ECS and REST: a clock that stands still when nothing
/// happens.
pub fn calls(world: &World) -> usize {
    let emulator = &world.emulator;
    let rest: u64 = emulator.org.calls().values().sum();
    emulator.chime.ledger().calls.len() + emulator.ecs.ledger().len() + rest as usize
}

/// One Chime meeting of the record, one attendee a seat, and sessions in the log that are the
/// connections Chime saw, to the millisecond of their number and the second of their sum.
pub fn assert_one_of_each(world: &World, meeting: &Meeting) {
    let id = &meeting.id;
    assert_eq!(world.chime_meetings(meeting), 1, "Chime meetings of {id}");
    let made = attendees(world, meeting);
    let names: BTreeSet<&str> = made.iter().map(|a| a.external_user_id.as_str()).collect();
    assert_eq!(names.len(), made.len(), "a seat of {id} has two attendees: {made:?}");
    for seat in &meeting.seats {
        let seat = &seat.participant;
        let attendee = made.iter().find(|a| a.external_user_id == *seat);
        let connections = attendee.map_or(0, |a| a.intervals.len());
        let soql = format!(
            "SELECT Session_Key__c, Left_At__c FROM Chime_Participant_Session__c \
             WHERE Participant__c = '{seat}'"
        );
        let told = world.query(&soql);
        assert_eq!(told.len(), connections, "connections of {seat}: {told:?}, {attendee:?}");
        assert!(told.iter().all(|row| !text(&row["Left_At__c"]).is_empty()), "open: {told:?}");
        let (said, spent) = presence(world, meeting, seat);
        let close = (said - spent).abs() <= SLACK;
        assert!(close, "{seat} was there {spent} s, the record says {said}");
    }
}

/// Seconds by which a record may differ from what Chime counted: both are rounded.
const SLACK: f64 = 1.5;

/// Seconds somebody was there, as the record says and as Chime counted. Who was in at the end left
/// when the meeting ended; Chime, which may fail then, puts them out a moment later.
fn presence(world: &World, meeting: &Meeting, seat: &str) -> (f64, f64) {
    let ended = millis(&world.field("Chime_Meeting__c", &meeting.id, "Ended_At__c"));
    let ledger = world.emulator.chime.ledger();
    let late = ledger.meetings.iter().filter(|m| m.external_meeting_id == meeting.id).map(|m| {
        let over = m.ended_at.zip(ended).map_or(0, |(late, ended)| (late - ended).max(0));
        let stayed = |a: &&AttendeeEntry| {
            let last = a.intervals.last().and_then(|(_, until)| *until);
            a.external_user_id == seat && last.is_some() && last == m.ended_at
        };
        if m.attendees.iter().any(|a| stayed(&a)) { over } else { 0 }
    });
    let spent = world.emulator.chime.connected_ms(seat) - late.sum::<i64>();
    let spent = spent.max(0) as f64 / 1000.0;
    // Empty: never there, or less than a second.
    let said = world.field("Chime_Participant__c", seat, "Seconds_Present__c");
    (said.parse().unwrap_or(0.0), spent)
}

/// The host comes and ends a meeting that is open, and its record says so.
pub async fn ends(world: &World, meeting: &Meeting) {
    let host = world.person(meeting, 0);
    host.join();
    world.until_status(meeting, "Live").await;
    host.end().await.unwrap();
    world.until_status(meeting, "Ended").await;
}

/// The bridge is ready, all is told, there is one of each, no task is doubled, no letter is open.
pub async fn assert_all_is_well(world: &World, meetings: &[Meeting]) {
    until_ready(world).await;
    until_drained(world).await;
    // When Chime let people go is heard of by notices that may still be on their way.
    let seats = meetings.iter().flat_map(|m| m.seats.iter().map(move |seat| (m, seat)));
    for (meeting, seat) in seats {
        until("the time somebody was there is told", || async {
            let (said, spent) = presence(world, meeting, &seat.participant);
            if (said - spent).abs() <= SLACK { Ok(()) } else { Err(format!("{said}, not {spent}")) }
        })
        .await;
    }
    until_drained(world).await;
    for meeting in meetings {
        assert_one_of_each(world, meeting);
    }
    assert_no_task_doubled(world);
    assert_eq!(world.letters(), vec![]);
}

/// Waits until the meeting has ended, all that was told of it is taken in, done and told; then there
/// is one of everything, the record says what the emulator saw, and no letter was written.
pub async fn until_all_true(world: &World, meeting: &Meeting) {
    world.until_status(meeting, "Ended").await;
    until_taken(world, NOTICES).await;
    until_taken(world, SIGNALS).await;
    assert_all_is_well(world, std::slice::from_ref(meeting)).await;
}

/// One recording of the meeting, available, and no task started twice for the same attempt.
pub fn assert_one_recording(world: &World, meeting: &Meeting) {
    let soql = format!(
        "SELECT Status__c, Recording_Key__c FROM Chime_Recording__c WHERE Meeting__c = '{}'",
        meeting.id
    );
    let recordings = world.query(&soql);
    assert_eq!(recordings.len(), 1, "{recordings:?}");
    assert_eq!(text(&recordings[0]["Status__c"]), "Available", "{recordings:?}");
}

/// Every task ever started has its own start token: none was doubled.
pub fn assert_no_task_doubled(world: &World) {
    let mut by_token: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in world.emulator.ecs.tasks() {
        by_token.entry(task.started_by.clone().unwrap_or_default()).or_default().push(task.arn);
    }
    assert!(by_token.values().all(|tasks| tasks.len() == 1), "{by_token:?}");
}

/// Waits until the bridge has logged this after so many bytes of its log; what it logged since.
pub async fn until_logged(world: &World, after: usize, what: &str) -> String {
    let since = || world.log().get(after..).unwrap_or_default().to_string();
    until(&format!("the log says {what:?}"), || async {
        let log = since();
        if log.contains(what) { Ok(()) } else { Err(log) }
    })
    .await;
    since()
}

/// Status and text of the bridge's `/ready`.
pub async fn ready(world: &World) -> (u16, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    match http.get(format!("http://{}/ready", world.admin())).send().await {
        Ok(answer) => (answer.status().as_u16(), answer.text().await.unwrap_or_default()),
        Err(error) => (0, error.to_string()),
    }
}

/// Waits until `/ready` says so, with 503.
pub async fn until_unready(world: &World, note: &str) {
    until(&format!("/ready says {note:?}"), || async {
        match ready(world).await {
            (503, text) if text.contains(note) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// Waits until `/ready` is 200.
pub async fn until_ready(world: &World) {
    until("the bridge is ready", || async {
        match ready(world).await {
            (200, _) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// Waits until a person stands so.
pub async fn until_phase(person: &Person, phase: Phase) {
    until(&format!("{phase:?}"), || async {
        let view = person.view();
        if view.phase == phase { Ok(()) } else { Err(format!("{view:?}")) }
    })
    .await;
}
