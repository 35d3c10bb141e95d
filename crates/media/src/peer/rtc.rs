//! The peer itself: str0m behind the few words the hall speaks. After every change it is drained:
//! packets to send and what happened go to the caller's list.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::error::SdpError;
use str0m::media::{Frequency, KeyframeRequestKind, MediaData, MediaTime, Mid, Rid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcError};

use super::sdp;
use crate::mixer::FRAME;

/// Packets of sound that may wait for a late one before them. More would be heard as lag.
const REORDER: usize = 4;

/// Why a peer cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The offer is not one.
    #[error("the offer cannot be read: {0}")]
    Offer(#[from] SdpError),
    /// The offer cannot be taken, or packets break a rule.
    #[error("the peer failed: {0}")]
    Rtc(#[from] RtcError),
    /// It is no more.
    #[error("the peer is over")]
    Over,
    /// Our own address is no candidate.
    #[error("the media address cannot be offered: {0}")]
    Address(String),
}

/// What came of draining.
#[derive(Debug)]
pub enum Happened {
    /// The first packets flow both ways.
    Connected,
    /// Sound came in.
    Sound(Box<MediaData>),
    /// A picture came in.
    Picture(Box<MediaData>),
    /// The client needs a whole picture on this line.
    WantsKey(Mid),
}

/// One peer.
pub struct Peer {
    rtc: Rtc,
    fingerprint: Option<String>,
    /// The line of sound.
    audio: Option<Mid>,
    /// The line by which pictures come in; of several sizes the first that came.
    picture_in: Option<(Mid, Option<Rid>)>,
    /// Samples sent so far: the times of the mix.
    samples: u64,
    /// When it wants to be woken.
    pub wake: Instant,
    pub(crate) happened: Vec<Happened>,
    pub(crate) packets: Vec<(SocketAddr, Vec<u8>)>,
}

impl Peer {
    /// A peer that answers from `address`.
    ///
    /// # Errors
    /// The address cannot be offered to clients.
    pub fn new(address: SocketAddr, now: Instant) -> Result<Self, PeerError> {
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            // One codec that every browser encodes cheaply and the recorder's laptop decodes.
            .enable_vp8(true)
            .set_ice_lite(true)
            .set_reordering_size_audio(REORDER)
            .build(now);
        let candidate =
            Candidate::host(address, "udp").map_err(|e| PeerError::Address(e.to_string()))?;
        rtc.add_local_candidate(candidate);
        Ok(Self {
            rtc,
            fingerprint: None,
            audio: None,
            picture_in: None,
            samples: 0,
            wake: now,
            happened: Vec::new(),
            packets: Vec::new(),
        })
    }

    /// True if the offer is of the same client object: a new one has new keys.
    pub fn is_of(&self, offer: &str) -> bool {
        self.fingerprint.is_none() || self.fingerprint.as_deref() == sdp::fingerprint(offer)
    }

    /// Takes an offer; the answer has the names clients look for.
    ///
    /// # Errors
    /// The offer is none, or cannot be taken.
    pub fn answer(&mut self, offer: &str) -> Result<String, PeerError> {
        let parsed = SdpOffer::from_sdp_string(offer)?;
        let answer = self.rtc.sdp_api().accept_offer(parsed)?;
        self.fingerprint = sdp::fingerprint(offer).map(Into::into);
        let audio = sdp::media_lines(offer).into_iter().find(|line| !line.video);
        self.audio = audio.map(|line| line.mid.as_str().into());
        let named = sdp::named_tracks(&answer.to_sdp_string());
        self.drain()?;
        Ok(named)
    }

    /// The number under which packets of a line go out.
    pub fn ssrc(&mut self, mid: Mid) -> Option<u32> {
        self.rtc.direct_api().stream_tx_by_mid(mid, None).map(|stream| *stream.ssrc())
    }

    /// True if this packet is this peer's.
    pub fn accepts(&self, from: SocketAddr, to: SocketAddr, bytes: &[u8], now: Instant) -> bool {
        received(from, to, bytes, now).is_some_and(|input| self.rtc.accepts(&input))
    }

    /// A packet.
    ///
    /// # Errors
    /// The peer is over.
    pub fn packet(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
        now: Instant,
    ) -> Result<(), PeerError> {
        let Some(input) = received(from, to, bytes, now) else { return Ok(()) };
        self.rtc.handle_input(input)?;
        self.drain()
    }

    /// Time passes.
    ///
    /// # Errors
    /// The peer is over.
    pub fn time(&mut self, now: Instant) -> Result<(), PeerError> {
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain()
    }

    /// Sends 20 ms of sound. Before the line is there it is nothing.
    ///
    /// # Errors
    /// The peer is over.
    pub fn sound(&mut self, packet: Vec<u8>, now: Instant) -> Result<(), PeerError> {
        let time = MediaTime::new(self.samples, Frequency::FORTY_EIGHT_KHZ);
        self.samples += FRAME as u64;
        let Some(writer) = self.audio.and_then(|mid| self.rtc.writer(mid)) else { return Ok(()) };
        let Some(pt) = writer.payload_params().next().map(|p| p.pt()) else { return Ok(()) };
        writer.write(pt, now, time, packet)?;
        self.drain()
    }

    /// Sends a picture by a line, at `time` of that line.
    ///
    /// # Errors
    /// The peer is over.
    pub fn picture(
        &mut self,
        mid: Mid,
        time: MediaTime,
        data: &MediaData,
        now: Instant,
    ) -> Result<(), PeerError> {
        let Some(writer) = self.rtc.writer(mid) else { return Ok(()) };
        let Some(pt) = writer.match_params(data.params) else { return Ok(()) };
        writer.write(pt, now, time, data.data.clone())?;
        self.drain()
    }

    /// Asks the client for a whole picture, on the line by which it sends.
    ///
    /// # Errors
    /// The peer is over.
    pub fn ask_key(&mut self) -> Result<(), PeerError> {
        let Some((mid, rid)) = self.picture_in else { return Ok(()) };
        let Some(mut writer) = self.rtc.writer(mid) else { return Ok(()) };
        // Before anything has come there is nothing to ask on; the first picture is a whole one.
        let _ = writer.request_keyframe(rid, KeyframeRequestKind::Pli);
        self.drain()
    }

    /// Over for good.
    pub fn over(&self) -> bool {
        !self.rtc.is_alive()
    }

    fn incoming(&mut self, data: MediaData) {
        let data = Box::new(data);
        if self.audio == Some(data.mid) {
            return self.happened.push(Happened::Sound(data));
        }
        // INFERRED: of a picture in several sizes the first that comes is the one sent on.
        if *self.picture_in.get_or_insert((data.mid, data.rid)) == (data.mid, data.rid) {
            self.happened.push(Happened::Picture(data));
        }
    }

    fn drain(&mut self) -> Result<(), PeerError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => {
                    self.wake = at;
                    return Ok(());
                }
                Output::Transmit(packet) => {
                    self.packets.push((packet.destination, packet.contents.into()));
                }
                Output::Event(Event::Connected) => self.happened.push(Happened::Connected),
                Output::Event(Event::MediaData(data)) => self.incoming(data),
                Output::Event(Event::KeyframeRequest(request)) => {
                    self.happened.push(Happened::WantsKey(request.mid));
                }
                Output::Event(_) => {}
            }
        }
    }
}

