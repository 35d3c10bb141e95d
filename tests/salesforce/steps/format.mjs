/** Every file of force-app, and these checks themselves, in the one layout. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { outcome, owed } from './outcome.mjs';

export const name = 'format';
export const about = 'Prettier: Apex, XML, HTML, JavaScript, JSON';

const KNOWN = /\.(cls|trigger|xml|js|mjs|cjs|html|css|json)$/;

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root }) {
    const paths = files(root);
    const findings = [];
    for (const path of paths) {
        const message = await fault(join(root, path), readFileSync(join(root, path), 'utf8'));
        if (message) {
            findings.push({ file: path, message });
        }
    }
    const told = outcome(paths.length, findings);
    const seed = join(root, 'tests/salesforce/fixtures/tools/format/ChimeSeededFormat.cls.txt');
    const seen = await fault(join(root, 'force-app/ChimeSeededFormat.cls'), readFileSync(seed, 'utf8'));
    return { ...told, faults: [...told.faults, ...owed(seen === 'is not formatted', 'format')] };
}

/** What git knows or could know: no installed packages, nothing ignored. */
function files(root) {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'force-app', 'tests/salesforce'], {
        cwd: root,
        encoding: 'utf8'
    });
    return listed
        .split('\n')
        .filter(
            (path) =>
                KNOWN.test(path) && existsSync(join(root, path)) && !/\/fixtures\/|package(-lock)?\.json$/.test(path)
        )
        .sort();
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {Promise<string | undefined>}
 */
async function fault(path, text) {
    try {
        const options = await prettier.resolveConfig(path, { config: CONFIG, editorconfig: false });
        return (await prettier.check(text, { ...options, filepath: path })) ? undefined : 'is not formatted';
    } catch (error) {
        return String(error.message).split('\n')[0];
    }
}

const CONFIG = new URL('../config/prettier.config.mjs', import.meta.url).pathname;
