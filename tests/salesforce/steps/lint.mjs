/** ESLint with Salesforce's rules; a warning is a fault. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ESLint } from 'eslint';
import { outcome, owed } from './outcome.mjs';

export const name = 'lint';
export const about = 'ESLint: components and their tests, no warning';

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, world }) {
    const paths = world.source.paths(/\/lwc\/.*\.js$/);
    const eslint = new ESLint({
        cwd: root,
        overrideConfigFile: join(root, 'tests/salesforce/config/eslint.config.mjs')
    });
    const results = paths.length > 0 ? await eslint.lintFiles(paths) : [];
    const findings = results.flatMap((result) =>
        result.messages.map(({ line, message, ruleId }) => ({
            file: relative(root, result.filePath),
            message: `line ${line}: ${message} (${ruleId})`
        }))
    );
    const told = outcome(paths.length, findings);
    const seed = readFileSync(join(root, 'tests/salesforce/fixtures/tools/lint/chimeSeeded.js.txt'), 'utf8');
    const [seeded] = await eslint.lintText(seed, {
        filePath: join(root, 'force-app/core/main/default/lwc/chimeSeeded/chimeSeeded.js')
    });
    const seen = seeded.messages.map(({ ruleId }) => ruleId).join() === '@lwc/lwc/no-inner-html';
    return { ...told, faults: [...told.faults, ...owed(seen, 'no-inner-html')] };
}
