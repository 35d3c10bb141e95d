//! The order in which facts arrive, and how often, does not matter.

use proptest::prelude::*;

use super::acts::SEATS;
use super::story::{DAY, MINUTE, SECOND, START, Story, shown};
use super::world::World;
use crate::meeting::event::{Event, Presence, PresenceKind, Said};

/// Two Chime sessions, the first of them over.
fn two_sessions() -> Story {
    let mut story = Story::started();
    story.wait(5 * MINUTE);
    story.world.chime.clear();
    story.send(Event::Check);
    story.arrives("anna");
    story.arrives("ben");
    story.wait(5 * MINUTE);
    assert_eq!(story.m().sessions.len(), 2);
    story
}

fn facts() -> impl Strategy<Value = Vec<Event>> {
    let fact = (0..SEATS.len(), 0u8..5, 0i64..540).prop_map(|(seat, kind, second)| {
        let session = if second < 300 { 1 } else { 2 };
        let chime_meeting = format!("chime-{session}");
        let at = START + second * SECOND;
        if kind == 4 {
            let given = second % 2 == 0;
            let (seat, load) = (SEATS[seat].to_string(), format!("load-{}", second % 3));
            let counter = second as u32;
            return Event::Signal { seat, at, load, counter, said: Said::Consent { given } };
        }
        let kind =
            [PresenceKind::Joined, PresenceKind::Joined, PresenceKind::Left, PresenceKind::Dropped]
                [kind as usize];
        let attendee = World::attendee(&chime_meeting, SEATS[seat]);
        let seat = SEATS[seat].to_string();
        Event::Presence(Presence { seat, chime_meeting, attendee, kind, at })
    });
    let ended = (200i64..300).prop_map(|second| Event::ChimeEnded {
        chime_meeting: "chime-1".into(),
        at: START + second * SECOND,
    });
    prop::collection::vec(prop_oneof![12 => fact, 1 => ended], 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_facts_in_any_order_and_doubled_tell_the_same(
        (facts, shuffled) in facts().prop_flat_map(|facts| {
            let doubled: Vec<Event> = facts.iter().chain(facts.iter()).cloned().collect();
            (Just(facts), Just(doubled).prop_shuffle())
        }),
        late in any::<bool>(),
    ) {
        let tell = |facts: Vec<Event>| {
            let mut story = two_sessions();
            story.sketch = true; // one of many
            if late {
                story.send(Event::End);
            }
            facts.into_iter().for_each(|event| story.send(event));
            if !late {
                story.send(Event::End);
            }
            story.assert_nothing_untold();
            story.wait(30 * DAY);
            (shown(&story.rows), story.rows_of("Chime_Meeting_Log__c").len())
        };
        prop_assert_eq!(tell(facts), tell(shuffled));
    }
}
