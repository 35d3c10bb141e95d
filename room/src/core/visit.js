// @ts-check
/**
 * One visit of one seat, from its key to the goodbye: looks at the ticket, rings at the door, enters when both the
 * ticket and the person say so, comes back after a loss, and stops for good when the ticket says ended or removed.
 *
 * The ticket decides; the SDK only says that a connection is gone. A meeting that ended by itself is told to the
 * bridge, which makes another and writes it into the ticket. A seat taken by another page is never fought for.
 */
import { makeArrival } from './arrival.js';
import { makeCertain } from './certain.js';
import { keepChatLog } from './chatlog.js';
import { makeGate } from './gate.js';
import { makeHost } from './host.js';
import { startLooking } from './looking.js';
import { openSignals } from './signal.js';
import { makeStay } from './stay.js';
import { placeOf, samePlace } from './ticket.js';

const MISSING_MS = 30_000;
const NOT_ANSWERED_MS = 60_000;
const DAMAGED_MS = 5000;
const RETRY_MS = [0, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];
/** How long a gone meeting may wait for its successor before the person is asked. */
const SUCCESSOR_MS = 90_000;
const PRELOAD_MS = 250;
/** After these a click tries to enter at once; after the others it begins with the camera check. */
const ENTER_AGAIN = ['signaling-lost', 'blocked', 'full', 'sdk-failed'];

/**
 * @typedef {object} Visit
 * @property {Pick<import('./state.js').Acts, 'join'|'consent'|'leave'|'retry'|'takeBack'|'record'|'stopRecording'|
 *   'remove'|'end'>} act
 * @property {import('./stay.js').Stay} stay
 * @property {() => void} seen the page is looked at again, or the network is back
 * @property {() => void} hide the page closes
 * @property {(power: import('./entry.js').HostPower|null) => void} power
 * @property {(code: 'own-window') => Promise<void>} handOver gives the seat up here, without a word to the bridge
 * @property {() => Promise<void>} close
 */

/**
 * @param {object} deps
 * @param {any} deps.window
 * @param {typeof globalThis.fetch} deps.fetch
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {(count: number) => Uint8Array} deps.random
 * @param {() => Promise<typeof import('amazon-chime-sdk-js')>} deps.sdk
 * @param {string} deps.door
 * @param {import('./keys.js').Seat} deps.seat
 * @param {import('./entry.js').HostPower|null} deps.power
 * @param {boolean} deps.justIssued
 * @param {boolean} deps.recorder
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').RoomState>>} deps.store
 * @param {import('./devices.js').Devices} deps.devices
 * @returns {Visit}
 */
