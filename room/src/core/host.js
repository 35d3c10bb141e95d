// @ts-check
/**
 * What a host may do: record, stop, remove, end. Power comes from the click in Salesforce as a proof that expires; the
 * bridge checks it, and the role, at each signal. Here it only decides what is offered.
 */

/** A timer cannot wait longer than some 24 days, so it looks again each day. */
const DAY_MS = 86_400_000;

/**
 * @typedef {object} Host
 * @property {() => void} judge says anew whether there is power; called when the ticket came or changed
 * @property {(power: import('./entry.js').HostPower|null) => void} renew
 * @property {() => void} stop
 * @property {Pick<import('./state.js').Acts, 'record'|'stopRecording'|'remove'|'end'>} act
 */

/**
 * @param {object} deps
 * @param {import('./entry.js').HostPower|null} deps.power
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').RoomState>>} deps.store
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {(what: 'record'|'stop'|'remove'|'end', kind: import('./signal.js').Kind, data: object) => Promise<boolean>
 *   } deps.tell
 * @returns {Host}
 */
export function makeHost({ power, store, now, after, tell }) {
    let cancel = () => {};

    function judge() {
        const { ticket } = store.get();
        const rest = power ? power.exp * 1000 - now() : 0;
        store.set({ host: rest > 0 && (ticket === null || ticket.role === 'host') });
        cancel();
        cancel = rest > 0 ? after(Math.min(rest, DAY_MS), judge) : () => {};
    }

    /**
     * @param {'record'|'stop'|'remove'|'end'} what
     * @param {import('./signal.js').Kind} kind
     * @param {{target?: string}} [more]
     */
    async function act(what, kind, more = {}) {
        judge();
        if (power && store.get().host) {
            await tell(what, kind, { exp: power.exp, proof: power.proof, ...more });
        }
    }

    judge();
    return {
        judge,
        renew(next) {
            power = next;
            judge();
        },
        stop: () => cancel(),
        act: {
            record: () => act('record', 'record'),
            stopRecording: () => act('stop', 'stop-recording'),
            remove: (target) => act('remove', 'remove', { target }),
            end: () => act('end', 'end')
        }
    };
}
