/** Two scanners of flows: the community's rules of design, and Salesforce's search for ways to privileged data. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { outcome, owed } from './outcome.mjs';
import { run as execute } from './process.mjs';

const require = createRequire(import.meta.url);
const { parse, scan } = require('lightning-flow-scanner-core');

export const name = 'flows';
export const about = 'Flow Scanner and flowtest: no finding';

/**
 * Rules that contradict how a package ships flows: drafts are an admin's choice (`InactiveFlow` is about drafts), and
 * the version is checked elsewhere.
 */
const LEFT_OUT = new Set(['InactiveFlow', 'APIVersion']);

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, python, world }) {
    const paths = world.source.members('flow').map(({ path }) => path);
    const seeds = readdirSync(join(root, 'tests/salesforce/fixtures/tools/flows')).map(
        (each) => `tests/salesforce/fixtures/tools/flows/${each}`
    );
    const findings = [
        ...(await designed(root, [...paths, ...seeds])),
        ...(await secure(root, python, [...paths, ...seeds]))
    ];
    const isSeed = ({ file }) => file.includes('/fixtures/');
    const seen = findings.filter(isSeed).map(({ rule }) => rule);
    const told = outcome(
        paths.length,
        findings.filter((each) => !isSeed(each))
    );
    return {
        ...told,
        faults: [
            ...told.faults,
            ...owed(seen.includes('MissingFaultPath'), 'a missing fault path'),
            ...owed(seen.includes('flowtest'), 'a way from the screen to privileged data')
        ]
    };
}

/** @type {(root: string, paths: string[]) => Promise<{ file: string, rule: string, message: string }[]>} */
async function designed(root, paths) {
    const parsed = await parse(paths.map((path) => join(root, path)));
    const broken = parsed
        .map((each, at) => ({ file: paths[at], rule: 'parse', message: each.errorMessage }))
        .filter(({ message }) => message);
    const scanned = scan(parsed).flatMap(({ flow, ruleResults }) =>
        ruleResults
            .filter(({ occurs, ruleName }) => occurs && !LEFT_OUT.has(ruleName))
            .flatMap(({ ruleName, details }) =>
                details.map((detail) => ({
                    file: paths.find((path) => basename(path) === basename(flow.fsPath ?? flow.uri ?? '')) ?? flow.name,
                    rule: ruleName,
                    message: `${detail.name}: ${ruleName}`
                }))
            )
    );
    return [...broken, ...scanned];
}

/** @type {(root: string, python: string, paths: string[]) => Promise<{ file: string, rule: string, message: string }[]>} */
async function secure(root, python, paths) {
    const out = mkdtempSync(join(tmpdir(), 'chime-flows-'));
    try {
        const report = join(out, 'report.json');
        const { code, err } = await execute(
            python,
            ['-B', '-m', 'flowtest', '-f', paths.map((path) => join(root, path)).join(), '-j', report, '--no_log'],
            { cwd: join(root, 'node_modules/@salesforce/code-analyzer-flow-engine/FlowScanner') }
        );
        let told;
        try {
            told = JSON.parse(readFileSync(report, 'utf8'));
        } catch {
            return [{ file: 'flowtest', rule: 'flowtest did not work', message: `exit ${code}: ${err.slice(0, 300)}` }];
        }
        return Object.values(told.results).flatMap((each) =>
            each.map((result) => ({
                file: paths.find((path) => basename(path) === basename(result.flow?.at(-1)?.flow_path ?? '')) ?? '',
                rule: 'flowtest',
                message: `${result.query_name}: ${result.description}`
            }))
        );
    } finally {
        rmSync(out, { recursive: true, force: true });
    }
}
