/**
 * The line between the component and the room's page: one handshake over the window, everything
 * else over a MessagePort. All messages are JSON text; the rows of crates/contract/vectors/port.json
 * say which are taken and what is read in them.
 *
 * Promises: nothing is posted to any other origin than the room's; a window message counts only if
 * it comes from the room's frame and from the room's origin; a text that is too long, malformed or of an unknown
 * type changes nothing; after a reload of either side the newest channel is the only one that counts.
 */
import { after } from 'c/chimeTimer';

/** The longest text that is read, in UTF-16 units. */
export const LONGEST = 65536;
/** The text that offers a port to the room. */
export const CONNECT = JSON.stringify({ chime: 'connect', v: 1 });

const BEAT_MS = 500;
const BEATS = 40;
const MOST_PEOPLE = 500;

const KEY = /^[A-Za-z0-9_-]{43}$/;
const SEAT = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
const LOCALE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/;
const ROLES = ['host', 'attendee', 'guest'];
const STATES = ['prejoin', 'waiting', 'in', 'reconnecting', 'left', 'ended', 'removed', 'refused'];
const RECORDING = ['None', 'Preparing', 'Waiting for consent', 'Starting', 'Recording', 'Stopped'];
const CONSENT = ['Not asked', 'Given', 'Declined', 'Withdrawn'];
const DEVICES = ['camera', 'microphone', 'both'];
const CAUSES = ['policy', 'permission', 'missing', 'busy', 'insecure'];

const isText = (value) => typeof value === 'string';
const isFlag = (value) => typeof value === 'boolean';

/* One reader a message: the fields that count, or null if the message is malformed. */
const FROM_ROOM = {
    ready: ({ v }) => when(v === 1, { v }),
    state: ({ state, reason = null }) =>
        when(STATES.includes(state) && (reason === null || isText(reason)), { state, reason }),
    roster: ({ people }) => {
        if (!Array.isArray(people) || people.length > MOST_PEOPLE) {
            return null;
        }
        const known = people.map(readPerson);
        return when(!known.includes(null), { people: known });
    },
    recording: ({ state, consent }) => when(RECORDING.includes(state) && CONSENT.includes(consent), { state, consent }),
    problem: ({ device, cause }) => when(DEVICES.includes(device) && CAUSES.includes(cause), { device, cause }),
    resize: ({ height }) => when(Number.isFinite(height) && height > 0, { height })
};

const TO_ROOM = {
    open: ({ v, key, hostExpires = null, hostProof = null, locale, justIssued }) => {
        const person = v === 1 && KEY.test(key) && LOCALE.test(locale) && isFlag(justIssued);
        const power = Number.isInteger(hostExpires) && hostExpires > 0 && KEY.test(hostProof);
        const noPower = hostExpires === null && hostProof === null;
        return when(person && (power || noPower), { v, key, hostExpires, hostProof, locale, justIssued });
    },
    leave: () => ({}),
    consent: ({ given }) => when(isFlag(given), { given }),
    record: () => ({}),
    stop: () => ({}),
    end: () => ({}),
    remove: ({ seat }) => when(SEAT.test(seat), { seat })
};

function when(holds, fields) {
    return holds ? fields : null;
}

function readPerson(person) {
    const { seat, name, role, muted = false, speaking = false, self = false } = person ?? {};
    const known = isText(seat) && seat !== '' && isText(name) && ROLES.includes(role);
    return when(known && [muted, speaking, self].every(isFlag), { seat, name, role, muted, speaking, self });
}

function parse(text) {
    if (!isText(text) || text.length > LONGEST) {
        return null;
    }
    try {
        const value = JSON.parse(text);
        return typeof value === 'object' && !Array.isArray(value) ? value : null;
    } catch {
        return null;
    }
}

function read(readers, text) {
    const message = parse(text);
    if (!message || !isText(message.type) || !Object.hasOwn(readers, message.type)) {
        return null;
    }
    const fields = readers[message.type](message);
    return fields && { type: message.type, ...fields };
}

