//! Waiting outside the meeting: for the ticket to open, for the page to have media.

use std::time::Duration;

use chime_contract::page::PageState;
use chime_contract::recording::EndReason;
use tokio::time::Instant;

use super::life::{RecordError, Recorder, failure, leave_note};
use crate::health::Doing;

/// Times the page is opened before it is given up.
const TRIES: u32 = 3;

/// What the waiting came to.
pub(super) enum Waited {
    /// The page has media: record.
    Live,
    /// It is over.
    Over(EndReason),
    /// Nobody wanted the recorder.
    Unused,
}

impl Recorder {
    /// Waits until the page has media, brings it back when it fails, and gives up after three tries
    /// of 30 s each, with a note and a picture of what the page showed.
    pub(super) async fn wait(&mut self) -> Result<Waited, RecordError> {
        let unused = Duration::from_secs(self.launch.unused_seconds.into());
        let begun = Instant::now();
        let mut since = Instant::now();
        let mut tries = 1;
        loop {
            self.tell(Doing::Waiting);
            if self.stop.is_cancelled() {
                return Ok(Waited::Over(EndReason::Terminated));
            }
            if self.store.backlog().borrow().lost.is_some() {
                return Ok(Waited::Over(EndReason::Killed));
            }
            let trouble = self.trouble().map(|t| t.to_string());
            let mut wrong = trouble;
            match self.state() {
                Some(PageState::Live) if wrong.is_none() => return Ok(Waited::Live),
                Some(PageState::Ended) => return Ok(Waited::Over(EndReason::MeetingOver)),
                Some(PageState::Removed) => return Ok(Waited::Over(EndReason::Removed)),
                Some(PageState::Waiting) if wrong.is_none() => {
                    (since, tries) = (Instant::now(), 1);
                    if begun.elapsed() >= unused {
                        // One that has recorded before was stopped, and is wanted no more.
                        return Ok(match self.pieces {
                            0 => Waited::Unused,
                            _ => Waited::Over(EndReason::Stopped),
                        });
                    }
                }
                Some(PageState::Failed) => {
                    let reason = self.message().map(|m| m.reason).unwrap_or_default();
                    wrong = wrong.or(Some(format!("the page gave up: {reason}")));
                }
                _ => {}
            }
            if wrong.is_none() && since.elapsed() >= self.timing.page {
                let seconds = self.timing.page.as_secs();
                wrong = Some(match self.state() {
                    Some(state) => format!("the page was still {state:?} after {seconds} s"),
                    None => format!("the page said nothing for {seconds} s"),
                });
            }
            if let Some(wrong) = wrong {
                if tries == TRIES {
                    return Err(self.give_up(&wrong).await);
                }
                tries += 1;
                since = Instant::now();
                tracing::warn!(wrong, tries, "the page is opened anew");
                // A page that fails at once is not hammered.
                tokio::time::sleep(Duration::from_millis(500)).await;
                self.open_room().await?;
                continue;
            }
            // What has been looked at above is no news: a clone knows nothing of that.
            let mut news = self.news.clone();
            news.mark_unchanged();
            let broken = tokio::select! {
                // A page that went away told so before.
                _ = news.changed() => None,
                () = tokio::time::sleep(Duration::from_millis(250)) => None,
                () = self.stop.cancelled() => None,
                broken = self.stack.broken() => Some(broken),
            };
            if let Some(broken) = broken {
                tracing::error!(?broken, "what the recorder stands on ended; it is started anew");
                self.rebuild(broken).await?;
                since = Instant::now();
            }
        }
    }

    /// Leaves a note with the reason, and a picture of what the page showed.
    async fn give_up(&mut self, wrong: &str) -> RecordError {
        let picture = match &self.page {
            Some(page) => page.screenshot().await,
            None => None,
        };
        let reason =
            format!("CB-050: the meeting's page had no media after {TRIES} tries ({wrong})");
        self.pieces += 1;
        let failure = failure(&self.launch, self.pieces, reason.clone(), picture);
        let (store, longest) = (self.store.clone(), self.timing.finish);
        self.meanwhile(Doing::Waiting, leave_note(&store, failure, longest)).await;
        RecordError::Page(reason)
    }
}
