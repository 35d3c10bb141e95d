//! Positions: told one by one, and played against a small org that crashes us anywhere.

use proptest::prelude::*;

use super::*;

fn events(position: &mut Position, ids: &[&str]) -> Option<String> {
    position.events(ids.iter().map(|id| id.as_bytes())).map(|id| String::from_utf8(id).unwrap())
}

fn empty(position: &mut Position, latest: &str, in_flight: bool) -> Option<String> {
    position.empty(latest.as_bytes(), in_flight).map(|id| String::from_utf8(id).unwrap())
}

#[test]
fn the_last_id_of_a_response_is_not_stored_because_more_of_it_may_come() {
    let mut position = Position::default();
    assert_eq!(events(&mut position, &["a"]), None);
    assert_eq!(events(&mut position, &["b"]), Some("a".into()));
    assert_eq!(events(&mut position, &["c", "d", "e"]), Some("d".into()));
}

#[test]
fn one_id_for_many_events_across_responses_is_stored_when_it_is_over() {
    let mut position = Position::default();
    assert_eq!(events(&mut position, &["a", "b", "b"]), Some("a".into()));
    assert_eq!(events(&mut position, &["b", "b"]), None);
    assert_eq!(events(&mut position, &["b", "c"]), Some("b".into()));
}

#[test]
fn an_empty_response_ends_the_last_id() {
    let mut position = Position::default();
    events(&mut position, &["a"]);
    assert_eq!(empty(&mut position, "z", true), Some("a".into()));
    assert_eq!(empty(&mut position, "z", true), None);
}

#[test]
fn the_position_of_an_empty_response_counts_only_when_nothing_is_on_its_way() {
    let mut position = Position::default();
    events(&mut position, &["a", "b"]);
    assert_eq!(empty(&mut position, "z", true), Some("b".into()));
    assert_eq!(empty(&mut position, "z", false), Some("z".into()));
    assert_eq!(events(&mut position, &["zz"]), None);
}

#[test]
fn an_empty_response_without_a_position_gives_the_last_id() {
    let mut position = Position::default();
    events(&mut position, &["a"]);
    assert_eq!(empty(&mut position, "", false), Some("a".into()));
    assert_eq!(empty(&mut position, "", false), None);
}

#[test]
fn an_event_without_an_id_is_never_a_position() {
    let mut position = Position::default();
    assert_eq!(events(&mut position, &["", "", "a", ""]), Some("a".into()));
    assert_eq!(events(&mut position, &["b", ""]), Some("b".into()));
    assert_eq!(empty(&mut position, "", false), None);
}

#[test]
fn a_position_is_handed_out_once() {
    let mut position = Position::default();
    assert_eq!(events(&mut position, &["a", "b"]), Some("a".into()));
    assert_eq!(events(&mut position, &["b"]), None);
}

#[test]
fn a_stream_begins_after_the_stored_id_whatever_the_first_start_is() {
    let id = || Some(b"id".to_vec());
    for first in [FirstStart::Latest, FirstStart::Earliest] {
        assert_eq!(Start::choose(id(), None, None, first), Start::After(b"id".to_vec()));
        assert_eq!(
            Start::choose(id(), Some(b"x".to_vec()), None, first),
            Start::After(b"id".to_vec())
        );
    }
}

#[test]
fn without_a_stored_id_the_first_start_decides_but_a_seen_id_beats_latest() {
    assert_eq!(Start::choose(None, None, None, FirstStart::Latest), Start::Latest);
    assert_eq!(Start::choose(None, None, None, FirstStart::Earliest), Start::Earliest);
    let seen = Some(b"x".to_vec());
    assert_eq!(
        Start::choose(None, seen.clone(), None, FirstStart::Latest),
        Start::After(b"x".to_vec())
    );
    assert_eq!(Start::choose(None, seen, None, FirstStart::Earliest), Start::Earliest);
}

#[test]
fn a_lost_position_means_earliest_until_another_is_stored() {
    let (old, new) = (Some(b"old".to_vec()), Some(b"new".to_vec()));
    let choose = |stored: &Option<Vec<u8>>| {
        Start::choose(stored.clone(), None, Some(&old), FirstStart::Latest)
    };
    assert_eq!(choose(&old), Start::Earliest);
    assert_eq!(choose(&new), Start::After(b"new".to_vec()));
    assert_eq!(Start::choose(None, None, Some(&None), FirstStart::Latest), Start::Earliest);
}

/// One move of the org or of us.
#[derive(Debug, Clone)]
enum Step {
    /// A response of at most so many events.
    Respond(usize),
    /// A keep-alive; its position is ahead of all events by so much.
    KeepAlive(bool),
    /// The inbox commits so many deliveries.
    Commit(usize),
    /// We die and begin again from what is stored.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..7).prop_map(Step::Respond),
        2 => any::<bool>().prop_map(Step::KeepAlive),
        4 => (1usize..4).prop_map(Step::Commit),
        1 => Just(Step::Crash),
    ]
}

/// Ids in the log are numbers of two bytes; events of one group share one.
fn number(id: &[u8]) -> u16 {
    u16::from_be_bytes([id[0], id[1]])
}

proptest! {
    #[test]
    fn no_event_is_lost_wherever_we_die(
        groups in proptest::collection::vec(1usize..5, 1..20),
        steps in proptest::collection::vec(step(), 0..120),
    ) {
        // The log: event n has id log[n]; ids rise by 10, so that keep-alives can be between.
        let log: Vec<u16> = groups.iter().enumerate()
            .flat_map(|(at, size)| std::iter::repeat_n(10 * (at as u16 + 1), *size)).collect();
        let mut handled = vec![false; log.len()];
        let mut stored: Option<Vec<u8>> = None;
        let mut position = Position::default();
        let mut next = 0usize;
        let mut queue: std::collections::VecDeque<(std::ops::Range<usize>, Option<Vec<u8>>)> = Default::default();
        let resume = |stored: &Option<Vec<u8>>| {
            let after = stored.as_deref().map_or(0, number);
            log.iter().position(|id| *id > after).unwrap_or(log.len())
        };
        for step in steps.into_iter().chain([Step::Crash]) {
            match step {
                Step::Respond(size) => {
                    let end = (next + size).min(log.len());
                    if next == end { continue; }
                    let ids: Vec<_> = log[next..end].iter().map(|id| id.to_be_bytes()).collect();
                    let carried = position.events(ids.iter().map(|id| id.as_slice()));
                    queue.push_back((next..end, carried));
                    next = end;
                }
                Step::KeepAlive(ahead) => {
                    // The org sends one only when it has nothing more to send; an id is then over.
                    let within = next > 0 && next < log.len() && log[next - 1] == log[next];
                    if within { continue; }
                    let latest = if next == 0 { 0 } else { log[next - 1] + u16::from(ahead) };
                    let carried = position.empty(&latest.to_be_bytes(), !queue.is_empty());
                    if carried.is_some() { queue.push_back((0..0, carried)); }
                }
                Step::Commit(count) => for _ in 0..count {
                    let Some((events, carried)) = queue.pop_front() else { break };
                    handled[events].fill(true);
                    if carried.is_some() { stored = carried; }
                },
                Step::Crash => {
                    queue.clear();
                    position = Position::default();
                    next = resume(&stored);
                    // Whatever lies behind the stored position was handled: it never comes again.
                    prop_assert!(handled[..next].iter().all(|done| *done), "stored {:?}", stored);
                }
            }
        }
    }
}
