// @ts-check
/**
 * What rooms tell each other over the meeting: names, raised hands, chat, and a hint to look at the ticket. Chime
 * says truly who sent a message; what it says is the sender's own word, so a name or role is shown and never
 * trusted. Name and hand are said again to whoever comes later.
 */

const MOST_BYTES = 2048;
/** Chime keeps a message so long for those who come later or reconnect. */
const CHAT_LIFE_MS = 300_000;
/** Newcomers are greeted together, and not by all at the same moment. */
const GREET_MS = { least: 150, spread: 350 };
/** Who has not told a name by then is asked: to others a page that took over a seat is no newcomer to greet. */
const ASK_MS = 2000;
/** Whoever asks more often than this is not answered each time: an answer goes to all. */
const ANSWER_MS = 5000;
const LONGEST_NAME = 80;
/** So many ids of one sender are remembered, so that a line heard twice is one. */
const MOST_IDS = 500;
/** Of one sender, by the time the service gives each line: what it repeats after a reconnection comes all at once. */
const PACE = { lines: 20, ms: 5000 };
/** Hints within this time are one. */
const HINT_MS = 1000;
const TOPICS = /** @type {const} */ (['cb-name', 'cb-hand', 'cb-chat', 'cb-look']);
const ROLES = ['host', 'attendee', 'guest'];

/**
 * @typedef {{name: string, role: import('./state.js').Role|null, own: boolean}} Named
 * @typedef {{id: string, attendeeId: string, text: string, at: number, own: boolean, failed: boolean}} Line
 *
 * @typedef {object} Messages
 * @property {(named: Named) => void} introduce
 * @property {(up: boolean) => void} raise
 * @property {(text: string) => Line|null} say null if it does not fit
 * @property {() => void} hint asks all to look at their tickets
 * @property {(attendeeId: string) => void} greet
 * @property {(attendeeId: string) => Named|null} named
 * @property {(attendeeId: string) => boolean} hand
 * @property {() => void} stop
 */

/**
 * @param {unknown} text
 * @returns {string} without what would move or hide other text
 */
export function plainName(text) {
    return typeof text === 'string'
        ? [...text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()].slice(0, LONGEST_NAME).join('')
        : '';
}

/**
 * @param {object} deps
 * @param {import('amazon-chime-sdk-js').AudioVideoFacade} deps.audioVideo
 * @param {string} deps.self own attendee id
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {(count: number) => Uint8Array} deps.random
 * @param {(attendeeId: string) => boolean} deps.isPerson
 * @param {() => void} deps.onChange
 * @param {(line: Line) => void} deps.onLine a line of somebody else, or an own one that failed
 * @param {() => void} deps.onHint
 * @returns {Messages}
 */
