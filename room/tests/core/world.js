// @ts-check
/**
 * The world around a room under test: a clock that tests move, a window without a browser, the room's origin with
 * tickets and the door for signals, and a Chime SDK that does what the test says. WebCrypto is Node's own.
 */
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { derive, fromBase64url, seatOf, toBase64url } from '../../src/core/keys.js';
import { createRoom } from '../../src/core/room.js';
import { fakeSdk } from './sdk.js';

export const ORG = '00D5e000000EmuLEAS';
export const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
export const SEAT = 'a025e00000guEsTAAU';
export const PROOF = 'W_mKck7Uw2rGhUkEzup4JECJ3PiQxTRZ8_DMK5u-sow';
const START = 1_798_790_000_000;

/* WebCrypto answers from other threads: what waits for it must be waited for. */
let pending = 0;
const subtle = /** @type {any} */ (webcrypto.subtle);
for (const name of ['digest', 'importKey', 'deriveBits', 'decrypt', 'encrypt', 'sign']) {
    const original = subtle[name].bind(subtle);
    Object.defineProperty(subtle, name, {
        value: (/** @type {any[]} */ ...args) => {
            pending += 1;
            return original(...args).finally(() => {
                pending -= 1;
            });
        }
    });
}

/** Waits until nothing moves any more without a timer. */
export async function calm() {
    for (let quiet = 0; quiet < 4; quiet += 1) {
        await new Promise((done) => setImmediate(done));
        quiet = pending > 0 ? -1 : quiet;
    }
}

/** A clock that stands until a test moves it. */
export function makeClock() {
    let now = START;
    let last = 0;
    /** @type {Map<number, {at: number, fn: () => void}>} */
    const timers = new Map();
    return {
        now: () => now,
        setTimeout(/** @type {() => void} */ fn, /** @type {number} */ ms) {
            last += 1;
            timers.set(last, { at: now + ms, fn });
            return last;
        },
        clearTimeout: (/** @type {number} */ id) => void timers.delete(id),
        after(/** @type {number} */ ms, /** @type {() => void} */ fn) {
            const id = this.setTimeout(fn, ms);
            return () => this.clearTimeout(id);
        },
        /** @param {number} ms */
        async run(ms) {
            await calm();
            const end = now + ms;
            for (;;) {
                const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
                if (!due) {
                    break;
                }
                timers.delete(due[0]);
                now = Math.max(now, due[1].at);
                due[1].fn();
                await calm();
            }
            now = end;
        }
    };
}

/**
 * @param {object} ticket
 * @param {string} [key]
 */
export async function sealed(ticket, key = KEY) {
    const seat = await seatOf(key, ORG);
    assert.ok(seat);
    const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (fromBase64url(key));
    const secret = await derive(bytes, ORG, 'ticket-v1');
    const seal = await webcrypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt']);
    const iv = webcrypto.getRandomValues(new Uint8Array(12));
    const additionalData = new TextEncoder().encode(`v1|${seat.object}`);
    const plain = new TextEncoder().encode(JSON.stringify(ticket));
    const hidden = await webcrypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, seal, plain);
    return { path: `/${seat.object}`, file: { v: 1, nonce: toBase64url(iv), sealed: toBase64url(hidden) } };
}

/** @param {string} n which of the meetings */
export function open(n = '1') {
    return {
        state: 'open',
        meeting: {
            MeetingId: `meeting-${n}`,
            ExternalMeetingId: 'a015e00000AbCdEAAV',
            MediaRegion: 'eu-central-1',
            MediaPlacement: { AudioHostUrl: 'h', AudioFallbackUrl: 'f', SignalingUrl: 'ws://127.0.0.1/control' }
        },
        attendee: { AttendeeId: `me-${n}`, ExternalUserId: SEAT, JoinToken: `token-${n}` }
    };
}

