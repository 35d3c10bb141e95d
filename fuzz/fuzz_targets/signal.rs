//! `chime_promises::signal` on bytes made up by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| chime_promises::signal(input));
