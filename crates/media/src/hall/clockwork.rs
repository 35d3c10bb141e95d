//! What time brings: the peers' own timers, the mix, how everybody stands, how loud they are, and
//! what the people of a meeting must be told.

use std::time::{Duration, Instant};

use super::{Hall, Output, SessionId, Stage};
use crate::meeting::roster::{self, Entry, Roster};
use crate::meeting::sources;
use crate::mixer::TICK;
use crate::presence::{News, Refused, Standing};
use crate::wire::signal::{AudioMetadata, Loudness};
use crate::wire::{self, Frame, Kind, frame};

/// Between two looks at how everybody stands.
const CHECK: Duration = Duration::from_millis(100);
/// Between two tellings of how loud everybody is.
const LOUDNESS: Duration = Duration::from_millis(200);
/// Without packets for this time, the service is told so.
const SILENT: Duration = Duration::from_secs(4);
/// INFERRED: a shared screen without packets for 12 seconds is dropped, as a person is.
const SCREEN_GONE: Duration = Duration::from_secs(12);
/// A connection must say JOIN, and get its packets flowing, within this time.
const HELLO: Duration = Duration::from_secs(30);
/// Mixes that are made up for after a pause of this machine; more are skipped.
const BEHIND: u32 = 5;
/// Quieter than this is not told, decibels below full scale.
const QUIET: u8 = 80;

impl Hall {
    /// Does what is due. Gives the time at which the next thing is.
    pub fn tick(&mut self, now: Instant) -> Instant {
        for id in self.ids(|s| s.peer.as_ref().is_some_and(|peer| peer.wake <= now)) {
            self.with_peer(id, |peer| peer.time(now));
        }
        self.collect(now);
        if now > self.next_mix + TICK * BEHIND {
            self.next_mix = now;
        }
        while self.next_mix <= now {
            self.mix(now);
            self.next_mix += TICK;
        }
        if self.next_check <= now {
            self.next_check = now + CHECK;
            self.check_standings(now);
            self.check_packets(now);
            self.chase_keys(now);
        }
        self.collect(now);
        self.tell_meetings();
        // After the roster: a loudness of somebody unknown is a warning in every client.
        if self.next_loudness <= now {
            self.next_loudness = now + LOUDNESS;
            self.tell_loudness();
        }
        let peers = self.sessions.values().filter_map(|s| s.peer.as_ref()).map(|peer| peer.wake);
        let anybody = self.sessions.values().any(|s| s.stage == Stage::In);
        let mix = if anybody { self.next_mix } else { self.next_check };
        peers.fold(mix.min(self.next_check), Instant::min)
    }

    /// Asks the service how everybody stands, and does what follows.
    pub(super) fn check_standings(&mut self, now: Instant) {
        for id in self.ids(|s| matches!(s.stage, Stage::Joined | Stage::In | Stage::Ghost)) {
            let Some(session) = self.sessions.get(&id) else { continue };
            let standing = match session.visit {
                Some(visit) => self.presence.standing(visit),
                None => match self.presence.seat(&session.meeting_id, &session.token) {
                    Ok(seat) => Standing::Connected(seat.abilities),
                    Err(Refused::Ended) => Standing::Ended,
                    Err(Refused::Removed | Refused::Unauthorized) => Standing::Removed,
                },
            };
            self.stands(id, standing, now);
        }
    }

    fn stands(&mut self, id: SessionId, standing: Standing, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let ghost = session.stage == Stage::Ghost;
        let status = match standing {
            Standing::Connected(may) => {
                if let Some(seat) = session.seat.as_mut().filter(|seat| seat.abilities != may) {
                    seat.abilities = may;
                    self.abilities_changed(id);
                }
                return;
            }
            Standing::Gone if ghost => return self.remove(id, true),
            _ if ghost => return self.remove(id, false),
            // The client is there still but its packets are not: it is to come again.
            Standing::Gone => {
                self.stop_source(id);
                self.out.push_back(Output::Close(id, None));
                return self.remove(id, true);
            }
            Standing::Replaced => 301,
            Standing::Removed => 411,
            Standing::Ended => 410,
        };
        self.stop_source(id);
        self.send(id, wire::audio_status(status));
        let code = match standing {
            Standing::Ended => 4410,
            _ => 4403,
        };
        self.over(id, now, code);
    }

    /// What is not allowed any more stops at once.
    fn abilities_changed(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if !session.may_sound() {
            session.voice.hush();
        }
        self.dirty.insert(session.meeting_id.clone());
        if !session.may_picture() && session.source.is_some() {
            self.stop_source(id);
            // INFERRED: a client whose picture is not allowed any more gets status 206 (only look).
            let why = "This attendee may not send video any more.";
            self.send(id, wire::failure(Kind::AudioStatus, 206, why));
        }
        if let (Some(visible), Some(session)) = (self.visible(id), self.sessions.get_mut(&id)) {
            session.lines.retain(|line| visible.iter().any(|s| s.stream == line.stream));
        }
    }

