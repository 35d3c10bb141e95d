//! Company for who tries the demo alone: into each meeting that a person has entered a bot comes,
//! with a seat of its own, a tone, a moving picture, and its consent to be recorded. It goes when
//! it is alone, so that it keeps no meeting open.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::tell;
use crate::apex::gateway::{Gateway, Guest, seats_json};
use crate::org::Org;
use crate::start::{ADMIN, Emulator};

/// The bot's name.
const NAME: &str = "Robin (bot)";
/// So long it waits for somebody to come back.
const PATIENCE: Duration = Duration::from_secs(30);

/// A bot in a meeting.
struct Guesting {
    seat: String,
    bot: String,
    alone_since: Option<Instant>,
}

/// Looks for meetings that are live, until dropped.
pub(super) async fn keep(org: Arc<Org>, control: String) {
    // None: no bot came, or it has left; it does not come again.
    let mut meetings: BTreeMap<String, Option<Guesting>> = BTreeMap::new();
    loop {
        let live = org.query("SELECT Id FROM Chime_Meeting__c WHERE Status__c = 'Live'");
        for row in live.unwrap_or_default() {
            let id = row["Id"].as_str().unwrap_or_default().to_string();
            if let Some(guesting) = meetings.get_mut(&id) {
                stay_or_go(&org, &control, &id, guesting).await;
                continue;
            }
            let joined = join(&org, &control, &id).await;
            if let Err(error) = &joined {
                tell(&format!("No bot came into the meeting: {error:#}"));
            }
            meetings.insert(id, joined.ok());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Where the control API of an emulator is.
pub(super) fn control_of(emulator: &Emulator) -> String {
    format!("http://{}", emulator.addresses.control)
}

async fn join(org: &Arc<Org>, control: &str, meeting: &str) -> anyhow::Result<Guesting> {
    let gateway = Gateway::new(org.clone(), ADMIN);
    let guest = Guest { name: NAME.into(), role: "Guest".into() };
    let seat = gateway.seat(meeting, &guest)?;
    let seats = seats_json(std::slice::from_ref(&guest), std::slice::from_ref(&seat));
    gateway.command("INVITE_PARTICIPANT", meeting, None, Some(&json!({ "seats": seats })))?;
    let bot = json!({"key": seat.key, "name": NAME, "tone": 440, "hue": 200, "consent": true});
    let answer = http()?.post(format!("{control}/bots")).json(&bot).send().await?;
    let status = answer.status();
    let said: Value = answer.json().await.unwrap_or_default();
    if !status.is_success() {
        anyhow::bail!("{status} {}", said["error"].as_str().unwrap_or_default());
    }
    let bot = said["id"].as_str().context("the bot has no id")?.to_string();
    Ok(Guesting { seat: seat.participant, bot, alone_since: None })
}

/// Lets the bot leave once nobody else has been there for a while.
async fn stay_or_go(org: &Org, control: &str, meeting: &str, guesting: &mut Option<Guesting>) {
    let Some(guest) = guesting else { return };
    let others = org.query(&format!(
        "SELECT Id FROM Chime_Participant__c WHERE Meeting__c = '{meeting}' \
         AND Status__c = 'In meeting' AND Id != '{}'",
        guest.seat
    ));
    if !others.unwrap_or_default().is_empty() {
        guest.alone_since = None;
        return;
    }
    let since = *guest.alone_since.get_or_insert_with(Instant::now);
    if since.elapsed() >= PATIENCE {
        let left = async {
            anyhow::Ok(http()?.delete(format!("{control}/bots/{}", guest.bot)).send().await?)
        };
        if let Err(error) = left.await {
            tell(&format!("The bot could not leave: {error:#}"));
        }
        *guesting = None;
    }
}

fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()
}
