// @ts-check
/**
 * After a loss: when the same place is tried again, which place lets nobody in any more, and when the person is asked
 * instead. A recorder has nobody to ask: it never gives up.
 */
import { samePlace } from './ticket.js';

const RETRY_MS = [0, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];
/** How long a gone meeting may wait for its successor. */
const SUCCESSOR_MS = 90_000;

/**
 * @typedef {import('./ticket.js').Place} Place
 *
 * @typedef {object} Comeback
 * @property {() => boolean} lost a connection was lost: it rests and is tried again. False: that was the last time
 * @property {() => boolean} rests
 * @property {() => void} wake does not rest any more
 * @property {() => void} hurry something speaks for the network: wakes, and counts the losses almost anew
 * @property {(place: Place) => void} gone nobody is let in here any more
 * @property {(place: Place) => boolean} isGone
 * @property {() => string|undefined} goneMeeting
 * @property {() => void} closed the doors closed: what comes next is another place
 * @property {() => void} found another place is open
 * @property {() => void} started one is inside
 * @property {() => void} reset all begins anew
 * @property {() => void} stop
 */

/**
 * @param {object} deps
 * @param {import('./timer.js').After} deps.after
 * @param {boolean} deps.recorder
 * @param {() => void} deps.again the rest is over
 * @param {() => void} deps.giveUp no successor came
 * @returns {Comeback}
 */
export function makeComeback({ after, recorder, again, giveUp }) {
    let losses = 0;
    let resting = false;
    /** @type {Place|null} */
    let dead = null;
    let cancelRest = () => {};
    let cancelSuccessor = () => {};

    function wake() {
        resting = false;
        cancelRest();
    }

    return {
        lost() {
            const wait = RETRY_MS[losses];
            losses += 1;
            if (wait === undefined && !recorder) {
                return false;
            }
            cancelRest();
            resting = true;
            cancelRest = after(wait ?? RETRY_MS[RETRY_MS.length - 1], () => {
                resting = false;
                again();
            });
            return true;
        },
        rests: () => resting,
        wake,
        hurry() {
            losses = Math.min(losses, 1);
            wake();
        },
        gone(place) {
            dead = place;
            cancelSuccessor();
            if (!recorder) {
                cancelSuccessor = after(SUCCESSOR_MS, giveUp);
            }
        },
        isGone: (place) => samePlace(place, dead),
        goneMeeting: () => dead?.meeting.MeetingId,
        closed() {
            dead = null;
        },
        found() {
            dead = null;
            cancelSuccessor();
        },
        started() {
            losses = 0;
            cancelSuccessor();
        },
        reset() {
            losses = 0;
            dead = null;
        },
        stop() {
            wake();
            cancelSuccessor();
        }
    };
}
