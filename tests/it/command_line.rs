//! The command line as an operator has it: exit codes, what is said, and what is not.

use std::process::Output;

use chime_contract::command::long_id;
use chime_emulator::apex::gateway::Wish;

use crate::ledger::until_drained;
use crate::world::{World, text, until};

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

async fn say(world: &World, arguments: &[&str]) -> Said {
    let output: Output = world.command().args(arguments).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn write_settings(world: &World, more: &str) {
    let file = world.dir().join("bridge.toml");
    let text = world.emulator.bridge_settings(world.dir(), world.admin());
    std::fs::write(file, format!("{text}\n{more}")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_before_anything_runs_and_what_is_wrong_is_named_with_its_remedy() {
    let mut world = World::without_bridge(|_| {}, &[]).await;
    write_settings(&world, "");
    let good = say(&world, &["config", "check"]).await;
    assert_eq!(good.code, Some(0), "{}", good.err);
    assert!(good.out.contains("room_bucket = \"chime-room\""), "{}", good.out);
    assert!(good.out.contains("complete"), "{}", good.out);
    assert!(!world.dir().join("bridge.db").exists(), "nothing was made");

    // A key that is not there: its file, and the key that was meant.
    write_settings(&world, "[reconcile]\nevery_m = 5\n");
    for command in [&["config", "check"][..], &["run"], &["status"]] {
        let bad = say(&world, command).await;
        assert_eq!(bad.code, Some(64), "{command:?}: {}{}", bad.out, bad.err);
        for part in ["reconcile.every_m", "bridge.toml", "did you mean reconcile.every_ms?"] {
            assert!(bad.err.contains(part), "{part} is missing from {}", bad.err);
        }
    }
    // Several wrong values at once, from a file, a variable and a flag.
    write_settings(&world, "[reconcile]\nevery_ms = 0\n");
    world.settings.push(("CHIME_BRIDGE_QUEUES__WAIT_SECONDS".into(), "99".into()));
    let flag = ["--set", "store.keep_seen_days=3", "config", "check"];
    let bad = say(&world, &flag).await;
    assert_eq!(bad.code, Some(64));
    for key in ["reconcile.every_ms", "queues.wait_seconds", "store.keep_seen_days"] {
        assert!(bad.err.contains(key), "{key} is missing from {}", bad.err);
    }
    // A secret in the wrong place is refused without being printed.
    world.settings.clear();
    write_settings(&world, "");
    let pasted = "salesforce.key_file=-----BEGIN PRIVATE KEY-----PASTED-KEY";
    let link = "aws.room_url=https://somebody:PASTED-PASSWORD@room.example";
    let bad = say(&world, &["--set", pasted, "--set", link, "config", "check"]).await;
    let all = format!("{}{}", bad.out, bad.err);
    assert!(!all.contains("PASTED"), "{all}");
    assert_eq!(bad.code, Some(64), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_bridge_one_sees_its_work_and_decides_about_its_dead_letters() {
    let world = World::new().await;
    let before = say(&world, &["dead-letters", "list"]).await;
    assert_eq!((before.code, before.out.trim()), (Some(0), "No dead letters."), "{}", before.err);
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    let status = say(&world, &["status"]).await;
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(status.out.contains("open meetings    1"), "{}", status.out);
    assert!(status.out.contains("00D5e000000EmuL"), "{}", status.out);

    // Two commands for meetings that do not exist: two letters.
    for number in [1, 2] {
        let nobody = long_id(&format!("a035e0000000{number}zz"));
        world.apex.command("END_MEETING", &nobody, None, None).unwrap();
    }
    let open = "SELECT Letter_Key__c FROM Chime_Dead_Letter__c WHERE State__c = 'Open'";
    let letters = world.until_rows(open, 2).await;
    let keys: Vec<String> = letters.iter().map(|row| text(&row["Letter_Key__c"])).collect();
    let list = say(&world, &["dead-letters", "list"]).await;
    assert!(keys.iter().all(|key| list.out.contains(key)), "{}", list.out);
    let shown = say(&world, &["dead-letters", "show", &keys[0]]).await;
    for part in [&keys[0], "Open", "CB-0", "docs/errors.md", "needed for a retry"] {
        assert!(shown.out.contains(part), "{part} is missing from {}", shown.out);
    }

    let dropped = say(&world, &["dead-letters", "drop", &keys[0]]).await;
    assert_eq!(dropped.code, Some(0), "{}", dropped.err);
    let gone = "SELECT Id FROM Chime_Dead_Letter__c WHERE State__c = 'Dropped'";
    world.until_rows(gone, 1).await;
    let twice = say(&world, &["dead-letters", "drop", &keys[0]]).await;
    assert_eq!(twice.code, Some(1));
    assert!(twice.err.contains("Dropped"), "{}", twice.err);
    let unknown = say(&world, &["dead-letters", "show", &"0".repeat(32)]).await;
    assert_eq!(unknown.code, Some(1));

    // A retry is done by the running bridge; its cause still stands, so the letter is open again.
    let retried = say(&world, &["dead-letters", "retry", &keys[1]]).await;
    assert_eq!(retried.code, Some(0), "{}", retried.err);
    until("the bridge has tried again and failed again", || async {
        let written = world.log().matches("A dead letter was written").count();
        let shown = say(&world, &["dead-letters", "show", &keys[1]]).await.out;
        match written == 3 && shown.contains("state    Open") {
            true => Ok(()),
            false => Err(format!("{written} letters written; {shown}")),
        }
    })
    .await;
    until_drained(&world).await;
    assert_eq!(world.letters().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_has_one_bridge_one_key_and_one_org() {
    let mut world = World::new().await;
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;

    // A second bridge on the same store, with a port of its own.
    let second = say(&world, &["--set", "admin.listen=127.0.0.1:0", "run"]).await;
    assert_eq!(second.code, Some(1), "{}{}", second.out, second.err);
    assert!(second.err.contains("bridge.db"), "{}", second.err);
    assert!(world.runs(), "the first is not disturbed");
    world.kill().await;

    // Another key.
    let (key, kept) = (world.dir().join("store.key"), world.dir().join("store.kept"));
    std::fs::rename(&key, &kept).unwrap();
    let missing = say(&world, &["run"]).await;
    assert_eq!(missing.code, Some(1), "{}", missing.err);
    assert!(missing.err.contains("store.key"), "{}", missing.err);
    assert!(!key.exists(), "no new key is made beside an old store");
    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(other.path(), [7; 32]).unwrap();
    let path = format!("store.key_file={}", other.path().display());
    let wrong = say(&world, &["--set", &path, "run"]).await;
    assert_eq!(wrong.code, Some(1), "{}", wrong.err);
    assert!(wrong.err.contains("CB-092"), "{}", wrong.err);
    std::fs::rename(&kept, &key).unwrap();

    // Another org.
    let elsewhere = |config: &mut chime_emulator::start::Config| {
        config.org_id = long_id("00D5e000000Elsw");
    };
    let other = World::without_bridge(elsewhere, &[]).await;
    let org = format!("http://{}", other.emulator.addresses.org);
    let pem = other.emulator.data_dir.join("bridge-key.pem").display().to_string();
    let moved = [
        format!("salesforce.instance_url={org}"),
        format!("salesforce.audience={org}"),
        format!("salesforce.key_file={pem}"),
    ];
    let sets: Vec<&str> = moved.iter().flat_map(|set| ["--set", set.as_str()]).collect();
    let refused = say(&world, &[&sets[..], &["run"]].concat()).await;
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    assert!(refused.err.contains("CB-093"), "{}", refused.err);

    // With what belongs to it, it goes on.
    world.start().await;
    let next = world.click(Wish::default(), &["Ben"]);
    world.until_status(&next, "Open").await;
}
