//! A hall without sockets: clients with real WebRTC peers, frames by hand, and a clock that only
//! the test moves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chime_media::hall::{Hall, Output, SessionId};
use chime_media::wire::signal::{Medium, Service as Way, Stream, Subscribe};
use chime_media::wire::{self, Frame, Kind, frame};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output as Made, Rtc};

use super::service::Service;

const STEP: Duration = Duration::from_millis(10);
/// Opus for 20 ms of silence.
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// A picture that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The mark of its sender.
    pub mark: u8,
    /// It can be shown alone.
    pub whole: bool,
    /// Its time on its line, 90,000 a second.
    pub time: u64,
}

/// One client connection.
pub struct Client {
    pub id: SessionId,
    rtc: Rtc,
    address: SocketAddr,
    pending: Option<SdpPendingOffer>,
    audio: Option<Mid>,
    camera: Option<Mid>,
    /// The lines by which it can receive pictures.
    pub lines: Vec<Mid>,
    mark: u8,
    /// The packet of sound it sends again and again.
    pub sound: Vec<u8>,
    /// Packets it has made and not sent.
    waiting: Vec<Vec<u8>>,
    connected: bool,
    /// The machine has died.
    pub dead: bool,
    next_whole: bool,
    /// How often it was asked for a whole picture.
    pub asked: usize,
    pub frames: Vec<Frame>,
    /// How the service closed it.
    pub closed: Option<Option<u16>>,
    pub seen: Vec<Seen>,
    pub heard: usize,
}

/// The hall and its clients.
pub struct World {
    pub hall: Hall,
    pub service: Arc<Service>,
    pub clients: Vec<Client>,
    pub now: Instant,
    steps: u64,
}

impl World {
    pub fn new(who: &[&str]) -> Self {
        let service = Arc::new(Service::default());
        service.seats("m", who);
        let now = tokio::time::Instant::now().into_std();
        let hall = Hall::new(service.clone(), here(), now);
        Self { hall, service, clients: Vec::new(), now, steps: 0 }
    }

