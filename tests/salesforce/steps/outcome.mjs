/**
 * What a step says at its end.
 *
 * @typedef {object} Outcome
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
    return { passed: Math.max(0, looked - wrong), faults: findings.map(({ file, message }) => `${file}: ${message}`) };
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
