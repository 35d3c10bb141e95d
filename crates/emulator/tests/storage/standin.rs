//! The stand-in recorder against the emulator's S3, with a room and a control API of the test's own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use chime_contract::keys::JoinKey;
use chime_contract::recording::{LaunchFile, PieceNote, RecorderEnvironment, launch_key};
use chime_contract::ticket::{
    MediaPlacement, Ticket, TicketAttendee, TicketMeeting, TicketPolicy, TicketRole, TicketState,
    object_key, seal,
};
use chime_contract::{Secret, recording};
use chime_emulator::aws::objects::Objects;
use chime_emulator::aws::s3::S3;
use chime_emulator::standin::{Args, End, StandInError, record};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::account::{Account, seen, serve};

type Room = (S3, Arc<AtomicU32>);
type Acts = Arc<Mutex<Vec<(String, String, Value)>>>;

struct Stage {
    account: Account,
    key: JoinKey,
    acts: Acts,
    looks: Arc<AtomicU32>,
    revision: u64,
    stop: Option<oneshot::Sender<()>>,
    recorder: JoinHandle<Result<End, StandInError>>,
}

const ORG: &str = "00D5e000000EmuLAA0";

impl Stage {
    async fn set(unused_seconds: u32, claim_media: bool) -> Self {
        let account = Account::open().await;
        let (acts, looks) = (Acts::default(), Arc::<AtomicU32>::default());
        let room = Router::new()
            .route(
                "/tickets/{name}",
                get(async |State((s3, looks)): State<Room>, Path(name): Path<String>| {
                    let found = s3.get("chime-room", &format!("tickets/{name}")).await;
                    looks.fetch_add(1, Ordering::Relaxed);
                    found.ok_or(http::StatusCode::FORBIDDEN)
                }),
            )
            .with_state((account.s3.clone(), looks.clone()));
        let control = Router::new()
            .route(
                "/attendees/{id}/{act}",
                post(
                    async |State(acts): State<Acts>,
                           Path((id, act)): Path<(String, String)>,
                           Json(body): Json<Value>| {
                        acts.lock().unwrap().push((id, act, body));
                    },
                ),
            )
            .with_state(acts.clone());
        let (room, control) = (serve(room).await, serve(control).await);
        let key = JoinKey::from_bytes([7; 32]);
        let launch = LaunchFile {
            max_seconds: 3600,
            v: 1,
            meeting: "a01".into(),
            recording: "rec".into(),
            attempt: 2,
            org_id: ORG.into(),
            room_url: room,
            join_key: Secret::new(key.to_text().expose().clone()),
            unused_seconds,
            alone_seconds: 60,
        };
        account.s3.put("chime-work", &launch_key("rec", 2), serde_json::to_vec(&launch).unwrap());
        let task = RecorderEnvironment {
            recording: "rec".into(),
            attempt: 2,
            work_bucket: "chime-work".into(),
            recordings_bucket: "chime-recordings".into(),
        };
        let mut variables: HashMap<String, String> =
            task.variables().into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        variables.insert("EMULATOR_CONTROL_URL".into(), control);
        variables.insert("AWS_ENDPOINT_URL".into(), account.url.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let args = Args { claim_media, pace_ms: 20 };
        let recorder = chime_emulator::tasks::spawn(async move {
            let stopped = async move { stopped.await.unwrap_or_default() };
            record(args, &variables, stopped).await
        });
        Self { account, key, acts, looks, revision: 0, stop: Some(stop), recorder }
    }

    fn ticket(&mut self, state: TicketState) {
        self.revision += 1;
        let url = String::from("wss://nowhere");
        let open = state == TicketState::Open;
        let ticket = Ticket {
            revision: self.revision,
            state,
            seat: recording::seat("rec", 2),
            subject: "Talk".into(),
            name: "Recorder".into(),
            role: TicketRole::Recorder,
            policy: TicketPolicy::Notice,
            recording: "Starting".into(),
            opens_at: None,
            reason: None,
            meeting: open.then(|| TicketMeeting {
                meeting_id: "m1".into(),
                external_meeting_id: "a01".into(),
                media_region: "eu-central-1".into(),
                media_placement: MediaPlacement {
                    audio_host_url: url.clone(),
                    audio_fallback_url: url.clone(),
                    signaling_url: url,
                    event_ingestion_url: None,
                },
            }),
            attendee: open.then(|| TicketAttendee {
                attendee_id: "at1".into(),
                external_user_id: recording::seat("rec", 2),
                join_token: Secret::new("token".into()),
            }),
        };
        let keys = self.key.seat(ORG);
        let sealed = seal(&ticket, &keys, [self.revision as u8; 12]).unwrap();
        let body = serde_json::to_vec(&sealed).unwrap();
        self.account.s3.put("chime-room", &object_key(&keys.ticket), body);
    }

    fn acts(&self) -> Vec<String> {
        self.acts.lock().unwrap().iter().map(|(id, act, _)| format!("{id} {act}")).collect()
    }

    async fn fragments(&self, prefix: &str, count: usize) {
        let prefix = format!("journal/rec/{prefix}");
        seen("journal fragments", async || {
            (self.account.s3.list("chime-work", &prefix).len() >= count).then_some(())
        })
        .await;
    }

    async fn note(&self, name: &str) -> PieceNote {
        let key = format!("recordings/a01/rec/{name}.json");
        serde_json::from_slice(&self.account.s3.get("chime-recordings", &key).await.unwrap())
            .unwrap()
    }
}

#[tokio::test]
async fn it_waits_outside_records_while_open_and_says_honestly_that_there_is_no_media() {
    let mut stage = Stage::set(600, false).await;
    stage.ticket(TicketState::Waiting);
    let before = stage.looks.load(Ordering::Relaxed);
    seen("looks at the waiting ticket", async || {
        (stage.looks.load(Ordering::Relaxed) > before + 2).then_some(())
    })
    .await;
    assert!(stage.acts().is_empty());
    stage.ticket(TicketState::Open);
    stage.fragments("2-001-", 3).await;
    assert_eq!(stage.acts(), ["at1 join"]);
    let body = stage.acts.lock().unwrap()[0].2.clone();
    assert_eq!(body, serde_json::json!({ "meetingId": "m1", "joinToken": "token" }));
    stage.ticket(TicketState::Ended);
    assert_eq!((&mut stage.recorder).await.unwrap().unwrap(), End::Done);
    assert_eq!(stage.acts(), ["at1 join", "at1 leave"]);

    let note = stage.note("2-001").await;
    assert!(!note.verdict.good());
    assert!(note.verdict.remark.contains("no media"));
    let media = stage.account.s3.get("chime-recordings", "recordings/a01/rec/2-001.mp4").await;
    assert_eq!(media.unwrap().len() as i64, note.size_bytes);
    // It deletes nothing, and the note comes last: its notice means that the piece is whole.
    assert!(stage.account.s3.get("chime-work", &launch_key("rec", 2)).await.is_some());
    let notices = stage.account.notices("aws.s3");
    let keys: Vec<_> = notices.iter().map(|n| n["detail"]["object"]["key"].clone()).collect();
    assert_eq!(keys, ["recordings/a01/rec/2-001.mp4", "recordings/a01/rec/2-001.json"]);
}

#[tokio::test]
async fn it_leaves_when_the_ticket_closes_and_begins_a_second_piece_when_it_opens_again() {
    let mut stage = Stage::set(600, true).await;
    stage.ticket(TicketState::Open);
    stage.fragments("2-001-", 1).await;
    stage.ticket(TicketState::Waiting);
    seen("the first note", async || {
        stage.account.s3.get("chime-recordings", "recordings/a01/rec/2-001.json").await
    })
    .await;
    stage.ticket(TicketState::Open);
    stage.fragments("2-002-", 1).await;
    stage.stop.take().unwrap().send(()).unwrap();
    assert_eq!((&mut stage.recorder).await.unwrap().unwrap(), End::Done);
    assert!(stage.note("2-001").await.verdict.good());
    assert_eq!(stage.note("2-002").await.piece, 2);
    assert_eq!(stage.acts(), ["at1 join", "at1 leave", "at1 join", "at1 leave"]);
}

#[tokio::test]
async fn it_goes_without_a_piece_when_nobody_needs_it() {
    let mut stage = Stage::set(0, false).await;
    assert_eq!((&mut stage.recorder).await.unwrap().unwrap(), End::Unused);
    assert!(stage.account.s3.versions("chime-recordings", "").is_empty());
    assert!(stage.acts().is_empty());
}