    /// Connects and says hello; `ada#content` is Ada's screen. Gives the client's number.
    pub fn enters(&mut self, who: &str) -> usize {
        let number = self.clients.len();
        let id = SessionId(number as u64 + 1);
        let address: SocketAddr = format!("127.0.0.1:{}", 40_000 + number).parse().unwrap();
        let rtc = Rtc::builder().clear_codecs().enable_opus(true, false).enable_vp8(true);
        let mut rtc = rtc.build(self.now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        self.clients.push(Client {
            id,
            rtc,
            address,
            pending: None,
            audio: None,
            camera: None,
            lines: Vec::new(),
            mark: 0,
            sound: SILENCE.to_vec(),
            waiting: Vec::new(),
            connected: false,
            dead: false,
            next_whole: true,
            asked: 0,
            frames: Vec::new(),
            closed: None,
            seen: Vec::new(),
            heard: 0,
        });
        self.hall.opened(id, "m", &format!("token-{who}"), self.now);
        self.say(number, frame(Kind::Join));
        number
    }

    /// Offers sound, pictures of a mark (0: none) and two lines for pictures of these streams.
    pub fn offers(&mut self, number: usize, mark: u8, streams: &[u32]) {
        let client = &mut self.clients[number];
        let mut change = client.rtc.sdp_api();
        let mut add = |kind, direction| change.add_media(kind, direction, None, None, None);
        client.audio = Some(add(MediaKind::Audio, Direction::SendRecv));
        client.camera = (mark != 0).then(|| add(MediaKind::Video, Direction::SendOnly));
        client.lines = (0..2).map(|_| add(MediaKind::Video, Direction::RecvOnly)).collect();
        client.mark = mark;
        let (offer, pending) = change.apply().unwrap();
        client.pending = Some(pending);
        let camera = Stream { media_type: Some(Medium::Video.into()), ..Stream::default() };
        let own = client.camera.map(|_| 0);
        let sub = Subscribe {
            duplex: Some(if mark == 0 { Way::Rx } else { Way::Duplex }.into()),
            send_streams: client.camera.map(|_| camera).into_iter().collect(),
            receive_stream_ids: own.into_iter().chain(streams.iter().copied()).collect(),
            sdp_offer: Some(offer.to_sdp_string()),
            ..Subscribe::default()
        };
        self.say(number, Frame { sub: Some(sub), ..frame(Kind::Subscribe) });
        self.run(500);
    }

    /// Comes in with pictures of a mark.
    pub fn joins(&mut self, who: &str, mark: u8) -> usize {
        let number = self.enters(who);
        self.offers(number, mark, &[]);
        assert!(self.clients[number].connected, "{who} is not in");
        number
    }

    /// Says a frame.
    pub fn say(&mut self, number: usize, frame: Frame) {
        self.hall.frame(self.clients[number].id, &wire::write(&frame), self.now);
        self.deliver();
    }

    /// A client's connection breaks.
    pub fn breaks(&mut self, number: usize) {
        self.clients[number].dead = true;
        self.hall.closed(self.clients[number].id, self.now);
    }

    /// Lets time pass.
    pub fn run(&mut self, ms: u64) {
        for _ in 0..ms / STEP.as_millis() as u64 {
            self.now += STEP;
            self.steps += 1;
            for number in 0..self.clients.len() {
                let client = &mut self.clients[number];
                if !client.dead {
                    client.rtc.handle_input(Input::Timeout(self.now)).unwrap();
                    client.send(self.steps, self.now);
                }
            }
            self.deliver();
            self.hall.tick(self.now);
            self.deliver();
        }
    }

    /// Carries everything that is under way, until nothing is.
    fn deliver(&mut self) {
        loop {
            let mut still = true;
            for client in self.clients.iter_mut().filter(|client| !client.dead) {
                for packet in client.drain() {
                    self.hall.packet(client.address, &packet, self.now);
                    still = false;
                }
            }
            while let Some(output) = self.hall.output() {
                still = false;
                match output {
                    Output::Packet(to, packet) => {
                        let client = self.clients.iter_mut().find(|c| c.address == to).unwrap();
                        client.packet(&packet, self.now);
                    }
                    Output::Frame(id, bytes) => {
                        let client = self.clients.iter_mut().find(|c| c.id == id).unwrap();
                        client.frame(wire::read(&bytes).unwrap());
                    }
                    Output::Close(id, code) => {
                        let client = self.clients.iter_mut().find(|c| c.id == id).unwrap();
                        client.closed.get_or_insert(code);
                        client.dead = true;
                        self.hall.closed(id, self.now);
                    }
                }
            }
            if still {
                return;
            }
        }
    }

    /// What a client was told last of the pictures there are: attendee and stream.
    pub fn index(&self, number: usize) -> Vec<(String, u32)> {
        let last = self.clients[number].frames.iter().rev().find_map(|f| f.index.clone());
        let sources = last.unwrap().sources.into_iter();
        sources.map(|s| (s.attendee_id.unwrap(), s.stream_id.unwrap())).collect()
    }

    /// The stream of somebody's picture, as a client was told.
    pub fn stream(&self, number: usize, who: &str) -> u32 {
        let index = self.index(number);
        index.iter().find(|(name, _)| name == who).map(|(_, stream)| *stream).unwrap()
    }

    /// The pictures that came to a client since this was asked last.
    pub fn seen(&mut self, number: usize) -> Vec<Seen> {
        std::mem::take(&mut self.clients[number].seen)
    }
}

/// Where the hall's packets come in.
fn here() -> SocketAddr {
    "127.0.0.1:8803".parse().unwrap()
}

impl Client {
    /// Sound each 20 ms, a picture each 40.
    fn send(&mut self, steps: u64, now: Instant) {
        if !self.connected {
            return;
        }
        if steps.is_multiple_of(2) {
            let time = MediaTime::new(steps * 480, Frequency::FORTY_EIGHT_KHZ);
            self.write(self.audio, time, self.sound.clone(), now);
        }
        if steps.is_multiple_of(4) && self.mark != 0 {
            // A VP8 head (whole or not, shown, start code, 320x180), then nothing but the mark.
            let whole = std::mem::take(&mut self.next_whole);
            let mut picture = vec![if whole { 0x10 } else { 0x11 }];
            picture.extend([0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]);
            picture.resize(100, self.mark);
            let time = MediaTime::new(steps * 900, Frequency::NINETY_KHZ);
            self.write(self.camera, time, picture, now);
        }
    }

    fn write(&mut self, mid: Option<Mid>, time: MediaTime, data: Vec<u8>, now: Instant) {
        let writer = self.rtc.writer(mid.unwrap()).unwrap();
        let pt = writer.payload_params().next().unwrap().pt();
        writer.write(pt, now, time, data).unwrap();
        // The library wants to be asked for what it made before it takes more.
        let packets = self.drain();
        self.waiting.extend(packets);
    }

    fn packet(&mut self, bytes: &[u8], now: Instant) {
        let receive = Receive {
            proto: Protocol::Udp,
            source: here(),
            destination: self.address,
            contents: bytes.try_into().unwrap(),
        };
        if !self.dead {
            self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
        }
    }

    fn frame(&mut self, said: Frame) {
        let answer = said.suback.as_ref().and_then(|suback| suback.sdp_answer.as_ref());
        if let (Some(answer), Some(pending)) = (answer, self.pending.take()) {
            let answer = SdpAnswer::from_sdp_string(answer).unwrap();
            self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        }
        self.frames.push(said);
    }

    /// The packets it wants sent.
    fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut packets = std::mem::take(&mut self.waiting);
        loop {
            match self.rtc.poll_output().unwrap() {
                Made::Timeout(_) => return packets,
                Made::Transmit(packet) => packets.push(packet.contents.into()),
                Made::Event(Event::Connected) => self.connected = true,
                Made::Event(Event::KeyframeRequest(_)) => {
                    (self.next_whole, self.asked) = (true, self.asked + 1);
                }
                Made::Event(Event::MediaData(data)) if self.lines.contains(&data.mid) => {
                    let (mark, whole) = (data.data[50], data.is_keyframe());
                    self.seen.push(Seen { mark, whole, time: data.time.numer() });
                }
                Made::Event(Event::MediaData(_)) => self.heard += 1,
                Made::Event(_) => {}
            }
        }
    }
}
