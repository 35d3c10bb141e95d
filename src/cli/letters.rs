//! `chime-bridge dead-letters`: lists, shows, retries and drops. Shows no content: what a retry
//! needs stays sealed.

use clap::Subcommand;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::outbox::letters::{date_time, mirror};
use crate::store::{DeadLetter, Store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open letters, newest first.
    List {
        /// Resolved and dropped ones too.
        #[arg(long)]
        all: bool,
    },
    /// One letter.
    Show {
        /// Its key, as `list` shows it.
        key: String,
    },
    /// Tries it again: a running bridge does so within seconds, another at its next start.
    Retry {
        /// Its key.
        key: String,
    },
    /// Gives it up.
    Drop {
        /// Its key.
        key: String,
    },
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let store = super::store_beside(&config).await?;
    match command {
        Command::List { all } => {
            let letters = store.dead_letters(all, 1_000).await?;
            if letters.is_empty() {
                println!("No dead letters.");
            }
            for letter in letters {
                println!(
                    "{}  {}  {:<8}  {:<6}  {:<18}  {}",
                    letter.key,
                    date_time(letter.at),
                    letter.state,
                    letter.code,
                    letter.step,
                    letter.cause
                );
            }
        }
        Command::Show { key } => show(&find(&store, &key).await?),
        Command::Retry { key } => {
            mark(&store, &key, "Retrying").await?;
            println!("{key} will be tried again; see `dead-letters show {key}`.");
        }
        Command::Drop { key } => {
            mark(&store, &key, "Dropped").await?;
            println!("{key} is dropped.");
        }
    }
    Ok(())
}

async fn find(store: &dyn Store, key: &str) -> anyhow::Result<DeadLetter> {
    let letter = store.dead_letter(key).await?;
    letter.ok_or_else(|| anyhow::anyhow!("there is no dead letter {key}; `list --all` shows all"))
}

async fn mark(store: &dyn Store, key: &str, state: &str) -> anyhow::Result<()> {
    let mut letter = find(store, key).await?;
    anyhow::ensure!(letter.state == "Open", "letter {key} is {}, not open", letter.state);
    letter.state = state.into();
    let now = SystemClock.now();
    let mut tx = store.begin().await?;
    tx.put_dead_letter(&letter).await?;
    tx.put_changes(vec![mirror(&letter)], now, now).await?;
    tx.commit().await?;
    Ok(())
}

fn show(letter: &DeadLetter) {
    println!("key      {}", letter.key);
    println!("state    {}", letter.state);
    println!("when     {}", date_time(letter.at));
    println!("meeting  {}", letter.meeting.as_deref().unwrap_or("-"));
    println!("step     {}", letter.step);
    println!("code     {}  (docs/errors.md)", letter.code);
    println!("cause    {}", letter.cause);
    println!("detail   {}", letter.detail);
    println!("sealed   {} bytes, needed for a retry", letter.sealed.len());
}
