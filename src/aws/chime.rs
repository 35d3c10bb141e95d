//! Chime SDK meetings and attendees. Every call may be made twice: creation by a derived token,
//! deletion because gone is as good as deleted.

use aws_sdk_chimesdkmeetings::Client;
use aws_sdk_chimesdkmeetings::types::{
    AttendeeCapabilities, CreateAttendeeRequestItem, MediaCapabilities, Meeting,
};
use chime_contract::Secret;
use chime_contract::ticket::{MediaPlacement, TicketMeeting};

use super::error::{AwsError, Call, Result};

/// Most attendees of one batch.
pub const MAX_BATCH: usize = 100;

/// An attendee. Its join token lets one client in.
#[derive(Debug, Clone)]
pub struct Attendee {
    /// Attendee id.
    pub id: String,
    /// The seat's id.
    pub seat: String,
    /// Join token.
    pub join_token: Secret<String>,
}

/// A seat an attendee is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The seat's id: the external user id.
    pub seat: String,
    /// Receives and never sends (the recorder).
    pub receive_only: bool,
}

/// The seats of a batch that got no attendee: seat id and Chime's error code.
pub type Unseated = Vec<(String, String)>;

/// Chime at one control endpoint.
#[derive(Debug, Clone)]
pub struct Chime {
    client: Client,
}

impl Chime {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes a meeting; with a token used before Chime answers with the meeting made then, even if
    /// it has ended since.
    pub async fn create_meeting(
        &self,
        token: &str,
        external_id: &str,
        region: &str,
    ) -> Result<TicketMeeting> {
        const CALL: Call = ("Chime", "CreateMeeting");
        let answer = self
            .client
            .create_meeting()
            .client_request_token(token)
            .external_meeting_id(external_id)
            .media_region(region)
            .send()
            .await
            .map_err(|e| AwsError::of(CALL, e))?;
        answer
            .meeting()
            .and_then(ticket_meeting)
            .ok_or_else(|| AwsError::lacks(CALL, "the meeting's id or addresses"))
    }

    /// A meeting; `None` if Chime does not know it (any more).
    pub async fn get_meeting(&self, meeting: &str) -> Result<Option<TicketMeeting>> {
        const CALL: Call = ("Chime", "GetMeeting");
        match self.client.get_meeting().meeting_id(meeting).send().await {
            Ok(answer) => answer
                .meeting()
                .and_then(ticket_meeting)
                .map(Some)
                .ok_or_else(|| AwsError::lacks(CALL, "the meeting's id or addresses")),
            Err(error) => gone(AwsError::of(CALL, error)).map(|()| None),
        }
    }

    /// Ends a meeting for everyone; gone already is done.
    pub async fn delete_meeting(&self, meeting: &str) -> Result<()> {
        const CALL: Call = ("Chime", "DeleteMeeting");
        match self.client.delete_meeting().meeting_id(meeting).send().await {
            Ok(_) => Ok(()),
            Err(error) => gone(AwsError::of(CALL, error)),
        }
    }

    /// Makes an attendee. [`super::Class::NotFound`]: the meeting is gone.
    pub async fn create_attendee(&self, meeting: &str, wanted: &Wanted) -> Result<Attendee> {
        const CALL: Call = ("Chime", "CreateAttendee");
        let answer = self
            .client
            .create_attendee()
            .meeting_id(meeting)
            .external_user_id(&wanted.seat)
            .set_capabilities(capabilities(CALL, wanted)?)
            .send()
            .await
            .map_err(|e| AwsError::of(CALL, e))?;
        answer
            .attendee()
            .and_then(attendee)
            .ok_or_else(|| AwsError::lacks(CALL, "the attendee's id or join token"))
    }

