/**
 * The record service as far as the components of force-app use it: one record by its Id, with fields by API name.
 */
// @ts-check
import { record } from 'console/server';

/** @typedef {{fieldApiName: string, objectApiName: string}|string} FieldId */

/** @param {FieldId} field @returns {string} */
const nameOf = (field) => (typeof field === 'string' ? field.split('.').slice(1).join('.') : field.fieldApiName);

/** Wire adapter. Gives only the fields that were asked for, as the platform does. */
export class getRecord {
    /** @param {(result: object) => void} provide */
    constructor(provide) {
        this.provide = provide;
        this.asked = 0;
        provide({ data: undefined, error: undefined });
    }

    connect() {}

    disconnect() {
        this.asked += 1;
    }

    /** @param {{recordId?: string, fields?: FieldId[], optionalFields?: FieldId[]}} config */
    async update({ recordId, fields = [], optionalFields = [] }) {
        this.asked += 1;
        const asked = this.asked;
        if (!recordId) {
            return;
        }
        const result = await record(recordId).then(
            (found) => ({ data: shaped(found, [fields, optionalFields].flat().map(nameOf)), error: undefined }),
            (error) => ({ data: undefined, error })
        );
        if (asked === this.asked) {
            this.provide(result);
        }
    }
}

/**
 * @param {import('console/server').Found} found
 * @param {string[]} names
 */
function shaped(found, names) {
    const fields = names.map((name) => {
        const { value = null, display = null } = found.fields.find((field) => field.name === name) ?? {};
        return [name, { value, displayValue: display }];
    });
    return { apiName: found.object, id: found.id, fields: Object.fromEntries(fields) };
}

/**
 * @param {any} data what getRecord has given
 * @param {FieldId} field
 */
export const getFieldValue = (data, field) => data?.fields?.[nameOf(field)]?.value;

/**
 * @param {any} data what getRecord has given
 * @param {FieldId} field
 */
export const getFieldDisplayValue = (data, field) => data?.fields?.[nameOf(field)]?.displayValue;
