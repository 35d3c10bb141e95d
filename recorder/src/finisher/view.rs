//! What the journal says of a piece, put together: fragments that are in parts, fragments that are
//! still objects, up to the first hole.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use crate::mp4::{Index, Init, moof_of};
use crate::storage::Facts;
use crate::storage::calls::{Calls, Place};
use crate::storage::complete::{Completing, Other};
use crate::storage::error::{Result, StorageError};
use crate::storage::held::Held;
use crate::storage::journal::{FragmentHead, PartIndex, State, bad, unpack};
use crate::storage::parts::{Cutter, Part, number};
use crate::storage::patience::Patience;

/// Objects fetched at once.
const AT_ONCE: usize = 8;
/// Bytes of fragments kept from the first look on; more are fetched again when their part is made.
/// Enough for part 1, one part and a little.
const KEPT: u64 = 12 << 20;

/// A piece as the journal knows it.
pub struct View {
    fragments: Vec<Known>,
    parts: BTreeMap<i32, Part>,
    /// Fragments after the first hole.
    pub left_out: u32,
}

/// A fragment.
struct Known {
    head: FragmentHead,
    moof: Bytes,
    mdat_len: u64,
    /// The part it is in.
    part: Option<i32>,
    bytes: Option<Bytes>,
}

impl Known {
    fn len(&self) -> u64 {
        self.moof.len() as u64 + self.mdat_len
    }
}

impl View {
    /// Reads the journal. Fragments are listed before indexes: what becomes a part meanwhile is
    /// then found there.
    pub async fn read(calls: &Calls, patience: &Patience, state: &State) -> Result<Self> {
        let prefix = state.fragments_prefix();
        let listed = patience.call(|| calls.list(Place::Work, &prefix)).await?;
        let numbers: Vec<u32> =
            listed.iter().filter_map(|o| o.key.strip_prefix(&prefix)?.parse().ok()).collect();

        let mut known = BTreeMap::new();
        let mut parts = BTreeMap::new();
        for (key, index) in indexes(calls, patience, state).await? {
            let part = index.part(&key)?;
            for one in index.fragments {
                let (moof, mdat_len) = (one.moof, one.mdat_len);
                let part = Some(part.number);
                known.insert(
                    one.head.n,
                    Known { head: one.head, moof, mdat_len, part, bytes: None },
                );
            }
            parts.insert(part.number, part);
        }
        let open: Vec<u32> = numbers.into_iter().filter(|n| !known.contains_key(n)).collect();
        let mut kept = 0;
        let mut objects = stream::iter(open.into_iter().map(|n| async move {
            let key = state.fragment(n);
            let body = patience.call(|| calls.get(Place::Work, &key)).await?;
            // Between listing and reading another finisher may have cleared the journal.
            let body = body.ok_or_else(|| bad(&key, "it is not there any more"))?;
            Ok::<_, StorageError>((n, key, body))
        }))
        .buffered(AT_ONCE);
        while let Some((n, key, body)) = objects.try_next().await? {
            match fragment(n, &key, body) {
                Ok(mut one) => {
                    // Out of the body it would keep the whole of it alive.
                    one.moof = Bytes::copy_from_slice(&one.moof);
                    kept += one.len();
                    if kept > KEPT {
                        one.bytes = None;
                    }
                    known.insert(n, one);
                }
                Err(error) => tracing::error!(%error, "the piece ends before this fragment"),
            }
        }
        drop(objects);
        Ok(Self::of(known, parts, state))
    }

    fn of(known: BTreeMap<u32, Known>, parts: BTreeMap<i32, Part>, state: &State) -> Self {
        let all = known.len();
        let fragments: Vec<Known> = known
            .into_iter()
            .zip(1..)
            .take_while(|((n, _), at)| n == at)
            .map(|(k, _)| k.1)
            .collect();
        let left_out = u32::try_from(all - fragments.len()).unwrap_or(u32::MAX);
        if left_out > 0 {
            let (key, kept) = (&state.media_key, fragments.len());
            tracing::error!(key, kept, left_out, "the journal has a hole; the piece ends there");
        }
        Self { fragments, parts, left_out }
    }

