/**
 * What things are called: objects, fields, tabs and actions as force-app translates them, else as the org says.
 */
// @ts-check
import { GERMAN, TABS } from 'console/forceApp';
import { german } from 'console/settings';
import { texts } from 'console/texts';

/** @param {string} key @param {string} english */
const translated = (key, english) => (german && GERMAN[key]) || english;

/** @param {string} object @param {string} field @param {string} label */
export const fieldLabel = (object, field, label) => translated(`${object}.${field}`, label);

/** @param {string} object @param {string} label */
export const objectLabel = (object, label) => translated(object, label);

/** @param {string} object @param {string} label */
export const objectsLabel = (object, label) =>
    /** @type {Record<string, string>} */ ({ Account: texts.accounts, Contact: texts.contacts })[object] ??
    translated(`${object}.(plural)`, label);

/** @param {{name: string, label: string|null}} tab */
export const tabLabel = ({ name, label }) => translated(`tab ${name}`, label ?? name);

/** @param {{name: string, label: string}} action */
export const actionLabel = ({ name, label }) => translated(`action ${name}`, label);

const STANDARD = { Account: 'standard:account', Contact: 'standard:contact', User: 'standard:user' };

/** @param {string} object @returns {string} the icon's name */
export const objectIcon = (object) =>
    /** @type {Record<string, string>} */ (STANDARD)[object] ??
    TABS.find(({ name }) => name === object)?.icon ??
    'standard:record';
