/**
 * Every label that is used exists, where the user may lean on it; every label that exists is used.
 */
import { mayName } from '../tree/source.mjs';

export const name = 'labels';

const USES = [
    { files: /\/lwc\/.*\.js$/, pattern: /@salesforce\/label\/c\.(\w+)/g },
    { files: /\.(cls|trigger)$/, pattern: /\b(?:System\.)?Label\.([A-Za-z]\w*)/g },
    { files: /-meta\.xml$/, pattern: /\$Label\.(\w+)/g }
];

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check({ source, labels }) {
    const findings = [];
    const used = new Set();
    for (const { files, pattern } of USES) {
        for (const path of source.paths(files)) {
            const text =
                path.endsWith('.js') || path.endsWith('.xml') ? source.text(path) : withoutComments(source.text(path));
            for (const [, label] of text.matchAll(pattern)) {
                if (label === 'get' || label === 'translationExists') {
                    continue; // methods of System.Label
                }
                const known = labels.get(label);
                if (known && mayName(path, known.path)) {
                    used.add(label);
                } else {
                    findings.push({ file: path, message: `no label ${label}` });
                }
            }
        }
    }
    // A label taken by its name at run time: System.Label.get(null, 'Chime_...').
    for (const path of source.paths(/\.cls$/)) {
        for (const [, label] of source.text(path).matchAll(/'(Chime_\w+)'/g)) {
            used.add(label);
        }
    }
    for (const [label, { path, xml }] of labels) {
        if (!used.has(label)) {
            findings.push({ file: path, message: `nobody uses the label ${label}` });
        }
        if (!/^Chime/.test(label)) {
            findings.push({ file: path, message: `the name of the label ${label} does not begin with Chime` });
        }
        if (xml.protected !== 'true' && xml.protected !== 'false') {
            findings.push({ file: path, message: `the label ${label} does not say whether it is protected` });
        }
        if (xml.value !== undefined && xml.value.length > 1000) {
            findings.push({ file: path, message: `the label ${label} is longer than 1,000 characters` });
        }
    }
    return findings;
}

/** @param {string} text */
function withoutComments(text) {
    return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/[^\n]*/g, '');
}
