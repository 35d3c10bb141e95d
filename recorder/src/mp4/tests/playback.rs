//! The finished file is an ordinary fast-start MP4 with FFmpeg's packets in it.

use super::streams::*;
use crate::mp4::{Kind, boxes};

fn same_packets(pieces: &Pieces) {
    let (ours, theirs) = (packets(&pieces.finished()), packets(&pieces.raw()));
    assert_eq!(ours.len(), theirs.len());
    for (stream, packets) in &theirs {
        assert!(!packets.is_empty());
        assert_eq!(ours[stream].len(), packets.len(), "stream {stream}");
        for (ours, theirs) in ours[stream].iter().zip(packets) {
            assert_eq!(ours, theirs, "stream {stream}");
        }
    }
}

fn duration_agrees(pieces: &Pieces) {
    let file = pieces.finished();
    let said = probe(&file, &["-show_entries", "format=duration"])[0];
    let ours = pieces.index().duration_ms();
    assert!((said - ours * 1000).abs() <= 1000, "ffprobe {said} us, index {ours} ms");
}

#[test]
fn the_index_comes_before_one_mdat_that_holds_the_fragments_as_they_came() {
    let pieces = Pieces::of(plain());
    let bytes = std::fs::read(pieces.finished().path()).unwrap();
    let atoms: Vec<_> = boxes::atoms(&bytes, "file").map(Result::unwrap).collect();
    let kinds: Vec<_> = atoms.iter().map(|atom| &atom.kind).collect();
    assert_eq!(kinds, [b"ftyp", b"moov", b"mdat"]);
    assert_eq!(atoms[2].body, pieces.fragments.concat());
    assert!(boxes::optional(atoms[1].body, b"mvex", "mvex").unwrap().is_none());
    assert_eq!(pieces.index().media_len(), atoms[2].body.len() as u64);
    assert_eq!(pieces.index().fragments(), pieces.fragments.len() as u64);
}

#[test]
fn every_packet_and_its_times_are_as_ffmpeg_wrote_them() {
    same_packets(&Pieces::of(plain()));
}

#[test]
fn every_packet_and_its_times_are_as_ffmpeg_wrote_them_with_b_frames() {
    same_packets(&Pieces::of(b_frames()));
}

#[test]
fn the_keyframes_are_those_of_the_stream() {
    for stream in [plain(), b_frames()] {
        let pieces = Pieces::of(stream);
        let theirs = keyframes(&pieces.raw());
        assert_eq!(keyframes(&pieces.finished()), theirs);
        // FFmpeg finds H.264 keyframes by itself; other players go by the table.
        let lines = (1..).zip(theirs.lines());
        let numbers = lines.filter(|(_, line)| line.contains('K')).map(|(number, _)| number);
        let entries: Vec<u32> = numbers.collect();
        assert_eq!(entries, [1, 61, 121]);
        let header = pieces.index().header().unwrap();
        assert_eq!(table(&header, 0, b"stss").unwrap()[2..], entries);
        assert_eq!(table(&header, 1, b"stss"), None);
    }
}

#[test]
fn ffmpeg_has_nothing_to_say_when_it_decodes_the_file() {
    decodes_silently(&Pieces::of(plain()).finished());
    decodes_silently(&Pieces::of(b_frames()).finished());
}

#[test]
fn the_duration_is_the_one_ffprobe_reads() {
    duration_agrees(&Pieces::of(plain()));
    duration_agrees(&Pieces::of(b_frames()));
    duration_agrees(&Pieces::of(late()));
    duration_agrees(&Pieces::of(late_with_edits()));
}

#[test]
fn a_seek_shows_the_picture_that_playing_through_shows() {
    for stream in [plain(), b_frames()] {
        let file = Pieces::of(stream).finished();
        let pictures = ["-i", path(&file), "-map", "0:v", "-fps_mode", "passthrough"];
        let all = checksums(&[&["-copyts"], &pictures[..]].concat())[&0].clone();
        for second in ["0.5", "2.7", "4.9"] {
            let seek = ["-copyts", "-ss", second];
            let found = checksums(&[&seek, &pictures[..], &["-frames:v", "1"]].concat());
            let found = &found[&0][0];
            // Decoded pictures are timed in thirtieths of a second.
            let late = found.1 as f64 / 30.0 - second.parse::<f64>().unwrap();
            assert!(late.abs() < 0.05, "sought {second} s, found picture {}", found.1);
            let wanted = all.iter().find(|picture| picture.1 == found.1).unwrap();
            assert_eq!(found.3, wanted.3, "{second} s");
        }
    }
}

#[test]
fn the_file_is_whole_when_the_stream_is_cut_after_any_fragment() {
    let all = Pieces::of(plain());
    for count in 1..=all.fragments.len() {
        let cut = Pieces { fragments: all.fragments[..count].to_vec(), ..all.clone() };
        same_packets(&cut);
        duration_agrees(&cut);
        decodes_silently(&cut.finished());
    }
}

#[test]
fn frame_times_are_those_ffprobe_reads() {
    for stream in [plain(), b_frames(), late(), late_with_edits()] {
        let pieces = Pieces::of(stream);
        let entries = ["-select_streams", "v", "-show_entries", "packet=pts_time"];
        let mut theirs = probe(&pieces.finished(), &entries);
        theirs.sort_unstable();
        let index = pieces.index();
        assert_eq!(index.frame_times().len(), theirs.len());
        for (ours, theirs) in index.frame_times().iter().zip(&theirs) {
            // ffprobe rounds a half microsecond as its floating point falls.
            assert!((ours - theirs).abs() <= 1, "index {ours} us, ffprobe {theirs} us");
        }
        assert_eq!(index.samples(Kind::Video), theirs.len() as u64);
    }
}

#[test]
fn the_header_depends_on_the_order_of_fragments_and_on_nothing_else() {
    let pieces = Pieces::of(plain());
    let header = pieces.index().header().unwrap();
    assert_eq!(header, pieces.index().header().unwrap());
    let mut other = pieces.clone();
    for fragment in &mut other.fragments {
        let mut bytes = fragment.to_vec();
        let moof = crate::mp4::moof_of(fragment).unwrap().0.len();
        bytes[moof + 8..].fill(0);
        *fragment = bytes.into();
    }
    assert_eq!(header, other.index().header().unwrap());
}
