/**
 * Which page is shown. Addresses are those of Lightning Experience behind a `#`: `#/r/Account/001…/view` is a
 * record, `#/o/Account/list` its object's list, `#/n/Chime_Privacy` a tab; `#/dev/…` are the developers' pages.
 */
// @ts-check
import { settings } from 'console/settings';

/**
 * @typedef {object} Place
 * @property {'record'|'list'|'tab'|'schedule'|'records'|'events'|'none'} page
 * @property {string} [object]
 * @property {string} [id]
 * @property {string} [tab]
 */

const ID = /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/;
const NAME = /^\w+$/;

/** @param {string} [hash] @returns {Place} */
export function place(hash = window.location.hash) {
    const [first = '', second = '', third = ''] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
    if (first === '') {
        return settings.home ? { page: 'record', object: 'Account', id: settings.home } : listOf('Account');
    }
    if (first === 'r' && NAME.test(second) && ID.test(third)) {
        return { page: 'record', object: second, id: third };
    }
    if (first === 'o' && NAME.test(second)) {
        return listOf(second);
    }
    if (first === 'n' && NAME.test(second)) {
        return { page: 'tab', tab: second };
    }
    if (first === 'schedule') {
        return { page: 'schedule' };
    }
    if (first === 'dev' && second === 'records') {
        return { page: 'records', object: NAME.test(third) ? third : undefined };
    }
    if (first === 'dev' && second === 'record' && ID.test(third)) {
        return { page: 'records', id: third };
    }
    return first === 'dev' && second === 'events' ? { page: 'events' } : { page: 'none' };
}

/** @param {string} object @returns {Place} */
const listOf = (object) => ({ page: 'list', object });

/** @param {string} object @param {string} id */
export const recordAddress = (object, id) => `#/r/${object}/${id}/view`;
/** @param {string} object */
export const listAddress = (object) => `#/o/${object}/list`;
/** @param {string} tab */
export const tabAddress = (tab) => `#/n/${tab}`;
/** @param {string} id */
export const rawAddress = (id) => `#/dev/record/${id}`;
/** @param {string} [object] */
export const viewerAddress = (object) => (object ? `#/dev/records/${object}` : '#/dev/records');
export const EVENTS = '#/dev/events';
export const SCHEDULE = '#/schedule';

/** @param {any} reference a page reference @returns {string|null} its address; null for a page that is not here */
export function addressOf(reference) {
    const { type, attributes = {} } = reference ?? {};
    switch (type) {
        case 'standard__recordPage':
            return recordAddress(attributes.objectApiName, attributes.recordId);
        case 'standard__objectPage':
            return listAddress(attributes.objectApiName);
        case 'standard__navItemPage':
            return tabAddress(attributes.apiName);
        default:
            return null;
    }
}

export function currentReference() {
    const { page, object, id, tab } = place();
    if (page === 'record') {
        const attributes = { objectApiName: object, recordId: id, actionName: 'view' };
        return { type: 'standard__recordPage', attributes, state: {} };
    }
    return page === 'tab'
        ? { type: 'standard__navItemPage', attributes: { apiName: tab }, state: {} }
        : { type: 'standard__objectPage', attributes: { objectApiName: object, actionName: 'list' }, state: {} };
}

/** @param {string} address */
export function go(address) {
    window.location.hash = address;
}

/** @param {() => void} hear called when another page is to be shown @returns {() => void} */
export function follow(hear) {
    window.addEventListener('hashchange', hear);
    return () => window.removeEventListener('hashchange', hear);
}

/** @param {(reference: object) => void} hear @returns {() => void} */
export function followReference(hear) {
    const tell = () => hear(currentReference());
    tell();
    return follow(tell);
}
