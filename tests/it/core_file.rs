//! What a core file of the bridge would hold. By default none is written; where one is allowed, the
//! keys of a meeting that is over are not in it.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use chime_contract::keys::JoinKey;
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::FaultKind;
use chime_emulator::people::Phase;

use crate::ledger::{fault, until_drained, until_phase, until_ready};
use crate::seat;
use crate::world::{World, until};

const HOST: &str = "Adalgisa Hohenquux";
const GUEST: &str = "benedikt.zwetschge@guest.example";

/// The bridge in its own folder, where core files of any size may be written.
async fn world(settings: &[(&str, &str)]) -> World {
    let mut world = World::without_bridge(|_| {}, settings).await;
    let folder = world.dir().display().to_string();
    let script = "ulimit -c unlimited 2>/dev/null; cd \"$0\" && exec \"$@\"";
    world.through = ["sh", "-c", script, &folder].map(String::from).to_vec();
    world.start().await;
    world
}

fn core_files(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"core")))
        .collect()
}

/// A meeting of two from its beginning to its end, and the join tokens they had.
async fn hold(world: &World) -> (Meeting, Vec<String>) {
    let meeting = world.click(Wish::default(), &[HOST, GUEST]);
    let mut tokens = Vec::new();
    let (host, guest) = (world.person(&meeting, 0), world.person(&meeting, 1));
    for (index, person) in [&host, &guest].into_iter().enumerate() {
        person.join();
        until_phase(person, Phase::In).await;
        let ticket = seat::ticket(world, &meeting.seats[index]).await.unwrap();
        tokens.push(ticket.attendee.unwrap().join_token.expose().clone());
    }
    host.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    until_drained(world).await;
    (meeting, tokens)
}

/// Salesforce cuts the event streams, and the bridge connects again.
async fn connect_anew(world: &World) {
    let opened = || world.log().matches("the event stream is open").count();
    let before = opened();
    fault(world, "pubsub", "stream", FaultKind::LoseAnswer, 0);
    until("the streams were cut", || async {
        match world.log().matches("the event stream failed").count() {
            0 | 1 => Err(world.log()),
            _ => Ok(()),
        }
    })
    .await;
    world.emulator.faults.clear();
    until("the streams are open again", || async {
        if opened() >= before + 2 { Ok(()) } else { Err(world.log()) }
    })
    .await;
    until_ready(world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_crashes_leaves_no_core_file() {
    let mut world = world(&[]).await;
    hold(&world).await;
    let status = world.end_with("-ABRT").await;
    assert_eq!(status.signal(), Some(6), "{status:?}");
    assert!(!status.core_dumped(), "{status:?}");
    assert_eq!(core_files(world.dir()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "looks through a whole core file: make test-long"]
async fn a_core_file_that_was_allowed_holds_no_derived_key_and_no_token_of_a_meeting_that_is_over()
{
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    if pattern.trim().is_empty() || pattern.contains(['|', '/']) {
        println!("not looked at: core files of this machine do not go into the folder");
        return;
    }
    let mut world = world(&[("admin.core_files", "true")]).await;
    let (meeting, tokens) = hold(&world).await;
    // A connection's buffers live as long as it does, with rests of what came through them.
    connect_anew(&world).await;
    let status = world.end_with("-ABRT").await;
    if !status.core_dumped() {
        println!("not looked at: this machine allows no core files ({status:?})");
        return;
    }
    let file = core_files(world.dir()).pop().expect("a core file");
    let core = std::fs::read(&file).unwrap();
    let org_id = &world.emulator.org.config.org_id;
    let mut sought: Vec<(String, Vec<u8>, bool)> = Vec::new();
    let mut seek = |what: &str, value: &[u8], never: bool| {
        sought.push((what.into(), value.to_vec(), never));
    };
    for seat in &meeting.seats {
        for key in [Some(&seat.key), seat.host_key.as_ref()].into_iter().flatten() {
            let parsed = JoinKey::parse(key).unwrap();
            // The last event can still lie in a buffer of the connection it came by.
            seek("a join or host key as it came", key.as_bytes(), false);
            seek("a join or host key, raw", parsed.bytes(), true);
            let seat = parsed.seat(org_id);
            seek("a seal key", seat.seal.expose(), true);
            seek("a signal key", seat.signal.expose(), true);
        }
    }
    for token in &tokens {
        seek("a join token", token.as_bytes(), true);
    }
    seek("a name", HOST.as_bytes(), false);
    seek("an e-mail address", GUEST.as_bytes(), false);
    // What is in use, and so can be found: proof that the search finds what is there.
    seek("the access token in use", format!("{}!", &org_id[..15]).as_bytes(), false);
    let found = count(&core, &sought);
    for ((what, ..), times) in sought.iter().zip(&found) {
        println!("{what}: {times} times in {} MB", core.len() >> 20);
    }
    assert!(found[found.len() - 1] > 0, "the search finds what is in use");
    let never: Vec<_> =
        sought.iter().zip(&found).filter(|((_, _, never), times)| *never && **times > 0).collect();
    let never: Vec<_> = never.iter().map(|((what, ..), times)| (what, times)).collect();
    assert!(never.is_empty(), "{never:?}: {:#?}", around(&core, &sought));
}

/// What stands around each place where something is that should not be.
fn around(bytes: &[u8], sought: &[(String, Vec<u8>, bool)]) -> Vec<String> {
    let mut places = Vec::new();
    for (what, value, _) in sought.iter().filter(|(_, _, never)| *never) {
        let mut from = 0;
        while let Some(at) = bytes[from..].windows(value.len()).position(|w| w == value) {
            let at = from + at;
            let shown = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
            places.push(format!("{what} at {at}: {}", String::from_utf8_lossy(shown)));
            from = at + value.len();
        }
    }
    places
}

/// How often each value is in the bytes; one walk for all of them.
fn count(bytes: &[u8], sought: &[(String, Vec<u8>, bool)]) -> Vec<usize> {
    let start = |value: &[u8]| usize::from(value[0]) << 8 | usize::from(value[1]);
    let mut starts = vec![false; 1 << 16];
    for (_, value, _) in sought {
        starts[start(value)] = true;
    }
    let mut found = vec![0; sought.len()];
    for at in 0..bytes.len().saturating_sub(1) {
        if !starts[start(&bytes[at..])] {
            continue;
        }
        for (times, (_, value, _)) in found.iter_mut().zip(sought) {
            *times += usize::from(bytes[at..].starts_with(value));
        }
    }
    found
}
