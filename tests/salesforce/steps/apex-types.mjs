/**
 * The Apex type checker, with our objects, events, labels and the standard types: over all packages, then over core
 * alone, since core must compile in an org that has nothing else.
 */
import { join, relative } from 'node:path';
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
    const core = judged(root, undefined, (path) => !/force-app\/(?!core(\/|$))[^/]/.test(path));
    try {
        const [all, alone] = [await issues(root, whole.folder), await issues(root, core.folder)];
        const seeded = all.issues.filter(({ file }) => file.startsWith(SEEDED));
        const ours = all.issues.filter(({ file }) => !file.startsWith(SEEDED));
        const onlyAlone = alone.issues.filter(
            ({ file, message }) => !ours.some((each) => each.file === file && each.message === message)
        );
        const faults = [
            ...all.faults,
            ...alone.faults,
            ...ours.map(({ file, message }) => `${file}: ${message}`),
            ...onlyAlone.map(({ file, message }) => `${file}: core by itself: ${message}`)
        ];
        const seen = seeded.length === 1 && /Incompatible types|incompatible/i.test(seeded[0].message);
        const wrong = new Set([...ours, ...onlyAlone].map(({ file }) => file)).size;
        return {
            passed: Math.max(0, world.apex.length - wrong),
            faults: [...faults, ...owed(seen, `a number for a text in ${SEEDED} (${JSON.stringify(seeded)})`)]
        };
    } finally {
        whole.remove();
        core.remove();
    }
}

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
