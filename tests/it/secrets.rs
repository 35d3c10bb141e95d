//! Where secrets and personal data may be, and where not. A whole meeting is held with values that
//! cannot be mistaken for others; then every place the bridge writes to is searched for them.

use chime_bridge::clock::SystemEntropy;
use chime_bridge::seal::Seal;
use chime_contract::keys::JoinKey;
use chime_contract::ticket::{self, SealedTicket, object_key};
use chime_emulator::apex::gateway::{Meeting, Wish};
use serde_json::json;

use crate::ledger::{until_drained, until_phase};
use crate::world::{World, recorder, text};

const SUBJECT: &str = "Zebrafink takeover of Quagga Ltd";
const HOST: &str = "Adalgisa Hohenquux";
const GUEST: &str = "benedikt.zwetschge@guest.example";

/// What must not be found, by what it is.
type Planted = Vec<(String, Vec<u8>)>;

fn plant(list: &mut Planted, what: &str, value: impl AsRef<[u8]>) {
    assert!(value.as_ref().len() >= 8, "{what} could be found by chance");
    list.push((what.to_string(), value.as_ref().to_vec()));
}

fn assert_clean(place: &str, bytes: &[u8], planted: &Planted) {
    for (what, value) in planted {
        let found = bytes.windows(value.len()).position(|window| window == value.as_slice());
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(120)..(at + 40).min(bytes.len())];
            panic!("{place} holds {what}: …{}…", String::from_utf8_lossy(around));
        }
    }
}

/// A join key in each form it could be written in, and what is derived from it.
fn plant_key(list: &mut Planted, what: &str, key: &str, org_id: &str) {
    let parsed = JoinKey::parse(key).unwrap();
    let derived = parsed.seat(org_id);
    plant(list, what, key);
    plant(list, &format!("{what}, hex"), hex::encode(parsed.bytes()));
    plant(list, &format!("{what}, raw"), parsed.bytes());
    for (name, key) in [("seal key", &derived.seal), ("signal key", &derived.signal)] {
        let key = JoinKey::from_bytes(*key.expose());
        plant(list, &format!("{name} of {what}"), key.to_text().expose());
        plant(list, &format!("{name} of {what}, raw"), key.bytes());
    }
}

