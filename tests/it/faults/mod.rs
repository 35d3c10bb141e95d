//! The fault table of `docs/semantics.md`, one test a row, one file a concern. `fault_table.rs` holds
//! the two together by name.

mod aws;
mod codes;
mod connections;
mod machine;
mod notices;
mod records;
mod stream;
