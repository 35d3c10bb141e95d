/**
 * Shows every page of the console in Chromium against the tiny org and keeps pictures: `node tests/look.js DIR`.
 * For a person who changes the pages; the tests judge them by words and by axe.
 */
// @ts-check
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../build/build.js';
import { PAGES, WIDTHS, browser, open } from './fixture/pages.js';
import { serve } from './fixture/server.js';

const folder = process.argv[2] ?? 'pictures';
mkdirSync(folder, { recursive: true });
const dist = join(mkdtempSync(join(tmpdir(), 'console-')), 'dist');
await build(dist);
const site = await serve(dist);
const chromium = await browser();
try {
    for (const page of PAGES) {
        for (const width of WIDTHS) {
            const { tab, faults } = await open(chromium, site.origin, page, width);
            await tab.screenshot({ path: join(folder, `${page.name}-${width}.png`), fullPage: true });
            console.log(page.name, width, faults.length === 0 ? '' : faults);
            await tab.close();
        }
    }
} finally {
    await chromium.browser()?.close();
    site.close();
    rmSync(join(dist, '..'), { recursive: true });
}
