//! How many events to ask for. The org sends only what was asked for; we ask only for what the
//! inbox has places for, so nothing is ever dropped for want of room. Pure.

/// The most the org takes as outstanding.
const MOST: u32 = 100;

/// Credit of one stream.
#[derive(Debug, Clone)]
pub(super) struct Credit {
    places: u32,
    batch: u32,
    /// Asked for and not yet received.
    owed: u32,
    /// Received and not yet durable.
    held: u32,
    /// A request is on its way, so the org's own count may be older than ours.
    asked_since_response: bool,
}

impl Credit {
    /// So many places in the inbox, so many events a request; both at least one.
    pub(super) fn new(places: u32, batch: u32) -> Self {
        Self {
            places: places.max(1),
            batch: batch.clamp(1, MOST),
            owed: 0,
            held: 0,
            asked_since_response: false,
        }
    }

    /// A new stream owes nothing. What is held stays held.
    pub(super) fn restart(&mut self, batch: u32) {
        self.batch = batch.clamp(1, MOST);
        self.owed = 0;
        self.asked_since_response = false;
    }

    /// How many to ask for now, if any: a top-up when half the batch has come.
    pub(super) fn ask(&mut self) -> Option<u32> {
        let room = self.places.saturating_sub(self.held).saturating_sub(self.owed);
        let wanted = self.batch.saturating_sub(self.owed).min(room);
        if wanted == 0 || self.owed > self.batch / 2 {
            return None;
        }
        self.owed += wanted;
        self.asked_since_response = true;
        Some(wanted)
    }

    /// A response came: `events` in it, and `pending` still owed by the org's count.
    pub(super) fn received(&mut self, events: u32, pending: i32) {
        self.owed = self.owed.saturating_sub(events);
        self.held = self.held.saturating_add(events);
        let pending = u32::try_from(pending).unwrap_or(0);
        // Fewer than we think: the org will send no more, so we may ask. More would only mean
        // that we ask for less, which is always safe, but then who counts wrong is unclear.
        if !self.asked_since_response && pending < self.owed {
            self.owed = pending;
        }
        self.asked_since_response = false;
    }

    /// So many became durable.
    pub(super) fn released(&mut self, events: u32) {
        self.held = self.held.saturating_sub(events);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_asks_for_a_batch_and_tops_up_at_half() {
        let mut credit = Credit::new(2_000, 100);
        assert_eq!(credit.ask(), Some(100));
        assert_eq!(credit.ask(), None);
        credit.received(49, 51);
        assert_eq!(credit.ask(), None);
        credit.received(1, 50);
        assert_eq!(credit.ask(), Some(50));
    }

    #[test]
    fn it_never_asks_for_what_the_inbox_has_no_place_for() {
        let mut credit = Credit::new(30, 100);
        assert_eq!(credit.ask(), Some(30));
        credit.received(30, 0);
        assert_eq!(credit.ask(), None);
        credit.released(10);
        assert_eq!(credit.ask(), Some(10));
        assert_eq!(credit.ask(), None);
    }

    #[test]
    fn when_the_org_owes_less_than_we_thought_it_asks_again() {
        let mut credit = Credit::new(2_000, 100);
        assert_eq!(credit.ask(), Some(100));
        credit.received(10, 90);
        credit.received(0, 0);
        assert_eq!(credit.ask(), Some(100));
    }

    #[test]
    fn more_than_a_hundred_is_never_asked_for() {
        assert_eq!(Credit::new(2_000, 5_000).ask(), Some(100));
        assert_eq!(Credit::new(0, 0).ask(), Some(1));
    }

    proptest! {
        #[test]
        fn events_on_their_way_never_exceed_the_places(
            places in 1u32..300, batch in 1u32..150,
            steps in proptest::collection::vec((0u8..3, 0u32..120), 1..200),
        ) {
            let mut credit = Credit::new(places, batch);
            let (mut server, mut held) = (0u32, 0u32);
            for (what, size) in steps {
                match what {
                    0 => if let Some(asked) = credit.ask() {
                        server += asked;
                        prop_assert!(server <= MOST);
                    },
                    1 => {
                        let sent = size.min(server);
                        server -= sent;
                        held += sent;
                        credit.received(sent, i32::try_from(server).unwrap());
                    }
                    _ => {
                        let done = size.min(held);
                        held -= done;
                        credit.released(done);
                    }
                }
                prop_assert!(server + held <= places, "{} + {} > {}", server, held, places);
            }
        }
    }
}
