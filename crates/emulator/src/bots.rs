//! Bots with a seat: they hold a join key and come as a person's room page does (ticket, ring,
//! consent, media), with a tone for a voice and a moving picture for a face. They know the room's
//! origin and nothing else of the emulator, so they can run beside any of it.

pub mod command;
mod visit;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chime_contract::keys::{JoinKey, NotAKey};
use chime_media::bot::{PictureError, Tone, ToneError};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::tasks::spawn;

pub use visit::View;

/// A bot that is wanted.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Join key, base64url.
    pub key: String,
    /// The name it tells the others; without one its ticket's.
    #[serde(default)]
    pub name: String,
    /// Its voice, Hz; without one it is muted.
    pub tone: Option<f64>,
    /// Its face, degrees of the colour wheel; without one its camera is off.
    pub hue: Option<f64>,
    /// What it says when it is in a meeting that may be recorded; nothing if it is not told.
    pub consent: Option<bool>,
}

/// Why there is no such bot.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// The key is none.
    #[error(transparent)]
    Key(#[from] NotAKey),
    /// The tone is none.
    #[error(transparent)]
    Tone(#[from] ToneError),
    /// The picture could not be made.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// No HTTP client.
    #[error("the bot's HTTP client cannot be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// The bots of one room. Cloneable handle; they leave when told, or when the meeting ends.
#[derive(Clone)]
pub struct Bots {
    inner: Arc<Inner>,
}

struct Inner {
    origin: String,
    org_id: String,
    /// Folder of the pictures that were made.
    pictures: PathBuf,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    last: u64,
    bots: BTreeMap<String, Kept>,
}

struct Kept {
    stop: CancellationToken,
    view: Arc<Mutex<View>>,
    task: tokio::task::JoinHandle<()>,
}

/// A bot, as the control API tells it.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Its id here.
    pub id: String,
    /// How it stands.
    #[serde(flatten)]
    pub view: View,
}

impl Bots {
    /// None yet. `origin` is the room's, as `http://127.0.0.1:8806`.
    pub fn new(origin: String, org_id: String, pictures: PathBuf) -> Self {
        Self { inner: Arc::new(Inner { origin, org_id, pictures, list: Mutex::default() }) }
    }

    /// Sends a bot on its way; gives its id.
    ///
    /// # Errors
    /// What is wanted cannot be had.
    pub async fn add(&self, wanted: Wanted) -> Result<String, BotError> {
        let Inner { origin, org_id, pictures, .. } = &*self.inner;
        let keys = JoinKey::parse(&wanted.key)?.seat(org_id);
        let tone = wanted.tone.map(Tone::new).transpose()?.map(Arc::new);
        let picture = match wanted.hue {
            Some(hue) => Some(Arc::new(chime_media::bot::picture(hue, pictures).await?)),
            None => None,
        };
        let stop = CancellationToken::new();
        let visit = visit::Visit::new(origin.clone(), keys, wanted, tone, picture, stop.clone())?;
        let view = visit.view.clone();
        let task = spawn(visit.run());
        let mut list = self.list();
        list.last += 1;
        let id = format!("bot-{}", list.last);
        list.bots.insert(id.clone(), Kept { stop, view, task });
        Ok(id)
    }

    /// Everybody, also those who have left.
    pub fn all(&self) -> Vec<Listed> {
        let list = self.list();
        let view = |kept: &Kept| kept.view.lock().unwrap_or_else(PoisonError::into_inner).clone();
        list.bots.iter().map(|(id, kept)| Listed { id: id.clone(), view: view(kept) }).collect()
    }

    /// Makes a bot leave, and waits until it has. False if there is none.
    pub async fn remove(&self, id: &str) -> bool {
        let Some(kept) = self.list().bots.remove(id) else { return false };
        kept.stop.cancel();
        // A bot that fell has left too.
        let _ = kept.task.await;
        true
    }

    /// Waits until a bot's visit is over, whyever.
    pub async fn over(&self, id: &str) {
        loop {
            let over = self.list().bots.get(id).is_none_or(|kept| kept.task.is_finished());
            if over {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    fn list(&self) -> std::sync::MutexGuard<'_, List> {
        self.inner.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let list = self.list.get_mut().unwrap_or_else(PoisonError::into_inner);
        list.bots.values().for_each(|kept| kept.task.abort());
    }
}