export function openMessages({ audioVideo, self, now, after, random, isPerson, onChange, onLine, onHint }) {
    /** @type {Map<string, Named>} */
    const names = new Map();
    /** @type {Set<string>} */
    const hands = new Set();
    /** @type {Map<string, {ids: Set<string>, times: number[]}>} by sender */
    const heard = new Map();
    let hintedAt = -HINT_MS;
    /** @type {(() => void)|null} */
    let hintLater = null;
    /** @type {Map<string, Line>} */
    const sent = new Map();
    let greeting = () => {};
    let due = false;
    /** @type {Set<string>} attendees who have not told a name yet */
    const nameless = new Set();
    /** @type {(() => void)|null} */
    let asking = null;
    /** @type {Map<string, number>} when each who asked was answered last */
    const answered = new Map();
    let count = 0;
    const load = [...random(4)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

    /**
     * @param {typeof TOPICS[number]} topic
     * @param {object} value
     * @param {number} [life]
     */
    function send(topic, value, life = 0) {
        const text = JSON.stringify({ v: 1, ...value });
        if (new TextEncoder().encode(text).length > MOST_BYTES) {
            return false;
        }
        try {
            audioVideo.realtimeSendDataMessage(topic, text, life);
            return true;
        } catch {
            return false;
        }
    }

    function announce(asks = false) {
        const named = names.get(self);
        if (named) {
            send('cb-name', asks ? { ...named, asks } : named);
        }
        // Who asks may have taken this seat over from a page whose hand was up.
        if (hands.has(self) || asks) {
            send('cb-hand', { up: hands.has(self) });
        }
    }

    /** Tells name and hand, once to all who came within a moment. */
    function announceSoon() {
        if (!due) {
            due = true;
            greeting = after(GREET_MS.least + (random(1)[0] / 255) * GREET_MS.spread, () => {
                due = false;
                announce();
            });
        }
    }

    /** @param {string} attendeeId is to hear name and hand */
    function greet(attendeeId) {
        hands.delete(attendeeId);
        announceSoon();
        if (!names.has(attendeeId)) {
            nameless.add(attendeeId);
            asking ??= after(ASK_MS, ask);
        }
    }

    function ask() {
        asking = null;
        if ([...nameless].some(isPerson)) {
            announce(true);
        }
        nameless.clear();
    }

    /**
     * @param {string} sender
     * @param {any} value
     * @param {number} told when the service took it, by its own clock
     */
    function hearChat(sender, { id, text }, told) {
        if (typeof id !== 'string' || id.length > 64 || typeof text !== 'string' || text.trim() === '') {
            return;
        }
        const { ids, times } = heard.get(sender) ?? { ids: new Set(), times: [] };
        const at = told > 0 ? Math.min(told, now()) : now();
        if (ids.has(id) || times.filter((time) => Math.abs(time - at) < PACE.ms).length >= PACE.lines) {
            return;
        }
        const [oldest] = ids.size >= MOST_IDS ? ids : [];
        ids.delete(oldest);
        ids.add(id);
        heard.set(sender, { ids, times: [...times, at].slice(-2 * PACE.lines) });
        onLine({ id: `${sender} ${id}`, attendeeId: sender, text, at, own: false, failed: false });
    }

    /** At most one a second is obeyed; of those that come too soon, the last is obeyed later. */
    function hearHint() {
        const rest = hintedAt + HINT_MS - now();
        if (rest <= 0) {
            hintedAt = now();
            onHint();
        } else {
            hintLater ??= after(rest, () => {
                hintLater = null;
                hintedAt = now();
                onHint();
            });
        }
    }

    /** @param {string} sender is answered, but not as often as it asks */
    function hearAsking(sender) {
        if (now() - (answered.get(sender) ?? -ANSWER_MS) >= ANSWER_MS) {
            answered.set(sender, now());
            announceSoon();
        }
    }

    /** @param {import('amazon-chime-sdk-js').DataMessage} message */
    function hear(message) {
        const { topic, senderAttendeeId: sender } = message;
        if (message.throttled || sender === self) {
            const line = message.throttled && topic === 'cb-chat' ? sent.get(read(message)?.id) : null;
            if (line) {
                onLine({ ...line, failed: true });
            }
            return;
        }
        const value = read(message);
        if (value?.v !== 1 || message.data.length > MOST_BYTES) {
            return;
        }
        if (topic === 'cb-name') {
            const role = ROLES.includes(value.role) ? value.role : null;
            names.set(sender, { name: plainName(value.name), role, own: value.own === true });
            nameless.delete(sender);
            if (value.asks === true && isPerson(sender)) {
                hearAsking(sender);
            }
            onChange();
        } else if (topic === 'cb-hand') {
            const moved = value.up === true ? hands.add(sender) : hands.delete(sender);
            if (moved) {
                onChange();
            }
        } else if (topic === 'cb-chat') {
            hearChat(sender, value, message.timestampMs);
        } else if (topic === 'cb-look' && isPerson(sender)) {
            hearHint();
        }
    }

    /** @param {import('amazon-chime-sdk-js').DataMessage} message */
    function read(message) {
        try {
            return message.json();
        } catch {
            return null;
        }
    }

    TOPICS.forEach((topic) => audioVideo.realtimeSubscribeToReceiveDataMessage(topic, hear));

    return {
        introduce(named) {
            names.set(self, named);
            announce();
            onChange();
        },
        raise(up) {
            const moved = up ? hands.add(self) : hands.delete(self);
            if (moved) {
                send('cb-hand', { up });
            }
            onChange();
        },
        say(text) {
            count += 1;
            const id = `${load}-${count}`;
            const line = { id: `${self} ${id}`, attendeeId: self, text, at: now(), own: true, failed: false };
            if (new TextEncoder().encode(JSON.stringify({ v: 1, id, text })).length > MOST_BYTES) {
                return null;
            }
            sent.set(id, line);
            return { ...line, failed: !send('cb-chat', { id, text }, CHAT_LIFE_MS) };
        },
        hint: () => void send('cb-look', {}),
        greet,
        named: (attendeeId) => names.get(attendeeId) ?? null,
        hand: (attendeeId) => hands.has(attendeeId),
        stop() {
            greeting();
            asking?.();
            hintLater?.();
            TOPICS.forEach((topic) => audioVideo.realtimeUnsubscribeFromReceiveDataMessage(topic));
        }
    };
}
