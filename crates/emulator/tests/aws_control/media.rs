//! Chime with media: who joins over WebRTC is in the ledger and on the event bus as the control
//! plane tells it. The clients are bots; browsers are in `tests/browser/sdk`.

use std::sync::Arc;

use chime_emulator::aws::chime::AttendeeEntry;
use chime_media::bot::{Bot, BotState, Looks, Over, Place, Tone};
use chime_sdk::types::{AttendeeCapabilities, MediaCapabilities};
use serde_json::json;

use crate::{World, chime_sdk, until, world};

mod killed;

impl World {
    /// A bot at an attendee's place, by the addresses that the control plane tells.
    async fn bot(&self, meeting: &str, attendee: &chime_sdk::types::Attendee) -> Bot {
        let told = self.chime.get_meeting().meeting_id(meeting).send().await.unwrap();
        let placement = told.meeting().unwrap().media_placement().unwrap().clone();
        let place = Place {
            signaling_url: placement.signaling_url.unwrap(),
            audio_host_url: placement.audio_host_url.unwrap(),
            join_token: attendee.join_token().unwrap().into(),
        };
        let tone = Some(Arc::new(Tone::new(600.0).unwrap()));
        Bot::join(place, Looks { tone, ..Looks::default() })
    }

    fn entry(&self, meeting: &str, id: &str) -> AttendeeEntry {
        let all = self.emulator.chime.attendees_of(meeting);
        all.into_iter().find(|a| a.attendee_id == id).unwrap()
    }

    fn kinds(&self) -> Vec<String> {
        self.events().into_iter().map(|(kind, _)| kind).collect()
    }
}

async fn stands(bot: &Bot, wanted: BotState) {
    until(&format!("the bot is {wanted:?}"), async || (bot.state() == wanted).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_with_media_is_authorized_joined_and_left() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let ada = w.attendee(&meeting, "seat-ada").await;
    let bot = w.bot(&meeting, &ada).await;
    stands(&bot, BotState::In).await;
    assert!(w.entry(&meeting, ada.attendee_id().unwrap()).connected);
    bot.leave().await;
    assert!(!w.entry(&meeting, ada.attendee_id().unwrap()).connected);
    let kinds = w.kinds();
    let wanted = ["AttendeeAdded", "AttendeeAuthorized", "AttendeeJoined", "AttendeeLeft"];
    assert_eq!(kinds[1..], wanted.map(|kind| format!("chime:{kind}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_media_connection_keeps_the_meeting_and_a_lost_one_drops_after_twelve_seconds() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let ada = w.attendee(&meeting, "seat-ada").await;
    let id = ada.attendee_id().unwrap();
    let bot = w.bot(&meeting, &ada).await;
    stands(&bot, BotState::In).await;
    w.emulator.clock.advance(10 * 60_000);
    w.chime.get_meeting().meeting_id(&meeting).send().await.expect("the meeting goes on");
    assert_eq!(bot.state(), BotState::In);
    let control = format!("http://{}", w.emulator.addresses.control);
    let cut = w.http.post(format!("{control}/media/cut")).json(&json!({"attendeeId": id}));
    assert_eq!(cut.send().await.unwrap().status(), 204);
    until("the bot is cut off", async || {
        matches!(bot.state(), BotState::Over(Over::Lost(_))).then_some(())
    })
    .await;
    let ledger = async || {
        let answer = w.http.get(format!("{control}/ledger/media")).send().await.unwrap();
        answer.json::<Vec<serde_json::Value>>().await.unwrap()
    };
    until("the ledger says so", async || (ledger().await[0]["connected"] == false).then_some(()))
        .await;
    assert!(w.entry(&meeting, id).connected, "counts as there for 12 seconds");
    w.emulator.clock.advance(13_000);
    until("dropped", async || {
        w.kinds().contains(&"chime:AttendeeDropped".to_string()).then_some(())
    })
    .await;
    until("and forgotten", async || ledger().await.is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_attendee_is_put_out_and_the_end_is_for_all() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let (ada, ben) =
        (w.attendee(&meeting, "seat-ada").await, w.attendee(&meeting, "seat-ben").await);
    let (first, second) = (w.bot(&meeting, &ada).await, w.bot(&meeting, &ben).await);
    stands(&first, BotState::In).await;
    stands(&second, BotState::In).await;
    let id = ada.attendee_id().unwrap();
    w.chime.delete_attendee().meeting_id(&meeting).attendee_id(id).send().await.unwrap();
    stands(&first, BotState::Over(Over::Told(411))).await;
    w.chime.delete_meeting().meeting_id(&meeting).send().await.unwrap();
    stands(&second, BotState::Over(Over::Told(410))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn capabilities_changed_by_the_api_silence_who_speaks() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let ada = w.attendee(&meeting, "seat-ada").await;
    let bot = w.bot(&meeting, &ada).await;
    let heard = async |wanted: bool| {
        until("as wanted", async || {
            let ledger = w.emulator.media.ledger().await;
            (ledger.first()?.sending.audio == wanted).then_some(())
        })
        .await;
    };
    heard(true).await;
    let listen = AttendeeCapabilities::builder()
        .audio(MediaCapabilities::Receive)
        .video(MediaCapabilities::Receive)
        .content(MediaCapabilities::Receive)
        .build()
        .unwrap();
    let change = w.chime.update_attendee_capabilities().meeting_id(&meeting);
    let id = ada.attendee_id().unwrap();
    change.attendee_id(id).capabilities(listen).send().await.unwrap();
    heard(false).await;
    assert_eq!(bot.state(), BotState::In);
}
