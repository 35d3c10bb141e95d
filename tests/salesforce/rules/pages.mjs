/**
 * Tabs, applications, pages, layouts and quick actions name things that exist, and components that may stand there.
 */
import { many } from '../tree/xml.mjs';

export const name = 'pages';

const PAGE_TARGET = {
    RecordPage: 'lightning__RecordPage',
    AppPage: 'lightning__AppPage',
    HomePage: 'lightning__HomePage'
};

/** Lists that Salesforce brings: files, history, activities. */
const STANDARD_LIST =
    /^(Related[A-Z]\w*List|\w+History|ActivityHistories|OpenActivities|AttachedContentDocuments|Histories)$/;

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    const { source } = world;
    /** @type {(suffix: string, inspect: (world: any, member: any, say: (message: string) => void) => void) => void} */
    const each = (suffix, inspect) =>
        source
            .members(suffix)
            .forEach((member) => inspect(world, member, (message) => findings.push({ file: member.path, message })));
    each('tab', tab);
    each('app', app);
    each('flexipage', flexipage);
    each('layout', layout);
    each('quickAction', quickAction);
    return findings;
}

/**
 * What a component's own metadata says of where it may stand.
 *
 * @param {import('../tree/names.mjs').World} world
 * @param {string} component
 * @param {string} target
 * @param {string} from
 * @returns {{ fault?: string, properties: Set<string>, objects: string[] }}
 */
export function placed(world, component, target, from) {
    const own = component.replace(/^c:/, '');
    const none = { properties: new Set(), objects: [] };
    if (!world.has('lwc', own, from)) {
        return { ...none, fault: `no component ${own}` };
    }
    const path = world.defined.get(`lwc ${own}`);
    const xml = world.source.xml(path);
    if (!many(xml.targets?.target).includes(target)) {
        return { ...none, fault: `the component ${own} does not offer itself for ${target}` };
    }
    const properties = new Set();
    const objects = [];
    for (const [, targets, body] of world.source
        .text(path)
        .matchAll(/<targetConfig\s+targets="([^"]+)"[^>]*>([\s\S]*?)<\/targetConfig>/g)) {
        if (
            targets
                .split(',')
                .map((each) => each.trim())
                .includes(target)
        ) {
            [...body.matchAll(/<property\s[^>]*\bname="(\w+)"/g)].forEach(([, property]) => properties.add(property));
            [...body.matchAll(/<object>(\w+)<\/object>/g)].forEach(([, object]) => objects.push(object));
        }
    }
    return { properties, objects };
}

/** @type {(world: import('../tree/names.mjs').World, member: any, say: (message: string) => void) => void} */
function tab(world, { path, name: own, xml }, say) {
    if (xml.customObject === 'true' && !world.objects.find(own, path)) {
        say(`no object ${own}`);
    }
    if (xml.flexiPage && !world.has('flexipage', xml.flexiPage, path)) {
        say(`no page ${xml.flexiPage}`);
    }
    if (xml.lwcComponent) {
        const { fault } = placed(world, xml.lwcComponent, 'lightning__Tab', path);
        if (fault) {
            say(fault);
        }
    }
}

/** @type {(world: import('../tree/names.mjs').World, member: any, say: (message: string) => void) => void} */
function app(world, { path, xml }, say) {
    for (const each of many(xml.tabs).filter((each) => !/^standard-/.test(each))) {
        if (!world.has('tab', each, path)) {
            say(`no tab ${each}`);
        }
    }
    const pages = [
        xml.utilityBar,
        ...many(xml.actionOverrides)
            .concat(many(xml.profileActionOverrides))
            .map((each) => each.content)
    ];
    for (const each of pages.filter(Boolean)) {
        if (!world.has('flexipage', each, path)) {
            say(`no page ${each}`);
        }
    }
}

/** @type {(world: import('../tree/names.mjs').World, member: any, say: (message: string) => void) => void} */
function flexipage(world, { path, xml }, say) {
    const object = xml.sobjectType;
    if (object && !world.objects.find(object, path)) {
        say(`no object ${object}`);
    }
    const regions = many(xml.flexiPageRegions);
    const facets = new Set(regions.filter((region) => region.type === 'Facet').map((region) => region.name));
    const named = new Set();
    const items = regions.flatMap((region) => many(region.itemInstances));
    for (const component of items.flatMap((item) => many(item.componentInstance))) {
        const properties = many(component.componentInstanceProperties);
        properties
            .filter((each) => facets.has(each.value) || /^Facet-/i.test(each.value ?? ''))
            .forEach((each) => named.add(each.value));
        part(world, { path, xml }, component, properties, say);
        visible(world, object, component, path, say);
    }
    for (const field of items.flatMap((item) => many(item.fieldInstance))) {
        const own = String(field.fieldItem).replace(/^Record\./, '');
        const fault = world.objects.fault(object, own, path);
        if (fault) {
            say(fault);
        }
        visible(world, object, field, path, say);
    }
    [...named].filter((each) => !facets.has(each)).forEach((each) => say(`no facet ${each}`));
    [...facets].filter((each) => !named.has(each)).forEach((each) => say(`nobody shows the facet ${each}`));
}

