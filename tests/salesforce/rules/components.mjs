/**
 * Component folders are complete, what they import exists and may be used that way, their tests look at
 * accessibility, and text that a person sees comes from labels.
 */
import { basename, dirname } from 'node:path';
import { many } from '../tree/xml.mjs';

export const name = 'components';

const TARGETS = new Set([
    'lightning__AppPage',
    'lightning__FlowScreen',
    'lightning__GlobalAction',
    'lightning__HomePage',
    'lightning__RecordAction',
    'lightning__RecordPage',
    'lightning__Tab',
    'lightning__UtilityBar',
    'lightningCommunity__Default',
    'lightningCommunity__Page'
]);

/** Attributes of base components that a person reads or hears. */
const READ_ATTRIBUTES =
    /\s(label|title|placeholder|alternative-text|aria-label|message-when-\w+(?:-\w+)*|field-level-help|helptext|content)="([^"{]*[A-Za-z][^"{]*)"/g;

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    const { source } = world;
    const say = (file, message) => findings.push({ file, message });
    for (const path of source.paths(/\/lwc\/[^/]+\/[^/]+\.js-meta\.xml$/)) {
        bundle(world, path, (message, file = path) => say(file, message));
    }
    for (const path of source.paths(/\/lwc\/[^/]+\/(?!__)[^/]+\.js$/)) {
        imports(world, path, (message) => say(path, message));
    }
    for (const path of source.paths(/\/lwc\/[^/]+\/[^/]+\.html$/)) {
        markup(world, path, (message) => say(path, message));
    }
    return findings;
}

/** @type {(world: import('../tree/names.mjs').World, path: string, say: (message: string, file?: string) => void) => void} */
function bundle({ source, objects }, path, say) {
    const folder = dirname(path);
    const own = basename(folder);
    const xml = source.xml(path);
    const targets = many(xml.targets?.target);
    targets.filter((target) => !TARGETS.has(target)).forEach((target) => say(`no target ${target}`));
    if (xml.isExposed === 'true') {
        ['masterLabel', 'description'].filter((each) => !xml[each]).forEach((each) => say(`has no ${each}`));
        if (targets.length === 0) {
            say('is exposed and has no target');
        }
    }
    for (const [, list] of source.text(path).matchAll(/<targetConfig\s+targets="([^"]+)"/g)) {
        list.split(',')
            .map((each) => each.trim())
            .filter((each) => !targets.includes(each))
            .forEach((each) => say(`configures the target ${each}, which it does not have`));
    }
    const script = source.text(`${folder}/${own}.js`);
    for (const [, property] of source.text(path).matchAll(/<property\s[^>]*\bname="(\w+)"/g)) {
        if (!new RegExp(`@api\\s+(?:[gs]et\\s+)?${property}\\b`).test(script)) {
            say(`offers the property ${property}, which is no @api of the component`);
        }
    }
    for (const [, object] of source.text(path).matchAll(/<object>(\w+)<\/object>/g)) {
        if (!objects.find(object, path)) {
            say(`no object ${object}`);
        }
    }
    const test = `${folder}/__tests__/${own}.test.js`;
    if (!source.files.has(test)) {
        say(`has no test ${own}.test.js`);
    } else if (source.files.has(`${folder}/${own}.html`) && !/\.toBeAccessible\(\)/.test(source.text(test))) {
        say('does not look at accessibility', test);
    }
}

/** @type {(world: import('../tree/names.mjs').World, path: string, say: (message: string) => void) => void} */
function imports(world, path, say) {
    const text = world.source
        .text(path)
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/^\s*\/\/.*$/gm, '');
    const found = [
        ...text.matchAll(/\bfrom\s+['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|\bimport\s+['"]([^'"]+)['"]/g)
    ];
    for (const from of found.map((match) => match[1] ?? match[2] ?? match[3])) {
        const apex = /^@salesforce\/apex\/(?:\w+\.)?(\w+)\.(\w+)$/.exec(from);
        const schema = /^@salesforce\/schema\/(\w+)(?:\.([\w.]+))?$/.exec(from);
        const component = /^c\/(\w+)$/.exec(from);
        if (apex) {
            apexImport(world, path, text, from, apex, say);
        } else if (schema) {
            const fault = schema[2] ? world.objects.fault(schema[1], schema[2], path) : undefined;
            if (fault || !world.objects.find(schema[1], path)) {
                say(fault ?? `no object ${schema[1]}`);
            }
        } else if (component && !world.has('lwc', component[1], path)) {
            say(`no component ${component[1]}`);
        } else if (from.startsWith('@salesforce/messageChannel/')) {
            const channel = from.split('/')[2].replace(/__c$/, '');
            if (!world.has('messageChannel', channel, path)) {
                say(`no message channel ${channel}`);
            }
        } else if (from.startsWith('@salesforce/customPermission/')) {
            const permission = from.split('/')[2];
            if (!world.has('customPermission', permission, path)) {
                say(`no custom permission ${permission}`);
            }
        } else if (from === 'lightning/empApi') {
            say('uses empApi, whose events count against the allocation of the whole org');
        }
    }
}

/** @type {(world: any, path: string, text: string, from: string, apex: RegExpExecArray, say: (message: string) => void) => void} */
function apexImport(world, path, text, from, [, className, methodName], say) {
    const method = world.has('class', className, path) && world.classes.get(className).methods.get(methodName);
    if (!method) {
        say(`no AuraEnabled method ${className}.${methodName}`);
        return;
    }
    const local = new RegExp(`import\\s+(\\w+)\\s+from\\s+['"]${from.replace(/[/.]/g, '\\$&')}['"]`).exec(text)?.[1];
    if (local && new RegExp(`@wire\\(\\s*${local}\\b`).test(text) && !method.cacheable) {
        say(`wires ${className}.${methodName}, which is not cacheable`);
    }
}

/** @type {(world: import('../tree/names.mjs').World, path: string, say: (message: string) => void) => void} */
function markup(world, path, say) {
    const text = world.source.text(path).replace(/<!--[\s\S]*?-->/g, '');
    for (const [, tag] of text.matchAll(/<c-([a-z0-9-]+)/g)) {
        const own = tag.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
        if (!world.has('lwc', own, path)) {
            say(`no component ${own}`);
        }
    }
    for (const [, attribute, words] of text.matchAll(READ_ATTRIBUTES)) {
        say(`${attribute} "${words}" is no label`);
    }
    for (const [, words] of text.matchAll(/>([^<>{}]*[A-Za-z]{2}[^<>{}]*)(?=<)/g)) {
        say(`the text "${words.trim()}" is no label`);
    }
}
