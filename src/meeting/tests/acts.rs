//! What may happen to a meeting, at random: commands, signals, notices, results, time.

use proptest::prelude::*;

pub(super) const SEATS: [&str; 3] = ["host", "anna", "ben"];

#[derive(Debug, Clone)]
pub(super) enum Act {
    Start {
        auto: bool,
        notice: bool,
    },
    Schedule,
    End,
    Cancel,
    /// A seat is invited, by the key of this number.
    Invite(usize, u8),
    Remove(usize),
    Arrive(usize, bool),
    /// Chime tells of a person, some seconds late.
    Chime(usize, u8, i64),
    Consent(usize, bool),
    Record,
    Stop,
    Erase,
    Hold(bool),
    Playback,
    Delete,
    Undelete,
    /// A Chime meeting dies; told at once, later, or only found.
    Die {
        told: bool,
    },
    Check,
    Fragment,
    RecorderIn(bool),
    RecorderStops,
    Refuse(bool),
    Wait(i64),
    /// Runs a waiting effect; its result is on the way.
    Run(usize),
    /// Delivers a result that is on the way; keeps it to be told again.
    Deliver(usize, bool),
    /// Tells an old result again.
    Again(usize),
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let seat = 0..SEATS.len();
    prop_oneof![
        3 => (any::<bool>(), any::<bool>()).prop_map(|(auto, notice)| Act::Start { auto, notice }),
        1 => Just(Act::Schedule),
        1 => Just(Act::End),
        1 => Just(Act::Cancel),
        1 => (seat.clone(), 0u8..4).prop_map(|(s, k)| Act::Invite(s, k)),
        1 => seat.clone().prop_map(Act::Remove),
        6 => (seat.clone(), any::<bool>()).prop_map(|(s, f)| Act::Arrive(s, f)),
        12 => (seat.clone(), 0u8..4, 0i64..90).prop_map(|(s, k, d)| Act::Chime(s, k, d)),
        4 => (seat, any::<bool>()).prop_map(|(s, g)| Act::Consent(s, g)),
        4 => Just(Act::Record),
        2 => Just(Act::Stop),
        1 => Just(Act::Erase),
        1 => any::<bool>().prop_map(Act::Hold),
        1 => Just(Act::Playback),
        1 => Just(Act::Delete),
        1 => Just(Act::Undelete),
        2 => any::<bool>().prop_map(|told| Act::Die { told }),
        2 => Just(Act::Check),
        4 => Just(Act::Fragment),
        2 => any::<bool>().prop_map(Act::RecorderIn),
        2 => Just(Act::RecorderStops),
        1 => any::<bool>().prop_map(Act::Refuse),
        8 => (1i64..1_200).prop_map(Act::Wait),
        20 => any::<usize>().prop_map(Act::Run),
        20 => (any::<usize>(), any::<bool>()).prop_map(|(n, twice)| Act::Deliver(n, twice)),
        3 => any::<usize>().prop_map(Act::Again),
    ]
}
