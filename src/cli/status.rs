//! `chime-bridge status`: what is in the store, beside a running bridge or without one.

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::store::Store;

pub(super) async fn print(config: Config) -> anyhow::Result<()> {
    let store = super::store_beside(&config).await?;
    let counts = store.counts().await?;
    let now = SystemClock.now();
    println!("store            {}", config.store.path.display());
    println!("org              {}", store.note("org_id").await?.unwrap_or_else(|| "-".into()));
    println!("open meetings    {}", counts.open_meetings);
    println!("effects waiting  {}", counts.effects);
    println!("changes waiting  {}", counts.outbox);
    if let Some(at) = counts.outbox_oldest {
        println!("  oldest waits   {} s", (now - at).max(0) / 1000);
    }
    println!("dead letters     {} open", counts.dead_letters);
    for topic in [&config.salesforce.command_topic, &config.salesforce.change_topic] {
        if !topic.is_empty() {
            let position = store.position(topic).await?;
            let position = position.map_or_else(|| "none stored".into(), hex::encode);
            println!("position         {topic}: {position}");
        }
    }
    Ok(())
}
