//! Fragments FFmpeg does not write but the format allows, built by hand.

use super::streams::{Pieces, plain, table};
use crate::mp4::boxes::Writer;
use crate::mp4::{Fragment, Index, Init, Kind, Mp4Error, Run, Sample};

const MDAT: u64 = 1_000;

fn init() -> Init {
    Init::parse(&Pieces::of(plain()).init).unwrap()
}

/// A full box: version, flags, then words.
fn full(kind: &[u8; 4], version: u8, flags: u32, words: &[u32]) -> Vec<u8> {
    let mut out = Writer::default();
    let body = |out: &mut Writer| {
        out.version(version, flags);
        words.iter().for_each(|word| out.u32(*word));
        Ok(())
    };
    out.atom(kind, body).unwrap();
    out.out
}

fn nest(kind: &[u8; 4], children: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Writer::default();
    out.atom(kind, |out| {
        out.bytes(&children.concat());
        Ok(())
    })
    .unwrap();
    out.out
}

fn moof(trafs: &[Vec<u8>]) -> Vec<u8> {
    nest(b"moof", &[&[full(b"mfhd", 0, 0, &[1])], trafs].concat())
}

fn traf(children: &[Vec<u8>]) -> Vec<u8> {
    nest(b"traf", children)
}

fn sizes(run: &Run) -> Vec<u32> {
    run.samples.iter().map(|sample| sample.size).collect()
}

#[test]
fn fields_of_a_sample_come_from_run_then_fragment_then_track() {
    let tfhd = full(b"tfhd", 0, 0x2_003a, &[1, 3, 512, 70, 0x0101_0000]);
    let tfdt = full(b"tfdt", 0, 0, &[9_000]);
    let mut all = traf(&[]);
    let length = 8 + 16 + 8 + tfhd.len() as u32 + tfdt.len() as u32;
    let one = full(b"trun", 0, 0x5, &[2, length + 72 + 8, 0x0200_0000]);
    let two =
        full(b"trun", 1, 0xf00, &[2, 500, 60, 0, (-512_i32) as u32, 600, 61, 0x0001_0000, 1_024]);
    assert_eq!(one.len() + two.len(), 24 + 48);
    all.clear();
    all.extend(traf(&[tfhd, tfdt, one, two]));
    let fragment = Fragment::parse(&init(), &moof(&[all]), MDAT).unwrap();
    let [one, two] = &fragment.runs[..] else { panic!("{:?}", fragment.runs) };
    assert_eq!((one.track, one.time, one.description), (1, 9_000, 3));
    assert_eq!(one.offset, u64::from(fragment.moof_len) + 8);
    assert_eq!(sizes(one), [70, 70]);
    let syncs: Vec<_> = one.samples.iter().map(|sample| sample.sync).collect();
    assert_eq!(syncs, [true, false]);
    // The second run follows the first in time and in place.
    assert_eq!((two.time, two.offset), (9_000 + 1_024, one.offset + 140));
    let first = two.samples[0];
    assert_eq!((first.duration, first.size, first.offset, first.sync), (500, 60, -512, true));
    let second = two.samples[1];
    assert_eq!((second.duration, second.size, second.offset, second.sync), (600, 61, 1_024, false));
    assert_eq!(fragment.span(1), Some((9_000, 9_000 + 1_024 + 1_100)));
    assert_eq!(fragment.span(2), None);
    assert_eq!(fragment.samples(&init(), Kind::Video), 4);
}

#[test]
fn a_later_track_without_its_own_base_counts_from_the_data_before_it() {
    let tfdt = || full(b"tfdt", 1, 0, &[0, 0]);
    let video = |at| {
        traf(&[full(b"tfhd", 0, 0x18, &[1, 512, 100]), tfdt(), full(b"trun", 0, 0x1, &[2, at])])
    };
    let audio =
        traf(&[full(b"tfhd", 0, 0x18, &[2, 1_024, 10]), tfdt(), full(b"trun", 0, 0x1, &[3, 5])]);
    let data = moof(&[video(0), audio.clone()]).len() as u32 + 8;
    let fragment = Fragment::parse(&init(), &moof(&[video(data), audio]), MDAT).unwrap();
    assert_eq!(fragment.runs[0].offset, u64::from(data));
    assert_eq!(fragment.runs[1].offset, u64::from(data) + 200 + 5);
}

fn one_run(track: u32, flags: u32, time: &[u32], run: &[u32]) -> Vec<u8> {
    traf(&[
        full(b"tfhd", 0, flags | 0x2_0018, &[track, 512, 10]),
        full(b"tfdt", 1, 0, time),
        full(b"trun", 0, 0x1, run),
    ])
}

#[test]
fn what_cannot_be_true_is_refused() {
    let init = init();
    let parse = |traf: Vec<u8>| Fragment::parse(&init, &moof(&[traf]), MDAT).unwrap_err();
    let good = one_run(1, 0, &[0, 0], &[2, 200]);
    assert!(Fragment::parse(&init, &moof(&[good]), MDAT).is_ok());
    let unknown = parse(one_run(9, 0, &[0, 0], &[2, 200]));
    assert_eq!(unknown, Mp4Error::UnknownTrack { track: 9 });
    for (time, run) in [
        ([0, 0], [2, 0]),                 // data inside the moof
        ([0, 0], [2, (-1_i32) as u32]),   // before it
        ([0, 0], [2, 100_000]),           // behind the mdat
        ([0, 0], [1_000, 200]),           // more than the mdat holds
        ([0, 0], [u32::MAX, 200]),        // more than anything holds
        ([u32::MAX, u32::MAX], [2, 200]), // a time that would overflow
    ] {
        let error = parse(one_run(1, 0, &time, &run));
        assert!(matches!(error, Mp4Error::Malformed { .. }), "{time:?} {run:?}: {error}");
    }
    let based = traf(&[full(b"tfhd", 0, 0x1, &[1, 0, 0])]);
    assert!(matches!(parse(based), Mp4Error::Unsupported { .. }));
    let timeless = traf(&[full(b"tfhd", 0, 0x18, &[1, 512, 10]), full(b"trun", 0, 0x1, &[2, 200])]);
    assert_eq!(parse(timeless), Mp4Error::Missing { what: "tfdt" });
}