export function startVisit(deps) {
    const { window, fetch, now, after, random, door, seat, justIssued, recorder, store, devices } = deps;
    const signals = openSignals({ seat, door, fetch, navigator: window.navigator, now, after, random });
    const log = keepChatLog({ after, signals });
    const arrival = makeArrival({ now, send: (data) => signals.send('arrived', data) });
    /** @type {import('./ticket.js').Ticket|null} */
    let ticket = null;
    /** The person (or the recorder) wants to be inside. */
    let wanted = recorder;
    /** Was inside since the last click on join. */
    let been = false;
    let entering = 0;
    let begun = 0;
    /** @type {import('./ticket.js').Place|null} the place being entered */
    let target = null;
    let losses = 0;
    /** A lost connection rests before it is tried again. */
    let resting = false;
    /** @type {import('./ticket.js').Place|null} a place that lets nobody in any more */
    let failed = null;
    let over = false;
    let closed = false;
    let farewell = '';
    let cancelRetry = () => {};
    let cancelSuccessor = () => {};

    const stay = makeStay({
        store,
        devices,
        console: window.console,
        now,
        after,
        random,
        receiveOnly: recorder,
        on: {
            start() {
                been = true;
                losses = 0;
                cancelSuccessor();
                certain.started();
                show('in');
            },
            reconnecting() {
                show('reconnecting');
                looking.hurry();
            },
            end: ended,
            recorders() {
                gate.weigh();
                looking.hurry();
            },
            roster: () => certain.roster(),
            hint: () => looking.hurry(),
            said: (text) => log.add(text)
        }
    });

    const certain = makeCertain({ now, after, onChange: () => gate.weigh() });
    const gate = makeGate({
        store,
        stay,
        certain: certain.now,
        recorder,
        tell: (given, newest) => tell('consent', 'consent', { given }, newest)
    });
    const host = makeHost({ power: deps.power, store, now, after, tell });
    let looking = look();
    void signAhead();

    function look() {
        return startLooking({
            fetch,
            now,
            after,
            seat,
            steady: recorder,
            hidden: () => Boolean(window.document.hidden) && !wanted,
            onTicket: seenTicket,
            onMissing: missing
        });
    }

    async function signAhead() {
        farewell = '';
        farewell = recorder ? '' : await signals.inAdvance('left');
    }

    /**
     * @param {import('./state.js').Phase} phase
     * @param {import('./state.js').Reason|null} [reason]
     */
    function show(phase, reason = null) {
        if (!closed) {
            store.set({ phase, reason });
        }
    }

    /**
     * Ends the visit until a click begins it anew.
     * @param {import('./state.js').Phase} phase
     * @param {import('./state.js').Reason} reason
     */
    function finish(phase, reason) {
        over = true;
        wanted = false;
        abandon();
        looking.stop();
        certain.stop();
        cancelSuccessor();
        store.set({ doors: false });
        show(phase, reason);
        void stay.leave();
        devices.release();
        if (!recorder) {
            void log.flush();
        }
    }

    /** @param {import('./ticket.js').Ticket} seen @param {number} since */
    function seenTicket(seen, since) {
        if (over) {
            return;
        }
        ticket = seen;
        const { subject, name, role, policy, recording, opensAt = null } = seen;
        const { self } = store.get();
        const nameOpen = role === 'guest';
        store.set({
            ticket: { subject, name, role, policy, recording, opensAt },
            self: { ...self, seat: seen.seat, nameOpen, name: (nameOpen && self.name) || name }
        });
        certain.read(since);
        gate.weigh();
        host.judge();
        settle();
    }

    /** @param {{ms: number, cause: 'missing'|'unreachable'|'damaged'}} missing */
    function missing({ ms, cause }) {
        if (over || ticket) {
            return;
        }
        if (cause === 'damaged' && ms >= DAMAGED_MS) {
            show('refused', { code: 'ticket-damaged' });
        } else if (recorder || ms < MISSING_MS) {
            show('looking');
        } else if (cause === 'unreachable') {
            show('refused', { code: 'not-connected' });
        } else if (!justIssued) {
            show('refused', { code: 'wrong-link' });
        } else {
            show(ms < NOT_ANSWERED_MS ? 'looking' : 'refused', { code: 'not-answered' });
        }
    }

    /** What follows from ticket, wish and connection. Called whenever one of them changed. */
    function settle() {
        if (over || !ticket) {
            return;
        }
        const text = ticket.reason;
        if (ticket.state === 'ended') {
            finish('ended', { code: 'meeting-ended', text });
        } else if (ticket.state === 'removed') {
            finish('removed', { code: 'removed', text });
        } else if (ticket.state === 'waiting') {
            doorsClosed(ticket);
        } else {
            doorsOpen(placeOf(ticket));
        }
    }

    /** @param {import('./ticket.js').Ticket} waiting */
    function doorsClosed({ reason, opensAt }) {
        store.set({ doors: false });
        failed = null;
        if (recorder) {
            show('waiting');
            been = false;
            abandon();
            void stay.leave();
            return;
        }
        arrival.ring();
        if (stay.inside()) {
            return; // Chime will say when it is over
        }
        if (been && wanted) {
            show('reconnecting');
        } else if (reason) {
            show('waiting', { code: reason.startsWith('CB-017') ? 'full' : 'doors-closed', text: reason });
        } else if (opensAt) {
            show('waiting', { code: 'doors-closed' });
        } else {
            show(wanted ? 'joining' : 'prejoin');
        }
    }

    /** @param {import('./ticket.js').Place|null} place */
    function doorsOpen(place) {
        if (!place || samePlace(place, failed)) {
            store.set({ doors: false });
            if (!recorder) {
                arrival.ring(failed?.meeting.MeetingId);
            }
            if (!stay.inside()) {
                show(been ? 'reconnecting' : wanted ? 'joining' : 'prejoin');
            }
            return;
        }
        store.set({ doors: true });
        failed = null;
        cancelSuccessor();
        if (stay.inside() && !samePlace(stay.place(), place)) {
            void enter(place);
        } else if (!stay.inside() && wanted && !resting) {
            void enter(place);
        } else if (!wanted) {
            show('prejoin');
            after(PRELOAD_MS, () => void deps.sdk().catch(() => {}));
        }
    }

    /** What is being entered is not wanted any more. */
    function abandon() {
        entering += 1;
        target = null;
        resting = false;
        cancelRetry();
    }

    /** @param {import('./ticket.js').Place} place */
    async function enter(place) {
        if (samePlace(place, target)) {
            return;
        }
        abandon();
        target = place;
        const mine = entering;
        show(been ? 'reconnecting' : 'joining');
        try {
            const [sdk] = await Promise.all([deps.sdk(), stay.leave()]);
            if (mine === entering && wanted) {
                certain.enter();
                looking.hurry();
                await stay.enter(sdk, place);
            }
        } catch {
            if (mine === entering) {
                finish('refused', { code: 'sdk-failed' });
            }
        }
        if (mine === entering) {
            target = null;
        }
    }

    /**
     * @param {import('./meeting.js').Ending} ending
     * @param {import('./ticket.js').Place} place
     */
    function ended(ending, place) {
        if (over || closed || ending === 'left') {
            return;
        }
        looking.hurry();
        if (ending === 'elsewhere') {
            finish('elsewhere', { code: 'opened-elsewhere' });
        } else if (ending === 'full') {
            finish('refused', { code: 'full' });
        } else if (ending === 'gone') {
            failed = place;
            cancelSuccessor();
            if (!recorder) {
                cancelSuccessor = after(SUCCESSOR_MS, () => finish('refused', { code: 'signaling-lost' }));
            }
            settle();
        } else {
            lost();
        }
    }

    function lost() {
        const wait = RETRY_MS[losses];
        losses += 1;
        if (wait === undefined && !recorder) {
            finish('refused', { code: been ? 'signaling-lost' : 'blocked' });
            return;
        }
        show(been ? 'reconnecting' : 'joining');
        cancelRetry();
        resting = true;
        cancelRetry = after(wait ?? RETRY_MS[RETRY_MS.length - 1], () => {
            resting = false;
            settle();
        });
    }

    /**
     * @param {NonNullable<import('./state.js').RoomState['unsent']>} what
     * @param {import('./signal.js').Kind} kind
     * @param {object} data
     * @param {() => boolean} [newest] false: what became of it interests nobody any more
     */
    async function tell(what, kind, data, newest = () => true) {
        store.set({ unsent: null });
        const taken = await signals.send(kind, data);
        if (!newest()) {
            return taken;
        }
        if (taken) {
            looking.hurry();
            stay.hint();
        } else {
            store.set({ unsent: what });
        }
        return taken;
    }

    /** @param {boolean} enterAtOnce */
    async function begin(enterAtOnce) {
        begun += 1;
        const mine = begun;
        over = false;
        // What the old ticket said may be over: the next look tells.
        ticket = null;
        wanted = enterAtOnce || recorder;
        been = false;
        losses = 0;
        failed = null;
        arrival.reset();
        looking.stop();
        show('looking');
        if (wanted && !recorder) {
            void devices.restore();
        }
        await signAhead();
        if (!over && !closed && mine === begun) {
            looking = look();
        }
    }

    return {
        stay,
        act: {
            async join() {
                if (!over && !wanted) {
                    wanted = true;
                    settle();
                }
            },
            consent: gate.consent,
            async leave() {
                if (over) {
                    return;
                }
                finish('left', { code: 'left' });
                await signals.send('left');
            },
            async retry() {
                const { phase, reason } = store.get();
                if (['left', 'refused'].includes(phase)) {
                    await begin(reason !== null && ENTER_AGAIN.includes(reason.code));
                }
            },
            async takeBack() {
                if (store.get().phase === 'elsewhere') {
                    await begin(true);
                }
            },
            ...host.act
        },
        seen() {
            if (over) {
                return;
            }
            looking.hurry();
            if (wanted && !stay.inside() && target === null) {
                losses = Math.min(losses, 1);
                resting = false;
                cancelRetry();
                settle();
            }
        },
        hide() {
            log.farewell();
            if (over || closed) {
                return;
            }
            if (farewell && ticket) {
                signals.beacon(farewell);
            }
            finish('left', { code: 'left' });
        },
        power: host.renew,
        async handOver(code) {
            finish('elsewhere', { code });
            await stay.leave();
        },
        async close() {
            closed = true;
            finish('left', { code: 'left' });
            host.stop();
            await stay.leave();
            log.stop();
            signals.stop();
        }
    };
}
