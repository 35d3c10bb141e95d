//! One media line by which a client receives pictures: which stream comes by it, and since when.

use std::time::Instant;

use str0m::media::{MediaTime, Mid};

/// A line. The stream on it may change; what the client gets stays one run of times.
#[derive(Debug, Clone)]
pub struct Line {
    /// The line.
    pub mid: Mid,
    /// The stream of the meeting that comes by it; 0 for none.
    pub stream: u32,
    /// A whole picture went out, so later ones can be shown.
    pub keyed: bool,
    /// When a whole picture was asked for last.
    pub asked: Option<Instant>,
    /// Added to the sender's times.
    shift: Option<i64>,
    /// The last time that went out, and when.
    last: Option<(u64, Instant)>,
}

/// Ticks a second of pictures.
const CLOCK: f64 = 90_000.0;

impl Line {
    /// A line for a stream.
    pub fn new(mid: Mid, stream: u32) -> Self {
        Self { mid, stream, keyed: false, asked: None, shift: None, last: None }
    }

    /// Another stream comes from now on.
    pub fn switch(&mut self, stream: u32) {
        if self.stream != stream {
            *self = Self { last: self.last, ..Self::new(self.mid, stream) };
        }
    }

    /// The time to send for the sender's `time`: goes on where the stream before stopped.
    pub fn stamp(&mut self, time: MediaTime, now: Instant) -> MediaTime {
        let time = time.rebase(str0m::media::Frequency::NINETY_KHZ).numer() as i64;
        let last = self.last;
        let shift = *self.shift.get_or_insert_with(|| match last {
            None => 0,
            Some((sent, at)) => {
                let since = now.saturating_duration_since(at).as_secs_f64() * CLOCK;
                sent as i64 + since as i64 + 1 - time
            }
        });
        let stamp = (time + shift).max(0) as u64;
        self.last = Some((stamp, now));
        MediaTime::new(stamp, str0m::media::Frequency::NINETY_KHZ)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use str0m::media::Frequency;

    use super::*;

    #[test]
    fn times_go_on_when_another_stream_takes_the_line() {
        let start = tokio::time::Instant::now().into_std();
        let at = |n| MediaTime::new(n, Frequency::NINETY_KHZ);
        let mut line = Line::new("1".into(), 4);
        assert_eq!(line.stamp(at(900_000), start).numer(), 900_000);
        line.switch(5);
        assert!(!line.keyed);
        let next = line.stamp(at(10), start + Duration::from_secs(1)).numer();
        assert!((990_000..990_010).contains(&next), "{next}");
        let then = line.stamp(at(3010), start + Duration::from_secs(2)).numer();
        assert_eq!(then, next + 3000);
    }
}