/** @type {(world: any, page: any, component: any, properties: any[], say: (message: string) => void) => void} */
function part(world, { path, xml }, component, properties, say) {
    const own = component.componentName;
    if (!own.includes(':') || own.startsWith('c:')) {
        const { fault, properties: known, objects } = placed(world, own, PAGE_TARGET[xml.type] ?? xml.type, path);
        if (fault) {
            say(fault);
        } else {
            properties
                .filter((each) => !known.has(each.name))
                .forEach((each) => say(`the component ${own} has no property ${each.name}`));
            if (objects.length > 0 && xml.sobjectType && !objects.includes(xml.sobjectType)) {
                say(`the component ${own} does not offer itself for ${xml.sobjectType}`);
            }
        }
    }
    for (const property of properties) {
        if (property.name === 'relatedListApiName' && xml.sobjectType) {
            list(world, xml.sobjectType, property.value, path, say);
        }
        if (property.name === 'actionNames') {
            many(property.valueList?.valueListItems)
                .map((item) => item.value)
                .forEach((action) => actionFault(world, action, path, say));
        }
    }
}

/** @type {(world: any, object: string, value: string, from: string, say: (message: string) => void) => void} */
function list(world, object, value, from, say) {
    const thing = world.objects.find(object, from);
    if (thing?.path && !thing.children.has(String(value).toLowerCase()) && !STANDARD_LIST.test(value)) {
        say(`${object} has no related list ${value}`);
    }
}

/** @type {(world: any, action: string, from: string, say: (message: string) => void) => void} */
function actionFault(world, action, from, say) {
    if (action?.includes('.') && !action.startsWith('Global.') && !world.has('quickAction', action, from)) {
        say(`no quick action ${action}`);
    }
}

/** @type {(world: any, object: string, holder: any, from: string, say: (message: string) => void) => void} */
function visible(world, object, holder, from, say) {
    for (const criterion of many(holder.visibilityRule?.criteria)) {
        const record = /^\{!Record\.([\w.]+)\}$/.exec(criterion.leftValue ?? '');
        if (record) {
            const fault = world.objects.fault(object, record[1], from);
            if (fault) {
                say(fault);
            }
        }
        const permission = /^\{!\$Permission\.CustomPermission\.(\w+)\}$/.exec(criterion.leftValue ?? '');
        if (permission && !world.has('customPermission', permission[1], from)) {
            say(`no custom permission ${permission[1]}`);
        }
    }
}

/** @type {(world: import('../tree/names.mjs').World, member: any, say: (message: string) => void) => void} */
function layout(world, { path, name: own, xml }, say) {
    const object = own.split('-')[0];
    const thing = world.objects.find(object, path);
    if (!thing) {
        say(`no object ${object}`);
        return;
    }
    const items = many(xml.layoutSections)
        .flatMap((section) => many(section.layoutColumns))
        .flatMap((column) => many(column.layoutItems));
    const shown = items.map((item) => item.field).filter(Boolean);
    shown.filter((field) => !world.objects.field(object, field, path)).forEach((field) => say(`no field ${field}`));
    shown.filter((field, at) => shown.indexOf(field) !== at).forEach((field) => say(`shows the field ${field} twice`));
    for (const field of thing.fields.values()) {
        if ((field.xml?.required === 'true' || field.xml?.type === 'MasterDetail') && !shown.includes(field.name)) {
            say(`lacks the required field ${field.name}`);
        }
    }
    for (const related of many(xml.relatedLists)) {
        relatedList(world, object, related, path, say);
    }
    const actions = many(xml.platformActionList?.platformActionListItems).filter(
        (item) => item.actionType === 'QuickAction'
    );
    actions.map((item) => item.actionName).forEach((action) => actionFault(world, action, path, say));
    many(xml.quickActionList?.quickActionListItems).forEach((item) =>
        actionFault(world, item.quickActionName, path, say)
    );
}

/** @type {(world: any, object: string, related: any, from: string, say: (message: string) => void) => void} */
function relatedList(world, object, related, from, say) {
    const [child, lookup] = String(related.relatedList).split('.');
    if (!lookup) {
        if (!STANDARD_LIST.test(child)) {
            say(`no related list ${child}`);
        }
        return;
    }
    const field = world.objects.field(child, lookup, from);
    if (field?.lookup !== object) {
        say(`no related list ${related.relatedList}`);
        return;
    }
    for (const column of many(related.fields).filter((column) => !/^[A-Z][A-Z0-9_.]*$/.test(column))) {
        if (!world.objects.field(child, column, from)) {
            say(`no field ${child}.${column}`);
        }
    }
}

/** @type {(world: import('../tree/names.mjs').World, member: any, say: (message: string) => void) => void} */
function quickAction(world, { path, name: own, xml }, say) {
    const object = own.includes('.') ? own.split('.')[0] : undefined;
    if (object && !world.objects.find(object, path)) {
        say(`no object ${object}`);
    }
    if (xml.lightningWebComponent) {
        const { fault } = placed(world, xml.lightningWebComponent, 'lightning__RecordAction', path);
        if (fault) {
            say(fault);
        }
    }
    if (xml.flowDefinition && !world.has('flow', xml.flowDefinition, path)) {
        say(`no flow ${xml.flowDefinition}`);
    }
    if (xml.targetObject && !world.objects.find(xml.targetObject, path)) {
        say(`no object ${xml.targetObject}`);
    }
}
