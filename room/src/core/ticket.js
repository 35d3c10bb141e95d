// @ts-check
/**
 * Opens a ticket with the seat's key. A file that was changed, renamed or written for somebody else does not open:
 * its name is part of what is authenticated.
 */
import { fromBase64url } from './keys.js';

/**
 * @typedef {object} Ticket
 * @property {number} revision
 * @property {'waiting'|'open'|'ended'|'removed'} state
 * @property {string} seat
 * @property {string} subject
 * @property {string} name
 * @property {import('./state.js').Role} role
 * @property {import('./state.js').Policy} policy
 * @property {import('./state.js').RecordingWord} recording
 * @property {number} [opensAt]
 * @property {string} [reason]
 * @property {{MeetingId: string, [field: string]: unknown}} [meeting]
 * @property {{AttendeeId: string, ExternalUserId: string, JoinToken: string}} [attendee]
 */

/**
 * What an open ticket lets into: the Chime meeting and the attendee, as the SDK takes them.
 * @typedef {{meeting: NonNullable<Ticket['meeting']>, attendee: NonNullable<Ticket['attendee']>}} Place
 */

/** The file is there and is no ticket of this seat. */
export class BadTicket extends Error {
    /** @param {'version'|'sealed'|'content'} because */
    constructor(because) {
        super(`the ticket cannot be read: ${because}`);
        this.because = because;
    }
}

const STATES = ['waiting', 'open', 'ended', 'removed'];

/**
 * @param {any} file the JSON of the object
 * @param {import('./keys.js').Seat} seat
 * @returns {Promise<Ticket>}
 * @throws {BadTicket}
 */
export async function openTicket(file, seat) {
    if (file?.v !== 1) {
        throw new BadTicket('version');
    }
    const nonce = fromBase64url(String(file.nonce));
    const sealed = fromBase64url(String(file.sealed));
    if (nonce?.length !== 12 || !sealed) {
        throw new BadTicket('sealed');
    }
    const additionalData = new TextEncoder().encode(`v1|${seat.object}`);
    let plain;
    try {
        plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData }, seat.seal, sealed);
    } catch {
        throw new BadTicket('sealed');
    }
    try {
        const ticket = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain));
        if (Number.isInteger(ticket.revision) && STATES.includes(ticket.state) && typeof ticket.seat === 'string') {
            return ticket;
        }
    } catch {
        // Said below.
    }
    throw new BadTicket('content');
}

/**
 * @param {Ticket} ticket
 * @returns {Place|null} null unless it is open and says where
 */
export function placeOf({ state, meeting, attendee }) {
    return state === 'open' && meeting && attendee ? { meeting, attendee } : null;
}

/**
 * @param {Place|null|undefined} a
 * @param {Place|null|undefined} b
 */
export function samePlace(a, b) {
    return (
        Boolean(a && b) &&
        a?.meeting.MeetingId === b?.meeting.MeetingId &&
        a?.attendee.AttendeeId === b?.attendee.AttendeeId
    );
}
