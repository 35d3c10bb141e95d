//! What the work bucket holds of a piece while it is made: its state, a fragment object a second,
//! and for fragments that became a part an index object in their place. Together they describe the
//! whole piece at every moment, so that whoever reads them can complete it.
//!
//! A fragment object is one line of JSON and then the fragment's bytes: one PUT, no half.

use bytes::{BufMut, Bytes, BytesMut};
use chime_contract::recording::{fragment_key, index_key, journal_prefix, piece_key, state_key};
use serde::{Deserialize, Serialize};

use super::Facts;
use super::calls::{Calls, Place};
use super::error::{Result, StorageError};
use super::parts::{Part, crc_read};
use super::patience::Patience;

/// What a finisher must know of a piece that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Format version, 1.
    pub v: u8,
    /// Meeting record id.
    pub meeting: String,
    /// Recording key.
    pub recording: String,
    /// Attempt, from 1.
    pub attempt: u32,
    /// Piece number within the attempt, from 1.
    pub piece: u32,
    /// The multipart upload.
    pub upload_id: String,
    /// Key of the file to be.
    pub media_key: String,
    /// FFmpeg's init segment.
    #[serde(with = "base64_bytes")]
    pub init: Bytes,
    /// Wall clock of media time 0, epoch milliseconds.
    pub started_at: i64,
    /// Milliseconds by which sound came before the picture, and was set back.
    pub calibration_ms: f64,
    /// There is no picture.
    pub audio_only: bool,
}

impl State {
    /// Where it lies.
    pub fn key(&self) -> String {
        state_key(&self.recording, self.attempt, self.piece)
    }

    /// Where a fragment lies; `n` from 1.
    pub fn fragment(&self, n: u32) -> String {
        fragment_key(&self.recording, self.attempt, self.piece, n)
    }

    /// Where a part's index lies.
    pub fn index(&self, part: i32) -> String {
        index_key(&self.recording, self.attempt, self.piece, part.unsigned_abs())
    }

    /// What all fragments' keys of the piece begin with.
    pub fn fragments_prefix(&self) -> String {
        format!("{}{}-{:03}-", journal_prefix(&self.recording), self.attempt, self.piece)
    }

    /// What all index keys of the piece begin with.
    pub fn indexes_prefix(&self) -> String {
        format!("{}index-{}-{:03}-", journal_prefix(&self.recording), self.attempt, self.piece)
    }

    /// Where the note lies.
    pub fn note_key(&self) -> String {
        chime_contract::recording::note_key(
            &self.meeting,
            &self.recording,
            self.attempt,
            self.piece,
        )
    }

    /// Reads a state object. Its names must be those of its key: they say where is written.
    pub fn read(key: &str, body: &[u8]) -> Result<Self> {
        let state: Self = read(key, body)?;
        let media = piece_key(&state.meeting, &state.recording, state.attempt, state.piece);
        if state.v != 1 || state.key() != key || state.media_key != media {
            return Err(bad(key, "its version or names are not those of its key"));
        }
        Ok(state)
    }
}

/// The key of the stone that says: this recording was erased.
pub fn erased_key(recording: &str) -> String {
    format!("{}erased", journal_prefix(recording))
}

/// The first line of a fragment object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FragmentHead {
    /// Format version, 1.
    pub v: u8,
    /// Number in the piece, from 1.
    pub n: u32,
    /// Fragments before this one that nothing could take.
    #[serde(default)]
    pub refused: u32,
    /// What the capture knows of it.
    pub facts: Facts,
}

/// A fragment that became part of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Indexed {
    /// As in its object.
    #[serde(flatten)]
    pub head: FragmentHead,
    /// Its `moof` box.
    #[serde(with = "base64_bytes")]
    pub moof: Bytes,
    /// Length of its `mdat` box.
    pub mdat_len: u64,
}

/// A part and the fragments in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartIndex {
    /// Format version, 1.
    pub v: u8,
    /// Part number.
    pub part: i32,
    /// Bytes.
    pub size: u64,
    /// As S3 gave it.
    pub etag: String,
    /// CRC64NVME, base64.
    pub crc: String,
    /// In order.
    pub fragments: Vec<Indexed>,
}

