/**
 * Flows name objects, fields, values and Apex actions that exist; a Chime event is published by Apex alone.
 */
import { everywhere, many } from '../tree/xml.mjs';
import { valueFaults } from './parts-of-objects.mjs';

export const name = 'flow names';

const RECORD_ELEMENTS = ['recordLookups', 'recordCreates', 'recordUpdates', 'recordDeletes'];

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    for (const flow of world.source.members('flow')) {
        const say = (message) => findings.push({ file: flow.path, message });
        const { xml, path } = flow;
        if (!xml.description) {
            say('has no description');
        }
        records(world, flow, say);
        actions(world, flow, say);
        const object = xml.start?.object;
        if (object && world.objects.find(object, path)) {
            for (const each of everywhere(xml, 'elementReference').concat(everywhere(xml, 'leftValueReference'))) {
                const own = /^\$Record(?:__Prior)?\.([\w.]+)$/.exec(each);
                const fault = own && world.objects.fault(object, own[1], path);
                if (fault) {
                    say(fault);
                }
            }
            for (const text of everywhere(xml, 'expression').concat(
                everywhere(xml, 'text'),
                everywhere(xml, 'filterFormula')
            )) {
                for (const [, own] of String(text).matchAll(/\{!\$Record(?:__Prior)?\.([\w.]+)\}/g)) {
                    const fault = world.objects.fault(object, own, path);
                    if (fault) {
                        say(fault);
                    }
                }
            }
        }
        connectors(xml, say);
    }
    return findings;
}

/** @type {(world: any, flow: any, say: (message: string) => void) => void} */
function records(world, { xml, path }, say) {
    const elements = [...RECORD_ELEMENTS.flatMap((kind) => many(xml[kind])), ...many(xml.start)];
    for (const element of elements.filter((each) => each.object)) {
        const { object } = element;
        if (!world.objects.find(object, path)) {
            say(`no object ${object}`);
            continue;
        }
        if (object === 'Chime_Command__e') {
            say('touches Chime_Command__e; use the actions of this package');
        }
        for (const part of [...many(element.filters), ...many(element.inputAssignments)]) {
            if (!world.objects.field(object, part.field, path)) {
                say(`${object} has no field ${part.field}`);
            }
            valueFaults(world, object, part.field, part.value?.stringValue, path).forEach(say);
        }
        const plain = [...many(element.queriedFields), element.sortField].filter(Boolean);
        plain
            .filter((field) => !world.objects.field(object, field, path))
            .forEach((field) => say(`${object} has no field ${field}`));
        for (const scheduled of many(element.scheduledPaths)) {
            if (scheduled.recordField && !world.objects.field(object, scheduled.recordField, path)) {
                say(`${object} has no field ${scheduled.recordField}`);
            }
        }
    }
}

/** @type {(world: any, flow: any, say: (message: string) => void) => void} */
function actions(world, { xml, path }, say) {
    for (const action of many(xml.actionCalls).filter((each) => each.actionType === 'apex')) {
        const described = world.classes.get(action.actionName);
        if (!world.has('class', action.actionName, path) || !described.invocable) {
            say(`no action ${action.actionName}`);
            continue;
        }
        for (const parameter of [...many(action.inputParameters), ...many(action.outputParameters)]) {
            if (!described.variables.has(parameter.name)) {
                say(`the action ${action.actionName} has no variable ${parameter.name}`);
            }
        }
    }
    for (const call of many(xml.subflows)) {
        if (!world.has('flow', call.flowName, path)) {
            say(`no flow ${call.flowName}`);
        }
    }
}

/** @type {(xml: any, say: (message: string) => void) => void} */
function connectors(xml, say) {
    const names = new Set(everywhere(xml, 'name'));
    for (const target of everywhere(xml, 'targetReference')) {
        if (!names.has(target)) {
            say(`no element ${target}`);
        }
    }
}
