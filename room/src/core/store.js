// @ts-check
/**
 * Holds the newest snapshot and tells who listens. Between a change and its telling lies one turn of the event loop,
 * so that ten changes of one moment are drawn once. What is equal to what was before keeps its identity.
 */

/**
 * @template T
 * @param {T} old
 * @param {T} next
 * @returns {T} `next`, made of the parts of `old` that are equal; frozen
 */
export function keep(old, next) {
    if (Object.is(old, next) || typeof next !== 'object' || next === null) {
        return next;
    }
    const was = /** @type {any} */ (typeof old === 'object' && old !== null ? old : {});
    const list = Array.isArray(next);
    const made = /** @type {any} */ (list ? [] : {});
    const keys = Object.keys(next);
    let same = list === Array.isArray(old) && Object.keys(was).length === keys.length;
    for (const key of keys) {
        made[key] = keep(was[key], /** @type {any} */ (next)[key]);
        same = same && Object.hasOwn(was, key) && Object.is(made[key], was[key]);
    }
    return same ? old : Object.freeze(made);
}

/**
 * @template {object} T
 * @param {T} first
 * @returns {{get: () => T, set: (patch: Partial<T>) => void, subscribe: (fn: (state: T) => void) => () => void}}
 */
export function createStore(first) {
    let state = keep(/** @type {any} */ ({}), first);
    let told = state;
    let due = false;
    /** @type {Set<(state: T) => void>} */
    const listeners = new Set();

    function tell() {
        due = false;
        if (told !== state) {
            told = state;
            [...listeners].forEach((fn) => fn(state));
        }
    }

    return {
        get: () => state,
        set(patch) {
            state = keep(state, { ...state, ...patch });
            if (!due && state !== told) {
                due = true;
                queueMicrotask(tell);
            }
        },
        subscribe(fn) {
            listeners.add(fn);
            fn(state);
            return () => void listeners.delete(fn);
        }
    };
}
