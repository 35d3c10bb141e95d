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
export function check({ source, labels, objects }) {
    const findings = [];
    for (const { path, xml } of source.members('translation')) {
        const say = (message) => findings.push({ file: path, message });
        const translated = new Map(many(xml.customLabels).map((each) => [each.name, each.label]));
        for (const [label, text] of translated) {
            if (!labels.has(label)) {
                say(`no label ${label}`);
            } else if (places(text) !== places(labels.get(label).xml.value)) {
                say(`the label ${label} has other places to fill in`);
            }
        }
        [...labels.keys()]
            .filter((label) => !translated.has(label))
            .forEach((label) => say(`does not translate the label ${label}`));
    }
    for (const path of source.paths(
        /\/objectTranslations\/[^/]+\/[^/]+\.(fieldTranslation|objectTranslation)-meta\.xml$/
    )) {
        const object = path.split('/objectTranslations/')[1].split('/')[0].replace(/-\w+$/, '');
        const field = basename(path).split('.')[0];
        if (!objects.find(object, path)) {
            findings.push({ file: path, message: `no object ${object}` });
        } else if (path.includes('.fieldTranslation-') && !objects.field(object, field, path)) {
            findings.push({ file: path, message: `no field ${object}.${field}` });
        }
    }
    return findings;
}

/**
 * @param {any} text
 * @returns {string} its numbered places, such as `{0}{1}`
 */
function places(text) {
    return [...new Set(String(text).match(/\{\d+\}/g) ?? [])].sort().join('');
}
