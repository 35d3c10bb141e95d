//! `chime_promises::token_answer` on bytes made up by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| chime_promises::token_answer(input));
