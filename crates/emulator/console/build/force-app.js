/**
 * Reads what the pages need from force-app: labels in both languages, page layouts, tabs, quick actions and the
 * Apex methods that components may call. First step of the build; nothing of it is written down twice here.
 * An entry that a component asks for and force-app lacks ends the build with its name.
 */
// @ts-check
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XMLParser } from 'fast-xml-parser';

const LISTS = new Set([
    'labels',
    'customLabels',
    'flexiPageRegions',
    'itemInstances',
    'componentInstanceProperties',
    'layoutSections',
    'layoutColumns',
    'layoutItems',
    'tabs',
    'tabSettings',
    'fields',
    'caseValues'
]);
const xml = new XMLParser({ ignoreDeclaration: true, parseTagValue: false, isArray: (name) => LISTS.has(name) });

/** The package's folder, beside crates/. */
export const FORCE_APP = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../force-app');
const CORE = join(FORCE_APP, 'core/main/default');
const GERMAN = join(FORCE_APP, 'german/main/default');

/** @param {string} file */
const read = (file) => Object.values(xml.parse(readFileSync(file, 'utf8')))[0];

/**
 * @param {string} folder
 * @param {string} ending
 * @returns {{name: string, meta: any}[]} each file's name without the ending, and its content
 */
function each(folder, ending) {
    if (!existsSync(folder)) {
        return [];
    }
    return readdirSync(folder)
        .filter((file) => file.endsWith(ending))
        .sort()
        .map((file) => ({ name: basename(file, ending), meta: read(join(folder, file)) }));
}

/** @returns {{en: Record<string, string>, de: Record<string, string>}} texts by label name */
export function labels() {
    const english = read(join(CORE, 'labels/CustomLabels.labels-meta.xml')).labels;
    const german = read(join(GERMAN, 'translations/de.translation-meta.xml')).customLabels;
    return {
        en: Object.fromEntries(english.map((/** @type {any} */ one) => [one.fullName, one.value])),
        de: Object.fromEntries(german.map((/** @type {any} */ one) => [one.name, one.label]))
    };
}

