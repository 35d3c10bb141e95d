//! A bot's visit from the first connection to the last packet.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::client::{self, Ears, Mouth};
use super::{BotState, Looks, Over, Place};
use crate::mixer::{FRAME, TICK};
use crate::wire::{Frame, Kind};

/// Between two pictures: 15 a second.
const PICTURE: Duration = Duration::from_nanos(66_666_667);
/// Ticks of the picture clock between two pictures.
const PICTURE_TICKS: u64 = 6_000;
/// Between two signs of life.
const PING: Duration = Duration::from_secs(10);
/// Getting in, and out, takes no longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs a visit until it is over.
pub(super) async fn run(
    place: Place,
    looks: Looks,
    tell: &watch::Sender<BotState>,
    left: mpsc::Receiver<()>,
) -> Over {
    let mut left = left;
    let begun = tokio::select! {
        begun = tokio::time::timeout(PATIENCE, begin(&place, &looks)) => begun,
        // Nobody wants it to come any more.
        _ = left.recv() => return Over::Left,
    };
    match begun {
        Err(_) => Over::Lost("it took too long to get in".into()),
        Ok(Err(over)) => over,
        Ok(Ok(mut call)) => {
            let over = call.stay(tell, &mut left).await.unwrap_or_else(Over::Lost);
            call.mouth.close().await;
            over
        }
    }
}

/// A call whose offer was answered.
struct Call {
    looks: Looks,
    mouth: Mouth,
    ears: Ears,
    rtc: Rtc,
    udp: UdpSocket,
    address: SocketAddr,
    audio: Mid,
    video: Option<Mid>,
    connected: bool,
    sounds: u64,
    pictures: u64,
    /// The picture of the loop that is next.
    next_picture: usize,
}

/// Connects, says hello, offers and takes the answer.
async fn begin(place: &Place, looks: &Looks) -> Result<Call, Over> {
    let lost = |e: &dyn std::fmt::Display| Over::Lost(e.to_string());
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|e| lost(&e))?;
    let address = udp.local_addr().map_err(|e| lost(&e))?;
    let mut rtc = Rtc::builder()
        .clear_codecs()
        .enable_opus(true, false)
        .enable_vp8(true)
        .build(Instant::now().into_std());
    rtc.add_local_candidate(Candidate::host(address, "udp").map_err(|e| lost(&e))?);
    let (audio, video, offer, pending) = offer(&mut rtc, looks).map_err(Over::Lost)?;
    let (mut mouth, mut ears) = client::connect(place).await.map_err(Over::Lost)?;
    mouth.say(client::join()).await.map_err(Over::Lost)?;
    expect(&mut ears, Kind::Index).await?;
    let camera = video.is_some();
    let subscribe = client::subscribe(place, offer, camera, looks.tone.is_none());
    mouth.say(subscribe).await.map_err(Over::Lost)?;
    let acknowledged = expect(&mut ears, Kind::SubscribeAck).await?.suback.unwrap_or_default();
    let answer = acknowledged.sdp_answer.unwrap_or_default();
    let answer = SdpAnswer::from_sdp_string(&answer).map_err(|e| lost(&e))?;
    rtc.sdp_api().accept_answer(pending, answer).map_err(|e| lost(&e))?;
    Ok(Call {
        looks: looks.clone(),
        mouth,
        ears,
        rtc,
        udp,
        address,
        audio,
        video,
        connected: false,
        sounds: 0,
        pictures: 0,
        next_picture: 0,
    })
}

type Offered = (Mid, Option<Mid>, String, SdpPendingOffer);

fn offer(rtc: &mut Rtc, looks: &Looks) -> Result<Offered, String> {
    let mut change = rtc.sdp_api();
    let audio = change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
    let video = looks
        .picture
        .is_some()
        .then(|| change.add_media(MediaKind::Video, Direction::SendOnly, None, None, None));
    let (offer, pending) = change.apply().ok_or("there is nothing to offer")?;
    Ok((audio, video, offer.to_sdp_string(), pending))
}

/// Waits for a frame; others on the way are of no use yet.
async fn expect(ears: &mut Ears, kind: Kind) -> Result<Frame, Over> {
    loop {
        let said = ears.hear().await.map_err(ended)?;
        if let Some(status) = client::ending(&said) {
            return Err(Over::Told(status));
        }
        if said.r#type == kind as i32 {
            return Ok(said);
        }
    }
}

/// How a connection's end reads.
fn ended(how: Result<u16, String>) -> Over {
    match how {
        Ok(4410) => Over::Told(410),
        Ok(4403) => Over::Told(403),
        Ok(code) => Over::Lost(format!("the server closed with {code}")),
        Err(error) => Over::Lost(error),
    }
}

