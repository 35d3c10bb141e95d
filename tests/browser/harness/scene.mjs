// @ts-check
// A test's world and its people, put away at its end; when a test fails, what each of them saw is kept.
import { afterEach, after, before } from 'node:test';
import { closeBrowsers } from './browser.mjs';
import { Person } from './person.mjs';
import { startAll } from './stack.mjs';

export const ADA = { hue: 0, tone: 500 };
export const BEN = { hue: 120, tone: 1500 };

/** @typedef {Awaited<ReturnType<typeof startAll>>} World */
/** @typedef {import('./org.mjs').Seat} Seat */

/**
 * Sets a world up before the tests of the file that calls this.
 *
 * @param {string} name of the files left behind
 * @param {{settings?: Record<string, string>, flags?: string[] | (() => Promise<string[]>)}} how
 */
export function scene(name, { settings, flags = [] } = {}) {
    /** @type {World | undefined} */
    let world;
    /** @type {import('./browser.mjs').View[]} */
    let people = [];
    let test = 0;
    before(async () => {
        world = await startAll(name, { settings, flags: Array.isArray(flags) ? flags : await flags() });
    });
    // Kept each time: the next test overwrites nothing, and a red one is explained.
    afterEach(async () => {
        await Promise.all(people.map((one) => one.leave()));
        people = [];
        await closeBrowsers();
    });
    after(async () => {
        await closeBrowsers();
        await world?.stop();
    });
    const words = () => `${name}-${test}-`;
    return {
        get world() {
            if (!world) throw new Error('the world is not up');
            return world;
        },
        /** A meeting with these people; the first is its host. @param {string[]} names @param {import('./org.mjs').Wish} [wish] */
        async meeting(names, wish) {
            test += 1;
            return this.world.org.start(names, wish);
        },
        /** @param {Seat} seat @param {import('./browser.mjs').Looks} looks */
        async link(seat, looks) {
            const file = `${words()}${seat.name.toLowerCase()}-${people.length}`;
            const person = await Person.withLink(file, this.world.at.room, seat.key, looks);
            people.push(person);
            return person;
        },
        /** @param {Seat} seat @param {import('./browser.mjs').Looks} looks @param {string} holder */
        async frame(seat, looks, holder) {
            const file = `${words()}${seat.name.toLowerCase()}-framed`;
            const person = await Person.inFrame(file, this.world.at.room, seat, looks, holder);
            people.push(person);
            return person;
        },
        /** A view made elsewhere that is to be kept and closed like the others. @template {import('./browser.mjs').View} T @param {T} view */
        keep(view) {
            people.push(view);
            return view;
        }
    };
}
