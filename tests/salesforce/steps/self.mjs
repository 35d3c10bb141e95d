/** The self-tests: every home-made rule on sources with one seeded fault each. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run as execute } from './process.mjs';

export const name = 'self-test';
export const about = 'each home-made rule reports the seeded fault of each fixture, and nothing else';

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, node }) {
    const folder = join(root, 'tests/salesforce/selftest');
    const files = readdirSync(folder)
        .filter((each) => each.endsWith('.test.mjs'))
        .map((each) => join(folder, each));
    const { out } = await execute(node, ['--test', '--test-reporter=tap', ...files]);
    const count = (word) => Number(new RegExp(`^# ${word} (\\d+)`, 'm').exec(out)?.[1] ?? 0);
    const failed = [...out.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, title]) => title);
    const broken = count('pass') === 0 ? [`no self-test passed: ${out.slice(0, 300)}`] : [];
    const counted = count('fail') > 0 && failed.length === 0 ? [`${count('fail')} self-tests failed`] : [];
    return {
        looked: count('tests'),
        passed: count('pass'),
        faults: [...failed, ...broken, ...counted],
        note: 'self-tests'
    };
}
