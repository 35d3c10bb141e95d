//! What must be known of session descriptions beyond what the WebRTC library knows: which video
//! lines an offer has, and the name that a client expects on each track of the answer.

/// A media line of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLine {
    /// It is video.
    pub video: bool,
    /// Its mid.
    pub mid: String,
    /// The offerer receives by it.
    pub receives: bool,
}

/// The media lines of an offer, in order.
pub fn media_lines(offer: &str) -> Vec<MediaLine> {
    let mut lines: Vec<MediaLine> = Vec::new();
    for line in offer.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            let video = media.starts_with("video");
            lines.push(MediaLine { video, mid: String::new(), receives: true });
        } else if let Some(last) = lines.last_mut() {
            match line {
                "a=sendonly" | "a=inactive" => last.receives = false,
                _ => {
                    if let Some(mid) = line.strip_prefix("a=mid:") {
                        last.mid = mid.into();
                    }
                }
            }
        }
    }
    lines
}

/// Who the offerer's keys belong to. Another one under the same connection is another peer.
pub fn fingerprint(offer: &str) -> Option<&str> {
    offer.lines().find_map(|line| line.strip_prefix("a=fingerprint:")).map(str::trim_end)
}

/// The answer with the names that clients look tracks up by: `v_<mid>` for a picture they receive.
/// The library makes up random ones.
pub fn named_tracks(answer: &str) -> String {
    let mut out = String::with_capacity(answer.len() + 256);
    for section in sections(answer) {
        let video = section.starts_with("m=video");
        let mid = section.lines().find_map(|l| l.trim_end().strip_prefix("a=mid:")).unwrap_or("");
        for line in section.lines().map(str::trim_end) {
            match renamed(line, video, mid) {
                Some(line) => out.push_str(&line),
                None => out.push_str(line),
            }
            out.push_str("\r\n");
        }
    }
    out
}

/// The head of a description and each of its media sections.
fn sections(description: &str) -> impl Iterator<Item = &str> {
    let mut starts: Vec<usize> = vec![0];
    starts.extend(description.match_indices("\nm=").map(|(at, _)| at + 1));
    starts.push(description.len());
    let pairs: Vec<(usize, usize)> = starts.windows(2).map(|w| (w[0], w[1])).collect();
    pairs.into_iter().map(|(from, to)| &description[from..to])
}

/// A line with another stream id, if it carries one.
fn renamed(line: &str, video: bool, mid: &str) -> Option<String> {
    let at = match line {
        _ if !video => return None,
        _ if line.starts_with("a=msid:") => "a=msid:".len(),
        _ if line.starts_with("a=ssrc:") => line.find(" msid:")? + " msid:".len(),
        _ => return None,
    };
    let (head, ids) = line.split_at(at);
    let track = ids.split_whitespace().nth(1);
    Some(match track {
        Some(track) => format!("{head}v_{mid} {track}"),
        None => format!("{head}v_{mid}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "v=0\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=msid:abc def\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=recvonly\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=msid:random track\r\na=mid:7\r\na=sendonly\r\n\
        a=ssrc:42 cname:xyz\r\na=ssrc:42 msid:random track\r\n";

    #[test]
    fn a_picture_is_named_by_its_line_and_sound_keeps_its_name() {
        let named = named_tracks(ANSWER);
        assert!(named.contains("a=msid:abc def\r\n"), "{named}");
        assert!(named.contains("a=msid:v_7 track\r\n"), "{named}");
        assert!(named.contains("a=ssrc:42 msid:v_7 track\r\n"), "{named}");
        assert!(named.contains("a=ssrc:42 cname:xyz\r\n"), "{named}");
        assert_eq!(named.lines().count(), ANSWER.lines().count());
    }

    #[test]
    fn lines_are_read_with_what_they_receive() {
        let lines = media_lines(ANSWER);
        assert_eq!(lines.len(), 3);
        assert_eq!((lines[1].video, lines[1].receives), (true, true));
        assert_eq!((lines[2].mid.as_str(), lines[2].receives), ("7", false));
    }

    #[test]
    fn garbage_has_no_lines_and_is_not_lost() {
        assert!(media_lines("a=mid:1\nhello").is_empty());
        assert_eq!(named_tracks("hello"), "hello\r\n");
        assert_eq!(named_tracks(""), "");
    }
}
