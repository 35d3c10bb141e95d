// @ts-check
/**
 * Measures the room as people open it: how much is fetched before one sees the camera check, how soon it is painted,
 * and how long it takes from the click on **Start meeting** until sound and picture flow, with where the time goes.
 * Prints; writes target/bench-room.json and its section of docs/benchmarks.md. Call it by `make bench-room`.
 * Flags: `--rounds N` (10). Everything shares one machine: two browsers' worth of work is in the figures.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, type } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { closeBrowsers, View } from './harness/browser.mjs';
import { ConsoleUser } from './harness/console.mjs';
import { ROOT } from './harness/places.mjs';
import { startAll } from './harness/stack.mjs';
import { pause, until } from './harness/until.mjs';

const flag = process.argv.indexOf('--rounds');
const ROUNDS = flag > 0 ? Number(process.argv[flag + 1]) : 10;
const BUILD = process.env.CHIME_TEST_PROFILE ?? 'debug';
const LOOKS = { hue: 0, tone: 500 };

/** @typedef {{name: string, value: number, unit: string, aim: string, peer: null}} Row */

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
/** @param {number[]} values */
const spread = (values) => `p50 ${Math.round(median(values))}, from ${Math.min(...values)} to ${Math.max(...values)}`;

/** Notes in each frame when it came to which phase; on the wall's clock, so that frames and this program compare. */
const PHASES = `(() => {
    const told = [];
    let last = '';
    const look = () => {
        const phase = document.querySelector('[data-phase]')?.getAttribute('data-phase') ?? '';
        // The frame after the one in which it was drawn: by then it is on the screen.
        if (phase !== last) requestAnimationFrame(() => told.push([phase, performance.timeOrigin + performance.now()]));
        last = phase;
        requestAnimationFrame(look);
    };
    look();
    Object.assign(window, { phases: told });
})()`;

/** @param {import('playwright-core').Page | import('playwright-core').Frame} where @returns {Promise<[string, number][]>} */
const phases = (where) => where.evaluate(() => Reflect.get(window, 'phases'));

/**
 * What a page fetched of the room before and after the camera check was painted.
 *
 * @param {import('playwright-core').Page} page
 */
async function fetched(page) {
    /** @type {{name: string, start: number}[]} */
    const all = await page.evaluate(() =>
        performance.getEntriesByType('resource').map((one) => ({
            name: new URL(one.name).pathname,
            start: performance.timeOrigin + one.startTime
        }))
    );
    const painted = (await phases(page)).find(([phase]) => phase === 'prejoin')?.[1] ?? Infinity;
    const size = (/** @type {string} */ name) =>
        gzipSync(readFileSync(join(ROOT, 'room/dist', name)), { level: 9 }).length;
    const built = all.filter(({ name }) => /\.(js|css|html|svg|woff2)$/.test(name));
    const isSdk = ({ name = '' }) => readFileSync(join(ROOT, 'room/dist', name)).length > 500_000;
    const sdk = built.filter(isSdk);
    // What comes after the camera check (the meeting's own part) keeps nobody waiting for it.
    const first = built.filter((one) => !isSdk(one) && one.start < painted);
    const sum = (/** @type {{name: string}[]} */ list) => list.reduce((total, { name }) => total + size(name), 0);
    return {
        before: sum(first) + size('index.html'),
        files: first.length + 1,
        sdk: sum(sdk),
        sdkAfterPaint: sdk.every(({ start }) => start >= painted)
    };
}

/** @param {Awaited<ReturnType<typeof startAll>>} world */
async function bundle(world) {
    /** @type {number[]} */
    const paints = [];
    let sizes;
    for (let round = 0; round < ROUNDS; round++) {
        const { seats } = await world.org.start(['Ada']);
        const view = await View.open('bench', LOOKS);
        await view.page.addInitScript(PHASES);
        // The ticket is there: what is measured is the page, not the bridge.
        await until(
            'the ticket is open',
            () => world.org.query(`SELECT Status__c FROM Chime_Meeting__c WHERE Status__c = 'Open'`),
            (rows) => rows.length > round
        );
        await view.page.goto(`${world.at.room}/#${seats[0].key}`);
        const told = await until(
            'the camera check is shown',
            () => phases(view.page),
            (all) => all.some(([p]) => p === 'prejoin')
        );
        const begun = await view.page.evaluate(() => performance.timeOrigin);
        paints.push(Math.round((told.find(([p]) => p === 'prejoin')?.[1] ?? 0) - begun));
        await until(
            'the SDK is fetched',
            () => fetched(view.page),
            ({ sdk }) => sdk > 0
        );
        sizes = await fetched(view.page);
        await view.close();
    }
    return { paints, sizes: /** @type {Awaited<ReturnType<typeof fetched>>} */ (sizes) };
}

