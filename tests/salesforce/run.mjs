/**
 * Judges force-app without an org, step by step, two at a time. Each step says what it looked at; one that fails
 * hides no other; the exit code is 0 only if all passed. Call it by `make test-salesforce`.
 *
 * Words after the name choose steps; `--write` writes `manifest.txt` anew.
 */
import { fileURLToPath } from 'node:url';
import { Source } from './tree/source.mjs';
import { World } from './tree/names.mjs';
import { STEPS as SOURCES } from './steps/sources.mjs';
import { count } from './steps/apex-tests.mjs';
import { faultsOf } from './steps/outcome.mjs';
import * as format from './steps/format.mjs';
import * as lint from './steps/lint.mjs';
import * as apexTypes from './steps/apex-types.mjs';
import * as apexRules from './steps/apex-rules.mjs';
import * as flows from './steps/flows.mjs';
import * as components from './steps/components.mjs';
import * as layout from './steps/layout.mjs';
import * as self from './steps/self.mjs';
import * as templates from './steps/templates.mjs';

/** Two lanes: what computes here and in Node, and what waits for Java. */
const LANES = [
    [...SOURCES, format, lint, flows, self, components],
    [apexTypes, apexRules, layout, templates]
];

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const chosen = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const options = { write: process.argv.includes('--write') };

/** @type {import('./steps/outcome.mjs').Place} */
const place = {
    root,
    node: process.env.CHIME_TEST_NODE ?? process.execPath,
    python: process.env.CHIME_TEST_PYTHON ?? 'python3',
    sf: process.env.CHIME_TEST_SF_DIR ?? '',
    world: new World(Source.read(root))
};

const failed = [];
const known = LANES.flat().map(({ name }) => name);
const unknown = process.argv.slice(2).filter((word) => word !== '--write' && !known.includes(word));
if (unknown.length > 0) {
    console.error(`no step ${unknown.join(', ')}; the steps are: ${known.join(', ')}; and --write`);
    process.exit(2);
}

/** @param {typeof LANES[0]} lane */
async function go(lane) {
    for (const step of lane.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
        const began = Date.now();
        let told;
        try {
            told = await step.run(place, options);
        } catch (error) {
            told = { looked: 0, passed: 0, faults: [`the step itself failed: ${error.stack}`] };
        }
        const seconds = ((Date.now() - began) / 1000).toFixed(1);
        const faults = faultsOf(told);
        const heading = [step.about, told.note && `${told.note}`].filter(Boolean).join('; ');
        console.log(`${step.name}: ${told.passed} passed, ${faults.length} failed (${seconds} s) ${heading}`);
        faults.forEach((fault) => console.log(`    ${fault}`));
        if (faults.length > 0) {
            failed.push(step.name);
        }
    }
}

const began = Date.now();
await Promise.all(LANES.map(go));
const tests = count(place.world);
console.log(`apex tests: ${tests.methods} test methods in ${tests.classes} classes, type-checked, not executed`);
const seconds = Math.round((Date.now() - began) / 1000);
console.log(
    failed.length === 0
        ? `salesforce: all steps passed (${seconds} s)`
        : `salesforce: FAILED: ${failed.join(', ')} (${seconds} s)`
);
process.exitCode = failed.length === 0 ? 0 : 1;
