//! What clients say by signaling, and the answers.

use std::time::{Duration, Instant};

use str0m::media::Mid;

use super::{Hall, SessionId, Stage};
use crate::meeting::message;
use crate::meeting::sources::{self, Source};
use crate::peer::line::Line;
use crate::peer::{Peer, PeerError, sdp};
use crate::presence::{News, Refused};
use crate::wire::signal::ping_pong::Which;
use crate::wire::signal::{
    Allocation, JoinAck, Medium, PingPong, Service, Subscribe, SubscribeAck, Track,
};
use crate::wire::{self, Frame, Kind, frame};

/// Longest offer that is read: 25 pictures take about 60 kB.
const LONGEST_OFFER: usize = 200_000;
/// A client that was answered LEAVE_ACK closes by itself; this long it may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most screens at once. AWS: 2.
const SCREENS: usize = 2;
/// Kilobits a second a source gets if its sender names none.
const USUAL_KBPS: u32 = 600;

impl Hall {
    /// A frame of a client. Bytes that are no frame are its own loss: they are skipped.
    pub fn frame(&mut self, id: SessionId, bytes: &[u8], now: Instant) {
        let said = match wire::read(bytes) {
            Ok(said) => said,
            Err(error) => {
                tracing::debug!(session = id.0, %error, "a client sent bytes that are no frame");
                return;
            }
        };
        let Some(stage) = self.whole(id).map(|s| s.stage) else { return };
        if said.r#type == Kind::PingPong as i32 {
            return self.pong(id, &said);
        }
        if stage == Stage::Open {
            if said.r#type == Kind::Join as i32 {
                self.join(id, now);
            }
            return;
        }
        if !stage.lives() {
            return;
        }
        match Kind::try_from(said.r#type) {
            Ok(Kind::Subscribe) => self.subscribe(id, said.sub.unwrap_or_default(), now),
            Ok(Kind::Leave) => self.leave(id, now),
            Ok(Kind::AudioControl) => {
                let muted = said.audio_control.and_then(|c| c.muted).unwrap_or_default();
                self.mute(id, muted);
            }
            Ok(Kind::DataMessage) => self.message(id, said),
            Ok(Kind::Pause) => self.pause(id, &said, true),
            Ok(Kind::Resume) => self.pause(id, &said, false),
            Ok(Kind::RemoteVideoUpdate) => self.switch_lines(id, said),
            _ => {}
        }
    }

    fn pong(&mut self, id: SessionId, said: &Frame) {
        let Some(ping) = said.ping_pong.filter(|p| p.r#type == Which::Ping as i32) else { return };
        let pong = PingPong { r#type: Which::Pong.into(), ..ping };
        self.send(id, Frame { ping_pong: Some(pong), ..frame(Kind::PingPong) });
    }

    fn join(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let found = self.presence.seat(&session.meeting_id, &session.token);
        let seat = match found {
            // INFERRED: a screen that may not be sent is refused as a wrong token is.
            Ok(seat) if session.content && !seat.abilities.content.send => {
                return self.refuse(id, Refused::Unauthorized, now);
            }
            Ok(seat) => seat,
            Err(refused) => return self.refuse(id, refused, now),
        };
        session.seat = Some(seat);
        session.stage = Stage::Joined;
        let joinack = JoinAck {
            video_subscription_limit: Some(sources::MOST as u32),
            wants_compressed_sdp: Some(false),
        };
        self.send(id, Frame { joinack: Some(joinack), ..frame(Kind::JoinAck) });
        self.index(id, true);
    }

    /// Turns a client away, with the close code it understands.
    pub(super) fn refuse(&mut self, id: SessionId, refused: Refused, now: Instant) {
        tracing::info!(session = id.0, %refused, "a client was not let in");
        let code = match refused {
            Refused::Ended => 4410,
            Refused::Removed | Refused::Unauthorized => 4403,
        };
        if let Some(session) = self.sessions.get_mut(&id) {
            session.stage = Stage::Leaving;
            session.peer = None;
            session.close_at = Some((now + PATIENCE, code));
        }
        self.out.push_back(super::Output::Close(id, Some(code)));
    }

    fn leave(&mut self, id: SessionId, now: Instant) {
        self.send(id, Frame { leave_ack: Some(Default::default()), ..frame(Kind::LeaveAck) });
        self.stop_source(id);
        let Some(session) = self.sessions.get(&id) else { return };
        let was_in = session.stage == Stage::In;
        match session.visit {
            Some(visit) => self.presence.leave(visit),
            None if was_in => self.tell(id, News::ContentLeft),
            None => {}
        }
        self.over(id, now, 1000);
    }

    /// The client has nothing more to do here; it closes the connection itself.
    pub(super) fn over(&mut self, id: SessionId, now: Instant, code: u16) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.stage = Stage::Leaving;
        session.peer = None;
        session.close_at = Some((now + PATIENCE, code));
        self.routes.retain(|_, owner| *owner != id);
        self.dirty.insert(session.meeting_id.clone());
    }

    fn mute(&mut self, id: SessionId, muted: bool) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.muted = muted;
        if muted {
            // INFERRED: what a muted client still sends is not mixed.
            session.voice.hush();
        }
        self.dirty.insert(session.meeting_id.clone());
    }

    fn message(&mut self, id: SessionId, said: Frame) {
        let Some(session) = self.sessions.get(&id) else { return };
        let (Some(seat), Some(sent)) = (&session.seat, said.data_message) else { return };
        if session.content || session.stage != Stage::In {
            return;
        }
        let Some(passed) = message::passed_on(sent, seat, self.presence.now_ms()) else { return };
        let meeting = session.meeting_id.clone();
        let others = |s: &super::Session| {
            s.meeting_id == meeting && s.id != id && s.stage == Stage::In && !s.content
        };
        for other in self.ids(others) {
            self.send(other, passed.clone());
        }
    }

    fn pause(&mut self, id: SessionId, said: &Frame, pause: bool) {
        let (Some(session), Some(named)) = (self.sessions.get_mut(&id), &said.pause) else {
            return;
        };
        for &stream in &named.stream_ids {
            let Some(line) = session.lines.iter_mut().find(|l| l.stream == stream) else {
                continue;
            };
            // After a pause the picture starts with a whole one.
            line.keyed = false;
            if pause {
                session.paused.insert(stream);
            } else {
                session.paused.remove(&stream);
            }
        }
    }

    fn switch_lines(&mut self, id: SessionId, said: Frame) {
        let Some(update) = said.remote_video_update else { return };
        let Some(visible) = self.visible(id) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let removed = |line: &&mut Line| {
            update.removed_video_subscription_mids.iter().any(|mid| *line.mid == **mid)
        };
        session.lines.iter_mut().filter(removed).for_each(|line| line.switch(0));
        for wish in &update.added_or_updated_video_subscriptions {
            let seen = |stream: &u32| visible.iter().any(|source| source.stream == *stream);
            let Some(stream) = wish.stream_id.filter(seen) else { continue };
            let mid: Mid = wish.mid.as_str().into();
            // A line of the description may have had no picture yet.
            let there = self.with_peer(id, |peer| Ok(peer.ssrc(mid))).flatten().is_some();
            let Some(session) = self.sessions.get_mut(&id) else { return };
            match session.lines.iter_mut().find(|line| line.mid == mid) {
                Some(line) => line.switch(stream),
                None if there => session.lines.push(Line::new(mid, stream)),
                None => {}
            }
        }
    }

    fn subscribe(&mut self, id: SessionId, asked: Subscribe, now: Instant) {
        let offer = asked.sdp_offer.clone().unwrap_or_default();
        let answer = if offer.len() > LONGEST_OFFER {
            Err("the offer is too long".to_string())
        } else {
            self.answer(id, &offer, now).map_err(|e| e.to_string())
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(session = id.0, error, "an offer was not taken");
                return self
                    .send(id, wire::failure(Kind::SubscribeAck, 400, "The offer was not taken."));
            }
        };
        let trouble = self.picture_in(id, &asked);
        self.pictures_out(id, &offer, &asked.receive_stream_ids);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.muted = asked.audio_muted.unwrap_or(session.muted);
        self.dirty.insert(session.meeting_id.clone());
        let lines: Vec<(Mid, u32)> = session.lines.iter().map(|l| (l.mid, l.stream)).collect();
        let mut tracks = Vec::new();
        for (mid, stream) in lines {
            let ssrc = self.with_peer(id, |peer| Ok(peer.ssrc(mid))).flatten();
            let track_label = Some(format!("v_{mid}"));
            tracks.push(Track { stream_id: Some(stream), ssrc, track_label });
        }
        let Some(session) = self.sessions.get(&id) else { return };
        let camera = asked.send_streams.iter().find(|s| s.media_type == Some(Medium::Video.into()));
        let allocations = session.source.iter().map(|source| Allocation {
            track_label: camera.and_then(|c| c.track_label.clone()),
            stream_id: Some(source.stream),
            group_id: Some(source.group),
        });
        let suback = SubscribeAck {
            duplex: asked.duplex,
            allocations: allocations.collect(),
            sdp_answer: Some(answer),
            tracks,
        };
        self.send(id, Frame { suback: Some(suback), ..frame(Kind::SubscribeAck) });
        if let Some((status, why)) = trouble {
            self.send(id, wire::failure(Kind::AudioStatus, status, why));
        }
        self.tell_video(id);
        self.chase_keys(now);
    }

    fn answer(&mut self, id: SessionId, offer: &str, now: Instant) -> Result<String, PeerError> {
        let address = self.address;
        let Some(session) = self.sessions.get_mut(&id) else { return Ok(String::new()) };
        if !session.peer.as_ref().is_some_and(|peer| peer.is_of(offer)) {
            // The client began anew under the same connection.
            session.lines.clear();
            session.peer = Some(Peer::new(address, now)?);
        }
        self.with_peer(id, |peer| Ok(peer.answer(offer))).unwrap_or(Err(PeerError::Over))
    }

    /// What the client sends: starts, goes on or stops its picture. Gives a status to tell it.
    fn picture_in(&mut self, id: SessionId, asked: &Subscribe) -> Option<(u32, &'static str)> {
        let session = self.sessions.get(&id)?;
        let duplex = asked.duplex.unwrap_or(Service::Rx.into());
        let camera = asked.send_streams.iter().find(|s| s.media_type == Some(Medium::Video.into()));
        let Some(camera) = camera.filter(|_| duplex != Service::Rx as i32) else {
            self.stop_source(id);
            return None;
        };
        if !session.may_picture() {
            self.stop_source(id);
            // INFERRED: a client that offers a picture it may not send gets its answer, then status
            // 206 (only look).
            return Some((206, "This attendee may not send video."));
        }
        if session.source.is_some() {
            return None;
        }
        let (meeting, content) = (session.meeting_id.clone(), session.content);
        let most = if content { SCREENS } else { sources::MOST };
        let same = |s: &&super::Session| s.meeting_id == meeting && s.content == content;
        if self.sessions.values().filter(same).filter(|s| s.source.is_some()).count() >= most {
            return Some((509, "The meeting has as many pictures as it can."));
        }
        let (stream, group) = (self.number(&meeting), self.number(&meeting));
        let session = self.sessions.get_mut(&id)?;
        session.source = Some(Source {
            stream,
            group,
            attendee_id: session.name(),
            external_user_id: session.seat.as_ref()?.external_user_id.clone(),
            content,
            max_kbps: camera.max_bitrate_kbps.filter(|&k| k > 0).unwrap_or(USUAL_KBPS),
            framerate: camera.framerate.filter(|&f| f > 0).unwrap_or(15),
        });
        None
    }

    /// What the client wants to see, by the video lines of its offer.
    fn pictures_out(&mut self, id: SessionId, offer: &str, wanted: &[u32]) {
        let Some(visible) = self.visible(id) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let before = std::mem::take(&mut session.lines);
        let video = sdp::media_lines(offer).into_iter().filter(|line| line.video);
        for (line, &stream) in video.zip(wanted) {
            if stream == 0 || !line.receives || !visible.iter().any(|s| s.stream == stream) {
                continue;
            }
            let mid: Mid = line.mid.as_str().into();
            let mut kept = before.iter().find(|l| l.mid == mid).cloned();
            let line = kept.get_or_insert_with(|| Line::new(mid, stream));
            line.switch(stream);
            session.lines.push(line.clone());
        }
    }
}
