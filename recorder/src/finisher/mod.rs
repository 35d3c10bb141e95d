//! Completes what a killed recorder left: the next recorder, the bridge and the command line call
//! it. The file is the one the recorder would have made of the same fragments.

mod finish;
mod view;

pub use finish::{Finished, Finisher, Orphan};
