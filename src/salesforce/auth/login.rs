//! One login over HTTP. Which flow is used is the only difference; what comes back is the same
//! checked [`TokenAnswer`]. Server trouble and refusals are told apart here.

use std::path::Path;
use std::time::Duration;

use chime_wire::answer::{
    self, LONGEST_ANSWER, TokenAnswer, parse_refusal, parse_token_answer, refusal,
};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, ClientId, ClientSecret, ExtraTokenFields, HttpRequest, HttpResponse,
    RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::salesforce::error::{Error, Result};
use crate::salesforce::http::limited_body;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What Salesforce adds to a token answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Extra {
    instance_url: Option<String>,
    id: Option<String>,
}
impl ExtraTokenFields for Extra {}

type Grant = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<Extra, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// The org's token endpoint under its My Domain.
pub(super) fn token_url(my_domain: &Url) -> Result<Url> {
    my_domain
        .join("/services/oauth2/token")
        .map_err(|_| Error::NotSecure { what: "my_domain", value: my_domain.to_string() })
}

/// JWT bearer: `oauth2` has no such grant, so the form is ours.
pub(super) async fn with_assertion(
    http: &Client,
    url: &Url,
    assertion: &SecretString,
) -> Result<TokenAnswer> {
    let form = [("grant_type", GRANT), ("assertion", assertion.expose_secret())];
    let request = http
        .post(url.clone())
        .header(reqwest::header::ACCEPT, "application/json")
        .form(&form)
        .build()
        .map_err(|error| unreachable(url, &error.without_url().to_string()))?;
    let (status, body) = exchange(http, url, request).await?;
    let answer =
        if status == 200 { parse_token_answer(&body) } else { Err(parse_refusal(status, &body)) };
    answer.map_err(Error::from)
}

/// Client credentials, by the `oauth2` crate over our client.
pub(super) async fn with_secret(
    http: &Client,
    url: &Url,
    client_id: &str,
    secret_file: &Path,
) -> Result<TokenAnswer> {
    let secret = read_secret(secret_file).await?;
    let client = Grant::new(ClientId::new(client_id.to_string()))
        .set_client_secret(ClientSecret::new(secret.expose_secret().to_string()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::from_url(url.clone()));
    let (http, url) = (http.clone(), url.clone());
    let send = move |request: HttpRequest| exchange_for_oauth2(http.clone(), url.clone(), request);
    let answer = client.exchange_client_credentials().request_async(&send).await;
    match answer {
        Ok(answer) => {
            let extra = answer.extra_fields();
            let checked = TokenAnswer::checked(
                Some(answer.access_token().secret().clone()),
                extra.instance_url.as_deref(),
                extra.id.as_deref(),
            );
            checked.map_err(Error::from)
        }
        Err(RequestTokenError::ServerResponse(said)) => Err(refusal(
            said.error().as_ref(),
            said.error_description().map(String::as_str).unwrap_or_default(),
        )
        .into()),
        Err(RequestTokenError::Request(error)) => Err(error),
        // The parse error carries the body: it must not be shown.
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
            Err(answer::Error::AnswerUnusable { reason: "it is not a token answer" }.into())
        }
    }
}

async fn exchange_for_oauth2(http: Client, url: Url, request: HttpRequest) -> Result<HttpResponse> {
    let request = reqwest::Request::try_from(request)
        .map_err(|error| unreachable(&url, &error.without_url().to_string()))?;
    let (status, body) = exchange(&http, &url, request).await?;
    let mut response = HttpResponse::new(body);
    *response.status_mut() = http_status(status);
    Ok(response)
}

fn http_status(status: u16) -> oauth2::http::StatusCode {
    oauth2::http::StatusCode::from_u16(status).unwrap_or(oauth2::http::StatusCode::BAD_GATEWAY)
}

async fn read_secret(path: &Path) -> Result<SecretString> {
    let text = tokio::fs::read_to_string(path).await.map(SecretString::from).map_err(|error| {
        Error::FileUnreadable {
            what: "client secret",
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    })?;
    Ok(SecretString::from(text.expose_secret().trim().to_string()))
}

/// Sends a login and reads the answer; what is the network's or the server's fault ends here.
async fn exchange(http: &Client, url: &Url, request: reqwest::Request) -> Result<(u16, Vec<u8>)> {
    let response = http
        .execute(request)
        .await
        .map_err(|error| unreachable(url, &error.without_url().to_string()))?;
    let status = response.status().as_u16();
    if status == 429 || status >= 500 {
        let after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(|seconds: u64| Duration::from_secs(seconds.min(3600)));
        let reason = format!("status {status}");
        return Err(Error::LoginUnreachable { host: host(url), reason, after });
    }
    let body =
        limited_body(response, LONGEST_ANSWER).await.map_err(|reason| unreachable(url, &reason))?;
    Ok((status, body))
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_string()
}

fn unreachable(url: &Url, reason: &str) -> Error {
    Error::LoginUnreachable { host: host(url), reason: reason.to_string(), after: None }
}
