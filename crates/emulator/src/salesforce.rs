//! The org as the emulator starts it: package deployed, users, the bridge's client app with its
//! key, the bus with the triggers in front of it, and the Pub/Sub port.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::apex::triggers::Triggers;
use crate::org::bus::Bus;
use crate::org::metadata::package::Package;
use crate::org::oauth::{Client, ClientKey};
use crate::org::pubsub;
use crate::org::tls::Tls;
use crate::org::{Org, OrgConfig};
use crate::start::{BRIDGE, CLIENT_ID, CLIENT_SECRET, Config};
use crate::tasks::spawn;

/// The parts of the org.
pub struct Salesforce {
    /// Records, OAuth, REST.
    pub org: Arc<Org>,
    /// Events.
    pub bus: Bus,
    /// The triggers' stand-in.
    pub triggers: Arc<Triggers>,
    tls: Tls,
}

impl Salesforce {
    /// Founds the org at this address.
    pub fn found(config: &Config, address: SocketAddr) -> anyhow::Result<Self> {
        let folders = Package::folders(&config.metadata_dir).with_context(|| {
            format!(
                "the Salesforce metadata under {} cannot be read",
                config.metadata_dir.display()
            )
        })?;
        let mut package = Package::read(&folders, config.namespace.as_deref())?;
        if !config.channel_filters {
            let channels = Arc::make_mut(&mut package.metadata).channels.values_mut();
            channels.flat_map(|c| &mut c.members).for_each(|(_, filter)| *filter = None);
        }
        let bus = Bus::new(
            package.metadata.clone(),
            config.clock.clone(),
            config.faults.clone(),
            config.org_id.clone(),
            config.bus.clone(),
        );
        let triggers = Arc::new(Triggers::new(Arc::new(bus.clone())));
        let org_config = OrgConfig {
            org_id: config.org_id.clone(),
            session_life_ms: i64::try_from(config.session_life.as_millis())?,
            ..OrgConfig::default()
        };
        let org = Org::new(
            package,
            triggers.clone(),
            config.clock.clone(),
            config.faults.clone(),
            org_config,
        );
        org.set_base_url(&format!("http://{address}"));
        bus.set_reader(org.reader());
        let key = ClientKey::load_or_make(&config.data_dir.join("bridge-key.pem"))?;
        org.register_client(Client {
            id: CLIENT_ID.into(),
            secret: Some(CLIENT_SECRET.into()),
            public_keys: vec![key.public_pem],
            run_as: Some(BRIDGE.into()),
            approved: vec![],
        });
        let tls = Tls::in_folder(&config.data_dir)?;
        Ok(Self { org, bus, triggers, tls })
    }

    /// Serves the Pub/Sub API until `stop`.
    pub fn serve_events(&self, listener: TcpListener, stop: &CancellationToken) -> JoinHandle<()> {
        let (bus, org, stop) = (self.bus.clone(), self.org.clone(), stop.clone());
        let tls = Tls {
            ca: self.tls.ca.clone(),
            certificate: self.tls.certificate.clone(),
            key: self.tls.key.clone(),
        };
        spawn(async move {
            let tokens: pubsub::TokenCheck =
                Arc::new(move |token| org.sessions.check(token).map(|user| user.id));
            if let Err(error) = pubsub::serve(listener, &tls, bus, tokens, stop).await {
                tracing::error!(%error, "the Pub/Sub port is closed");
            }
        })
    }
}
