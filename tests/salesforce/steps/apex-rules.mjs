/** PMD, the search for copies and the Graph Engine, in one run over one copy of the tree. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SYSTEM } from '../rules/apex-shape.mjs';
import { annotations, all, below, child, kind } from '../tree/apex.mjs';
import { SELECTORS } from './analyzer-rules.mjs';
import { judged, SEEDED } from './judged.mjs';
import { owed } from './outcome.mjs';
import { run as execute } from './process.mjs';

/** What each engine must find in the seeded classes. */
const OWED = {
    pmd: ['ApexDoc', 'ApexSOQLInjection', 'EmptyCatchBlock', 'UnusedMethod'],
    cpd: ['DetectCopyPasteForApex', 'DetectCopyPasteForJavascript'],
    sfge: ['ApexFlsViolation', 'DatabaseOperationsMustUseWithSharing']
};

export const name = 'apex rules';
export const about = 'PMD with our list, CPD (100 tokens), Graph Engine: no finding';

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, node, world }) {
    const copy = judged(root, 'analyzer');
    try {
        const script = fileURLToPath(new URL('./analyzer.mjs', import.meta.url));
        const { code, out, err } = await execute(node, [script, copy.folder], {
            // UnusedMethod asks the type checker, which wants to know where the project is.
            env: { ...process.env, PMD_APEX_ROOT_DIRECTORY: copy.folder }
        });
        let told;
        try {
            told = JSON.parse(out.slice(out.indexOf('{"rules"')));
        } catch {
            return {
                looked: 0,
                passed: 0,
                faults: [`the code analyzer did not work (exit ${code}): ${(err || out).slice(0, 600)}`]
            };
        }
        const seeded = told.violations.filter(({ places }) => places[0]?.file.startsWith(SEEDED));
        const ours = told.violations.filter(
            (each) => !seeded.includes(each) && !isEntryPoint(world, each) && !isSystemMode(each)
        );
        const missing = Object.entries(OWED).flatMap(([engine, rules]) =>
            rules.flatMap((rule) =>
                owed(
                    seeded.some((each) => each.engine === engine && each.rule === rule),
                    `${engine} ${rule}`
                )
            )
        );
        const rules = new Set(ours.map(({ engine, rule }) => `${engine} ${rule}`)).size;
        const stopped = code === 0 ? [] : [`the code analyzer ended with ${code}: ${err.slice(0, 600)}`];
        return {
            looked: told.rules.length,
            passed: told.rules.length - rules,
            faults: [...ours.map(line), ...missing, ...unselected(SELECTORS, told.rules), ...stopped],
            note: `rules without a finding; the Graph Engine judged ${told.entryPoints - told.givenUp.length} of ${told.entryPoints} entry points${unjudged(told.givenUp)}`
        };
    } finally {
        copy.remove();
    }
}

/**
 * A rule whose name the engines do not know (renamed, misspelt) is left out without a word; here it is told.
 *
 * @param {string[]} wanted `engine:rule`
 * @param {string[]} selected
 * @returns {string[]}
 */
export function unselected(wanted, selected) {
    const known = new Set(selected);
    return wanted.filter((each) => !known.has(each)).map((each) => `no engine has the rule ${each}`);
}

/** @param {any} violation */
function line({ engine, rule, message, places }) {
    const where = places.map((place) => `${place.file}:${place.line}`).join(' and ');
    return `${where}: ${message.replace(/\s+/g, ' ').slice(0, 300)} (${engine} ${rule})`;
}

/**
 * PMD calls a method unused that Salesforce calls: an action of a flow, a component's method.
 *
 * @param {import('../tree/names.mjs').World} world
 * @param {any} violation
 * @returns {boolean}
 */
function isEntryPoint(world, { rule, places }) {
    const file = rule === 'UnusedMethod' && world.apex.find(({ path }) => path === places[0]?.file);
    return (
        Boolean(file) &&
        all(file.node, 'ClassBodyDeclaration').some((holder) => {
            const node = below(child(holder, 'MemberDeclaration'))[0];
            const marks = annotations(holder);
            const inside = holder.start.line <= places[0].line && places[0].line <= (node?.start.line ?? 0);
            return (
                inside &&
                kind(node) === 'MethodDeclaration' &&
                ['invocablemethod', 'auraenabled'].some((mark) => marks.has(mark))
            );
        })
    );
}

/**
 * System mode in the classes that are there for it. That it stands nowhere else is what the Graph Engine and the rule
 * `apex shape` prove.
 *
 * @param {any} violation
 * @returns {boolean}
 */
function isSystemMode({ engine, rule, places }) {
    const sink = basename(places.at(-1)?.file ?? '', '.cls');
    return (
        engine === 'sfge' &&
        ['ApexFlsViolation', 'DatabaseOperationsMustUseWithSharing'].includes(rule) &&
        SYSTEM.has(sink)
    );
}

/** @param {string[]} names */
function unjudged(names) {
    return names.length === 0 ? '' : `, and gave up on ${names.join(', ')}`;
}
