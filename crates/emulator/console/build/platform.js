/**
 * What the Salesforce platform gives to a component at run time, as modules of this page: Apex, labels, schema,
 * user, permissions, language. A rollup plugin; the components of force-app import the same names as in an org.
 * A name that it does not know, or that force-app lacks, ends the build.
 */
// @ts-check
import { fileURLToPath } from 'node:url';
import * as forceApp from './force-app.js';

const SERVER = fileURLToPath(new URL('../src/platform', import.meta.url));
const MINE = '\0platform:';

/** @param {unknown} value */
const json = (value) => JSON.stringify(value);

/**
 * @returns {import('rollup').Plugin}
 */
export function platform() {
    const labels = forceApp.labels();
    const permissions = forceApp.customPermissions();

    /** @type {[RegExp, (name: string) => string|null][]} each kind of module: what its name looks like, its code */
    const kinds = [
        [/^@salesforce\/apex$/, () => `export { refreshApex } from ${json(`${SERVER}/apex.js`)};`],
        [
            /^@salesforce\/apex\/(.+)$/,
            (name) => {
                const method = forceApp.apexMethod(name);
                return (
                    method &&
                    `import { apexMethod } from ${json(`${SERVER}/apex.js`)};
                    export default apexMethod(${json(name)}, ${method.cacheable});`
                );
            }
        ],
        [
            /^@salesforce\/label\/c\.(.+)$/,
            (name) =>
                labels.en[name] === undefined
                    ? null
                    : `import { german } from ${json(`${SERVER}/settings.js`)};
                    export default german ? ${json(labels.de[name] ?? labels.en[name])} : ${json(labels.en[name])};`
        ],
        [
            /^@salesforce\/schema\/(.+)$/,
            (name) => {
                const [object, field] = name.split('.');
                const known = forceApp.hasSchema(object, field);
                return known
                    ? `export default ${json(field ? { fieldApiName: field, objectApiName: object } : { objectApiName: object })};`
                    : null;
            }
        ],
        [
            /^@salesforce\/customPermission\/(.+)$/,
            (name) =>
                permissions.includes(name)
                    ? `import { settings } from ${json(`${SERVER}/settings.js`)};
                    export default settings.user.permissions.includes(${json(name)});`
                    : null
        ],
        [
            /^@salesforce\/user\/Id$/,
            () => `import { settings } from ${json(`${SERVER}/settings.js`)}; export default settings.user.id;`
        ],
        [
            /^@salesforce\/i18n\/(locale|lang|timeZone)$/,
            (name) => `import { settings } from ${json(`${SERVER}/settings.js`)}; export default settings.${name};`
        ],
        [
            /^@salesforce\/client\/formFactor$/,
            () => `export default window.matchMedia('(max-width: 47.99em)').matches ? 'Small' : 'Large';`
        ],
        [
            /^console\/forceApp$/,
            () => `export const PAGES = ${json(forceApp.pages())};
            export const LAYOUTS = ${json(forceApp.layouts())};
            export const HIGHLIGHTS = ${json(forceApp.highlights())};
            export const ACTIONS = ${json(forceApp.actions())};
            export const TABS = ${json(forceApp.tabs())};
            export const VISIBLE_TABS = ${json(forceApp.visibleTabs())};
            export const GERMAN = ${json(forceApp.germanNames())};`
        ],
        [
            /^console\/forceAppComponents$/,
            () => {
                const names = forceApp.exposed();
                const imports = names.map((name) => `import ${name} from 'c/${name}';`).join('\n');
                return `${imports}\nexport const COMPONENTS = { ${names.join(', ')} };`;
            }
        ]
    ];

    return {
        name: 'salesforce-platform',
        resolveId: {
            order: 'pre',
            handler: (id) => (kinds.some(([shape]) => shape.test(id)) ? MINE + id : null)
        },
        load(id) {
            if (!id.startsWith(MINE)) {
                return null;
            }
            const name = id.slice(MINE.length);
            for (const [shape, code] of kinds) {
                const found = shape.exec(name);
                if (found) {
                    return code(found[1] ?? '') ?? this.error(`force-app has nothing that answers to ${name}`);
                }
            }
            return this.error(`no such module of the platform: ${name}`);
        }
    };
}
