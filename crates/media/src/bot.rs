//! A bot: joins a meeting as a client does, with a tone for a voice and a moving picture for a
//! face. It speaks the same signaling and the same WebRTC as a browser; it looks at nothing.

mod call;
mod client;
mod ivf;
mod picture;
mod tone;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::{mpsc, watch};

pub use ivf::{Ivf, NotIvf};
pub use picture::{PictureError, picture};
pub use tone::{Tone, ToneError};

use crate::hall::words;
use crate::tasks::spawn;

/// The way into a meeting, as CreateMeeting and CreateAttendee answer it.
#[derive(Clone)]
pub struct Place {
    /// `SignalingUrl` of the media placement.
    pub signaling_url: String,
    /// `AudioHostUrl` of the media placement.
    pub audio_host_url: String,
    /// The attendee's token. Never printed.
    pub join_token: String,
}

/// What a bot sends.
#[derive(Clone, Default)]
pub struct Looks {
    /// Its voice; without one it is muted.
    pub tone: Option<Arc<Tone>>,
    /// Its face; without one its camera is off.
    pub picture: Option<Arc<Ivf>>,
    /// A data message to everybody, said again whenever somebody comes: topic and data.
    pub greeting: Option<(String, Vec<u8>)>,
}

/// How a bot stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotState {
    /// On its way in.
    Joining,
    /// In, packets flow.
    In,
    /// Not any more.
    Over(Over),
}

/// Why a bot is not in a meeting any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// It left.
    Left,
    /// The service said so, by this status (301, 403, 410, 411, …).
    Told(u32),
    /// The connection failed.
    Lost(String),
}

/// A bot in a meeting. Dropping it breaks its connection.
pub struct Bot {
    state: watch::Receiver<BotState>,
    leave: mpsc::Sender<()>,
}

impl Bot {
    /// Sends a bot into a meeting.
    pub fn join(place: Place, looks: Looks) -> Self {
        let (tell, state) = watch::channel(BotState::Joining);
        let (leave, left) = mpsc::channel(1);
        spawn(async move {
            let visit = AssertUnwindSafe(call::run(place, looks, &tell, left)).catch_unwind();
            let over = visit.await.unwrap_or_else(|panic| Over::Lost(words(&*panic).into()));
            // Nobody may look any more.
            let _ = tell.send(BotState::Over(over));
        });
        Self { state, leave }
    }

    /// How it stands.
    pub fn state(&self) -> BotState {
        self.state.borrow().clone()
    }

    /// Leaves properly, and waits until it has.
    pub async fn leave(mut self) {
        if self.leave.send(()).await.is_ok() {
            let _ = self.state.wait_for(|state| matches!(state, BotState::Over(_))).await;
        }
    }
}
