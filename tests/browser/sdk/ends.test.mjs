// @ts-check
// The unmodified Chime SDK against the emulator: the ways a connection ends. The SDK's own words for why (its status
// codes) decide what the room tells a person, so they are what is looked at.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.mjs';
import { startAccount } from '../harness/stack.mjs';
import { until } from '../harness/until.mjs';
import { Client, servePage } from './client.mjs';

/** MeetingSessionStatusCode of amazon-chime-sdk-js. */
const [JOINED_ELSEWHERE, MEETING_ENDED, REMOVED] = [2, 5, 22];
const ADA = { hue: 0, tone: 500 };
const BEN = { hue: 120, tone: 1500 };

describe('how a connection with the Chime SDK ends', { timeout: 300_000 }, () => {
    /** @type {Awaited<ReturnType<typeof startAccount>>} */
    let account;
    /** @type {Awaited<ReturnType<typeof servePage>>} */
    let page;
    /** @type {Client[]} */
    const people = [];

    before(async () => {
        [account, page] = await Promise.all([startAccount('sdk-ends'), servePage()]);
    });
    after(async () => {
        await Promise.all(people.map((one) => one.leave()));
        await closeBrowsers();
        page?.stop();
        await account?.stop();
    });

    /** @param {import('../harness/chime.mjs').Meeting} meeting @param {string} name @param {object} looks */
    const join = async (meeting, name, looks) => {
        const attendee = await account.chime.createAttendee(meeting.MeetingId, `seat-${name}`);
        const one = await Client.join(page.url, `sdk-ends-${name}`, meeting, attendee, looks);
        people.push(one);
        return { one, attendee };
    };

    test('a person who is removed is told so, and the others see them go', async () => {
        const meeting = await account.chime.createMeeting();
        const { one: ada } = await join(meeting, 'stays', ADA);
        const { one: ben } = await join(meeting, 'removed', BEN);
        await account.chime.deleteAttendee(meeting.MeetingId, ben.id);
        assert.equal((await ben.told('stopped')).code, REMOVED);
        await ada.told('presence', (told) => told.id === ben.id && told.present === false);
        await ada.close();
        await ben.close();
    });

    test('the same seat joined from elsewhere ends the first connection, which does not fight back', async () => {
        const meeting = await account.chime.createMeeting();
        const { one: first, attendee } = await join(meeting, 'first', ADA);
        const second = await Client.join(page.url, 'sdk-ends-second', meeting, attendee, ADA);
        people.push(second);
        assert.equal((await first.told('stopped')).code, JOINED_ELSEWHERE);
        const again = (await first.log()).filter((told) => told.what === 'reconnecting');
        assert.deepEqual(again, []);
        const last = (await second.log()).at(-1);
        assert.notEqual(last?.what, 'stopped');
        await first.close();
        await second.close();
    });

    test('a connection without packets is dropped for the others, and comes back when the network does', async () => {
        const meeting = await account.chime.createMeeting();
        const { one: ada } = await join(meeting, 'sees', ADA);
        const { one: ben } = await join(meeting, 'tunnel', BEN);
        await ada.hears([BEN.tone]);
        await account.control.muteNetwork(ben.id, 20);
        await ada.told('presence', (told) => told.id === ben.id && told.present === false && told.dropped === true);
        await until(
            'Ben is back in the roster',
            () => ada.knows(),
            (k) => ben.id in k.roster,
            90_000
        );
        await ada.hears([BEN.tone]);
        await ada.close();
        await ben.close();
    });

    test('a meeting that is ended ends for everybody', async () => {
        const meeting = await account.chime.createMeeting();
        const { one: ada } = await join(meeting, 'ended', ADA);
        await account.chime.deleteMeeting(meeting.MeetingId);
        assert.equal((await ada.told('stopped')).code, MEETING_ENDED);
    });
});
