//! The built room at its origin: its files, and `room.json`, which tells them where they are.

use axum::routing::get;
use axum::{Json, Router};
use http::header;
use serde_json::{Value, json};

use crate::site::Site;
use crate::start::{Addresses, Config};

/// A built room and what it is told.
#[derive(Debug, Clone)]
pub struct Served {
    site: Site,
    settings: Value,
}

impl Served {
    /// The room of this emulator, if its files were named.
    pub fn of(config: &Config, addresses: &Addresses) -> Option<Self> {
        let folder = config.room_site.clone()?;
        let mut ancestors = config.frame_ancestors.clone();
        if let Some(console) = addresses.console {
            ancestors.push(format!("http://127.0.0.1:{}", console.port()));
            ancestors.push(format!("http://localhost:{}", console.port()));
        }
        let framing = match ancestors.is_empty() {
            true => "'none'".to_string(),
            false => ancestors.join(" "),
        };
        let settings = json!({
            "v": 1,
            "orgId": config.org_id,
            "frameAncestors": ancestors,
            "signals": "/signals",
        });
        let connect = config.media.signaling.clone();
        let fill = [("frameAncestors", framing), ("connect", connect)];
        Some(Self { site: Site::new(folder, fill, "make room"), settings })
    }

    /// Its routes.
    pub(super) fn router(self) -> Router {
        let Self { site, settings } = self;
        let told = move || {
            let settings = settings.clone();
            async move { ([(header::CACHE_CONTROL, "no-store")], Json(settings)) }
        };
        Router::new().route("/room.json", get(told)).fallback(move |request| site.serve(request))
    }
}
