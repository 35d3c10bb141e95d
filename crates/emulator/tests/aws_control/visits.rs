//! Pages in meetings without Chime's media: they enter, beat, hear who is there, and leave.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::people::{Seat, phase};
use crate::{World, until, world};
use chime_emulator::people::Phase;

/// A page of an attendee, as far as its calls go.
struct Page {
    meeting: String,
    attendee: String,
    token: String,
    visit: Option<String>,
}

impl Page {
    /// A page whose attendee was made over the wire; it has not entered.
    async fn of(w: &World, meeting: &str, user: &str) -> Self {
        let made = w.attendee(meeting, user).await;
        Self {
            meeting: meeting.into(),
            attendee: made.attendee_id().unwrap().into(),
            token: made.join_token().unwrap().into(),
            visit: None,
        }
    }

    async fn ask_with(&self, w: &World, act: &str, token: &str) -> (StatusCode, Value) {
        let room = w.emulator.addresses.room;
        let mut body = json!({"meetingId": self.meeting, "joinToken": token});
        if let Some(visit) = &self.visit {
            body["visit"] = visit.as_str().into();
        }
        let path = format!("http://{room}/emulator/attendees/{}/{act}", self.attendee);
        let answer = w.http.post(path).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn ask(&self, w: &World, act: &str) -> Value {
        self.ask_with(w, act, &self.token).await.1
    }

    async fn join(&mut self, w: &World) -> Value {
        self.visit = None;
        let (status, answer) = self.ask_with(w, "join", &self.token).await;
        assert_eq!((status, &answer["standing"]), (StatusCode::OK, &json!("connected")));
        self.visit = answer["visit"].as_str().map(String::from);
        assert!(self.visit.is_some());
        answer
    }

    fn connected(&self, w: &World) -> bool {
        let all = w.emulator.chime.attendees_of(&self.meeting);
        all.iter().find(|a| a.attendee_id == self.attendee).unwrap().connected
    }
}

#[tokio::test]
async fn a_page_enters_beats_and_leaves() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let mut page = Page::of(&w, &meeting, "recorder-abc-1").await;
    page.join(&w).await;
    assert!(page.connected(&w));
    assert_eq!(page.ask(&w, "here").await, json!({"standing": "connected", "people": []}));
    assert_eq!(page.ask(&w, "leave").await["standing"], "left");
    assert!(!page.connected(&w));
    assert_eq!(page.ask(&w, "here").await["standing"], "gone");
    let words: Vec<String> = w.events().into_iter().map(|e| e.0).collect();
    assert!(words.contains(&"chime:AttendeeLeft".into()), "{words:?}");
}

#[tokio::test]
async fn a_wrong_token_opens_nothing_and_puts_nobody_out() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let mut page = Page::of(&w, &meeting, "recorder-abc-1").await;
    let other = Page::of(&w, &meeting, "seat-1").await;
    let (status, answer) = page.ask_with(&w, "join", &other.token).await;
    assert_eq!((status, &answer["standing"]), (StatusCode::FORBIDDEN, &json!("unauthorized")));
    assert!(!page.connected(&w));

    page.join(&w).await;
    for act in ["here", "leave"] {
        let (status, answer) = page.ask_with(&w, act, &other.token).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{act}");
        assert_eq!(answer, json!({"standing": "unauthorized"}), "{act}");
        // Its own token does not help who names another's visit.
        let thief = Page {
            meeting: meeting.clone(),
            attendee: other.attendee.clone(),
            token: other.token.clone(),
            visit: page.visit.clone(),
        };
        assert_eq!(thief.ask(&w, act).await["standing"], "unauthorized", "{act}");
    }
    assert!(page.connected(&w));
    assert_eq!(page.ask(&w, "here").await["standing"], "connected");
}

