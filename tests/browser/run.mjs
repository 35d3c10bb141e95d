// @ts-check
/**
 * The tests of the room and the console: first their own, then people in Chromium. One after the other: each browser
 * test wants the machine for itself. Says at the end what passed, how long it took and what was left out; the exit code is 0
 * only if all that ran passed. Words choose what runs. Call it by `make test-room`.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

/**
 * What runs: a word to choose it by, where, and its files. What is marked long takes minutes and runs only in
 * `make test-long`, or when it is named.
 */
const SUITES = [
    { word: 'room', at: 'room', files: ['tests/core/*.test.js', 'tests/ui/*.test.js'] },
    { word: 'console', at: 'crates/emulator/console', files: ['tests/*.test.js'] },
    { word: 'sdk', at: 'tests/browser', files: ['sdk/two.test.mjs'] },
    { word: 'mix', at: 'tests/browser', files: ['sdk/three.test.mjs'] },
    { word: 'ends', at: 'tests/browser', files: ['sdk/ends.test.mjs'], long: true },
    { word: 'meeting', at: 'tests/browser', files: ['room/meeting.test.mjs'] },
    { word: 'keys', at: 'tests/browser', files: ['room/keys.test.mjs'] },
    { word: 'door', at: 'tests/browser', files: ['room/door.test.mjs'], long: true },
    { word: 'frame', at: 'tests/browser', files: ['room/frame.test.mjs'], long: true },
    { word: 'consent', at: 'tests/browser', files: ['room/consent.test.mjs'], long: true },
    { word: 'seat', at: 'tests/browser', files: ['room/seat.test.mjs'], long: true },
    { word: 'stories', at: 'tests/browser', files: ['stories.test.mjs'] },
    { word: 'recorder', at: 'tests/browser', files: ['recorder.test.mjs'] },
    { word: 'axe', at: 'tests/browser', files: ['axe.test.mjs'] }
];
const long = Boolean(process.env.CHIME_TEST_LONG);

const chosen = process.argv.slice(2);
const unknown = chosen.filter((word) => !SUITES.some((suite) => suite.word === word));
if (unknown.length > 0) {
    console.error(`nothing is called ${unknown.join(', ')}; there is: ${SUITES.map((suite) => suite.word).join(', ')}`);
    process.exit(2);
}

/**
 * Runs one suite; its report goes through as it comes.
 *
 * @param {typeof SUITES[0]} suite
 */
async function run({ word, at, files }) {
    const cwd = join(root, at);
    const found = existsSync(cwd) ? globSync(files, { cwd }).sort() : [];
    if (found.length === 0) return { word, passed: 0, failed: 1, skipped: 0, seconds: 0, note: 'no test files found' };
    const began = Date.now();
    const args = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...found];
    // Whoever names a suite wants all of it.
    const env = chosen.length > 0 ? { ...process.env, CHIME_TEST_LONG: '1' } : process.env;
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (part) => {
        process.stdout.write(part);
        said += part;
    });
    const code = await new Promise((done) => child.once('close', done));
    const count = (/** @type {string} */ what) => Number(said.match(new RegExp(`^ℹ ${what} (\\d+)`, 'm'))?.[1] ?? 0);
    const failed = count('fail') + count('cancelled') || (code === 0 ? 0 : 1);
    const skipped = count('skipped') + count('todo');
    const note = skipped > 0 ? `${skipped} skipped` : '';
    return { word, passed: count('pass'), failed, skipped, seconds: Math.round((Date.now() - began) / 1000), note };
}

const results = [];
const wanted = SUITES.filter((suite) => (chosen.length > 0 ? chosen.includes(suite.word) : long || !suite.long));
for (const suite of wanted) {
    results.push(await run(suite));
}
console.log();
for (const { word, passed, failed, seconds, note } of results) {
    console.log(`${word}: ${passed} passed, ${failed} failed (${seconds} s) ${note}`.trim());
}
const whole = SUITES.filter((suite) => chosen.length === 0 && !wanted.includes(suite)).map(({ word }) => word);
const parts = results.filter(({ skipped }) => skipped > 0).map(({ word }) => word);
if (whole.length + parts.length > 0) {
    const left = [...whole, ...parts.map((word) => `parts of ${word}`)].join(', ');
    console.log(
        `Left out, since they take minutes: ${left}. All of it: make test-room ARGS='${[...whole, ...parts].join(' ')}'`
    );
}
const failed = results.filter((result) => result.failed > 0).map((result) => result.word);
if (failed.length > 0) {
    console.log(`FAILED: ${failed.join(', ')}. Screenshots, console logs and the programs' logs are in target/browser`);
    process.exit(1);
}