    /// Looks for missing packets, and for connections that are over.
    fn check_packets(&mut self, now: Instant) {
        for id in self.ids(|_| true) {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            if let Some((_, code)) = session.close_at.filter(|(at, _)| *at <= now) {
                self.out.push_back(Output::Close(id, Some(code)));
                self.remove(id, false);
                continue;
            }
            let quiet = now.saturating_duration_since(session.last_packet);
            match session.stage {
                Stage::Open | Stage::Joined
                    if now.saturating_duration_since(session.opened) > HELLO =>
                {
                    self.out.push_back(Output::Close(id, Some(4408)));
                    self.remove(id, false);
                }
                Stage::In if session.content && quiet > SCREEN_GONE => {
                    self.stop_source(id);
                    self.tell(id, News::ContentDropped);
                    self.out.push_back(Output::Close(id, None));
                    self.remove(id, true);
                }
                Stage::In if !session.silent && quiet > SILENT => {
                    session.silent = true;
                    if let Some(visit) = session.visit {
                        self.presence.silent(visit, quiet.as_millis() as u64);
                    }
                }
                _ => {}
            }
        }
    }

    fn tell_loudness(&mut self) {
        let mut meetings: Vec<(String, Vec<Loudness>)> = Vec::new();
        for session in self.sessions.values_mut().filter(|s| s.stage == Stage::In) {
            session.level = session.voice.loudest();
            let state = Loudness {
                audio_stream_id: Some(session.audio_stream),
                volume: (session.level < QUIET).then(|| session.level.max(1).into()),
                signal_strength: Some(if session.silent { 0 } else { 2 }),
            };
            match meetings.iter_mut().find(|(id, _)| *id == session.meeting_id) {
                Some((_, states)) => states.push(state),
                None => meetings.push((session.meeting_id.clone(), vec![state])),
            }
        }
        for (meeting, mut states) in meetings {
            // Who is quiet is told by not naming a volume, which clients notice only if somebody's
            // is named: a stream of nobody's does that.
            if states.iter().all(|s| s.volume.is_none()) {
                states.push(Loudness {
                    audio_stream_id: Some(0),
                    volume: Some(127),
                    ..Default::default()
                });
            }
            let audio_metadata = Some(AudioMetadata { attendee_states: states });
            let told = Frame { audio_metadata, ..frame(Kind::AudioMetadata) };
            for id in self.ids(|s| s.meeting_id == meeting && s.stage == Stage::In) {
                self.send(id, told.clone());
            }
        }
    }

    /// Tells everybody in meetings where something changed what they do not know yet.
    pub(super) fn tell_meetings(&mut self) {
        for meeting in std::mem::take(&mut self.dirty) {
            let there = self
                .sessions
                .values()
                .filter(|s| s.meeting_id == meeting && matches!(s.stage, Stage::In | Stage::Ghost));
            let roster: Roster = there
                .map(|s| {
                    let entry = Entry {
                        attendee_id: s.name(),
                        external_user_id: s
                            .seat
                            .as_ref()
                            .map(|x| x.external_user_id.clone())
                            .unwrap_or_default(),
                        muted: s.muted || !s.may_sound(),
                    };
                    (s.audio_stream, entry)
                })
                .collect();
            let dropped =
                self.meetings.get(&meeting).map(|m| m.dropped.clone()).unwrap_or_default();
            for id in self.ids(|s| s.meeting_id == meeting && s.stage == Stage::In) {
                let Some(session) = self.sessions.get_mut(&id) else { continue };
                let news = roster::difference(&session.told, &roster, |n| dropped.contains(&n));
                session.told.clone_from(&roster);
                if let Some(news) = news {
                    self.send(id, news);
                }
            }
            for id in self.ids(|s| s.meeting_id == meeting && s.stage.lives()) {
                self.index(id, false);
            }
        }
    }

    /// Sends the list of pictures, if the client does not know it, or `anyway`.
    pub(super) fn index(&mut self, id: SessionId, anyway: bool) {
        let Some(visible) = self.visible(id) else { return };
        let Some(session) = self.sessions.get(&id) else { return };
        let meeting = &session.meeting_id;
        let there = |s: &&super::Session| {
            s.meeting_id == *meeting && !s.content && matches!(s.stage, Stage::In | Stage::Ghost)
        };
        let people = self.sessions.values().filter(there).count();
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let known = session.told_index.as_ref().is_some_and(|(v, n)| *v == visible && *n == people);
        if !known || anyway {
            let index = sources::index(&visible, people);
            session.told_index = Some((visible, people));
            self.send(id, index);
        }
    }

    /// Puts the start of a picture on the event bus, once its sender is in.
    pub(super) fn tell_video(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.stage != Stage::In || session.source.is_none() || session.told_video {
            return;
        }
        session.told_video = true;
        let content = session.content;
        self.tell(id, if content { News::ContentVideo(true) } else { News::Video(true) });
    }
}
