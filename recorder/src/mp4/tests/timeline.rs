//! Sound and picture keep their relation whatever the timeline looks like.

use super::streams::*;
use crate::mp4::times::common_scale;
use crate::mp4::{Index, Init, Kind, Mp4Error, boxes, moof_of};

/// Adds ticks to each `tfdt` (version 1) of a track.
fn delayed(pieces: &Pieces, track: u32, ticks: u64) -> Pieces {
    let mut pieces = pieces.clone();
    for fragment in &mut pieces.fragments {
        let mut bytes = fragment.to_vec();
        let moof = boxes::first(fragment, "moof").unwrap();
        for traf in boxes::atoms(moof.body, "moof").map(Result::unwrap) {
            if &traf.kind != b"traf" {
                continue;
            }
            let tfhd = boxes::child(traf.body, b"tfhd", "tfhd").unwrap();
            let tfdt = boxes::child(traf.body, b"tfdt", "tfdt").unwrap();
            if tfhd[4..8] != track.to_be_bytes() {
                continue;
            }
            assert_eq!(tfdt[0], 1);
            let time = u64::from_be_bytes(tfdt[4..12].try_into().unwrap()) + ticks;
            let at = tfdt.as_ptr() as usize - fragment.as_ptr() as usize + 4;
            bytes[at..at + 8].copy_from_slice(&time.to_be_bytes());
        }
        *fragment = bytes.into();
    }
    pieces
}

fn agrees_with_ffmpeg(pieces: &Pieces) {
    let file = pieces.finished();
    let (ours, theirs) = (packets(&file), packets(&pieces.raw()));
    assert_eq!(ours, theirs);
    decodes_silently(&file);
}

#[test]
fn pictures_that_start_400_ms_late_stay_400_ms_late() {
    let pieces = Pieces::of(late());
    agrees_with_ffmpeg(&pieces);
    // With empty_moov FFmpeg puts the first packet of each track at 0 and makes it last longer.
    // From the second on both are later by the 1024 samples of the AAC encoder's priming.
    let times = pieces.index().frame_times();
    let priming = 1_024.0 / 48_000.0;
    assert_eq!(times[0], 0);
    for (n, time) in times.iter().enumerate().skip(1) {
        let wanted = (0.4 + priming + n as f64 / 30.0) * 1e6;
        assert!((*time as f64 - wanted).abs() < 1_000.0, "picture {n} at {time} us");
    }
}

#[test]
fn the_edit_lists_of_the_init_segment_are_kept_in_effect() {
    let pieces = Pieces::of(late_with_edits());
    agrees_with_ffmpeg(&pieces);
    assert_eq!(pieces.index().track_start_ms(Kind::Video), Some(400));
    assert_eq!(pieces.index().track_start_ms(Kind::Audio), Some(0));
}

#[test]
fn a_track_whose_first_fragment_starts_late_is_shown_late() {
    for stream in [plain(), b_frames()] {
        let pieces = delayed(&Pieces::of(stream), 1, 6_144);
        agrees_with_ffmpeg(&pieces);
        let start = pieces.index().track_start_ms(Kind::Video).unwrap();
        // Two pictures of reordering are in front of the first B-frame stream's picture.
        assert_eq!(start, if stream == plain() { 400 } else { 467 });
        assert_eq!(pieces.index().track_start_ms(Kind::Audio), Some(0));
    }
    let pieces = delayed(&Pieces::of(plain()), 2, 12_345);
    agrees_with_ffmpeg(&pieces);
    assert_eq!(pieces.index().track_start_ms(Kind::Audio), Some(257));
}

#[test]
fn a_stream_without_its_first_fragments_keeps_its_times() {
    let mut pieces = Pieces::of(plain());
    pieces.fragments.drain(..2);
    // Fragments are a second long and the GOP two, so cut once at and once before a keyframe.
    agrees_with_ffmpeg(&pieces);
    pieces.fragments.remove(0);
    assert_eq!(packets(&pieces.finished()), packets(&pieces.raw()));
    assert!(pieces.index().track_start_ms(Kind::Video) >= Some(2_900));
    pieces.fragments.truncate(1);
    assert_eq!(packets(&pieces.finished()), packets(&pieces.raw()));
    // Not one keyframe: an empty table, for none at all would mean that all are.
    let header = pieces.index().header().unwrap();
    assert_eq!(table(&header, 0, b"stss").unwrap(), [0, 0]);
}

#[test]
fn times_over_32_bits_are_written_wide() {
    let hours = 30 * 3_600;
    let pieces = delayed(&Pieces::of(plain()), 1, hours * 15_360);
    let pieces = delayed(&pieces, 2, hours * 48_000);
    agrees_with_ffmpeg(&pieces);
    assert_eq!(pieces.index().track_start_ms(Kind::Audio), Some(hours as i64 * 1_000));
    let said = probe(&pieces.finished(), &["-show_entries", "format=duration"])[0];
    assert!((said - pieces.index().duration_ms() * 1_000).abs() <= 1_000);
}

#[test]
fn a_hole_between_fragments_stays_a_hole() {
    let mut pieces = Pieces::of(plain());
    let whole = pieces.index();
    pieces.fragments.drain(2..4);
    assert_eq!(packets(&pieces.finished()), packets(&pieces.raw()));
    assert_eq!(pieces.index().duration_ms(), whole.duration_ms());
    assert!(pieces.index().samples(Kind::Audio) + 90 < whole.samples(Kind::Audio));

    let far = delayed(&Pieces::of(plain()), 2, 13 * 3_600 * 48_000);
    let (moof, mdat_len) = moof_of(far.fragments.last().unwrap()).unwrap();
    pieces.fragments.pop();
    assert!(matches!(pieces.index().add(moof, mdat_len), Err(Mp4Error::Overflow { .. })));
}

#[test]
fn the_movie_timescale_makes_the_times_of_all_tracks_whole_numbers() {
    let scale = |scales: &[u32]| common_scale(scales.iter().copied());
    assert_eq!(scale(&[15_360, 48_000]), 384_000);
    assert_eq!(scale(&[90_000, 44_100]), 4_410_000);
    assert_eq!(scale(&[1_000_000_000, 48_000]), 1_000_000_000);
    assert_eq!(scale(&[u32::MAX]), u32::MAX);
}

#[test]
fn a_fragment_added_twice_is_refused_and_leaves_no_trace() {
    let pieces = Pieces::of(plain());
    let mut index = pieces.index();
    let header = index.header().unwrap();
    for fragment in [&pieces.fragments[1], pieces.fragments.last().unwrap()] {
        let (moof, mdat_len) = moof_of(fragment).unwrap();
        assert!(matches!(index.add(moof, mdat_len), Err(Mp4Error::Backwards { .. })));
    }
    assert_eq!(index.header().unwrap(), header);
}

#[test]
fn an_index_without_samples_has_no_header() {
    let index = Index::new(Init::parse(&Pieces::of(plain()).init).unwrap());
    assert_eq!(index.header(), Err(Mp4Error::Empty));
    assert_eq!((index.duration_ms(), index.media_len()), (0, 0));
    assert_eq!(index.track_start_ms(Kind::Video), None);
    assert!(index.frame_times().is_empty());
}
