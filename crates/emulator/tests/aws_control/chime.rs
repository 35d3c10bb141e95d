//! Chime's control plane and the life of a meeting.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::types::{
    AttendeeCapabilities, CreateAttendeeRequestItem, MediaCapabilities,
};
use chime_emulator::aws::chime::{JoinRefused, Limits, Standing};

use crate::{until, world, world_with};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn one_token_makes_one_meeting_and_names_it_even_when_it_has_ended() {
    let w = world().await;
    let first = w.meeting("token-1").await;
    assert_eq!(w.meeting("token-1").await, first);
    assert_ne!(w.meeting("token-2").await, first);

    w.chime.delete_meeting().meeting_id(&first).send().await.unwrap();
    assert_eq!(w.meeting("token-1").await, first);
    let error = w.chime.get_meeting().meeting_id(&first).send().await.unwrap_err();
    assert!(error.into_service_error().is_not_found_exception());
    let ledger = w.emulator.chime.ledger();
    assert_eq!(ledger.meetings.len(), 2);
    assert_eq!(ledger.calls.iter().filter(|c| c.operation == "CreateMeeting").count(), 4);
}

#[tokio::test]
async fn a_known_token_with_another_request_conflicts() {
    let w = world().await;
    w.meeting("token-1").await;
    let again = w
        .chime
        .create_meeting()
        .client_request_token("token-1")
        .media_region("eu-central-1")
        .external_meeting_id("another")
        .send()
        .await;
    assert!(again.unwrap_err().into_service_error().is_conflict_exception());
}

#[tokio::test]
async fn what_the_model_forbids_is_refused() {
    let w = world().await;
    for (token, region, external) in [
        ("a", "eu-central-1", "good"),
        ("to ken", "eu-central-1", "good"),
        ("token", "moon-1", "good"),
        ("token", "eu-central-1", "AWS:mine"),
        ("token", "eu-central-1", "x"),
        ("token", "eu-central-1", "no*star"),
    ] {
        let made = w
            .chime
            .create_meeting()
            .client_request_token(token)
            .media_region(region)
            .external_meeting_id(external)
            .send()
            .await;
        let error = made.expect_err(&format!("{token} {region} {external}"));
        assert!(error.into_service_error().is_bad_request_exception());
    }
    assert!(w.emulator.chime.ledger().meetings.is_empty());
}

#[tokio::test]
async fn a_user_keeps_the_attendee_until_it_is_deleted() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let first = w.attendee(&meeting, "seat-1").await;
    let again = w.attendee(&meeting, "seat-1").await;
    assert_eq!(first.attendee_id(), again.attendee_id());
    assert_eq!(first.join_token(), again.join_token());
    let token = first.join_token().unwrap();
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));

    let id = first.attendee_id().unwrap();
    w.chime.delete_attendee().meeting_id(&meeting).attendee_id(id).send().await.unwrap();
    let refused = w.emulator.chime.join(&meeting, id, token);
    assert_eq!(refused.unwrap_err(), JoinRefused::Removed);
    assert_ne!(w.attendee(&meeting, "seat-1").await.attendee_id(), first.attendee_id());
}

#[tokio::test]
async fn quotas_count_meetings_until_their_end_and_attendees_until_deleted() {
    let w = world_with(Limits { meetings: 1, attendees: 2, ..Limits::default() }).await;
    let meeting = w.meeting("token-1").await;
    let item = |user: &str| CreateAttendeeRequestItem::builder().external_user_id(user).build();
    let batch = w
        .chime
        .batch_create_attendee()
        .meeting_id(&meeting)
        .set_attendees(Some(["s1", "s2", "s3"].map(|u| item(u).unwrap()).to_vec()))
        .send()
        .await
        .unwrap();
    assert_eq!(batch.attendees().len(), 2);
    assert_eq!(batch.errors()[0].external_user_id(), Some("s3"));
    assert_eq!(batch.errors()[0].error_code(), Some("LimitExceeded"));

    let second = w
        .chime
        .create_meeting()
        .client_request_token("token-2")
        .media_region("eu-central-1")
        .external_meeting_id("other")
        .send()
        .await;
    assert!(second.unwrap_err().into_service_error().is_limit_exceeded_exception());
    w.chime.delete_meeting().meeting_id(&meeting).send().await.unwrap();
    w.chime.delete_meeting().meeting_id(&meeting).send().await.unwrap();
    w.meeting("token-2").await;
}

#[tokio::test]
async fn attendees_are_listed_in_pages() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    for n in 0..5 {
        w.attendee(&meeting, &format!("seat-{n}")).await;
    }
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let page = w
            .chime
            .list_attendees()
            .meeting_id(&meeting)
            .max_results(2)
            .set_next_token(next)
            .send()
            .await
            .unwrap();
        seen.extend(page.attendees().iter().map(|a| a.external_user_id().unwrap().to_string()));
        next = page.next_token().map(String::from);
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["seat-0", "seat-1", "seat-2", "seat-3", "seat-4"]);
}

#[tokio::test]
async fn content_is_received_only_with_video() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let attendee = w.attendee(&meeting, "recorder").await;
    let abilities = |video| {
        AttendeeCapabilities::builder()
            .audio(MediaCapabilities::Receive)
            .video(video)
            .content(MediaCapabilities::Receive)
            .build()
            .unwrap()
    };
    let update = |video| {
        w.chime
            .update_attendee_capabilities()
            .meeting_id(&meeting)
            .attendee_id(attendee.attendee_id().unwrap())
            .capabilities(abilities(video))
            .send()
    };
    let refused = update(MediaCapabilities::None).await.unwrap_err();
    assert!(refused.into_service_error().is_bad_request_exception());
    let done = update(MediaCapabilities::Receive).await.unwrap();
    let now = done.attendee().unwrap().capabilities().unwrap().clone();
    assert_eq!(now.video(), &MediaCapabilities::Receive);
}

