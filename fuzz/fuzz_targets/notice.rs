//! `chime_promises::notice` on bytes made up by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| chime_promises::notice(input));
