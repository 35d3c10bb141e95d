//! What a recording stands on: display, sound server, sound reader, browser. If display or sound
//! dies, all of it is made anew; the browser alone can be replaced under a running encoder.

use crate::browser::chromium::{Browser, BrowserError};
use crate::browser::page::Page;
use crate::child::ChildError;
use crate::display::Display;
use crate::scratch::Scratch;
use crate::sound::reader::SoundReader;
use crate::sound::server::SoundServer;
use chime_contract::recording::EndReason;

/// The running programs.
pub struct Stack {
    /// The display.
    pub display: Display,
    /// The sound server.
    pub sound: SoundServer,
    /// The reader of its monitor.
    pub reader: SoundReader,
    /// The browser.
    pub browser: Browser,
}

/// Why there is no stack.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A program does not run.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// The browser does not.
    #[error(transparent)]
    Browser(#[from] BrowserError),
}

impl Stack {
    /// Starts all of it: about two seconds.
    pub async fn start(scratch: &Scratch) -> Result<Self, StackError> {
        let (display, sound) =
            tokio::try_join!(Display::start(scratch), SoundServer::start(scratch))?;
        let (reader, browser) = tokio::join!(
            SoundReader::start(scratch, &sound),
            Browser::start(scratch, &display, &sound)
        );
        Ok(Self { reader: reader?, browser: browser?, display, sound })
    }

    /// Opens an address in place of what is shown.
    pub async fn open(&self, address: &str) -> Result<Page, BrowserError> {
        Page::open(&self.browser, address).await
    }

    /// Another browser in place of this one.
    pub async fn renew_browser(&mut self, scratch: &Scratch) -> Result<(), BrowserError> {
        // The old one first: both would want the same profile.
        self.browser.child.end().await;
        self.browser = Browser::start(scratch, &self.display, &self.sound).await?;
        Ok(())
    }

    /// Ends when display or sound has died, with which.
    pub async fn broken(&mut self) -> EndReason {
        tokio::select! {
            _ = self.display.child.ended() => EndReason::Display,
            _ = self.sound.child.ended() => EndReason::Sound,
            () = self.reader.ended() => EndReason::Sound,
        }
    }

    /// Ends all of it.
    pub async fn stop(self) {
        self.browser.stop().await;
        self.sound.child.kill().await;
        self.display.child.kill().await;
    }
}
