// @ts-check
/**
 * Keeps what `consent` judges: says in the snapshot how recording stands and what is asked, holds back what may not
 * be sent, and takes the person's answer. A yes counts when the door has taken it; a no holds back at once. Only the
 * newest answer counts: what became of an older one is not heard any more.
 */
import { answered, judge } from './consent.js';

/**
 * @typedef {object} Gate
 * @property {() => void} weigh called whenever ticket, roster or answer changed
 * @property {(given: boolean) => Promise<void>} consent
 */

/**
 * @param {object} deps
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').RoomState>>} deps.store
 * @param {Pick<import('./stay.js').Stay, 'gate'>} deps.stay
 * @param {() => boolean} deps.certain what is known of the meeting is new enough
 * @param {boolean} deps.recorder sends nothing anyhow
 * @param {(given: boolean, newest: () => boolean) => Promise<boolean>} deps.tell
 * @returns {Gate}
 */
export function makeGate({ store, stay, certain, recorder, tell }) {
    let refusing = false;
    let answers = 0;

    function weigh() {
        const { ticket, consent, recorder: there } = store.get();
        // Whoever has agreed, or is only told, need not wait.
        const waits = !recorder && ticket?.policy === 'everyone' && (consent !== 'Given' || refusing) && !certain();
        const word = ticket?.recording ?? 'None';
        const known = { policy: ticket?.policy ?? null, recording: word, recorder: there.present, consent, refusing };
        const { ask, canSend } = recorder ? { ask: /** @type {const} */ ('no'), canSend: true } : judge(known);
        const says = word === 'Recording';
        const live = there.present || says;
        const source = there.present && says ? 'both' : there.present ? 'roster' : says ? 'ticket' : null;
        store.set({ ask, recording: { state: word, live, source } });
        stay.gate({ canSend, refused: refusing || ['Declined', 'Withdrawn'].includes(consent), waits });
        store.set({ self: { ...store.get().self, canSend } });
    }

    return {
        weigh,
        async consent(given) {
            answers += 1;
            const mine = answers;
            const newest = () => mine === answers;
            // A yes after a no that is still on its way opens nothing before the door has taken it.
            refusing ||= !given;
            weigh();
            const taken = await tell(given, newest);
            if (!newest()) {
                return;
            }
            if (taken) {
                store.set({ consent: answered(store.get().consent, given) });
                refusing = false;
            }
            weigh();
        }
    };
}
