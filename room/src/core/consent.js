// @ts-check
/**
 * What a person's word on recording means here. The bridge decides about the recording (src/meeting/recording.rs):
 * under *everyone agrees* no recorder enters before all who are there have agreed, and a refusal stops one that
 * records. It does not stop for a newcomer who has not answered: so this room sends nothing of a person while
 * a recorder is there, unless they have agreed. Whoever declines stays in the meeting; when the recording has
 * stopped, they may speak again.
 */

/** Words of the ticket under which a recorder is in the meeting or on the way in. */
const RUNS = ['Starting', 'Recording'];
/** Words under which a recording is wanted or in sight. */
const WANTED = ['Preparing', 'Waiting for consent', ...RUNS];

/**
 * @param {object} known
 * @param {import('./state.js').Policy|null} known.policy
 * @param {import('./state.js').RecordingWord} known.recording
 * @param {boolean} known.recorder one is in the meeting's roster
 * @param {import('./state.js').Consent} known.consent
 * @param {boolean} [known.refusing] a refusal was just given and is on its way
 * @returns {{ask: import('./state.js').Ask, canSend: boolean}}
 */
export function judge({ policy, recording, recorder, consent, refusing = false }) {
    if (policy !== 'everyone') {
        return { ask: 'no', canSend: true };
    }
    const runs = recorder || RUNS.includes(recording);
    const agreed = consent === 'Given' && !refusing;
    const wanted = runs || WANTED.includes(recording);
    return { ask: wanted && consent === 'Not asked' ? 'must' : 'may', canSend: agreed || !runs };
}

/**
 * @param {import('./state.js').Consent} before
 * @param {boolean} given
 * @returns {import('./state.js').Consent}
 */
export function answered(before, given) {
    if (given) {
        return 'Given';
    }
    return before === 'Given' || before === 'Withdrawn' ? 'Withdrawn' : 'Declined';
}