#[tokio::test]
async fn a_meeting_nobody_is_connected_to_ends_after_five_minutes() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    w.emulator.clock.advance(4 * MINUTE);
    w.chime.get_meeting().meeting_id(&meeting).send().await.unwrap();
    w.emulator.clock.advance(MINUTE);
    let error = w.chime.get_meeting().meeting_id(&meeting).send().await.unwrap_err();
    assert_eq!(error.code(), Some("NotFoundException"));

    let events = w.events();
    let words: Vec<&str> = events.iter().map(|e| e.0.as_str()).collect();
    assert_eq!(words, ["chime:MeetingStarted", "chime:MeetingEnded"]);
    assert_eq!(events[1].1 - events[0].1, 5 * MINUTE);
}

#[tokio::test]
async fn a_meeting_with_somebody_in_it_ends_after_a_day() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let attendee = w.attendee(&meeting, "seat-1").await;
    let (id, token) = (attendee.attendee_id().unwrap(), attendee.join_token().unwrap());
    let connection = w.emulator.chime.join(&meeting, id, token).unwrap();
    w.emulator.clock.advance(23 * 60 * MINUTE);
    w.chime.get_meeting().meeting_id(&meeting).send().await.unwrap();
    w.emulator.clock.advance(60 * MINUTE);
    // The event comes by the emulator's own clockwork: no call is needed.
    until("the meeting ended", async || {
        w.events().last().filter(|e| e.0 == "chime:MeetingEnded").cloned()
    })
    .await;
    assert_eq!(w.emulator.chime.standing(&connection), Standing::Ended);
}

#[tokio::test]
async fn a_drop_is_told_after_its_time_and_a_return_at_once() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let attendee = w.attendee(&meeting, "seat-1").await;
    let (id, token) = (attendee.attendee_id().unwrap(), attendee.join_token().unwrap());
    let chime = &w.emulator.chime;

    let first = chime.join(&meeting, id, token).unwrap();
    w.emulator.clock.advance(1_000);
    assert!(chime.drop_packets(&first));
    w.emulator.clock.advance(5_000);
    assert!(!w.events().iter().any(|e| e.0 == "chime:AttendeeDropped"));
    w.emulator.clock.advance(20_000);
    let dropped =
        until("dropped", async || w.events().into_iter().find(|e| e.0 == "chime:AttendeeDropped"))
            .await;

    let second = chime.join(&meeting, id, token).unwrap();
    w.emulator.clock.advance(1_000);
    assert!(!chime.leave(&first), "the old connection is over");
    assert!(chime.drop_packets(&second));
    w.emulator.clock.advance(2_000);
    let third = chime.join(&meeting, id, token).unwrap();
    w.emulator.clock.advance(1_000);
    assert!(chime.leave(&third));

    let all = w.events();
    let words: Vec<&str> = all.iter().map(|e| e.0.trim_start_matches("chime:")).skip(2).collect();
    assert_eq!(
        words,
        [
            "AttendeeAuthorized",
            "AttendeeJoined",
            "AttendeeDropped",
            "AttendeeAuthorized",
            "AttendeeJoined",
            "AttendeeAuthorized",
            "AttendeeDropped",
            "AttendeeJoined",
            "AttendeeLeft",
        ]
    );
    let joined = all.iter().find(|e| e.0 == "chime:AttendeeJoined").unwrap().1;
    assert!((12_000..20_000).contains(&(dropped.1 - joined)), "1 s in, then 12 s without packets");
}

#[tokio::test]
async fn one_attendee_has_one_connection() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let attendee = w.attendee(&meeting, "seat-1").await;
    let (id, token) = (attendee.attendee_id().unwrap(), attendee.join_token().unwrap());
    let chime = &w.emulator.chime;
    assert_eq!(chime.join(&meeting, id, "wrong").unwrap_err(), JoinRefused::Unauthorized);
    let laptop = chime.join(&meeting, id, token).unwrap();
    let phone = chime.join(&meeting, id, token).unwrap();
    assert_eq!(chime.standing(&laptop), Standing::Replaced);
    assert_eq!(chime.standing(&phone), Standing::Connected);
    w.chime.delete_meeting().meeting_id(&meeting).send().await.unwrap();
    assert_eq!(chime.join(&meeting, id, token).unwrap_err(), JoinRefused::Ended);
}

#[tokio::test]
async fn meetings_carry_tags() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let got = w.chime.get_meeting().meeting_id(&meeting).send().await.unwrap();
    let arn = got.meeting().unwrap().meeting_arn().unwrap().to_string();
    let tag = aws_sdk_chimesdkmeetings::types::Tag::builder().key("org").value("one").build();
    w.chime.tag_resource().resource_arn(&arn).tags(tag.unwrap()).send().await.unwrap();
    let tags = w.chime.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
    assert_eq!(tags.tags()[0].key(), "org");
    w.chime.untag_resource().resource_arn(&arn).tag_keys("org").send().await.unwrap();
    let tags = w.chime.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
    assert!(tags.tags().is_empty());
}

#[tokio::test]
async fn transcription_is_refused_rather_than_played() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let error = w.chime.stop_meeting_transcription().meeting_id(&meeting).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_service_unavailable_exception(), "{error:?}");
}
