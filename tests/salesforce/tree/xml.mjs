/**
 * XML of the Metadata API as plain objects. An element that may stand more than once is read by `many`, since one
 * alone looks like a single value.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: true });

/**
 * @param {string} text
 * @returns {{ root: string, body: any } | { fault: string }} the root element's name and content, or what is wrong
 */
export function parseXml(text) {
    const valid = XMLValidator.validate(text);
    if (valid !== true) {
        return { fault: `not well-formed: ${valid.err.msg} (line ${valid.err.line})` };
    }
    const parsed = parser.parse(text);
    const roots = Object.keys(parsed).filter((name) => name !== '?xml');
    return roots.length === 1 ? { root: roots[0], body: parsed[roots[0]] || {} } : { fault: 'not one root element' };
}

/**
 * @param {any} value nothing, one value or a list
 * @returns {any[]}
 */
export function many(value) {
    if (value === undefined || value === '') {
        return [];
    }
    return Array.isArray(value) ? value : [value];
}

/**
 * Every element below `node` with this name, however deep.
 *
 * @param {any} node
 * @param {string} name
 * @returns {any[]}
 */
export function everywhere(node, name) {
    if (node === null || typeof node !== 'object') {
        return [];
    }
    return Object.entries(node).flatMap(([key, value]) => {
        const deeper = many(value).flatMap((item) => everywhere(item, name));
        return key === name ? [...many(value), ...deeper] : deeper;
    });
}
