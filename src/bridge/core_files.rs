//! No picture of this process's memory leaves it by accident: no core file, and no debugger of
//! another process of the same user. What is in use cannot be wiped: the access token, the store's
//! key, names on their way to a record. `admin.core_files` allows it, to find a fault.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Forbids it for this process, from here on; failing that, says so and goes on: a container's
/// rules may know no such wish.
pub fn forbid() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none);
    // The limit is not asked where core files go into a pipe; this is.
    #[cfg(target_os = "linux")]
    let limited = limited.and(rustix::process::set_dumpable_behavior(
        rustix::process::DumpableBehavior::NotDumpable,
    ));
    if let Err(error) = limited {
        tracing::warn!(
            %error,
            "Core files could not be forbidden; one would hold secrets. Forbid them for the machine"
        );
    }
}
