//! What FFmpeg tells of itself (`-progress`), and whether it keeps up.

use std::collections::VecDeque;

/// FFmpeg's own counts, since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Frames written.
    pub frames: u64,
    /// Frames written twice.
    pub duplicated: u64,
    /// Media written, microseconds.
    pub media_us: i64,
}

impl Progress {
    /// Takes a line `key=value`; true at the end of a report.
    pub fn line(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.split_once('=') else { return false };
        let value = value.trim();
        match key {
            "frame" => self.frames = value.parse().unwrap_or(self.frames),
            "dup_frames" => self.duplicated = value.parse().unwrap_or(self.duplicated),
            "out_time_us" => self.media_us = value.parse().unwrap_or(self.media_us),
            "progress" => return true,
            _ => {}
        }
        false
    }

    /// What was added since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            frames: self.frames.saturating_sub(before.frames),
            duplicated: self.duplicated.saturating_sub(before.duplicated),
            media_us: self.media_us - before.media_us,
        }
    }
}

/// True for a line of a report, which is no complaint.
pub fn is_report(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Finds out that the encoder is slower than time: below 95 % of real time, or below nine tenths of
/// the frames it should bring, over ten seconds.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    reports: VecDeque<(f64, Progress)>,
}

/// Seconds over which the pace is judged.
const JUDGED: f64 = 10.0;
/// Seconds after the start that say nothing: x264 fills its buffers.
const START: f64 = 3.0;

impl Pace {
    /// Takes a report made at `at` (seconds of any steady clock); the share of real time over the
    /// last ten seconds, once there are so many.
    pub fn report(&mut self, at: f64, progress: Progress, fps: u32) -> Option<f64> {
        if progress.media_us < (START * 1e6) as i64 {
            return None;
        }
        self.reports.push_back((at, progress));
        while self.reports.get(1).is_some_and(|(then, _)| at - then >= JUDGED) {
            self.reports.pop_front();
        }
        let (then, before) = self.reports.front()?;
        let wall = at - then;
        if wall < JUDGED {
            return None;
        }
        let done = progress.since(*before);
        let media = done.media_us as f64 / 1e6 / wall;
        let new = done.frames.saturating_sub(done.duplicated) as f64;
        let frames = if fps == 0 { 1.0 } else { new / (f64::from(fps) * wall) / 0.9 * 0.95 };
        Some(media.min(frames))
    }

    /// Below this share of real time the encoder is too slow.
    pub const TOO_SLOW: f64 = 0.95;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64, share: f64, frames: f64) -> (f64, Progress) {
        let media_us = (seconds * share * 1e6) as i64;
        let frames = (seconds * frames) as u64;
        (seconds, Progress { frames, media_us, ..Progress::default() })
    }

    fn pace(share: f64, frames: f64) -> Option<f64> {
        let mut pace = Pace::default();
        let mut last = None;
        for half in 0..60 {
            let (when, progress) = at(f64::from(half) / 2.0, share, frames);
            last = pace.report(when, progress, 30);
        }
        last
    }

    #[test]
    fn an_encoder_that_keeps_up_is_left_alone_and_one_that_falls_behind_is_found_out() {
        assert!(pace(1.0, 30.0).unwrap() >= Pace::TOO_SLOW);
        assert!(pace(1.0, 28.5).unwrap() >= Pace::TOO_SLOW, "a busy machine is not a slow one");
        assert!(pace(0.9, 30.0).unwrap() < Pace::TOO_SLOW);
        assert!(pace(1.0, 20.0).unwrap() < Pace::TOO_SLOW, "it drops frames to keep up");
    }

    #[test]
    fn a_report_is_read_and_a_complaint_is_none() {
        let mut progress = Progress::default();
        for line in ["frame=62", "fps=30.1", "drop_frames=1", "dup_frames=2", "out_time_us=2066000"]
        {
            assert!(is_report(line));
            assert!(!progress.line(line));
        }
        assert!(progress.line("progress=continue"));
        let wanted = Progress { frames: 62, duplicated: 2, media_us: 2_066_000 };
        assert_eq!(progress, wanted);
        assert!(!is_report("[x11grab @ 0x55] Cannot open display :9, error 1."));
    }
}
