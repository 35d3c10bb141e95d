//! Pages to record that keep the page contract (`crates/contract/src/page.rs`): the test card, and
//! one to six moving videos. They say of themselves what the bench wants them to say.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::get;
use axum::{Router, http::header};
use chime_recorder::testcard::{CARD, read};
use serde::Deserialize;

const CONTRACT: &str = include_str!("page.html");
const TILES: &str = include_str!("tiles.html");

/// What a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// The test card.
    Card,
    /// So many videos.
    Tiles(u32),
}

/// What the page told last.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Told {
    /// Zero of its clock, epoch milliseconds.
    pub origin: f64,
    /// Video frames it has shown so far.
    pub frames: u64,
}

#[derive(Debug, Default)]
struct Stage {
    state: &'static str,
    told: Option<Told>,
}

/// The server; ends with the program.
pub struct Pages {
    address: SocketAddr,
    stage: Arc<Mutex<Stage>>,
}

impl Pages {
    /// Serves on a free port of loopback. The clip for the tiles is made here, once.
    pub async fn serve(folder: &Path) -> anyhow::Result<Self> {
        let clip = folder.join("tile.webm");
        make(&clip).await?;
        let clip = std::fs::read(clip)?;
        let stage = Arc::new(Mutex::new(Stage { state: "waiting", told: None }));
        let of_clip = move || {
            let clip = clip.clone();
            async move { ([(header::CONTENT_TYPE, "video/webm")], clip) }
        };
        let router = Router::new()
            .route("/card/", get(|| async { Html(format!("{CARD}{CONTRACT}")) }))
            .route("/tiles/{count}/", get(|| async { Html(format!("{TILES}{CONTRACT}")) }))
            .route("/tile.webm", get(of_clip))
            .route("/state", get(state))
            .with_state(stage.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        chime_recorder::clock::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, stage })
    }

    /// Where a room with this page is; the recorder adds `/?role=recorder`.
    pub fn room(&self, show: Show) -> String {
        match show {
            Show::Card => format!("http://{}/card", self.address),
            Show::Tiles(count) => format!("http://{}/tiles/{count}", self.address),
        }
    }

    /// What the page is to say from now on: a state of the page contract. What an earlier page told
    /// is forgotten when it is to wait.
    pub fn say(&self, state: &'static str) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        stage.state = state;
        if state == "waiting" {
            stage.told = None;
        }
    }

    /// What the page told last.
    pub fn told(&self) -> Option<Told> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).told
    }
}

async fn state(State(stage): State<Arc<Mutex<Stage>>>, Query(told): Query<Told>) -> &'static str {
    let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
    stage.told = Some(told);
    stage.state
}

/// Ten seconds of VP8, as a camera sends it in a meeting: 640x360, 30 frames a second.
async fn make(clip: &Path) -> anyhow::Result<()> {
    let clip = clip.display().to_string();
    let source = "testsrc2=size=640x360:rate=30:duration=10";
    let encode = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"];
    let line = [&["-v", "error", "-f", "lavfi", "-i", source][..], &encode, &["-y", &clip]];
    read::output("ffmpeg", &line.concat()).await.context("no clip for the tiles")?;
    Ok(())
}
