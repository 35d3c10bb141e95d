//! Sound: one voice in from each who speaks, one mix out to each who listens.

mod ear;
mod lately;
mod voice;

pub use ear::Ear;
pub use lately::Lately;
pub use voice::Voice;

/// Samples a second.
pub const RATE: u32 = 48_000;
/// Samples of one frame.
pub const FRAME: usize = 960;
/// Time of one frame.
pub const TICK: std::time::Duration = std::time::Duration::from_millis(20);

/// 20 ms of one channel.
pub type Pcm = [i16; FRAME];

/// The sum of all frames except those at `without`, limited to what a sample can hold.
pub fn mix(frames: &[Option<Pcm>], without: &[usize]) -> Pcm {
    let mut sum = [0i32; FRAME];
    for (i, frame) in frames.iter().enumerate() {
        if let (Some(frame), false) = (frame, without.contains(&i)) {
            sum.iter_mut().zip(frame).for_each(|(sum, &sample)| *sum += i32::from(sample));
        }
    }
    sum.map(|sample| sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16)
}

/// Loudness of samples in decibels below full scale, 0 (loudest) to 127 (silence).
pub fn loudness(samples: &[i16]) -> u8 {
    if samples.is_empty() {
        return 127;
    }
    let power: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    let rms = (power / samples.len() as f64).sqrt() / 32_768.0;
    if rms <= 0.0 { 127 } else { (-20.0 * rms.log10()).clamp(0.0, 127.0) as u8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone as its sender's Opus packets.
    fn packets(hz: f64, count: usize) -> Vec<Vec<u8>> {
        let mut ear = Ear::new().unwrap();
        (0..count)
            .map(|k| {
                let frame = std::array::from_fn(|i| {
                    let t = (k * FRAME + i) as f64 / f64::from(RATE);
                    ((hz * t * std::f64::consts::TAU).sin() * 6000.0) as i16
                });
                ear.encode(&frame).unwrap()
            })
            .collect()
    }

    /// Share of a tone in samples, by one bin of a Fourier transform; about 0.18 for our tones.
    fn strength(samples: &[i16], hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, &sample) in samples.iter().enumerate() {
            let angle = hz * i as f64 / f64::from(RATE) * std::f64::consts::TAU;
            re += f64::from(sample) * angle.cos();
            im += f64::from(sample) * angle.sin();
        }
        2.0 * (re * re + im * im).sqrt() / samples.len() as f64 / 32_768.0
    }

    #[test]
    fn each_hears_the_others_and_not_themselves() {
        let tones = [500.0, 1500.0, 2500.0];
        let sent: Vec<_> = tones.iter().map(|&hz| packets(hz, 60)).collect();
        let mut voices: Vec<_> = tones.iter().map(|_| Voice::new().unwrap()).collect();
        let mut ears: Vec<_> = tones.iter().map(|_| Ear::new().unwrap()).collect();
        let mut heard: Vec<_> = tones.iter().map(|_| Voice::new().unwrap()).collect();
        let mut sound = vec![Vec::new(); tones.len()];
        for k in 0..60 {
            for (voice, packets) in voices.iter_mut().zip(&sent) {
                voice.push(&packets[k]);
            }
            let frames: Vec<_> = voices.iter_mut().map(Voice::take).collect();
            for listener in 0..tones.len() {
                let packet = ears[listener].encode(&mix(&frames, &[listener])).unwrap();
                heard[listener].push(&packet);
                sound[listener].extend(heard[listener].take().into_iter().flatten());
            }
        }
        for (listener, samples) in sound.iter().enumerate() {
            // The first half second is the codecs' and the queues' beginning.
            let samples = &samples[24_000..48_000];
            for (speaker, &hz) in tones.iter().enumerate() {
                let share = strength(samples, hz);
                if speaker == listener {
                    assert!(share < 0.005, "{listener} hears themselves: {share}");
                } else {
                    assert!(share > 0.08, "{listener} does not hear {speaker}: {share}");
                }
            }
        }
    }

    #[test]
    fn a_loud_sum_is_limited_and_silence_is_silent() {
        let loud = Some([30_000; FRAME]);
        assert_eq!(mix(&[loud, loud], &[])[0], i16::MAX);
        assert_eq!(mix(&[loud, None], &[0]), [0; FRAME]);
        assert_eq!(loudness(&[0; FRAME]), 127);
        assert!(loudness(&[i16::MAX; FRAME]) <= 1);
    }

    #[test]
    fn a_voice_that_breaks_off_and_comes_again_does_not_click() {
        let sent = packets(500.0, 60);
        let (mut voice, mut sound) = (Voice::new().unwrap(), Vec::new());
        for (k, packet) in sent.iter().enumerate() {
            // 400 ms in the middle come late, all at once.
            if !(20..40).contains(&k) {
                voice.push(packet);
            }
            if k == 40 {
                for late in &sent[20..40] {
                    voice.push(late);
                }
            }
            sound.extend(voice.take().unwrap_or([0; FRAME]));
        }
        assert!(voice.waiting() <= Voice::MOST);
        let steepest = sound.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max();
        // A tone of 500 Hz and 6000 rises by at most 393 a sample; its edges by some more.
        assert!(steepest.unwrap() < 800, "{steepest:?}");
    }

    #[test]
    fn what_is_measured_is_as_loud_as_what_is_heard_and_never_played() {
        let (mut measured, mut heard) = (Voice::new().unwrap(), Voice::new().unwrap());
        for packet in packets(500.0, 20) {
            assert_eq!(measured.measure(&packet), heard.push(&packet));
        }
        assert!(heard.waiting() > 0 && heard.loudest() < 40);
        assert_eq!((measured.waiting(), measured.take(), measured.loudest()), (0, None, 127));
        assert_eq!(measured.measure(&[]), 127);
    }

    #[test]
    fn garbage_is_not_a_voice_and_does_no_harm() {
        let mut voice = Voice::new().unwrap();
        for length in 0..200usize {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 31 + length * 17) as u8).collect();
            voice.push(&bytes);
        }
        assert!(voice.waiting() <= Voice::MOST);
        for packet in packets(700.0, 10) {
            voice.push(&packet);
        }
        assert!(voice.take().is_some());
    }
}
