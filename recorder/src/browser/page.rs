//! One tab with one page: opened in place of the one before, listened to by the page contract, and
//! asked every second whether it still lives.

use std::time::Duration;

use chime_contract::page::{BINDING, PageMessage};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::cdp::{Cdp, CdpError, Event};
use super::chromium::{Browser, BrowserError, CALL};
use crate::clock::spawn;
use crate::display::{HEIGHT, WIDTH};

/// Time between two questions whether the page lives, and patience with each.
const PING: Duration = Duration::from_secs(1);
/// A page that has spoken and is then not heard for so long hangs.
const HUNG: Duration = Duration::from_secs(4);
/// One that has not spoken yet may be busy with loading for so long.
const LOADING: Duration = Duration::from_secs(10);

/// Why a page is of no use any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Its process died.
    #[error("the tab crashed")]
    Crashed,
    /// It does not answer.
    #[error("the tab hangs")]
    Hung,
    /// It was closed.
    #[error("the tab was closed")]
    Closed,
    /// It could not be loaded.
    #[error("the page could not be loaded ({0})")]
    NotLoaded(String),
    /// The browser is gone, or its DevTools connection.
    #[error("the browser is gone")]
    NoBrowser,
}

/// What is known of a page.
#[derive(Debug, Clone, Default)]
pub struct News {
    /// Its last message.
    pub message: Option<PageMessage>,
    /// When it last answered, by whatever way.
    pub heard_at: Option<Instant>,
    /// Set once it is of no use.
    pub trouble: Option<Trouble>,
}

/// An open page.
pub struct Page {
    cdp: Cdp,
    session: String,
    target: String,
    news: watch::Receiver<News>,
    _listening: DropGuard,
}

impl Page {
    /// Opens an address in a new tab and closes all others. Returns once the tab has begun to load;
    /// `news` tells what becomes of it. The address is never logged: it may hold a key.
    pub async fn open(browser: &Browser, address: &str) -> Result<Self, BrowserError> {
        let cdp = browser.cdp.clone();
        let others = tabs(&cdp).await?;
        let made = cdp.call(None, "Target.createTarget", json!({"url": "about:blank"}), CALL);
        let target = text(&made.await?, "targetId");
        let attach = json!({"targetId": target, "flatten": true});
        let attached = cdp.call(None, "Target.attachToTarget", attach, CALL).await?;
        let session = text(&attached, "sessionId");
        let (tell, news) = watch::channel(News::default());
        let over = CancellationToken::new();
        let events = cdp.events();
        for method in ["Page.enable", "Runtime.enable", "Network.enable", "Inspector.enable"] {
            cdp.call(Some(&session), method, json!({}), CALL).await?;
        }
        let binding = json!({"name": BINDING});
        cdp.call(Some(&session), "Runtime.addBinding", binding, CALL).await?;
        let page = Self { cdp, session, target, news, _listening: over.clone().drop_guard() };
        spawn(listen(Listener::of(&page), events, tell.clone(), over.clone()));
        for other in others {
            // A hung tab answers nothing, and a crashed one is gone: either way ours is in front.
            let close = json!({"targetId": other});
            let _ = page.cdp.call(None, "Target.closeTarget", close, Duration::from_secs(1)).await;
        }
        page.fit().await?;
        spawn(ask(page.cdp.clone(), page.session.clone(), tell.clone(), over));
        let (cdp, session) = (page.cdp.clone(), page.session.clone());
        let address = json!({"url": address});
        spawn(async move {
            let loading =
                cdp.call(Some(&session), "Page.navigate", address, Duration::from_secs(30));
            let failed = match loading.await {
                Ok(answer) => answer["errorText"].as_str().map(String::from),
                Err(error) => Some(error.to_string()),
            };
            if let Some(failed) = failed {
                trouble(&tell, Trouble::NotLoaded(failed));
            }
        });
        Ok(page)
    }

    /// Makes the page exactly as large as the picture, and looks whether it is.
    async fn fit(&self) -> Result<(), BrowserError> {
        let mut found = self.inner_size().await?;
        if found != (u64::from(WIDTH), u64::from(HEIGHT)) {
            // Without a window manager a kiosk window may come out a pixel short.
            let metrics = json!({
                "width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false,
            });
            let method = "Emulation.setDeviceMetricsOverride";
            self.cdp.call(Some(&self.session), method, metrics, CALL).await?;
            found = self.inner_size().await?;
        }
        if found == (u64::from(WIDTH), u64::from(HEIGHT)) {
            Ok(())
        } else {
            Err(BrowserError::Size(found.0, found.1))
        }
    }

    async fn inner_size(&self) -> Result<(u64, u64), CdpError> {
        let size = self.evaluate("[innerWidth, innerHeight]").await?;
        Ok((size[0].as_u64().unwrap_or(0), size[1].as_u64().unwrap_or(0)))
    }

    /// What is known of it, as it changes.
    pub fn news(&self) -> watch::Receiver<News> {
        self.news.clone()
    }

    /// The value of an expression in the page.
    pub async fn evaluate(&self, expression: &str) -> Result<Value, CdpError> {
        let params = json!({"expression": expression, "returnByValue": true});
        let mut answer =
            self.cdp.call(Some(&self.session), "Runtime.evaluate", params, CALL).await?;
        Ok(answer["result"]["value"].take())
    }

