// @ts-check
// A person in the room: opens a link or the frame of a record page, passes the camera check, and acts by the room's own
// controls. What they see and hear is looked at as in every View.
import { View } from './browser.mjs';
import { hostProof } from './org.mjs';
import { until } from './until.mjs';

/** @typedef {import('./browser.mjs').Looks} Looks */
/** @typedef {import('./org.mjs').Seat} Seat */

/** Everything people do needs a click or a key; nobody waits longer for a control than this. */
const CLICK = { timeout: 30_000 };

export class Person extends View {
    /** Where the room is: the page itself, or the frame in it. @type {import('playwright-core').Page | import('playwright-core').Frame} */
    room = this.page;

    /**
     * Opens a seat's link, as mailed.
     *
     * @param {string} name in the files left behind
     * @param {string} roomUrl
     * @param {string} key
     * @param {Looks} looks
     */
    static async withLink(name, roomUrl, key, looks) {
        const view = await View.open(name, looks);
        const person = new Person(name, view.browser, view.page);
        await person.page.goto(`${roomUrl}/#${key}`);
        return person;
    }

    /**
     * Opens the room inside a record page, with a host's power if the seat is a host's.
     *
     * @param {string} name
     * @param {string} roomUrl
     * @param {Seat} seat
     * @param {Looks} looks
     * @param {string} holder the page that holds the room in a frame
     */
    static async inFrame(name, roomUrl, seat, looks, holder) {
        const view = await View.open(name, looks);
        const person = new Person(name, view.browser, view.page);
        await person.page.goto(holder);
        const { exp, proof } = seat.hostKey ? hostProof(seat) : { exp: null, proof: null };
        await person.page.evaluate(
            ([origin, open]) => Reflect.get(window, 'holder').open(origin, open),
            /** @type {const} */ ([roomUrl, { key: seat.key, hostExpires: exp, hostProof: proof }])
        );
        await person.findRoom(roomUrl);
        return person;
    }

    /**
     * Finds the room in a frame of this page, wherever that is.
     *
     * @param {string} roomUrl
     */
    async findRoom(roomUrl) {
        this.room = await until(
            `${this.name}'s page holds the room`,
            () =>
                /** @type {import('playwright-core').Frame} */ (
                    this.page.frames().find((f) => f.url().startsWith(roomUrl))
                )
        );
    }

    /** What the room told the page that holds it. @returns {Promise<any[]>} */
    async told() {
        const told = await this.page.evaluate(() => Reflect.get(window, 'holder').told);
        return told.map((/** @type {string} */ text) => JSON.parse(text));
    }

    /** @param {string} name of an act of the room: `join`, `mute`, … */
    control(name) {
        return this.room.locator(`[data-act="${name}"]:visible`).first();
    }

    /**
     * Presses a control, also one that a narrow page keeps in its menu.
     *
     * @param {string} name
     */
    async click(name) {
        const menu = this.control('more');
        await until(
            `${this.name} finds ${name}`,
            async () => (await this.control(name).count()) + (await menu.count())
        );
        if ((await this.control(name).count()) === 0) await menu.click(CLICK);
        await this.control(name).click(CLICK);
    }

    /** Says yes to what was asked back: to end the meeting, to remove somebody. */
    async confirm(what = 'end') {
        await this.click(`${what}-confirm`);
    }

    /** @returns {Promise<string>} where the person stands, as the room shows it */
    async phase() {
        return (await this.room.locator('[data-phase]').first().getAttribute('data-phase', { timeout: 5_000 })) ?? '';
    }

    /** @param {string[]} phases one of which is waited for */
    is(...phases) {
        return until(
            `${this.name} is ${phases.join(' or ')}`,
            () => this.phase(),
            (phase) => phases.includes(phase),
            90_000
        );
    }

    /**
     * Goes through the camera check into the meeting.
     *
     * @param {{camera?: boolean, consent?: boolean | null, name?: string}} how `consent` null leaves the question open
     */
    async join({ camera = true, consent = true, name } = {}) {
        await this.is('prejoin');
        if (name !== undefined) await this.control('name').fill(name, CLICK);
        if (consent !== null && (await this.control(consent ? 'consent-yes' : 'consent-no').count()) > 0) {
            await this.click(consent ? 'consent-yes' : 'consent-no');
        }
        await this.turn('camera', camera);
        await this.click('join');
        await this.is('in');
    }

    /**
     * Presses the microphone's or the camera's switch unless it stands so already.
     *
     * @param {'mute' | 'camera'} name
     * @param {boolean} on
     */
    async turn(name, on) {
        const button = this.control(name);
        await button.waitFor(CLICK);
        // The button is drawn struck through while the device is off.
        const struck = await button.evaluate((element) => Reflect.get(element, 'off') === true);
        if (struck !== (name === 'mute' ? on : !on)) await button.click(CLICK);
    }

    /** Who is in the roster, by name. @returns {Promise<string[]>} */
    async people() {
        const rows = this.room.locator('[data-person]');
        return rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-person') ?? ''));
    }

    /** The tiles as shown. @returns {Promise<{name: string, content: boolean, speaking: boolean, muted: boolean}[]>} */
    tiles() {
        return this.room.locator('[data-attendee]').evaluateAll((all) =>
            all.map((tile) => ({
                name: tile.getAttribute('data-name') ?? '',
                content: tile.getAttribute('data-content') === 'true',
                speaking: tile.getAttribute('data-speaking') === 'true',
                muted: tile.getAttribute('data-muted') === 'true'
            }))
        );
    }

    /**
     * Waits until the tile of a name stands so.
     *
     * @param {string} name
     * @param {Partial<{content: boolean, speaking: boolean, muted: boolean}>} how
     */
    seesTile(name, how = {}) {
        return until(
            `${this.name} sees ${name}'s tile ${JSON.stringify(how)}`,
            () => this.tiles(),
            (tiles) =>
                tiles.some(
                    (tile) => tile.name === name && Object.entries(how).every(([k, v]) => Reflect.get(tile, k) === v)
                )
        );
    }

    /** @param {string} text */
    async say(text) {
        if ((await this.control('say-text').count()) === 0) await this.click('chat');
        await this.control('say-text').fill(text, CLICK);
        await this.click('say');
    }

    /** @returns {Promise<string[]>} the chat's lines, as text */
    async chat() {
        if ((await this.control('say-text').count()) === 0) await this.click('chat');
        return this.room.locator('[data-line]').allInnerTexts();
    }

    /** Whether the mark says that it is being recorded now, not only soon. */
    recordingIsMarked() {
        return this.room.locator('[data-mark="recording"][data-live="true"]').first().isVisible();
    }

    /** @param {number} hue */
    seesHue(hue) {
        return this.sees(hue, this.room);
    }

    /** @param {number[]} heard @param {number[]} [silent] */
    hearsTones(heard, silent) {
        return this.hears(heard, silent, this.room);
    }
}