#[test]
fn a_track_without_samples_is_not_in_the_file() {
    let mut index = Index::new(init());
    let empty = traf(&[full(b"tfhd", 0, 0x3_0000, &[2])]);
    index.add(&moof(&[one_run(1, 0, &[0, 0], &[2, 200]), empty]), MDAT).unwrap();
    let header = index.header().unwrap();
    assert!(table(&header, 0, b"stsz").is_some());
    assert!(table(&header, 1, b"stsz").is_none());
    assert_eq!((index.samples(Kind::Video), index.samples(Kind::Audio)), (2, 0));
    assert_eq!(index.track_start_ms(Kind::Audio), None);
    let mut other = index.clone();
    other.add(&moof(&[one_run(2, 0, &[0, 0], &[2, 200])]), MDAT).unwrap();
    assert_eq!(other.samples(Kind::Audio), 2);
    assert!(table(&other.header().unwrap(), 1, b"stsz").is_some());
}

#[test]
fn tables_do_not_repeat_what_stays_the_same() {
    let mut index = Index::new(init());
    for n in 0..5 {
        index.add(&moof(&[one_run(1, 0, &[0, n * 1_024], &[2, 200])]), MDAT).unwrap();
    }
    let header = index.header().unwrap();
    let words = |kind| table(&header, 0, kind).unwrap();
    assert_eq!(words(b"stts"), [0, 1, 10, 512]);
    assert_eq!(words(b"stsc"), [0, 1, 1, 2, 1]);
    assert_eq!(words(b"stsz"), [0, 10, 10]);
    assert_eq!(table(&header, 0, b"ctts"), None);
    assert_eq!(table(&header, 0, b"stss"), None);
    let (fragment, start) = (index.media_len() as u32 / 5, header.len() as u32 + 200);
    let chunks: Vec<_> = words(b"co64")[3..].iter().step_by(2).copied().collect();
    assert!(chunks.iter().copied().eq((0..5).map(|n| start + n * fragment)), "{chunks:?}");
}

#[test]
fn samples_of_no_bytes_do_not_make_a_fragment_endless() {
    let runs = |count| {
        let run = || full(b"trun", 0, 0x1, &[count, 500]);
        let tfdt = full(b"tfdt", 1, 0, &[0, 0]);
        traf(&[full(b"tfhd", 0, 0x2_0018, &[1, 512, 0]), tfdt, run(), run(), run()])
    };
    assert!(Fragment::parse(&init(), &moof(&[runs(300_000)]), MDAT).is_ok());
    let error = Fragment::parse(&init(), &moof(&[runs(400_000)]), MDAT).unwrap_err();
    assert!(matches!(error, Mp4Error::Malformed { .. }));
}

#[test]
fn a_run_that_starts_a_little_early_shortens_the_sample_before_it() {
    // FFmpeg guesses how long the last sample of a fragment lasts.
    let mut index = Index::new(init());
    index.add(&moof(&[one_run(1, 0, &[0, 0], &[2, 200])]), MDAT).unwrap();
    index.add(&moof(&[one_run(1, 0, &[0, 1_000], &[2, 200])]), MDAT).unwrap();
    let ticks = [0_i64, 512, 1_000, 1_512];
    let wanted: Vec<_> =
        ticks.iter().map(|t| (*t as f64 / 15_360.0 * 1e6).round() as i64).collect();
    assert_eq!(index.frame_times(), wanted);
    let error = index.add(&moof(&[one_run(1, 0, &[0, 1_511], &[2, 200])]), MDAT).unwrap_err();
    assert_eq!(error, Mp4Error::Backwards { track: 1, last: 1_512, next: 1_511 });
    // The error in the second track must not leave the first one's samples behind.
    let half = [one_run(2, 0, &[0, 0], &[2, 200]), one_run(1, 0, &[0, 9], &[2, 200])];
    assert!(index.add(&moof(&half), MDAT).is_err());
    assert_eq!(index.samples(Kind::Audio), 0);
}

#[test]
fn a_frame_that_lasts_for_three_stands_for_two_that_are_missing() {
    let init = init();
    let track = init.tracks().iter().find(|track| track.kind == Kind::Video).unwrap();
    let frame = track.timescale / 30;
    let sample = |duration| Sample { duration, size: 1, offset: 0, sync: false };
    let run = |time, frames: &[f64]| Run {
        track: track.id,
        time,
        offset: 8,
        description: 1,
        samples: frames.iter().map(|n| sample((n * f64::from(frame)) as u32)).collect(),
    };
    let of = |run| Fragment { moof_len: 8, mdat_len: 8, runs: vec![run] }.missing(&init, 30);
    assert_eq!(of(run(9_000, &[1.0, 0.8, 1.3, 1.0])), 0, "grabbed a little late or early");
    assert_eq!(of(run(9_000, &[1.0, 3.0, 1.9, 1.0])), 3);
    assert_eq!(of(run(0, &[12.0, 1.0])), 0, "the first reaches back to the beginning");
}
