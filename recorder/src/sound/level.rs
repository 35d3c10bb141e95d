//! How loud it was.

/// What stands for no sound at all, decibels below full scale.
pub const NOTHING_DB: f32 = -120.0;

/// Loudest sample of little-endian 16-bit PCM, in decibels below full scale.
pub fn peak_db(pcm: &[u8]) -> f32 {
    let (samples, _) = pcm.as_chunks::<2>();
    let peak = samples.iter().map(|s| i16::from_le_bytes(*s).unsigned_abs()).max().unwrap_or(0);
    if peak == 0 { NOTHING_DB } else { 20.0 * (f32::from(peak) / 32_768.0).log10() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_is_nought_half_is_six_below_and_silence_is_the_floor() {
        assert!(peak_db(&i16::MIN.to_le_bytes()).abs() < 0.01);
        assert!((peak_db(&16_384i16.to_le_bytes()) + 6.02).abs() < 0.01);
        assert_eq!(peak_db(&[0; 8]), NOTHING_DB);
        assert_eq!(peak_db(&[]), NOTHING_DB);
    }
}
