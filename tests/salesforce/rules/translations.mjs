/**
 * Translations translate what exists, and all of it: a label without German shows English in the middle of a page.
 */
import { basename } from 'node:path';
import { many } from '../tree/xml.mjs';

export const name = 'translations';

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    for (const { path, xml } of world.source.members('translation')) {
        labels(world, { path, xml }, (message) => findings.push({ file: path, message }));
    }
    for (const path of world.source.paths(/\/objectTranslations\/[^/]+\/[^/]+-meta\.xml$/)) {
        const object = path.split('/objectTranslations/')[1].split('/')[0].replace(/-\w+$/, '');
        const say = (message) => findings.push({ file: path, message });
        if (!world.objects.find(object, path)) {
            say(`no object ${object}`);
        } else if (path.includes('.fieldTranslation-')) {
            field(world, object, path, say);
        } else {
            const actions = many(world.source.xml(path).quickActions).map(({ name }) => `${object}.${name}`);
            actions
                .filter((each) => !world.has('quickAction', each, path))
                .forEach((each) => say(`no quick action ${each}`));
        }
    }
    return findings;
}

/** @type {(world: any, file: { path: string, xml: any }, say: (message: string) => void) => void} */
function labels(world, { path, xml }, say) {
    const translated = new Map(many(xml.customLabels).map((each) => [each.name, each.label]));
    for (const [label, text] of translated) {
        if (!world.labels.has(label)) {
            say(`no label ${label}`);
        } else if (places(text) !== places(world.labels.get(label).xml.value)) {
            say(`the label ${label} has other places to fill in`);
        }
    }
    const missing = [...world.labels.keys()].filter((label) => !translated.has(label));
    missing.forEach((label) => say(`does not translate the label ${label}`));
    for (const [kind, word, element] of [
        ['app', 'application', 'customApplications'],
        ['tab', 'tab', 'customTabs'],
        ['quickAction', 'quick action', 'quickActions']
    ]) {
        const gone = many(xml[element]).filter(({ name }) => !world.has(kind, name, path));
        gone.forEach(({ name }) => say(`no ${word} ${name}`));
    }
}

/** @type {(world: any, object: string, path: string, say: (message: string) => void) => void} */
function field(world, object, path, say) {
    const own = basename(path).split('.')[0];
    const known = world.objects.field(object, own, path);
    if (!known) {
        say(`no field ${object}.${own}`);
        return;
    }
    const values = many(known.xml?.valueSet?.valueSetDefinition?.value).map(({ label }) => label);
    const translated = many(world.source.xml(path).picklistValues).map(({ masterLabel }) => masterLabel);
    translated.filter((each) => !values.includes(each)).forEach((each) => say(`${own} has no value ${each}`));
    values
        .filter((each) => !translated.includes(each))
        .forEach((each) => say(`does not translate the value ${each} of ${own}`));
}

/**
 * @param {any} text
 * @returns {string} its numbered places, such as `{0}{1}`
 */
function places(text) {
    return [...new Set(String(text).match(/\{\d+\}/g) ?? [])].sort().join('');
}
