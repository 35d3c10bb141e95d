// @ts-check
/**
 * Pages that the first one does not need: fetched while the person looks at it, and again after a failure.
 */

/** @typedef {'meeting'|'recorder'} Page */

/** @type {Record<Page, () => Promise<{default: unknown}>>} */
const PARTS = { meeting: () => import('room/meeting'), recorder: () => import('room/recorder') };
/** @type {Map<Page, Promise<unknown>>} */
const fetched = new Map();

/**
 * @param {Page} page
 * @returns {Promise<unknown>} the component's constructor
 */
export function later(page) {
    const known = fetched.get(page);
    if (known) {
        return known;
    }
    const part = PARTS[page]().then(
        (module) => module.default,
        (error) => {
            fetched.delete(page);
            throw error;
        }
    );
    fetched.set(page, part);
    return part;
}
