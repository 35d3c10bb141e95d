//! A panic behind one client stays with that client.

#![allow(dead_code, reason = "tests/hall needs more of what is shared with it")]

#[path = "../../tests/hall/client.rs"]
mod client;
#[path = "../../tests/service/mod.rs"]
mod service;

use self::client::World;
use super::alone::alone;
use super::{Output, SessionId, Stage, faults};
use crate::mixer::TICK;
use crate::peer::PeerError;
use crate::wire::{self, Kind, frame};

#[test]
fn a_peer_that_panics_is_dropped_alone_and_its_client_may_come_again() {
    let mut w = World::new(&["ada", "ben"]);
    let (ada, ben) = (w.joins("ada", 1), w.joins("ben", 2));
    let id = w.clients[ada].id;
    let broken =
        |_: &mut crate::peer::Peer| -> Result<(), PeerError> { panic!("a fault of the library") };
    assert!(w.hall.with_peer(id, broken).is_none());
    assert!(w.hall.sessions[&id].peer.is_none(), "a broken peer is not used again");
    let heard = w.clients[ben].heard;
    w.run(1_000);
    assert_eq!(w.clients[ada].closed, Some(None), "as if the network broke");
    assert_eq!(w.hall.sessions[&id].stage, Stage::Ghost);
    assert!(w.clients[ben].heard > heard + 40, "Ben hears on");
    let again = w.joins("ada", 1);
    w.run(1_000);
    assert_eq!(w.hall.sessions[&w.clients[again].id].stage, Stage::In);
    assert_eq!(w.clients[ben].closed, None);
}

#[test]
fn an_act_that_panics_gives_nothing_and_another_its_value() {
    assert_eq!(alone(SessionId(1), || 7), Some(7));
    let words = |fails: bool| (!fails).then_some(7).expect("it fails");
    assert_eq!(alone(SessionId(1), || words(true)), None);
}

/// Ada and Ben are in, and every library breaks behind Ada.
fn ada_breaks() -> (World, SessionId, usize) {
    let mut w = World::new(&["ada", "ben"]);
    let (ada, ben) = (w.joins("ada", 1), w.joins("ben", 2));
    let id = w.clients[ada].id;
    faults::broken(id);
    (w, id, ben)
}

/// What the hall wants done, of this client.
fn asked_of(w: &mut World, id: SessionId) -> Vec<Output> {
    std::iter::from_fn(|| w.hall.output())
        .filter(|o| matches!(o, Output::Frame(to, _) | Output::Close(to, _) if *to == id))
        .collect()
}

/// The end of the connection is heard of late; meanwhile nothing broken is touched. Then it is as
/// if the network broke, and Ben hears on.
fn is_left_alone(mut w: World, id: SessionId, ben: usize) {
    assert_eq!(faults::panics(), 1);
    for _ in 0..20 {
        w.now += TICK;
        w.hall.tick(w.now);
        w.hall.sound(id, b"sound", w.now);
        w.hall.frame(id, &wire::write(&frame(Kind::Subscribe)), w.now);
    }
    assert_eq!(faults::panics(), 1, "what is broken was used again");
    assert!(w.hall.sessions[&id].peer.is_none());
    assert_eq!(asked_of(&mut w, id), [Output::Close(id, None)]);
    w.breaks(0);
    faults::mended();
    assert_eq!(w.hall.sessions[&id].stage, Stage::Ghost);
    let heard = w.clients[ben].heard;
    w.run(1_000);
    assert!(w.clients[ben].heard > heard + 20, "Ben hears on");
    assert_eq!(w.clients[ben].closed, None);
    let again = w.joins("ada", 1);
    assert_eq!(w.hall.sessions[&w.clients[again].id].stage, Stage::In);
}

#[test]
fn an_encoder_that_panics_is_asked_once() {
    let (mut w, id, ben) = ada_breaks();
    w.hall.mix(w.now);
    is_left_alone(w, id, ben);
}

#[test]
fn a_decoder_that_panics_is_asked_once() {
    let (mut w, id, ben) = ada_breaks();
    w.hall.sound(id, b"sound", w.now);
    is_left_alone(w, id, ben);
}

#[test]
fn a_peer_that_panics_at_the_question_whose_a_packet_is_is_asked_once() {
    let (mut w, id, ben) = ada_breaks();
    let stranger = "127.0.0.1:50000".parse().unwrap();
    w.hall.packet(stranger, &[0x80; 40], w.now);
    w.hall.packet(stranger, &[0x80; 40], w.now);
    is_left_alone(w, id, ben);
}

#[test]
fn nor_is_it_asked_twice_about_a_packet_from_where_its_own_come() {
    let (mut w, id, ben) = ada_breaks();
    let own = w.hall.routes.iter().find(|(_, owner)| **owner == id).map(|(from, _)| *from);
    w.hall.packet(own.unwrap(), &[0x80; 40], w.now);
    is_left_alone(w, id, ben);
}
