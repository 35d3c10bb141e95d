//! Whole meetings over real sockets: bots as clients, and a service that lets in whom the test
//! names. No browser: what browsers make of it is shown by `tests/browser/sdk`.

#![allow(missing_docs, clippy::unwrap_used, reason = "all of this is test code")]

mod service;

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use chime_media::bot::{Bot, BotState, Looks, Over, Place, Tone};
use chime_media::hall::Entry;
use chime_media::presence::News;
use chime_media::server::Media;
use futures::{SinkExt, StreamExt};
use service::{Service, Told};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// A machine that builds other things meanwhile is slow; nothing is judged by time.
const PATIENCE: Duration = Duration::from_secs(60);

struct Stage {
    service: Arc<Service>,
    media: Media,
    signaling: String,
}

impl Stage {
    fn new() -> Self {
        let service = Arc::new(Service::default());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let signaling = format!("ws://{}", listener.local_addr().unwrap());
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let media = Media::start(listener, udp, service.clone()).unwrap();
        Self { service, media, signaling }
    }

    fn place(&self, meeting: &str, who: &str) -> Place {
        Place {
            signaling_url: format!("{}/control/{meeting}", self.signaling),
            audio_host_url: "127.0.0.1".into(),
            join_token: format!("token-{who}"),
        }
    }

    fn bot(&self, meeting: &str, who: &str) -> Bot {
        let tone = Some(Arc::new(Tone::new(500.0).unwrap()));
        let picture = Some(Arc::new(service::picture()));
        let looks = Looks { tone, picture, greeting: Some(("hello".into(), b"me".to_vec())) };
        Bot::join(self.place(meeting, who), looks)
    }

