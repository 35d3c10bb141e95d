// @ts-check
/** Reads the rows that Rust, the room and Apex must all agree on. */
import { readFileSync } from 'node:fs';

/**
 * @param {string} name
 * @returns {any}
 */
export function vectors(name) {
    return JSON.parse(readFileSync(new URL(`../../../crates/contract/vectors/${name}.json`, import.meta.url), 'utf8'));
}
