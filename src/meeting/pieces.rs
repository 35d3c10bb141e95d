//! The files of a recording: fragments that arrive, pieces that are found, and the verdict when no
//! attempt lives any more.

use chime_contract::recording::{Manifest, PieceNote};

use crate::clock::Millis;
use crate::meeting::attempts::first_reason;
use crate::meeting::effect::{Effect, Failure, GoneAttempt};
use crate::meeting::model::{Recording, RecordingStatus as RS};
use crate::meeting::step::Work;

impl Work<'_> {
    /// A fragment is durable: it records.
    pub(super) fn fragment(&mut self, key: &str, attempt: u32, at: Millis) {
        let (now, every) = (self.now, self.ctx.settings.recording_look_every);
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) else { return };
        if recording.settled() {
            return;
        }
        let Some(found) = recording.attempts.iter_mut().find(|a| a.number == attempt) else {
            return;
        };
        let (first, lives) = (found.last_fragment_at.is_none(), found.gone_at.is_none());
        found.last_fragment_at = Some(found.last_fragment_at.map_or(at, |known| known.max(at)));
        recording.started_at = Some(recording.started_at.map_or(at, |known| known.min(at)));
        if !lives {
            return; // a late word of an attempt that is gone: only its piece is still expected
        }
        if matches!(recording.status, RS::Starting | RS::Preparing) && !recording.stopping() {
            recording.status = RS::Recording;
        }
        if !recording.stopping() {
            recording.look_at = Some(now + every);
        }
        if first {
            self.effects.push(Effect::DropLaunch { recording: key.to_string(), attempt });
        }
    }

    /// A piece that comes after the verdict is looked at too: a finisher may be slower than the
    /// wait for it, and what was recorded is to be shown.
    pub(super) fn piece_hint(&mut self, key: &str) {
        let may_change = |r: &&Recording| r.key == key && !r.erasing && r.status != RS::Erased;
        if let Some(recording) = self.m.recordings.iter().find(may_change) {
            let gone = gone(recording);
            self.effects.push(Effect::GatherPieces { recording: key.to_string(), gone });
        }
    }

    /// No attempt lives and none will come: looks for the pieces until they decide.
    pub(super) fn gather(&mut self, index: usize) {
        let (now, every) = (self.now, self.ctx.settings.recording_look_every);
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        if recording.gathering_since.is_none() {
            recording.gathering_since = Some(now);
            recording.stop_at.get_or_insert(now);
            recording.status = RS::Checking;
            recording.look_at = Some(now);
        }
        if recording.look_at.is_none_or(|at| now >= at) {
            recording.look_at = Some(now + every.max(1));
            let (gone, recording) = (gone(recording), recording.key.clone());
            self.effects.push(Effect::GatherPieces { recording, gone });
        }
    }

    /// The pieces in S3. When nothing lives any more they decide.
    pub(super) fn pieces_found(&mut self, key: &str, pieces: Vec<PieceNote>, unfinished: bool) {
        let (now, settings) = (self.now, self.ctx.settings);
        let meeting = self.m.id.clone();
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) else { return };
        recording.unfinished = unfinished;
        if recording.settled() {
            return self.late_pieces(key, pieces);
        }
        taken_in(&mut recording.pieces, pieces);
        let first = media(recording).map(|p| p.started_at).min();
        recording.started_at = [recording.started_at, first].into_iter().flatten().min();
        let Some(since) = recording.gathering_since else { return };
        let missing = recording.attempts.iter().any(|a| {
            a.last_fragment_at.is_some() && !recording.pieces.iter().any(|p| p.attempt == a.number)
        });
        if (missing || unfinished) && now < since + settings.pieces_limit {
            return; // gather looks again
        }
        recording.look_at = None;
        if media(recording).next().is_none() {
            // A recorder that captured nothing may have left a note that says why.
            let said = recording.pieces.iter().map(|p| p.verdict.remark.clone());
            let said = said.into_iter().find(|remark| !remark.is_empty());
            let first = first_reason(recording).to_string();
            if let Some(said) = &said {
                // It knows better than ECS, which saw a container end.
                recording.failure = recording.failure.replacen(&first, said, 1);
            }
            return fail(recording, said.unwrap_or(first));
        }
        let manifest = manifest(&meeting, recording);
        if manifest.verdict.good() {
            recording.status = RS::Available;
        } else {
            fail(recording, verdict_in_words(&manifest));
        }
        recording.manifest = Some(manifest.clone());
        if recording.retain_until.is_none() && settings.retain_for > 0 {
            recording.retain_until = Some(now + settings.retain_for);
        }
        self.effects.push(Effect::WriteManifest { manifest: Box::new(manifest) });
    }

    /// Pieces that came after the verdict can make a recording better, never worse: one that was
    /// given up becomes available, one that has a gap is told anew.
    fn late_pieces(&mut self, key: &str, pieces: Vec<PieceNote>) {
        let meeting = self.m.id.clone();
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) else { return };
        if recording.erasing || recording.status == RS::Erased {
            return;
        }
        let mut better = recording.clone();
        taken_in(&mut better.pieces, pieces);
        let manifest = manifest(&meeting, &better);
        if better.pieces == recording.pieces || !manifest.verdict.good() {
            return;
        }
        let first = media(&better).map(|p| p.started_at).min();
        better.started_at = [better.started_at, first].into_iter().flatten().min();
        better.status = RS::Available;
        better.failure.clear();
        better.manifest = Some(manifest.clone());
        *recording = better;
        self.effects.push(Effect::WriteManifest { manifest: Box::new(manifest) });
    }

    /// The pieces cannot be read: without them there is nothing to show.
    pub(super) fn pieces_not_found(&mut self, key: &str, failure: Failure) {
        let reason = format!("{}: {}", failure.code, failure.text);
        self.refusals.push(failure);
        let gathering = |r: &&mut Recording| r.key == key && r.gathering_since.is_some();
        let Some(recording) = self.m.recordings.iter_mut().find(gathering) else { return };
        if !recording.settled() {
            recording.look_at = None;
            fail(recording, reason);
        }
    }
}

