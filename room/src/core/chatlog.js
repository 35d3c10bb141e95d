// @ts-check
/**
 * Own chat goes into the meeting's log by signals, several lines in one: after a minute of quiet, when a signal is
 * full, and at the end. What the door does not take is kept in its order and tried again. A page that closes has no
 * time to sign, so what has not been taken is always signed in advance as well. A line may then reach the log twice
 * only if the page closes while it is being sent; it is never lost on purpose.
 */
import { MAX_BODY } from './signal.js';

/** The bridge's log takes at most so many characters of one signal. */
export const LONGEST = 2000;
const QUIET_MS = 60_000;
/** What the door did not take is tried again, ever slower. */
const LONGEST_REST_MS = 15 * 60_000;
const MOST_BATCHES = 100;
/** Bytes of a signal beside its text: ticket, mac and the rest; and one level of JSON in JSON. */
const ROOM_FOR_TEXT = MAX_BODY - 400;

/**
 * @param {string} text
 * @returns {boolean} whether a signal takes it
 */
export function fits(text) {
    const inside = JSON.stringify(JSON.stringify({ text }));
    return [...text].length <= LONGEST && new TextEncoder().encode(inside).length <= ROOM_FOR_TEXT;
}

/**
 * @param {string} text
 * @returns {string[]} pieces that fit, each as long as possible
 */
export function pieces(text) {
    if (fits(text)) {
        return [text];
    }
    const letters = [...text];
    let take = Math.min(letters.length - 1, LONGEST);
    while (take > 1 && !fits(letters.slice(0, take).join(''))) {
        take = Math.floor(take * 0.8);
    }
    return [letters.slice(0, take).join(''), ...pieces(letters.slice(take).join(''))];
}

/**
 * Lines that go together, and the same signed in advance.
 * @typedef {{text: string, body: string}} Batch
 */

/**
 * @param {object} deps
 * @param {import('./timer.js').After} deps.after
 * @param {Pick<import('./signal.js').Signals, 'send'|'inAdvance'|'beacon'>} deps.signals
 * @returns {{add: (text: string) => void, flush: () => Promise<void>, farewell: () => void, stop: () => void}}
 */
export function keepChatLog({ after, signals }) {
    let text = '';
    let advance = '';
    /** Raised at each change: a signature that comes late for an older text is dropped. */
    let turn = 0;
    /** @type {Batch[]} in the order they were written; one stays until the door has taken it */
    let batches = [];
    /** @type {Batch|null} */
    let underWay = null;
    /** @type {Promise<void>|null} */
    let sending = null;
    let rest = QUIET_MS;
    let cancelQuiet = () => {};
    let cancelAgain = () => {};

    async function signAhead() {
        turn += 1;
        const mine = turn;
        advance = '';
        if (text) {
            const body = await signals.inAdvance('chat', { text });
            advance = mine === turn ? body : advance;
        }
    }

    /** What was written becomes a batch, with the one before it if the door did not take that and both fit. */
    function pack() {
        if (!text) {
            return;
        }
        const last = batches.at(-1);
        const both = last && last !== underWay ? `${last.text}\n${text}` : '';
        /** @type {Batch} */
        const batch = both && fits(both) ? { text: both, body: '' } : { text, body: advance };
        batches = [...(batch.text === both ? batches.slice(0, -1) : batches), batch].slice(-MOST_BATCHES);
        if (!batch.body) {
            void signals.inAdvance('chat', { text: batch.text }).then((body) => (batch.body = body));
        }
        text = '';
        void signAhead();
    }

    async function send() {
        while (batches.length > 0) {
            const [batch] = batches;
            underWay = batch;
            const taken = await signals.send('chat', { text: batch.text });
            underWay = null;
            if (!taken) {
                cancelAgain();
                cancelAgain = batches.length > 0 ? after(rest, () => void flush()) : () => {};
                rest = Math.min(2 * rest, LONGEST_REST_MS);
                return;
            }
            rest = QUIET_MS;
            batches = batches.filter((one) => one !== batch);
        }
    }

    function flush() {
        cancelQuiet();
        cancelAgain();
        pack();
        sending ??= send().finally(() => (sending = null));
        return sending;
    }

    function stop() {
        cancelQuiet();
        cancelAgain();
        text = '';
        advance = '';
        batches = [];
        turn += 1;
    }

    return {
        add(line) {
            for (const piece of pieces(line)) {
                const both = text ? `${text}\n${piece}` : piece;
                if (!fits(both)) {
                    void flush();
                }
                text = text ? both : piece;
            }
            void signAhead();
            cancelQuiet();
            cancelQuiet = after(QUIET_MS, () => void flush());
        },
        flush,
        farewell() {
            [...batches.map(({ body }) => body), advance].filter(Boolean).forEach((body) => signals.beacon(body));
            stop();
        },
        stop
    };
}
