// @ts-check
// Each page of the room, judged by axe at the width of a desk and of a phone: no violation. The console's tests judge its
// pages against a tiny org; `make test-long` judges them here too, with everything real behind them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { consolePages, roomPages, startPages } from './pages.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds inside base components of others; crates/emulator/console/tests/pages.test.js says why. */
const NOT_OURS = [
    ['label', 'lightning-timepicker'],
    ['label-title-only', 'lightning-timepicker'],
    ['nested-interactive', 'lightning-tab-bar']
];
const LONG = Boolean(process.env.CHIME_TEST_LONG);

/** At the desk and on the phone; the size of a record page lies between them. */
const WIDTHS = LONG ? [1280, 600, 375] : [600];

/**
 * What is wrong on a page, one line each.
 *
 * @param {import('./pages.mjs').Seen} seen
 */
async function judge({ where }) {
    await where.evaluate(AXE);
    /** @type {import('axe-core').AxeResults} */
    const { violations, passes } = await where.evaluate(() =>
        Reflect.get(window, 'axe').run(document, { iframes: false, resultTypes: ['violations', 'passes'] })
    );
    assert.ok(passes.length > 5, 'axe looked at next to nothing');
    return violations.flatMap(({ id, help, nodes }) =>
        nodes
            .map(({ target, failureSummary }) => ({ at: target.flat().join(' > '), failureSummary }))
            .filter(({ at }) => !NOT_OURS.some(([rule, element]) => rule === id && at.includes(element)))
            .map(({ at, failureSummary }) => `${id}: ${help} at ${at} ${failureSummary}`)
    );
}

describe('pages that anybody can use', { timeout: 900_000 }, () => {
    /** @type {Awaited<ReturnType<typeof startPages>>} */
    let up;
    before(async () => {
        up = await startPages('axe');
    });
    after(() => up?.stop());

    for (const width of WIDTHS) {
        /** @type {import('playwright-core').BrowserContextOptions} */
        const context = { viewport: { width, height: 800 }, colorScheme: width < 700 ? 'dark' : 'light' };
        test(`the room's pages at ${width} px have no violation of axe's rules`, async () => {
            const wrong = [];
            for await (const seen of roomPages(up.world, up.holder, context)) {
                wrong.push(...(await judge(seen)).map((line) => `${seen.name}: ${line}`));
            }
            assert.deepEqual(wrong, []);
        });
        test(`the console's pages at ${width} px have no violation of axe's rules`, { skip: !LONG }, async () => {
            const wrong = [];
            for await (const seen of consolePages(up.world, context)) {
                wrong.push(...(await judge(seen)).map((line) => `${seen.name}: ${line}`));
            }
            assert.deepEqual(wrong, []);
        });
    }
});
