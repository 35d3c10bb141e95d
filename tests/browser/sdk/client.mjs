// @ts-check
// Someone with nothing but the Chime SDK: a browser with their face and voice, and the page that drives the SDK.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { View } from '../harness/browser.mjs';
import { until } from '../harness/until.mjs';

/** @typedef {{what: string, at: number, code?: number, id?: string, present?: boolean, seat?: string, dropped?: boolean, text?: string, from?: string}} Told */

/** Bundles the page and serves it on a port of its own; the SDK is as npm has it. */
export async function servePage() {
    const built = await build({
        entryPoints: [fileURLToPath(new URL('./page.js', import.meta.url))],
        bundle: true,
        write: false,
        format: 'iife',
        mainFields: ['browser', 'module', 'main'],
        define: { global: 'globalThis' },
        logLevel: 'error'
    });
    const script = built.outputFiles[0].contents;
    const server = createServer((request, response) => {
        const page =
            request.url === '/page.js'
                ? script
                : '<!doctype html><title>SDK</title><script src="/page.js" defer></script>';
        response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html');
        response.end(page);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    return { url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}

export class Client extends View {
    /**
     * Opens the page and joins; ready when the SDK says it has started.
     *
     * @param {string} url of the page
     * @param {string} name
     * @param {import('../harness/chime.mjs').Meeting} meeting
     * @param {import('../harness/chime.mjs').Attendee} attendee
     * @param {import('../harness/browser.mjs').Looks & {silent?: boolean}} looks
     */
    static async join(url, name, meeting, attendee, looks) {
        const view = await View.open(name, looks);
        const client = new Client(name, view.browser, view.page);
        client.console = view.console;
        client.id = attendee.AttendeeId;
        await client.page.goto(url);
        await client.page.waitForFunction(() => 'client' in window);
        await client.act('join', meeting, attendee, { silent: looks.silent ?? false });
        await client.told('started');
        return client;
    }

    id = '';

    /** @param {string} act @param {unknown[]} args */
    act(act, ...args) {
        return this.page.evaluate(
            ([name, rest]) => Reflect.get(window, 'client')[name](...rest),
            /** @type {const} */ ([act, args])
        );
    }

    /** @returns {Promise<Told[]>} */
    log() {
        return this.page.evaluate(() => Reflect.get(window, 'client').log);
    }

    /** @returns {Promise<{roster: Record<string, string>, muted: Record<string, boolean>, speakers: string[]}>} */
    knows() {
        return this.page.evaluate(() => {
            const client = Reflect.get(window, 'client');
            return { roster: client.roster, muted: client.muted, speakers: client.speakers() };
        });
    }

    /**
     * Waits until its observers were told this, and gives what they were told.
     *
     * @param {string} what
     * @param {(told: Told) => boolean} [accept]
     * @param {number} [after] told later than this; on the page's clock
     */
    async told(what, accept = () => true, after = -1) {
        const log = await until(
            `${this.name} is told "${what}"`,
            () => this.log(),
            (told) => told.some((one) => one.what === what && one.at > after && accept(one))
        );
        return /** @type {Told} */ (log.find((one) => one.what === what && one.at > after && accept(one)));
    }

    /** Its page's clock. */
    now() {
        return this.page.evaluate(() => Math.round(performance.now()));
    }
}
