// @ts-check
/**
 * Tells the recorder that looks at this page how it stands, as crates/contract/src/page.rs says: by the function
 * `window.chimeRecorder`, at each change and every two seconds. A page that nobody records has no such function, and
 * tells nobody.
 */

const BEAT_MS = 2000;
const LONGEST_REASON = 500;

/** @type {Record<import('./state.js').Phase, string>} */
const STATES = {
    starting: 'waiting',
    looking: 'waiting',
    waiting: 'waiting',
    prejoin: 'waiting',
    joining: 'joining',
    in: 'live',
    reconnecting: 'reconnecting',
    left: 'ended',
    ended: 'ended',
    removed: 'removed',
    elsewhere: 'removed',
    refused: 'failed'
};

/**
 * @param {import('./state.js').RoomState} state
 * @returns {string} the message
 */
export function pageMessage({ phase, reason, people, devices }) {
    const mute = phase === 'in' && devices.soundBlocked;
    const state = mute ? 'joining' : STATES[phase];
    const why = mute ? 'the browser does not play sound yet' : (reason?.text ?? reason?.code ?? '');
    const message = { v: 1, state, people: state === 'live' ? people.length : 0 };
    return JSON.stringify(why ? { ...message, reason: why.slice(0, LONGEST_REASON) } : message);
}

/**
 * @param {object} deps
 * @param {any} deps.window
 * @param {import('./timer.js').After} deps.after
 * @param {(fn: (state: import('./state.js').RoomState) => void) => () => void} deps.subscribe
 */
export function reportToRecorder({ window, after, subscribe }) {
    let text = '';
    const tell = () => {
        if (typeof window.chimeRecorder === 'function') {
            window.chimeRecorder(text);
        }
    };
    subscribe((state) => {
        const next = pageMessage(state);
        if (next !== text) {
            text = next;
            tell();
        }
    });
    const beat = () => {
        after(BEAT_MS, () => {
            tell();
            beat();
        });
    };
    beat();
}