/// A packet as the library takes it; nothing if it is none of its kinds.
fn received(from: SocketAddr, to: SocketAddr, bytes: &[u8], now: Instant) -> Option<Input<'_>> {
    let contents = bytes.try_into().ok()?;
    let receive = Receive { proto: Protocol::Udp, source: from, destination: to, contents };
    Some(Input::Receive(now, receive))
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use proptest::prelude::*;
    use str0m::media::{Direction, MediaKind};

    use super::*;

    /// An offer of sound, a camera and two pictures to receive.
    fn offer() -> &'static str {
        static OFFER: OnceLock<String> = OnceLock::new();
        OFFER.get_or_init(|| {
            let now = tokio::time::Instant::now().into_std();
            let mut rtc = Rtc::builder().enable_vp8(true).build(now);
            let address = "127.0.0.1:4000".parse().unwrap();
            rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
            let mut change = rtc.sdp_api();
            change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
            change.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
            change.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
            change.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
            change.apply().unwrap().0.to_sdp_string()
        })
    }

    fn peer() -> Peer {
        let address = "127.0.0.1:8803".parse().unwrap();
        Peer::new(address, tokio::time::Instant::now().into_std()).unwrap()
    }

    #[test]
    fn the_answer_names_pictures_by_their_line_and_knows_their_numbers() {
        let mut peer = peer();
        let answer = peer.answer(offer()).unwrap();
        let wanted: Vec<_> =
            sdp::media_lines(offer()).into_iter().filter(|l| l.video && l.receives).collect();
        assert_eq!(wanted.len(), 2);
        for line in wanted {
            assert!(answer.contains(&format!("a=msid:v_{} ", line.mid)), "{answer}");
            assert!(peer.ssrc(line.mid.as_str().into()).is_some());
        }
        assert!(peer.is_of(offer()));
        assert!(!peer.is_of("v=0\r\na=fingerprint:sha-256 00:11\r\n"));
    }

    #[test]
    fn a_peer_takes_the_same_client_again() {
        let mut peer = peer();
        peer.answer(offer()).unwrap();
        assert!(peer.answer(offer()).is_ok());
    }

    proptest! {
        #[test]
        fn a_damaged_offer_is_taken_or_refused_and_nothing_else(
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..6)
        ) {
            let mut lines: Vec<String> = offer().lines().map(Into::into).collect();
            for (at, how, byte) in changes {
                let i = at.index(lines.len());
                match how {
                    0 => { lines.remove(i); }
                    1 => lines.insert(i, lines[i].clone()),
                    2 => { let half = lines[i].len() / 2; lines[i].truncate(half); }
                    _ => lines[i].push(char::from(byte)),
                }
            }
            let mut peer = peer();
            let _ = peer.answer(&(lines.join("\r\n") + "\r\n"));
        }
    }
}
