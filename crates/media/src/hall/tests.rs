//! A panic behind one client stays with that client.

#![allow(dead_code, reason = "tests/hall needs more of what is shared with it")]

#[path = "../../tests/hall/client.rs"]
mod client;
#[path = "../../tests/service/mod.rs"]
mod service;

use self::client::World;
use super::alone::alone;
use super::{SessionId, Stage};
use crate::peer::PeerError;

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
