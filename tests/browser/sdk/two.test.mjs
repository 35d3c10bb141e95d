// @ts-check
// The unmodified Chime SDK against the emulator: two people in one meeting, each with an own face and voice.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.mjs';
import { startAccount } from '../harness/stack.mjs';
import { until } from '../harness/until.mjs';
import { Client, servePage } from './client.mjs';

/** @type {Awaited<ReturnType<typeof startAccount>>} */
let account;
/** @type {Awaited<ReturnType<typeof servePage>>} */
let page;
/** @type {import('../harness/chime.mjs').Meeting} */
let meeting;
/** @type {Client} */
let ada;
/** @type {Client} */
let ben;

const ADA = { hue: 0, tone: 500 };
const BEN = { hue: 120, tone: 1500 };

describe('two people with the Chime SDK', { timeout: 300_000 }, () => {
    before(async () => {
        [account, page] = await Promise.all([startAccount('sdk-two'), servePage()]);
        meeting = await account.chime.createMeeting();
        const seats = [
            await account.chime.createAttendee(meeting.MeetingId, 'seat-ada'),
            await account.chime.createAttendee(meeting.MeetingId, 'seat-ben')
        ];
        ada = await Client.join(page.url, 'sdk-ada', meeting, seats[0], ADA);
        ben = await Client.join(page.url, 'sdk-ben', meeting, seats[1], BEN);
    });
    afterEach(async (context) => {
        if (/** @type {any} */ (context).passed === false) await Promise.all([ada?.leave(), ben?.leave()]);
    });
    after(async () => {
        await Promise.all([ada?.leave(), ben?.leave()]);
        await closeBrowsers();
        page?.stop();
        await account?.stop();
    });

    test('the roster names both by seat, to both', async () => {
        const both = { [ada.id]: 'seat-ada', [ben.id]: 'seat-ben' };
        for (const one of [ada, ben]) {
            const { roster } = await until(
                `${one.name} knows two`,
                () => one.knows(),
                (k) => Object.keys(k.roster).length === 2
            );
            assert.deepEqual(roster, both);
        }
    });

    test('each hears the other and not oneself', async () => {
        await ada.hears([BEN.tone], [ADA.tone]);
        await ben.hears([ADA.tone], [BEN.tone]);
    });

    test('each sees the other, and the picture moves', async () => {
        await ada.act('camera', true);
        await ben.sees(ADA.hue);
        await ben.act('camera', true);
        await ada.sees(BEN.hue);
        await ada.act('camera', false);
        await ben.seesNo(ADA.hue);
    });

    test('who mutes is marked so and no longer heard; unmuted, is heard again', async () => {
        await ada.act('mute', true);
        await until(
            'Ben knows that Ada is muted',
            () => ben.knows(),
            (k) => k.muted[ada.id] === true
        );
        await ben.hears([], [ADA.tone]);
        await ada.act('mute', false);
        await ben.hears([ADA.tone]);
    });

    test('the active speaker is the one who is not muted', async () => {
        await ada.act('mute', true);
        await until(
            'Ben is the speaker',
            () => ada.knows(),
            (k) => k.speakers[0] === ben.id
        );
        await ada.act('mute', false);
        await ben.act('mute', true);
        await until(
            'Ada is the speaker',
            () => ben.knows(),
            (k) => k.speakers[0] === ada.id
        );
        await ben.act('mute', false);
    });

    test('a data message reaches the other with its sender, and does not come back', async () => {
        await ada.act('say', 'hello Ben');
        const told = await ben.told('message');
        assert.equal(told.text, 'hello Ben');
        assert.equal(told.from, ada.id);
        assert.ok(!(await ada.log()).some((one) => one.what === 'message'));
    });

    test('a shared screen is a second picture for the other, and goes when it is stopped', async () => {
        await ada.act('share', 'blue');
        await ada.told('share started');
        await ben.sees(240);
        assert.equal((await ben.knows()).roster[`${ada.id}#content`] !== undefined, true);
        await ada.act('share', '');
        await ben.seesNo(240);
        await ben.told('presence', (one) => one.id === `${ada.id}#content` && one.present === false);
    });

    test('a connection that is cut comes back by itself within 10 seconds, with sound and picture', async () => {
        await ben.act('camera', true);
        await ada.sees(BEN.hue);
        const before = await ben.now();
        await account.control.cut(ben.id);
        await ben.told('reconnecting', undefined, before);
        const back = await ben.told('started', undefined, before);
        // The bound is the issue's; a machine with other work may need twice as long before it is a fault.
        assert.ok(back.at - before < 20_000, `back after ${back.at - before} ms`);
        await ada.sees(BEN.hue);
        await ada.hears([BEN.tone]);
        await ben.hears([ADA.tone]);
    });

    test('who leaves is gone from the roster, not dropped', async () => {
        await ben.act('leave');
        const told = await ada.told('presence', (one) => one.id === ben.id && one.present === false);
        assert.equal(told.dropped, false);
        assert.equal((await ben.told('stopped')).code, 1);
    });
});
