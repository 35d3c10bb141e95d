//! The ledger tells how loud what comes from a client is, also if nobody hears it.

use chime_media::hall::Entry;
use chime_media::mixer::{Ear, FRAME};
use chime_media::wire::signal::AudioControl;
use chime_media::wire::{Frame, Kind, frame};

use super::client::World;

/// A packet of a tone of about 1000 Hz.
fn tone() -> Vec<u8> {
    let mut ear = Ear::new().unwrap();
    let wave = |i: usize| ((i as f64 / 48.0 * std::f64::consts::TAU).sin() * 6_000.0) as i16;
    let pcm: [i16; FRAME] = std::array::from_fn(wave);
    // The first packet fades in.
    (0..5).map(|_| ear.encode(&pcm).unwrap()).last().unwrap()
}

fn mutes(w: &mut World, number: usize, muted: bool) {
    let audio_control = Some(AudioControl { muted: Some(muted) });
    w.say(number, Frame { audio_control, ..frame(Kind::AudioControl) });
}

fn ledger(w: &World, who: &str) -> Entry {
    w.hall.ledger(w.now).into_iter().find(|e| e.attendee_id == who).unwrap()
}

#[test]
fn a_muted_client_that_sends_sound_is_told_from_one_that_sends_silence() {
    let mut w = World::new(&["ada", "ben"]);
    let (ada, ben) = (w.joins("ada", 0), w.joins("ben", 0));
    let loud = |level: u8| level < 40;
    w.clients[ada].sound = tone();
    w.run(500);
    let speaks = ledger(&w, "ada");
    assert!(loud(speaks.level) && loud(speaks.arrives), "{speaks:?}");
    assert_eq!(ledger(&w, "ben").arrives, 127);

    mutes(&mut w, ada, true);
    w.run(2_000);
    let muted = ledger(&w, "ada");
    assert!(muted.muted && !muted.sending.audio, "{muted:?}");
    assert_eq!(muted.level, 127, "the others hear nothing");
    assert!(loud(muted.arrives), "{muted:?}");

    w.clients[ada].sound = w.clients[ben].sound.clone();
    w.run(900);
    assert!(loud(ledger(&w, "ada").arrives), "a look each second misses nothing");
    w.run(1_000);
    let silent = ledger(&w, "ada");
    assert!(silent.arrives >= 80, "{silent:?}");
    assert_eq!(silent.level, 127);
}

#[test]
fn nothing_arrives_from_a_client_that_has_gone() {
    let mut w = World::new(&["ada"]);
    let ada = w.joins("ada", 0);
    w.clients[ada].sound = tone();
    w.run(500);
    w.breaks(ada);
    w.run(1_100);
    assert_eq!(ledger(&w, "ada").arrives, 127);
}
