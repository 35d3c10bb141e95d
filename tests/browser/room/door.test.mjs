// @ts-check
// Who gets in, who waits, and what a person reads who does not: links, the waiting room, two devices, removed, ended.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADA, BEN, scene } from '../harness/scene.mjs';
import { until } from '../harness/until.mjs';

describe('the way in and out', { timeout: 400_000 }, () => {
    const on = scene('room-door');

    test('the key leaves the address bar, is in no request, and nothing is stored', async () => {
        const { seats } = await on.meeting(['Ada']);
        const ada = await on.link(seats[0], ADA);
        /** @type {string[]} */
        const asked = [];
        ada.page.on('request', (request) => asked.push(request.url() + (request.postData() ?? '')));
        await ada.page.reload();
        await ada.page.goto('about:blank');
        await ada.page.goto(`${on.world.at.room}/#${seats[0].key}`);
        await ada.is('prejoin');
        assert.ok(!ada.page.url().includes(seats[0].key), 'the address still holds the key');
        assert.ok(!asked.some((text) => text.split('#')[0].includes(seats[0].key)), 'a request holds the key');
        const stored = await ada.page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
        assert.deepEqual(stored, [0, 0, '']);
        const html = await ada.page.content();
        assert.ok(!html.includes(seats[0].key), 'the page holds the key');
    });

    test('a page that is loaded anew comes back to the same seat, before joining and in the meeting', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const ben = await on.link(meeting.seats[1], BEN);
        await ben.is('prejoin');
        await ben.page.reload();
        await ben.join();
        await ben.page.reload();
        await ben.join();
        const soql = `SELECT Id FROM Chime_Participant__c WHERE Meeting__c = '${meeting.id}'`;
        assert.equal((await on.world.org.query(soql)).length, 2);
        const connected = await on.world.control.connected();
        const mine = connected.filter((/** @type {any} */ one) => one.externalUserId === meeting.seats[1].participant);
        assert.equal(mine.filter((/** @type {any} */ one) => one.connected).length, 1, JSON.stringify(mine));
    });

    test('early for a scheduled meeting a guest waits and reads when the doors open; then is let in', async () => {
        const start = Date.now() + 3_600_000;
        const meeting = await on.meeting(['Ada', 'Ben'], { start, end: start + 3_600_000 });
        const ben = await on.link(meeting.seats[1], BEN);
        await ben.is('waiting', 'prejoin', 'looking');
        await until('Ben reads when it begins', () => ben.room.getByText(/\d{1,2}[:.]\d{2}/).count());
        // The host starts before the time: the command that a click on the record publishes.
        await on.world.org.command('START_MEETING', meeting.id, { payload: {} });
        await ben.join();
        await on.world.org.until('Chime_Participant__c', meeting.seats[1].participant, 'Status__c', 'In meeting');
    });

    test('the same link on a second device: the first says so and does not fight; it can take the seat back', async () => {
        const { seats } = await on.meeting(['Ada', 'Ben']);
        const first = await on.link(seats[1], BEN);
        await first.join();
        const second = await on.link(seats[1], { hue: 240, tone: 2500 });
        await second.join();
        await first.is('elsewhere');
        assert.equal(await second.phase(), 'in');
        await first.click('takeBack');
        await first.is('in', 'prejoin');
        if ((await first.phase()) === 'prejoin') await first.join();
        await second.is('elsewhere');
    });

    test('who is removed reads that, and the link does not lead back in', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const ben = await on.link(meeting.seats[1], BEN);
        await ben.join();
        await on.world.org.command('REMOVE_PARTICIPANT', meeting.id, { target: meeting.seats[1].participant });
        await ben.is('removed');
        const again = await on.link(meeting.seats[1], BEN);
        await again.is('removed');
    });

    test('a meeting that was ended says so, to those in it and to those who come late', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const ada = await on.link(meeting.seats[0], ADA);
        await ada.join();
        await on.world.org.command('END_MEETING', meeting.id);
        await ada.is('ended');
        const late = await on.link(meeting.seats[1], BEN);
        await late.is('ended');
    });

    test('a link that no meeting knows is called wrong, after half a minute of looking', async () => {
        await on.meeting(['Ada']);
        const seat = { participant: '', name: 'Nobody', role: 'Guest', key: 'A'.repeat(43) };
        const nobody = await on.link(seat, ADA);
        await nobody.is('refused');
    });

    test('without permission for camera and microphone one reads why, and can still come in to listen', async () => {
        const { seats } = await on.meeting(['Ada', 'Ben']);
        const [ada, ben] = [await on.link(seats[0], ADA), await on.link(seats[1], { refuse: true })];
        await ada.join();
        await ben.join({ camera: false });
        await ben.hearsTones([ADA.tone]);
        await ben.seesHue(ADA.hue);
    });
});
