/** The tests of the components, in jsdom, with their coverage; then a seeded component that must fail. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { alone } from './judged.mjs';
import { owed } from './outcome.mjs';
import { run as execute } from './process.mjs';

export const name = 'component tests';
export const about = 'Jest: every component, accessibility (sa11y), 90 % of the lines';

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, node }) {
    const { results, lines, counted, words } = await jest(root, root, node);
    if (!results) {
        return { looked: 0, passed: 0, faults: [`jest did not work: ${words.slice(0, 800)}`] };
    }
    const failures = results.testResults.flatMap((file) => {
        const where = relative(root, file.name);
        const wrong = file.assertionResults.filter(({ status }) => status === 'failed');
        const broken =
            file.status === 'failed' && wrong.length === 0 ? [`${where}: ${file.message.slice(0, 400)}`] : [];
        return [
            ...broken,
            ...wrong.map((each) => `${where}: ${each.fullName}: ${each.failureMessages.join(' ').slice(0, 300)}`)
        ];
    });
    const skipped = results.numPendingTests + results.numTodoTests;
    const faults = [
        ...failures,
        ...(skipped > 0 ? [`${skipped} tests are skipped`] : []),
        ...(results.numTotalTests === 0 ? ['there are no tests'] : []),
        ...(counted > 0 ? [] : ['no line was counted for the coverage']),
        ...(/coverage threshold .* not met/.test(words) ? [`coverage of lines is ${lines} %, not 90 %`] : []),
        ...(await seeded(root, node))
    ];
    return {
        looked: results.numTotalTests,
        passed: results.numPassedTests,
        faults,
        note: `tests; ${lines} % of the lines`
    };
}

/**
 * @param {string} root the clone
 * @param {string} node
 * @returns {Promise<string[]>}
 */
async function seeded(root, node) {
    const project = alone(root, 'components');
    try {
        const { results, words } = await jest(root, project.folder, node);
        const failed = (results?.testResults ?? [])
            .flatMap(({ assertionResults }) => assertionResults)
            .filter(({ status }) => status === 'failed')
            .map(({ title }) => title)
            .sort();
        return [
            ...owed(
                failed.join() === 'has a button without a name,says what it does not show',
                `two tests (${failed})`
            ),
            ...owed(/coverage threshold for lines \(90%\) not met/.test(words), `coverage (${words.slice(-200)})`)
        ];
    } finally {
        project.remove();
    }
}

/**
 * @param {string} root the clone
 * @param {string} folder the project
 * @param {string} node
 * @returns {Promise<{ results?: any, lines?: number, counted?: number, words: string }>} of the lines: per cent, number
 */
async function jest(root, folder, node) {
    const out = mkdtempSync(join(tmpdir(), 'chime-jest-'));
    try {
        const { err } = await execute(
            node,
            [
                join(root, 'node_modules/jest/bin/jest.js'),
                ...['--config', join(root, 'tests/salesforce/config/jest.config.cjs'), '--ci', '--maxWorkers=2'],
                // Its own cache: what another run compiled without counting would count as no lines at all.
                ...['--cacheDirectory', join(root, 'node_modules/.cache/jest-coverage')],
                ...[
                    '--coverage',
                    '--coverageDirectory',
                    join(out, 'coverage'),
                    '--json',
                    '--outputFile',
                    join(out, 'results.json')
                ]
            ],
            { cwd: folder }
        );
        try {
            const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
            const summary = JSON.parse(readFileSync(join(out, 'coverage/coverage-summary.json'), 'utf8'));
            return { results, lines: summary.total.lines.pct, counted: summary.total.lines.total, words: err };
        } catch {
            return { words: err };
        }
    } finally {
        rmSync(out, { recursive: true, force: true });
    }
}
