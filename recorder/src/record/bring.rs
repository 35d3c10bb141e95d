//! Bringing the page (back): a new tab, or a new browser where the old one is gone, or all of it
//! anew where display or sound died.

use chime_contract::page::{PageMessage, PageState};
use chime_contract::recording::EndReason;

use super::life::{RecordError, Recorder};
use crate::browser::page::Trouble;
use crate::stack::Stack;

/// Times the stack may break within one task.
const BREAKS: u32 = 5;

impl Recorder {
    /// Opens the room in a new tab; with another browser if this one does not answer.
    pub(super) async fn open_room(&mut self) -> Result<(), RecordError> {
        self.page = None;
        let base = self.launch.room_url.trim_end_matches('/');
        let address = format!("{base}/?role=recorder#{}", self.launch.join_key.expose());
        let gone = self.stack.browser.cdp.is_gone() || !self.stack.browser.child.alive();
        let opened = if gone { None } else { Some(self.stack.open(&address).await) };
        let page = match opened {
            Some(Ok(page)) => page,
            other => {
                if let Some(Err(error)) = other {
                    tracing::warn!(%error, "no new tab; another browser is started");
                }
                self.stack
                    .renew_browser(&self.scratch)
                    .await
                    .map_err(crate::stack::StackError::from)?;
                self.stack.open(&address).await.map_err(crate::stack::StackError::from)?
            }
        };
        self.news = page.news();
        self.page = Some(page);
        Ok(())
    }

    /// All programs anew, and the page. The calibration stays: it belongs to the image.
    pub(super) async fn rebuild(&mut self, broken: EndReason) -> Result<(), RecordError> {
        self.breaks += 1;
        if self.breaks > BREAKS {
            return Err(RecordError::Broken(match broken {
                EndReason::Display => "display",
                _ => "sound server",
            }));
        }
        self.page = None;
        self.beat.beat();
        let stack = Stack::start(&self.scratch).await?;
        std::mem::replace(&mut self.stack, stack).stop().await;
        self.open_room().await
    }

    /// What the page says, if it is of use.
    pub(super) fn message(&self) -> Option<PageMessage> {
        self.news.borrow().message.clone()
    }

    /// The page's state, if it has said any.
    pub(super) fn state(&self) -> Option<PageState> {
        self.news.borrow().message.as_ref().map(|m| m.state)
    }

    /// Why the page is of no use.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.news.borrow().trouble.clone()
    }
}
