//! Libraries that break when a test says so, and how often they were asked then.

use std::cell::Cell;

use super::SessionId;

thread_local! {
    static BROKEN: Cell<Option<(SessionId, usize)>> = const { Cell::new(None) };
}

/// From now on every library panics behind this session.
pub(super) fn broken(id: SessionId) {
    BROKEN.set(Some((id, 0)));
}

/// How often one has panicked since.
pub(super) fn panics() -> usize {
    BROKEN.get().map_or(0, |(_, count)| count)
}

/// All work again.
pub(super) fn mended() {
    BROKEN.set(None);
}

/// Something is done for this session.
pub(super) fn ask(id: SessionId) {
    if let Some((of, count)) = BROKEN.get().filter(|(of, _)| *of == id) {
        BROKEN.set(Some((of, count + 1)));
        panic!("a fault of the library");
    }
}
