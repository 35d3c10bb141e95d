//! What the capture knows of a second of media, and what is missing in a piece because of it. The
//! facts travel with their fragment into the journal, so a finisher writes the same note as the
//! recorder itself.

use chime_contract::recording::{EndReason, Span, SpanKind};
use serde::{Deserialize, Serialize};

/// What the capture knows of one fragment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// When its last sample was captured, epoch milliseconds.
    pub at: i64,
    /// Loudest moment in dB of full scale; −120 is nothing at all.
    pub peak_db: f32,
    /// Mean brightness of the picture, 0–255; absent without picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub luma: Option<f32>,
    /// Largest difference of a cell (`capture::picture`) to the picture a second before, 0–255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<f32>,
    /// Frames in it.
    pub frames: u32,
    /// Frames that are missing, because the machine had no time to grab them.
    #[serde(default)]
    pub dropped: u32,
    /// Frames the encoder put in twice.
    #[serde(default)]
    pub duplicated: u32,
    /// The page was being brought back.
    #[serde(default)]
    pub no_page: bool,
    /// Milliseconds of silence put in for sound that never came.
    #[serde(default)]
    pub filled_ms: u32,
    /// Why the piece ends here; only on the last fragment, where it is known by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EndReason>,
}

/// Quieter than this is silence, decibels below full scale.
pub const SILENT_DB: f32 = -60.0;
const SILENT_MS: i64 = 10_000;
/// Darker than this is black.
pub const BLACK_LUMA: f32 = 18.0;
const BLACK_MS: i64 = 5_000;
const FROZEN_CHANGE: f32 = 0.2;
const FROZEN_MS: i64 = 30_000;
const FILLED_MS: i64 = 1_000;

/// What is missing in a piece that began at `started_at` (epoch milliseconds), in the order of
/// time. A fragment reaches from the end of the one before to its own.
pub fn spans(started_at: i64, facts: &[Facts]) -> Vec<Span> {
    let black = |f: &Facts| f.luma.is_some_and(|luma| luma < BLACK_LUMA);
    let still = |f: &Facts| f.change.is_some_and(|change| change < FROZEN_CHANGE);
    let mut found = Vec::new();
    for run in runs(started_at, facts, |f| f.peak_db < SILENT_DB) {
        found.extend(run.span(SpanKind::Silent, SILENT_MS));
    }
    for run in runs(started_at, facts, black) {
        found.extend(run.span(SpanKind::Black, BLACK_MS));
    }
    for run in runs(started_at, facts, |f| still(f) && !black(f)) {
        found.extend(run.span(SpanKind::Frozen, FROZEN_MS));
    }
    for run in runs(started_at, facts, |f| f.no_page) {
        found.extend(run.span(SpanKind::NoPage, 1));
    }
    for run in runs(started_at, facts, |f| f.filled_ms > 0) {
        let ms = run.facts.iter().map(|f| i64::from(f.filled_ms)).sum();
        found.extend(Run { ms, ..run }.span(SpanKind::Filled, FILLED_MS));
    }
    found.sort_by_key(|s| (s.from_ms, s.kind));
    found
}

/// Neighbouring fragments that share something.
struct Run<'a> {
    from_ms: i64,
    ms: i64,
    facts: &'a [Facts],
}

impl Run<'_> {
    fn span(&self, kind: SpanKind, least: i64) -> Option<Span> {
        (self.ms >= least).then_some(Span { kind, from_ms: self.from_ms, ms: self.ms })
    }
}

fn runs(started_at: i64, facts: &[Facts], has: impl Fn(&Facts) -> bool) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    let mut at = started_at;
    for facts in facts.chunk_by(|a, b| has(a) == has(b)) {
        let end = facts.last().map_or(at, |f| f.at.max(at));
        if facts.first().is_some_and(&has) {
            found.push(Run { from_ms: at - started_at, ms: end - at, facts });
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000_000;

    fn seconds(of: impl IntoIterator<Item = Facts>) -> Vec<Facts> {
        of.into_iter().zip(1..).map(|(f, n)| Facts { at: START + n * 1_000, ..f }).collect()
    }

    fn good() -> Facts {
        Facts {
            at: 0,
            peak_db: -12.0,
            luma: Some(120.0),
            change: Some(4.0),
            frames: 30,
            dropped: 0,
            duplicated: 0,
            no_page: false,
            filled_ms: 0,
            end: None,
        }
    }

    fn some(n: usize, one: Facts) -> impl Iterator<Item = Facts> {
        std::iter::repeat_n(one, n)
    }

    #[test]
    fn a_good_piece_has_no_spans() {
        assert_eq!(spans(START, &seconds(some(100, good()))), []);
        assert_eq!(spans(START, &[]), []);
    }

    #[test]
    fn what_is_too_short_to_matter_is_not_named() {
        let quiet = Facts { peak_db: -70.0, ..good() };
        let black = Facts { luma: Some(16.0), ..good() };
        let still = Facts { change: Some(0.0), ..good() };
        let filled = Facts { filled_ms: 400, ..good() };
        let all = some(9, quiet)
            .chain(some(4, black))
            .chain(some(29, still))
            .chain(some(2, filled))
            .chain(some(1, good()));
        assert_eq!(spans(START, &seconds(all)), []);
    }

    #[test]
    fn each_kind_is_named_with_its_place_and_length() {
        let all = some(3, good())
            .chain(some(10, Facts { peak_db: -61.0, ..good() }))
            .chain(some(5, Facts { luma: Some(17.0), change: Some(0.0), ..good() }))
            .chain(some(30, Facts { change: Some(0.1), ..good() }))
            .chain(some(1, Facts { no_page: true, ..good() }))
            .chain(some(2, Facts { filled_ms: 700, ..good() }))
            .chain(some(1, good()))
            .chain(some(1, Facts { no_page: true, ..good() }));
        let span = |kind, from, ms| Span { kind, from_ms: from, ms };
        assert_eq!(
            spans(START, &seconds(all)),
            [
                span(SpanKind::Silent, 3_000, 10_000),
                span(SpanKind::Black, 13_000, 5_000),
                span(SpanKind::Frozen, 18_000, 30_000),
                span(SpanKind::NoPage, 48_000, 1_000),
                span(SpanKind::Filled, 49_000, 1_400),
                span(SpanKind::NoPage, 52_000, 1_000),
            ]
        );
    }

    #[test]
    fn a_black_picture_that_stands_still_is_black_and_not_frozen() {
        let black = Facts { luma: Some(2.0), change: Some(0.0), ..good() };
        let found = spans(START, &seconds(some(40, black)));
        assert_eq!(found.iter().map(|s| s.kind).collect::<Vec<_>>(), [SpanKind::Black]);
    }

    #[test]
    fn a_piece_of_sound_alone_is_neither_black_nor_frozen() {
        let sound = Facts { luma: None, change: None, frames: 0, ..good() };
        assert_eq!(spans(START, &seconds(some(60, sound))), []);
    }
}