/** @returns {string[]} the names of the components and modules in force-app */
export function bundles() {
    return readdirSync(join(CORE, 'lwc'), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
        .map((entry) => entry.name)
        .sort();
}

/** @returns {string[]} the bundles that an admin may put on a page, and those of quick actions */
export const exposed = () =>
    bundles().filter((bundle) => String(read(`${bundleFile(bundle)}-meta.xml`).isExposed) === 'true');

/** @param {string} bundle */
export const bundleFile = (bundle) => join(CORE, 'lwc', bundle, `${bundle}.js`);

/**
 * @param {string} name "Class.method"
 * @returns {{cacheable: boolean}|null} null if the package has no such method for components
 */
export function apexMethod(name) {
    const [className, method] = name.split('.');
    const file = join(CORE, 'classes/controller', `${className}.cls`);
    if (!existsSync(file)) {
        return null;
    }
    const declared = new RegExp(
        String.raw`@AuraEnabled(\([^)]*\))?\s+(?:public|global)\s+static\s+[\w<>.,\s]+?\s${method}\s*\(`
    ).exec(readFileSync(file, 'utf8'));
    return declared && { cacheable: /cacheable\s*=\s*true/i.test(declared[1] ?? '') };
}

/**
 * @param {string} object
 * @param {string} [field]
 * @returns {boolean} whether the package has that object of its own, and that field
 */
export function hasSchema(object, field) {
    const folder = join(CORE, 'objects', object);
    return existsSync(field?.endsWith('__c') ? join(folder, 'fields', `${field}.field-meta.xml`) : folder);
}

/** @returns {string[]} custom permissions */
export const customPermissions = () =>
    each(join(CORE, 'customPermissions'), '.customPermission-meta.xml').map(({ name }) => name);

/** @typedef {{component: string, properties: Record<string, string>}} Item what stands in a region */

/** @returns {Record<string, {object: string|null, title: string, regions: Record<string, Item[]>}>} Lightning pages */
export function pages() {
    /** @param {any} region */
    const items = ({ itemInstances = [] }) =>
        itemInstances.map((/** @type {any} */ { componentInstance: one }) => ({
            component: one.componentName,
            properties: Object.fromEntries(
                (one.componentInstanceProperties ?? []).map((/** @type {any} */ property) => [
                    property.name,
                    [property.value].flat()[0]
                ])
            )
        }));
    return Object.fromEntries(
        each(join(CORE, 'flexipages'), '.flexipage-meta.xml').map(({ name, meta }) => [
            name,
            {
                object: meta.sobjectType ?? null,
                title: meta.masterLabel,
                regions: Object.fromEntries(
                    meta.flexiPageRegions.map((/** @type {any} */ region) => [region.name, items(region)])
                )
            }
        ])
    );
}

/** @returns {Record<string, {label: string, columns: string[][]}[]>} sections of fields by object */
export function layouts() {
    return Object.fromEntries(
        each(join(CORE, 'layouts'), '.layout-meta.xml').map(({ name, meta }) => [
            name.split('-')[0],
            meta.layoutSections
                .filter((/** @type {any} */ { style }) => style !== 'CustomLinks')
                .map((/** @type {any} */ section) => ({
                    label: section.label,
                    columns: section.layoutColumns
                        .map((/** @type {any} */ column) =>
                            (column?.layoutItems ?? []).map((/** @type {any} */ item) => item.field).filter(Boolean)
                        )
                        .filter((/** @type {string[]} */ fields) => fields.length > 0)
                }))
        ])
    );
}

/** @returns {{name: string, object: string, label: string, component: string, screen: boolean}[]} quick actions */
export function actions() {
    return ['core', 'sales', 'service'].flatMap((part) =>
        each(join(FORCE_APP, part, 'main/default/quickActions'), '.quickAction-meta.xml')
            .filter(({ meta }) => meta.type === 'LightningWebComponent')
            .map(({ name, meta }) => ({
                name,
                object: name.split('.')[0],
                label: meta.label,
                component: meta.lightningWebComponent,
                screen: meta.actionSubtype === 'ScreenAction'
            }))
    );
}

/** @returns {{name: string, object: boolean, page: string|null, label: string|null, icon: string|null}[]} tabs in the order of the app */
export function tabs() {
    const order = read(join(CORE, 'applications/Chime_Meetings.app-meta.xml')).tabs;
    return each(join(CORE, 'tabs'), '.tab-meta.xml')
        .filter(({ name }) => order.includes(name))
        .sort((left, right) => order.indexOf(left.name) - order.indexOf(right.name))
        .map(({ name, meta }) => ({
            name,
            object: meta.customObject === 'true',
            page: meta.flexiPage ?? null,
            label: meta.label ?? null,
            icon: iconOf(meta.motif)
        }));
}

/** @param {string|undefined} motif "Custom84: Presenter" */
function iconOf(motif) {
    const [, number] = /^Custom(\d+)/.exec(motif ?? '') ?? [];
    return number ? `custom:custom${number}` : null;
}

/** @returns {Record<string, string[]>} the fields of each object's highlights, by object */
export function highlights() {
    const folder = join(CORE, 'objects');
    return Object.fromEntries(
        readdirSync(folder)
            .sort()
            .flatMap((object) =>
                each(join(folder, object, 'compactLayouts'), '.compactLayout-meta.xml').map(({ meta }) => [
                    object,
                    [meta.fields].flat()
                ])
            )
    );
}

/** @returns {Record<string, string[]>} the tabs that each permission set shows, by the set's label */
export function visibleTabs() {
    return Object.fromEntries(
        each(join(CORE, 'permissionsets'), '.permissionset-meta.xml').map(({ meta }) => [
            meta.label,
            (meta.tabSettings ?? [])
                .filter((/** @type {any} */ { visibility }) => visibility === 'Visible')
                .map((/** @type {any} */ { tab }) => tab)
        ])
    );
}

/** @returns {Record<string, string>} German labels of objects, fields, actions and tabs, by their English text's owner */
export function germanNames() {
    /** @type {Record<string, string>} */
    const names = {};
    const folder = join(GERMAN, 'objectTranslations');
    for (const entry of readdirSync(folder).sort()) {
        const object = entry.replace(/-de$/, '');
        for (const { name, meta } of each(join(folder, entry), '.fieldTranslation-meta.xml')) {
            names[`${object}.${name}`] = meta.label;
        }
        for (const { meta } of each(join(folder, entry), '.objectTranslation-meta.xml')) {
            for (const one of meta.caseValues ?? []) {
                /* The first of each number is the nominative. */
                names[String(one.plural) === 'true' ? `${object}.(plural)` : object] ??= [one.value].flat()[0];
            }
            for (const action of [meta.quickActions ?? []].flat()) {
                names[`action ${object}.${action.name}`] = action.label;
            }
        }
    }
    const translations = read(join(GERMAN, 'translations/de.translation-meta.xml'));
    for (const tab of [translations.customTabs ?? []].flat()) {
        names[`tab ${tab.name}`] = tab.label;
    }
    return names;
}
