// @ts-check
/**
 * From a join key come the name of the seat's ticket, the key that opens it and the key that signs its signals, as
 * crates/contract/src/keys.rs says. The key's bytes are used here once and go nowhere else; what is kept are
 * WebCrypto keys that cannot be read out.
 */

const utf8 = new TextEncoder();

/**
 * @typedef {object} Seat
 * @property {string} ticket name of the ticket: 64 hex characters
 * @property {string} object its path in the bucket
 * @property {CryptoKey} seal opens the ticket
 * @property {CryptoKey} signal signs
 */

/**
 * @param {string} text base64url without padding
 * @returns {Uint8Array<ArrayBuffer>|null} null if it is none, or not the shortest writing of these bytes
 */
export function fromBase64url(text) {
    if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
        return null;
    }
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return toBase64url(bytes) === text ? bytes : null;
}

/**
 * @param {ArrayBuffer|Uint8Array} data
 * @returns {string}
 */
export function toBase64url(data) {
    const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
    const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * @param {ArrayBuffer|Uint8Array} data
 * @returns {string} lower-case hex
 */
export function toHex(data) {
    const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>|null} the 32 bytes of a join key, or null
 */
export function readKey(text) {
    const bytes = fromBase64url(text);
    return bytes?.length === 32 ? bytes : null;
}

/**
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {string} orgId 18 characters
 * @param {'ticket-v1'|'signal-v1'} info
 * @returns {Promise<Uint8Array<ArrayBuffer>>} 32 bytes
 */
export async function derive(secret, orgId, info) {
    const source = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
    const how = { name: 'HKDF', hash: 'SHA-256', salt: utf8.encode(orgId), info: utf8.encode(info) };
    return new Uint8Array(await crypto.subtle.deriveBits(how, source, 256));
}

/**
 * @param {string} text the join key as it stands in a link
 * @param {string} orgId 18 characters
 * @returns {Promise<Seat|null>} null if the text is no key
 */
export async function seatOf(text, orgId) {
    const secret = readKey(text);
    if (!secret) {
        return null;
    }
    const ticket = toHex(await crypto.subtle.digest('SHA-256', secret));
    const [sealing, signing] = await Promise.all([
        derive(secret, orgId, 'ticket-v1'),
        derive(secret, orgId, 'signal-v1')
    ]);
    secret.fill(0);
    const hmac = { name: 'HMAC', hash: 'SHA-256' };
    return {
        ticket,
        object: `tickets/${ticket}.json`,
        seal: await crypto.subtle.importKey('raw', sealing, 'AES-GCM', false, ['decrypt']),
        signal: await crypto.subtle.importKey('raw', signing, hmac, false, ['sign'])
    };
}
