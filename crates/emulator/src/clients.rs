//! What clients of the emulator need: the bridge's settings for it, and a publisher that speaks
//! the Pub/Sub API over TLS as Salesforce's own clients do.

use std::path::Path;

use anyhow::{Context, bail};
use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use serde_json::Value;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use crate::start::{
    ADMIN, CLIENT_ID, CLUSTER, Emulator, NOTICES, RECORDINGS_BUCKET, ROOM_BUCKET, SIGNALS,
    WORK_BUCKET,
};
use crate::wire::pub_sub_client::PubSubClient;
use crate::wire::{ProducerEvent, PublishRequest, SchemaRequest, TopicRequest};

/// The command topic.
const COMMANDS: &str = "/event/Chime_Command__e";

impl Emulator {
    /// Settings with which the bridge talks to this emulator; its own files go to `dir`.
    pub fn bridge_settings(&self, dir: &Path, admin: &str) -> String {
        let (dir, data) = (dir.display(), self.data_dir.display());
        let at = &self.addresses;
        let (org, pubsub, aws, room) = (at.org, at.pubsub, at.aws, at.room);
        let username = crate::start::BRIDGE;
        format!(
            r#"emulator = true
instance = "emulator"

[salesforce]
instance_url = "http://{org}"
audience = "http://{org}"
auth = "jwt"
client_id = "{CLIENT_ID}"
username = "{username}"
key_file = "{data}/bridge-key.pem"
pubsub_endpoint = "https://localhost:{port}"
ca_file = "{data}/ca.pem"
first_start = "earliest"
backoff_min_ms = 100
backoff_max_ms = 2000
settle_ms = 300

[aws]
region = "eu-central-1"
endpoint_url = "http://{aws}"
notices_queue_url = "{notices}"
signals_queue_url = "{signals}"
room_bucket = "{ROOM_BUCKET}"
recordings_bucket = "{RECORDINGS_BUCKET}"
work_bucket = "{WORK_BUCKET}"
room_url = "http://{room}"
cluster = "{CLUSTER}"
task_definition = "chime-recorder:1"
subnets = ["subnet-emulator"]
security_groups = ["sg-emulator"]

[queues]
wait_seconds = 1

[store]
path = "{dir}/bridge.db"
key_file = "{dir}/store.key"

[admin]
listen = "{admin}"

[telemetry]
format = "human"
level = "info"
"#,
            port = pubsub.port(),
            notices = self.queue_url(NOTICES),
            signals = self.queue_url(SIGNALS),
        )
    }

    /// A queue's URL.
    pub fn queue_url(&self, name: &str) -> String {
        format!("http://{}/{}/{name}", self.addresses.aws, crate::aws::ids::ACCOUNT)
    }

    /// Publishes a command over the Pub/Sub API as the administrator.
    pub async fn publish_command(
        &self,
        action: &str,
        meeting: &str,
        target: Option<&str>,
        payload: Option<&Value>,
    ) -> anyhow::Result<()> {
        let mut fields = vec![("Action__c", action.to_string())];
        fields.push(("Meeting_Id__c", meeting.to_string()));
        fields.extend(target.map(|t| ("Target_Id__c", t.to_string())));
        fields.extend(payload.map(|p| ("Payload__c", p.to_string())));
        self.publish(COMMANDS, &fields).await
    }

    /// Publishes one event with these text fields: GetTopic, GetSchema, Avro, Publish.
    pub async fn publish(&self, topic: &str, fields: &[(&str, String)]) -> anyhow::Result<()> {
        let mut client = self.pubsub_client().await?;
        let topic_name = topic.to_string();
        let ask = self.call(TopicRequest { topic_name: topic_name.clone() })?;
        let info = client.get_topic(ask).await?.into_inner();
        let ask = self.call(SchemaRequest { schema_id: info.schema_id.clone() })?;
        let schema = client.get_schema(ask).await?.into_inner();
        let payload = encode(&schema.schema_json, fields)?;
        let event = ProducerEvent {
            id: uuid_like(),
            schema_id: schema.schema_id,
            payload,
            headers: vec![],
        };
        let request =
            PublishRequest { topic_name, events: vec![event], auth_refresh: String::new() };
        let answer = client.publish(self.call(request)?).await?.into_inner();
        match answer.results.first().map(|r| &r.error) {
            Some(None) => Ok(()),
            Some(Some(error)) => bail!("the event was not taken: {}", error.msg),
            None => bail!("Publish answered without a result"),
        }
    }

    /// A connected Pub/Sub client that trusts the emulator's CA.
    pub async fn pubsub_client(&self) -> anyhow::Result<PubSubClient<Channel>> {
        let ca = std::fs::read(self.data_dir.join("ca.pem")).context("the CA file is gone")?;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(ca))
            .domain_name("localhost");
        let channel = Endpoint::from_shared(format!("https://{}", self.addresses.pubsub))?
            .tls_config(tls)?
            .connect()
            .await?;
        Ok(PubSubClient::new(channel))
    }

    fn call<T>(&self, message: T) -> anyhow::Result<tonic::Request<T>> {
        let user = self.org.user(ADMIN).context("the administrator is gone")?;
        let token = self.org.sessions.open(user, CLIENT_ID, "api", 3_600_000);
        let mut request = tonic::Request::new(message);
        let text = |t: &str| t.parse::<MetadataValue<Ascii>>();
        let metadata = request.metadata_mut();
        metadata.insert("accesstoken", text(&token)?);
        metadata.insert("instanceurl", text(&format!("http://{}", self.addresses.org))?);
        metadata.insert("tenantid", text(&self.org.config.org_id)?);
        Ok(request)
    }
}

/// Encodes text fields by a schema of nullable fields; what is not named is null (or empty).
fn encode(schema: &str, fields: &[(&str, String)]) -> anyhow::Result<Vec<u8>> {
    let schema = Schema::parse_str(schema)?;
    let Schema::Record(record) = &schema else { bail!("the topic's schema is no record") };
    let values = record
        .fields
        .iter()
        .map(|field| {
            let given = fields.iter().find(|(name, _)| *name == field.name).map(|(_, v)| v.clone());
            let value = match (&field.schema, given) {
                (Schema::Union(union), Some(text)) => {
                    let at = union.variants().iter().position(|v| matches!(v, Schema::String));
                    Avro::Union(at.unwrap_or(1) as u32, Box::new(Avro::String(text)))
                }
                (Schema::Union(union), None) => {
                    let at = union.variants().iter().position(|v| matches!(v, Schema::Null));
                    Avro::Union(at.unwrap_or(0) as u32, Box::new(Avro::Null))
                }
                (Schema::Long, _) => Avro::Long(0),
                (_, given) => Avro::String(given.unwrap_or_default()),
            };
            (field.name.clone(), value)
        })
        .collect();
    Ok(apache_avro::to_avro_datum(&schema, Avro::Record(values))?)
}

fn uuid_like() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}
