//! From parts to one file: what is missing is uploaded, part 1 with the real header last of all, and
//! then Complete. The recorder and every finisher go through here, so they make the same bytes.

use std::collections::BTreeMap;

use super::calls::{Calls, Place};
use super::error::{Class, Result, StorageError};
use super::held::{Held, fetch, join};
use super::journal::State;
use super::lost::Lost;
use super::parts::{Part, crc, crc_of};
use super::patience::Patience;

/// How often parts that turn out different are looked at again.
const LOOKS: usize = 5;

/// A piece about to be completed.
pub(crate) struct Completing<'a> {
    /// S3.
    pub calls: &'a Calls,
    /// How long a call is tried.
    pub patience: &'a Patience,
    /// The piece.
    pub state: &'a State,
    /// `ftyp`, `moov` and the header of the one `mdat`.
    pub header: Vec<u8>,
    /// The fragments of part 1.
    pub first: Vec<Held>,
    /// The other parts, in order.
    pub others: Vec<Other>,
}

/// A part after the first.
#[derive(Debug, Clone)]
pub(crate) enum Other {
    /// S3 has it.
    Stored(Part),
    /// Its fragments are at hand.
    Open(i32, Vec<Held>),
}

impl Completing<'_> {
    /// Length of the finished file.
    pub fn size(&self) -> u64 {
        let sum = |held: &[Held]| held.iter().map(|h| h.len).sum::<u64>();
        let others = self.others.iter().map(|other| match other {
            Other::Stored(part) => part.size,
            Other::Open(_, held) => sum(held),
        });
        self.header.len() as u64 + sum(&self.first) + others.sum::<u64>()
    }

    /// Makes the file. `look` asks S3 first which parts it has: worth it for whoever did not upload
    /// them itself.
    ///
    /// # Errors
    /// `Lost` if another one made a different file of it, or the upload is gone without one.
    pub async fn run(&self, look: bool) -> Result<()> {
        for again in 0..LOOKS {
            let done = async {
                let ask = look || again > 0;
                let listed = if ask { self.list().await? } else { BTreeMap::new() };
                self.upload(&listed).await
            };
            let done = done.await;
            let error = match done {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            match error.class() {
                Class::Beaten => return self.beaten().await,
                // Another one uploads its own parts under the same numbers. One of us will win.
                Class::Differs if again + 1 < LOOKS => {
                    tracing::warn!(%error, "another one works on this piece; looking again");
                    if self.made().await? {
                        return Ok(());
                    }
                }
                _ => return Err(error),
            }
        }
        Err(self.lost(Lost::AnotherFinished))
    }

    async fn list(&self) -> Result<BTreeMap<i32, Part>> {
        let state = self.state;
        self.patience.call(|| self.calls.list_parts(&state.media_key, &state.upload_id)).await
    }

    async fn upload(&self, listed: &BTreeMap<i32, Part>) -> Result<()> {
        let first = self.part(1, &self.header, &self.first, listed);
        let others = async {
            let mut parts = Vec::with_capacity(self.others.len());
            for other in &self.others {
                parts.push(match other {
                    Other::Open(number, held) => self.part(*number, &[], held, listed).await?,
                    // Somebody may have sent the same bytes again, and S3 calls them another part.
                    Other::Stored(part) => match listed.get(&part.number) {
                        Some(now) if same(now, part.size, part.crc) => now.clone(),
                        _ => part.clone(),
                    },
                });
            }
            Ok(parts)
        };
        let (first, others) = futures::try_join!(first, others)?;
        let parts: Vec<Part> = std::iter::once(first).chain(others).collect();
        let sum = crc_of(&parts);
        let (key, upload) = (&self.state.media_key, &self.state.upload_id);
        self.patience.call(|| self.calls.complete(key, upload, &parts, sum)).await
    }

    async fn part(
        &self,
        number: i32,
        head: &[u8],
        held: &[Held],
        listed: &BTreeMap<i32, Part>,
    ) -> Result<Part> {
        let bytes = fetch(self.calls, self.patience, self.state, held).await?;
        let body = join(head, &bytes);
        drop(bytes);
        let sum = crc(&body);
        if let Some(part) = listed.get(&number).filter(|p| same(p, body.len() as u64, sum)) {
            return Ok(part.clone());
        }
        let (key, upload) = (&self.state.media_key, &self.state.upload_id);
        self.patience.call(|| self.calls.upload_part(key, upload, number, body.clone(), sum)).await
    }

    /// The upload is gone. A Complete whose answer was lost was our own: then the file is ours.
    async fn beaten(&self) -> Result<()> {
        if self.made().await? {
            return Ok(());
        }
        Err(self.lost(lost(self.calls, self.patience, self.state).await?))
    }

    /// True if the file is there and is what we would have made: of one upload, files of the same
    /// length have the same fragments.
    async fn made(&self) -> Result<bool> {
        let key = &self.state.media_key;
        let size = self.patience.call(|| self.calls.size(Place::Recordings, key)).await?;
        Ok(size == Some(self.size()))
    }

    fn lost(&self, lost: Lost) -> StorageError {
        StorageError::Lost { key: self.state.media_key.clone(), lost }
    }
}

fn same(part: &Part, size: u64, crc: u64) -> bool {
    part.size == size && part.crc == crc
}

/// What became of a piece whose upload is gone.
pub async fn lost(calls: &Calls, patience: &Patience, state: &State) -> Result<Lost> {
    let size = patience.call(|| calls.size(Place::Recordings, &state.media_key)).await?;
    Ok(if size.is_some() { Lost::AnotherFinished } else { Lost::Gone })
}
