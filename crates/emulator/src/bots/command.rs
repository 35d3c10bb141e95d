//! `chime-emulator bot`: one bot from the command line, beside an emulator that runs.

use std::path::PathBuf;

use anyhow::Context;

use super::{Bots, Wanted};

/// Which bot, and where.
#[derive(clap::Args)]
pub struct Args {
    /// The join key of its seat.
    #[arg(long, required_unless_present = "link", conflicts_with = "link")]
    key: Option<String>,
    /// The join link of its seat, as it is mailed: `http://127.0.0.1:8806/#KEY`.
    #[arg(long)]
    link: Option<String>,
    /// The room's origin; with --link that of the link.
    #[arg(long, default_value = "http://127.0.0.1:8806")]
    room: String,
    /// The name it tells the others; otherwise its ticket's.
    #[arg(long, default_value = "")]
    name: String,
    /// Its voice, Hz; 0 is silence.
    #[arg(long, default_value_t = 440.0)]
    tone: f64,
    /// Its face, degrees of the colour wheel; below 0 its camera stays off.
    #[arg(long, default_value_t = 200.0, allow_negative_numbers = true)]
    hue: f64,
    /// What it answers about recording: true agrees, false declines.
    #[arg(long)]
    consent: Option<bool>,
    /// Folder of the pictures that were made.
    #[arg(long, default_value = ".emulator/pictures")]
    pictures: PathBuf,
}

/// Runs one bot until Ctrl-C or the end of its meeting.
///
/// # Errors
/// The key or link is none, the room cannot be reached, or the bot cannot be made.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let (origin, key) = match &args.link {
        Some(link) => {
            let (page, key) = link.split_once('#').context("the link has no key behind a #")?;
            let page = page.split('?').next().unwrap_or(page);
            (page.trim_end_matches('/').to_string(), key.to_string())
        }
        None => (args.room.trim_end_matches('/').into(), args.key.unwrap_or_default()),
    };
    let org_id = org_of(&origin).await?;
    let bots = Bots::new(origin, org_id, args.pictures);
    let wanted = Wanted {
        key,
        name: args.name,
        tone: (args.tone > 0.0).then_some(args.tone),
        hue: (args.hue >= 0.0).then_some(args.hue),
        consent: args.consent,
    };
    let id = bots.add(wanted).await?;
    println!("The bot looks at its ticket; Ctrl-C makes it leave.");
    tokio::select! {
        asked = crate::ending::asked() => { asked?; }
        () = bots.over(&id) => {}
    }
    let phase = bots.all().pop().map_or("left", |bot| bot.view.phase);
    bots.remove(&id).await;
    println!("The bot has gone ({phase}).");
    Ok(())
}

/// The org whose keys the room takes, from its settings; without a built room the emulator's own.
async fn org_of(origin: &str) -> anyhow::Result<String> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http.get(format!("{origin}/room.json")).send().await;
    let answer = answer.with_context(|| format!("the room {origin} cannot be reached"))?;
    let settings: Option<serde_json::Value> = answer.json().await.ok();
    let named = settings.and_then(|s| s["orgId"].as_str().map(String::from));
    Ok(named.unwrap_or_else(|| crate::start::Config::default().org_id))
}
