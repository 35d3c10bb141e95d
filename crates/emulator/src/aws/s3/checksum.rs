//! Checksums as S3 keeps them: one algorithm an object, checked against what the client claims in
//! a header or trailer, returned on request. Without a claim S3 computes CRC64NVME itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{ChecksumAlgorithm, ChecksumType};
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};

/// Which sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Sha1,
    Sha256,
    Crc64Nvme,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Sha1, Self::Sha256, Self::Crc64Nvme];

    /// S3's own word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Crc32 => ChecksumAlgorithm::CRC32,
            Self::Crc32c => ChecksumAlgorithm::CRC32C,
            Self::Sha1 => ChecksumAlgorithm::SHA1,
            Self::Sha256 => ChecksumAlgorithm::SHA256,
            Self::Crc64Nvme => ChecksumAlgorithm::CRC64NVME,
        }
    }

    /// From S3's own word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word().eq_ignore_ascii_case(word))
    }

    fn header(self) -> String {
        format!("x-amz-checksum-{}", self.word().to_ascii_lowercase())
    }

    fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
        }
        hasher
    }
}

/// A checksum as it is stored and returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Which.
    pub algorithm: Algorithm,
    /// Base64; of a composite one followed by `-` and the number of parts.
    pub value: String,
    /// Sum over the parts' sums, not over the bytes.
    pub composite: bool,
}

impl Sum {
    /// `COMPOSITE` or `FULL_OBJECT`.
    pub fn kind(&self) -> ChecksumType {
        ChecksumType::from_static(if self.composite {
            ChecksumType::COMPOSITE
        } else {
            ChecksumType::FULL_OBJECT
        })
    }

    /// The sum of a multipart object over its parts' sums.
    pub fn composite<'a>(algorithm: Algorithm, parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut running = Running::new(algorithm);
        let mut count = 0;
        for part in parts {
            running.update(&STANDARD.decode(&part.value).unwrap_or_default());
            count += 1;
        }
        let sum = running.finish();
        Self { algorithm, value: format!("{}-{count}", sum.value), composite: true }
    }
}

/// A sum being computed.
pub struct Running {
    algorithm: Algorithm,
    hasher: ChecksumHasher,
}

impl Running {
    /// Starts.
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, hasher: algorithm.hasher() }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// The full-object sum.
    pub fn finish(self) -> Sum {
        let sums = self.hasher.finalize();
        let value = [
            sums.checksum_crc32,
            sums.checksum_crc32c,
            sums.checksum_sha1,
            sums.checksum_sha256,
            sums.checksum_crc64nvme,
        ];
        let value = value.into_iter().flatten().next().unwrap_or_default();
        Sum { algorithm: self.algorithm, value, composite: false }
    }
}

/// What the client says of a body's checksum: the value may come only after the body.
pub struct Claim {
    /// The algorithm, named by value, header or trailer.
    pub algorithm: Option<Algorithm>,
    value: Option<String>,
    trailers: Option<TrailingHeaders>,
}

impl Claim {
    /// Gathers the claim. `values` in the order CRC32, CRC32C, SHA1, SHA256, CRC64NVME.
    pub fn new(
        values: [Option<&String>; 5],
        named: Option<&ChecksumAlgorithm>,
        headers: &HeaderMap,
        trailers: Option<TrailingHeaders>,
    ) -> Self {
        let given = Algorithm::ALL.into_iter().zip(values).find_map(|(a, v)| Some((a, v?)));
        let announced = headers.get("x-amz-trailer").and_then(|v| v.to_str().ok()).and_then(|t| {
            Algorithm::ALL.into_iter().find(|a| a.header().eq_ignore_ascii_case(t.trim()))
        });
        Self {
            algorithm: given
                .map(|(a, _)| a)
                .or(announced)
                .or_else(|| Algorithm::of(named?.as_str())),
            value: given.map(|(_, v)| v.clone()),
            trailers,
        }
    }

    /// Compares with what was computed, once the body is read.
    pub fn check(self, computed: &Sum) -> S3Result<()> {
        let header = computed.algorithm.header();
        let late = self.trailers.and_then(|t| {
            t.read(|h| h.get(&header).and_then(|v| v.to_str().ok()).map(String::from)).flatten()
        });
        match self.value.or(late) {
            Some(claimed) if claimed != computed.value => Err(mismatch(computed.algorithm)),
            _ => Ok(()),
        }
    }
}

fn mismatch(algorithm: Algorithm) -> S3Error {
    let word = algorithm.word();
    s3_error!(BadDigest, "The {word} you specified did not match the calculated checksum.")
}

/// The five checksum fields of an input, in [`Claim::new`]'s order.
macro_rules! sums_of {
    ($from:expr) => {
        [
            $from.checksum_crc32.as_ref(),
            $from.checksum_crc32c.as_ref(),
            $from.checksum_sha1.as_ref(),
            $from.checksum_sha256.as_ref(),
            $from.checksum_crc64nvme.as_ref(),
        ]
    };
}

/// Sets the one field of an output that this sum fills.
macro_rules! set_sum {
    ($output:expr, $sum:expr) => {{
        let value = Some($sum.value.clone());
        match $sum.algorithm {
            $crate::aws::s3::checksum::Algorithm::Crc32 => $output.checksum_crc32 = value,
            $crate::aws::s3::checksum::Algorithm::Crc32c => $output.checksum_crc32c = value,
            $crate::aws::s3::checksum::Algorithm::Sha1 => $output.checksum_sha1 = value,
            $crate::aws::s3::checksum::Algorithm::Sha256 => $output.checksum_sha256 = value,
            $crate::aws::s3::checksum::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
        }
    }};
}

pub(super) use {set_sum, sums_of};
