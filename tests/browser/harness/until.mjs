// @ts-check
// Waiting: look again until it is so, or say what was seen last. Nothing here sleeps and hopes.

/** Other work may hold both cores, so nothing is given up before this. Not a measure of anything. */
export const PATIENCE = 60_000;

/** @param {number} ms */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Looks until what is seen is accepted, and gives it.
 *
 * @template T
 * @param {string} what is waited for, in words
 * @param {() => T | Promise<T>} look
 * @param {(seen: T) => unknown} [accept] by default anything truthy
 * @param {number} [patience] milliseconds
 * @returns {Promise<T>}
 */
export async function until(what, look, accept = Boolean, patience = PATIENCE) {
    const deadline = Date.now() + patience;
    let seen;
    let trouble;
    for (;;) {
        try {
            seen = await look();
            trouble = undefined;
            if (accept(seen)) return seen;
        } catch (error) {
            trouble = error;
        }
        if (Date.now() > deadline) break;
        await pause(100);
    }
    const last = trouble instanceof Error ? trouble.message : JSON.stringify(seen);
    throw new Error(`${what}: not within ${patience / 1000} s; seen last: ${last?.slice(0, 2_000)}`);
}