/** @param {Awaited<ReturnType<typeof startAll>>} world */
async function starts(world) {
    /** @type {Record<string, number>[]} */
    const rounds = [];
    const loads = [];
    for (let round = 0; round < ROUNDS; round++) {
        const ada = await ConsoleUser.atConsole('bench', world.at, LOOKS);
        await ada.page.addInitScript(PHASES);
        await ada.page.reload();
        await ada.page.locator('[data-id="start"]:visible').first().waitFor();
        loads.push(loadavg()[0]);
        const click = Date.now();
        const id = await ada.startMeeting();
        const framed = Date.now();
        const [host] = await world.org.query(`SELECT Id FROM Chime_Participant__c WHERE Meeting__c = '${id}'`);
        const flows = flowing(world, host.Id);
        await ada.join();
        const { audio, video } = await flows;
        const told = await phases(ada.room);
        const at = (/** @type {string} */ phase) => told.find(([p]) => p === phase)?.[1] ?? NaN;
        rounds.push({
            frame: framed - click,
            prejoin: Math.round(at('prejoin')) - click,
            joining: Math.round(at('joining')) - click,
            in: Math.round(at('in')) - click,
            audio: audio - click,
            video: video - click,
            flowing: Math.max(audio, video) - click
        });
        await ada.close();
        await world.org.command('END_MEETING', id);
    }
    return { rounds, load: Math.max(...loads) };
}

/**
 * When the first sound and the first picture of a seat reached the other side.
 *
 * @param {Awaited<ReturnType<typeof startAll>>} world
 * @param {string} seat
 */
async function flowing(world, seat) {
    let [audio, video] = [0, 0];
    const deadline = Date.now() + 60_000;
    while ((!audio || !video) && Date.now() < deadline) {
        const one = (await world.control.connected()).find((/** @type {any} */ who) => who.externalUserId === seat);
        if (one?.frames.audio > 0) audio ||= Date.now();
        if (one?.frames.video > 0) video ||= Date.now();
        await pause(10);
    }
    if (!audio || !video) throw new Error('no sound and picture within a minute');
    return { audio, video };
}

/** @param {Row[]} rows @param {[string, string[]][]} notes */
function write(rows, notes) {
    writeFileSync(join(ROOT, 'target/bench-room.json'), `${JSON.stringify(rows, null, 2)}\n`);
    const holds = ({ value = 0, aim = '' }) => (aim === '' ? '' : value <= Number(aim.slice(2)) ? 'yes' : '**no**');
    const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${type()} ${release()}`;
    const body = [
        '## The room',
        '',
        `The built room and console in headless Chromium, the bridge and the emulator as ${BUILD} binaries, all on one machine over`,
        'loopback; camera and microphone are files. A program clicks, so the time a person takes to look at the camera check is not in it.',
        '',
        `Command: \`make bench-room\`. Machine: ${machine}.`,
        '',
        '| figure | value | unit | aim | holds |',
        '|---|---|---|---|---|',
        ...rows.map((row) => `| \`${row.name}\` | ${row.value} | ${row.unit} | ${row.aim} | ${holds(row)} |`),
        '',
        ...notes.flatMap(([title, lines]) => [`### ${title}`, ...lines.map((line) => `- ${line}`), ''])
    ];
    const section = `<!-- room: begin -->\n${body.join('\n').trimEnd()}\n<!-- room: end -->\n`;
    const path = join(ROOT, 'docs/benchmarks.md');
    const page = readFileSync(path, 'utf8');
    const old = /<!-- room: begin -->[\s\S]*<!-- room: end -->\n/;
    writeFileSync(path, old.test(page) ? page.replace(old, () => section) : `${page.trimEnd()}\n\n${section}`);
    console.log(body.join('\n'));
}

const world = await startAll('bench', { flags: ['--stand-in'] });
try {
    const { paints, sizes } = await bundle(world);
    const { rounds, load } = await starts(world);
    const all = (/** @type {string} */ key) => rounds.map((round) => round[key]);
    const kilo = (/** @type {number} */ bytes) => Math.round(bytes / 100) / 10;
    /** @type {(name: string, value: number, unit: string, aim?: string) => Row} */
    const row = (name, value, unit, aim = '') => ({ name, value, unit, aim, peer: null });
    write(
        [
            row('before_sdk_gzip', kilo(sizes.before), 'kB', '≤ 60'),
            row('sdk_gzip', kilo(sizes.sdk), 'kB'),
            row('prejoin_painted_p50', median(paints), 'ms', '≤ 1000'),
            row('start_to_flowing_p50', median(all('flowing')), 'ms', '≤ 3000')
        ],
        [
            [
                'bundle',
                [
                    `${sizes.files} files before the camera check, without the SDK, gzip level 9; 1 kB is 1,000 bytes. The SDK's file was asked for ${sizes.sdkAfterPaint ? 'after' : 'BEFORE'} the camera check was on the screen.`,
                    `From the navigation until the camera check was on the screen, a new browser each time, ticket already open, ms: ${spread(paints)}, n = ${paints.length}.`
                ]
            ],
            [
                'start_to_flowing',
                [
                    `From the click on **Start meeting** on an Account until the media server has both sound and picture of the host, ms: ${spread(all('flowing'))}, n = ${rounds.length}. A new browser each time, so nothing is cached; looked at each 10 ms.`,
                    'Where the time goes, p50 in ms after the click: ' +
                        `the room's frame is on the record page ${median(all('frame'))}, camera check on the screen ${median(all('prejoin'))}, ` +
                        `*Join* pressed ${median(all('joining'))} (the program has answered the consent question by then), ` +
                        `in ${median(all('in'))}, sound ${median(all('audio'))}, picture ${median(all('video'))}.`,
                    `Load average when a round began: at most ${load.toFixed(1)}.`
                ]
            ]
        ]
    );
} finally {
    await closeBrowsers();
    await world.stop();
}
