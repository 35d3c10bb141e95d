/**
 * Every metadata file against the types that Salesforce generates from its Metadata WSDL: well-formed, known elements,
 * no element twice that may stand once, words of an enumeration, booleans, numbers, required elements.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { many } from '../tree/xml.mjs';

export const name = 'schema';

/** Where the WSDL says less or more than an org does. */
const EXEMPT = {
    // An org takes the file without it and writes false.
    required: new Set(['CustomPermission.isLicensed']),
    // Typed as one string in the WSDL; it is the configuration of each target.
    opaque: new Set(['LightningComponentBundle.targetConfigs'])
};

/** @type {Map<string, any> | undefined} */
let types;

/**
 * @returns {Map<string, any>} type name to `{ fields }` or `{ words }` or `{ alias }`
 */
function wsdl() {
    if (types) {
        return types;
    }
    types = new Map();
    const path = fileURLToPath(import.meta.resolve('@salesforce/types/metadata')).replace(/\.js$/, '.d.ts');
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
    for (const statement of file.statements) {
        if (ts.isTypeAliasDeclaration(statement)) {
            types.set(statement.name.text, shape(statement.type));
        }
    }
    return types;
}

/** @param {ts.TypeNode} type */
function shape(type) {
    if (ts.isUnionTypeNode(type)) {
        return { words: new Set(type.types.map((each) => each.literal?.text)) };
    }
    if (ts.isLiteralTypeNode(type)) {
        return { words: new Set([type.literal.text]) };
    }
    if (ts.isIntersectionTypeNode(type)) {
        const parts = type.types.map(shape);
        return {
            parents: parts.flatMap((part) => (part.alias ? [part.alias] : [])),
            fields: new Map(parts.flatMap((part) => [...(part.fields ?? [])]))
        };
    }
    if (ts.isTypeLiteralNode(type)) {
        return { parents: [], fields: new Map(type.members.map((member) => [member.name.text, field(member)])) };
    }
    return { alias: type.typeName?.text ?? word(type) };
}

/** @param {any} member */
function field(member) {
    const list = ts.isArrayTypeNode(member.type);
    const element = list ? member.type.elementType : member.type;
    return { list, required: !list && !member.questionToken, ...shape(element) };
}

/** @param {ts.TypeNode} type */
function word(type) {
    const words = {
        [ts.SyntaxKind.StringKeyword]: 'string',
        [ts.SyntaxKind.BooleanKeyword]: 'boolean',
        [ts.SyntaxKind.NumberKeyword]: 'number'
    };
    return words[type.kind] ?? 'string';
}

/**
 * @param {string} typeName
 * @returns {Map<string, any>} its fields with those of its parents
 */
function fieldsOf(typeName) {
    const type = wsdl().get(typeName);
    if (type?.alias) {
        return fieldsOf(type.alias);
    }
    if (!type?.fields) {
        return new Map();
    }
    return new Map([...type.parents.flatMap((parent) => [...fieldsOf(parent)]), ...type.fields]);
}

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check({ source }) {
    return source.paths(/-meta\.xml$/).flatMap((path) => {
        const parsed = source.parsed(path);
        if ('fault' in parsed) {
            return [{ file: path, message: parsed.fault }];
        }
        if (fieldsOf(parsed.root).size === 0) {
            return [{ file: path, message: `no metadata type ${parsed.root}` }];
        }
        return element(parsed.root, parsed.body, parsed.root).map((message) => ({ file: path, message }));
    });
}

/**
 * @param {string} typeName
 * @param {any} body
 * @param {string} at
 * @returns {string[]}
 */
function element(typeName, body, at) {
    const fields = fieldsOf(typeName);
    const faults = [];
    for (const [key, value] of Object.entries(body === '' ? {} : body)) {
        const known = fields.get(key);
        if (!known) {
            faults.push(`${at}: unknown element ${key}`);
        } else if (Array.isArray(value) && !known.list) {
            faults.push(`${at}.${key} stands more than once`);
        } else if (!EXEMPT.opaque.has(`${typeName}.${key}`)) {
            faults.push(...many(value).flatMap((each) => content(known, each, `${at}.${key}`)));
        }
    }
    for (const [key, known] of fields) {
        if (known.required && !(key in body) && !EXEMPT.required.has(`${typeName}.${key}`)) {
            faults.push(`${at}: ${key} is missing`);
        }
    }
    return faults;
}

/**
 * @param {any} known
 * @param {any} value
 * @param {string} at
 * @returns {string[]}
 */
function content(known, value, at) {
    const type = known.alias ? (wsdl().get(known.alias) ?? known) : known;
    if (type.fields) {
        return typeof value === 'object' || value === ''
            ? element(known.alias, value, at)
            : [`${at} holds text, not elements`];
    }
    if (typeof value === 'object') {
        return [`${at} holds elements, not text`];
    }
    if (type.words) {
        return type.words.has(value) ? [] : [`${at}: ${value} is none of the words it may be`];
    }
    if (known.alias === 'boolean') {
        return ['true', 'false'].includes(value) ? [] : [`${at}: ${value} is not true or false`];
    }
    if (known.alias === 'number') {
        return /^-?\d+(\.\d+)?$/.test(value) ? [] : [`${at}: ${value} is not a number`];
    }
    return [];
}
