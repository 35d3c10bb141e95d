//! A shared screen is a session of its own: what the service and the others are told of its start,
//! its end, its successor and its loss.

use chime_media::presence::News::{self, *};
use chime_media::wire::{Kind, frame};

use super::client::World;
use super::service::Told;

const STARTED: [News; 2] = [ContentJoined, ContentVideo(true)];

/// What the service was told of Ada's screen.
fn news(w: &World) -> Vec<News> {
    let told = w.service.told().into_iter();
    told.filter_map(|told| match told {
        Told::News(who, news) if who == "ada" => Some(news),
        _ => None,
    })
    .collect()
}

/// What a client was told of those who are there and those who have gone: their number, their id,
/// and whether they dropped.
fn roster(w: &World, number: usize) -> Vec<(u32, Option<String>, bool)> {
    let told = w.clients[number].frames.iter().filter_map(|f| f.audio_stream_id_info.as_ref());
    let streams = told.flat_map(|told| told.streams.iter());
    streams
        .map(|s| (s.audio_stream_id(), s.attendee_id.clone(), s.dropped.unwrap_or_default()))
        .collect()
}

fn names(w: &World, number: usize) -> Vec<String> {
    w.index(number).into_iter().map(|(name, _)| name).collect()
}

/// Ada and Ben without cameras, and Ada's screen.
fn shared() -> (World, [usize; 3]) {
    let mut w = World::new(&["ada", "ben"]);
    let (ada, ben) = (w.joins("ada", 0), w.joins("ben", 0));
    let screen = w.joins("ada#content", 5);
    (w, [ada, ben, screen])
}

/// How the others learn that the session with this number has gone.
fn gone(w: &World, ben: usize) -> (u32, bool) {
    let all = roster(w, ben);
    let is = |name: &Option<String>| name.as_deref() == Some("ada#content");
    let (number, ..) = all.iter().find(|(_, name, _)| is(name)).unwrap();
    let (_, _, dropped) =
        all.iter().find(|(gone, name, _)| gone == number && name.is_none()).unwrap();
    (*number, *dropped)
}

#[test]
fn a_screen_that_starts_is_told_once_and_shown_to_all_but_its_owner() {
    let (mut w, [ada, ben, _]) = shared();
    assert_eq!(news(&w), STARTED);
    assert_eq!(names(&w, ben), ["ada#content"]);
    assert!(names(&w, ada).is_empty(), "nobody is shown their own screen");
    assert!(roster(&w, ben).iter().any(|(_, name, _)| name.as_deref() == Some("ada#content")));
    w.run(2_000);
    assert_eq!(news(&w), STARTED);
}

#[test]
fn a_screen_that_is_ended_leaves() {
    let (mut w, [_, ben, screen]) = shared();
    w.say(screen, frame(Kind::Leave));
    w.run(200);
    assert!(w.clients[screen].frames.iter().any(|f| f.leave_ack.is_some()));
    w.breaks(screen);
    w.run(200);
    assert_eq!(news(&w)[2..], [ContentVideo(false), ContentLeft]);
    assert!(names(&w, ben).is_empty());
    assert!(!gone(&w, ben).1, "it did not drop");
}

#[test]
fn a_second_screen_of_the_same_attendee_puts_the_first_out() {
    let (mut w, [ada, ben, first]) = shared();
    let before = w.stream(ben, "ada#content");
    let second = w.joins("ada#content", 6);
    let statuses = w.clients[first].frames.iter().filter_map(|f| f.audio_status.as_ref());
    assert_eq!(statuses.filter_map(|s| s.audio_status).collect::<Vec<_>>(), [301]);
    let replaced = [ContentVideo(false), ContentLeft, ContentJoined, ContentVideo(true)];
    assert_eq!(news(&w)[2..], replaced, "the first leaves before the second joins");
    assert_eq!(names(&w, ben), ["ada#content"]);
    assert!(w.stream(ben, "ada#content") > before);
    assert!(w.clients[second].closed.is_none() && w.clients[ada].closed.is_none());
    assert!(!gone(&w, ben).1, "it did not drop");
    // The client that was put out goes, and takes nothing of the second with it.
    w.breaks(first);
    w.run(1_000);
    assert_eq!(news(&w).len(), 6);
    assert_eq!(names(&w, ben), ["ada#content"]);
}

#[test]
fn a_screen_whose_connection_breaks_is_dropped_at_once() {
    let (mut w, [_, ben, screen]) = shared();
    w.breaks(screen);
    w.run(200);
    assert_eq!(news(&w)[2..], [ContentVideo(false), ContentDropped]);
    assert!(names(&w, ben).is_empty());
    assert!(gone(&w, ben).1, "it dropped");
}

#[test]
fn a_screen_whose_packets_stop_is_dropped_after_twelve_seconds() {
    let (mut w, [_, ben, screen]) = shared();
    w.clients[screen].dead = true;
    w.run(11_000);
    assert_eq!(news(&w), STARTED);
    w.run(2_000);
    assert_eq!(news(&w)[2..], [ContentVideo(false), ContentDropped]);
    assert_eq!(w.clients[screen].closed, Some(None), "as if the network broke");
    assert!(names(&w, ben).is_empty());
    assert!(gone(&w, ben).1, "it dropped");
}
