/**
 * Values of records as texts and links, for tables and field lists alike.
 */
// @ts-check
import { formatDateTime } from 'c/chimeFormat';
import { recordAddress } from 'console/router';
import { texts } from 'console/texts';

/**
 * @typedef {{key: string, text: string, href: string|null}} Cell
 */

/**
 * @param {string} key
 * @param {{type?: string, value: any, display?: string|null, refers?: string|null}} field
 * @returns {Cell}
 */
export function cell(key, { type, value, display, refers }) {
    const href = refers && value ? recordAddress(refers, value) : null;
    return { key, text: textOf(type, value, display), href };
}

/**
 * @param {string|undefined} type
 * @param {any} value
 * @param {string|null} [display]
 * @returns {string}
 */
function textOf(type, value, display) {
    if (value === null || value === undefined || value === '') {
        return '';
    }
    if (typeof value === 'boolean') {
        return value ? texts.yes : texts.no;
    }
    if (type === 'datetime') {
        return formatDateTime(value);
    }
    return display || (typeof value === 'object' ? JSON.stringify(value) : String(value));
}
