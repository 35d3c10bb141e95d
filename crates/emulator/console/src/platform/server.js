/**
 * The console's server: calls of Apex, and the records and events of the emulated org. Each call says which user
 * asks. What it refuses is thrown in the shape in which the platform hands errors to components.
 */
// @ts-check
import { german, settings } from './settings.js';

/**
 * @param {string} path
 * @param {unknown} [body] posted as JSON; without it the call reads
 * @returns {Promise<any>} the answer; null for none
 */
export async function call(path, body) {
    const { id } = settings.user;
    const asked = await fetch(path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
            'x-console-user': id,
            'x-console-language': german ? 'de' : 'en',
            ...(body === undefined ? {} : { 'content-type': 'application/json' })
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store'
    }).catch(() => fail(0, 'The server of this console does not answer.'));
    const text = asked.status === 204 ? 'null' : await asked.text();
    const answer = parsed(text);
    if (!asked.ok) {
        fail(asked.status, answer?.message ?? `${asked.status} ${asked.statusText}`);
    }
    return answer ?? null;
}

/** @param {string} text */
function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/**
 * @param {number} status
 * @param {string} message
 * @returns {never}
 */
function fail(status, message) {
    throw Object.assign(new Error(message), { ok: false, status, body: { message } });
}

/**
 * @typedef {{name: string, label: string, labelPlural: string, keyPrefix: string|null, count: number}} ObjectRow
 * @typedef {{name: string, label: string, type: string, values?: string[], referenceTo?: string[]}} Field
 * @typedef {{name: string, label: string, fields: Field[]}} Description
 * @typedef {{id: string, name: string, fields: Record<string, any>}} Row
 * @typedef {{name: string, label: string, type: string, value: any, display?: string|null, refers?: string|null}} Value
 * @typedef {{object: string, label: string, field: string, relationship: string|null, records: Row[]}} Related
 * @typedef {{object: string, label: string, id: string, name: string, fields: Value[], related: Related[]}} Found
 */

/** @returns {Promise<ObjectRow[]>} the org's objects, with the number of their records */
export const objects = async () => (await call('/api/objects')).objects;

/** @type {Map<string, Promise<Description>>} */
const described = new Map();

/** @param {string} name @returns {Promise<Description>} asked for once, and again after a failure */
export function describe(name) {
    const asked = described.get(name) ?? call(`/api/describe/${encodeURIComponent(name)}`);
    described.set(name, asked);
    asked.catch(() => described.delete(name));
    return asked;
}

/**
 * @param {string} object
 * @param {number} limit
 * @returns {Promise<{label: string, total: number, records: Row[], names?: Record<string, string>}>} newest first
 */
export const records = (object, limit) => call(`/api/records/${encodeURIComponent(object)}?limit=${limit}`);

/** @param {string} id @returns {Promise<Found>} */
export const record = (id) => call(`/api/record/${encodeURIComponent(id)}`);

/**
 * @typedef {{seq: number, channel: string, name: string, at: string, replayId: string|number, fields: any}} OrgEvent
 * @param {number|undefined} after the number of the last event that is known; without it the last ones of the bus
 * @returns {Promise<{next: number, events: OrgEvent[]}>}
 */
export const events = (after) => call(`/api/events${after === undefined ? '' : `?after=${after}`}`);

/** @returns {Promise<{limits: {name: string, max: number, remaining: number}[]}>} */
export const limits = () => call('/api/limits');
