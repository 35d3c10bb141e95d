//! A service that lets in whom the test names. `token-ada` is Ada's token.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use chime_media::bot::Ivf;
use chime_media::presence::{Abilities, Ability, News, Presence, Refused, Seat, Standing, Visit};

/// Everything.
pub fn all() -> Abilities {
    let both = Ability { send: true, receive: true };
    Abilities { audio: both, video: both, content: both }
}

/// Look and listen.
pub fn receive_only() -> Abilities {
    let receive = Ability { send: false, receive: true };
    Abilities { audio: receive, video: receive, content: receive }
}

/// What the media part told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Joined(String),
    Left(String),
    Silent(String),
    Heard(String),
    News(String, News),
}

#[derive(Default)]
struct State {
    /// Attendee: meeting, what they may, and whether they were removed.
    seats: BTreeMap<String, (String, Abilities, bool)>,
    ended: Vec<String>,
    visits: BTreeMap<Visit, (String, Standing, bool)>,
    last: u64,
    told: Vec<Told>,
}

#[derive(Default)]
pub struct Service(Mutex<State>);

impl Service {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub fn seats(&self, meeting: &str, who: &[&str]) {
        for who in who {
            let seat = (meeting.to_string(), all(), false);
            self.state().seats.insert(who.to_string(), seat);
        }
    }

    pub fn may(&self, who: &str, may: Abilities) {
        self.state().seats.get_mut(who).unwrap().1 = may;
    }

    pub fn remove(&self, who: &str) {
        self.state().seats.get_mut(who).unwrap().2 = true;
    }

    pub fn end(&self, meeting: &str) {
        self.state().ended.push(meeting.into());
    }

    /// Whoever's packets are missing is dropped now.
    pub fn drop_silent(&self) {
        for (_, standing, silent) in self.state().visits.values_mut() {
            if *silent {
                *standing = Standing::Gone;
            }
        }
    }

    pub fn told(&self) -> Vec<Told> {
        self.state().told.clone()
    }
}

impl Presence for Service {
    fn seat(&self, meeting_id: &str, token: &str) -> Result<Seat, Refused> {
        let state = self.state();
        if state.ended.iter().any(|m| m == meeting_id) {
            return Err(Refused::Ended);
        }
        let who = token.strip_prefix("token-").ok_or(Refused::Unauthorized)?;
        match state.seats.get(who) {
            Some((_, _, true)) => Err(Refused::Removed),
            Some((meeting, abilities, _)) if meeting == meeting_id => Ok(Seat {
                meeting_id: meeting_id.into(),
                attendee_id: who.into(),
                external_user_id: format!("seat-{who}"),
                abilities: *abilities,
            }),
            _ => Err(Refused::Unauthorized),
        }
    }

    fn join(&self, meeting_id: &str, token: &str) -> Result<Visit, Refused> {
        let seat = self.seat(meeting_id, token)?;
        let mut state = self.state();
        for (who, standing, _) in state.visits.values_mut() {
            if *who == seat.attendee_id {
                *standing = Standing::Replaced;
            }
        }
        state.last += 1;
        let visit = Visit(state.last);
        state.told.push(Told::Joined(seat.attendee_id.clone()));
        state.visits.insert(visit, (seat.attendee_id, Standing::Connected(seat.abilities), false));
        Ok(visit)
    }

    fn leave(&self, visit: Visit) {
        let mut state = self.state();
        let who = state.visits[&visit].0.clone();
        state.told.push(Told::Left(who));
    }

    fn silent(&self, visit: Visit, _ms: u64) {
        let mut state = self.state();
        let kept = state.visits.get_mut(&visit).unwrap();
        kept.2 = true;
        let who = kept.0.clone();
        state.told.push(Told::Silent(who));
    }

    fn heard(&self, visit: Visit) {
        let mut state = self.state();
        let kept = state.visits.get_mut(&visit).unwrap();
        kept.2 = false;
        let who = kept.0.clone();
        state.told.push(Told::Heard(who));
    }

    fn standing(&self, visit: Visit) -> Standing {
        let state = self.state();
        let (who, standing, _) = &state.visits[&visit];
        let (meeting, abilities, removed) = &state.seats[who];
        match standing {
            Standing::Connected(_) if state.ended.contains(meeting) => Standing::Ended,
            Standing::Connected(_) if *removed => Standing::Removed,
            Standing::Connected(_) => Standing::Connected(*abilities),
            other => *other,
        }
    }

    fn forget(&self, visit: Visit) {
        self.state().visits.remove(&visit);
    }

    fn tell(&self, seat: &Seat, news: News) {
        self.state().told.push(Told::News(seat.attendee_id.clone(), news));
    }

    fn now_ms(&self) -> i64 {
        1_700_000_000_000
    }
}

/// Pictures that nobody decodes: a whole one and four that need it, again and again.
pub fn picture() -> Ivf {
    let mut bytes = b"DKIF\0\0\x20\0VP80".to_vec();
    bytes.resize(32, 0);
    for k in 0..15u8 {
        let mut frame = vec![k; 200];
        // A VP8 frame header: whole or not, shown, then the start code and a size of 320x180.
        frame[..10].copy_from_slice(&[
            if k % 5 == 0 { 0x10 } else { 0x11 },
            0,
            0,
            0x9d,
            0x01,
            0x2a,
            0x40,
            0x01,
            0xb4,
            0x00,
        ]);
        bytes.extend((frame.len() as u32).to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(frame);
    }
    Ivf::read(&bytes).unwrap()
}
