//! Promise: every input the fuzzer starts from, and every input it ever found wanting, is read as
//! promised. Runs on the stable compiler; new findings are saved by `make fuzz`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn inputs(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// One test for all, since the memory that is counted is the process's.
#[test]
fn every_saved_input_is_read_as_promised() {
    let mut broken = Vec::new();
    for (name, promise) in chime_promises::ALL {
        let seeds = inputs(&fuzz().join("seeds").join(name));
        assert!(seeds.len() >= 3, "fuzz/seeds/{name} has lost its seeds: {}", seeds.len());
        for (path, input) in seeds.into_iter().chain(inputs(&fuzz().join("findings").join(name))) {
            if catch_unwind(AssertUnwindSafe(|| promise(&input))).is_err() {
                broken.push(path.display().to_string());
            }
        }
    }
    assert!(broken.is_empty(), "a promise does not hold for {broken:#?}");
}

#[test]
fn every_target_has_its_file_and_every_folder_its_target() {
    let named = |name: &str| chime_promises::ALL.iter().any(|(known, _)| *known == name);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for (name, _) in chime_promises::ALL {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "fuzz/Cargo.toml lacks {name}");
        let target = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("chime_promises::{name}(")), "{name} calls another");
    }
    for folder in ["seeds", "findings"] {
        for entry in fs::read_dir(fuzz().join(folder)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(named(&name), "fuzz/{folder}/{name} belongs to no target");
        }
    }
}

/// Both readers have to be asked, or the comparison proves nothing.
#[test]
fn the_seeds_reach_what_is_promised() {
    use chime_wire::schema::event::{Decoded, interpret};
    use chime_wire::schema::{EventSchema, Namespace};

    let (mut platform, mut changes) = (0, 0);
    for (_, input) in inputs(&fuzz().join("seeds/avro_payload")) {
        let Some(at) = input.first().filter(|first| first.is_ascii_digit()) else { continue };
        let (_, text) = chime_promises::SCHEMAS[usize::from(at - b'0')];
        match interpret(&EventSchema::parse("s", text), &input[1..], &Namespace::new(None)) {
            Ok(Decoded::Platform(_)) => platform += 1,
            Ok(Decoded::Change(_)) => changes += 1,
            Err(_) => {}
        }
    }
    assert!(platform >= 1 && changes >= 3, "{platform} platform events, {changes} change events");
}
