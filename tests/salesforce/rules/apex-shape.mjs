/**
 * What the Apex type checker lets pass: shapes that annotations ask for, sharing, user mode, debug statements.
 */
import { all, annotations, below, child, kind, line, membersOf, modifiers } from '../tree/apex.mjs';

export const name = 'apex shape';

/** The classes that may work in system mode, each method with its reason. */
export const SYSTEM = new Set(['ChimeSystem', 'ChimeSystemMail', 'ChimeSystemPrivacy', 'ChimeSystemShares']);

const DATABASE =
    /^(insert|update|upsert|delete|undelete|merge|query|querywithbinds|getquerylocator|getquerylocatorwithbinds|countquery|countquerywithbinds|insertimmediate|updateimmediate|deleteimmediate)$/i;

/** More than these want an object of their own. */
const MOST_PARAMETERS = 5;

/** Types that a @future method may take. */
const PLAIN =
    /^(?:(?:List|Set)<)?(?:String|Id|Integer|Long|Decimal|Double|Boolean|Date|Datetime|Time|Blob)>?(?:\[\])?$/i;

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    return world.apex.flatMap((file) => {
        const findings = [];
        const say = (at, message) => findings.push({ file: file.path, message: `line ${line(at)}: ${message}` });
        if (file.fault) {
            findings.push({ file: file.path, message: file.fault });
            return findings;
        }
        top(file, say);
        members(file, say);
        if (!file.isTest) {
            modes(file, say);
        }
        debug(file, say);
        return findings;
    });
}

/** @type {(file: import('../tree/apex.mjs').ApexFile, say: (at: any, message: string) => void) => void} */
function top(file, say) {
    const holder = below(file.node).find((each) => kind(each) === 'TypeDeclaration');
    const declaration = holder && child(holder, 'ClassDeclaration');
    if (!declaration) {
        return;
    }
    const own = child(declaration, 'Id').getText();
    if (own !== file.name) {
        say(declaration, `the class is called ${own}, the file ${file.name}`);
    }
    const words = modifiers(holder);
    const exception = /exception$/i.test(own);
    if (
        !file.isTest &&
        !exception &&
        !['withsharing', 'withoutsharing', 'inheritedsharing'].some((each) => words.has(each))
    ) {
        say(declaration, 'does not state its sharing');
    }
    for (const each of all(file.node, 'TypeDeclaration', 'ClassBodyDeclaration')) {
        if (modifiers(each).has('withoutsharing') && !SYSTEM.has(file.name)) {
            say(each, 'without sharing stands in the classes for system mode only');
        }
    }
    if (file.isTest && /seealldata=true/i.test(annotations(holder).get('istest'))) {
        say(declaration, 'a test sees its own data only');
    }
}

/** @type {(file: import('../tree/apex.mjs').ApexFile, say: (at: any, message: string) => void) => void} */
function members(file, say) {
    for (const declaration of all(file.node, 'ClassDeclaration')) {
        const invocables = [];
        for (const { holder, node } of membersOf(declaration)) {
            const marks = annotations(holder);
            const words = modifiers(holder);
            const method = kind(node) === 'MethodDeclaration';
            if (method && marks.has('invocablemethod')) {
                invocables.push(node);
            }
            if (method && all(child(node, 'FormalParameters'), 'FormalParameter').length > MOST_PARAMETERS) {
                say(node, `has more than ${MOST_PARAMETERS} parameters`);
            }
            if (method) {
                methodShape(marks, words, node, (message) => say(node, message));
            }
            if (marks.has('invocablevariable')) {
                if (!words.has('public') && !words.has('global')) {
                    say(node, '@InvocableVariable stands at a public or global member');
                }
                if (words.has('static') || words.has('final')) {
                    say(node, '@InvocableVariable stands at a member that is neither static nor final');
                }
            }
            if (marks.has('testsetup') && method && !words.has('static')) {
                say(node, '@TestSetup stands at a static method');
            }
        }
        if (invocables.length > 1) {
            say(invocables[1], 'a class has one @InvocableMethod');
        }
    }
}

