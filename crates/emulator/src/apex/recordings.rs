//! Asking for recordings, playing and erasing them: `ChimeRecordings`.

use serde_json::{Value, json};

use super::call::{Answer, Call, quoted, text, time, told};
use super::gateway::date;
use crate::org::bus::uuid;
use crate::org::records::RecordError;

/// A link that dies sooner would fail before it has begun to play.
const LEAST_MS: i64 = 60_000;
/// So long nobody asks for the same fresh links again.
const ASKED_MS: i64 = 20_000;
/// How often a component may look whether the link has come.
const POLL_MS: u64 = 2_000;

impl Call<'_> {
    /// Asks for a recording, or for its end.
    pub fn ask_recording(&self, meeting: &str, start: bool) -> Answer<()> {
        let Some(access) = self.access(meeting)? else {
            return self.refuse("Chime_Error_No_Meeting");
        };
        if !access.may_record() {
            return self.refuse("Chime_Error_Not_Recorder");
        }
        if access.is_final() {
            return self.refuse("Chime_Error_Over");
        }
        let action = if start { "START_RECORDING" } else { "STOP_RECORDING" };
        self.send_or_fail(action, meeting, None)
    }

    /// A link to play, or the request for one.
    pub fn play(&self, id: &str, renew: bool) -> Answer {
        let recording = self.playable(id)?;
        let playback = self.playback(id)?;
        let fresh = self.is_fresh(&playback);
        let asking = format!("refresh-{id}-");
        let asks = (renew || !fresh) && !self.is_logged(&asking)?;
        self.note(&recording, "Chime_Log_Playback", if asks { &asking } else { "playback-" })?;
        if asks {
            let meeting = text(&recording, "Meeting__c").unwrap_or_default();
            self.send_or_fail("REFRESH_PLAYBACK", meeting, text(&recording, "Recording_Key__c"))?;
        }
        Ok(links(&playback, fresh && !asks))
    }

    /// The link that was asked for, if it has come.
    pub fn arrived(&self, id: &str, newer_than: Option<i64>) -> Answer {
        let recording = self.playable(id)?;
        let playback = self.playback(id)?;
        let expires = time(&playback, "Playback_Expires_At__c");
        let newer = newer_than.is_none_or(|than| expires.is_some_and(|at| at > than));
        let ready = newer && self.is_fresh(&playback);
        if ready {
            self.note(&recording, "Chime_Log_Playback", "playback-")?;
        }
        Ok(links(&playback, ready))
    }

    /// Asks for a recording's end for good.
    pub fn erase_recording(&self, id: &str) -> Answer<()> {
        let recording = self.recording(id)?;
        let meeting = text(&recording, "Meeting__c").unwrap_or_default();
        self.to_control(meeting)?;
        if recording["Legal_Hold__c"] == json!(true) {
            return self.refuse("Chime_Error_On_Hold");
        }
        if !is_erasable(&recording) {
            return self.refuse("Chime_Error_Not_Erasable");
        }
        self.note(&recording, "Chime_Log_Erase", "playback-")?;
        self.send_or_fail("ERASE_RECORDING", meeting, text(&recording, "Recording_Key__c"))
    }

    fn playable(&self, id: &str) -> Answer<Value> {
        let recording = self.recording(id)?;
        match is_playable(&recording) {
            true => Ok(recording),
            false => self.refuse("Chime_Error_Not_Playable"),
        }
    }

    fn playback(&self, id: &str) -> Answer<Value> {
        let row = self.row(&format!(
            "SELECT Id, Playback_Link__c, Playback_Expires_At__c FROM Chime_Recording__c \
             WHERE Id = {}",
            quoted(id)
        ))?;
        Ok(row.unwrap_or_default())
    }

    fn is_fresh(&self, playback: &Value) -> bool {
        let expires = time(playback, "Playback_Expires_At__c");
        text(playback, "Playback_Link__c").is_some()
            && expires.is_some_and(|at| at >= self.now() + LEAST_MS)
    }

    fn is_logged(&self, key: &str) -> Answer<bool> {
        let since = date(self.now() - ASKED_MS);
        let rows = self.rows(&format!(
            "SELECT Id FROM Chime_Meeting_Log__c WHERE Log_Key__c LIKE '{key}%' AND At__c > {since} \
             LIMIT 1"
        ))?;
        Ok(!rows.is_empty())
    }

    /// Who asked, when and for which recording; never the link.
    fn note(&self, recording: &Value, what: &str, key: &str) -> Answer<()> {
        let name = text(recording, "Name").unwrap_or_default();
        let row = json!({
            "Log_Key__c": format!("{key}{}", uuid()),
            "Meeting__c": text(recording, "Meeting__c"),
            "Kind__c": "Playback",
            "At__c": date(self.now()),
            "User__c": self.me(),
            "Text__c": format!("{name}: {}", self.text(what)),
        });
        let written: Result<String, RecordError> = self.insert("Chime_Meeting_Log__c", row);
        written.map(drop).map_err(|error| self.shown(&error))
    }
}

/// Only what was checked and is there is played.
pub fn is_playable(recording: &Value) -> bool {
    text(recording, "Status__c") == Some("Available")
}

/// Whether it can be erased in its state.
pub fn is_erasable(recording: &Value) -> bool {
    matches!(text(recording, "Status__c"), Some("Available" | "Failed"))
        && recording["Legal_Hold__c"] != json!(true)
}

fn links(playback: &Value, ready: bool) -> Value {
    let stored = text(playback, "Playback_Link__c").filter(|_| ready).unwrap_or_default();
    let urls: Vec<&str> = stored.lines().map(str::trim).filter(|url| !url.is_empty()).collect();
    json!({
        "ready": ready,
        "url": urls.first(),
        "urls": urls,
        "expiresAt": told(time(playback, "Playback_Expires_At__c")),
        "pollAfterMs": (!ready).then_some(POLL_MS),
    })
}
