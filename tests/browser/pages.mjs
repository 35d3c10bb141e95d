// @ts-check
/**
 * Each page of the room and the console, one after the other, as people come to see them: for those who judge pages
 * (axe) and those who take their pictures. Everything behind them is real; the company in the meeting are bots.
 */
import { closeBrowsers } from './harness/browser.mjs';
import { ConsoleUser } from './harness/console.mjs';
import { serveFrame } from './harness/frame.mjs';
import { Person } from './harness/person.mjs';
import { startAll } from './harness/stack.mjs';
import { until } from './harness/until.mjs';

/** @typedef {Awaited<ReturnType<typeof startAll>>} World */
/** @typedef {import('./harness/browser.mjs').View} View */
/** @typedef {{name: string, view: View, where: import('playwright-core').Page | import('playwright-core').Frame}} Seen */

const COMPANY = [
    { name: 'Ben Baker', hue: 150, tone: 700 },
    { name: 'Cleo Carter', hue: 265, tone: 900 },
    { name: 'Dora Diaz', hue: 35, tone: 1100 }
];

/** A world for pages; the recorder is the stand-in, since nobody looks at what it records. */
export async function startPages(/** @type {string} */ name) {
    const holder = await serveFrame();
    const world = await startAll(name, { flags: ['--stand-in', '--frame-ancestor', holder.origin] });
    return {
        world,
        holder: holder.origin,
        async stop() {
            await closeBrowsers();
            await world.stop();
            holder.stop();
        }
    };
}

/**
 * The room's pages.
 *
 * @param {World} world
 * @param {string} holder the page that holds the room in a frame, for a host's power
 * @param {import('playwright-core').BrowserContextOptions} context
 * @returns {AsyncGenerator<Seen>}
 */
export async function* roomPages(world, holder, context) {
    const { org, at } = world;
    const looks = { context };
    const link = (/** @type {string} */ key, more = {}) =>
        Person.withLink('pages', at.room, key, { ...looks, ...more });

    const start = Date.now() + 86_400_000;
    const later = await org.start(['Ada Adams', 'Ben Baker'], { start, end: start + 1_800_000 });
    await org.untilMeeting(later, 'Scheduled');
    let person = await link(later.seats[1].key);
    await person.is('waiting', 'prejoin');
    yield { name: 'room-early', view: person, where: person.room };
    await person.close();

    const meeting = await org.start(['Ada Adams', ...COMPANY.map(({ name }) => name), 'Eve Evans']);
    await org.untilMeeting(meeting, 'Open');
    const refused = await link(meeting.seats[4].key, { refuse: true });
    await refused.is('prejoin');
    await refused.control('prepare').waitFor();
    yield { name: 'room-prejoin-refused', view: refused, where: refused.room };
    await refused.close();

    person = await link(meeting.seats[0].key);
    await person.is('prejoin');
    await until(
        'the preview shows',
        () => person.pictures(person.room),
        (all) => all.length > 0
    );
    yield { name: 'room-prejoin', view: person, where: person.room };
    await person.close();

    const host = await Person.inFrame('pages', at.room, meeting.seats[0], looks, holder);
    // The frame as large as the page: the picture is of the room, not of what holds it.
    await host.page.evaluate(() => {
        document.body.style.margin = '0';
        const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
        frame.style.cssText = 'position: fixed; inset: 0; width: 100%; height: 100%; border: 0';
    });
    await host.join();
    for (const [i, bot] of COMPANY.entries()) {
        await world.control.addBot({ ...bot, key: meeting.seats[i + 1].key, consent: true });
        await host.seesHue(bot.hue);
    }
    yield { name: 'room-meeting', view: host, where: host.room };
    await host.click('people');
    await until(
        'all are in the roster',
        () => host.people(),
        (names) => names.length >= 4
    );
    yield { name: 'room-people', view: host, where: host.room };
    await host.click('people');
    await host.say('The offer is in the shared folder.');
    await until(
        'the chat has the line',
        () => host.chat(),
        (lines) => lines.length > 0
    );
    yield { name: 'room-chat', view: host, where: host.room };
    await host.click('chat');
    await host.click('record');
    await until('the mark is seen', () => host.recordingIsMarked(), Boolean, 120_000);
    yield { name: 'room-recording', view: host, where: host.room };
    await host.click('end');
    await host.control('end-confirm').waitFor();
    yield { name: 'room-end-question', view: host, where: host.room };
    await host.confirm();
    await host.is('ended', 'left');
    yield { name: 'room-ended', view: host, where: host.room };
    await host.close();
}

/**
 * The console's pages.
 *
 * @param {World} world
 * @param {import('playwright-core').BrowserContextOptions} context
 * @returns {AsyncGenerator<Seen>}
 */
export async function* consolePages({ at }, context) {
    const user = await ConsoleUser.atConsole('pages', at, { context });
    const settled = () => user.page.waitForLoadState('networkidle').catch(() => undefined);
    const seen = (/** @type {string} */ name) => ({ name, view: user, where: user.page });
    await user.page.locator('[data-id="start"]:visible').first().waitFor();
    yield seen('console-account');
    await user.startMeeting();
    await user.is('prejoin');
    yield seen('console-meeting');
    const { users } = await (await fetch(`${at.console}/console.json`)).json();
    const admin = users.find((/** @type {any} */ one) => one.role === 'admin') ?? users[0];
    for (const [name, address] of [
        ['console-accounts', '#/o/Account/list'],
        ['console-meetings', '#/o/Chime_Meeting__c/list'],
        ['console-schedule', '#/schedule'],
        ['console-health', '#/n/Chime_Bridge_Status'],
        ['console-privacy', '#/n/Chime_Privacy'],
        ['console-records', '#/dev/records/Chime_Meeting__c'],
        ['console-events', '#/dev/events']
    ]) {
        await user.page.goto(`${at.console}/?user=${admin.id}${address}`);
        await user.page.reload();
        await until('the page has a heading', () => user.page.locator('h1:visible, h2:visible').count());
        await settled();
        yield seen(name);
    }
    await user.close();
}
