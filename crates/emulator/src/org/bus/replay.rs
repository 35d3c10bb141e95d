//! Replay ids. Inside the bus a position is an index; outside it is bytes that jump and say
//! nothing: a counter with random steps, scrambled by a key of the org. Nobody can compute one
//! id from another, and only ids that were given out are known.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest, Sha256};

/// 48 bits: an 8-byte id then stays below 2^53, which JavaScript clients need.
const MASK: u64 = (1 << 48) - 1;

/// Ids given out, and the positions they stand for.
#[derive(Debug)]
pub(super) struct ReplayIds {
    counter: u64,
    factor: u64,
    mixer: u64,
    length: usize,
    known: HashMap<Vec<u8>, Known>,
    by_age: VecDeque<(i64, Vec<u8>)>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    /// Index of the first event after it.
    next: u64,
    /// When it was given out.
    at: i64,
}

impl ReplayIds {
    pub(super) fn new(org_id: &str, length: usize) -> Self {
        let key = Sha256::digest(format!("replay ids of {org_id}").as_bytes());
        let word = |from: usize| {
            key[from..from + 6].iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte))
        };
        Self {
            counter: u64::from(rand::random::<u32>()),
            // Odd, so that multiplying modulo 2^48 maps each counter to its own id.
            factor: word(0) | 1,
            mixer: word(6),
            length: length.clamp(8, 10),
            known: HashMap::new(),
            by_age: VecDeque::new(),
        }
    }

    /// A new id.
    pub(super) fn mint(&mut self) -> Vec<u8> {
        self.counter += 1 + u64::from(rand::random::<u16>() % 512);
        let scrambled = (self.counter.wrapping_mul(self.factor) ^ self.mixer) & MASK;
        let mut bytes = scrambled.to_be_bytes().to_vec();
        bytes.resize(self.length, 0);
        bytes
    }

    /// Says that reading goes on at `next` after this id; later calls move it on.
    pub(super) fn stands_for(&mut self, id: &[u8], next: u64, at: i64) {
        let known = Known { next, at };
        self.known.insert(id.to_vec(), known);
        self.by_age.push_back((at, id.to_vec()));
    }

    /// Where reading goes on after this id; `None` for an id never given out, or too old.
    pub(super) fn after(&self, id: &[u8]) -> Option<u64> {
        self.known.get(id).map(|known| known.next)
    }

    /// Forgets ids given out before `before`.
    pub(super) fn purge(&mut self, before: i64) {
        while self.by_age.front().is_some_and(|(at, _)| *at < before) {
            if let Some((_, id)) = self.by_age.pop_front()
                && self.known.get(&id).is_some_and(|known| known.at < before)
            {
                self.known.remove(&id);
            }
        }
    }

    /// Forgets all ids, as after a move of the org.
    pub(super) fn reset(&mut self) {
        self.known.clear();
        self.by_age.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_their_order_says_nothing() {
        let mut ids = ReplayIds::new("00D5e000000EmuLAA0", 10);
        let minted: Vec<Vec<u8>> = (0..2000).map(|_| ids.mint()).collect();
        assert_eq!(minted.iter().collect::<HashSet<_>>().len(), minted.len());
        assert!(minted.iter().all(|id| id.len() == 10));
        let falls = minted.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(falls > 100, "the ids rise with time: {falls}");
    }

    #[test]
    fn an_eight_byte_id_survives_a_client_that_makes_a_number_of_it() {
        let mut ids = ReplayIds::new("00D5e000000EmuLAA0", 8);
        for _ in 0..1000 {
            let id = ids.mint();
            assert_eq!(id.len(), 8);
            assert_eq!(id[0..2], [0, 0]);
        }
    }

    #[test]
    fn an_id_given_out_before_the_line_is_forgotten_unless_it_was_used_again() {
        let mut ids = ReplayIds::new("o", 10);
        let (old, kept) = (ids.mint(), ids.mint());
        ids.stands_for(&old, 1, 100);
        ids.stands_for(&kept, 2, 100);
        ids.stands_for(&kept, 3, 200);
        ids.purge(150);
        assert_eq!(ids.after(&old), None);
        assert_eq!(ids.after(&kept), Some(3));
    }
}
