// @ts-check
/**
 * Who is in the meeting, as Chime itself tells: it knows each attendee's seat and when they come, go or drop. A
 * seat that begins with `recorder-` is a recorder and not a person; an attendee id with `#content` is somebody's screen.
 */

const RECORDER = 'recorder-';

/**
 * @typedef {object} Entry
 * @property {string} attendeeId
 * @property {string} seat
 * @property {boolean} muted
 * @property {number} volume
 * @property {number} signal
 *
 * @typedef {object} Roster
 * @property {() => readonly Entry[]} people oneself first, then in the order they came
 * @property {() => number} recorders
 * @property {(attendeeId: string) => boolean} sharing
 * @property {(attendeeId: string) => boolean} has a person, not a recorder
 * @property {() => number} tellings how often Chime has told of oneself: it tells of all anew for each connection
 */

/** @param {string} attendeeId */
export const ownerOf = (attendeeId) => attendeeId.split('#')[0];

/**
 * @param {object} deps
 * @param {import('amazon-chime-sdk-js').AudioVideoFacade} deps.audioVideo
 * @param {string} deps.self own attendee id
 * @param {() => void} deps.onChange somebody came, went, shares or is muted
 * @param {() => void} deps.onLevel volume or signal moved
 * @param {(attendeeId: string) => void} deps.onNewcomer somebody else is there who was not before
 * @returns {Roster}
 */
export function watchRoster({ audioVideo, self, onChange, onLevel, onNewcomer }) {
    /** @type {Map<string, Entry>} */
    const here = new Map();
    /** @type {Set<string>} */
    const screens = new Set();
    let tellings = 0;
    const isRecorder = (/** @type {Entry} */ { seat }) => seat.startsWith(RECORDER);

    /** @type {import('amazon-chime-sdk-js').VolumeIndicatorCallback} */
    const heard = (attendeeId, volume, muted, signal) => {
        const entry = here.get(attendeeId);
        if (!entry) {
            return;
        }
        const next = {
            ...entry,
            muted: muted ?? entry.muted,
            volume: volume ?? entry.volume,
            signal: signal ?? entry.signal
        };
        here.set(attendeeId, next);
        if (next.muted !== entry.muted) {
            onChange();
        } else if (next.volume !== entry.volume || next.signal !== entry.signal) {
            onLevel();
        }
    };

    audioVideo.realtimeSubscribeToAttendeeIdPresence((attendeeId, present, externalUserId) => {
        const owner = ownerOf(attendeeId);
        const own = attendeeId === self && present;
        tellings += own ? 1 : 0;
        if (owner !== attendeeId) {
            if (present) {
                screens.add(owner);
            } else {
                screens.delete(owner);
            }
        } else if (!present) {
            here.delete(attendeeId);
            audioVideo.realtimeUnsubscribeFromVolumeIndicator(attendeeId, heard);
        } else if (!here.has(attendeeId)) {
            const seat = (externalUserId ?? '').split('#')[0];
            here.set(attendeeId, { attendeeId, seat, muted: false, volume: 0, signal: 1 });
            audioVideo.realtimeSubscribeToVolumeIndicator(attendeeId, heard);
            if (attendeeId !== self) {
                onNewcomer(attendeeId);
            }
        } else if (!own) {
            return;
        }
        onChange();
    });

    return {
        people() {
            const people = [...here.values()].filter((entry) => !isRecorder(entry));
            const own = people.filter(({ attendeeId }) => attendeeId === self);
            return [...own, ...people.filter(({ attendeeId }) => attendeeId !== self)];
        },
        recorders: () => [...here.values()].filter(isRecorder).length,
        tellings: () => tellings,
        sharing: (attendeeId) => screens.has(attendeeId),
        has: (attendeeId) => {
            const entry = here.get(attendeeId);
            return Boolean(entry) && !isRecorder(/** @type {Entry} */ (entry));
        }
    };
}