/** @param {{search?: string, hash?: string, framed?: boolean}} [how] */
export function makeWorld({ search = '', hash = `#${KEY}`, framed = false } = {}) {
    const clock = makeClock();
    const sdk = fakeSdk();
    /** @type {Map<string, {file: object, etag: string}>} */
    const tickets = new Map();
    /** @type {any[]} */
    const signals = [];
    /** @type {{method: string, path: string, headers: Record<string, string>}[]} */
    const requests = [];
    const net = { down: false, door: 200, etags: true };
    let revision = 0;

    const fetch = async (/** @type {string} */ path, /** @type {any} */ init = {}) => {
        const { method = 'GET', headers = {}, body = '' } = init;
        requests.push({ method, path, headers });
        if (net.down) {
            throw new TypeError('Failed to fetch');
        }
        if (method === 'POST') {
            if (net.door === 200) {
                signals.push(JSON.parse(body));
            }
            return new Response(null, { status: net.door });
        }
        const found = tickets.get(path);
        if (!found) {
            return new Response('{}', { status: 403 });
        }
        if (headers['if-none-match'] === found.etag) {
            return new Response(null, { status: 304 });
        }
        return new Response(JSON.stringify(found.file), { headers: net.etags ? { etag: found.etag } : {} });
    };

    const page = new EventTarget();
    const document = Object.assign(new EventTarget(), { hidden: false });
    const parent = framed ? { name: 'the page around' } : null;
    /** @type {any} */
    const window = Object.assign(page, {
        setTimeout: clock.setTimeout,
        clearTimeout: clock.clearTimeout,
        location: { search, hash, pathname: '/', origin: 'http://127.0.0.1:8806' },
        history: {
            /** @type {any} */ state: null,
            replaceState(/** @type {any} */ state, /** @type {string} */ _title, /** @type {string} */ address) {
                window.history.state = structuredClone(state);
                window.location.hash = '';
                window.address = address;
            }
        },
        document,
        crypto: webcrypto,
        console: { error() {} },
        isSecureContext: true,
        RTCPeerConnection: class {},
        MediaStream: FakeStream,
        navigator: {
            language: 'en-US',
            sendBeacon(/** @type {string} */ _door, /** @type {Blob} */ blob) {
                void blob.text().then((text) => signals.push({ ...JSON.parse(text), beacon: true }));
                return true;
            },
            mediaDevices: makeMedia()
        },
        open: () => null
    });
    window.parent = parent ?? window;

    const settings = { v: 1, orgId: ORG, frameAncestors: ['http://127.0.0.1:8800'], signals: '/signals' };
    const room = createRoom({
        window,
        settings: /** @type {any} */ (settings),
        sdk: async () => {
            if (sdk.broken) {
                throw new Error('the chunk did not come');
            }
            return /** @type {any} */ (sdk);
        },
        now: clock.now,
        random: (count) => webcrypto.getRandomValues(new Uint8Array(count)),
        fetch: /** @type {any} */ (fetch),
        words: ({ code }) => `words of ${code}`
    });

    return {
        clock,
        sdk,
        net,
        window,
        room,
        signals,
        requests,
        /** @param {object} says @param {string} [key] */
        async ticket(says, key = KEY) {
            revision += 1;
            const base = { revision, seat: SEAT, subject: 'Offer', name: 'Ada', role: 'guest', policy: 'everyone' };
            const { path, file } = await sealed({ ...base, recording: 'None', state: 'waiting', ...says }, key);
            tickets.set(path, { file, etag: `"${revision}"` });
        },
        noTicket: () => tickets.clear(),
        /** @param {object} file */
        async rawTicket(file) {
            const { path } = await sealed({});
            tickets.set(path, { file, etag: '"raw"' });
        },
        /** @param {string} kind */
        said: (kind) => signals.filter((signal) => signal.kind === kind),
        looks: () => requests.filter(({ path }) => path.startsWith('/tickets/')).length,
        /** Opens the room, joins and is in the meeting. */
        async inside() {
            if (room.state.phase === 'starting') {
                room.start();
            }
            await clock.run(0);
            await room.act.join();
            await clock.run(10);
            const session = sdk.last();
            session.started();
            session.presence(session.self, SEAT);
            await clock.run(300);
            assert.equal(room.state.phase, 'in');
            return session;
        }
    };
}

/** A world in whose meeting one is. @param {object} [says] @param {Parameters<typeof makeWorld>[0]} [how] */
export async function inside(says = {}, how = undefined) {
    const world = makeWorld(how);
    await world.ticket({ ...open(), ...says });
    const session = await world.inside();
    return { world, session };
}

/** A stream as far as the room uses one. */
export class FakeStream {
    /** @param {any[]} [tracks] */
    constructor(tracks = []) {
        this.tracks = tracks;
    }
    getTracks() {
        return this.tracks;
    }
    getAudioTracks() {
        return this.tracks.filter(({ kind }) => kind === 'audio');
    }
    getVideoTracks() {
        return this.tracks.filter(({ kind }) => kind === 'video');
    }
    clone() {
        return new FakeStream(this.tracks.map(({ kind, id }) => makeTrack(kind, id)));
    }
}

/** @param {'audio'|'video'} kind @param {string} id */
function makeTrack(kind, id) {
    const track = Object.assign(new EventTarget(), {
        kind,
        id,
        enabled: true,
        stopped: false,
        stop() {
            track.stopped = true;
        },
        getSettings: () => ({ deviceId: id })
    });
    return track;
}

export function makeMedia() {
    const media = Object.assign(new EventTarget(), {
        /** @type {Record<string, string|null>} the name of the error for a kind */
        refuses: /** @type {Record<string, string|null>} */ ({ audio: null, video: null }),
        /** @type {FakeStream[]} */
        given: [],
        async getUserMedia(/** @type {any} */ wish) {
            const kinds = /** @type {('audio'|'video')[]} */ (['audio', 'video'].filter((kind) => wish[kind]));
            for (const kind of kinds) {
                if (media.refuses[kind]) {
                    throw Object.assign(new Error('no'), { name: media.refuses[kind] });
                }
            }
            const id = (/** @type {string} */ kind) => wish[kind].deviceId?.exact ?? `${kind}-1`;
            if (kinds.some((kind) => id(kind).endsWith('-gone'))) {
                throw Object.assign(new Error('no'), { name: 'OverconstrainedError' });
            }
            const stream = new FakeStream(kinds.map((kind) => makeTrack(kind, id(kind))));
            media.given.push(stream);
            return stream;
        },
        /** @type {Promise<void>|null} the question stays open so long */
        picking: /** @type {Promise<void>|null} */ (null),
        /** @type {FakeStream[]} */
        screens: /** @type {FakeStream[]} */ ([]),
        /** @type {Record<string, boolean>} what the browser says of itself */
        supports: /** @type {Record<string, boolean>} */ ({}),
        getSupportedConstraints: () => media.supports,
        /** @type {any} what was asked of it for a screen */
        asked: /** @type {any} */ (null),
        async getDisplayMedia(/** @type {any} */ wish) {
            media.asked = wish;
            await media.picking;
            const stream = new FakeStream([makeTrack('video', 'screen-1')]);
            media.screens.push(stream);
            return stream;
        },
        enumerateDevices: async () => [
            { kind: 'audioinput', deviceId: 'audio-1', label: 'Headset' },
            { kind: 'audioinput', deviceId: 'audio-2', label: 'Desk' },
            { kind: 'videoinput', deviceId: 'video-1', label: 'Camera' },
            { kind: 'audiooutput', deviceId: 'out-1', label: 'Speaker' }
        ]
    });
    return media;
}
