// @ts-check
/**
 * What the person asks of the bridge: sent by a signal; the snapshot says what did not get there.
 */

/**
 * @callback Tell
 * @param {NonNullable<import('./state.js').RoomState['unsent']>} what
 * @param {import('./signal.js').Kind} kind
 * @param {object} data
 * @param {() => boolean} [newest] false: what became of it interests nobody any more
 * @returns {Promise<boolean>} whether the door has taken it
 */

/**
 * @param {object} deps
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').RoomState>>} deps.store
 * @param {Pick<import('./signal.js').Signals, 'send'>} deps.signals
 * @param {() => void} deps.onTaken the ticket is about to change
 * @returns {Tell}
 */
export function makeTell({ store, signals, onTaken }) {
    return async (what, kind, data, newest = () => true) => {
        store.set({ unsent: null });
        const taken = await signals.send(kind, data);
        if (!newest()) {
            return taken;
        }
        if (taken) {
            onTaken();
        } else {
            store.set({ unsent: what });
        }
        return taken;
    };
}
