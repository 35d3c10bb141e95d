//! What was captured is what is in the file: the card's clock and beeps, and FFmpeg's own packets.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chime_contract::recording::{EndReason, journal_prefix};
use chime_emulator::aws::objects::Objects;
use chime_emulator::start::WORK_BUCKET;
use chime_recorder::clock::spawn;
use chime_recorder::testcard::judge::judge;
use chime_recorder::testcard::read;

use crate::card::CardRoom;
use crate::kills::decodes;
use crate::world::{RECORDING, World, quiet};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_in_sync_plays_at_once_and_holds_the_very_packets_of_the_encoder() {
    let _quiet = quiet().await;
    let room = CardRoom::open().await;
    let mut world = World::start().await;
    world.launch.room_url = room.url.clone();
    world.launch.max_seconds = 10;
    let kept = Arc::new(Mutex::new(BTreeMap::new()));
    let keeping = spawn(keep(world.emulator.s3.clone(), kept.clone()));
    let mut task = world.recorder();
    let status = task.ended().await;
    assert_eq!(status.code(), Some(0), "{}", task.said());
    keeping.abort();

    let note = world.note(1).await.unwrap();
    assert_eq!(note.end, Some(EndReason::Limit));
    assert!(note.verdict.good(), "{note:?}");
    let kept = kept.lock().unwrap().clone();
    let file = world.file(1).await;
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(boxes(&bytes), ["ftyp", "moov", "mdat"], "the index stands in front");
    decodes(&file).await;

    let made = world.folder.path().join("made.mp4");
    std::fs::write(&made, journal(&kept)).unwrap();
    let (ours, its) = (packets(&file).await, packets(&made).await);
    assert!(ours.values().all(|p| p.len() > 200) && ours.len() == 2, "sound and picture");
    assert!(ours == its, "the packets differ from those of the encoder");

    let judged = judge(&read::frames(&file).await.unwrap(), &read::sound(&file).await.unwrap());
    println!("{judged:?}");
    assert!(judged.beeps >= 6, "{judged:?}");
    assert!(judged.offset_ms.abs() <= 40.0, "{judged:?}");
    assert!(judged.offset_spread_ms <= 40.0, "{judged:?}");
    assert!(judged.unique_fps >= 15.0, "{judged:?}");
}

/// Keeps a copy of everything that comes into the journal.
async fn keep(s3: chime_emulator::aws::s3::S3, kept: Arc<Mutex<BTreeMap<String, Vec<u8>>>>) {
    loop {
        for object in s3.list(WORK_BUCKET, &journal_prefix(RECORDING)) {
            let known = kept.lock().unwrap().contains_key(&object.key);
            if !known && let Some(body) = s3.get(WORK_BUCKET, &object.key).await {
                kept.lock().unwrap().insert(object.key, body);
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the encoder wrote: its init segment, and the fragments in order.
fn journal(kept: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let of = |key: &str| key.rsplit('/').next().unwrap().to_string();
    let (_, state) = kept.iter().find(|(key, _)| of(key).starts_with("state-")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(state).unwrap();
    let mut bytes = STANDARD.decode(state["init"].as_str().unwrap()).unwrap();
    let fragments = kept.iter().filter(|(key, _)| of(key).starts_with("1-001-"));
    for (n, (_, object)) in (1..).zip(fragments) {
        let line = object.iter().position(|b| *b == b'\n').unwrap();
        let head: serde_json::Value = serde_json::from_slice(&object[..line]).unwrap();
        assert_eq!(head["n"], n, "no fragment is missing in what was kept");
        bytes.extend_from_slice(&object[line + 1..]);
    }
    bytes
}

/// Kinds of the boxes of a file.
fn boxes(mut bytes: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    while let [a, b, c, d, kind @ ..] = bytes {
        let kind = kind.first_chunk::<4>().unwrap();
        kinds.push(String::from_utf8_lossy(kind).into_owned());
        let length = match u32::from_be_bytes([*a, *b, *c, *d]) {
            1 => u64::from_be_bytes(*bytes[8..].first_chunk().unwrap()),
            short => u64::from(short),
        };
        bytes = &bytes[usize::try_from(length).unwrap()..];
    }
    kinds
}

/// Size and checksum of every packet, by stream.
async fn packets(file: &Path) -> BTreeMap<String, Vec<(String, String)>> {
    let name = file.to_string_lossy();
    let args = ["-v", "error", "-i", &name, "-map", "0", "-c", "copy", "-f", "framemd5", "-"];
    let text = String::from_utf8(read::output("ffmpeg", &args).await.unwrap()).unwrap();
    let mut packets = BTreeMap::<String, Vec<_>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [stream, _, _, _, size, sum, ..] = fields[..] else { panic!("{line}") };
        packets.entry(stream.into()).or_default().push((size.into(), sum.into()));
    }
    packets
}
