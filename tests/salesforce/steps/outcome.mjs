/**
 * What a step says at its end.
 *
 * @typedef {object} Outcome
 * @property {number} looked things looked at
 * @property {number} passed things looked at and found right
 * @property {string[]} faults one line each
 * @property {string} [note] what the numbers count, or what they do not say
 */

/**
 * @typedef {object} Place what every step is given
 * @property {string} root the clone
 * @property {string} node the interpreter
 * @property {string} python
 * @property {string} sf folder with the command line's node_modules
 * @property {import('../tree/names.mjs').World} world
 */

/**
 * Looks at `files` things, some of which have findings.
 *
 * @param {number} looked
 * @param {import('../tree/source.mjs').Finding[]} findings
 * @returns {Outcome}
 */
export function outcome(looked, findings) {
    const wrong = new Set(findings.map(({ file }) => file)).size;
    return {
        looked,
        passed: Math.max(0, looked - wrong),
        faults: findings.map(({ file, message }) => `${file}: ${message}`)
    };
}

/**
 * A step that found nothing to look at proves nothing: a folder that moved or a pattern that no longer fits is a fault.
 *
 * @param {Outcome} told
 * @returns {string[]} its faults, and this one
 */
export function faultsOf({ looked, faults }) {
    return looked > 0 || faults.length > 0 ? faults : ['there was nothing to look at'];
}

/**
 * The fault that a run owes us.
 *
 * @param {boolean} seen
 * @param {string} what
 * @returns {string[]}
 */
export function owed(seen, what) {
    return seen ? [] : [`the seeded fault was not reported: ${what}`];
}