    async fn until(&self, what: &str, holds: impl Fn(&[Entry]) -> bool) -> Vec<Entry> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let ledger = self.media.ledger().await;
            if holds(&ledger) {
                return ledger;
            }
            assert!(tokio::time::Instant::now() < end, "{what}: not in time; {ledger:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn of<'a>(ledger: &'a [Entry], who: &str) -> Option<&'a Entry> {
    ledger.iter().find(|e| e.attendee_id == who)
}

async fn state(bot: &Bot, wanted: impl Fn(&BotState) -> bool) -> BotState {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let state = bot.state();
        if wanted(&state) || tokio::time::Instant::now() > end {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn over(state: &BotState) -> bool {
    matches!(state, BotState::Over(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_send_sound_and_pictures_and_leave_properly() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada", "ben"]);
    let (ada, ben) = (stage.bot("m", "ada"), stage.bot("m", "ben"));
    let both = |l: &[Entry]| {
        ["ada", "ben"].iter().all(|who| {
            of(l, who).is_some_and(|e| {
                e.sending.audio && e.sending.video && e.frames.video > 20 && e.frames.audio > 50
            })
        })
    };
    stage.until("both send", both).await;
    stage
        .until("Ada is loud", |l| of(l, "ada").is_some_and(|e| e.level < 40 && e.arrives < 40))
        .await;
    ada.leave().await;
    stage.until("Ada is gone", |l| of(l, "ada").is_none() && of(l, "ben").is_some()).await;
    let told = stage.service.told();
    assert!(told.contains(&Told::Joined("ada".into())));
    assert!(told.contains(&Told::Left("ada".into())), "{told:?}");
    assert!(told.contains(&Told::News("ada".into(), News::Video(true))));
    assert!(told.contains(&Told::News("ada".into(), News::Video(false))));
    assert!(!told.iter().any(|t| matches!(t, Told::Silent(who) if who == "ada")));
    drop(ben);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_receive_sends_nothing_whatever_the_client_tries() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada", "ben"]);
    stage.service.may("ada", service::receive_only());
    let (_ada, _ben) = (stage.bot("m", "ada"), stage.bot("m", "ben"));
    let tries = |l: &[Entry]| {
        of(l, "ada").is_some_and(|e| e.frames.audio > 50 && e.arrives < 40)
            && of(l, "ben").is_some_and(|e| e.sending.video)
    };
    let ledger = stage.until("Ada tries", tries).await;
    let ada = of(&ledger, "ada").unwrap();
    assert!(!ada.sending.audio && !ada.sending.video && ada.level == 127, "{ada:?}");
    assert!(!stage.service.told().contains(&Told::News("ada".into(), News::Video(true))));
}

#[tokio::test(flavor = "multi_thread")]
async fn abilities_that_are_taken_away_end_the_picture() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada"]);
    let _ada = stage.bot("m", "ada");
    stage.until("Ada sends", |l| of(l, "ada").is_some_and(|e| e.sending.video)).await;
    stage.service.may("ada", service::receive_only());
    let quiet = |e: &Entry| !e.sending.video && !e.sending.audio;
    stage.until("Ada sends no more", |l| of(l, "ada").is_some_and(quiet)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_hears_411_and_the_end_is_410() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada", "ben"]);
    let (ada, ben) = (stage.bot("m", "ada"), stage.bot("m", "ben"));
    stage.until("both are in", |l| l.iter().filter(|e| e.joined).count() == 2).await;
    stage.service.remove("ada");
    assert_eq!(state(&ada, over).await, BotState::Over(Over::Told(411)));
    assert_eq!(ben.state(), BotState::In);
    stage.service.end("m");
    assert_eq!(state(&ben, over).await, BotState::Over(Over::Told(410)));
    let late = stage.bot("m", "ben");
    assert_eq!(state(&late, over).await, BotState::Over(Over::Told(410)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_elsewhere_is_put_out_here() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada"]);
    let here = stage.bot("m", "ada");
    state(&here, |s| *s == BotState::In).await;
    let there = stage.bot("m", "ada");
    assert_eq!(state(&here, over).await, BotState::Over(Over::Told(301)));
    assert_eq!(state(&there, |s| *s != BotState::Joining).await, BotState::In);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada"]);
    let stranger = stage.bot("m", "stranger");
    assert_eq!(state(&stranger, over).await, BotState::Over(Over::Told(403)));
    assert!(stage.media.ledger().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_counts_as_there_until_the_service_says_gone() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada"]);
    let ada = stage.bot("m", "ada");
    state(&ada, |s| *s == BotState::In).await;
    assert!(stage.media.cut("ada").await);
    assert!(matches!(state(&ada, over).await, BotState::Over(Over::Lost(_))));
    let cut = |e: &Entry| e.joined && !e.connected && !e.sending.video;
    stage.until("Ada is there, cut", |l| of(l, "ada").is_some_and(cut)).await;
    assert!(stage.service.told().contains(&Told::Silent("ada".into())));
    stage.service.drop_silent();
    stage.until("Ada is gone", |l| of(l, "ada").is_none()).await;
    assert!(!stage.media.cut("ada").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_that_stop_are_told_and_so_is_their_return() {
    let stage = Stage::new();
    stage.service.seats("m", &["ada"]);
    let ada = stage.bot("m", "ada");
    state(&ada, |s| *s == BotState::In).await;
    assert!(stage.media.deafen("ada", Duration::from_secs(6)).await);
    stage.until("silence is noticed", |l| of(l, "ada").is_some_and(|e| e.silent)).await;
    stage.until("and its end", |l| of(l, "ada").is_some_and(|e| !e.silent)).await;
    let told = stage.service.told();
    let at = |wanted: Told| told.iter().position(|t| *t == wanted);
    assert!(at(Told::Silent("ada".into())) < at(Told::Heard("ada".into())), "{told:?}");
    assert_eq!(ada.state(), BotState::In);
}

#[tokio::test(flavor = "multi_thread")]
async fn meetings_do_not_mix_and_garbage_stops_nothing() {
    let stage = Stage::new();
    stage.service.seats("one", &["ada"]);
    stage.service.seats("two", &["ben"]);
    let _bots = (stage.bot("one", "ada"), stage.bot("two", "ben"));
    for garbage in [vec![], vec![0xff; 300], vec![5], vec![5, 0xff, 0xff], vec![5; 200_000]] {
        let mut request = format!("{}/control/one", stage.signaling).into_client_request().unwrap();
        let protocols = "_aws_wt_session, token-ada#content".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        let (mut socket, answer) = tokio_tungstenite::connect_async(request).await.unwrap();
        assert_eq!(answer.headers()["sec-websocket-protocol"], "_aws_wt_session");
        // The server may close in the middle; that is an answer too.
        let _ = socket.send(Message::Binary(garbage.into())).await;
        let _ = socket.send(Message::Text("words".into())).await;
        let _ = socket.close(None).await;
        while let Some(Ok(_)) = socket.next().await {}
    }
    let apart = |l: &[Entry]| {
        l.len() == 2 && l.iter().all(|e| e.frames.audio > 50 && e.receiving.is_empty())
    };
    let ledger = stage.until("both meetings go on", apart).await;
    assert_ne!(ledger[0].meeting_id, ledger[1].meeting_id);
}