    /// Goes elsewhere, so that what is shown can say goodbye.
    pub async fn leave(self) {
        let nowhere = json!({"url": "about:blank"});
        let patience = Duration::from_secs(1);
        // A page that does not answer any more leaves when its browser is killed.
        let _ = self.cdp.call(Some(&self.session), "Page.navigate", nowhere, patience).await;
    }

    /// What it shows, as PNG.
    pub async fn screenshot(&self) -> Option<Vec<u8>> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let params = json!({"format": "png"});
        let session = Some(self.session.as_str());
        let shot = self.cdp.call(session, "Page.captureScreenshot", params, CALL).await.ok()?;
        STANDARD.decode(shot["data"].as_str()?).ok()
    }

    /// Makes its process die; for tests of what follows.
    pub async fn crash(&self) {
        let wait = Duration::from_millis(500);
        // No answer comes of this one.
        let _ = self.cdp.call(Some(&self.session), "Page.crash", json!({}), wait).await;
    }

    /// Keeps its process busy for ever; for tests of what follows.
    pub async fn hang(&self) {
        let wait = Duration::from_millis(500);
        let params = json!({"expression": "setTimeout(() => { for (;;) {} })"});
        let _ = self.cdp.call(Some(&self.session), "Runtime.evaluate", params, wait).await;
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_string()
}

async fn tabs(cdp: &Cdp) -> Result<Vec<String>, CdpError> {
    let all = cdp.call(None, "Target.getTargets", json!({}), CALL).await?;
    let infos = all["targetInfos"].as_array().cloned().unwrap_or_default();
    Ok(infos.iter().filter(|t| t["type"] == "page").map(|t| text(t, "targetId")).collect())
}

/// The first trouble stays.
fn trouble(tell: &watch::Sender<News>, trouble: Trouble) {
    tell.send_if_modified(|news| {
        let first = news.trouble.is_none();
        if first {
            news.trouble = Some(trouble);
        }
        first
    });
}

fn heard(tell: &watch::Sender<News>) {
    tell.send_modify(|news| news.heard_at = Some(Instant::now()));
}

struct Listener {
    cdp: Cdp,
    session: String,
    target: String,
}

impl Listener {
    fn of(page: &Page) -> Self {
        let Page { cdp, session, target, .. } = page;
        Self { cdp: cdp.clone(), session: session.clone(), target: target.clone() }
    }
}

async fn listen(
    page: Listener,
    mut events: tokio::sync::broadcast::Receiver<Event>,
    tell: watch::Sender<News>,
    over: CancellationToken,
) {
    loop {
        let event = tokio::select! {
            () = over.cancelled() => return,
            () = page.cdp.gone() => return trouble(&tell, Trouble::NoBrowser),
            event = events.recv() => match event {
                Ok(event) => event,
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => continue,
                Err(_) => return trouble(&tell, Trouble::NoBrowser),
            },
        };
        let ours = event.session.as_deref() == Some(&page.session);
        let about_us = event.params["targetId"].as_str() == Some(&page.target);
        match event.method.as_str() {
            "Runtime.bindingCalled" if ours && event.params["name"] == BINDING => {
                match PageMessage::parse(event.params["payload"].as_str().unwrap_or_default()) {
                    Ok(message) => tell.send_modify(|news| {
                        news.message = Some(message);
                        news.heard_at = Some(Instant::now());
                    }),
                    Err(error) => tracing::warn!(%error, "the page said something else"),
                }
            }
            "Inspector.targetCrashed" if ours => trouble(&tell, Trouble::Crashed),
            "Target.targetCrashed" if about_us => trouble(&tell, Trouble::Crashed),
            "Target.targetDestroyed" if about_us => trouble(&tell, Trouble::Closed),
            "Page.javascriptDialogOpening" if ours => {
                let accept = json!({"accept": true});
                let method = "Page.handleJavaScriptDialog";
                let _ = page.cdp.call(Some(&page.session), method, accept, CALL).await;
            }
            "Network.responseReceived" if ours && event.params["type"] == "Document" => {
                let status = event.params["response"]["status"].as_u64().unwrap_or(0);
                if status >= 400 {
                    trouble(&tell, Trouble::NotLoaded(format!("HTTP {status}")));
                }
            }
            _ => {}
        }
    }
}

async fn ask(cdp: Cdp, session: String, tell: watch::Sender<News>, over: CancellationToken) {
    let begun = Instant::now();
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            () = tokio::time::sleep(PING) => {}
        }
        let question = json!({"expression": "1"});
        match cdp.call(Some(&session), "Runtime.evaluate", question, PING).await {
            Ok(_) => heard(&tell),
            Err(CdpError::Gone) => return trouble(&tell, Trouble::NoBrowser),
            Err(_) => {
                let (heard_at, spoke) = {
                    let news = tell.borrow();
                    (news.heard_at.unwrap_or(begun), news.message.is_some())
                };
                if heard_at.elapsed() >= if spoke { HUNG } else { LOADING } {
                    return trouble(&tell, Trouble::Hung);
                }
            }
        }
    }
}
