//! `chime_promises::avro_payload` on bytes made up by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| chime_promises::avro_payload(input));
