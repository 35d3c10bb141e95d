// @ts-check
/**
 * Looks at the ticket again and again: each second for 30 seconds, then ever slower up to 15 seconds, anew at full
 * pace whenever something makes news likely. A page that nobody sees stops looking after a while, unless it is in
 * the meeting. A ticket that is not there is news too: how long it has been missing tells the room what to say.
 */
import { BadTicket, openTicket } from './ticket.js';

const PACE = { quickMs: 1000, quickForMs: 30_000, factor: 1.5, slowMs: 15_000 };
const ANSWER_MS = 5000;
const HIDDEN_MS = 10 * 60_000;

/**
 * @typedef {object} Looking
 * @property {() => void} hurry looks at once, and at full pace again
 * @property {() => void} stop
 */

/**
 * @param {object} deps
 * @param {typeof globalThis.fetch} deps.fetch
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {import('./keys.js').Seat} deps.seat
 * @param {boolean} deps.steady always at full pace (the recorder must leave within a second)
 * @param {() => boolean} deps.hidden nobody sees the page and nothing runs in it
 * @param {(ticket: import('./ticket.js').Ticket, since: number) => void} deps.onTicket the
 *   newest ticket, at each look that found one, and when that look began
 * @param {(missing: {ms: number, cause: 'missing'|'unreachable'|'damaged'}) => void} deps.onMissing no ticket at
 *   this look, and for how long there has been none
 * @returns {Looking}
 */
export function startLooking({ fetch, now, after, seat, steady, hidden, onTicket, onMissing }) {
    let stopped = false;
    /** @type {import('./ticket.js').Ticket|null} */
    let newest = null;
    let etag = '';
    let quickSince = now();
    let missingSince = now();
    let pause = PACE.quickMs;
    let looking = false;
    let again = false;
    let hiddenSince = 0;
    let cancel = () => {};

    async function read() {
        const stop = new AbortController();
        const cancelStop = after(ANSWER_MS, () => stop.abort());
        try {
            const headers = etag ? { 'if-none-match': etag } : undefined;
            const answer = await fetch(`/${seat.object}`, { cache: 'no-store', headers, signal: stop.signal });
            if (answer.status === 304) {
                return 'same';
            }
            if (answer.status === 403 || answer.status === 404) {
                return 'missing';
            }
            if (!answer.ok) {
                return 'unreachable';
            }
            const ticket = await openTicket(await answer.json(), seat);
            etag = answer.headers.get('etag') ?? '';
            return ticket;
        } catch (error) {
            return error instanceof BadTicket ? 'damaged' : 'unreachable';
        } finally {
            cancelStop();
        }
    }

    async function look() {
        looking = true;
        again = false;
        const since = now();
        const seen = await read();
        looking = false;
        if (stopped) {
            return;
        }
        if (seen === 'same' || typeof seen === 'object') {
            missingSince = now();
            if (typeof seen === 'object' && seen.revision >= (newest?.revision ?? 0)) {
                newest = seen;
            }
            if (newest) {
                onTicket(newest, since);
            }
        } else {
            etag = '';
            onMissing({ ms: now() - missingSince, cause: /** @type {any} */ (seen) });
        }
        next();
    }

    function next() {
        if (stopped) {
            return;
        }
        if (again) {
            void look();
            return;
        }
        hiddenSince = hidden() ? hiddenSince || now() : 0;
        if (hiddenSince && now() - hiddenSince >= HIDDEN_MS) {
            return; // `hurry` when the page is seen again
        }
        const quick = steady || now() - quickSince < PACE.quickForMs;
        pause = quick ? PACE.quickMs : Math.min(PACE.slowMs, pause * PACE.factor);
        cancel = after(pause, () => void look());
    }

    void look();
    return {
        hurry() {
            quickSince = now();
            hiddenSince = 0;
            if (looking) {
                again = true;
            } else if (!stopped) {
                cancel();
                void look();
            }
        },
        stop() {
            stopped = true;
            cancel();
        }
    };
}
