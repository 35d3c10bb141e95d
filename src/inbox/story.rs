//! Writes what happened to a meeting into the log, after the commit that made it true: a line that
//! is there has happened. The turns of the newest transaction stand in the store as well: a bridge
//! that was killed between commit and log tells them at its next start, marked `again`, since it
//! cannot know whether they were told. So no line is lost.

use crate::meeting::story::Turn;
use crate::store::{Result, Store};

/// The note under which the newest transaction's turns stand in the store.
pub const NOTE: &str = "story";

/// Meeting ids, and what happened to them.
pub type Story = Vec<(String, Turn)>;

/// The story as it stands in the store.
pub fn to_note(story: &Story) -> String {
    serde_json::to_string(story).unwrap_or_default()
}

/// What the bridge before this one may not have come to tell.
pub async fn tell_again(store: &dyn Store) -> Result<()> {
    let note = store.note(NOTE).await?.unwrap_or_default();
    // Of another version: then it is not told again.
    let story: Story = serde_json::from_str(&note).unwrap_or_default();
    story.into_iter().for_each(|(meeting, turn)| tell(&meeting, turn, Some(true)));
    Ok(())
}

/// One line; the ids are its fields.
pub fn tell(meeting: &str, turn: Turn, again: Option<bool>) {
    macro_rules! line {
        ($($rest:tt)*) => { tracing::info!(meeting.id = meeting, again, $($rest)*) };
    }
    match turn {
        Turn::Heard { status, seats } => {
            line!(status = status.label(), seats, "A meeting was heard of");
        }
        Turn::SessionMade { session, chime_meeting } => {
            line!(session, chime.meeting_id = chime_meeting, "A Chime meeting was made");
        }
        Turn::SessionOver { session, inferred } => {
            line!(session, inferred, "A Chime meeting is over");
        }
        Turn::AttendeeMade { seat, attendee } => {
            line!(participant.id = seat, chime.attendee_id = attendee, "An attendee was made");
        }
        Turn::Joined { seat, attendee } => {
            line!(participant.id = seat, chime.attendee_id = attendee, "A participant joined");
        }
        Turn::Gone { seat, end } => {
            line!(
                participant.id = seat,
                end = end.map_or("Inferred", |end| end.label()),
                "A participant is out"
            );
        }
        Turn::SeatRemoved { seat } => {
            line!(participant.id = seat, "A participant was removed");
        }
        Turn::Consent { seat, word } => {
            line!(
                participant.id = seat,
                consent = word.label(),
                "A participant spoke about recording"
            );
        }
        Turn::RecorderAsked { recording, attempt } => {
            line!(recording.key = recording, attempt, "A recorder is wanted");
        }
        Turn::RecorderStarted { recording, attempt, task } => {
            line!(
                recording.key = recording,
                attempt,
                task.arn = task,
                "A recorder task was started"
            );
        }
        Turn::RecorderGone { recording, attempt, reason } => {
            line!(recording.key = recording, attempt, reason, "A recorder is gone");
        }
        Turn::RecordingBegan { recording } => {
            line!(recording.key = recording, "The recording began");
        }
        Turn::RecordingStopped { recording } => {
            line!(recording.key = recording, "The recording was told to stop");
        }
        Turn::RecordingVerdict { recording, status, failure } => {
            line!(
                recording.key = recording,
                status = status.label(),
                reason = failure,
                "The recording has its verdict"
            );
        }
        Turn::Is { status } => {
            line!(status = status.label(), "The meeting changed");
        }
        Turn::Over { status, reason } => {
            line!(status = status.label(), reason, "The meeting is over");
        }
    }
}
