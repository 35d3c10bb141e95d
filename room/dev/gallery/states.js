// @ts-check
/**
 * A snapshot for each page and each thing a page can show. The gallery, the accessibility check and the screenshots walk
 * through all of them by name.
 */
import { initialState } from '../../src/core/state.js';
import { camerasOf, crowd, person } from './people.js';

/** @typedef {import('../../src/core/state.js').RoomState} RoomState */

const ticket = {
    subject: 'Quarterly review with Northwind Traders',
    name: 'Ada Berg',
    role: /** @type {const} */ ('host'),
    policy: /** @type {const} */ ('everyone'),
    recording: /** @type {const} */ ('None'),
    opensAt: null
};
const base = { ...initialState(), ticket };
const devices = {
    ...base.devices,
    cameras: [{ id: 'c1', label: 'Built-in camera' }],
    microphones: [
        { id: 'm1', label: 'Built-in microphone' },
        { id: 'm2', label: 'Headset with a rather long name (USB 046d:0a4d)' }
    ],
    speakers: [{ id: 's1', label: 'Speakers' }],
    chosen: { camera: 'c1', microphone: 'm1', speaker: 's1' },
    asked: true,
    level: 0.4,
    canShare: true
};
const self = { ...base.self, seat: person(0).seat, attendeeId: 'attendee-0', name: 'Ada Berg', camera: true };
const prejoin = { ...base, phase: /** @type {const} */ ('prejoin'), doors: true, devices, self };

/** @param {number} n @param {Partial<RoomState>} [more] @returns {RoomState} */
function meeting(n, more = {}) {
    const people = crowd(n);
    return {
        ...base,
        phase: 'in',
        doors: true,
        people,
        tiles: camerasOf(people),
        devices,
        self,
        host: true,
        ask: 'may',
        ...more
    };
}

/** @param {number} n @param {Partial<RoomState>} [more] @returns {RoomState} */
function sharing(n, more = {}) {
    const state = meeting(n, more);
    const people = state.people.map((one, index) => (index === 1 ? { ...one, content: true } : one));
    const screen = {
        ...state.tiles[0],
        id: 90,
        attendeeId: 'attendee-1',
        name: people[1].name,
        content: true,
        local: false
    };
    return { ...state, people, tiles: [...state.tiles, screen] };
}

const live = { state: /** @type {const} */ ('Recording'), live: true, source: /** @type {const} */ ('both') };
const lines = [
    'Hello everyone!',
    'The slides are on the record.\nPage 4 has the numbers.',
    'https://example.com/a-very-long-address-without-any-space-to-break-at'
];
const chat = lines.map((text, index) => ({
    id: `line-${index}`,
    attendeeId: `attendee-${index % 2}`,
    name: person(index % 2).name,
    text,
    at: 1763935200000 + index * 60000,
    own: index % 2 === 0,
    failed: index === 2
}));
const recorderView = { view: /** @type {const} */ ('recorder'), self: { ...base.self, seat: 'recorder-1' } };
/** @param {RoomState} state */
const recorded = (state) => ({
    ...state,
    ...recorderView,
    people: state.people.map((one) => ({ ...one, self: false }))
});

/** @type {Record<string, RoomState>} */
export const states = {
    starting: { ...base, phase: 'starting', ticket: null },
    looking: { ...base, phase: 'looking', ticket: null },
    waiting: { ...base, phase: 'waiting' },
    'waiting-time': { ...base, phase: 'waiting', ticket: { ...ticket, opensAt: Date.now() + 25 * 60000 } },
    prejoin,
    'prejoin-guest': {
        ...prejoin,
        doors: false,
        ask: 'must',
        ticket: { ...ticket, name: 'Guest', role: 'guest' },
        self: { ...self, name: '', nameOpen: true, camera: false, muted: true }
    },
    'prejoin-asking': { ...prejoin, devices: { ...base.devices, asked: true, asking: true } },
    'prejoin-denied': {
        ...prejoin,
        devices: {
            ...base.devices,
            asked: true,
            problems: [
                { device: 'camera', cause: 'permission' },
                { device: 'microphone', cause: 'permission' }
            ]
        }
    },
    'prejoin-frame': {
        ...prejoin,
        embedded: true,
        devices: {
            ...base.devices,
            asked: true,
            problems: [
                { device: 'camera', cause: 'policy' },
                { device: 'microphone', cause: 'missing' }
            ]
        }
    },
    'prejoin-notice': { ...prejoin, ticket: { ...ticket, policy: 'notice' }, recording: live },
    joining: { ...prejoin, phase: 'joining' },
    'joining-waits': { ...prejoin, phase: 'joining', doors: false },
    'in-1': meeting(1),
    'in-2': meeting(2),
    'in-3': meeting(3),
    'in-5': meeting(5, { embedded: true }),
    'in-9': meeting(9),
    'in-16': meeting(16),
    'in-guest': meeting(3, { host: false, ask: 'no' }),
    'in-share': sharing(5),
    'in-recorded': meeting(4, { recording: live, recorder: { present: true, count: 1 }, consent: 'Given', ask: 'may' }),
    'in-asked': meeting(3, { recording: live, ask: 'must', self: { ...self, canSend: false } }),
    'in-declined': meeting(3, {
        consent: 'Declined',
        recording: { state: 'Waiting for consent', live: false, source: null }
    }),
    'in-weak': meeting(3, { network: 'poor', unsent: 'record', devices: { ...devices, soundBlocked: true } }),
    'in-chat': meeting(4, { chat }),
    reconnecting: meeting(3, { phase: 'reconnecting' }),
    left: { ...base, phase: 'left', reason: { code: 'left' } },
    ended: { ...base, phase: 'ended', reason: { code: 'meeting-ended' } },
    removed: { ...base, phase: 'removed', reason: { code: 'removed' } },
    elsewhere: { ...base, phase: 'elsewhere', reason: { code: 'opened-elsewhere' } },
    'own-window': { ...base, phase: 'elsewhere', reason: { code: 'own-window' }, embedded: true },
    'wrong-link': { ...base, phase: 'refused', ticket: null, reason: { code: 'wrong-link' } },
    'not-answered': { ...base, phase: 'refused', ticket: null, reason: { code: 'not-answered' } },
    unsupported: { ...base, phase: 'refused', ticket: null, reason: { code: 'unsupported' } },
    'doors-closed': {
        ...base,
        phase: 'refused',
        reason: { code: 'doors-closed', text: 'CB-031: the meeting was cancelled.' }
    },
    'recorder-waiting': { ...base, ...recorderView, phase: 'waiting' },
    'recorder-1': recorded(meeting(1)),
    'recorder-2': recorded(meeting(2)),
    'recorder-9': recorded(meeting(9)),
    'recorder-12': recorded(meeting(12)),
    'recorder-share': recorded(sharing(6))
};
