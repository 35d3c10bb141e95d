//! The test card as a room: a page that keeps the page contract, says what the test wants it to
//! say, and tells the test its own clock ten times a second. So a test knows what was shown at
//! the moment a recorder died, and reads from the file what of it is left.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::{get, post};
use chime_contract::page::{PageMessage, PageState};
use chime_recorder::clock::{now_ms, spawn};
use chime_recorder::testcard::CARD;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The page's half of it. `audio` is the card's.
const SCRIPT: &str = r"
<script>
'use strict';
let told = '', toldAt = 0;
async function beat() {
  try {
    const answer = await fetch('/beat', { method: 'POST', body: String(performance.now()) });
    const wanted = await answer.text();
    const words = audio.state === 'running' ? wanted : JSON.stringify({ v: 1, state: 'joining' });
    if (words !== told || performance.now() - toldAt >= 1000) {
      told = words;
      toldAt = performance.now();
      window.chimeRecorder(words);
    }
  } catch (error) {
    console.warn(error);
  }
}
setInterval(beat, 100);
</script>
";

/// Milliseconds after which the card's clock begins again.
const WRAP: i64 = 1 << 24;

/// The running room.
pub struct CardRoom {
    pub url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    says: Mutex<String>,
    clock: Mutex<PageClock>,
}

/// Wall clock minus page clock, milliseconds: the smallest seen, since an answer may be late.
#[derive(Default)]
struct PageClock {
    ahead: Option<f64>,
    last: f64,
}

impl CardRoom {
    /// A room that is live, with one human in it.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared { says: Mutex::default(), clock: Mutex::default() });
        let router = Router::new()
            .route("/", get(|| async { Html(format!("{CARD}{SCRIPT}")) }))
            .route("/beat", post(beat))
            .with_state(shared.clone());
        let serving = spawn(async move { axum::serve(listener, router).await.unwrap() });
        let room = Self { url, shared, serving };
        room.say(PageState::Live, 1);
        room
    }

    /// What the page says from now on.
    pub fn say(&self, state: PageState, people: u32) {
        let message = PageMessage { v: 1, state, people, reason: String::new() };
        *self.shared.says.lock().unwrap() = serde_json::to_string(&message).unwrap();
    }

    /// The page's clock now, as the card draws it.
    pub fn page_ms(&self) -> i64 {
        let ahead = self.shared.clock.lock().unwrap().ahead.expect("the page has told its clock");
        (now_ms() as f64 - ahead) as i64 % WRAP
    }
}

impl Drop for CardRoom {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn beat(State(shared): State<Arc<Shared>>, page_ms: String) -> String {
    let page_ms: f64 = page_ms.parse().unwrap();
    let ahead = now_ms() as f64 - page_ms;
    {
        let mut clock = shared.clock.lock().unwrap();
        // A page that was loaded anew begins from nothing.
        let known = clock.ahead.filter(|_| page_ms >= clock.last - 1_000.0);
        clock.ahead = Some(known.map_or(ahead, |known| known.min(ahead)));
        clock.last = page_ms;
    }
    shared.says.lock().unwrap().clone()
}

/// From one time of the card to a later one.
pub fn between(from: u32, to: i64) -> Duration {
    let ms = (to - i64::from(from)).rem_euclid(WRAP);
    // What was drawn after the moment asked for counts as nothing between.
    Duration::from_millis(if ms > WRAP / 2 { 0 } else { ms.unsigned_abs() })
}
