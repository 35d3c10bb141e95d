// @ts-check
/**
 * The page's timers, handed in so that tests move time by hand.
 */

/** @typedef {(ms: number, fn: () => void) => () => void} After calls `fn` once after `ms`; the answer cancels it */

/**
 * @param {Pick<Window, 'setTimeout'|'clearTimeout'>} window
 * @returns {After}
 */
export function timersOf(window) {
    return (ms, fn) => {
        const id = window.setTimeout(fn, ms);
        return () => window.clearTimeout(id);
    };
}
