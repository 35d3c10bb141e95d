//! The libraries behind one client (WebRTC, codecs) read bytes of anybody. A panic in one of them
//! costs that client its connection, and nobody else anything: what it left half done is dropped
//! unseen. A panic anywhere else ends the process ([`crate::server`]).

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Hall, SessionId};
use crate::peer::{Peer, PeerError};

impl Hall {
    /// Does something to a session's peer; a peer that fails or panics loses its connection.
    pub(super) fn with_peer<T>(
        &mut self,
        id: SessionId,
        act: impl FnOnce(&mut Peer) -> Result<T, PeerError>,
    ) -> Option<T> {
        let peer = self.sessions.get_mut(&id)?.peer.as_mut()?;
        match alone(id, || (act(peer), peer.over())) {
            Some((Ok(value), false)) => return Some(value),
            Some((Err(error), _)) => {
                tracing::debug!(session = id.0, %error, "a peer failed; its client will come again");
            }
            // It has said so itself, or its panic is logged.
            Some((Ok(_), true)) | None => {}
        }
        self.lose(id);
        None
    }
}

/// Runs an act for one session; nothing if it panicked. What it worked on must not be used again.
pub(super) fn alone<T>(id: SessionId, act: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(test)]
        super::faults::ask(id);
        act()
    }));
    if let Err(panic) = &done {
        let words = words(panic.as_ref());
        tracing::error!(session = id.0, panic = words, "a library panicked at what a client sent");
    }
    done.ok()
}

/// What a panic says.
pub(crate) fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}
