// @ts-check
/**
 * The one room of this page, for the components that draw it: they get its state from above and its acts from here.
 *
 * @typedef {import('../../../core/state.js').Room} Room
 */

/** @type {Room|null} */
let current = null;

/** @param {Room} opened */
export function useRoom(opened) {
    current = opened;
}

/** @returns {Room} */
function room() {
    if (!current) {
        throw new Error('useRoom first');
    }
    return current;
}

/** @returns {Room['act']} what the person can ask for */
export const act = () => room().act;

/** @type {Room['subscribe']} */
export const watch = (fn) => room().subscribe(fn);
