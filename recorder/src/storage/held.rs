//! The bytes of a part, put together from where its fragments are: in memory, or only in the
//! journal.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};

use super::calls::{Calls, Place};
use super::error::Result;
use super::journal::{State, bad, unpack};
use super::patience::Patience;

/// Journal objects fetched at once.
const AT_ONCE: usize = 8;

/// A fragment of a part.
#[derive(Debug, Clone)]
pub struct Held {
    /// Number, from 1.
    pub n: u32,
    /// Length, header line not counted.
    pub len: u64,
    /// Its bytes; `None`: they are in the journal.
    pub bytes: Option<Bytes>,
}

/// The bytes of each fragment, in order.
pub async fn fetch(
    calls: &Calls,
    patience: &Patience,
    state: &State,
    held: &[Held],
) -> Result<Vec<Bytes>> {
    let each = held.iter().cloned().map(|one| async move {
        if let Some(bytes) = one.bytes {
            return Ok(bytes);
        }
        let key = state.fragment(one.n);
        let body = patience.call(|| calls.get(Place::Work, &key)).await?;
        let (_, bytes) = unpack(&key, body.ok_or_else(|| bad(&key, "it is not there"))?)?;
        if bytes.len() as u64 != one.len {
            return Err(bad(&key, "its length has changed"));
        }
        Ok(bytes)
    });
    stream::iter(each).buffered(AT_ONCE).try_collect().await
}

/// In a row, after `head`.
pub fn join(head: &[u8], fragments: &[Bytes]) -> Bytes {
    let len = head.len() + fragments.iter().map(Bytes::len).sum::<usize>();
    let mut all = BytesMut::with_capacity(len);
    all.extend_from_slice(head);
    fragments.iter().for_each(|f| all.extend_from_slice(f));
    all.freeze()
}
