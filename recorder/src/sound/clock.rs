//! The clock of the sound: when the stream's first sample was played, and how many samples there
//! should be by now. Pure; the reader tells it what arrived and when.
//!
//! A chunk can come late (a busy machine) but never early, so the earliest arrivals tell the truth:
//! the epoch is the least of `arrival - samples / rate` over half a second. From then on sound that
//! is missing for good is filled with silence, and what comes after all is dropped, so that sample
//! `n` stays at `epoch + n / rate` for as long as the meeting lasts.

use super::server::RATE;

/// Seconds thrown away first: the sound server's own start.
const SKIPPED: f64 = 0.5;
/// Seconds listened to for the epoch.
const LISTENED: f64 = 0.5;
/// Seconds over which the least lateness counts.
const WINDOW: f64 = 1.0;
/// Missing for good, if even the promptest chunk of a window was this late, seconds.
const MISSING: f64 = 0.08;
/// Too much, if a chunk ends this far ahead of time, seconds.
const SURPLUS: f64 = 0.04;
/// Nothing came for so long, seconds: silence takes its place.
const STALL: f64 = 0.6;
/// How far behind now silence is filled up to, seconds: a chunk may still be on its way.
const KEPT_BACK: f64 = 0.3;

/// What to do with a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It belongs to the start and is thrown away.
    Skip,
    /// Pass it on, after this many samples of silence.
    Pass {
        /// Samples of silence before it.
        silence: u64,
    },
    /// Throw its first samples away.
    Drop {
        /// How many.
        samples: u64,
    },
}

/// The clock. Times are seconds since 1970.
#[derive(Debug, Clone, Default)]
pub struct SoundClock {
    skipped: u64,
    listened: u64,
    least: f64,
    epoch: Option<f64>,
    samples: u64,
    window_from: f64,
    window_least: f64,
    /// Samples of silence put in for sound that may come after all.
    owed: u64,
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(RATE)
}

fn whole_samples(seconds: f64) -> u64 {
    (seconds * f64::from(RATE)).max(0.0) as u64
}

impl SoundClock {
    /// When the first passed sample was played; known after about a second.
    pub fn epoch(&self) -> Option<f64> {
        self.epoch
    }

    /// When the next sample to be passed is played.
    pub fn next_at(&self) -> Option<f64> {
        Some(self.epoch? + seconds(self.samples))
    }

    /// `samples` arrived at `at`.
    pub fn arrived(&mut self, at: f64, samples: u64) -> Step {
        if seconds(self.skipped) < SKIPPED {
            self.skipped += samples;
            self.least = f64::INFINITY;
            return Step::Skip;
        }
        let Some(epoch) = self.epoch else {
            self.listened += samples;
            self.least = self.least.min(at - seconds(self.listened));
            if seconds(self.listened) >= LISTENED {
                self.epoch = Some(self.least + seconds(self.listened));
                self.restart(at);
            }
            return Step::Skip;
        };
        let late = at - (epoch + seconds(self.samples + samples));
        if late < -SURPLUS && self.owed > 0 {
            let dropped = samples.min(self.owed).min(whole_samples(-late));
            self.owed -= dropped;
            self.samples += samples - dropped;
            self.restart(at);
            return Step::Drop { samples: dropped };
        }
        self.window_least = self.window_least.min(late);
        let mut silence = 0;
        if at - self.window_from >= WINDOW {
            if self.window_least > MISSING {
                silence = whole_samples(self.window_least);
            } else if self.window_least < -SURPLUS {
                // More than was played: a server that caught up after a pause.
                let dropped = samples.min(whole_samples(-self.window_least));
                self.samples += samples - dropped;
                self.restart(at);
                return Step::Drop { samples: dropped };
            }
            self.owed = 0;
            self.restart(at);
        }
        self.samples += silence + samples;
        Step::Pass { silence }
    }

    /// Nothing arrived by `at`: samples of silence to put in now.
    pub fn nothing(&mut self, at: f64) -> u64 {
        let Some(next) = self.next_at() else { return 0 };
        if at - next < STALL {
            return 0;
        }
        let silence = whole_samples(at - next - KEPT_BACK);
        self.samples += silence;
        self.owed += silence;
        self.restart(at);
        silence
    }

    fn restart(&mut self, at: f64) {
        self.window_from = at;
        self.window_least = f64::INFINITY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: u64 = 960;

    /// A clock whose stream began at 100 s; chunks of 20 ms arrive with `delay(n)` seconds.
    fn run(clock: &mut SoundClock, from: u64, chunks: u64, delay: impl Fn(u64) -> f64) -> u64 {
        let mut silence = 0;
        for n in from..from + chunks {
            let at = 100.0 + seconds((n + 1) * CHUNK) + delay(n);
            if let Step::Pass { silence: more } = clock.arrived(at, CHUNK) {
                silence += more;
            }
        }
        silence
    }

    #[test]
    fn the_promptest_chunks_tell_when_the_sound_began() {
        let mut clock = SoundClock::default();
        run(&mut clock, 0, 60, |n| if n % 7 == 3 { 0.001 } else { 0.05 });
        let epoch = clock.epoch().unwrap();
        assert!((epoch - 101.0).abs() < 0.003, "{epoch}");
        assert!((clock.next_at().unwrap() - 101.2).abs() < 0.003);
    }

    #[test]
    fn a_busy_moment_changes_nothing_and_lost_sound_is_filled() {
        let mut clock = SoundClock::default();
        run(&mut clock, 0, 100, |_| 0.001);
        assert_eq!(run(&mut clock, 100, 100, |n| if n < 120 { 0.3 } else { 0.001 }), 0);
        // From here on 10 chunks are missing for good: all that follow look 200 ms late.
        let silence = run(&mut clock, 200, 200, |_| 0.2);
        assert!((seconds(silence) - 0.2).abs() < 0.003, "{silence}");
        let next = clock.next_at().unwrap();
        assert!((next - (100.0 + seconds(400 * CHUNK) + 0.2)).abs() < 0.003, "{next}");
    }

    #[test]
    fn silence_stands_in_for_a_stall_and_what_comes_after_all_is_dropped() {
        let mut clock = SoundClock::default();
        run(&mut clock, 0, 100, |_| 0.001);
        let before = clock.next_at().unwrap();
        assert_eq!(clock.nothing(before + 0.5), 0, "it may be on its way");
        let silence = clock.nothing(before + 1.0);
        assert!((seconds(silence) - 0.7).abs() < 0.001);
        // All of it comes in one burst.
        let mut dropped = 0;
        for n in 0..50 {
            match clock.arrived(before + 1.001 + 0.0001 * f64::from(n), CHUNK) {
                Step::Drop { samples } => dropped += samples,
                Step::Pass { silence } => assert_eq!(silence, 0),
                Step::Skip => panic!("skipped"),
            }
        }
        assert!((seconds(dropped) - 0.7).abs() < 0.05, "{dropped}");
        assert!((clock.next_at().unwrap() - (before + 1.0)).abs() < 0.05);
    }
}