    /// Makes attendees, a hundred a call. Those that failed are named; an error means that nothing
    /// is known of the rest.
    pub async fn batch_create_attendee(
        &self,
        meeting: &str,
        wanted: &[Wanted],
    ) -> Result<(Vec<Attendee>, Unseated)> {
        const CALL: Call = ("Chime", "BatchCreateAttendee");
        let (mut made, mut failed) = (Vec::new(), Vec::new());
        for chunk in wanted.chunks(MAX_BATCH) {
            let mut request = self.client.batch_create_attendee().meeting_id(meeting);
            for one in chunk {
                let item = CreateAttendeeRequestItem::builder()
                    .external_user_id(&one.seat)
                    .set_capabilities(capabilities(CALL, one)?)
                    .build()
                    .map_err(|e| AwsError::unmade(CALL, e))?;
                request = request.attendees(item);
            }
            let answer = request.send().await.map_err(|e| AwsError::of(CALL, e))?;
            made.extend(answer.attendees().iter().filter_map(attendee));
            failed.extend(answer.errors().iter().map(|error| {
                let text = |text: Option<&str>| text.unwrap_or_default().to_string();
                (text(error.external_user_id()), text(error.error_code()))
            }));
        }
        Ok((made, failed))
    }

    /// Takes an attendee out: its join token is worthless from now on. Gone already is done.
    pub async fn delete_attendee(&self, meeting: &str, attendee: &str) -> Result<()> {
        const CALL: Call = ("Chime", "DeleteAttendee");
        let call = self.client.delete_attendee().meeting_id(meeting).attendee_id(attendee);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => gone(AwsError::of(CALL, error)),
        }
    }
}

fn gone(error: AwsError) -> Result<()> {
    if error.is_not_found() { Ok(()) } else { Err(error) }
}

/// Content needs Video with it: Chime refuses Content Receive without Video Receive.
fn capabilities(call: Call, wanted: &Wanted) -> Result<Option<AttendeeCapabilities>> {
    if !wanted.receive_only {
        return Ok(None);
    }
    AttendeeCapabilities::builder()
        .audio(MediaCapabilities::Receive)
        .video(MediaCapabilities::Receive)
        .content(MediaCapabilities::Receive)
        .build()
        .map(Some)
        .map_err(|e| AwsError::unmade(call, e))
}

fn ticket_meeting(meeting: &Meeting) -> Option<TicketMeeting> {
    let placement = meeting.media_placement()?;
    Some(TicketMeeting {
        meeting_id: meeting.meeting_id()?.to_string(),
        external_meeting_id: meeting.external_meeting_id()?.to_string(),
        media_region: meeting.media_region()?.to_string(),
        media_placement: MediaPlacement {
            audio_host_url: placement.audio_host_url()?.to_string(),
            audio_fallback_url: placement.audio_fallback_url().unwrap_or_default().to_string(),
            signaling_url: placement.signaling_url()?.to_string(),
            event_ingestion_url: placement.event_ingestion_url().map(str::to_string),
        },
    })
}

fn attendee(attendee: &aws_sdk_chimesdkmeetings::types::Attendee) -> Option<Attendee> {
    Some(Attendee {
        id: attendee.attendee_id()?.to_string(),
        seat: attendee.external_user_id()?.to_string(),
        join_token: Secret::new(attendee.join_token()?.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorder_receives_only_and_a_person_may_do_all() {
        let wanted = |receive_only| Wanted { seat: "s".into(), receive_only };
        let call = ("Chime", "CreateAttendee");
        assert_eq!(capabilities(call, &wanted(false)).unwrap(), None);
        let recorder = capabilities(call, &wanted(true)).unwrap().unwrap();
        assert_eq!(recorder.audio(), &MediaCapabilities::Receive);
        assert_eq!(recorder.video(), &MediaCapabilities::Receive);
        assert_eq!(recorder.content(), &MediaCapabilities::Receive);
    }

    #[test]
    fn a_meeting_without_addresses_is_not_passed_on() {
        let meeting = Meeting::builder()
            .meeting_id("m")
            .external_meeting_id("e")
            .media_region("eu-central-1");
        assert!(ticket_meeting(&meeting.clone().build()).is_none());
        let placement = aws_sdk_chimesdkmeetings::types::MediaPlacement::builder()
            .audio_host_url("a")
            .signaling_url("s")
            .build();
        let ticket = ticket_meeting(&meeting.media_placement(placement).build()).unwrap();
        assert_eq!(ticket.media_placement.signaling_url, "s");
        assert_eq!(ticket.media_placement.event_ingestion_url, None);
    }
}
