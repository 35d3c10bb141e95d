//! What both benches share: how figures are kept, printed and written down. `chime-bench` measures
//! the bridge (`main.rs`), `chime-bench-recorder` the recorder (`recorder/main.rs`).

pub mod report;
