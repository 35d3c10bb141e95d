/**
 * Apex taken apart by the grammar that Salesforce's community keeps; the rules walk its nodes by their kind.
 */
import { createRequire } from 'node:module';
import { basename } from 'node:path';

const { ApexParserFactory, ApexErrorListener } = createRequire(import.meta.url)('@apexdevtools/apex-parser');

/**
 * @typedef {object} ApexFile
 * @property {string} path
 * @property {string} name
 * @property {string} text
 * @property {any} [node] its root; nothing, if it could not be read
 * @property {string} [fault]
 * @property {boolean} isTest
 */

/** Keeps the first fault of the syntax. */
class Faults extends ApexErrorListener {
    first = undefined;

    /** Called by the parser. */
    apexSyntaxError(line, column, message) {
        this.first ??= `line ${line}: ${message}`;
    }
}

/**
 * @param {import('./source.mjs').Source} source
 * @returns {ApexFile[]}
 */
export function readApex(source) {
    return source.paths(/\.(cls|trigger)$/).map((path) => {
        const text = source.text(path);
        const file = { path, text, name: basename(path).replace(/\.(cls|trigger)$/, ''), isTest: false };
        try {
            const parser = ApexParserFactory.createParser(text);
            const faults = new Faults();
            parser.removeErrorListeners();
            parser.addErrorListener(faults);
            file.node = path.endsWith('.cls') ? parser.compilationUnit() : parser.triggerUnit();
            file.isTest = path.endsWith('.cls') && annotations(file.node.children?.[0]).has('istest');
            file.fault = faults.first;
        } catch (error) {
            file.fault = String(error);
        }
        return file;
    });
}

/**
 * @param {any} node
 * @returns {string} its kind, such as `MethodDeclaration`
 */
export function kind(node) {
    return node.constructor.name.replace(/Context\d*$/, '');
}

/**
 * @param {any} node
 * @returns {any[]}
 */
export function below(node) {
    return node?.children ?? [];
}

/**
 * Every node of these kinds below a node, outermost first.
 *
 * @param {any} node
 * @param {...string} kinds
 * @returns {any[]}
 */
export function all(node, ...kinds) {
    return below(node).flatMap((child) =>
        kinds.includes(kind(child)) ? [child, ...all(child, ...kinds)] : all(child, ...kinds)
    );
}

/**
 * @param {any} node
 * @param {string} name
 * @returns {any} the first direct child of this kind
 */
export function child(node, name) {
    return below(node).find((each) => kind(each) === name);
}

/**
 * The modifiers before a declaration: the children of the node that holds it.
 *
 * @param {any} holder `TypeDeclaration` or `ClassBodyDeclaration`
 * @returns {Set<string>} words in lower case without blanks, such as `static`, `withsharing`
 */
export function modifiers(holder) {
    return new Set(
        below(holder)
            .filter((each) => kind(each) === 'Modifier' && kind(below(each)[0]) !== 'Annotation')
            .map((each) => each.getText().toLowerCase())
    );
}

/**
 * @param {any} holder `TypeDeclaration` or `ClassBodyDeclaration`
 * @returns {Map<string, string>} name in lower case to the text of its arguments
 */
export function annotations(holder) {
    return new Map(
        below(holder)
            .filter((each) => kind(each) === 'Modifier' && kind(below(each)[0]) === 'Annotation')
            .map((each) => below(each)[0])
            .map((each) => [
                child(each, 'QualifiedName')?.getText().toLowerCase() ?? child(each, 'Id').getText().toLowerCase(),
                each.getText()
            ])
    );
}

/**
 * Members of a class, each with the node that holds its modifiers.
 *
 * @param {any} declaration `ClassDeclaration`
 * @returns {{ holder: any, node: any }[]}
 */
export function membersOf(declaration) {
    return below(child(declaration, 'ClassBody'))
        .filter((holder) => kind(holder) === 'ClassBodyDeclaration')
        .map((holder) => ({ holder, node: below(child(holder, 'MemberDeclaration'))[0] }))
        .filter(({ node }) => node);
}

/**
 * @param {any} node
 * @returns {number}
 */
export function line(node) {
    return node.start?.line ?? 0;
}
