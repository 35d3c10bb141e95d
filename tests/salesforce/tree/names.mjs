/**
 * What the source defines, by kind and name, so that whoever names a thing can be asked whether it is there.
 */
import { basename } from 'node:path';
import { Objects } from './objects.mjs';
import { all, annotations, child, kind, membersOf, modifiers, readApex } from './apex.mjs';
import { many } from './xml.mjs';
import { mayName } from './source.mjs';

/** Kind to the suffix of its file. */
const KINDS = {
    app: 'app',
    tab: 'tab',
    flexipage: 'flexipage',
    layout: 'layout',
    flow: 'flow',
    group: 'group',
    report: 'report',
    reportFolder: 'reportFolder',
    reportType: 'reportType',
    dashboard: 'dashboard',
    dashboardFolder: 'dashboardFolder',
    permissionset: 'permissionset',
    customPermission: 'customPermission',
    quickAction: 'quickAction',
    notification: 'notiftype',
    channel: 'platformEventChannel',
    messageChannel: 'messageChannel',
    resource: 'resource',
    compactLayout: 'compactLayout',
    record: 'md'
};

/**
 * @typedef {object} ApexMethod
 * @property {string} name
 * @property {boolean} aura
 * @property {boolean} cacheable
 */

/**
 * @typedef {object} ApexClass
 * @property {string} path
 * @property {string} name
 * @property {Map<string, ApexMethod>} methods AuraEnabled ones
 * @property {boolean} invocable
 * @property {Set<string>} variables names of the invocable variables of its inner classes
 */

export class World {
    /** @param {import('./source.mjs').Source} source */
    constructor(source) {
        this.source = source;
        this.objects = new Objects(source);
        this.apex = readApex(source);
        /** @type {Map<string, string>} `kind name` to path */
        this.defined = new Map();
        for (const [named, suffix] of Object.entries(KINDS)) {
            for (const { path, name } of source.members(suffix)) {
                const folder = path.split('/').at(-2);
                this.defined.set(
                    `${named} ${named === 'report' || named === 'dashboard' ? `${folder}/${name}` : name}`,
                    path
                );
            }
        }
        for (const path of source.paths(/\/lwc\/[^/]+\/[^/]+\.js-meta\.xml$/)) {
            this.defined.set(`lwc ${basename(path).replace('.js-meta.xml', '')}`, path);
        }
        /** @type {Map<string, { path: string, xml: any }>} */
        this.labels = new Map();
        for (const { path, xml } of source.members('labels')) {
            for (const label of many(xml.labels)) {
                this.labels.set(label.fullName, { path, xml: label });
            }
        }
        /** @type {Map<string, ApexClass>} */
        this.classes = new Map();
        for (const file of this.apex.filter(({ path, node }) => path.endsWith('.cls') && node)) {
            this.classes.set(file.name, apexClass(file));
        }
    }

    /**
     * @param {string} named kind
     * @param {string} name
     * @param {string} from the file that names it
     * @returns {boolean}
     */
    has(named, name, from) {
        const path = named === 'class' ? this.classes.get(name)?.path : this.defined.get(`${named} ${name}`);
        return path !== undefined && mayName(from, path);
    }

    /**
     * @param {string} named kind
     * @returns {string[]} names
     */
    all(named) {
        return [...this.defined.keys()]
            .filter((key) => key.startsWith(`${named} `))
            .map((key) => key.slice(named.length + 1));
    }
}

/**
 * @param {import('./apex.mjs').ApexFile} file
 * @returns {ApexClass}
 */
function apexClass(file) {
    const described = { path: file.path, name: file.name, methods: new Map(), invocable: false, variables: new Set() };
    const declarations = all(file.node, 'ClassDeclaration');
    for (const declaration of declarations) {
        for (const { holder, node } of membersOf(declaration)) {
            const marks = annotations(holder);
            if (kind(node) === 'MethodDeclaration') {
                const name = child(node, 'Id').getText();
                if (declaration === declarations[0] && marks.has('auraenabled')) {
                    const cacheable = /cacheable=true/i.test(marks.get('auraenabled'));
                    described.methods.set(name, { name, aura: modifiers(holder).has('static'), cacheable });
                }
                described.invocable ||= marks.has('invocablemethod');
            } else if (marks.has('invocablevariable')) {
                for (const declarator of all(node, 'VariableDeclarator')) {
                    described.variables.add(child(declarator, 'Id').getText());
                }
                if (kind(node) === 'PropertyDeclaration') {
                    described.variables.add(child(node, 'Id').getText());
                }
            }
        }
    }
    return described;
}