/// The join token in a person's ticket; the file itself says nothing.
async fn join_token(world: &World, meeting: &Meeting, seat: usize, planted: &Planted) -> String {
    let org_id = &world.emulator.org.config.org_id;
    let keys = JoinKey::parse(&meeting.seats[seat].key).unwrap().seat(org_id);
    let room = world.emulator.addresses.room;
    let address = format!("http://{room}/{}", object_key(&keys.ticket));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let file = http.get(address).send().await.unwrap().bytes().await.unwrap();
    assert_clean("a ticket's file", &file, planted);
    let sealed: SealedTicket = serde_json::from_slice(&file).unwrap();
    let ticket = ticket::open(&sealed, &keys).unwrap();
    ticket.attendee.unwrap().join_token.expose().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_leaves_its_place_and_no_person_is_named_in_log_or_figures() {
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    let world = World::with(claims, &[("telemetry.level", "debug")]).await;
    let org_id = world.emulator.org.config.org_id.clone();
    let meeting = world.click(Wish { subject: SUBJECT.into(), ..Wish::default() }, &[HOST, GUEST]);
    let (mut secrets, mut people) = (Planted::new(), Planted::new());
    for (what, value) in [("the subject", SUBJECT), ("the host", HOST), ("the guest", GUEST)] {
        plant(&mut people, what, value);
        plant(&mut people, what, value.split([' ', '@']).next().unwrap());
    }
    for seat in &meeting.seats {
        plant_key(&mut secrets, "a join key", &seat.key, &org_id);
        seat.host_key.iter().for_each(|key| plant_key(&mut secrets, "a host key", key, &org_id));
    }
    let (host, guest) = (world.person(&meeting, 0), world.person(&meeting, 1));
    for person in [&host, &guest] {
        person.join();
        until_phase(person, chime_emulator::people::Phase::In).await;
        person.consent(true).await.unwrap();
    }
    for seat in [0, 1] {
        let token = join_token(&world, &meeting, seat, &people).await;
        plant(&mut secrets, "a join token", token);
    }
    host.record().await.unwrap();
    let id = meeting.id.clone();
    world.until_field("Chime_Meeting__c", &id, "Recording_State__c", "Recording").await;
    for task in world.emulator.ecs.tasks() {
        let ask = json!({"cluster": "chime", "tasks": [task.arn]});
        let answer = world.emulator.ecs.handle("DescribeTasks", ask).await;
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert!(body.windows(15).any(|w| w == b"CHIME_RECORDING"), "overrides are shown");
        assert_clean("a task", &body, &secrets);
        assert_clean("a task", &body, &people);
    }
    host.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    let available =
        "SELECT Id, Recording_Key__c FROM Chime_Recording__c WHERE Status__c = 'Available'";
    let row = world.until_rows(available, 1).await[0].clone();
    let (recording, key) = (text(&row["Id"]), text(&row["Recording_Key__c"]));
    let seal = Seal::from_key_file(
        &world.dir().join("store.key"),
        false,
        std::sync::Arc::new(SystemEntropy),
    );
    let joined = seal.unwrap().recorder_key(&org_id, &key, 1).to_text();
    plant_key(&mut secrets, "the recorder's join key", joined.expose(), &org_id);

    // A playback link, and commands that end as dead letters with keys and names in them.
    world.apex.command("REFRESH_PLAYBACK", &id, Some(&recording), None).unwrap();
    let linked =
        "SELECT Playback_Link__c FROM Chime_Recording__c WHERE Playback_Expires_At__c != null";
    world.until_rows(linked, 1).await;
    let link = world.field("Chime_Recording__c", &recording, "Playback_Link__c");
    assert!(link.contains("X-Amz-Signature="), "{link}");
    plant(&mut secrets, "the playback link", &link);
    plant(&mut secrets, "a link's signature", "X-Amz-Signature=");
    let seat = json!({"participant": meeting.seats[1].participant, "role": GUEST, "name": GUEST,
        "key": meeting.seats[1].key});
    let wrong_role = json!({"subject": SUBJECT, "seats": [seat]});
    let not_json = json!(format!("{SUBJECT} {GUEST} {}", meeting.seats[0].key));
    for payload in [&wrong_role, &not_json] {
        let other = world.apex.insert(&Wish::default(), &[]).unwrap().id;
        world.apex.command("START_MEETING", &other, None, Some(payload)).unwrap();
    }
    let letters = "SELECT Letter_Key__c, Step__c, Cause__c, Detail__c FROM Chime_Dead_Letter__c";
    let letters = world.until_rows(letters, 2).await;
    until_drained(&world).await;

    // Tokens of this org's sessions begin with its id and a bang.
    plant(&mut secrets, "an access token", format!("{}!", &org_id[..15]));
    plant(&mut secrets, "an access token", format!("{org_id}!"));
    let mut rows = serde_json::to_string(&letters).unwrap();
    for letter in &letters {
        let key = text(&letter["Letter_Key__c"]);
        let show = world.command().args(["dead-letters", "show", &key]).output().await.unwrap();
        rows.push_str(&String::from_utf8(show.stdout).unwrap());
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let figures = http.get(format!("http://{}/metrics", world.admin())).send().await.unwrap();
    let figures = figures.text().await.unwrap();
    assert!(figures.contains("bridge_"), "{figures}");
    let log = world.log();
    assert!(log.contains("DEBUG"), "the log says all it can");
    for (place, content) in [("the log", &log), ("/metrics", &figures), ("a dead letter", &rows)] {
        assert_clean(place, content.as_bytes(), &secrets);
        assert_clean(place, content.as_bytes(), &people);
    }
    for file in ["bridge.db", "bridge.db-wal"] {
        let bytes = std::fs::read(world.dir().join(file)).unwrap();
        assert_clean(file, &bytes, &secrets);
    }
}
