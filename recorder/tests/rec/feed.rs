//! A stream as FFmpeg makes it, cut into fragments, made once for all tests and much faster than
//! real time; and what a finished file must look like.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use bytes::Bytes;
use chime_recorder::mp4::{Index, Init, Item, Splitter, moof_of};
use chime_recorder::storage::Facts;

/// When the stream's media time 0 was, epoch milliseconds.
pub const STARTED_AT: i64 = 1_800_000_000_000;

/// A stream of FFmpeg's.
pub struct Stream {
    pub raw: Vec<u8>,
    pub init: Bytes,
    pub fragments: Vec<Bytes>,
    /// Headers of the finished files of the first 1, 2, … fragments.
    headers: Vec<Vec<u8>>,
}

/// 12 s at 8 Mb/s: two whole parts and a rest.
pub fn stream() -> &'static Stream {
    static STREAM: OnceLock<Stream> = OnceLock::new();
    STREAM.get_or_init(|| {
        let picture = "testsrc2=s=640x360:r=30,noise=alls=20:allf=t";
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=b=4"])
            .args(["-t", "12", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"])
            .args(["-tune", "zerolatency", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0"])
            .args(["-b:v", "8M", "-maxrate", "8M", "-bufsize", "8M", "-c:a", "aac"])
            .args(["-movflags", "empty_moov+default_base_moof", "-frag_duration", "1000000"])
            .args(["-flush_packets", "1", "-f", "mp4", "pipe:1"])
            .output()
            .expect("ffmpeg is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let raw = made.stdout;
        let (mut init, mut fragments, mut splitter) = (None, Vec::new(), Splitter::new());
        for chunk in raw.chunks(65_536) {
            for item in splitter.push(chunk).unwrap() {
                match item {
                    Item::Init(bytes) => init = Some(bytes),
                    Item::Fragment(bytes) => fragments.push(bytes),
                }
            }
        }
        let whole: usize = fragments.iter().map(Bytes::len).sum();
        assert!(whole > 21 << 19 && whole < 14 << 20, "{whole} bytes do not fit the tests");
        let init = init.unwrap();
        let mut index = Index::new(Init::parse(&init).unwrap());
        let headers = fragments.iter().map(|fragment| {
            let (moof, mdat_len) = moof_of(fragment).unwrap();
            index.add(moof, mdat_len).unwrap();
            index.header().unwrap()
        });
        Stream { headers: headers.collect(), raw, init, fragments }
    })
}

impl Stream {
    /// The finished file of the first `count` fragments.
    pub fn file(&self, count: usize) -> Vec<u8> {
        let mut file = self.headers[count - 1].clone();
        self.fragments[..count].iter().for_each(|f| file.extend_from_slice(f));
        file
    }

    /// How many fragments a finished file has; it must be that many and nothing else.
    pub fn count_in(&self, file: &[u8]) -> usize {
        let media = self.fragments.iter().scan(0, |sum, fragment| {
            *sum += fragment.len();
            Some(*sum)
        });
        let mut sizes = self.headers.iter().zip(media).map(|(header, media)| header.len() + media);
        let count = sizes.position(|size| size == file.len()).map(|place| place + 1);
        let count = count.expect("the file's length is not that of any number of fragments");
        assert!(self.file(count) == file, "the file's bytes are not those of {count} fragments");
        count
    }
}

/// What the capture would know of a fragment, by its place.
pub fn facts(place: usize) -> Facts {
    Facts {
        at: STARTED_AT + 1_000 * (place as i64 + 1),
        peak_db: -20.0,
        luma: Some(110.0),
        change: Some(9.0),
        frames: 30,
        dropped: 0,
        duplicated: u32::from(place == 2),
        no_page: place == 3,
        filled_ms: 0,
        end: None,
    }
}

/// What FFmpeg complains of when it decodes the whole file.
pub fn decode_errors(file: &Path) -> String {
    let mut done = Command::new("ffmpeg");
    let done =
        done.args(["-v", "error", "-i"]).arg(file).args(["-f", "null", "-"]).output().unwrap();
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// Checksum and length of every packet, per stream.
pub fn packets(file: &Path) -> Vec<String> {
    let mut done = Command::new("ffmpeg");
    let done = done
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(["-map", "0", "-c", "copy", "-f", "framemd5", "-"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            format!("{} {} {}", fields[0], fields[4], fields[5])
        })
        .collect();
    // Streams are interleaved by time, which the two muxers may round apart.
    lines.sort_by_key(|line| line.starts_with('1'));
    lines
}
