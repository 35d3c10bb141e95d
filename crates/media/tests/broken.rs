//! A media part that breaks ends its process, with a message: a meeting that is silent for ever
//! would look like a fault of whoever is in it.

#![allow(missing_docs, clippy::unwrap_used, reason = "all of this is test code")]

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chime_media::bot::{Bot, Looks, Place};
use chime_media::presence::{News, Presence, Refused, Seat, Standing, Visit};
use chime_media::server::Media;

/// Set for the process that is to end.
const BREAK: &str = "CHIME_MEDIA_BREAK";

/// A service with a fault: a question of the hall that is no client's doing.
struct Faulty;

impl Presence for Faulty {
    fn seat(&self, _: &str, _: &str) -> Result<Seat, Refused> {
        panic!("the register is torn")
    }
    fn join(&self, _: &str, _: &str) -> Result<Visit, Refused> {
        Err(Refused::Ended)
    }
    fn leave(&self, _: Visit) {}
    fn silent(&self, _: Visit, _: u64) {}
    fn heard(&self, _: Visit) {}
    fn standing(&self, _: Visit) -> Standing {
        Standing::Gone
    }
    fn forget(&self, _: Visit) {}
    fn tell(&self, _: &Seat, _: News) {}
    fn now_ms(&self) -> i64 {
        0
    }
}

async fn meet() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let signaling_url = format!("ws://{}/control/m", listener.local_addr().unwrap());
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let _media = Media::start(listener, udp, Arc::new(Faulty)).unwrap();
    let place =
        Place { signaling_url, audio_host_url: "127.0.0.1".into(), join_token: "token-ada".into() };
    let _bot = Bot::join(place, Looks::default());
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn a_media_part_that_breaks_ends_its_process_and_says_why() {
    if std::env::var_os(BREAK).is_some() {
        return meet().await;
    }
    let name = "a_media_part_that_breaks_ends_its_process_and_says_why";
    let mut again = Command::new(std::env::current_exe().unwrap());
    let said = again.args(["--exact", name, "--nocapture"]).env(BREAK, "1").output().unwrap();
    let words = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.signal(), Some(6), "it was to abort: {words}");
    let line = words.lines().find(|line| line.starts_with("The media part broke"));
    assert!(line.unwrap().contains("the register is torn"), "{words}");
}
