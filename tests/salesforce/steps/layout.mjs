/**
 * Salesforce's command line turns each package directory into what a deployment sends; what it then lists is compared
 * with `manifest.txt`, so that nothing joins or leaves a package unseen. `run.mjs --write` writes that list anew.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { many, parseXml } from '../tree/xml.mjs';
import { alone } from './judged.mjs';
import { owed } from './outcome.mjs';
import { run as execute } from './process.mjs';

export const name = 'layout';
export const about = 'sf project convert source: each package by itself; its list of members as committed';

const LIST = 'tests/salesforce/manifest.txt';

/**
 * @param {import('./outcome.mjs').Place} place
 * @param {{ write?: boolean }} [options]
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, node, sf }, { write = false } = {}) {
    const home = mkdtempSync(join(tmpdir(), 'chime-sf-'));
    try {
        const { packageDirectories } = JSON.parse(readFileSync(join(root, 'sfdx-project.json'), 'utf8'));
        const faults = [];
        const members = [];
        const filled = packageDirectories.map(({ path }) => path).filter((path) => holdsFiles(join(root, path)));
        for (const path of filled) {
            const { list, fault } = await convert({ node, sf, home }, root, path);
            members.push(...list);
            faults.push(...(fault ? [`${path}: ${fault}`] : []));
        }
        if (write && faults.length === 0) {
            writeFileSync(join(root, LIST), `${members.join('\n')}\n`);
        }
        faults.push(...drift(members, readFileSync(join(root, LIST), 'utf8').trim().split('\n')));
        faults.push(...(await seeded({ node, sf, home }, root)));
        return { looked: members.length, passed: members.length, faults, note: `members of ${filled.length} packages` };
    } finally {
        rmSync(home, { recursive: true, force: true });
    }
}

/**
 * What is there and not listed, or listed and not there.
 *
 * @param {string[]} members
 * @param {string[]} listed
 * @returns {string[]}
 */
export function drift(members, listed) {
    const there = new Set(members);
    const known = new Set(listed);
    return [
        ...members.filter((each) => !known.has(each)).map((each) => `${LIST} lacks: ${each}`),
        ...listed.filter((each) => !there.has(each)).map((each) => `${LIST} names what is gone: ${each}`)
    ];
}

/** @type {(tools: any, root: string) => Promise<string[]>} */
async function seeded(tools, root) {
    const project = alone(root, 'convert');
    try {
        const { fault } = await convert(tools, project.folder, 'force-app/seeded');
        return owed(Boolean(fault?.includes('TypeInferenceError')), `a file of no known type (${fault})`);
    } finally {
        project.remove();
    }
}

/**
 * @param {{ node: string, sf: string, home: string }} tools
 * @param {string} folder the project
 * @param {string} path a package directory
 * @returns {Promise<{ list: string[], fault?: string }>} one line a member: package, type, name
 */
export async function convert({ node, sf, home }, folder, path) {
    const out = join(home, 'out', path);
    mkdirSync(out, { recursive: true });
    const cli = join(sf, 'node_modules/@salesforce/cli/bin/run.js');
    const {
        code,
        err,
        out: words
    } = await execute(
        node,
        ['--no-deprecation', cli, 'project', 'convert', 'source', '--root-dir', path, '--output-dir', out, '--json'],
        {
            cwd: folder,
            env: {
                ...process.env,
                HOME: home,
                SF_DISABLE_TELEMETRY: 'true',
                SF_SKIP_NEW_VERSION_CHECK: 'true',
                SF_AUTOUPDATE_DISABLE: 'true',
                SF_DISABLE_LOG_FILE: 'true'
            }
        }
    );
    if (code !== 0) {
        const told = /"name": "(\w+)",[\s\S]*?"message": "([^"]*)"/.exec(words) ?? /"message": "([^"]*)"/.exec(words);
        return {
            list: [],
            fault: `sf cannot convert it (exit ${code}): ${told ? told.slice(1).join(': ') : (err || words).slice(0, 300)}`
        };
    }
    const { body } = parseXml(readFileSync(join(out, 'package.xml'), 'utf8'));
    // Each label by itself is the rule on labels' business; here their file is one member.
    const list = many(body.types)
        .filter(({ name: type }) => type !== 'CustomLabel')
        .flatMap((type) => many(type.members).map((member) => `${path.split('/')[1]} ${type.name} ${member}`));
    return { list: list.sort() };
}

/** @type {(folder: string) => boolean} */
function holdsFiles(folder) {
    try {
        return readdirSync(folder, { recursive: true }).some((each) => statSync(join(folder, each)).isFile());
    } catch {
        return false;
    }
}
