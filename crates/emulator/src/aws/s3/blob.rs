//! Bodies of objects. Small ones stay in memory; from 1 MiB they go to a file, if the emulator has
//! a data folder, so that an hour of recording does not fill the machine. A completed multipart
//! upload is the list of its parts: nothing is copied.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use s3s::dto::StreamingBlob;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// From this size on, in bytes, a body goes to a file.
const IN_MEMORY: usize = 1 << 20;
/// How much of a file is read at a time, in bytes.
const AT_A_TIME: u64 = 1 << 20;

/// Why a body could not be taken or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The client's stream broke or its signature failed.
    #[error("the body broke off: {0}")]
    Stream(#[source] s3s::StdError),
    /// The data folder.
    #[error("the emulator's data folder failed: {0}")]
    Folder(#[from] std::io::Error),
}

/// Where large bodies go. Cloneable; clones share the numbering.
#[derive(Debug, Clone, Default)]
pub struct Spill {
    folder: Option<PathBuf>,
    next: Arc<AtomicU64>,
}

impl Spill {
    /// A spill folder of its own; what an earlier run left there is deleted, since the table of
    /// objects lives in memory only. `None`: everything stays in memory.
    pub fn new(folder: Option<PathBuf>) -> std::io::Result<Self> {
        if let Some(folder) = &folder {
            match std::fs::remove_dir_all(folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => std::fs::create_dir_all(folder)?,
            }
        }
        Ok(Self { folder, next: Arc::default() })
    }

    /// Takes a whole body; `seen` is shown each chunk once, in order.
    pub async fn receive<S>(
        &self,
        body: S,
        mut seen: impl FnMut(&[u8]) + Send,
    ) -> Result<Blob, BlobError>
    where
        S: Stream<Item = Result<Bytes, s3s::StdError>> + Send,
    {
        let mut body = std::pin::pin!(body);
        let mut memory = BytesMut::new();
        let mut file = None;
        let mut length = 0u64;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(BlobError::Stream)?;
            seen(&chunk);
            length += chunk.len() as u64;
            memory.extend_from_slice(&chunk);
            if let (Some(folder), true) = (&self.folder, memory.len() >= IN_MEMORY) {
                if file.is_none() {
                    let number = self.next.fetch_add(1, Ordering::Relaxed);
                    let kept = Kept(folder.join(format!("{number}.body")));
                    file = Some((tokio::fs::File::create(&kept.0).await?, kept));
                }
                if let Some((open, _)) = &mut file {
                    open.write_all(&memory.split()).await?;
                }
            }
        }
        let segment = match file {
            None => Segment::Memory(memory.freeze()),
            Some((mut open, kept)) => {
                open.write_all(&memory).await?;
                open.flush().await?;
                Segment::File(Arc::new(kept), length)
            }
        };
        Ok(Blob { segments: vec![segment], length })
    }
}

/// A file that goes when nobody needs it any more.
#[derive(Debug)]
struct Kept(PathBuf);

impl Drop for Kept {
    fn drop(&mut self) {
        // A file left behind is deleted at the next start.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[derive(Debug, Clone)]
enum Segment {
    Memory(Bytes),
    File(Arc<Kept>, u64),
}

impl Segment {
    fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    async fn read(self, from: u64, length: u64) -> std::io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => Ok(bytes.slice(from as usize..(from + length) as usize)),
            Self::File(kept, _) => {
                let mut file = tokio::fs::File::open(&kept.0).await?;
                file.seek(std::io::SeekFrom::Start(from)).await?;
                let mut buffer = vec![0; length as usize];
                file.read_exact(&mut buffer).await?;
                Ok(buffer.into())
            }
        }
    }
}

/// A body. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Blob {
    segments: Vec<Segment>,
    length: u64,
}

impl Blob {
    /// A body that is in memory already.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { length: bytes.len() as u64, segments: vec![Segment::Memory(bytes)] }
    }

    /// One body after the other.
    pub fn joined<'a>(blobs: impl Iterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for blob in blobs {
            all.segments.extend(blob.segments.iter().cloned());
            all.length += blob.length;
        }
        all
    }

    /// Bytes in all.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes of `range`, which must lie within the body, in chunks.
    pub fn chunks(&self, range: Range<u64>) -> impl Stream<Item = std::io::Result<Bytes>> + use<> {
        let mut reads = Vec::new();
        let mut start = 0u64;
        for segment in &self.segments {
            let end = start + segment.length();
            let mut at = range.start.max(start);
            while at < range.end.min(end) {
                let length = AT_A_TIME.min(range.end.min(end) - at);
                reads.push((segment.clone(), at - start, length));
                at += length;
            }
            start = end;
        }
        stream::iter(reads).then(|(segment, from, length)| segment.read(from, length))
    }

    /// The same as a response's body.
    pub fn body(&self, range: Range<u64>) -> StreamingBlob {
        StreamingBlob::wrap(self.chunks(range))
    }

    /// Everything at once.
    pub async fn read(&self) -> std::io::Result<Vec<u8>> {
        let mut all = Vec::with_capacity(self.length as usize);
        let mut chunks = std::pin::pin!(self.chunks(0..self.length));
        while let Some(chunk) = chunks.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_range_over_spilled_and_kept_parts_reads_as_one_body_and_files_go_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let spill = Spill::new(Some(folder.path().join("s3"))).unwrap();
        let large: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
        let chunks: Vec<Result<Bytes, s3s::StdError>> =
            large.chunks(70_000).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
        let mut shown = 0;
        let first = spill.receive(stream::iter(chunks), |c| shown += c.len()).await.unwrap();
        assert_eq!(shown, large.len());
        let files = || std::fs::read_dir(folder.path().join("s3")).unwrap().count();
        assert_eq!(files(), 1);

        let both = Blob::joined([&first, &Blob::of("tail")].into_iter());
        let mut all = large.clone();
        all.extend_from_slice(b"tail");
        assert_eq!(both.read().await.unwrap(), all);
        let part: Vec<Bytes> =
            both.chunks(1_500_000..3_000_002).map(|c| c.unwrap()).collect().await;
        assert_eq!(part.concat(), &all[1_500_000..3_000_002]);

        drop((first, both));
        assert_eq!(files(), 0);
    }
}
