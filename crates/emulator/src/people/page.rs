//! The open page: looks at the ticket, rings while it says waiting, enters when it says open,
//! rings again when the meeting it names is gone, and stops when it says ended or removed.

use std::time::Duration;

use chime_contract::signal::{Arrived, SignalKind};
use chime_contract::ticket::{self, SealedTicket, Ticket, TicketState, object_key};
use http::StatusCode;

use super::person::{Person, Phase};
use crate::aws::chime::Standing;

/// Looks at full pace before the page slows down.
const QUICK_LOOKS: u32 = 30;
/// A page that waits rings again after this many looks: a signal can be lost.
const RING_AGAIN: u32 = 10;

/// Runs until the page has nothing more to do; aborted when it is closed or loses its network.
pub(super) async fn run(person: Person) {
    let mut looks = 0u32;
    let mut rung_at: Option<u32> = None;
    let mut failed: Option<Place> = None;
    let pace = person.inner.world.poll;
    let mut pause = pace;
    loop {
        match look(&person).await {
            Ok(Some(ticket)) => {
                person.state().ticket = Some(ticket.clone());
                match ticket.state {
                    TicketState::Ended => return stop(&person, Phase::Ended),
                    TicketState::Removed => return stop(&person, Phase::Removed),
                    TicketState::Open if failed.is_none() || failed != Place::of(&ticket) => {
                        if let Some(place) = enter(&person, &ticket) {
                            failed = Some(place);
                            rung_at = None;
                        }
                    }
                    TicketState::Open | TicketState::Waiting => {}
                }
                let open = ticket.state == TicketState::Open;
                let stale = open && failed.is_some() && failed == Place::of(&ticket);
                let rests = rung_at.is_some_and(|at| looks.saturating_sub(at) < RING_AGAIN);
                if (stale || !open) && !rests {
                    let meeting = failed.as_ref().filter(|_| stale).map(|f| f.meeting.clone());
                    ring(&person, meeting).await;
                    rung_at = Some(looks);
                }
            }
            Ok(None) => {}
            Err(trouble) => person.state().trouble = Some(trouble),
        }
        looks += 1;
        if looks > QUICK_LOOKS {
            pause = pause.mul_f64(1.5).min(pace * 15);
        }
        match wait(&person, pause).await {
            None => {}
            Some(Lost::Elsewhere) => return stop(&person, Phase::Left),
            Some(Lost::Place(place)) => {
                failed = Some(place);
                rung_at = None;
                looks = 0;
                pause = pace;
            }
        }
    }
}

/// A meeting and the attendee to enter it as. One that failed is not tried again; a ticket that
/// names another is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    meeting: String,
    attendee: String,
}

impl Place {
    fn of(ticket: &Ticket) -> Option<Self> {
        let (meeting, attendee) = (ticket.meeting.as_ref()?, ticket.attendee.as_ref()?);
        Some(Self { meeting: meeting.meeting_id.clone(), attendee: attendee.attendee_id.clone() })
    }
}

/// How a connection was lost.
enum Lost {
    /// The attendee joined from another device: the page says so and does not fight.
    Elsewhere,
    /// The meeting is over, or the attendee is gone: the ticket will say which.
    Place(Place),
}

/// Waits, but notices at once when the connection is lost.
async fn wait(person: &Person, pause: Duration) -> Option<Lost> {
    let end = tokio::time::Instant::now() + pause;
    loop {
        let connection = person.state().connection.clone();
        if let Some(connection) = connection {
            let standing = person.inner.world.chime.standing(&connection);
            if standing != Standing::Connected {
                let mut state = person.state();
                state.connection = None;
                state.phase = Phase::Waiting;
                state.trouble = Some(format!("lost the connection: {standing:?}"));
                return Some(match standing {
                    Standing::Replaced => Lost::Elsewhere,
                    _ => Lost::Place(Place {
                        meeting: connection.meeting_id,
                        attendee: connection.attendee_id,
                    }),
                });
            }
        }
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        if left.is_zero() {
            return None;
        }
        tokio::time::sleep(left.min(Duration::from_millis(50))).await;
    }
}

/// Reads the ticket. `None`: not there yet, or older than the one known.
async fn look(person: &Person) -> Result<Option<Ticket>, String> {
    let world = &person.inner.world;
    let keys = &person.inner.keys;
    let address = format!("{}/{}", world.origin, object_key(&keys.ticket));
    let answer = world.http.get(address).send().await.map_err(|e| e.without_url().to_string())?;
    match answer.status() {
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => return Ok(None),
        StatusCode::OK => {}
        other => return Err(format!("the ticket answered {other}")),
    }
    let file: SealedTicket = answer.json().await.map_err(|e| e.without_url().to_string())?;
    let ticket = ticket::open(&file, keys).map_err(|e| e.to_string())?;
    let known = person.state().ticket.as_ref().map_or(0, |t| t.revision);
    Ok((ticket.revision >= known).then_some(ticket))
}

/// Connects if not connected; gives the place when it would not let the person in.
fn enter(person: &Person, ticket: &Ticket) -> Option<Place> {
    let (Some(meeting), Some(attendee)) = (&ticket.meeting, &ticket.attendee) else {
        person.state().trouble = Some("the ticket is open without meeting or attendee".into());
        return None;
    };
    let mut state = person.state();
    if state.connection.is_some() {
        return None;
    }
    let token = attendee.join_token.expose();
    match person.inner.world.chime.join(&meeting.meeting_id, &attendee.attendee_id, token) {
        Ok(connection) => {
            state.connection = Some(connection);
            state.phase = Phase::In;
            state.trouble = None;
            None
        }
        Err(refused) => {
            state.trouble = Some(refused.to_string());
            Place::of(ticket)
        }
    }
}

/// Says `arrived`; a signal that is not taken is tried again later.
async fn ring(person: &Person, failed_meeting_id: Option<String>) {
    let data = serde_json::to_string(&Arrived { failed_meeting_id }).unwrap_or_default();
    if let Err(error) = person.signal(SignalKind::Arrived, &data).await {
        person.state().trouble = Some(error.to_string());
    }
}

/// The page has nothing more to do.
fn stop(person: &Person, phase: Phase) {
    let mut state = person.state();
    if let Some(connection) = state.connection.take() {
        person.inner.world.chime.leave(&connection);
    }
    state.phase = phase;
}
