//! Packets: in from clients, pictures on to those who want them, sound mixed for each.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::media::MediaData;

use super::alone::alone;
use super::{Hall, Output, Session, SessionId, Stage};
use crate::meeting::sources::{self, Source};
use crate::mixer::{self, Pcm};
use crate::peer::Happened;
use crate::presence::News;

/// A whole picture is asked for again after this time, if none has come.
const KEY_AGAIN: Duration = Duration::from_millis(700);

impl Hall {
    /// A packet from somewhere. Nobody's packets are dropped.
    pub fn packet(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) {
        let Some(id) = self.receiver(from, bytes, now) else { return };
        self.routes.insert(from, id);
        let Some(session) = self.sessions.get_mut(&id).filter(|s| !s.deaf(now)) else { return };
        session.packets += 1;
        session.last_packet = now;
        if std::mem::take(&mut session.silent)
            && let Some(visit) = session.visit
        {
            self.presence.heard(visit);
        }
        let to = self.address;
        self.with_peer(id, |peer| peer.packet(from, to, bytes, now));
        self.collect(now);
    }

    /// Whose packet this is. A peer that panics at the question is not asked again.
    fn receiver(&mut self, from: SocketAddr, bytes: &[u8], now: Instant) -> Option<SessionId> {
        let to = self.address;
        let mut broken = Vec::new();
        let mut accepts = |session: &&Session| {
            let Some(peer) = session.peer.as_ref().filter(|_| !broken.contains(&session.id)) else {
                return false;
            };
            let answer = alone(session.id, || peer.accepts(from, to, bytes, now));
            if answer.is_none() {
                broken.push(session.id);
            }
            answer.unwrap_or_default()
        };
        let route = self.routes.get(&from).and_then(|id| self.sessions.get(id));
        let known = route.filter(&mut accepts);
        let found = known.or_else(|| self.sessions.values().find(&mut accepts)).map(|s| s.id);
        for id in broken {
            self.lose(id);
        }
        found
    }

    /// Takes what peers have made: packets to send, and what happened. What happens may make
    /// more, at other peers.
    pub(super) fn collect(&mut self, now: Instant) {
        loop {
            let mut all = Vec::new();
            for session in self.sessions.values_mut() {
                let deaf = session.deaf(now);
                let Some(peer) = session.peer.as_mut() else { continue };
                for (to, packet) in peer.packets.drain(..).filter(|_| !deaf) {
                    self.out.push_back(Output::Packet(to, packet));
                }
                all.extend(peer.happened.drain(..).map(|what| (session.id, what)));
            }
            if all.is_empty() {
                return;
            }
            for (id, what) in all {
                match what {
                    Happened::Connected => self.connected(id, now),
                    Happened::Sound(data) => self.sound(id, &data.data, now),
                    Happened::Picture(data) => self.picture(id, &data, now),
                    Happened::WantsKey(mid) => {
                        let lines = self.sessions.get(&id).map(|s| s.lines.as_slice());
                        let line = lines.and_then(|lines| lines.iter().find(|l| l.mid == mid));
                        if let Some(stream) = line.map(|line| line.stream) {
                            self.ask_key(stream, id);
                        }
                    }
                }
            }
        }
    }

    /// A client's first packets have flowed: it is in.
    fn connected(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.stage != Stage::Joined || session.lost {
            return;
        }
        session.last_packet = now;
        let (meeting, content) = (session.meeting_id.clone(), session.content);
        if content {
            self.replace_screens(id, now);
            self.tell(id, News::ContentJoined);
        } else {
            match self.presence.join(&meeting, &session.token) {
                Ok(visit) => session.visit = Some(visit),
                Err(refused) => return self.refuse(id, refused, now),
            }
        }
        let number = self.number(&meeting);
        if let Some(session) = self.sessions.get_mut(&id) {
            session.stage = Stage::In;
            session.audio_stream = number;
        }
        self.dirty.insert(meeting);
        self.tell_video(id);
        // Whoever is replaced by this connection learns it before anything else.
        self.check_standings(now);
        self.chase_keys(now);
    }

    /// An attendee has one screen: an older connection of it is put out.
    fn replace_screens(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get(&id) else { return };
        let (meeting, name) = (session.meeting_id.clone(), session.name());
        let older = self.ids(|s| {
            s.id != id && s.meeting_id == meeting && s.stage == Stage::In && s.is_of(&name)
        });
        for old in older {
            self.stop_source(old);
            self.tell(old, News::ContentLeft);
            self.send(old, crate::wire::audio_status(301));
            self.over(old, now, 1000);
        }
    }

    /// A packet of sound.
    pub(super) fn sound(&mut self, id: SessionId, packet: &[u8], now: Instant) {
        let Some(session) = self.whole(id) else { return };
        session.audio_frames += 1;
        session.last_sound = Some(now);
        let speaks = session.speaks();
        let voice = &mut session.voice;
        let decode = || if speaks { voice.push(packet) } else { voice.measure(packet) };
        match alone(id, decode) {
            Some(level) => session.arrives.note(level, now),
            None => self.lose(id),
        }
    }

