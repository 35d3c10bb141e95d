//! Real streams and the tools that judge them.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use bytes::Bytes;
use tempfile::NamedTempFile;

use crate::mp4::{Index, Init, Item, Splitter, boxes, moof_of};

const PICTURE: &str = "testsrc2=s=320x180:r=30:d=6";
const SOUND: &str = "sine=r=48000:d=6";
const ZEROLATENCY: &str = "-c:v libx264 -preset ultrafast -tune zerolatency -g 60 -keyint_min 60 \
    -sc_threshold 0 -c:a aac";
const B_FRAMES: &str = "-c:v libx264 -preset veryfast -bf 2 -g 60 -keyint_min 60 -c:a aac";
const FRAGMENTS: &str = "-frag_duration 1000000 -flush_packets 1 -f mp4 pipe:1";

fn record(before: &str, coding: &str, movflags: &str) -> Vec<u8> {
    let line = format!(
        "-v error {before} -f lavfi -i {PICTURE} -f lavfi -i {SOUND} {coding} -movflags {movflags} \
         {FRAGMENTS}"
    );
    run("ffmpeg", &line.split_whitespace().collect::<Vec<_>>())
}

fn once(cell: &'static OnceLock<Vec<u8>>, make: impl FnOnce() -> Vec<u8>) -> &'static [u8] {
    cell.get_or_init(make)
}

/// The recorder's own flags.
pub(super) fn plain() -> &'static [u8] {
    static CELL: OnceLock<Vec<u8>> = OnceLock::new();
    once(&CELL, || record("", ZEROLATENCY, "empty_moov+default_base_moof"))
}

pub(super) fn b_frames() -> &'static [u8] {
    static CELL: OnceLock<Vec<u8>> = OnceLock::new();
    once(&CELL, || record("", B_FRAMES, "empty_moov+default_base_moof"))
}

/// The pictures start 400 ms after the sound.
pub(super) fn late() -> &'static [u8] {
    static CELL: OnceLock<Vec<u8>> = OnceLock::new();
    let before = "-copyts -itsoffset 0.4";
    once(&CELL, || record(before, ZEROLATENCY, "empty_moov+default_base_moof"))
}

/// The same with an edit list in the init segment.
pub(super) fn late_with_edits() -> &'static [u8] {
    static CELL: OnceLock<Vec<u8>> = OnceLock::new();
    let before = "-copyts -itsoffset 0.4";
    once(&CELL, || record(before, B_FRAMES, "empty_moov+delay_moov+default_base_moof"))
}

pub(super) fn run(tool: &str, args: &[&str]) -> Vec<u8> {
    let output = Command::new(tool).args(args).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "{tool} {args:?}: {words}");
    output.stdout
}

/// A stream cut up: the init segment and the fragments.
#[derive(Clone)]
pub(super) struct Pieces {
    pub(super) init: Bytes,
    pub(super) fragments: Vec<Bytes>,
}

impl Pieces {
    pub(super) fn of(stream: &[u8]) -> Self {
        let mut splitter = Splitter::new();
        let mut items = splitter.push(stream).unwrap().into_iter();
        let Some(Item::Init(init)) = items.next() else { panic!("no init segment") };
        let fragments = items.map(|item| match item {
            Item::Fragment(fragment) => fragment,
            Item::Init(_) => panic!("two init segments"),
        });
        let fragments = fragments.collect();
        splitter.finish().unwrap();
        Self { init, fragments }
    }

    pub(super) fn index(&self) -> Index {
        let mut index = Index::new(Init::parse(&self.init).unwrap());
        for fragment in &self.fragments {
            let (moof, mdat_len) = moof_of(fragment).unwrap();
            index.add(moof, mdat_len).unwrap();
        }
        index
    }

    pub(super) fn finished(&self) -> NamedTempFile {
        let header = self.index().header().unwrap();
        file(&[&header[..], &self.fragments.concat()].concat())
    }

    /// What FFmpeg would have left, without an `mfra`.
    pub(super) fn raw(&self) -> NamedTempFile {
        file(&[&self.init[..], &self.fragments.concat()].concat())
    }
}

pub(super) fn file(bytes: &[u8]) -> NamedTempFile {
    let file = tempfile::Builder::new().suffix(".mp4").tempfile().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

/// Decode time, presentation time (ticks), bytes and checksum of a packet or picture.
pub(super) type Packet = (i64, i64, u64, String);

/// The packets of each stream as FFmpeg reads them, without decoding.
pub(super) fn packets(file: &NamedTempFile) -> BTreeMap<u32, Vec<Packet>> {
    checksums(&["-copyts", "-i", path(file), "-c", "copy"])
}

/// What `framemd5` says for these arguments.
pub(super) fn checksums(args: &[&str]) -> BTreeMap<u32, Vec<Packet>> {
    let args = [&["-v", "error"], args, &["-f", "framemd5", "-"]].concat();
    let text = String::from_utf8(run("ffmpeg", &args)).unwrap();
    let mut streams: BTreeMap<u32, Vec<Packet>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let packet = (
            fields[1].parse().unwrap(),
            fields[2].parse().unwrap(),
            fields[4].parse().unwrap(),
            fields[5].to_owned(),
        );
        streams.entry(fields[0].parse().unwrap()).or_default().push(packet);
    }
    streams
}

/// Decodes everything; a single word from FFmpeg fails the test.
pub(super) fn decodes_silently(file: &NamedTempFile) {
    run("ffmpeg", &["-v", "error", "-i", path(file), "-f", "null", "-"]);
}

/// The 32-bit words of a sample table of the n-th track of a header, version word first.
pub(super) fn table(header: &[u8], track: usize, kind: &[u8; 4]) -> Option<Vec<u32>> {
    let ftyp = boxes::first(header, "ftyp").unwrap().whole.len();
    let moov = boxes::first(&header[ftyp..], "moov").unwrap().body;
    let traks = boxes::atoms(moov, "moov").map(Result::unwrap).filter(|a| &a.kind == b"trak");
    let mut body = traks.map(|atom| atom.body).nth(track)?;
    for kind in [b"mdia", b"minf", b"stbl"] {
        body = boxes::child(body, kind, "stbl").unwrap();
    }
    let body = boxes::optional(body, kind, "table").unwrap()?;
    Some(body.as_chunks().0.iter().map(|word| u32::from_be_bytes(*word)).collect())
}

/// Presentation time and flags (`K` for a keyframe) of each picture, a line each.
pub(super) fn keyframes(file: &NamedTempFile) -> String {
    let args = ["-v", "error", "-of", "csv=p=0", "-select_streams", "v"];
    let args = [&args[..], &["-show_entries", "packet=pts,flags", path(file)]].concat();
    String::from_utf8(run("ffprobe", &args)).unwrap()
}

/// One number a line, seconds, as whole microseconds.
pub(super) fn probe(file: &NamedTempFile, args: &[&str]) -> Vec<i64> {
    let args = [&["-v", "error", "-of", "csv=p=0"], args, &[path(file)]].concat();
    let text = String::from_utf8(run("ffprobe", &args)).unwrap();
    let seconds = text.lines().map(|line| line.trim_end_matches(',').parse::<f64>().unwrap());
    seconds.map(|s| (s * 1e6).round() as i64).collect()
}

pub(super) fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}