#[tokio::test]
async fn a_page_that_falls_silent_is_dropped_and_one_that_beats_is_not() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let (mut dead, mut alive) =
        (Page::of(&w, &meeting, "recorder-abc-1").await, Page::of(&w, &meeting, "seat-1").await);
    dead.join(&w).await;
    alive.join(&w).await;
    let joined = tokio::time::Instant::now();
    // Each turn moves the world by as much as Chime waits for packets, so the drop follows at once.
    until("the drop", async || {
        assert_eq!(alive.ask(&w, "here").await["standing"], "connected");
        w.emulator.clock.advance(12_000);
        tokio::time::sleep(Duration::from_millis(100)).await;
        (!dead.connected(&w)).then_some(())
    })
    .await;
    let silent = joined.elapsed();
    assert!(silent >= Duration::from_millis(2_900), "dropped after {silent:?} already");
    let dropped: Vec<Value> = w.notices();
    let of = |word: &str, id: &str| {
        let fits = |n: &&Value| {
            n["detail"]["eventType"] == word && n["detail"]["attendeeId"].as_str() == Some(id)
        };
        dropped.iter().filter(fits).count()
    };
    assert_eq!(of("chime:AttendeeDropped", &dead.attendee), 1);
    assert_eq!(of("chime:AttendeeDropped", &alive.attendee), 0);

    assert_eq!(dead.ask(&w, "here").await["standing"], "gone");
    dead.join(&w).await;
    assert_eq!(dead.ask(&w, "here").await["standing"], "connected");
}

#[tokio::test]
async fn who_is_there_is_told_by_name_without_recorders() {
    let w = world().await;
    let mut seat = Seat::new();
    let ada = seat.person(&w);
    let meeting = seat.open(&w, "token-1").await;
    let mut recorder = Page::of(&w, &meeting, "recorder-abc-1").await;
    let mut guest = Page::of(&w, &meeting, "a025e00000Guest7").await;
    Page::of(&w, &meeting, "never-came").await;
    let mut third = Page::of(&w, &meeting, "bo").await;
    assert_eq!(recorder.join(&w).await["people"], json!([]));

    ada.join();
    phase(&ada, Phase::In).await;
    guest.join(&w).await;
    third.join(&w).await;
    let one = json!({"id": "seat-1", "name": "Ada", "number": 1});
    let two = json!({"id": "a025e00000Guest7", "name": "Participant Guest7", "number": 2});
    let four = json!({"id": "bo", "name": "Participant bo", "number": 4});
    assert_eq!(recorder.ask(&w, "here").await["people"], json!([one, two, four]));

    guest.ask(&w, "leave").await;
    assert_eq!(recorder.ask(&w, "here").await["people"], json!([one, four]));
}

#[tokio::test]
async fn a_page_hears_that_its_meeting_or_its_attendee_is_gone() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let mut removed = Page::of(&w, &meeting, "recorder-abc-1").await;
    let mut page = Page::of(&w, &meeting, "recorder-abc-2").await;
    removed.join(&w).await;
    page.join(&w).await;

    let delete = w.chime.delete_attendee().meeting_id(&meeting).attendee_id(&removed.attendee);
    delete.send().await.unwrap();
    assert_eq!(removed.ask(&w, "here").await, json!({"standing": "removed"}));
    removed.visit = None;
    let (status, answer) = removed.ask_with(&w, "join", &removed.token).await;
    assert_eq!((status, answer), (StatusCode::GONE, json!({"standing": "removed"})));

    w.chime.delete_meeting().meeting_id(&meeting).send().await.unwrap();
    assert_eq!(page.ask(&w, "here").await, json!({"standing": "ended"}));
    page.visit = None;
    let (status, answer) = page.ask_with(&w, "join", &page.token).await;
    assert_eq!((status, answer), (StatusCode::GONE, json!({"standing": "ended"})));
}

#[tokio::test]
async fn a_page_that_comes_back_replaces_the_one_before() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let mut page = Page::of(&w, &meeting, "recorder-abc-1").await;
    page.join(&w).await;
    let old = page.visit.clone();
    page.join(&w).await;
    let new = std::mem::replace(&mut page.visit, old.clone());
    assert_ne!(old, new);
    assert_eq!(page.ask(&w, "here").await, json!({"standing": "replaced"}));
    assert_eq!(page.ask(&w, "leave").await["standing"], "gone");
    page.visit = new;
    assert_eq!(page.ask(&w, "here").await["standing"], "connected");
}

#[tokio::test]
async fn a_page_learns_the_org_that_salts_its_keys() {
    let w = world().await;
    let path = format!("http://{}/emulator/room.json", w.emulator.addresses.room);
    let answer: Value = w.http.get(path).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({"orgId": w.org_id}));
}
