// @ts-check
// A seat and whoever sits on it: the name a guest writes, and one link on two devices.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADA, BEN, scene } from '../harness/scene.mjs';
import { pause, until } from '../harness/until.mjs';

const CLEO = { hue: 240, tone: 2500 };

describe('a seat', { timeout: 400_000 }, () => {
    const on = scene('room-seat');

    test('a guest writes his own name: the others read it, who comes later too, marked as not checked', async () => {
        const meeting = await on.meeting(['Ada', 'Ben', 'Cleo']);
        const [ada, ben, cleo] = [
            await on.link(meeting.seats[0], ADA),
            await on.link(meeting.seats[1], BEN),
            await on.link(meeting.seats[2], CLEO)
        ];
        await ada.is('prejoin');
        assert.equal(await ada.control('name').count(), 0, 'a host may change the name of the seat');
        await ada.join();
        await ben.join({ name: 'Benjamin Okafor' });
        await cleo.join();
        for (const one of [ada, cleo]) {
            await one.seesTile('Benjamin Okafor');
            await one.click('people');
            await until(
                `${one.name} reads who is there`,
                async () => (await one.people()).sort(),
                (names) => names.join() === 'Ada,Benjamin Okafor,Cleo'
            );
            const marks = (/** @type {string} */ name) => one.room.locator(`[data-person="${name}"]`).innerText();
            assert.match(await marks('Benjamin Okafor'), /name not checked/);
            assert.doesNotMatch(await marks('Ada'), /name not checked/);
            assert.ok(!(await one.tiles()).some((tile) => tile.name === 'Ben'));
        }
        // The record keeps the name that its owner wrote.
        const { Display_Name__c: kept } = await on.world.org.row('Chime_Participant__c', meeting.seats[1].participant);
        assert.equal(kept, 'Ben');
    });

    test('the same link on two devices: the newer has the seat, the older says so; neither fights for it', async () => {
        const { control, org } = on.world;
        const meeting = await on.meeting(['Ada', 'Ben']);
        const seat = meeting.seats[1];
        const ada = await on.link(meeting.seats[0], ADA);
        await ada.join();
        const first = await on.link(seat, BEN);
        await first.join();
        await ada.seesHue(BEN.hue);
        const second = await on.link(seat, CLEO);
        await second.join();

        /**
         * One has the seat, the other not; ten seconds of looks find nothing else, nor a connection made anew.
         *
         * @param {import('../harness/person.mjs').Person} inside
         * @param {import('../harness/person.mjs').Person} outside
         */
        async function rests(inside, outside) {
            await outside.is('elsewhere');
            await until('it says so', () => outside.room.getByText('The same link is open in another').isVisible());
            await inside.is('in');
            await inside.seesTile('Ada');
            const soql = `SELECT Id FROM Chime_Participant_Session__c WHERE Participant__c = '${seat.participant}'`;
            const packets = async () => {
                const all = (await control.connected()).filter(
                    (/** @type {any} */ one) => one.externalUserId === seat.participant && one.connected
                );
                assert.equal(all.length, 1, JSON.stringify(all));
                return all[0].packets;
            };
            const before = (await org.query(soql)).length;
            let last = await packets();
            for (const end = Date.now() + 10_000; Date.now() < end; await pause(250)) {
                assert.deepEqual([await inside.phase(), await outside.phase()], ['in', 'elsewhere']);
                // What makes a page look anew may not make it come back.
                await outside.page.evaluate(() => window.dispatchEvent(new Event('online')));
                const now = await packets();
                assert.ok(now >= last, `another connection: ${now} packets after ${last}`);
                last = now;
            }
            assert.equal((await org.query(soql)).length, before, 'connections came or went');
        }

        await rests(second, first);
        await ada.seesHue(CLEO.hue);
        await ada.hearsTones([CLEO.tone], [BEN.tone]);
        await first.click('takeBack');
        await first.is('in');
        await rests(first, second);
        await ada.seesHue(BEN.hue);
        await ada.hearsTones([BEN.tone], [CLEO.tone]);
    });
});
