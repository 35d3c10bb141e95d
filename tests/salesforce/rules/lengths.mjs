/**
 * Texts are no longer than an org takes; a deployment refuses the first that is.
 */
import { everywhere, many } from '../tree/xml.mjs';

export const name = 'lengths';

/** Suffix of a file to its elements and the most characters each may have. */
const MOST = {
    app: { label: 40, description: 255 },
    customPermission: { label: 80, description: 255 },
    dashboard: { title: 80, description: 255 },
    field: { label: 40, inlineHelpText: 510, description: 1000, relationshipLabel: 80 },
    flow: { label: 80, description: 2000 },
    listView: { label: 40 },
    object: { label: 40, pluralLabel: 40, description: 1000 },
    permissionset: { label: 80, description: 255 },
    quickAction: { label: 80 },
    report: { name: 40, description: 255 },
    reportType: { label: 50, description: 255 },
    validationRule: { errorMessage: 255 }
};

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check({ source }) {
    const findings = [];
    for (const [suffix, limits] of Object.entries(MOST)) {
        for (const { path, xml } of source.members(suffix)) {
            for (const [element, most] of Object.entries(limits)) {
                const long = many(xml[element]).filter((text) => String(text).length > most);
                findings.push(...long.map((text) => fault(path, element, text, most)));
            }
        }
    }
    for (const { path, xml } of source.members('labels')) {
        const long = everywhere(xml, 'shortDescription').filter((text) => text.length > 80);
        findings.push(...long.map((text) => fault(path, 'shortDescription', text, 80)));
    }
    return findings;
}

/** @type {(file: string, element: string, text: string, most: number) => import('../tree/source.mjs').Finding} */
function fault(file, element, text, most) {
    return { file, message: `${element} has ${text.length} characters, an org takes ${most}` };
}
