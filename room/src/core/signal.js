// @ts-check
/**
 * Signs what the room tells the bridge and posts it through the write-only door. Each page load draws a random load
 * and counts within it, so that a signal sent twice counts once: it is posted again, unchanged, until the door takes
 * it or it is no longer worth saying. A newer answer about consent takes an older one back that is still on its way:
 * the older is given up before the newer is signed.
 *
 * A page that closes has no time to sign (WebCrypto answers later): what is to be said then is signed in advance.
 */
import { toBase64url, toHex } from './keys.js';

/** Largest body the door takes, bytes. */
export const MAX_BODY = 4096;
/** The bridge counts at most 60 a minute of one seat; two are kept back for the last words. */
const PER_MINUTE = 58;
/** Of these only the newest is worth saying. */
const NEWEST = ['consent'];
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15_000];

/** @typedef {'arrived'|'left'|'consent'|'chat'|'record'|'stop-recording'|'remove'|'end'} Kind */

/**
 * @param {import('./keys.js').Seat} seat
 * @param {string} load 16 hex characters
 * @param {number} counter
 * @param {Kind} kind
 * @param {string} data JSON text, or empty
 * @returns {Promise<string>} the body
 */
export async function sign(seat, load, counter, kind, data) {
    const text = ['signal-v1', seat.ticket, load, counter, kind, data].join('\n');
    const mac = toBase64url(await crypto.subtle.sign('HMAC', seat.signal, new TextEncoder().encode(text)));
    return JSON.stringify({ v: 1, ticket: seat.ticket, load, counter, kind, data, mac });
}

/**
 * @typedef {object} Signals
 * @property {(kind: Kind, data?: object) => Promise<boolean>} send true once the door has taken it
 * @property {(kind: Kind, data?: object) => Promise<string>} inAdvance a signed body, to be handed to `beacon`
 * @property {(body: string) => boolean} beacon posts a signed body from a page that closes
 * @property {() => number} left how many more may be sent this minute
 * @property {() => void} stop gives up what is still being tried
 */

/**
 * @param {object} deps
 * @param {import('./keys.js').Seat} deps.seat
 * @param {string} deps.door path of the door
 * @param {typeof globalThis.fetch} deps.fetch
 * @param {Pick<Navigator, 'sendBeacon'>} deps.navigator
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {(count: number) => Uint8Array} deps.random
 * @returns {Signals}
 */
export function openSignals({ seat, door, fetch, navigator, now, after, random }) {
    const load = toHex(random(8));
    let counter = 0;
    let stopped = false;
    /** @type {number[]} */
    let sent = [];
    /** @type {Set<() => void>} */
    const waits = new Set();

    const left = () => {
        sent = sent.filter((at) => at > now() - 60_000);
        return PER_MINUTE - sent.length;
    };

    /** @param {number} ms */
    const pause = (ms) =>
        new Promise((done) => {
            const wake = () => {
                cancel();
                waits.delete(wake);
                done(undefined);
            };
            const cancel = after(ms, wake);
            waits.add(wake);
        });

    /** @type {Map<Kind, AbortController>} what is on its way and may be taken back */
    const under = new Map();

    /**
     * @param {string} body
     * @param {AbortSignal} signal
     */
    async function post(body, signal) {
        try {
            const headers = { 'content-type': 'application/json' };
            const answer = await fetch(door, { method: 'POST', headers, body, keepalive: true, signal });
            return answer.ok ? 'taken' : answer.status === 429 || answer.status >= 500 ? 'again' : 'refused';
        } catch {
            return 'again';
        }
    }

    /**
     * @param {Kind} kind
     * @param {object} [data]
     */
    function inAdvance(kind, data) {
        counter += 1;
        return sign(seat, load, counter, kind, data ? JSON.stringify(data) : '');
    }

    return {
        inAdvance,
        left,
        async send(kind, data) {
            const back = new AbortController();
            if (NEWEST.includes(kind)) {
                under.get(kind)?.abort();
                under.set(kind, back);
            }
            const body = await inAdvance(kind, data);
            if (left() <= 0 || back.signal.aborted) {
                return false;
            }
            sent.push(now());
            for (const wait of [...RETRY_MS, 0]) {
                const heard = await post(body, back.signal);
                if (heard !== 'again') {
                    return heard === 'taken';
                }
                if (stopped || wait === 0 || back.signal.aborted) {
                    return false;
                }
                await pause(wait);
                if (back.signal.aborted) {
                    return false;
                }
            }
            return false;
        },
        beacon: (body) => navigator.sendBeacon(door, new Blob([body], { type: 'application/json' })),
        stop() {
            stopped = true;
            [...waits].forEach((wake) => wake());
        }
    };
}
