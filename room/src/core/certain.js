// @ts-check
/**
 * Whether a meeting that is being entered is known well enough to send into it. The ticket that let one in may be
 * old, and the roster comes only after the connection stands: a recorder may be there already. So nothing is sent
 * before the connection stands, a ticket was read that was asked for after the click, and the roster has come. Where
 * a connection was lost, for however long, that ticket is asked for after the new one stands.
 */

/** The roster comes in one piece or in several close to each other. */
const ROSTER_MS = 200;
/** A ticket that cannot be read does not silence for ever: this long after the start the roster alone is believed. */
const TICKET_MS = 10_000;

/**
 * @typedef {object} Certain
 * @property {() => boolean} now
 * @property {(again?: boolean) => void} enter a meeting is entered; again: the connection to it is made anew
 * @property {() => void} started
 * @property {() => void} roster oneself was seen in it
 * @property {(since: number) => void} read a ticket, by a look that began then
 * @property {() => void} stop nothing is entered any more
 */

/**
 * @param {object} deps
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {() => void} deps.onChange
 * @returns {Certain}
 */
export function makeCertain({ now, after, onChange }) {
    const nothing = { started: false, roster: false, read: false };
    /** @type {typeof nothing|null} null: no meeting, no doubt */
    let known = null;
    let since = 0;
    let lost = false;
    let cancelRoster = () => {};
    let cancelRead = () => {};

    /** @param {keyof typeof nothing} what */
    function learn(what) {
        if (known && !known[what]) {
            known[what] = true;
            onChange();
        }
    }

    function stop() {
        cancelRoster();
        cancelRead();
        known = null;
    }

    return {
        now: () => !known || (known.started && known.roster && known.read),
        enter(again = false) {
            stop();
            known = { ...nothing };
            since = now();
            lost = again;
            onChange();
        },
        started() {
            if (known && !known.started) {
                since = lost ? now() : since;
                lost = false;
                cancelRead = after(TICKET_MS, () => learn('read'));
                learn('started');
            }
        },
        roster() {
            cancelRoster();
            cancelRoster = after(ROSTER_MS, () => learn('roster'));
        },
        read(began) {
            if (!lost && began >= since) {
                learn('read');
            }
        },
        stop
    };
}
