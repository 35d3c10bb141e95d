//! The splitter hands out whole pieces and holds no more than it must.

use super::streams::{Pieces, plain};
use crate::mp4::{Item, Mp4Error, Splitter};

fn atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), &kind[..], body].concat()
}

fn wide_atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&1_u32.to_be_bytes(), &kind[..], &(body.len() as u64 + 16).to_be_bytes(), body].concat()
}

fn start() -> Vec<u8> {
    [atom(b"ftyp", b"iso5"), atom(b"moov", b"")].concat()
}

fn bytes(item: Item) -> Vec<u8> {
    match item {
        Item::Init(bytes) | Item::Fragment(bytes) => bytes.to_vec(),
    }
}

fn error(stream: &[u8]) -> Mp4Error {
    let mut splitter = Splitter::with_limit(1_000);
    let pushed = splitter.push(stream).err();
    let error = splitter.finish().unwrap_err();
    assert!(pushed.is_none_or(|pushed| pushed == error));
    error
}

#[test]
fn chunks_of_any_size_give_the_same_pieces() {
    let whole = Pieces::of(plain());
    for size in [1, 7, 997, 65_536] {
        let mut splitter = Splitter::new();
        let mut items = Vec::new();
        for chunk in plain().chunks(size) {
            items.extend(splitter.push(chunk).unwrap());
        }
        splitter.finish().unwrap();
        assert_eq!(splitter.pending(), 0);
        assert!(matches!(items[0], Item::Init(_)));
        let pieces: Vec<_> = items.into_iter().map(bytes).collect();
        assert_eq!(pieces[0], whole.init);
        assert!(pieces[1..].iter().eq(&whole.fragments));
    }
}

#[test]
fn a_fragment_comes_out_with_its_last_byte() {
    let whole = Pieces::of(plain());
    let mut splitter = Splitter::new();
    splitter.push(&whole.init).unwrap();
    let (last, rest) = whole.fragments[0].split_last().unwrap();
    assert_eq!(splitter.push(rest), Ok(vec![]));
    assert_eq!(splitter.pending(), rest.len());
    assert_eq!(splitter.finish(), Err(Mp4Error::Truncated { what: "the stream" }));
    assert_eq!(splitter.push(&[*last]), Ok(vec![Item::Fragment(whole.fragments[0].clone())]));
    assert_eq!(splitter.pending(), 0);
}

#[test]
fn other_boxes_are_skipped_even_when_they_are_over_the_limit() {
    let fragment = [atom(b"moof", b"a"), wide_atom(b"mdat", b"b")].concat();
    let other = atom(b"free", &[0; 5_000]);
    let parts = [start(), atom(b"styp", b""), other.clone(), fragment.clone(), other];
    let mut splitter = Splitter::with_limit(100);
    let mut pieces = Vec::new();
    for byte in parts.concat() {
        pieces.extend(splitter.push(&[byte]).unwrap().into_iter().map(bytes));
        assert!(splitter.pending() <= 100);
    }
    splitter.finish().unwrap();
    assert_eq!(pieces, [start(), fragment]);
}

#[test]
fn boxes_out_of_order_are_refused() {
    let moof = atom(b"moof", b"");
    let mdat = atom(b"mdat", b"");
    for stream in [
        mdat.clone(),
        moof.clone(),
        atom(b"moov", b""),
        [start(), mdat.clone()].concat(),
        [start(), start()].concat(),
        [start(), moof.clone(), moof.clone(), mdat.clone()].concat(),
        [start(), moof.clone(), atom(b"free", b""), mdat].concat(),
    ] {
        assert!(matches!(error(&stream), Mp4Error::Malformed { .. }), "{stream:?}");
    }
}

#[test]
fn a_box_over_the_limit_or_without_a_length_is_refused_at_its_header() {
    let long = [&start()[..], &2_000_u32.to_be_bytes(), b"moof"].concat();
    let kind = "moof".to_owned();
    assert_eq!(error(&long), Mp4Error::TooBig { kind, size: 2_000, limit: 1_000 });
    let huge = [&start()[..], &1_u32.to_be_bytes(), b"moof", &[255; 8]].concat();
    assert!(matches!(error(&huge), Mp4Error::TooBig { size: u64::MAX, .. }));
    let open = [&start()[..], &0_u32.to_be_bytes(), b"moof"].concat();
    assert!(matches!(error(&open), Mp4Error::Unsupported { .. }));
    let short = [&start()[..], &7_u32.to_be_bytes(), b"moof"].concat();
    assert!(matches!(error(&short), Mp4Error::Malformed { .. }));
}

#[test]
fn pieces_before_an_error_are_handed_out_and_the_error_stays() {
    let mut splitter = Splitter::new();
    let bad = [start(), atom(b"mdat", b"")].concat();
    assert_eq!(splitter.push(&bad).unwrap().len(), 1);
    let error = splitter.push(b"").unwrap_err();
    assert_eq!(splitter.push(&start()), Err(error.clone()));
    assert_eq!(splitter.finish(), Err(error));
}
