// @ts-check
// One person's browser: Debian's Chromium with that person's face and voice as camera and microphone. A browser each,
// since Chromium has one pretended camera a process.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { face, voice } from './looks.mjs';
import { CHROMIUM, LEFT_BEHIND } from './places.mjs';
import { until } from './until.mjs';

const SENSES = readFileSync(new URL('./senses.js', import.meta.url), 'utf8');

/** @typedef {{hue: number, strength: number, width: number, height: number, shown: number, frames: number, name: string, id: string}} Picture */

/**
 * @typedef {object} Looks
 * @property {number} [hue] of the camera's picture; without one Chromium's own test picture
 * @property {number} [tone] in Hz; without one Chromium's own beep
 * @property {boolean} [refuse] true: this person denies camera and microphone
 * @property {string[]} [flags] more of Chromium's
 * @property {import('playwright-core').BrowserContextOptions} [context]
 */

/** Everybody's browsers; closed at the end, also of a failed test. @type {Set<import('playwright-core').Browser>} */
const open = new Set();

/** @param {Looks} looks */
export async function openBrowser(looks = {}) {
    const browser = await chromium.launch({
        executablePath: CHROMIUM,
        headless: true,
        args: [
            '--no-sandbox',
            ...(looks.refuse ? ['--deny-permission-prompts'] : ['--use-fake-ui-for-media-stream']),
            '--use-fake-device-for-media-stream',
            '--autoplay-policy=no-user-gesture-required',
            ...(looks.tone === undefined ? [] : [`--use-file-for-fake-audio-capture=${voice(looks.tone)}`]),
            ...(looks.hue === undefined ? [] : [`--use-file-for-fake-video-capture=${face(looks.hue)}`]),
            ...(looks.flags ?? [])
        ]
    });
    open.add(browser);
    browser.on('disconnected', () => open.delete(browser));
    return browser;
}

/** Closes all browsers of this process. */
export async function closeBrowsers() {
    await Promise.allSettled([...open].map((browser) => browser.close()));
}

/** A page in a browser of its own, with its console kept. */
export class View {
    /**
     * @param {string} name in the files left behind
     * @param {import('playwright-core').Browser} browser
     * @param {import('playwright-core').Page} page
     */
    constructor(name, browser, page) {
        this.name = name;
        this.browser = browser;
        this.page = page;
        /** @type {string[]} */
        this.console = [];
        this.listen(page);
    }

    /**
     * @param {string} name
     * @param {Looks} looks
     */
    static async open(name, looks = {}) {
        const browser = await openBrowser(looks);
        const context = await browser.newContext(looks.context);
        await context.addInitScript(SENSES);
        return new View(name, browser, await context.newPage());
    }

    /** @param {import('playwright-core').Page} page */
    listen(page) {
        const at = () => new Date().toISOString().slice(11, 23);
        page.on('console', (said) => this.console.push(`${at()} ${said.type()} ${said.text()}`));
        page.on('pageerror', (error) => this.console.push(`${at()} uncaught ${error.stack ?? error.message}`));
    }

    /**
     * What is on the screen, as decoded.
     *
     * @param {import('playwright-core').Frame | import('playwright-core').Page} where
     * @returns {Promise<Picture[]>}
     */
    pictures(where = this.page) {
        return where.evaluate(() => Reflect.get(window, 'senses').pictures());
    }

    /**
     * How loud these pitches are in what is played, in dB.
     *
     * @param {number[]} pitches
     * @param {import('playwright-core').Frame | import('playwright-core').Page} where
     * @returns {Promise<number[]>}
     */
    tones(pitches, where = this.page) {
        return where.evaluate((hz) => Reflect.get(window, 'senses').tones(hz), pitches);
    }

    /**
     * Waits until a moving picture of this hue is seen.
     *
     * @param {number} hue
     * @param {import('playwright-core').Frame | import('playwright-core').Page} [where]
     */
    async sees(hue, where = this.page) {
        let before = -1;
        return until(
            `${this.name} sees the picture of hue ${hue} move`,
            () => this.pictures(where),
            (all) => {
                const one = all.find((picture) => alike(picture, hue));
                const moved = one !== undefined && before >= 0 && one.frames > before;
                before = one?.frames ?? -1;
                return moved;
            }
        );
    }

    /**
     * Waits until no picture of this hue is seen.
     *
     * @param {number} hue
     * @param {import('playwright-core').Frame | import('playwright-core').Page} [where]
     */
    seesNo(hue, where = this.page) {
        return until(
            `${this.name} no longer sees the picture of hue ${hue}`,
            () => this.pictures(where),
            (all) => !all.some((picture) => alike(picture, hue))
        );
    }

    /**
     * Waits until exactly the first pitches are heard and none of the others.
     *
     * @param {number[]} heard
     * @param {number[]} silent
     * @param {import('playwright-core').Frame | import('playwright-core').Page} [where]
     */
    hears(heard, silent = [], where = this.page) {
        return until(
            `${this.name} hears ${heard.join(', ') || 'nothing'} Hz${silent.length ? ` and not ${silent.join(', ')} Hz` : ''}`,
            () => this.tones([...heard, ...silent], where),
            (levels) => {
                const loud = levels.slice(0, heard.length);
                const quiet = heard.length > 0 ? Math.max(SILENT, Math.min(...loud) - BESIDE) : SILENT;
                return loud.every((level) => level > HEARD) && levels.slice(heard.length).every((l) => l < quiet);
            }
        );
    }

    /** Keeps screenshot and console for whoever reads the failure. */
    async leave() {
        const path = join(LEFT_BEHIND, this.name);
        writeFileSync(`${path}.console.txt`, this.console.join('\n'));
        await this.page.screenshot({ path: `${path}.png`, timeout: 10_000 }).catch(() => undefined);
    }

    async close() {
        await this.browser.close();
    }
}

/**
 * A pitch above the first is heard, one below the second is not; what leaks in between is neither. Beside a loud pitch
 * the codec's own noise stands some 50 dB below it at every other one, so what is quieter by the third is not heard
 * either; one's own voice would be as loud as the others'. In dB.
 */
const [HEARD, SILENT, BESIDE] = [-65, -80, 35];

/**
 * @param {Picture} picture
 * @param {number} hue
 */
function alike(picture, hue) {
    const off = Math.abs(picture.hue - hue) % 360;
    return picture.strength > 60 && Math.min(off, 360 - off) < 25;
}
