// @ts-check
// Somebody who uses no mouse: from the link into the meeting, through its controls and out of it, by keys alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADA, BEN, scene } from '../harness/scene.mjs';
import { until } from '../harness/until.mjs';

/** A page has fewer stops than this; whoever needs more goes in circles. */
const STOPS = 60;

/**
 * The control that has the focus, by its `data-act`, through all shadow roots.
 *
 * @param {import('../harness/person.mjs').Person} person
 */
function focused(person) {
    return person.room.evaluate(() => {
        let element = document.activeElement;
        let act = element?.closest('[data-act]')?.getAttribute('data-act');
        while (element?.shadowRoot?.activeElement) {
            element = element.shadowRoot.activeElement;
            act = element.closest('[data-act]')?.getAttribute('data-act') ?? act;
        }
        return act ?? null;
    });
}

/**
 * Goes to a control with the tab key.
 *
 * @param {import('../harness/person.mjs').Person} person
 * @param {string} act
 */
async function tabTo(person, act) {
    const seen = [];
    for (let stop = 0; stop < STOPS; stop++) {
        await person.page.keyboard.press('Tab');
        const now = await focused(person);
        if (now === act) return;
        seen.push(now);
    }
    assert.fail(`the tab key never comes to ${act}: ${seen.join(' ')}`);
}

describe('without a mouse', { timeout: 300_000 }, () => {
    const on = scene('room-keys');

    test('in, muted and unmuted, something said, the people looked at, and out again', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const [ada, ben] = [await on.link(meeting.seats[0], ADA), await on.link(meeting.seats[1], BEN)];
        await ben.join();
        const key = (/** @type {string} */ name) => ada.page.keyboard.press(name);

        await ada.is('prejoin');
        await tabTo(ada, 'consent-yes');
        await key('Space');
        await tabTo(ada, 'join');
        await key('Enter');
        await ada.is('in');
        await ben.hearsTones([ADA.tone]);

        await tabTo(ada, 'mute');
        await key('Enter');
        await ben.seesTile('Ada', { muted: true });
        await key('Space');
        await ben.seesTile('Ada', { muted: false });

        await tabTo(ada, 'chat');
        await key('Enter');
        // Whoever opens the chat wants to write: the focus is there, or a few stops away.
        if ((await focused(ada)) !== 'say-text') await tabTo(ada, 'say-text');
        await ada.page.keyboard.type('Typed without a mouse');
        await key('Enter');
        await until(
            'Ben reads it',
            () => ben.chat(),
            (lines) => lines.some((line) => line.includes('Typed without a mouse'))
        );

        await tabTo(ada, 'people');
        await key('Enter');
        await until(
            'the people are listed',
            () => ada.people(),
            (names) => names.some((name) => name.startsWith('Ben'))
        );

        await tabTo(ada, 'leave');
        await key('Enter');
        await ada.is('left');
        // The focus is not lost with the page that went: the next page's heading or button has it.
        const lost = await ada.room.evaluate(() => document.activeElement === document.body);
        assert.equal(lost, false, 'after leaving, nothing has the focus');
    });
});
