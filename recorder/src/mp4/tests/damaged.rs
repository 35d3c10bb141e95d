//! Damaged bytes are an error or other numbers, never a panic and never a large allocation.

use super::streams::{Pieces, b_frames, late_with_edits, plain};
use crate::mp4::{Fragment, Index, Init, Splitter, moof_of};

/// xorshift64*: the same bytes are damaged in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.roll(4) {
            let at = self.roll(bytes.len());
            match self.roll(6) {
                0 => bytes[at] ^= 1 << self.roll(8),
                1 => bytes[at] = self.roll(256) as u8,
                2 => bytes[at..].iter_mut().take(4).for_each(|b| *b = 0xff),
                3 => bytes[at..].iter_mut().take(4).for_each(|b| *b = 0),
                4 => bytes[at..].iter_mut().take(8).for_each(|b| *b = 0x7f),
                _ => bytes.truncate(at.max(1)),
            }
        }
    }
}

fn use_all(index: &Index) {
    let _ = (index.header(), index.duration_ms(), index.frame_times());
    let _ = [crate::mp4::Kind::Video, crate::mp4::Kind::Audio].map(|k| index.track_start_ms(k));
}

#[test]
fn damaged_init_segments_and_fragments_do_not_panic() {
    let mut dice = Dice(0x5eed);
    let (mut taken, mut refused) = (0, 0);
    for stream in [plain(), b_frames(), late_with_edits()] {
        let pieces = Pieces::of(stream);
        let init = Init::parse(&pieces.init).unwrap();
        for round in 0..1_500 {
            let mut bytes = pieces.init.to_vec();
            dice.damage(&mut bytes);
            let broken = Init::parse(&bytes);
            let mut index = Index::new(broken.unwrap_or_else(|_| init.clone()));
            for fragment in pieces.fragments.iter().skip(round % 3).take(2) {
                let (moof, mdat_len) = moof_of(fragment).unwrap();
                let mut moof = moof.to_vec();
                if round % 2 == 0 {
                    dice.damage(&mut moof);
                }
                match index.add(&moof, mdat_len) {
                    Ok(()) => taken += 1,
                    Err(_) => refused += 1,
                }
            }
            use_all(&index);
        }
    }
    assert!(taken > 500 && refused > 500, "taken {taken}, refused {refused}");
}

#[test]
fn every_cut_of_an_init_segment_and_of_a_moof_is_an_error() {
    let pieces = Pieces::of(b_frames());
    let init = Init::parse(&pieces.init).unwrap();
    for end in 0..pieces.init.len() {
        assert!(Init::parse(&pieces.init[..end]).is_err(), "cut at {end}");
    }
    let fragment = &pieces.fragments[0];
    let (moof, mdat_len) = moof_of(fragment).unwrap();
    for end in 0..moof.len() {
        assert!(Fragment::parse(&init, &moof[..end], mdat_len).is_err(), "cut at {end}");
    }
    for end in [0, 7, 8, moof.len(), moof.len() + 9, fragment.len() - 1] {
        assert!(moof_of(&fragment[..end]).is_err(), "cut at {end}");
    }
    assert!(Fragment::parse(&init, moof, mdat_len - 1).is_err());
}

#[test]
fn a_damaged_stream_does_not_panic_the_splitter() {
    let mut dice = Dice(0xb0c5);
    let pieces = Pieces::of(plain());
    let stream = [&pieces.init[..], &pieces.fragments[0], &pieces.fragments[1]].concat();
    let heads = [0, 28, pieces.init.len(), pieces.init.len() + pieces.fragments[0].len()];
    for _ in 0..300 {
        let mut bytes = stream.clone();
        let at = heads[dice.roll(heads.len())] + dice.roll(16);
        bytes[at] = dice.roll(256) as u8;
        let mut splitter = Splitter::with_limit(1 << 20);
        for chunk in bytes.chunks(1 + dice.roll(50_000)) {
            if splitter.push(chunk).is_err() {
                break;
            }
            assert!(splitter.pending() <= 2 << 20);
        }
        let _ = splitter.finish();
    }
}
