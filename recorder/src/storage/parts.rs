//! Where the parts of a piece begin and end, and their checksums. The rule knows only the lengths of
//! the fragments, so recorder and finisher cut the same parts.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, checksum, checksum_combine};

/// S3 takes no part under 5 MiB but the last.
pub const LEAST: u64 = 5 << 20;
/// S3 takes no more parts.
pub const MOST: usize = 10_000;

/// A part that S3 has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Number, from 1.
    pub number: i32,
    /// Bytes.
    pub size: u64,
    /// As S3 gave it.
    pub etag: String,
    /// CRC64NVME.
    pub crc: u64,
}

/// Cuts fragments into parts: each takes fragments until it has 5 MiB.
#[derive(Debug, Clone, Default)]
pub struct Cutter {
    cuts: Vec<Range<usize>>,
    from: usize,
    to: usize,
    open: u64,
}

impl Cutter {
    /// Takes the next fragment's length.
    pub fn add(&mut self, len: u64) {
        self.to += 1;
        self.open += len;
        if self.open >= LEAST {
            self.cuts.push(self.from..self.to);
            self.from = self.to;
            self.open = 0;
        }
    }

    /// The parts with 5 MiB, from part 1: which fragments, from 0.
    pub fn cut(&self) -> &[Range<usize>] {
        &self.cuts
    }

    /// All parts of a piece that ends here, from part 1.
    pub fn all(&self) -> Vec<Range<usize>> {
        let rest = (self.from < self.to).then_some(self.from..self.to);
        self.cuts.iter().cloned().chain(rest).collect()
    }

    /// True if S3 would take no further part.
    pub fn full(&self) -> bool {
        self.cuts.len() + 1 >= MOST
    }
}

/// The number of the part at this place of [`Cutter::all`].
pub fn number(place: usize) -> i32 {
    i32::try_from(place + 1).unwrap_or(i32::MAX)
}

/// CRC64NVME of bytes.
pub fn crc(bytes: &[u8]) -> u64 {
    checksum(CrcAlgorithm::Crc64Nvme, bytes)
}

/// CRC64NVME of all parts in a row.
pub fn crc_of(parts: &[Part]) -> u64 {
    parts.iter().fold(crc(&[]), |sum, part| {
        checksum_combine(CrcAlgorithm::Crc64Nvme, sum, part.crc, part.size)
    })
}

/// As S3 writes it.
pub fn crc_text(crc: u64) -> String {
    STANDARD.encode(crc.to_be_bytes())
}

/// The reverse of [`crc_text`].
pub fn crc_read(text: &str) -> Option<u64> {
    let bytes = STANDARD.decode(text).ok()?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_five_mebibytes_but_the_last() {
        let mut cutter = Cutter::default();
        for len in [LEAST - 1, 1, LEAST, 3, 4] {
            cutter.add(len);
        }
        assert_eq!(cutter.cut(), [0..2, 2..3]);
        assert_eq!(cutter.all(), [0..2, 2..3, 3..5]);
        assert_eq!(Cutter::default().all(), []);
    }

    #[test]
    fn the_sum_over_parts_is_the_sum_over_the_whole() {
        let all: Vec<u8> = (0..100_000_u32).map(|n| (n * 7) as u8).collect();
        let parts: Vec<Part> = all
            .chunks(33_333)
            .map(|b| Part { number: 1, size: b.len() as u64, etag: String::new(), crc: crc(b) })
            .collect();
        assert_eq!(crc_of(&parts), crc(&all));
        assert_eq!(crc_read(&crc_text(crc(&all))), Some(crc(&all)));
        // The check value of CRC-64/NVME in the catalogue of CRCs.
        assert_eq!(crc(b"123456789"), 0xae8b_1486_0a79_9888);
    }
}
