//! Judges a recording of the test card: how smooth the picture is, and how far the sound is from it.
//!
//! Each frame tells when it was drawn, and when the beep of its second is heard, both by the page's
//! clock. The mean of `presentation time - drawn` is the picture's delay; a beep should be found in
//! the sound at `heard + delay`. So the offset is not limited by the distance of frames.

use super::read::{Card, Frame, RATE};

/// Milliseconds after which the strip's clock begins again.
const WRAP: u32 = 1 << 24;
/// A beep is louder than this share of full scale.
const LOUD: i32 = 2_000;
/// Samples of quiet before a beep.
const QUIET: usize = RATE / 5;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Frames of the card.
    pub frames: usize,
    /// Frames a second that show something new.
    pub unique_fps: f64,
    /// Share of frames that show what the one before showed.
    pub duplicates: f64,
    /// Longest time between two new frames, milliseconds.
    pub longest_gap_ms: f64,
    /// Beeps found and recognised.
    pub beeps: usize,
    /// Sound minus picture, milliseconds; negative: the sound comes first. The median of the beeps:
    /// one that a busy machine was late with says nothing of the others.
    pub offset_ms: f64,
    /// Largest distance of one beep from that, milliseconds.
    pub offset_spread_ms: f64,
}

/// Judges frames and sound of one file.
pub fn judge(frames: &[Frame], sound: &[i16]) -> Judged {
    // FFmpeg pulls the first frame to the start of the file, however late it came.
    let frames = frames.get(1..).unwrap_or_default();
    let cards: Vec<(f64, Card)> = frames.iter().filter_map(|f| Some((f.at, f.card?))).collect();
    let mut new: Vec<(f64, Card)> = Vec::with_capacity(cards.len());
    for (at, card) in &cards {
        if new.last().is_none_or(|(_, last)| last.drawn_ms != card.drawn_ms) {
            new.push((*at, *card));
        }
    }
    let span = match (new.first(), new.last()) {
        (Some((first, _)), Some((last, _))) if last > first => last - first,
        _ => 0.0,
    };
    let gaps = new.windows(2).filter_map(|pair| Some(pair.get(1)?.0 - pair.first()?.0));
    let first_drawn = new.first().map_or(0, |(_, card)| card.drawn_ms);
    // Page time since the first frame, seconds; negative for what was a little before it.
    let since = |ms: u32| {
        let ahead = ms.wrapping_sub(first_drawn) % WRAP;
        let signed =
            if ahead > WRAP / 2 { f64::from(ahead) - f64::from(WRAP) } else { f64::from(ahead) };
        signed / 1_000.0
    };
    let delays: Vec<f64> = new.iter().map(|(at, card)| at - since(card.drawn_ms)).collect();
    let delay = mean(&delays);
    let mut offsets = Vec::new();
    for (onset, pitch) in beeps(sound) {
        let nearest = new
            .iter()
            .filter(|(_, card)| card.second == pitch)
            .map(|(_, card)| onset - (since(card.beep_ms) + delay))
            .min_by(|a, b| a.abs().total_cmp(&b.abs()));
        if let Some(offset) = nearest.filter(|offset| offset.abs() < 2.0) {
            offsets.push(offset * 1_000.0);
        }
    }
    let offset_ms = median(&offsets);
    Judged {
        frames: cards.len(),
        unique_fps: if span > 0.0 { (new.len() - 1) as f64 / span } else { 0.0 },
        duplicates: 1.0 - new.len() as f64 / (cards.len().max(1)) as f64,
        longest_gap_ms: gaps.fold(0.0, f64::max) * 1_000.0,
        beeps: offsets.len(),
        offset_ms,
        offset_spread_ms: offsets.iter().map(|o| (o - offset_ms).abs()).fold(0.0, f64::max),
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let around = if sorted.len().is_multiple_of(2) { middle.saturating_sub(1) } else { middle };
    mean(sorted.get(around..=middle).unwrap_or_default())
}

/// Where beeps begin, seconds, and which of the eight pitches each has.
pub fn beeps(sound: &[i16]) -> Vec<(f64, u8)> {
    let mut found = Vec::new();
    let mut quiet_for = 0;
    let mut at = 0;
    while let Some(&sample) = sound.get(at) {
        if i32::from(sample).abs() < LOUD {
            quiet_for += 1;
            at += 1;
            continue;
        }
        if quiet_for >= QUIET {
            // The middle of the beep, clear of its ends.
            let middle = sound.get(at + RATE / 100..at + RATE / 100 * 9).unwrap_or_default();
            if let Some(pitch) = pitch(middle) {
                found.push((at as f64 / RATE as f64, pitch));
            }
        }
        quiet_for = 0;
        at += 1;
    }
    found
}

/// The strongest of the eight pitches (Goertzel's filter), if it is clearly the strongest.
fn pitch(samples: &[i16]) -> Option<u8> {
    let mut powers: Vec<(f64, u8)> = (0..8u8)
        .map(|number| {
            let turn = std::f64::consts::TAU * (500.0 + 125.0 * f64::from(number)) / RATE as f64;
            let (mut one, mut two) = (0.0, 0.0);
            for &sample in samples {
                let now = f64::from(sample) + 2.0 * turn.cos() * one - two;
                (two, one) = (one, now);
            }
            (one * one + two * two - 2.0 * turn.cos() * one * two, number)
        })
        .collect();
    powers.sort_by(|a, b| b.0.total_cmp(&a.0));
    match powers.as_slice() {
        [(most, number), (next, _), ..] if *most > 4.0 * next => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up recording: 30 frames a second, `delay` seconds from drawing to frame, beeps that
    /// come `offset` seconds after where the picture has them.
    fn recording(delay: f64, offset: f64) -> (Vec<Frame>, Vec<i16>) {
        let mut sound = vec![0i16; 8 * RATE];
        for second in 1..7u32 {
            let heard = 0.25 + f64::from(second);
            let from = ((heard + delay + offset) * RATE as f64) as usize;
            let turn =
                std::f64::consts::TAU * (500.0 + 125.0 * f64::from(second % 8)) / RATE as f64;
            for n in 0..RATE / 10 {
                sound[from + n] = (16_000.0 * (turn * (n as f64 + 0.5)).sin()) as i16;
            }
        }
        let frames = (0..210u32).map(|n| {
            let drawn = f64::from(n) / 30.0;
            let second = (drawn - 0.25).max(0.0) as u32;
            let ms = |s: f64| ((s * 1e3) as u32 + WRAP - 500) % WRAP; // wraps after half a second
            let card = Card {
                drawn_ms: ms(drawn),
                beep_ms: ms(0.25 + f64::from(second)),
                second: (second % 8) as u8,
                flash: false,
            };
            Frame { at: drawn + delay, card: Some(card) }
        });
        (frames.collect(), sound)
    }

    #[test]
    fn the_offset_between_sound_and_picture_is_found_whatever_the_delay() {
        for (delay, offset) in [(0.0, 0.0), (0.4, -0.077), (0.1, 0.25), (0.2, -0.9)] {
            let (frames, sound) = recording(delay, offset);
            let judged = judge(&frames, &sound);
            assert!(judged.beeps >= 5, "{judged:?}");
            assert!((judged.offset_ms - offset * 1_000.0).abs() < 2.0, "{offset}: {judged:?}");
            assert!(judged.offset_spread_ms < 2.0, "{judged:?}");
            assert!((judged.unique_fps - 30.0).abs() < 0.1 && judged.duplicates == 0.0);
        }
    }

    #[test]
    fn one_beep_that_came_late_changes_nothing() {
        assert_eq!((median(&[]), median(&[7.0]), median(&[1.0, 3.0])), (0.0, 7.0, 2.0));
        assert_eq!(median(&[-48.0, 90.0, -47.0]), -47.0);
        assert_eq!(median(&[-48.0, 90.0, -46.0, -47.0]), -46.5);
    }

    #[test]
    fn frames_that_show_nothing_new_and_gaps_are_counted() {
        let (mut frames, sound) = recording(0.0, 0.0);
        for n in (60..90).step_by(2) {
            frames[n].card = frames[n - 1].card;
        }
        let judged = judge(&frames, &sound);
        assert!((judged.duplicates - 15.0 / 209.0).abs() < 0.001, "{judged:?}");
        assert!((judged.longest_gap_ms - 66.7).abs() < 1.0, "{judged:?}");
        let none = judge(&[], &[]);
        assert_eq!((none.frames, none.beeps), (0, 0));
    }
}
