//! WebSocket connections of clients: the handshake as Chime's clients want it, then frames in both
//! directions. What a client says is judged by the hall.

use std::net::SocketAddr;
use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use http::StatusCode;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as WebSocketMessage;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};

use super::{Message, ToClient, WAITING};
use crate::hall::SessionId;
use crate::tasks::spawn;
use crate::wire::LARGEST;

/// The first subprotocol of every client; the second is its token.
const PROTOCOL: &str = "_aws_wt_session";
/// A handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Nor does the answer to a goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// Takes connections until the hall is gone.
pub(super) async fn accept(listener: TcpListener, hall: mpsc::WeakSender<Message>) {
    let mut last = 0;
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, most likely: others may end soon.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(hall) = hall.upgrade() else { return };
        last += 1;
        spawn(serve(stream, SessionId(last), hall));
    }
}

/// The meeting and the token of a handshake.
fn door(request: &Request) -> Option<(String, String)> {
    let meeting = request.uri().path().strip_prefix("/control/")?;
    let mut protocols = request.headers().get("sec-websocket-protocol")?.to_str().ok()?.split(',');
    let named = protocols.next()?.trim() == PROTOCOL;
    let token = protocols.next()?.trim();
    let fits = named && (1..=64).contains(&meeting.len()) && (1..=2_100).contains(&token.len());
    fits.then(|| (meeting.into(), token.into()))
}

async fn serve(stream: TcpStream, id: SessionId, hall: mpsc::Sender<Message>) {
    let peer: Option<SocketAddr> = stream.peer_addr().ok();
    // Small frames must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let mut place = None;
    #[allow(clippy::result_large_err, reason = "the shape the library asks for")]
    let check = |request: &Request, mut response: Response| {
        place = door(request);
        if place.is_none() {
            let mut refused = ErrorResponse::new(None);
            *refused.status_mut() = StatusCode::BAD_REQUEST;
            return Err(refused);
        }
        let protocol = http::HeaderValue::from_static(PROTOCOL);
        response.headers_mut().insert("sec-websocket-protocol", protocol);
        Ok(response)
    };
    let config =
        WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let shaking = tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config));
    let socket = match tokio::time::timeout(HANDSHAKE, shaking).await {
        Ok(Ok(socket)) => socket,
        Ok(Err(error)) => return tracing::debug!(?peer, %error, "a handshake failed"),
        Err(_) => return tracing::debug!(?peer, "a handshake took too long"),
    };
    let Some((meeting, token)) = place else { return };
    let (to, outbox) = mpsc::channel(WAITING);
    if hall.send(Message::Opened { id, meeting, token, to }).await.is_err() {
        return;
    }
    let open = Open { id, hall };
    let (write, read) = socket.split();
    tokio::select! {
        () = incoming(read, &open) => {}
        () = outgoing(write, outbox) => {}
    }
}

/// A connection the hall knows of. However its task ends, by a panic too, the hall is told.
struct Open {
    id: SessionId,
    hall: mpsc::Sender<Message>,
}

impl Drop for Open {
    fn drop(&mut self) {
        let (id, hall) = (self.id, self.hall.clone());
        // The hall may have much to read just now. If it is gone, nobody needs to know.
        spawn(async move { drop(hall.send(Message::Closed(id)).await) });
    }
}

async fn incoming(mut read: SplitStream<WebSocketStream<TcpStream>>, open: &Open) {
    while let Some(Ok(message)) = read.next().await {
        if let WebSocketMessage::Binary(bytes) = message
            && open.hall.send(Message::Frame(open.id, bytes.into())).await.is_err()
        {
            return;
        }
    }
}

/// Ends when the hall closes the connection, or drops it for its slowness.
async fn outgoing(
    mut write: SplitSink<WebSocketStream<TcpStream>, WebSocketMessage>,
    mut outbox: mpsc::Receiver<ToClient>,
) {
    while let Some(what) = outbox.recv().await {
        let message = match what {
            ToClient::Frame(bytes) => WebSocketMessage::Binary(bytes.into()),
            ToClient::Close(Some(code)) => {
                let frame = CloseFrame { code: code.into(), reason: "".into() };
                let _ = write.send(WebSocketMessage::Close(Some(frame))).await;
                // The other side's answer is read by the other half, which then ends. One that
                // never answers is not waited for.
                return tokio::time::sleep(GOODBYE).await;
            }
            ToClient::Close(None) => return,
        };
        if write.send(message).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio_tungstenite::tungstenite::client::IntoClientRequest;

    use super::*;

    const ID: SessionId = SessionId(7);

    /// The next message, after one that fills the queue, must be the end of the connection.
    async fn ends(mut inbox: mpsc::Receiver<Message>) {
        assert!(matches!(inbox.recv().await, Some(Message::Frame(ID, _))));
        let next = inbox.recv().await;
        assert!(matches!(next, Some(Message::Closed(ID))), "the hall was not told");
    }

    fn full() -> (mpsc::Sender<Message>, mpsc::Receiver<Message>) {
        let (hall, inbox) = mpsc::channel(1);
        assert!(hall.try_send(Message::Frame(ID, Vec::new())).is_ok());
        (hall, inbox)
    }

    #[tokio::test]
    async fn a_panic_behind_a_connection_is_its_end_for_the_hall() {
        let (hall, inbox) = full();
        let task = spawn(async move {
            let _open = Open { id: ID, hall };
            panic!("a fault of the library");
        });
        assert!(task.await.unwrap_err().is_panic());
        ends(inbox).await;
    }

    #[tokio::test]
    async fn a_connection_whose_task_is_stopped_in_the_middle_is_over_for_the_hall() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("ws://{}/control/m", listener.local_addr().unwrap());
        let (hall, mut inbox) = mpsc::channel(1);
        let more = hall.clone();
        let task = spawn(async move { serve(listener.accept().await.unwrap().0, ID, hall).await });
        let mut request = url.into_client_request().unwrap();
        let protocols = "_aws_wt_session, token-ada".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        let _client = tokio_tungstenite::connect_async(request).await.unwrap();
        let opened = inbox.recv().await;
        assert!(matches!(opened, Some(Message::Opened { id: ID, .. })));
        more.send(Message::Frame(ID, Vec::new())).await.unwrap_or_else(|_| panic!("it is read"));
        drop(more);
        task.abort();
        ends(inbox).await;
    }
}
