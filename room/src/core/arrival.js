// @ts-check
/**
 * Tells the bridge that somebody is at the door, so that it makes the Chime meeting and this seat's attendee. A
 * signal can be lost, so it rings again while the door stays shut. It also tells which Chime meeting let nobody in,
 * which heals a ticket whose meeting ended without word.
 */

const AGAIN_MS = 10_000;

/**
 * @param {object} deps
 * @param {() => number} deps.now
 * @param {(data: {failedMeetingId?: string}) => Promise<boolean>} deps.send
 * @returns {{ring: (failedMeetingId?: string) => void, reset: () => void}}
 */
export function makeArrival({ now, send }) {
    /** @type {number|null} */
    let rungAt = null;
    let rungFor = '';
    let ringing = false;
    return {
        ring(failedMeetingId = '') {
            const rests = rungAt !== null && now() - rungAt < AGAIN_MS && rungFor === failedMeetingId;
            if (ringing || rests) {
                return;
            }
            ringing = true;
            rungAt = now();
            rungFor = failedMeetingId;
            send(failedMeetingId ? { failedMeetingId } : {}).finally(() => {
                ringing = false;
            });
        },
        reset() {
            rungAt = null;
        }
    };
}