/** @type {(marks: Map<string, string>, words: Set<string>, node: any, say: (message: string) => void) => void} */
function methodShape(marks, words, node, say) {
    const types = all(child(node, 'FormalParameters'), 'FormalParameter').map((each) =>
        child(each, 'TypeRef').getText()
    );
    const result = child(node, 'TypeRef')?.getText() ?? 'void';
    const seen = words.has('public') || words.has('global');
    for (const mark of ['invocablemethod', 'auraenabled', 'future', 'istest'].filter((each) => marks.has(each))) {
        if (!words.has('static')) {
            say(`@${mark === 'istest' ? 'IsTest' : mark} stands at a static method`);
        }
    }
    for (const mark of ['invocablemethod', 'auraenabled'].filter((each) => marks.has(each))) {
        if (!seen) {
            say(`@${mark} stands at a public or global method`);
        }
    }
    if (marks.has('invocablemethod')) {
        if (types.length > 1 || types.some((type) => !/^List<.+>$/i.test(type))) {
            say('an @InvocableMethod takes one list');
        }
        if (result !== 'void' && !/^List<.+>$/i.test(result)) {
            say('an @InvocableMethod gives a list or nothing');
        }
        if (!/label=/i.test(marks.get('invocablemethod')) || !/description=/i.test(marks.get('invocablemethod'))) {
            say('an @InvocableMethod has a label and a description');
        }
    }
    if (marks.has('future')) {
        if (result !== 'void') {
            say('a @future method gives nothing');
        }
        types.filter((type) => !PLAIN.test(type)).forEach((type) => say(`a @future method cannot take ${type}`));
    }
    if (/cacheable=true/i.test(marks.get('auraenabled') ?? '') && writes(node)) {
        say('a cacheable method writes nothing');
    }
}

/** @param {any} node */
function writes(node) {
    return (
        all(
            node,
            'InsertStatement',
            'UpdateStatement',
            'UpsertStatement',
            'DeleteStatement',
            'UndeleteStatement',
            'MergeStatement'
        ).length > 0
    );
}

/** @type {(file: import('../tree/apex.mjs').ApexFile, say: (at: any, message: string) => void) => void} */
function modes(file, say) {
    const system = SYSTEM.has(file.name);
    for (const statement of all(
        file.node,
        'InsertStatement',
        'UpdateStatement',
        'UpsertStatement',
        'DeleteStatement',
        'UndeleteStatement',
        'MergeStatement'
    )) {
        const level = child(statement, 'AccessLevel')?.getText().toLowerCase();
        if (level !== 'asuser' && !(system && level === 'assystem')) {
            say(statement, 'does not write as user');
        }
    }
    for (const literal of all(file.node, 'SoqlLiteral', 'SoslLiteral')) {
        const mode = /with(user_mode|system_mode)/i.exec(literal.getText())?.[1]?.toLowerCase();
        if (/fromuserrecordaccess/i.test(literal.getText())) {
            continue; // answers who may see a record, and is not itself a thing to be seen
        }
        if (mode !== 'user_mode' && !(system && mode === 'system_mode')) {
            say(literal, 'does not read WITH USER_MODE');
        }
    }
    for (const dot of all(file.node, 'DotExpression')) {
        const call = child(dot, 'DotMethodCall');
        if (call && /^database$/i.test(below(dot)[0].getText())) {
            const method = below(call)[0].getText();
            const mode = /AccessLevel\.(USER_MODE|SYSTEM_MODE)/i.exec(call.getText())?.[1]?.toUpperCase();
            if (
                DATABASE.test(method) &&
                mode !== 'USER_MODE' &&
                !(system && mode === 'SYSTEM_MODE') &&
                !/(?:,|\()(?:mode|level|access)\w*\)?/i.test(call.getText())
            ) {
                say(dot, `Database.${method} is given no AccessLevel.USER_MODE`);
            }
        }
    }
}

/** @type {(file: import('../tree/apex.mjs').ApexFile, say: (at: any, message: string) => void) => void} */
function debug(file, say) {
    for (const dot of all(file.node, 'DotExpression')) {
        if (/^system\.debug\(/i.test(dot.getText())) {
            say(dot, 'System.debug writes into the org for anyone who may read logs');
        }
    }
}
