//! One bot's visit: looks at the ticket, rings while it says waiting, goes in when it says open,
//! says what it thinks of recording, comes again when its connection breaks, and leaves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chime_contract::keys::SeatKeys;
use chime_contract::signal::{Arrived, Consent, Signal, SignalKind};
use chime_contract::ticket::{self, SealedTicket, Ticket, TicketState, object_key};
use chime_media::bot::{Bot, BotState, Ivf, Looks, Over, Place, Tone};
use serde::Serialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Wanted;

/// Between two looks at the ticket.
const LOOK: Duration = Duration::from_secs(1);
/// Looks between two rings.
const RING: u32 = 10;

/// How a bot stands, without secrets.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Name given to it.
    pub name: String,
    /// `waiting`, `joining`, `in`, `left`, `ended`, `removed` or `elsewhere`.
    pub phase: &'static str,
    /// Seat, once the ticket was read.
    pub seat: Option<String>,
    /// Attendee, while in or on its way in.
    pub attendee_id: Option<String>,
    /// Why the last attempt failed.
    pub trouble: Option<String>,
}

/// A bot that looks for its way in.
pub(super) struct Visit {
    origin: String,
    keys: SeatKeys,
    wanted: Wanted,
    tone: Option<Arc<Tone>>,
    picture: Option<Arc<Ivf>>,
    http: reqwest::Client,
    load: String,
    counter: u32,
    revision: u64,
    consented: bool,
    bot: Option<Bot>,
    /// The attendee as whom the bot was told that it is over: it does not try that one again.
    over: Option<String>,
    failed_meeting: Option<String>,
    stop: CancellationToken,
    pub(super) view: Arc<Mutex<View>>,
}

impl Visit {
    pub(super) fn new(
        origin: String,
        keys: SeatKeys,
        wanted: Wanted,
        tone: Option<Arc<Tone>>,
        picture: Option<Arc<Ivf>>,
        stop: CancellationToken,
    ) -> Result<Self, reqwest::Error> {
        let http =
            reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
        let view = View {
            name: wanted.name.clone(),
            phase: "waiting",
            seat: None,
            attendee_id: None,
            trouble: None,
        };
        Ok(Self {
            origin,
            keys,
            wanted,
            tone,
            picture,
            http,
            load: hex::encode(rand::random::<[u8; 8]>()),
            counter: 0,
            revision: 0,
            consented: false,
            bot: None,
            over: None,
            failed_meeting: None,
            stop,
            view: Arc::new(Mutex::new(view)),
        })
    }

    /// Until it is told to leave, or the ticket says that it is over.
    pub(super) async fn run(mut self) {
        let mut looks = 0u32;
        let last = loop {
            let ticket = match self.look().await {
                Ok(ticket) => ticket,
                Err(trouble) => {
                    self.show(|view| view.trouble = Some(trouble));
                    None
                }
            };
            match ticket.as_ref().map(|ticket| ticket.state) {
                Some(TicketState::Ended) => break "ended",
                Some(TicketState::Removed) => break "removed",
                Some(_) => {}
                None => {}
            }
            if let Some(ticket) = &ticket {
                self.enter(ticket);
            }
            let there = match self.stand() {
                Some("elsewhere") => break "elsewhere",
                there => there.is_some(),
            };
            if there {
                self.agree().await;
            } else if looks.is_multiple_of(RING) {
                self.ring().await;
            }
            looks = looks.wrapping_add(1);
            tokio::select! {
                () = self.stop.cancelled() => break "left",
                () = tokio::time::sleep(LOOK) => {}
            }
        };
        if let Some(bot) = self.bot.take() {
            bot.leave().await;
        }
        if last == "left" {
            self.signal(SignalKind::Left, "").await;
        }
        self.show(|view| (view.phase, view.attendee_id) = (last, None));
    }

