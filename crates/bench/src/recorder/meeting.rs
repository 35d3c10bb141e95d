//! A meeting of the emulated room, with one person in it, and the recorder's ticket to it.

use aws_sdk_chimesdkmeetings as chime_sdk;
use chime_contract::Secret;
use chime_contract::recording::seat;
use chime_contract::ticket::{
    MediaPlacement, Ticket, TicketAttendee, TicketMeeting, TicketPolicy, TicketRole, TicketState,
    object_key, seal,
};
use chime_emulator::aws::chime::Connection;
use chime_emulator::start::ROOM_BUCKET;
use chime_sdk::config::{BehaviorVersion, Credentials, Region};

use anyhow::Context;

use crate::world::{MEETING, World};

/// A meeting and the recorder's place in it.
pub struct Meeting {
    place: (TicketMeeting, TicketAttendee),
    seat: String,
    revision: u64,
    _person: Connection,
}

impl Meeting {
    /// Makes a meeting for a recording, and joins it with one person.
    pub async fn make(world: &World, recording: &str) -> anyhow::Result<Self> {
        let chime = client(world);
        let made = chime
            .create_meeting()
            .client_request_token(recording)
            .media_region("eu-central-1")
            .external_meeting_id(MEETING)
            .send()
            .await?;
        let id = made.meeting().and_then(|m| m.meeting_id()).context("a meeting without id")?;
        let seat = seat(recording, 1);
        let (attendee_id, join_token) = attendee(&chime, id, &seat).await?;
        let (person, token) = attendee(&chime, id, "seat-bench").await?;
        let person = world.emulator.chime.join(id, &person, &token);
        let person = person.map_err(|error| anyhow::anyhow!("nobody can join: {error:?}"))?;
        let nowhere = || String::from("wss://nowhere");
        let meeting = TicketMeeting {
            meeting_id: id.into(),
            external_meeting_id: MEETING.into(),
            media_region: "eu-central-1".into(),
            media_placement: MediaPlacement {
                audio_host_url: nowhere(),
                audio_fallback_url: nowhere(),
                signaling_url: nowhere(),
                event_ingestion_url: None,
            },
        };
        let join_token = Secret::new(join_token);
        let attendee = TicketAttendee { attendee_id, external_user_id: seat.clone(), join_token };
        let revision = world.emulator.clock.now().unsigned_abs();
        Ok(Self { place: (meeting, attendee), seat, revision, _person: person })
    }

    /// The recorder's ticket says: wait.
    pub fn wait(&mut self, world: &World) -> anyhow::Result<()> {
        self.ticket(world, TicketState::Waiting)
    }

    /// The recorder's ticket opens.
    pub fn open(&mut self, world: &World) -> anyhow::Result<()> {
        self.ticket(world, TicketState::Open)
    }

    fn ticket(&mut self, world: &World, state: TicketState) -> anyhow::Result<()> {
        self.revision += 1;
        let place = (state == TicketState::Open).then(|| self.place.clone());
        let (meeting, attendee) = place.unzip();
        let ticket = Ticket {
            revision: self.revision,
            state,
            seat: self.seat.clone(),
            subject: "Bench".into(),
            name: "Recorder".into(),
            role: TicketRole::Recorder,
            policy: TicketPolicy::Notice,
            recording: "Recording".into(),
            opens_at: None,
            reason: None,
            meeting,
            attendee,
        };
        let keys = world.key.seat(&world.org_id);
        let file = serde_json::to_vec(&seal(&ticket, &keys, rand::random())?)?;
        let written = world.emulator.s3.put(ROOM_BUCKET, &object_key(&keys.ticket), file);
        anyhow::ensure!(written, "the emulator has no bucket {ROOM_BUCKET}");
        Ok(())
    }
}

async fn attendee(
    chime: &chime_sdk::Client,
    meeting: &str,
    user: &str,
) -> anyhow::Result<(String, String)> {
    let made = chime.create_attendee().meeting_id(meeting).external_user_id(user).send().await?;
    let made = made.attendee().context("an answer without attendee")?;
    let id = made.attendee_id().context("an attendee without id")?;
    Ok((id.into(), made.join_token().context("an attendee without token")?.into()))
}

fn client(world: &World) -> chime_sdk::Client {
    chime_sdk::Client::from_conf(
        chime_sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("anybody", "emulator", None, None, "bench"))
            .endpoint_url(format!("http://{}", world.emulator.addresses.aws))
            .build(),
    )
}