/// Pieces with something to play.
pub(super) fn media(recording: &Recording) -> impl Iterator<Item = &PieceNote> {
    recording.pieces.iter().filter(|p| p.has_media())
}

/// Attempts that record no more: what they left may be completed.
fn gone(recording: &Recording) -> Vec<GoneAttempt> {
    let gone = recording.attempts.iter().filter(|a| a.gone_at.is_some());
    gone.map(|a| GoneAttempt { number: a.number, arn: a.arn.clone() }).collect()
}

/// An older answer may come after a newer one: a piece that was seen stays seen.
fn taken_in(known: &mut Vec<PieceNote>, pieces: Vec<PieceNote>) {
    for piece in pieces {
        let same = |p: &&mut PieceNote| (p.attempt, p.piece) == (piece.attempt, piece.piece);
        match known.iter_mut().find(same) {
            Some(known) => *known = piece,
            None => known.push(piece),
        }
    }
}

/// The pieces known so far put together, with what was lost at both ends.
fn manifest(meeting: &str, recording: &Recording) -> Manifest {
    let mut manifest = Manifest::of(meeting, &recording.key, recording.pieces.clone());
    manifest.gap_ms += lost_at_the_edges(recording);
    manifest
}

/// Milliseconds before the first and after the last piece that an attempt captured and lost: its
/// fragments were seen, but no piece came of them. Holes between pieces the manifest measures.
fn lost_at_the_edges(recording: &Recording) -> Millis {
    let lost: Vec<Millis> = recording
        .attempts
        .iter()
        .filter(|a| !recording.pieces.iter().any(|p| p.attempt == a.number))
        .filter_map(|a| a.last_fragment_at)
        .collect();
    let (Some(newest), Some(first), Some(last)) = (
        lost.iter().max(),
        media(recording).map(|p| p.started_at).min(),
        media(recording).map(|p| p.stopped_at).max(),
    ) else {
        return 0;
    };
    let before = recording.started_at.map_or(0, |at| (first - at).max(0));
    before + (newest - last).max(0)
}

/// The first reason wins.
fn fail(recording: &mut Recording, reason: String) {
    recording.status = RS::Failed;
    if recording.failure.is_empty() {
        recording.failure = reason;
    }
}

fn verdict_in_words(manifest: &Manifest) -> String {
    let verdict = &manifest.verdict;
    let mut faults = Vec::new();
    if !verdict.picture {
        faults.push("no picture");
    }
    if !verdict.sound {
        faults.push("no sound");
    }
    if !verdict.length {
        faults.push("not the expected length");
    }
    let remark =
        if verdict.remark.is_empty() { String::new() } else { format!(" ({})", verdict.remark) };
    format!("CB-043: {}{remark}", faults.join(", "))
}
