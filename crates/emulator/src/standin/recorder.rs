//! The recorder's life: look at the ticket, enter when it says open, write a fragment each second,
//! leave when it says anything else, finish the piece. A ticket that opens again, or names another
//! meeting, begins the next piece of the same attempt.

use std::future::Future;
use std::time::Duration;

use chime_contract::keys::{JoinKey, SeatKeys};
use chime_contract::recording::{LaunchFile, PieceNote, Verdict};
use chime_contract::ticket::{SealedTicket, Ticket, TicketState, object_key, open};
use sha2::{Digest, Sha256};

use super::attendee::{Answer, Door, Place};
use super::files::Files;
use super::{Args, StandInError};
use crate::clock::Clock;

/// What stands in every piece.
const MEDIA: &[u8] = b"stand-in recorder: no media";
/// What every note says.
const REMARK: &str = "stand-in recorder: no media was captured";

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By the ticket or by SIGTERM; its pieces, if any, are written.
    Done,
    /// Not let in within the launch file's `unusedSeconds`.
    Unused,
}

/// One attempt of a recording.
pub struct Recorder {
    args: Args,
    launch: LaunchFile,
    keys: SeatKeys,
    files: Files,
    door: Door,
    http: reqwest::Client,
    clock: Clock,
    pieces: u32,
    refused: Option<Place>,
}

/// A piece being written.
struct Piece {
    place: Place,
    number: u32,
    fragments: u32,
    started_at: i64,
}

impl Recorder {
    /// Ready to look at its ticket.
    pub fn new(
        args: Args,
        launch: LaunchFile,
        files: Files,
        door: Door,
        http: reqwest::Client,
    ) -> Result<Self, StandInError> {
        let key = JoinKey::parse(launch.join_key.expose())
            .map_err(|e| StandInError::File("the launch file's key", e.to_string()))?;
        let keys = key.seat(&launch.org_id);
        let clock = Clock::default();
        Ok(Self { args, launch, keys, files, door, http, clock, pieces: 0, refused: None })
    }

    /// Records until the ticket, `stop` or idleness ends it.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<End, StandInError> {
        let mut stop = std::pin::pin!(stop);
        let unused_at = self.clock.now() + i64::from(self.launch.unused_seconds) * 1000;
        let mut piece: Option<Piece> = None;
        let mut revision = 0;
        loop {
            let ticket = self.look().await.filter(|t| t.revision >= revision);
            if let Some(ticket) = &ticket {
                revision = ticket.revision;
                let place = place(ticket);
                if piece.as_ref().is_some_and(|p| Some(&p.place) != place.as_ref())
                    && let Some(done) = piece.take()
                {
                    self.finish(done).await?;
                }
                if matches!(ticket.state, TicketState::Ended | TicketState::Removed) {
                    return Ok(End::Done);
                }
                if piece.is_none() {
                    piece = self.enter(ticket).await;
                }
            }
            match &mut piece {
                Some(piece) => self.fragment(piece).await?,
                None if self.pieces == 0 && self.clock.now() >= unused_at => {
                    return Ok(End::Unused);
                }
                None => {}
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(self.args.pace_ms)) => {}
                () = &mut stop => {
                    if let Some(done) = piece.take() {
                        self.finish(done).await?;
                    }
                    return Ok(End::Done);
                }
            }
        }
    }

    /// The ticket as it is; `None` while it is missing (403 or 404) or cannot be read.
    async fn look(&self) -> Option<Ticket> {
        let base = self.launch.room_url.trim_end_matches('/');
        let url = format!("{base}/{}", object_key(&self.keys.ticket));
        let answer = self.http.get(url).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let sealed: SealedTicket = answer.json().await.ok()?;
        match open(&sealed, &self.keys) {
            Ok(ticket) => Some(ticket),
            Err(error) => {
                tracing::warn!(%error, "the ticket cannot be opened");
                None
            }
        }
    }

    /// Enters if the ticket is open; a place that refused is not tried again.
    async fn enter(&mut self, ticket: &Ticket) -> Option<Piece> {
        let place = place(ticket).filter(|p| self.refused.as_ref() != Some(p))?;
        let token = ticket.attendee.as_ref()?.join_token.expose();
        match self.door.join(&place, token).await {
            Answer::Done => {}
            Answer::Refused => {
                self.refused = Some(place);
                return None;
            }
            Answer::NotReached => return None,
        }
        self.pieces += 1;
        tracing::info!(piece = self.pieces, meeting.id = place.meeting, "entered");
        Some(Piece { place, number: self.pieces, fragments: 0, started_at: self.clock.now() })
    }

    async fn fragment(&self, piece: &mut Piece) -> Result<(), StandInError> {
        piece.fragments += 1;
        let body = format!("stand-in fragment {} at {}", piece.fragments, self.clock.now());
        self.files.fragment(piece.number, piece.fragments, body).await
    }

    async fn finish(&self, piece: Piece) -> Result<(), StandInError> {
        self.door.leave(&piece.place).await;
        let stopped_at = self.clock.now();
        let claim = self.args.claim_media;
        let note = PieceNote {
            capture: None,
            spans: vec![],
            end: None,
            v: 1,
            recording: self.launch.recording.clone(),
            attempt: self.launch.attempt,
            piece: piece.number,
            started_at: piece.started_at,
            stopped_at,
            duration_ms: stopped_at - piece.started_at,
            size_bytes: MEDIA.len() as i64,
            sha256: hex::encode(Sha256::digest(MEDIA)),
            verdict: Verdict { picture: claim, sound: claim, length: true, remark: REMARK.into() },
        };
        self.files.piece(&self.launch.meeting, MEDIA.to_vec(), &note).await
    }
}

/// Where an open ticket leads.
fn place(ticket: &Ticket) -> Option<Place> {
    if ticket.state != TicketState::Open {
        return None;
    }
    Some(Place {
        meeting: ticket.meeting.as_ref()?.meeting_id.clone(),
        attendee: ticket.attendee.as_ref()?.attendee_id.clone(),
    })
}
