/**
 * What stands around an object: list views, compact layouts, validation rules, formulas, lookups, sharing rules,
 * paths, field sets and records of custom metadata name fields and values that exist.
 */
import { formulaFaults } from '../tree/formula.mjs';
import { objectOf } from '../tree/objects.mjs';
import { many } from '../tree/xml.mjs';

export const name = 'parts of objects';

/** Names by which list views call Salesforce's own fields. */
const STANDARD_COLUMN = /^[A-Z][A-Z0-9_.]*$/;

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    const { source, objects } = world;
    /** @type {(suffix: string, inspect: (member: any, say: (message: string) => void) => void) => void} */
    const each = (suffix, inspect) =>
        source
            .members(suffix)
            .forEach((member) => inspect(member, (message) => findings.push({ file: member.path, message })));

    each('object', ({ path, name: object, xml }, say) => {
        const layout = xml.compactLayoutAssignment;
        if (layout && layout !== 'SYSTEM' && !world.has('compactLayout', layout, path)) {
            say(`no compact layout ${layout}`);
        }
        for (const override of many(xml.actionOverrides)) {
            if (override.type === 'Flexipage' && !world.has('flexipage', override.content, path)) {
                say(`no page ${override.content}`);
            }
        }
        for (const field of many(xml.searchLayouts).flatMap((search) => Object.values(search).flatMap(many))) {
            if (/__c$/.test(field) && !objects.field(object, field, path)) {
                say(`no field ${field}`);
            }
        }
    });
    each('field', ({ path, xml }, say) => {
        const object = objectOf(path);
        if (xml.referenceTo && !objects.find(xml.referenceTo, path)) {
            say(`no object ${xml.referenceTo}`);
        }
        if (xml.formula) {
            formulaFaults(xml.formula, object, world, path).forEach(say);
        }
        if (/__c$/.test(object) && !xml.description) {
            say('has no description');
        }
    });
    each('validationRule', ({ path, xml }, say) => {
        const object = objectOf(path);
        formulaFaults(xml.errorConditionFormula ?? '', object, world, path).forEach(say);
        if (xml.errorDisplayField && !objects.field(object, xml.errorDisplayField, path)) {
            say(`no field ${xml.errorDisplayField}`);
        }
    });
    each('listView', ({ path, xml }, say) => {
        const columns = [...many(xml.columns), ...many(xml.filters).map((filter) => filter.field)];
        for (const column of columns.filter((column) => !STANDARD_COLUMN.test(column))) {
            if (!objects.field(objectOf(path), column, path)) {
                say(`no field ${column}`);
            }
        }
        for (const filter of many(xml.filters)) {
            valueFaults(world, objectOf(path), filter.field, filter.value, path).forEach(say);
        }
    });
    each('compactLayout', ({ path, xml }, say) => {
        many(xml.fields)
            .filter((field) => !objects.field(objectOf(path), field, path))
            .forEach((field) => say(`no field ${field}`));
    });
    each('fieldSet', ({ path, xml }, say) => {
        const fields = [...many(xml.displayedFields), ...many(xml.availableFields)].map((item) => item.field);
        for (const field of fields) {
            const fault = objects.fault(objectOf(path), field, path);
            if (fault) {
                say(fault);
            }
        }
    });
    each('sharingRules', ({ path, name: object, xml }, say) => {
        if (!objects.find(object, path)) {
            say(`no object ${object}`);
        }
        for (const rule of [
            ...many(xml.sharingOwnerRules),
            ...many(xml.sharingCriteriaRules),
            ...many(xml.sharingGuestRules)
        ]) {
            const groups = [...many(rule.sharedTo?.group), ...many(rule.sharedFrom?.group)];
            groups.filter((group) => !world.has('group', group, path)).forEach((group) => say(`no group ${group}`));
            for (const item of many(rule.criteriaItems)) {
                if (!objects.field(object, item.field, path)) {
                    say(`no field ${item.field}`);
                }
            }
        }
    });
    each('pathAssistant', ({ path, xml }, say) => {
        const field = objects.field(xml.entityName, xml.fieldName, path);
        if (!field) {
            say(`no field ${xml.entityName}.${xml.fieldName}`);
        }
        for (const step of many(xml.pathAssistantSteps)) {
            valueFaults(world, xml.entityName, xml.fieldName, step.picklistValueName, path).forEach(say);
            many(step.fieldNames)
                .filter((each) => !objects.field(xml.entityName, each, path))
                .forEach((each) => say(`no field ${each}`));
        }
    });
    each('md', ({ path, name: record, xml }, say) => {
        const type = `${record.split('.')[0]}__mdt`;
        if (!objects.find(type, path)) {
            say(`no custom metadata type ${type}`);
        }
        for (const value of many(xml.values)) {
            if (!objects.field(type, value.field, path)) {
                say(`no field ${type}.${value.field}`);
            } else {
                valueFaults(world, type, value.field, value.value, path).forEach(say);
            }
        }
    });
    return findings;
}

/**
 * Values that a restricted picklist does not have.
 *
 * @param {import('../tree/names.mjs').World} world
 * @param {string} object
 * @param {string} fieldName
 * @param {any} value as in a filter: several are parted by commas
 * @param {string} from
 * @returns {string[]}
 */
export function valueFaults(world, object, fieldName, value, from) {
    const field = world.objects.field(object, fieldName, from);
    const set = field?.xml?.valueSet?.valueSetDefinition;
    if (!set || typeof value !== 'string' || value === '') {
        return [];
    }
    const known = new Set(many(set.value).map((each) => each.fullName));
    const asked = known.has(value) ? [] : value.split(',').map((each) => each.trim());
    return asked.filter((each) => !known.has(each)).map((each) => `${fieldName} has no value ${each}`);
}
