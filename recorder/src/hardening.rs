//! No picture of this process's memory leaves it by accident: it holds a join key, and it reads
//! what a browser without a sandbox has made of strangers' media.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core files and other processes' looks, from here on.
pub fn no_memory_leaves() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none);
    let limited = limited.and(set_dumpable_behavior(DumpableBehavior::NotDumpable));
    if let Err(error) = limited {
        eprintln!("core files could not be forbidden: {error}");
    }
}
