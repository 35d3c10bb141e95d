//! Where a random test's seed comes from: `CHIME_SEED`, or chance. Whoever uses it prints it, so
//! that a run can be given again. What other processes do in between is not in the seed.

/// The seed of this run.
pub fn seed() -> u64 {
    #[allow(clippy::disallowed_methods, reason = "not a setting of the bridge")]
    let given = std::env::var("CHIME_SEED").ok();
    match given {
        Some(text) => text.trim().parse().expect("CHIME_SEED is a whole number"),
        None => rand::random::<u32>().into(),
    }
}
