// @ts-check
/**
 * A seat's ticket: from the join key come its name and the key that opens it, as
 * crates/contract/src/keys.rs and ticket.rs say. The join key stays in this module's hands.
 */

/** The ticket is there and does not open, or is not one. Loading the page anew may help. */
export class BadTicket extends Error {}

/**
 * @typedef {object} Ticket
 * @property {number} revision
 * @property {string} state
 * @property {string} subject
 * @property {string} [reason]
 * @property {{MeetingId: string}} [meeting]
 * @property {{AttendeeId: string, JoinToken: string}} [attendee]
 */

const utf8 = new TextEncoder();

/**
 * @param {string} text base64url without padding
 * @returns {Uint8Array<ArrayBuffer>}
 */
function bytes(text) {
    if (!/^[\w-]*$/.test(text)) {
        throw new BadTicket('not base64url');
    }
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

export class Seat {
    /** @type {string} */
    #path;
    /** @type {CryptoKey} */
    #seal;

    /**
     * @param {string} path
     * @param {CryptoKey} seal
     */
    constructor(path, seal) {
        this.#path = path;
        this.#seal = seal;
    }

    /**
     * @param {string} joinKey 43 characters
     * @param {string} orgId 18 characters
     */
    static async of(joinKey, orgId) {
        if (joinKey.length !== 43) {
            throw new BadTicket('the address holds no join key of 43 characters');
        }
        const secret = bytes(joinKey);
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', secret));
        const name = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
        const source = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
        const how = { name: 'HKDF', hash: 'SHA-256', salt: utf8.encode(orgId), info: utf8.encode('ticket-v1') };
        const kind = { name: 'AES-GCM', length: 256 };
        const seal = await crypto.subtle.deriveKey(how, source, kind, false, ['decrypt']);
        return new Seat(`tickets/${name}.json`, seal);
    }

    /**
     * Reads the ticket; null if there is none. Throws `BadTicket`, or what `fetch` throws.
     * @returns {Promise<Ticket | null>}
     */
    async look() {
        const answer = await fetch(`/${this.#path}`, { cache: 'no-store', signal: AbortSignal.timeout(5000) });
        if (answer.status === 403 || answer.status === 404) {
            return null;
        }
        if (!answer.ok) {
            throw new Error(`the ticket answered ${answer.status}`);
        }
        const file = await answer.json();
        if (file.v !== 1) {
            throw new BadTicket('the ticket is of a version this page does not read');
        }
        const how = { name: 'AES-GCM', iv: bytes(file.nonce), additionalData: utf8.encode(`v1|${this.#path}`) };
        let plain;
        try {
            plain = await crypto.subtle.decrypt(how, this.#seal, bytes(file.sealed));
        } catch {
            throw new BadTicket('the ticket does not open with this key');
        }
        return JSON.parse(new TextDecoder().decode(plain));
    }
}
