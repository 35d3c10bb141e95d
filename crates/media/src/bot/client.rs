//! A bot's half of signaling: what it says and what it understands.

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::Place;
use crate::wire::signal::ping_pong::Which;
use crate::wire::signal::{
    DataMessage, DataMessages, Join, Medium, PingPong, Service, Stream, Subscribe,
};
use crate::wire::{self, Frame, Kind, frame};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why signaling failed; never with the token.
pub(super) type Trouble = String;

/// The sending half.
pub(super) struct Mouth(SplitSink<Socket, Message>);

/// The receiving half.
pub(super) struct Ears(SplitStream<Socket>);

/// Connects, as every client of Chime does: the token is a subprotocol.
pub(super) async fn connect(place: &Place) -> Result<(Mouth, Ears), Trouble> {
    let url = format!("{}?X-Chime-Control-Protocol-Version=3", place.signaling_url);
    let mut request = url.into_client_request().map_err(|e| e.to_string())?;
    let mut protocols = HeaderValue::from_str(&format!("_aws_wt_session, {}", place.join_token))
        .map_err(|_| "the join token is no subprotocol".to_string())?;
    protocols.set_sensitive(true);
    request.headers_mut().insert("sec-websocket-protocol", protocols);
    let (socket, _) = tokio_tungstenite::connect_async(request).await.map_err(|e| e.to_string())?;
    let (write, read) = socket.split();
    Ok((Mouth(write), Ears(read)))
}

impl Mouth {
    /// Says a frame.
    pub(super) async fn say(&mut self, frame: Frame) -> Result<(), Trouble> {
        let message = Message::Binary(wire::write(&frame).into());
        self.0.send(message).await.map_err(|e| e.to_string())
    }

    /// Closes properly.
    pub(super) async fn close(&mut self) {
        // It is over in any case.
        let _ = self.0.close().await;
    }
}

impl Ears {
    /// The next frame; a close code of the server's is `Err(Ok(code))`.
    pub(super) async fn hear(&mut self) -> Result<Frame, Result<u16, Trouble>> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    return wire::read(&bytes).map_err(|e| Err(e.to_string()));
                }
                Some(Ok(Message::Close(Some(close)))) => return Err(Ok(close.code.into())),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Err(error.to_string())),
                None => return Err(Err("the connection ended".into())),
            }
        }
    }
}

/// Hello.
pub(super) fn join() -> Frame {
    let join = Join { protocol_version: Some(2), flags: Some(2) };
    Frame { join: Some(join), ..frame(Kind::Join) }
}

/// An offer, with or without a camera.
pub(super) fn subscribe(place: &Place, offer: String, camera: bool, muted: bool) -> Frame {
    let stream = |number, label: &str, medium: Medium, kbps| Stream {
        stream_id: Some(number),
        group_id: Some(number),
        track_label: Some(label.into()),
        media_type: Some(medium.into()),
        max_bitrate_kbps: Some(kbps),
        framerate: Some(15),
        ..Stream::default()
    };
    let mut send_streams = vec![stream(1, "AmazonChimeExpressAudio", Medium::Audio, 64)];
    if camera {
        send_streams.push(stream(2, "AmazonChimeExpressVideo", Medium::Video, 300));
    }
    let duplex = if camera { Service::Duplex } else { Service::Rx };
    let sub = Subscribe {
        duplex: Some(duplex.into()),
        send_streams,
        sdp_offer: Some(offer),
        audio_host: Some(place.audio_host_url.clone()),
        audio_muted: Some(muted),
        ..Subscribe::default()
    };
    Frame { sub: Some(sub), ..frame(Kind::Subscribe) }
}

/// A data message to everybody.
pub(super) fn message(topic: &str, data: &[u8]) -> Frame {
    let message = DataMessage {
        topic: Some(topic.into()),
        data: Some(data.into()),
        lifetime_ms: Some(0),
        ..DataMessage::default()
    };
    let data_message = Some(DataMessages { messages: vec![message] });
    Frame { data_message, ..frame(Kind::DataMessage) }
}

/// True if the frame names somebody who has come.
pub(super) fn somebody_came(said: &Frame) -> bool {
    let roster = said.audio_stream_id_info.as_ref();
    roster.is_some_and(|roster| roster.streams.iter().any(|s| s.attendee_id.is_some()))
}

/// A sign of life.
pub(super) fn ping(number: u32) -> Frame {
    let ping_pong = Some(PingPong { r#type: Which::Ping.into(), ping_id: number });
    Frame { ping_pong, ..frame(Kind::PingPong) }
}

/// Goodbye.
pub(super) fn leave() -> Frame {
    Frame { leave: Some(Default::default()), ..frame(Kind::Leave) }
}

/// A status that ends the visit, if the frame has one.
pub(super) fn ending(said: &Frame) -> Option<u32> {
    let status = said
        .error
        .as_ref()
        .and_then(|e| e.status)
        .or_else(|| said.audio_status.as_ref().and_then(|status| status.audio_status))?;
    (status / 100 != 2).then_some(status)
}
