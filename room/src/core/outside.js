// @ts-check
/**
 * What is shown of a seat that is not in the meeting: while no ticket is there, and while the doors are closed. Says
 * it from what is known at one moment; changes nothing.
 */

/** @typedef {{phase: import('./state.js').Phase, reason?: import('./state.js').Reason}} Shown */

const MISSING_MS = 30_000;
const NOT_ANSWERED_MS = 60_000;
const DAMAGED_MS = 5000;

/**
 * @param {object} known
 * @param {number} known.ms for how long there has been no ticket
 * @param {'missing'|'unreachable'|'damaged'} known.cause
 * @param {boolean} known.recorder
 * @param {boolean} known.justIssued Salesforce has only just given the link
 * @returns {Shown}
 */
export function withoutTicket({ ms, cause, recorder, justIssued }) {
    if (cause === 'damaged' && ms >= DAMAGED_MS) {
        return { phase: 'refused', reason: { code: 'ticket-damaged' } };
    }
    if (recorder || ms < MISSING_MS) {
        return { phase: 'looking' };
    }
    if (cause === 'unreachable') {
        return { phase: 'refused', reason: { code: 'not-connected' } };
    }
    if (!justIssued) {
        return { phase: 'refused', reason: { code: 'wrong-link' } };
    }
    return { phase: ms < NOT_ANSWERED_MS ? 'looking' : 'refused', reason: { code: 'not-answered' } };
}

/**
 * @param {Pick<import('./ticket.js').Ticket, 'reason'|'opensAt'>} ticket a waiting one
 * @param {{been: boolean, wanted: boolean}} person was inside, and wants to be
 * @returns {Shown}
 */
export function atClosedDoors({ reason, opensAt }, { been, wanted }) {
    if (been && wanted) {
        return { phase: 'reconnecting' };
    }
    if (reason) {
        // CB-017: the Chime session is full.
        return {
            phase: 'waiting',
            reason: { code: reason.startsWith('CB-017') ? 'full' : 'doors-closed', text: reason }
        };
    }
    if (opensAt) {
        return { phase: 'waiting', reason: { code: 'doors-closed' } };
    }
    return { phase: wanted ? 'joining' : 'prejoin' };
}
