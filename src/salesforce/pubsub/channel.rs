//! The connection to the event stream: TLS with the public roots (and one more authority if set),
//! HTTP/2 pings so that a dead peer is noticed, and the three headers every call carries.

use secrecy::ExposeSecret;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

use super::settings::{Settings, ms};
use super::wire::pub_sub_client::PubSubClient;
use crate::salesforce::auth::Session;
use crate::salesforce::error::{Error, Result};
use crate::salesforce::http::{read_pem, secure_url};

pub(super) type Client = PubSubClient<Channel>;

/// Connects.
pub(super) async fn connect(settings: &Settings) -> Result<Client> {
    let channel = endpoint(settings)?.connect().await.map_err(|error| Error::NoConnection {
        endpoint: settings.endpoint.clone(),
        reason: chain(&error),
    })?;
    Ok(PubSubClient::new(channel).max_decoding_message_size(settings.largest_message_bytes))
}

fn endpoint(settings: &Settings) -> Result<Endpoint> {
    let unusable = |error: tonic::transport::Error| Error::Endpoint {
        endpoint: settings.endpoint.clone(),
        reason: chain(&error),
    };
    let url = secure_url("pubsub.endpoint", &settings.endpoint)?;
    let mut endpoint = Endpoint::from_shared(settings.endpoint.clone())
        .map_err(unusable)?
        .user_agent(concat!("chime-bridge/", env!("CARGO_PKG_VERSION")))
        .map_err(unusable)?
        .connect_timeout(ms(settings.connect_ms))
        .http2_keep_alive_interval(ms(settings.ping_ms))
        .keep_alive_timeout(ms(settings.ping_timeout_ms))
        .keep_alive_while_idle(true)
        .http2_adaptive_window(true);
    if url.scheme() == "https" {
        let mut tls = ClientTlsConfig::new().with_webpki_roots().timeout(ms(settings.connect_ms));
        if let Some(path) = &settings.ca_file {
            tls = tls.ca_certificate(Certificate::from_pem(read_pem(path)?));
        }
        endpoint = endpoint.tls_config(tls).map_err(unusable)?;
    }
    Ok(endpoint)
}

/// A transport error says little; its sources say why.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(next) = source {
        text.push_str(": ");
        text.push_str(&next.to_string());
        source = next.source();
    }
    text.chars().take(300).collect()
}

/// Puts the session's headers on a request.
pub(super) fn with_session<T>(
    message: T,
    session: &Session,
) -> std::result::Result<Request<T>, Status> {
    let mut request = Request::new(message);
    let value = |text: &str| -> std::result::Result<MetadataValue<Ascii>, Status> {
        text.parse().map_err(|_| Status::unauthenticated("the session does not fit a header"))
    };
    let mut token = value(session.access_token.expose_secret())?;
    token.set_sensitive(true);
    let metadata = request.metadata_mut();
    metadata.insert("accesstoken", token);
    metadata.insert("instanceurl", value(&session.instance_url)?);
    metadata.insert("tenantid", value(&session.org_id)?);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_endpoint_is_used_over_tls() {
        assert!(endpoint(&Settings::default()).is_ok());
    }

    #[test]
    fn an_endpoint_in_the_clear_elsewhere_or_a_missing_authority_is_refused() {
        let plain = Settings { endpoint: "http://api.example:7443".into(), ..Settings::default() };
        assert_eq!(endpoint(&plain).unwrap_err().code(), "CB-107");
        let missing = Settings { ca_file: Some("/nowhere/ca.pem".into()), ..Settings::default() };
        assert_eq!(endpoint(&missing).unwrap_err().code(), "CB-102");
    }

    #[test]
    fn a_session_goes_into_three_headers_and_its_token_is_marked_sensitive() {
        let session = Session {
            access_token: "t".to_string().into(),
            instance_url: "https://acme.my.salesforce.com".into(),
            org_id: "00Dxx0000001gPLEAY".into(),
            user_id: String::new(),
            issued: 0,
            serial: 1,
        };
        let request = with_session((), &session).unwrap();
        assert!(request.metadata().get("accesstoken").unwrap().is_sensitive());
        assert_eq!(request.metadata().get("tenantid").unwrap(), "00Dxx0000001gPLEAY");
    }
}
