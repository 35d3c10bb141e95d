//! How much memory a reader took at most. Whoever links this crate gets the counting allocator, so
//! the promise "in proportion to the input" is measured and not guessed. One reader at a time: the
//! count is of the whole process.

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What a reader may take beside what grows with its input.
pub const SPARE: usize = 256 * 1024;

/// Runs a reader and panics if at any time it held more than this beyond what was held before.
pub fn within<T>(most: usize, what: &str, read: impl FnOnce() -> T) -> T {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = read();
    let taken = ALLOCATOR.peak_usage().saturating_sub(before);
    assert!(taken <= most, "{what} took {taken} bytes of memory; {most} are its most");
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a hoarder took")]
    fn a_reader_that_takes_more_than_it_may_is_told() {
        within(1_000_000, "a hoarder", || drop(vec![1u8; 2_000_000]));
    }
}