impl Call {
    /// Sends and listens until the visit is over; gives its end, or how it was lost.
    async fn stay(
        &mut self,
        tell: &watch::Sender<BotState>,
        left: &mut mpsc::Receiver<()>,
    ) -> Result<Over, String> {
        let start = Instant::now();
        let (mut next_sound, mut next_picture) = (start, start);
        let (mut next_ping, mut pings) = (start + PING, 0);
        let mut leaving: Option<Instant> = None;
        let mut packet = vec![0; 2_000];
        loop {
            let wake = self.drain().await?;
            if self.connected && *tell.borrow() == BotState::Joining {
                // Nobody may look any more.
                let _ = tell.send(BotState::In);
                (next_sound, next_picture) = (Instant::now(), Instant::now());
            }
            let now = Instant::now();
            if !self.connected && now > start + PATIENCE {
                return Err("no packets came through".into());
            }
            if leaving.is_some_and(|until| now > until) {
                return Ok(Over::Left);
            }
            let wait = wake.min(next_sound.min(next_picture).max(now)).min(next_ping);
            tokio::select! {
                came = self.udp.recv_from(&mut packet) => {
                    if let Ok((length, from)) = came {
                        self.packet(from, &packet[..length])?;
                    }
                }
                said = self.ears.hear() => match said {
                    Ok(said) => {
                        if let Some(status) = client::ending(&said) {
                            return Ok(Over::Told(status));
                        }
                        if said.r#type == Kind::LeaveAck as i32 {
                            return Ok(Over::Left);
                        }
                        if client::somebody_came(&said)
                            && let Some((topic, data)) = &self.looks.greeting
                        {
                            self.mouth.say(client::message(topic, data)).await?;
                        }
                    }
                    Err(how) => return Ok(ended(how)),
                },
                order = left.recv(), if leaving.is_none() => {
                    if order.is_none() {
                        return Err("nobody holds this bot any more".into());
                    }
                    self.mouth.say(client::leave()).await?;
                    leaving = Some(now + PATIENCE);
                }
                () = tokio::time::sleep_until(wait) => {}
            }
            let now = Instant::now();
            self.rtc.handle_input(Input::Timeout(now.into_std())).map_err(|e| e.to_string())?;
            self.drain().await?;
            if now >= next_ping {
                pings += 1;
                self.mouth.say(client::ping(pings)).await?;
                next_ping = now + PING;
            }
            if now >= next_sound {
                self.sound(now).await?;
                // After a long pause of this machine the time lost is lost.
                next_sound = (next_sound + TICK).max(now.checked_sub(TICK * 5).unwrap_or(now));
            }
            if now >= next_picture {
                self.picture(now).await?;
                next_picture =
                    (next_picture + PICTURE).max(now.checked_sub(PICTURE).unwrap_or(now));
            }
        }
    }

    fn packet(&mut self, from: SocketAddr, bytes: &[u8]) -> Result<(), String> {
        let Ok(contents) = bytes.try_into() else { return Ok(()) };
        let destination = self.address;
        let receive = Receive { proto: Protocol::Udp, source: from, destination, contents };
        let input = Input::Receive(Instant::now().into_std(), receive);
        if !self.rtc.accepts(&input) {
            return Ok(());
        }
        self.rtc.handle_input(input).map_err(|e| e.to_string())
    }

    /// Sends what is to be sent. Gives the time at which the peer wants to be woken.
    async fn drain(&mut self) -> Result<Instant, String> {
        loop {
            match self.rtc.poll_output().map_err(|e| e.to_string())? {
                Output::Timeout(at) => return Ok(Instant::from_std(at)),
                // A packet that does not go is a lost packet.
                Output::Transmit(packet) => {
                    let _ = self.udp.send_to(&packet.contents, packet.destination).await;
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::KeyframeRequest(_)) => {
                    if let Some(picture) = &self.looks.picture {
                        self.next_picture = picture.next_alone(self.next_picture);
                    }
                }
                Output::Event(_) => {}
            }
        }
    }

    async fn sound(&mut self, now: Instant) -> Result<(), String> {
        let (Some(tone), true) = (&self.looks.tone, self.connected) else { return Ok(()) };
        let packet = tone.packet(self.sounds);
        let time = MediaTime::new(self.sounds * FRAME as u64, Frequency::FORTY_EIGHT_KHZ);
        self.sounds += 1;
        self.write(self.audio, time, packet, now).await
    }

    async fn picture(&mut self, now: Instant) -> Result<(), String> {
        let (Some(picture), Some(mid), true) = (&self.looks.picture, self.video, self.connected)
        else {
            return Ok(());
        };
        let frame = picture.frame(self.next_picture);
        self.next_picture = (self.next_picture + 1) % picture.len();
        let time = MediaTime::new(self.pictures * PICTURE_TICKS, Frequency::NINETY_KHZ);
        self.pictures += 1;
        self.write(mid, time, frame, now).await
    }

    async fn write(
        &mut self,
        mid: Mid,
        time: MediaTime,
        data: std::sync::Arc<[u8]>,
        now: Instant,
    ) -> Result<(), String> {
        let Some(writer) = self.rtc.writer(mid) else { return Ok(()) };
        let Some(pt) = writer.payload_params().next().map(|p| p.pt()) else { return Ok(()) };
        writer.write(pt, now.into_std(), time, data).map_err(|e| e.to_string())?;
        self.drain().await.map(|_| ())
    }
}
