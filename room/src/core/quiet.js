// @ts-check
/**
 * The SDK's logger as this room wants it: errors only, and never with a secret in them.
 */

/** @typedef {import('amazon-chime-sdk-js').Logger} Logger */

/**
 * @param {Pick<Console, 'error'>} console
 * @param {readonly string[]} secrets
 * @param {number} level the SDK's word for *errors only*
 * @returns {Logger}
 */
export function quietLogger(console, secrets, level) {
    const nothing = () => {};
    return {
        debug: nothing,
        info: nothing,
        warn: nothing,
        error(text) {
            const safe = secrets.reduce((rest, secret) => rest.replaceAll(secret, '•••'), String(text));
            console.error(`[chime] ${safe}`);
        },
        setLogLevel: nothing,
        getLogLevel: () => level
    };
}
