/**
 * Permission sets name what exists, leave out what a deployment refuses, keep the closed doors closed, and leave no
 * field without a reader.
 */
import { many } from '../tree/xml.mjs';

export const name = 'permission sets';

/**
 * Only the bridge may read commands, keys and links of playback; a person who could would hold every key of the org,
 * and links past the request that is logged.
 */
const BRIDGE = 'Chime_Bridge_Integration';
const CLOSED = ['Chime_Command__e', 'Chime_Seat_Key__c', 'Chime_Recording__c.Playback_Link__c'];

/** What needs what: the left is refused without the right. */
const NEEDS = [
    ['allowCreate', ['allowRead']],
    ['allowEdit', ['allowRead']],
    ['allowDelete', ['allowRead', 'allowEdit']],
    ['viewAllRecords', ['allowRead']],
    ['modifyAllRecords', ['allowRead', 'allowEdit', 'allowDelete', 'viewAllRecords']]
];

/** Salesforce's own tabs are not ours to check. */
const STANDARD_TAB = /^standard-/;

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const { source, objects } = world;
    const findings = [];
    const readable = new Set();
    const named = new Set();
    for (const set of source.members('permissionset')) {
        const say = (message) => findings.push({ file: set.path, message });
        if (!set.xml.description) {
            say('has no description');
        }
        things(world, set, say);
        for (const each of many(set.xml.classAccesses)) {
            named.add(each.apexClass);
        }
        for (const permission of many(set.xml.fieldPermissions)) {
            const [object, name] = String(permission.field).split('.');
            const field = objects.field(object, name, set.path);
            if (!field) {
                say(`no field ${permission.field}`);
                continue;
            }
            if (permission.readable === 'true') {
                readable.add(`${object}.${field.name}`);
            }
            fieldFaults(permission, field).forEach(say);
        }
        objectFaults(world, set, say);
        if (set.name !== BRIDGE) {
            const text = source.text(set.path);
            CLOSED.filter((thing) => text.includes(thing)).forEach((thing) =>
                say(`names ${thing}, which only ${BRIDGE} may`)
            );
            wholesale(set.xml).forEach(say);
        }
    }
    for (const path of source.paths(/\.profile-meta\.xml$/)) {
        findings.push({ file: path, message: "profiles are the org's own; a permission set grants" });
    }
    for (const { object, field } of objects.ourFields()) {
        if (
            /__c$/.test(object) &&
            !CLOSED.includes(object) &&
            !alwaysSeen(field) &&
            !readable.has(`${object}.${field.name}`)
        ) {
            findings.push({ file: field.path, message: 'no permission set can read it' });
        }
    }
    for (const { path, name, methods, invocable } of world.classes.values()) {
        if ((methods.size > 0 || invocable) && !named.has(name)) {
            findings.push({ file: path, message: 'people call it and no permission set names it' });
        }
    }
    return findings;
}

/**
 * Grants that name none of the closed things and open them all the same. No set for people needs a permission of the
 * system (View All Data, Modify All Data), nor all fields of an object.
 *
 * @param {any} xml
 * @returns {string[]}
 */
function wholesale(xml) {
    return [
        ...many(xml.userPermissions)
            .filter(({ enabled }) => enabled === 'true')
            .map((each) => `grants the system permission ${each.name}, which only ${BRIDGE} may`),
        ...many(xml.objectPermissions)
            .filter(({ viewAllFields }) => viewAllFields === 'true')
            .map((each) => `grants all fields of ${each.object}; name those that people read`)
    ];
}

/**
 * Required and master-detail fields are always visible; a permission for one is a deployment error.
 *
 * @param {import('../tree/objects.mjs').Field} field
 * @returns {boolean}
 */
function alwaysSeen(field) {
    return field.xml.type === 'MasterDetail' || field.xml.required === 'true';
}

/**
 * @param {any} permission
 * @param {import('../tree/objects.mjs').Field} field
 * @returns {string[]}
 */
function fieldFaults(permission, field) {
    const faults = [];
    if (!field.path) {
        return faults;
    }
    if (field.xml.type === 'MasterDetail') {
        faults.push(`${permission.field} is a master-detail field and cannot be granted`);
    } else if (field.xml.required === 'true') {
        faults.push(`${permission.field} is a required field and cannot be granted`);
    }
    const computed = field.xml.formula !== undefined || ['Summary', 'AutoNumber'].includes(field.xml.type);
    if (computed && permission.editable === 'true') {
        faults.push(`${permission.field} is computed and cannot be edited`);
    }
    if (permission.editable === 'true' && permission.readable !== 'true') {
        faults.push(`${permission.field} is editable without being readable`);
    }
    return faults;
}

/**
 * @param {import('../tree/names.mjs').World} world
 * @param {{ path: string, xml: any }} set
 * @param {(message: string) => void} say
 */
function objectFaults({ objects }, set, say) {
    const granted = new Map(many(set.xml.objectPermissions).map((each) => [each.object, each]));
    for (const [object, permission] of granted) {
        const thing = objects.find(object, set.path);
        if (!thing) {
            say(`no object ${object}`);
            continue;
        }
        for (const [right, needed] of NEEDS) {
            const lacking = needed.filter((each) => permission[right] === 'true' && permission[each] !== 'true');
            lacking.forEach((each) => say(`${object}: ${right} needs ${each}`));
        }
        for (const field of thing.fields.values()) {
            if (field.xml?.type === 'MasterDetail' && granted.get(field.lookup)?.allowRead !== 'true') {
                say(`${object} needs read on its master ${field.lookup}`);
            }
        }
    }
    for (const permission of many(set.xml.fieldPermissions)) {
        const [object] = String(permission.field).split('.');
        const thing = objects.find(object, set.path);
        if (thing?.path && granted.get(object)?.allowRead !== 'true' && permission.readable === 'true') {
            say(`${permission.field} without read on ${object}`);
        }
    }
}

/**
 * @param {import('../tree/names.mjs').World} world
 * @param {{ path: string, xml: any }} set
 * @param {(message: string) => void} say
 */
function things(world, set, say) {
    const { xml, path } = set;
    const lists = [
        ['class', 'class', many(xml.classAccesses).map((each) => each.apexClass)],
        ['custom permission', 'customPermission', many(xml.customPermissions).map((each) => each.name)],
        ['application', 'app', many(xml.applicationVisibilities).map((each) => each.application)],
        ['flow', 'flow', many(xml.flowAccesses).map((each) => each.flow)],
        [
            'tab',
            'tab',
            many(xml.tabSettings)
                .map((each) => each.tab)
                .filter((tab) => !STANDARD_TAB.test(tab))
        ]
    ];
    for (const [word, kind, names] of lists) {
        for (const each of names) {
            if (!world.has(kind, each, path)) {
                say(`no ${word} ${each}`);
            }
        }
        const twice = names.filter((each, at) => names.indexOf(each) !== at);
        twice.forEach((each) => say(`names the ${word} ${each} twice`));
    }
    for (const each of many(xml.customMetadataTypeAccesses)) {
        if (!world.objects.find(each.name, path)) {
            say(`no custom metadata type ${each.name}`);
        }
    }
    const fields = many(xml.fieldPermissions).map((each) => each.field);
    fields.filter((each, at) => fields.indexOf(each) !== at).forEach((each) => say(`names the field ${each} twice`));
}