/**
 * @param {unknown} text what came over the port from the room
 * @returns {{type: string}|null} the message with the fields that count, or null if it is to be ignored
 */
export function readFromRoom(text) {
    return read(FROM_ROOM, text);
}

/**
 * @param {unknown} text what the component would send
 * @returns {{type: string}|null} the message as the room reads it, or null if the room would ignore it
 */
export function readFromComponent(text) {
    return read(TO_ROOM, text);
}

/**
 * @param {{data: unknown, source: unknown, origin: string}} event a message that reached this window
 * @param {unknown} frameWindow the window inside our frame
 * @param {string} origin the room's origin
 * @returns {boolean} whether it is the room's page saying that it is there
 */
export function isHello(event, frameWindow, origin) {
    if (!frameWindow || event.source !== frameWindow || event.origin !== origin) {
        return false;
    }
    const message = parse(event.data);
    return message?.chime === 'hello' && message.v === 1;
}

/**
 * Opens the line to the room in one frame.
 * @param {object} line
 * @param {() => Window|null|undefined} line.frameWindow the window inside the frame, asked at each use
 * @param {string} line.origin the room's origin; never '*'
 * @param {() => void} line.onReady the room has taken the port; also after each reload of the frame
 * @param {(message: {type: string}) => void} line.onMessage a message of the room, read and checked
 * @param {() => void} line.onSilent the room has not answered 40 offers in 20 seconds
 * @returns {{connect: () => void, send: (message: object) => boolean,
 *   ask: (message: object, isAnswer: (answer: object) => boolean, ms: number) => Promise<boolean>,
 *   isReady: () => boolean, close: () => void}}
 */
export function openRoomPort({ frameWindow, origin, onReady, onMessage, onSilent }) {
    let port = null;
    let ready = false;
    let silent = false;
    let beats = 0;
    let cancel = () => {};
    const asks = new Set();

    function hear(event) {
        const message = readFromRoom(event.data);
        if (!message) {
            return;
        }
        if (message.type === 'ready') {
            if (!ready) {
                ready = true;
                cancel();
                onReady();
            }
        } else if (ready) {
            [...asks].forEach((open) => open.answer(message));
            onMessage(message);
        }
    }

    function offer() {
        const target = frameWindow();
        beats += 1;
        if (target) {
            const channel = new MessageChannel();
            port?.close();
            port = channel.port1;
            port.onmessage = hear;
            target.postMessage(CONNECT, origin, [channel.port2]);
        }
        cancel = after(BEAT_MS, beats < BEATS ? offer : giveUp);
    }

    function giveUp() {
        silent = true;
        onSilent();
    }

    function drop() {
        cancel();
        port?.close();
        port = null;
        ready = false;
        silent = false;
        [...asks].forEach((open) => open.end(false));
    }

    function connect() {
        drop();
        beats = 0;
        offer();
    }

    /* A room that comes up late may say so. While we still offer, the next offer is near enough. */
    function late(event) {
        if (silent && isHello(event, frameWindow(), origin)) {
            connect();
        }
    }

    function send(message) {
        const text = JSON.stringify(message);
        if (!ready || !readFromComponent(text)) {
            return false;
        }
        port.postMessage(text);
        return true;
    }

    function ask(message, isAnswer, ms) {
        return new Promise((resolve) => {
            const entry = {
                end(done) {
                    entry.cancel();
                    asks.delete(entry);
                    resolve(done);
                },
                answer: (heard) => isAnswer(heard) && entry.end(true)
            };
            entry.cancel = after(ms, () => entry.end(false));
            asks.add(entry);
            if (!send(message)) {
                entry.end(false);
            }
        });
    }

    window.addEventListener('message', late);
    return {
        connect,
        send,
        ask,
        isReady: () => ready,
        close() {
            window.removeEventListener('message', late);
            drop();
        }
    };
}
