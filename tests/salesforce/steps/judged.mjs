/**
 * Copies of the tree for tools that judge a whole folder, each with one seeded fault beside our sources: a tool that
 * does not report the fault has not looked.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the seeded fault lies in a copy. */
export const SEEDED = 'force-app/seeded';

/**
 * @param {string} root the clone
 * @param {string | undefined} seed folder under `fixtures/tools`, if there is one
 * @param {(path: string) => boolean} [kept] which of the package directories' files to copy
 * @returns {{ folder: string, remove: () => void }}
 */
export function judged(root, seed, kept = () => true) {
    const folder = mkdtempSync(join(tmpdir(), 'chime-salesforce-'));
    cpSync(join(root, 'force-app'), join(folder, 'force-app'), { recursive: true, filter: (path) => kept(path) });
    const project = JSON.parse(readFileSync(join(root, 'sfdx-project.json'), 'utf8'));
    project.packageDirectories = project.packageDirectories.filter(({ path }) => kept(join(root, path)));
    if (seed) {
        cpSync(join(root, 'tests/salesforce/fixtures/tools', seed), join(folder, SEEDED, 'main/default'), {
            recursive: true
        });
        project.packageDirectories.push({ path: SEEDED });
    }
    writeFileSync(join(folder, 'sfdx-project.json'), JSON.stringify(project));
    return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * A project that is nothing but a seed.
 *
 * @param {string} root the clone
 * @param {string} seed folder under `fixtures/tools`
 * @returns {{ folder: string, remove: () => void }}
 */
export function alone(root, seed) {
    const folder = mkdtempSync(join(tmpdir(), 'chime-salesforce-'));
    mkdirSync(join(folder, SEEDED), { recursive: true });
    cpSync(join(root, 'tests/salesforce/fixtures/tools', seed), join(folder, SEEDED, 'main/default'), {
        recursive: true
    });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(
        join(folder, 'sfdx-project.json'),
        JSON.stringify({ packageDirectories: [{ path: SEEDED, default: true }], sourceApiVersion: '66.0' })
    );
    return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