    fn show(&self, change: impl FnOnce(&mut View)) {
        change(&mut self.view.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The ticket; nothing while it is not there, or older than the one known.
    async fn look(&mut self) -> Result<Option<Ticket>, String> {
        let address = format!("{}/{}", self.origin, object_key(&self.keys.ticket));
        let plain = |e: reqwest::Error| e.without_url().to_string();
        let answer = self.http.get(address).send().await.map_err(plain)?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        let file: SealedTicket = answer.json().await.map_err(plain)?;
        let ticket = ticket::open(&file, &self.keys).map_err(|e| e.to_string())?;
        if ticket.revision < self.revision {
            return Ok(None);
        }
        self.revision = ticket.revision;
        self.show(|view| view.seat = Some(ticket.seat.clone()));
        Ok(Some(ticket))
    }

    /// Goes in, if the ticket is open and names a place that has not failed.
    fn enter(&mut self, ticket: &Ticket) {
        let (Some(meeting), Some(attendee)) = (&ticket.meeting, &ticket.attendee) else { return };
        if self.bot.is_some() || self.over.as_deref() == Some(&attendee.attendee_id) {
            return;
        }
        let place = Place {
            signaling_url: meeting.media_placement.signaling_url.clone(),
            audio_host_url: meeting.media_placement.audio_host_url.clone(),
            join_token: attendee.join_token.expose().clone(),
        };
        let own = !self.wanted.name.is_empty();
        let name = if own { &self.wanted.name } else { &ticket.name };
        // As the room's page introduces itself.
        let greeting = json!({"v": 1, "name": name, "role": ticket.role, "own": own});
        let looks = Looks {
            tone: self.tone.clone(),
            picture: self.picture.clone(),
            greeting: Some(("cb-name".into(), greeting.to_string().into_bytes())),
        };
        self.bot = Some(Bot::join(place, looks));
        self.failed_meeting = Some(meeting.meeting_id.clone());
        self.show(|view| view.attendee_id = Some(attendee.attendee_id.clone()));
    }

    /// How the bot stands: `in` or `joining`, or nothing if it is not there.
    fn stand(&mut self) -> Option<&'static str> {
        let state = self.bot.as_ref()?.state();
        let (phase, trouble) = match state {
            BotState::Joining => ("joining", None),
            BotState::In => ("in", None),
            BotState::Over(Over::Told(301)) => ("elsewhere", None),
            BotState::Over(over) => {
                self.bot = None;
                if let Over::Told(_) = over {
                    // The ticket will name another attendee, or say that it is over.
                    let view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
                    self.over.clone_from(&view.attendee_id);
                }
                self.show(|view| {
                    (view.phase, view.attendee_id) = ("waiting", None);
                    view.trouble = Some(format!("{over:?}"));
                });
                return None;
            }
        };
        self.show(|view| (view.phase, view.trouble) = (phase, trouble));
        Some(phase)
    }

    /// Says once what it was told to think of recording.
    async fn agree(&mut self) {
        if let (Some(given), false) = (self.wanted.consent, self.consented) {
            let data = serde_json::to_string(&Consent { given }).unwrap_or_default();
            self.consented = self.signal(SignalKind::Consent, &data).await;
        }
    }

    async fn ring(&mut self) {
        let failed_meeting_id = self.over.as_ref().and(self.failed_meeting.clone());
        let data = serde_json::to_string(&Arrived { failed_meeting_id }).unwrap_or_default();
        self.signal(SignalKind::Arrived, &data).await;
    }

    /// Signs and posts a signal; what fails is shown, and tried again by whoever sent it.
    async fn signal(&mut self, kind: SignalKind, data: &str) -> bool {
        self.counter += 1;
        let keys = &self.keys;
        let signal = Signal::sign(&keys.signal, &keys.ticket, &self.load, self.counter, kind, data);
        let posted = self.http.post(format!("{}/signals", self.origin)).json(&signal).send().await;
        let trouble = match posted {
            Ok(answer) if answer.status().is_success() => return true,
            Ok(answer) => format!("the signal door answered {}", answer.status()),
            Err(error) => error.without_url().to_string(),
        };
        self.show(|view| view.trouble = Some(trouble));
        false
    }
}