impl PartIndex {
    /// Reads an index object.
    pub fn read(key: &str, body: &[u8]) -> Result<Self> {
        let index: Self = read(key, body)?;
        let whole: u64 = index.fragments.iter().map(|f| f.moof.len() as u64 + f.mdat_len).sum();
        if index.v != 1 || index.size != whole {
            return Err(bad(key, "its version or size is wrong"));
        }
        Ok(index)
    }

    /// The part.
    pub fn part(&self, key: &str) -> Result<Part> {
        let crc = crc_read(&self.crc).ok_or_else(|| bad(key, "its checksum cannot be read"))?;
        Ok(Part { number: self.part, size: self.size, etag: self.etag.clone(), crc })
    }
}

/// A fragment object's body.
pub fn pack(head: &FragmentHead, bytes: &[u8]) -> Result<Bytes> {
    let line = json("PutObject", head)?;
    let mut body = BytesMut::with_capacity(line.len() + 1 + bytes.len());
    body.put(line);
    body.put_u8(b'\n');
    body.put(bytes);
    Ok(body.freeze())
}

/// The reverse of [`pack`].
pub fn unpack(key: &str, mut body: Bytes) -> Result<(FragmentHead, Bytes)> {
    let end = body.iter().position(|b| *b == b'\n').ok_or_else(|| bad(key, "it has no line"))?;
    let line = body.split_to(end);
    let head: FragmentHead = read(key, &line)?;
    if head.v != 1 {
        return Err(bad(key, "its version is unknown"));
    }
    Ok((head, body.slice(1..)))
}

/// As JSON.
pub fn json(call: &'static str, value: &impl Serialize) -> Result<Bytes> {
    match serde_json::to_vec(value) {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => Err(StorageError::unmade(call, "an object of JSON", error)),
    }
}

fn read<T: serde::de::DeserializeOwned>(key: &str, body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|e| bad(key, e))
}

/// What cannot be used.
pub fn bad(key: &str, reason: impl ToString) -> StorageError {
    StorageError::Journal { key: key.to_string(), reason: reason.to_string() }
}

/// Deletes all of a piece from the journal, the state last: while it is there, whoever comes by
/// tries again.
pub async fn clear(calls: &Calls, patience: &Patience, state: &State) -> Result<()> {
    let prefixes = [state.fragments_prefix(), state.indexes_prefix()];
    for prefix in &prefixes {
        let listed = patience.call(|| calls.list(Place::Work, prefix)).await?;
        let keys: Vec<String> = listed.into_iter().map(|o| o.key).collect();
        patience.call(|| calls.delete(Place::Work, &keys)).await?;
    }
    let keys = [state.key()];
    patience.call(|| calls.delete(Place::Work, &keys)).await
}

mod base64_bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        serde_json::from_str(r#"{"at": 5, "peakDb": -20.5, "frames": 30}"#).unwrap()
    }

    #[test]
    fn a_fragment_object_gives_back_what_was_put_in() {
        let head = FragmentHead { v: 1, n: 7, refused: 0, facts: facts() };
        let body = pack(&head, b"moof\nmdat\n").unwrap();
        let (read, bytes) = unpack("k", body).unwrap();
        assert_eq!((read, bytes.as_ref()), (head, b"moof\nmdat\n".as_slice()));
        assert!(unpack("k", Bytes::from_static(b"no line")).is_err());
        assert!(unpack("k", Bytes::from_static(b"{}\n")).is_err());
    }

    #[test]
    fn a_state_with_another_names_than_its_key_is_refused() {
        let state = State {
            v: 1,
            meeting: "m".into(),
            recording: "r".into(),
            attempt: 1,
            piece: 2,
            upload_id: "u".into(),
            media_key: piece_key("m", "r", 1, 2),
            init: Bytes::from_static(b"\x00\xff"),
            started_at: 3,
            calibration_ms: 1.5,
            audio_only: false,
        };
        let body = json("PutObject", &state).unwrap();
        assert_eq!(State::read(&state.key(), &body).unwrap(), state);
        assert!(State::read("journal/r/state-1-003.json", &body).is_err());
        let moved = State { media_key: "recordings/x.mp4".into(), ..state.clone() };
        let body = json("PutObject", &moved).unwrap();
        assert!(State::read(&state.key(), &body).is_err());
    }
}
