/**
 * Apex methods for components: callable, and usable as wire adapters if the method is cacheable. Answers of
 * cacheable methods are kept for this page and frozen, as the platform does, until refreshApex asks anew.
 */
// @ts-check
import { call } from './server.js';

/**
 * @typedef {object} Entry one cacheable method with one set of arguments
 * @property {() => Promise<any>} ask
 * @property {Promise<any>|null} answer
 * @property {Set<(result: object) => void>} listeners
 */

/** @type {Map<string, Entry>} */
const entries = new Map();
/** @type {WeakMap<object, Entry>} which entry a provisioned result came from */
const sources = new WeakMap();

/**
 * @param {string} name "Class.method"
 * @param {object} args
 * @returns {Entry}
 */
function entryOf(name, args) {
    const key = `${name} ${JSON.stringify(args)}`;
    let entry = entries.get(key);
    if (!entry) {
        entry = { ask: () => call(`/apex/${name}`, args), answer: null, listeners: new Set() };
        entries.set(key, entry);
    }
    return entry;
}

/**
 * @param {Entry} entry
 * @param {boolean} anew
 * @returns {Promise<any>} the kept answer, or a new one; a failure is not kept
 */
function answerOf(entry, anew = false) {
    if (anew || !entry.answer) {
        const answer = entry.ask().then(frozen);
        entry.answer = answer;
        answer.catch(() => {
            if (entry.answer === answer) {
                entry.answer = null;
            }
        });
    }
    return /** @type {Promise<any>} */ (entry.answer);
}

/** @param {any} value @returns {any} */
function frozen(value) {
    if (value && typeof value === 'object') {
        Object.values(value).forEach(frozen);
        Object.freeze(value);
    }
    return value;
}

/**
 * @param {Entry} entry
 * @param {Promise<any>} answer
 * @param {Iterable<(result: object) => void>} listeners
 */
async function provision(entry, answer, listeners) {
    const result = await answer.then(
        (data) => ({ data, error: undefined }),
        (error) => ({ data: undefined, error })
    );
    sources.set(result, entry);
    for (const listener of [...listeners]) {
        listener(result);
    }
    return result;
}

/** @param {string} name */
function adapterOf(name) {
    return class ApexWire {
        /** @param {(result: object) => void} provide */
        constructor(provide) {
            this.listener = provide;
            /** @type {Entry|null} */
            this.entry = null;
            provide({ data: undefined, error: undefined });
        }

        connect() {
            this.entry?.listeners.add(this.listener);
        }

        disconnect() {
            this.entry?.listeners.delete(this.listener);
        }

        /** @param {Record<string, unknown>} config */
        update(config) {
            this.disconnect();
            this.entry = null;
            if (Object.values(config).some((value) => value === undefined)) {
                return;
            }
            const entry = entryOf(name, config);
            this.entry = entry;
            entry.listeners.add(this.listener);
            provision(entry, answerOf(entry), [
                (/** @type {object} */ result) => {
                    if (this.entry === entry) {
                        this.listener(result);
                    }
                }
            ]);
        }
    };
}

/**
 * @param {string} name "Class.method"
 * @param {boolean} cacheable
 */
export function apexMethod(name, cacheable) {
    /** @param {object} [args] */
    const method = (args = {}) => (cacheable ? answerOf(entryOf(name, args)) : call(`/apex/${name}`, args));
    return cacheable ? Object.assign(method, { adapter: adapterOf(name) }) : method;
}

/**
 * Asks anew for what a wire has given, and gives it to all that wait for the same.
 * @param {object} result as the wire has given it
 */
export async function refreshApex(result) {
    const entry = sources.get(result);
    if (!entry) {
        return;
    }
    const { error } = /** @type {{error: unknown}} */ (await provision(entry, answerOf(entry, true), entry.listeners));
    if (error) {
        throw error;
    }
}
