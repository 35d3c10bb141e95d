//! One meeting: Ada clicks **Start meeting**, Ben comes, both agree, Ada records, Ben's train
//! enters a tunnel, he returns, Ada ends it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::Instant;

use crate::apex::gateway::{Gateway, Guest, Meeting, Wish};
use crate::demo::show::say;
use crate::org::Org;
use crate::people::Person;
use crate::start::Emulator;

/// The people of the script.
pub struct Cast {
    /// Record ids and keys.
    pub meeting: Meeting,
    /// The host.
    pub ada: Person,
    /// The guest.
    pub ben: Person,
}

/// How long things last, so that the log has totals to be right about.
const TALK: Duration = Duration::from_secs(3);

/// Plays it.
pub async fn play(emulator: &Emulator, begun: Instant) -> anyhow::Result<Cast> {
    let org = &emulator.org;
    let gateway = Gateway::new(org.clone(), crate::start::ADMIN);
    let wish = Wish {
        subject: "Offer for Acme".into(),
        policy: "Everyone agrees".into(),
        ..Wish::default()
    };
    let guests = [
        Guest { name: "Ada".into(), role: "Host".into() },
        Guest { name: "Ben".into(), role: "Guest".into() },
    ];
    say(begun, "Ada clicks Start meeting: Apex inserts the records and publishes one event");
    let meeting = gateway.insert(&wish, &guests)?;
    let payload = gateway.payload(&wish, &guests, &meeting);
    emulator.publish_command("START_MEETING", &meeting.id, None, Some(&payload)).await?;

    let mut seats = meeting.seats.iter();
    let (Some(ada), Some(ben)) = (seats.next(), seats.next()) else { bail!("no seats") };
    let ada = emulator.people.add(&ada.name, &ada.key, ada.host_key.as_deref())?;
    let ben = emulator.people.add(&ben.name, &ben.key, None)?;
    let cast = Cast { meeting, ada, ben };
    let id = &cast.meeting.id;

    until(org, id, "Status__c", "Open").await?;
    say(begun, "Ada's ticket is open: she enters");
    cast.ada.join();
    until(org, id, "Status__c", "Live").await?;
    say(begun, "Ben opens his link and enters");
    cast.ben.join();
    until(org, &cast.meeting.seats[1].participant, "Status__c", "In meeting").await?;

    say(begun, "Both agree to being recorded; Ada starts the recording from the record");
    cast.ada.consent(true).await?;
    cast.ben.consent(true).await?;
    emulator.publish_command("START_RECORDING", id, None, None).await?;
    say(begun, "A recorder starts: display, sound, browser, self-test, then the meeting's page");
    until(org, id, "Recording_State__c", "Recording").await?;
    tokio::time::sleep(TALK).await;

    say(begun, "Ben's train enters a tunnel (Chime notices after some seconds)");
    cast.ben.drop_out()?;
    until(org, &cast.meeting.seats[1].participant, "Status__c", "Left").await?;
    say(begun, "Ben is back, on another network");
    cast.ben.come_back();
    until(org, &cast.meeting.seats[1].participant, "Status__c", "In meeting").await?;
    tokio::time::sleep(TALK).await;

    say(begun, "Ada ends the meeting");
    cast.ada.end().await?;
    until(org, id, "Status__c", "Ended").await?;
    let available = settled(org, id).await?;
    if let Some(key) = available {
        say(begun, "Ada opens the player: it asks for a link that lives for minutes");
        emulator.publish_command("REFRESH_PLAYBACK", id, Some(&key), None).await?;
        linked(org, &key).await?;
    }
    Ok(cast)
}

/// Waits until a record's field has a value.
async fn until(org: &Arc<Org>, id: &str, field: &str, value: &str) -> anyhow::Result<()> {
    let object = if org.get("Chime_Meeting__c", id).is_some() {
        "Chime_Meeting__c"
    } else {
        "Chime_Participant__c"
    };
    for _ in 0..1200 {
        let record = org.get(object, id).context("the record is gone")?;
        let now = record.get(field).and_then(|v| v.as_str()).unwrap_or_default();
        if now == value {
            return Ok(());
        }
        if now == "Failed" {
            bail!("{object} {field} became Failed: {:?}", record.get("Status_Reason__c"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("{object}.{field} did not become {value} within 60 s")
}

/// Waits until the player's link is on the record.
async fn linked(org: &Arc<Org>, key: &str) -> anyhow::Result<()> {
    let soql = format!(
        "SELECT Id FROM Chime_Recording__c WHERE Recording_Key__c = '{key}' \
         AND Playback_Expires_At__c != null"
    );
    for _ in 0..600 {
        let rows = org.query(&soql).map_err(|e| anyhow::anyhow!("{}: {}", e.code, e.message))?;
        if !rows.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("no playback link was on the record within 30 s")
}

/// Waits until the recording has its verdict and every connection its end; gives the key of a
/// recording that is available.
async fn settled(org: &Arc<Org>, meeting: &str) -> anyhow::Result<Option<String>> {
    let soql = format!(
        "SELECT Recording_Key__c, Status__c FROM Chime_Recording__c WHERE Meeting__c = '{meeting}' \
         AND Status__c IN ('Available','Failed')"
    );
    for _ in 0..1200 {
        let open = "SELECT Id FROM Chime_Participant_Session__c WHERE Left_At__c = null";
        let rows =
            |soql: &str| org.query(soql).map_err(|e| anyhow::anyhow!("{}: {}", e.code, e.message));
        if let (Some(recording), true) = (rows(&soql)?.first(), rows(open)?.is_empty()) {
            let key = recording["Recording_Key__c"].as_str().map(String::from);
            return Ok(key.filter(|_| recording["Status__c"] == "Available"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the recording had no verdict, or the log an open end, 60 s after the meeting")
}