    /// True if there is nothing to make a file of.
    pub fn is_empty(&self) -> bool {
        self.fragments.is_empty()
    }

    /// Fragments.
    pub fn len(&self) -> usize {
        self.fragments.len()
    }

    /// What the capture knew of the first `count` fragments.
    pub fn facts(&self, count: usize) -> Vec<Facts> {
        self.fragments.iter().take(count).map(|f| f.head.facts).collect()
    }

    /// Fragments nothing could take, before the last of the first `count`.
    pub fn refused(&self, count: usize) -> u32 {
        self.fragments.iter().take(count).map(|f| f.head.refused).sum()
    }

    /// The first `count` fragments, for the header.
    pub fn index(&self, state: &State, count: usize) -> Result<Index> {
        let media = |source| StorageError::Media { key: state.media_key.clone(), source };
        let mut index = Index::new(Init::parse(&state.init).map_err(media)?);
        for one in self.fragments.iter().take(count) {
            index.add(&one.moof, one.mdat_len).map_err(media)?;
        }
        Ok(index)
    }

    /// How to make the file.
    pub fn completing<'a>(
        &self,
        calls: &'a Calls,
        patience: &'a Patience,
        state: &'a State,
        header: Vec<u8>,
    ) -> Result<Completing<'a>> {
        let mut cutter = Cutter::default();
        self.fragments.iter().for_each(|f| cutter.add(f.len()));
        let mut first = Vec::new();
        let mut others = Vec::new();
        for (place, range) in cutter.all().into_iter().enumerate() {
            let fragments = self.fragments.get(range).unwrap_or_default();
            let part = number(place);
            let size: u64 = fragments.iter().map(Known::len).sum();
            let stored = self.parts.get(&part).filter(|p| p.size == size);
            if place > 0
                && let Some(stored) = stored
                && fragments.iter().all(|f| f.part == Some(part))
            {
                others.push(Other::Stored(stored.clone()));
                continue;
            }
            if let Some(other) = fragments.iter().find_map(|f| f.part) {
                return Err(bad(&state.index(other), "its part begins or ends elsewhere"));
            }
            let held = fragments
                .iter()
                .map(|f| Held { n: f.head.n, len: f.len(), bytes: f.bytes.clone() })
                .collect();
            match place {
                0 => first = held,
                _ => others.push(Other::Open(part, held)),
            }
        }
        Ok(Completing { calls, patience, state, header, first, others })
    }
}

async fn indexes(
    calls: &Calls,
    patience: &Patience,
    state: &State,
) -> Result<Vec<(String, PartIndex)>> {
    let prefix = state.indexes_prefix();
    let listed = patience.call(|| calls.list(Place::Work, &prefix)).await?;
    let each = listed.into_iter().map(|object| async move {
        let key = object.key;
        let body = patience.call(|| calls.get(Place::Work, &key)).await?;
        let body = body.ok_or_else(|| bad(&key, "it is not there any more"))?;
        let index = PartIndex::read(&key, &body)?;
        Ok((key, index))
    });
    stream::iter(each).buffered(AT_ONCE).try_collect().await
}

fn fragment(n: u32, key: &str, body: Bytes) -> Result<Known> {
    let (head, bytes) = unpack(key, body)?;
    let (moof, mdat_len) = moof_of(&bytes).map_err(|e| bad(key, e))?;
    if head.n != n || moof.len() as u64 + mdat_len != bytes.len() as u64 {
        return Err(bad(key, "it is another fragment than its key says"));
    }
    let moof = bytes.slice_ref(moof);
    Ok(Known { head, moof, mdat_len, part: None, bytes: Some(bytes) })
}
