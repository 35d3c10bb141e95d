//! A recording from the ticket to the note.

use chime_contract::recording::EndReason;
use chime_contract::ticket::TicketState;

use crate::world::{World, quiet};

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_one_checked_file_and_nothing_is_left_of_its_journal() {
    let _quiet = quiet().await;
    let mut world = World::open().await;
    let _ada = world.person("seat-ada").await;
    let _ben = world.person("seat-ben").await;
    let mut task = world.recorder();
    world.until_fragments(&mut task, 6).await;
    world.ticket(TicketState::Ended);
    let status = task.ended().await;
    assert_eq!(status.code(), Some(0), "{}", task.said());
    let note = world.note(1).await.unwrap();
    assert!(note.verdict.good(), "{note:?}");
    assert_eq!(note.end, Some(EndReason::MeetingOver));
    assert_eq!(world.journal(), Vec::<String>::new());
}
