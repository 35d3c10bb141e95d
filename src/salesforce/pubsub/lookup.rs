//! A schema asked for by its id: by a stream for the event it holds, and for a dead letter that was
//! written while the org refused the schema.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tonic::Status;

use super::channel::{Client, connect, with_session};
use super::settings::{Settings, ms};
use super::verdict::{Verdict, call_error, error_code, verdict};
use super::wire::SchemaRequest;
use crate::salesforce::auth::{Authenticator, Session};
use crate::salesforce::error::{Error, Result};
use crate::salesforce::schema::{EventSchema, SchemaCache};

/// Why there is no schema yet.
pub(super) enum NoSchema {
    /// No session.
    Login(Error),
    /// The org said no to this session.
    Refused(Status, Arc<Session>),
}

/// The text of a schema.
pub(super) async fn fetch_schema(
    auth: Arc<Authenticator>,
    mut client: Client,
    id: &str,
    longest: Duration,
) -> std::result::Result<String, NoSchema> {
    let session = auth.session().await.map_err(NoSchema::Login)?;
    let asked = async {
        let message = SchemaRequest { schema_id: id.to_string() };
        let request = with_session(message, &session)?;
        match timeout(longest, client.get_schema(request)).await {
            Ok(answer) => match answer?.into_inner().schema_json {
                text if text.is_empty() => Err(Status::unavailable("the schema is empty")),
                text => Ok(text),
            },
            Err(_) => Err(Status::deadline_exceeded("no schema in time")),
        }
    };
    asked.await.map_err(|status| NoSchema::Refused(status, Arc::clone(&session)))
}

/// A schema from the cache, or from the org over a connection of its own. One try.
///
/// # Errors
/// There is no session or no connection, or the org refuses the schema.
pub async fn schema(
    settings: &Settings,
    auth: &Arc<Authenticator>,
    schemas: &SchemaCache,
    id: &str,
) -> Result<Arc<EventSchema>> {
    if let Some(known) = schemas.known(id) {
        return Ok(known);
    }
    let client = connect(settings).await?;
    let longest = ms(settings.call_ms);
    let missing =
        match schemas.get(id, || fetch_schema(Arc::clone(auth), client, id, longest)).await {
            Ok(schema) => return Ok(schema),
            Err(missing) => missing,
        };
    Err(match missing {
        NoSchema::Login(error) => error,
        NoSchema::Refused(status, session) => {
            if verdict(error_code(&status), status.code()) == Verdict::Relogin {
                auth.invalidate(&session);
            }
            call_error("GetSchema", id, &status)
        }
    })
}
