//! A thin client of the DevTools protocol: calls with an answer each, events to whoever listens.
//! Values stay JSON, so that a browser's newer words never break it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;

use crate::clock::spawn;

/// Longest message taken, bytes: a screenshot is the longest there is.
const LONGEST: usize = 32 << 20;
/// Events a slow listener may be behind.
const EVENTS: usize = 1024;

/// Why a call has no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CdpError {
    /// The connection to the browser is gone.
    #[error("the browser's DevTools connection is gone")]
    Gone,
    /// No answer in time.
    #[error("the browser did not answer {method} within {seconds} s")]
    Late {
        /// Method.
        method: &'static str,
        /// Patience.
        seconds: f32,
    },
    /// The browser refused.
    #[error("the browser refused {method}: {reason}")]
    Refused {
        /// Method.
        method: &'static str,
        /// Its words.
        reason: String,
    },
}

/// Something the browser told.
#[derive(Debug, Clone)]
pub struct Event {
    /// Session (a tab) it belongs to.
    pub session: Option<String>,
    /// Method.
    pub method: String,
    /// Parameters.
    pub params: Value,
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A connection to one browser. Cheap to clone.
#[derive(Clone)]
pub struct Cdp {
    out: mpsc::Sender<Message>,
    waiting: Waiting,
    events: broadcast::Sender<Event>,
    next: Arc<AtomicU64>,
    gone: CancellationToken,
}

impl Cdp {
    /// Connects to the browser's own address (`ws://127.0.0.1:…/devtools/browser/…`).
    pub async fn connect(address: &str) -> Result<Self, CdpError> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST))
            .max_frame_size(Some(LONGEST));
        let connected = tokio_tungstenite::connect_async_with_config(address, Some(config), true);
        let (socket, _) = connected.await.map_err(|_| CdpError::Gone)?;
        let (mut sink, mut stream) = socket.split();
        let (out, mut outgoing) = mpsc::channel::<Message>(64);
        let waiting = Waiting::default();
        let (events, _) = broadcast::channel(EVENTS);
        let gone = CancellationToken::new();
        let (answered, told, over) = (waiting.clone(), events.clone(), gone.clone());
        spawn(async move {
            let _over = over.clone().drop_guard();
            loop {
                tokio::select! {
                    message = outgoing.recv() => {
                        let Some(message) = message else { return };
                        if sink.send(message).await.is_err() {
                            return;
                        }
                    }
                    incoming = stream.next() => match incoming {
                        Some(Ok(Message::Text(text))) => take(&text, &answered, &told),
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return,
                    },
                    () = over.cancelled() => return,
                }
            }
        });
        Ok(Self { out, waiting, events, next: Arc::new(AtomicU64::new(1)), gone })
    }

    /// Calls a method, of the browser or of a tab's session; waits `patience` for its answer.
    pub async fn call(
        &self,
        session: Option<&str>,
        method: &'static str,
        params: Value,
        patience: Duration,
    ) -> Result<Value, CdpError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut request = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            request["sessionId"] = json!(session);
        }
        let (tell, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, tell);
        let asked = async {
            self.out.send(Message::text(request.to_string())).await.map_err(|_| CdpError::Gone)?;
            tokio::select! {
                answer = answer => answer.map_err(|_| CdpError::Gone),
                () = self.gone.cancelled() => Err(CdpError::Gone),
            }
        };
        let answer = tokio::time::timeout(patience, asked).await;
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        let mut answer =
            answer.map_err(|_| CdpError::Late { method, seconds: patience.as_secs_f32() })??;
        match answer.get("error").and_then(|e| e["message"].as_str()) {
            Some(reason) => Err(CdpError::Refused { method, reason: reason.into() }),
            None => Ok(answer["result"].take()),
        }
    }

    /// What the browser tells from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Ends when the connection does.
    pub async fn gone(&self) {
        self.gone.cancelled().await;
    }

    /// True once the connection has ended.
    pub fn is_gone(&self) -> bool {
        self.gone.is_cancelled()
    }

    /// Cuts the connection; for tests of what follows.
    pub fn cut(&self) {
        self.gone.cancel();
    }
}

fn take(text: &str, waiting: &Waiting, events: &broadcast::Sender<Event>) {
    let Ok(mut message) = serde_json::from_str::<Value>(text) else { return };
    if let Some(id) = message["id"].as_u64() {
        let asked = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(asked) = asked {
            // Whoever asked may have given up.
            let _ = asked.send(message);
        }
        return;
    }
    let Some(method) = message["method"].as_str().map(String::from) else { return };
    let session = message["sessionId"].as_str().map(String::from);
    // Nobody may be listening.
    let _ = events.send(Event { session, method, params: message["params"].take() });
}
