/**
 * The Apex type checker, with our objects, events, labels and the standard types: over all packages, then over core
 * alone, since core must compile in an org that has nothing else.
 */
import { basename, join, relative } from 'node:path';
import { judged, SEEDED } from './judged.mjs';
import { owed } from './outcome.mjs';
import { run as execute } from './process.mjs';

export const name = 'apex types';
export const about = 'apex-ls: every expression has its type, no warning; then core by itself';

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, world }) {
    const whole = judged(root, 'apex-types');
    const core = judged(root, 'apex-types', (path) => !/force-app\/(?!core(\/|$))[^/]/.test(path));
    try {
        const [all, alone] = [await issues(root, whole.folder), await issues(root, core.folder)];
        const isSeed = ({ file }) => file.startsWith(SEEDED);
        const ours = all.issues.filter((each) => !isSeed(each));
        const onlyAlone = alone.issues.filter(
            (one) => !isSeed(one) && !ours.some(({ file, message }) => one.file === file && one.message === message)
        );
        const faults = [
            ...all.faults,
            ...alone.faults,
            ...ours.map(({ file, message }) => `${file}: ${message}`),
            ...onlyAlone.map(({ file, message }) => `${file}: core by itself: ${message}`)
        ];
        const [seen, seenAlone] = [all, alone].map(({ issues: found }) =>
            found.filter(isSeed).map(({ file, message }) => `${basename(file)}: ${message}`)
        );
        const wrong = new Set([...ours, ...onlyAlone].map(({ file }) => file)).size;
        return {
            looked: world.apex.length,
            passed: Math.max(0, world.apex.length - wrong),
            faults: [
                ...faults,
                ...owed(isNumberForText(seen[0]) && seen.length === 1, `a number for a text alone (${seen})`),
                ...owed(
                    seenAlone.length === 2 && seenAlone.some(isNumberForText) && seenAlone.some(isBeyondCore),
                    `in core by itself, a number for a text and a field of sales (${seenAlone})`
                )
            ]
        };
    } finally {
        whole.remove();
        core.remove();
    }
}

/** @type {(issue: string | undefined) => boolean} the seed that is wrong everywhere */
const isNumberForText = (issue = '') => /^ChimeSeededType\.cls: .*incompatible types/i.test(issue);

/** @type {(issue: string) => boolean} the seed that is right beside sales, and wrong where core stands alone */
const isBeyondCore = (issue) => /^ChimeSeededBorder\.cls: .*Lead__c/.test(issue);

/**
 * @param {string} root
 * @param {string} folder
 * @returns {Promise<{ issues: { file: string, message: string }[], faults: string[] }>}
 */
async function issues(root, folder) {
    const jars = join(root, 'node_modules/@salesforce/code-analyzer-pmd-engine/dist/java-lib/*');
    const checker = 'io.github.apexdevtools.apexls.CheckForIssues';
    const { code, out, err } = await execute('java', [
        ...['-XX:TieredStopAtLevel=1', '-cp', jars, checker, '--workspace', folder],
        ...['--format', 'json', '--detail', 'warnings', '--nocache']
    ]);
    try {
        const text = out.slice(out.indexOf('{'));
        const { files } = JSON.parse(text);
        return {
            issues: files.flatMap((file) =>
                file.messages.map(({ start: { line }, message }) => ({
                    file: relative(folder, file.path),
                    message: `line ${line}: ${message}`
                }))
            ),
            faults: []
        };
    } catch {
        return code === 0 && out.trim() === '' && err.trim() === ''
            ? { issues: [], faults: [] }
            : { issues: [], faults: [`apex-ls did not work (exit ${code}): ${(err || out).slice(0, 400)}`] };
    }
}