    fn picture(&mut self, id: SessionId, data: &MediaData, now: Instant) {
        let Some(session) = self.whole(id) else { return };
        session.video_frames += 1;
        if session.stage == Stage::In && session.may_picture() {
            self.forward(id, data, now);
        }
    }

    /// Sends a picture on to all who want it.
    fn forward(&mut self, id: SessionId, data: &MediaData, now: Instant) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Some(stream) = session.source.as_ref().map(|source| source.stream) else { return };
        let meeting = session.meeting_id.clone();
        if !data.contiguous {
            self.with_peer(id, |peer| peer.ask_key());
        }
        for other in self.ids(|s| s.meeting_id == meeting && s.stage == Stage::In && s.id != id) {
            let Some(session) = self.sessions.get_mut(&other) else { continue };
            let Some(line) = session.lines.iter_mut().find(|line| line.stream == stream) else {
                continue;
            };
            if session.paused.contains(&stream) || (!line.keyed && !data.is_keyframe()) {
                continue;
            }
            line.keyed = true;
            let (mid, time) = (line.mid, line.stamp(data.time, now));
            self.with_peer(other, |peer| peer.picture(mid, time, data, now));
        }
    }

    /// Asks for a whole picture of every stream that somebody wants and cannot show yet.
    pub(super) fn chase_keys(&mut self, now: Instant) {
        let mut wanted = Vec::new();
        for session in self.sessions.values_mut().filter(|s| s.stage == Stage::In) {
            for line in session.lines.iter_mut().filter(|line| !line.keyed) {
                let paused = session.paused.contains(&line.stream);
                if !paused && line.asked.is_none_or(|at| now.duration_since(at) >= KEY_AGAIN) {
                    line.asked = Some(now);
                    wanted.push((session.id, line.stream));
                }
            }
        }
        for (id, stream) in wanted {
            self.ask_key(stream, id);
        }
    }

    /// Asks the sender of a stream for a whole picture, because `id` needs one.
    fn ask_key(&mut self, stream: u32, id: SessionId) {
        let Some(meeting) = self.sessions.get(&id).map(|s| s.meeting_id.clone()) else { return };
        let sends = |s: &super::Session| {
            s.meeting_id == meeting && s.source.as_ref().is_some_and(|p| p.stream == stream)
        };
        for sender in self.ids(sends) {
            self.with_peer(sender, |peer| peer.ask_key());
        }
    }

    /// Mixes 20 ms for everybody.
    pub(super) fn mix(&mut self, now: Instant) {
        let mut meetings: Vec<String> = Vec::new();
        for session in self.sessions.values().filter(|s| s.stage == Stage::In) {
            if !meetings.contains(&session.meeting_id) {
                meetings.push(session.meeting_id.clone());
            }
        }
        for meeting in meetings {
            self.mix_meeting(&meeting, now);
        }
    }

    fn mix_meeting(&mut self, meeting: &str, now: Instant) {
        let ids = self.ids(|s| s.meeting_id == meeting && s.stage == Stage::In && !s.lost);
        let mut frames: Vec<Option<Pcm>> = Vec::with_capacity(ids.len());
        let mut owners: Vec<String> = Vec::with_capacity(ids.len());
        for id in &ids {
            let Some(session) = self.sessions.get_mut(id) else { continue };
            let speaks = session.speaks();
            frames.push(session.voice.take().filter(|_| speaks));
            owners.push(session.owner().into());
        }
        for (i, &id) in ids.iter().enumerate() {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            // Nobody hears themselves, nor their own screen; one who may not listen hears nothing.
            let hears = session.may().audio.receive;
            let without: Vec<usize> =
                (0..ids.len()).filter(|&j| !hears || owners[j] == owners[i]).collect();
            let mix = mixer::mix(&frames, &without);
            match alone(id, || session.ear.encode(&mix)) {
                Some(Ok(packet)) => {
                    self.with_peer(id, |peer| peer.sound(packet, now));
                }
                Some(Err(error)) => tracing::warn!(%error, "a mix could not be encoded"),
                None => self.lose(id),
            }
        }
    }

    /// What a client may see now; nothing before it is known.
    pub(super) fn visible(&self, id: SessionId) -> Option<Vec<Source>> {
        let session = self.sessions.get(&id)?;
        let same = self.sessions.values().filter(|s| s.meeting_id == session.meeting_id);
        let all = same.filter(|s| s.stage == Stage::In).filter_map(|s| s.source.as_ref());
        Some(if session.content {
            // A screen's own connection looks at nothing.
            Vec::new()
        } else {
            sources::visible(all, session.owner(), session.may())
        })
    }
}
