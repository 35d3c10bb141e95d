// @ts-check
/**
 * The way in, and back in after a loss: what follows from the ticket, from the person's wish and from the connection.
 * The ticket decides; the SDK only says that a connection is gone. A meeting that ended by itself is told to the
 * bridge, which makes another and writes it into the ticket. A seat taken by another page is never fought for.
 */
import { makeComeback } from './comeback.js';
import { makeEntering } from './entering.js';
import { atClosedDoors } from './outside.js';
import { placeOf, samePlace } from './ticket.js';

const PRELOAD_MS = 250;

/**
 * @typedef {import('./ticket.js').Ticket} Ticket
 * @typedef {import('./ticket.js').Place} Place
 *
 * @typedef {object} Door
 * @property {(ticket: Ticket) => void} settle called whenever ticket, wish or connection changed
 * @property {() => void} started the connection stands
 * @property {(ending: import('./ending.js').Ending, place: Place) => void} ended it does not any more
 * @property {() => void} hurry something speaks for the network, and nobody is inside
 * @property {() => void} reset the way begins anew
 * @property {() => void} stop
 */

/**
 * @param {object} deps
 * @param {() => Promise<typeof import('amazon-chime-sdk-js')>} deps.sdk
 * @param {import('./timer.js').After} deps.after
 * @param {boolean} deps.recorder
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').RoomState>>} deps.store
 * @param {Pick<import('./stay.js').Stay, 'inside'|'place'|'enter'|'leave'>} deps.stay
 * @param {(failedMeetingId?: string) => void} deps.ring tells the bridge that somebody is here
 * @param {() => boolean} deps.wanted the person (or the recorder) wants to be inside
 * @param {() => void} deps.again settles with the ticket of then
 * @param {() => void} deps.onEnter
 * @param {(phase: import('./state.js').Phase, reason?: import('./state.js').Reason) => void} deps.show
 * @param {(phase: import('./state.js').Phase, reason: import('./state.js').Reason) => void} deps.finish
 * @returns {Door}
 */
export function makeDoor({ sdk, after, recorder, store, stay, ring, wanted, again, onEnter, show, finish }) {
    /** Was inside since the last click on join. */
    let been = false;
    const comeback = makeComeback({
        after,
        recorder,
        again,
        giveUp: () => finish('refused', { code: 'signaling-lost' })
    });
    const entering = makeEntering({
        sdk,
        stay,
        wanted,
        onEnter,
        onFail: () => finish('refused', { code: 'sdk-failed' })
    });

    /** What is being entered is not wanted any more. */
    function abandon() {
        entering.abandon();
        comeback.wake();
    }

    /** @param {Place} place */
    function enter(place) {
        if (!entering.isFor(place)) {
            abandon();
            show(been ? 'reconnecting' : 'joining');
            void entering.enter(place);
        }
    }

    /** @param {Ticket} ticket */
    function closedFor(ticket) {
        store.set({ doors: false });
        comeback.closed();
        if (recorder) {
            show('waiting');
            been = false;
            abandon();
            void stay.leave();
            return;
        }
        ring();
        if (stay.inside()) {
            return; // Chime will say when it is over
        }
        const { phase, reason } = atClosedDoors(ticket, { been, wanted: wanted() });
        show(phase, reason);
    }

    /** Open, but not to be entered: the bridge makes another place. */
    function nowhere() {
        store.set({ doors: false });
        if (!recorder) {
            ring(comeback.goneMeeting());
        }
        if (!stay.inside()) {
            show(been ? 'reconnecting' : wanted() ? 'joining' : 'prejoin');
        }
    }

    /** @param {Place} place */
    function openTo(place) {
        store.set({ doors: true });
        comeback.found();
        if (stay.inside() && !samePlace(stay.place(), place)) {
            enter(place);
        } else if (!stay.inside() && wanted() && !comeback.rests()) {
            enter(place);
        } else if (!wanted()) {
            show('prejoin');
            after(PRELOAD_MS, () => void sdk().catch(() => {}));
        }
    }

    return {
        settle(ticket) {
            const { state, reason: text } = ticket;
            const place = placeOf(ticket);
            if (state === 'ended') {
                finish('ended', { code: 'meeting-ended', text });
            } else if (state === 'removed') {
                finish('removed', { code: 'removed', text });
            } else if (state === 'waiting') {
                closedFor(ticket);
            } else if (place && !comeback.isGone(place)) {
                openTo(place);
            } else {
                nowhere();
            }
        },
        started() {
            been = true;
            comeback.started();
        },
        ended(ending, place) {
            if (ending === 'elsewhere') {
                finish('elsewhere', { code: 'opened-elsewhere' });
            } else if (ending === 'full') {
                finish('refused', { code: 'full' });
            } else if (ending === 'gone') {
                comeback.gone(place);
                again();
            } else if (comeback.lost()) {
                show(been ? 'reconnecting' : 'joining');
            } else {
                finish('refused', { code: been ? 'signaling-lost' : 'blocked' });
            }
        },
        hurry() {
            if (!stay.inside() && !entering.under()) {
                comeback.hurry();
                again();
            }
        },
        reset() {
            been = false;
            comeback.reset();
        },
        stop() {
            entering.abandon();
            comeback.stop();
        }
    };
}
