// @ts-check
/**
 * Types, faults and layout of all JavaScript that people run in a browser and that tests it. Says what each check looked at;
 * exits 0 only if all is well. Call it by `make check-room`; `--write` lets Prettier lay the files out anew.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lint } from './lint.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const tools = join(root, 'room/node_modules');
const console_ = 'crates/emulator/console';

/** Each folder with types of its own. */
const TYPED = ['room', console_, 'tests/browser'];
const LAID_OUT = [
    'room/{src,build,tests,texts,dev}/**/*.{js,mjs,html,css}',
    `${console_}/{src,build,tests}/**/*.{js,mjs,html,css}`,
    'tests/browser/{.,harness,sdk,room}/*.{js,mjs}'
];

let wrong = 0;
/** @param {string} what @param {boolean} right @param {string} said */
function tell(what, right, said) {
    console.log(`${what}: ${right ? 'right' : 'WRONG'}`);
    if (!right) {
        console.log(said.trim());
        wrong += 1;
    }
}

/** @param {string} what @param {string} tool @param {string[]} args */
function check(what, tool, args) {
    const done = spawnSync(process.execPath, [join(tools, tool), ...args], { cwd: root, encoding: 'utf8' });
    tell(what, done.status === 0, `${done.stdout}${done.stderr}`);
}

for (const folder of TYPED) {
    const config = join(folder, 'tsconfig.json');
    if (!existsSync(join(root, config))) {
        console.log(`${folder}: has no tsconfig.json`);
        wrong += 1;
        continue;
    }
    check(`types of ${folder}`, 'typescript/bin/tsc', ['--noEmit', '-p', config]);
}
const files = globSync(LAID_OUT, { cwd: root }).sort();
const scripts = files.filter((file) => /\.m?js$/.test(file));
const faults = await lint(scripts);
tell(`lint of ${scripts.length} files`, faults.length === 0, faults.join('\n'));
const how = process.argv.includes('--write') ? '--write' : '--check';
check(`layout of ${files.length} files`, 'prettier/bin/prettier.cjs', [
    how,
    '--log-level=warn',
    `--config=${join(here, 'prettier.config.mjs')}`,
    ...files
]);
process.exit(wrong > 0 ? 1 : 0);
