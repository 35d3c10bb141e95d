//! What came true: the org's records against what was played.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::demo::script::Cast;
use crate::demo::show::History;
use crate::start::Emulator;

/// One line of the answer.
pub struct Line {
    /// What should be true.
    pub what: String,
    /// Whether it is.
    pub holds: bool,
    /// What was found.
    pub found: String,
}

/// Compares records, history and the emulator's own ledger with the script.
pub async fn check(
    emulator: &Emulator,
    cast: &Cast,
    history: &History,
    folder: &Path,
) -> anyhow::Result<Vec<Line>> {
    let org = &emulator.org;
    let mut lines = Vec::new();
    let mut line = |what: &str, holds: bool, found: String| {
        lines.push(Line { what: what.into(), holds, found });
    };
    let query =
        |soql: &str| org.query(soql).map_err(|e| anyhow::anyhow!("{}: {}", e.code, e.message));

    let id = &cast.meeting.id;
    let history = history.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let states: Vec<&str> = history
        .iter()
        .filter(|(place, field, _)| place.starts_with("meeting") && field == "Status__c")
        .map(|(_, _, value)| value.as_str())
        .collect();
    let wanted = ["Requested", "Open", "Live", "Ended"];
    line("the record went Requested → Open → Live → Ended", states == wanted, states.join(" → "));

    let ben = &cast.meeting.seats[1].participant;
    let soql = format!(
        "SELECT Joined_At__c, Left_At__c, Seconds__c, End_Reason__c \
         FROM Chime_Participant_Session__c WHERE Participant__c = '{ben}' ORDER BY Joined_At__c"
    );
    let ends: Vec<String> = query(&soql)?.iter().map(|row| text(&row["End_Reason__c"])).collect();
    let twice = ends.len() == 2 && ends[0] == "Dropped";
    line("Ben has one row for each of his two connections", twice, ends.join(", "));

    for seat in &cast.meeting.seats {
        let connected = emulator.chime.connected_ms(&seat.participant);
        let soql = format!(
            "SELECT Seconds_Present__c FROM Chime_Participant__c WHERE Id = '{}'",
            seat.participant
        );
        let told = query(&soql)?.first().and_then(|r| r["Seconds_Present__c"].as_f64());
        // For the record the meeting is over when the host ended it; Chime puts people out a moment
        // later, so a second may lie between.
        let off = told.map(|told| (told * 1_000.0 - connected as f64).abs());
        let holds = off.is_some_and(|off| off <= 1_500.0);
        let what = format!("{}'s total is the time the service saw {0} connected", seat.name);
        line(&what, holds, format!("{} s told, {connected} ms seen", told.unwrap_or(-1.0)));
    }

    let soql = format!(
        "SELECT Status__c, Task_Arn__c, Failure_Reason__c, Size_Bytes__c, Checksum__c, \
         Duration_Seconds__c, Playback_Link__c FROM Chime_Recording__c WHERE Meeting__c = '{id}'"
    );
    let recordings = query(&soql)?;
    let one = recordings.len() == 1;
    let first = recordings.first().cloned().unwrap_or(Value::Null);
    line(
        "one recording was asked for and ran as one task",
        one && emulator.ecs.tasks().len() == 1,
        format!("{} records, {} tasks", recordings.len(), emulator.ecs.tasks().len()),
    );
    let status = text(&first["Status__c"]);
    line(
        "it was checked and is available",
        status == "Available",
        format!("{status} {}", text(&first["Failure_Reason__c"])),
    );
    let film = play(&text(&first["Playback_Link__c"]), folder).await;
    let whole = film.as_ref().is_ok_and(|film| {
        first["Size_Bytes__c"].as_f64() == Some(film.bytes as f64)
            && text(&first["Checksum__c"]) == film.checksum
    });
    line(
        "its link gives what has the size and the checksum the record names",
        whole,
        match &film {
            Ok(film) => format!("{} bytes, kept as {}", film.bytes, film.names()),
            Err(error) => error.to_string(),
        },
    );
    let told = first["Duration_Seconds__c"].as_f64().unwrap_or(-1.0);
    let mut length = 0.0;
    let mut tracks = Vec::new();
    for file in film.iter().flat_map(|film| &film.files) {
        let (seconds, codecs) = probe(file).await;
        length += seconds;
        tracks.push(codecs);
    }
    let both = !tracks.is_empty() && tracks.iter().all(|codecs| codecs == "h264 aac");
    line(
        "it has picture and sound, and the length the record tells",
        both && (length - told).abs() <= 1.0 && length > 5.0,
        format!("{}, {length:.1} s; the record: {told} s", tracks.join(", ")),
    );

    let made = emulator.chime.ledger().meetings.len();
    line("one Chime meeting was made", made == 1, format!("{made}"));
    let letters = query("SELECT Id FROM Chime_Dead_Letter__c")?.len();
    line("no dead letter was written", letters == 0, format!("{letters}"));
    let keys = query("SELECT Id FROM Chime_Seat_Key__c")?.len();
    line("the seat keys are gone from Salesforce", keys == 0, format!("{keys} left"));
    let deliveries = emulator.bus.usage().used;
    line("the meeting cost at most 3 event deliveries", deliveries <= 3, format!("{deliveries}"));
    Ok(lines)
}

/// A recording as its links gave it; one file, unless its recorder or encoder died meanwhile.
struct Film {
    files: Vec<PathBuf>,
    bytes: usize,
    checksum: String,
}

impl Film {
    fn names(&self) -> String {
        let names: Vec<String> = self.files.iter().map(|f| f.display().to_string()).collect();
        names.join(", ")
    }
}

/// Fetches what the links lead to, as a browser would, and keeps it.
async fn play(links: &str, folder: &Path) -> anyhow::Result<Film> {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let (mut files, mut bytes, mut sums) = (Vec::new(), 0, Vec::new());
    for link in links.lines() {
        let answer = http.get(link).send().await.map_err(reqwest::Error::without_url)?;
        let answer = answer.error_for_status().map_err(reqwest::Error::without_url)?;
        let body = answer.bytes().await?;
        let path = folder.join(format!("recording-{}.mp4", files.len() + 1));
        std::fs::write(&path, &body)?;
        files.push(path);
        bytes += body.len();
        sums.push(hex::encode(Sha256::digest(&body)));
    }
    // As the manifest has it.
    let checksum = match sums.as_slice() {
        [one] => one.clone(),
        all => hex::encode(Sha256::digest(all.join("\n"))),
    };
    Ok(Film { files, bytes, checksum })
}

/// Length in seconds and codecs, as ffprobe sees them.
async fn probe(file: &Path) -> (f64, String) {
    let entries = "stream=codec_name:format=duration";
    let told = tokio::process::Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", entries, "-of", "json"])
        .arg(file)
        .output()
        .await;
    let told = told.ok().and_then(|out| serde_json::from_slice::<Value>(&out.stdout).ok());
    let told = told.unwrap_or_default();
    let streams = told["streams"].as_array().cloned().unwrap_or_default();
    let codecs: Vec<String> = streams.iter().map(|s| text(&s["codec_name"])).collect();
    let length = text(&told["format"]["duration"]).parse().unwrap_or(0.0);
    (length, codecs.join(" "))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
