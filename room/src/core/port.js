// @ts-check
/**
 * The room's end of the line to the component on a Salesforce page. The component offers a MessagePort over the
 * window; it counts only if it comes from the window that holds this frame and from an origin of the settings. The
 * newest one taken is the only one that counts. The rows of crates/contract/vectors/port.json fix every message.
 */

const LONGEST = 65536;
const KEY = /^[A-Za-z0-9_-]{43}$/;
const SEAT = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
const LOCALE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/;

/**
 * @typedef {{type: 'open', v: 1, key: string, hostExpires: number|null, hostProof: string|null, locale: string,
 *   justIssued: boolean}} Open
 * @typedef {Open|{type: 'leave'|'record'|'stop'|'end'}|{type: 'consent', given: boolean}|
 *   {type: 'remove', seat: string}} FromComponent
 */

const isText = (/** @type {unknown} */ value) => typeof value === 'string';
/**
 * @param {unknown} value
 * @param {RegExp} form
 */
const matches = (value, form) => typeof value === 'string' && form.test(value);

/** @type {Record<string, (message: any) => object|null>} */
const READ = {
    open({ v, key, hostExpires = null, hostProof = null, locale, justIssued }) {
        const person = v === 1 && matches(key, KEY) && matches(locale, LOCALE) && typeof justIssued === 'boolean';
        const power = Number.isInteger(hostExpires) && hostExpires > 0 && matches(hostProof, KEY);
        const powerless = hostExpires === null && hostProof === null;
        return person && (power || powerless) ? { v, key, hostExpires, hostProof, locale, justIssued } : null;
    },
    consent: ({ given }) => (typeof given === 'boolean' ? { given } : null),
    remove: ({ seat }) => (matches(seat, SEAT) ? { seat } : null),
    leave: () => ({}),
    record: () => ({}),
    stop: () => ({}),
    end: () => ({})
};

/** @param {unknown} text */
function parse(text) {
    if (typeof text !== 'string' || text.length > LONGEST) {
        return null;
    }
    try {
        const value = JSON.parse(text);
        return typeof value === 'object' && !Array.isArray(value) ? value : null;
    } catch {
        return null;
    }
}

/**
 * @param {unknown} data
 * @returns {FromComponent|null} the message with the fields that count, or null if it is to be ignored
 */
export function readFromComponent(data) {
    const message = parse(data);
    if (!message || !isText(message.type) || !Object.hasOwn(READ, message.type)) {
        return null;
    }
    const fields = READ[message.type](message);
    return fields && /** @type {FromComponent} */ ({ type: message.type, ...fields });
}

/**
 * @param {{data: unknown, source: unknown, origin: string, ports: readonly unknown[]}} event
 * @param {Pick<Window, 'parent'>} window
 * @param {readonly string[]} origins the settings' frameAncestors
 */
export function isConnect(event, window, origins) {
    const framed = window.parent !== window && event.source === window.parent;
    const message = framed && origins.includes(event.origin) && event.ports.length === 1 && parse(event.data);
    return Boolean(message) && message.chime === 'connect' && message.v === 1;
}

/* Phases in the words of the component; where it is silent, nothing is told. The component closes the frame on
   left, ended, removed and refused, so what the room itself still offers a way out of is told as something else. */
/** @type {Record<import('./state.js').Phase, string|null>} */
const STATES = {
    starting: null,
    looking: 'waiting',
    waiting: 'waiting',
    prejoin: 'prejoin',
    joining: 'prejoin',
    in: 'in',
    reconnecting: 'reconnecting',
    left: 'left',
    ended: 'ended',
    removed: 'removed',
    elsewhere: 'prejoin',
    refused: 'waiting'
};
const FINAL = ['wrong-link', 'insecure', 'no-webcrypto', 'unsupported'];
const CAUSES = ['policy', 'permission', 'missing', 'busy', 'insecure'];

/**
 * @param {import('./state.js').RoomState} state
 * @param {(reason: import('./state.js').Reason) => string} words
 * @returns {object[]} what the component should know, one message a type (problems: one each)
 */
export function newsOf(state, words) {
    const { phase, reason, people, recording, consent, devices } = state;
    const final = phase === 'refused' && reason !== null && FINAL.includes(reason.code);
    const word = final ? 'refused' : STATES[phase];
    /** @type {object[]} */
    const news = [];
    if (word) {
        news.push({ type: 'state', state: word, reason: reason && (reason.text || words(reason)) });
    }
    if (['in', 'reconnecting'].includes(phase)) {
        const known = people.slice(0, 500).map(({ seat, name, role, muted, speaking, self }) => {
            return { seat, name, role: role ?? 'guest', muted, speaking, self };
        });
        news.push({ type: 'roster', people: known });
    } else if (phase !== 'starting') {
        news.push({ type: 'roster', people: [] });
    }
    if (state.ticket) {
        news.push({ type: 'recording', state: recording.state, consent });
    }
    const inputs = devices.problems.filter(({ device }) => device !== 'speaker');
    const [first, second] = inputs;
    if (first && second && first.cause === second.cause) {
        news.push({ type: 'problem', device: 'both', cause: first.cause });
    } else {
        news.push(...inputs.map(({ device, cause }) => ({ type: 'problem', device, cause })));
    }
    return news.filter((one) => !('cause' in one) || CAUSES.includes(/** @type {any} */ (one).cause));
}

/**
 * @param {object} deps
 * @param {Window} deps.window
 * @param {(message: FromComponent) => void} deps.onMessage
 * @returns {{settle: (origins: readonly string[]) => void, tell: (news: object[]) => void, close: () => void}}
 *   `settle` says which origins may connect; an offer that came earlier is judged then
 */
export function openPort({ window, onMessage }) {
    /** @type {readonly string[]|null} */
    let origins = null;
    /** @type {MessageEvent|null} */
    let early = null;
    /** @type {MessagePort|null} */
    let port = null;
    /** @type {object[]} */
    let newest = [];
    /** @type {Map<string, string>} what was told last, by type and device */
    let told = new Map();

    /** @param {MessageEvent} event */
    function offered(event) {
        if (!origins) {
            early = isConnect(event, window, [event.origin]) ? event : early;
        } else if (isConnect(event, window, origins)) {
            port?.close();
            port = event.ports[0];
            port.onmessage = ({ data }) => {
                const message = readFromComponent(data);
                if (message) {
                    onMessage(message);
                }
            };
            told = new Map();
            port.postMessage(JSON.stringify({ type: 'ready', v: 1 }));
            tell(newest);
        }
    }

    /** @param {object[]} news */
    function tell(news) {
        newest = news;
        if (!port) {
            return;
        }
        const still = new Set();
        for (const message of /** @type {any[]} */ (news)) {
            const slot = `${message.type} ${message.device ?? ''}`;
            const text = JSON.stringify(message);
            still.add(slot);
            if (told.get(slot) !== text) {
                told.set(slot, text);
                port.postMessage(text);
            }
        }
        // A problem that is over may come again, and is news then.
        [...told.keys()].filter((slot) => !still.has(slot)).forEach((slot) => told.delete(slot));
    }

    window.addEventListener('message', offered);
    return {
        settle(allowed) {
            origins = allowed;
            if (early) {
                offered(early);
                early = null;
            }
        },
        tell,
        close() {
            window.removeEventListener('message', offered);
            port?.close();
            port = null;
        }
    };
}
