// @ts-check
/**
 * One visit of one seat, from its key to the goodbye: looks at the ticket, enters by `door` when both the ticket and
 * the person say so, and stops for good when the ticket says ended or removed. A click may begin it anew.
 */
import { makeArrival } from './arrival.js';
import { makeCertain } from './certain.js';
import { keepChatLog } from './chatlog.js';
import { makeDoor } from './door.js';
import { makeGate } from './gate.js';
import { makeHost } from './host.js';
import { startLooking } from './looking.js';
import { withoutTicket } from './outside.js';
import { openSignals } from './signal.js';
import { makeStay } from './stay.js';
import { makeTell } from './tell.js';

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
    const { window, fetch, now, after, random, seat, justIssued, recorder, store, devices } = deps;
    const signals = openSignals({ seat, door: deps.door, fetch, navigator: window.navigator, now, after, random });
    const log = keepChatLog({ after, signals });
    const arrival = makeArrival({ now, send: (data) => signals.send('arrived', data) });
    /** @type {import('./ticket.js').Ticket|null} */
    let ticket = null;
    /** The person (or the recorder) wants to be inside. */
    let wanted = recorder;
    let begun = 0;
    let over = false;
    let closed = false;
    let farewell = '';

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
                door.started();
                certain.started();
                if (!certain.now()) {
                    looking.hurry();
                }
                show('in');
            },
            reconnecting() {
                // A recorder may come in while nobody waits for us.
                certain.enter(true);
                show('reconnecting');
                looking.hurry();
            },
            end(ending, place) {
                if (!over && !closed && ending !== 'left') {
                    looking.hurry();
                    door.ended(ending, place);
                }
            },
            recorders() {
                gate.weigh();
                looking.hurry();
            },
            roster: () => certain.roster(),
            hint: () => looking.hurry(),
            said: (text) => log.add(text)
        }
    });

    const tell = makeTell({
        store,
        signals,
        onTaken() {
            looking.hurry();
            stay.hint();
        }
    });
    const door = makeDoor({
        sdk: deps.sdk,
        after,
        recorder,
        store,
        stay,
        ring: arrival.ring,
        wanted: () => wanted,
        again: settle,
        onEnter() {
            certain.enter();
            looking.hurry();
        },
        show,
        finish
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
        door.stop();
        looking.stop();
        certain.stop();
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

    /** @param {{ms: number, cause: 'missing'|'unreachable'|'damaged'}} seen */
    function missing(seen) {
        if (!over && !ticket) {
            const { phase, reason } = withoutTicket({ ...seen, recorder, justIssued });
            show(phase, reason);
        }
    }

    function settle() {
        if (!over && ticket) {
            door.settle(ticket);
        }
    }

    /** @param {boolean} enterAtOnce */
    async function begin(enterAtOnce) {
        begun += 1;
        const mine = begun;
        over = false;
        // What the old ticket said may be over: the next look tells.
        ticket = null;
        wanted = enterAtOnce || recorder;
        door.reset();
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
            if (wanted) {
                door.hurry();
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
