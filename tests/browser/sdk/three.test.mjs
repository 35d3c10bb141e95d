// @ts-check
// The unmodified Chime SDK against the emulator: three people, so that sound is mixed; and someone who only receives.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.mjs';
import { startAccount } from '../harness/stack.mjs';
import { until } from '../harness/until.mjs';
import { Client, servePage } from './client.mjs';

/**
 * Two loud voices together are clipped, which makes odd sums and differences of their pitches: 3·1300 − 2·500 would be
 * 2900. None of these is such a sum of the others, up to the seventh order.
 */
const LOOKS = [
    { name: 'ada', hue: 0, tone: 880 },
    { name: 'ben', hue: 120, tone: 1470 },
    { name: 'cleo', hue: 240, tone: 2340 }
];
const ONLY_RECEIVE = { Audio: 'Receive', Video: 'Receive', Content: 'Receive' };

describe('three people with the Chime SDK', { timeout: 300_000 }, () => {
    /** @type {Awaited<ReturnType<typeof startAccount>>} */
    let account;
    /** @type {Awaited<ReturnType<typeof servePage>>} */
    let page;
    /** @type {import('../harness/chime.mjs').Meeting} */
    let meeting;
    /** @type {Client[]} */
    const people = [];

    before(async () => {
        [account, page] = await Promise.all([startAccount('sdk-three'), servePage()]);
        meeting = await account.chime.createMeeting();
        for (const { name, hue, tone } of LOOKS) {
            const attendee = await account.chime.createAttendee(meeting.MeetingId, `seat-${name}`);
            people.push(await Client.join(page.url, `sdk3-${name}`, meeting, attendee, { hue, tone }));
        }
    });
    after(async () => {
        await Promise.all(people.map((one) => one.leave()));
        await closeBrowsers();
        page?.stop();
        await account?.stop();
    });

    test('each hears the mix of the other two and not oneself', async () => {
        for (const [i, one] of people.entries()) {
            const others = LOOKS.filter((_, k) => k !== i).map((look) => look.tone);
            await one.hears(others, [LOOKS[i].tone]);
        }
    });

    test('each sees the other two', async () => {
        for (const one of people) await one.act('camera', true);
        for (const [i, one] of people.entries()) {
            for (const [k, look] of LOOKS.entries()) if (k !== i) await one.sees(look.hue);
        }
    });

    test('who may only receive is in the roster, hears and sees all, and is neither heard nor seen', async () => {
        const seat = 'recorder-1';
        const attendee = await account.chime.createAttendee(meeting.MeetingId, seat, ONLY_RECEIVE);
        // It tries to send all the same: with a microphone, and a camera below.
        const looks = { hue: 60, tone: 3730 };
        const ear = await Client.join(page.url, 'sdk3-recorder', meeting, attendee, looks);
        people.push(ear);
        await until(
            'Ada knows of the recorder',
            () => people[0].knows(),
            (k) => k.roster[ear.id] === seat
        );
        await ear.hears(LOOKS.map((look) => look.tone));
        for (const look of LOOKS) await ear.sees(look.hue);
        await ear.act('camera', true);
        await people[0].hears([1470, 2340], [looks.tone]);
        const seen = await people[0].pictures();
        assert.ok(!seen.some((picture) => Math.abs(picture.hue - looks.hue) < 25), JSON.stringify(seen));
    });
});
