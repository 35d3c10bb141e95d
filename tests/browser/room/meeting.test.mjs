// @ts-check
// Two people with links meet in the room: through the real bridge, the emulated org and Chime, and the Chime SDK.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADA, BEN, scene } from '../harness/scene.mjs';
import { until } from '../harness/until.mjs';

describe('two people with links', { timeout: 400_000 }, () => {
    const on = scene('room-meeting');

    test('they see, hear and know each other; speaking, muting, hands and chat show; a cut heals by itself', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const [ada, ben] = [await on.link(meeting.seats[0], ADA), await on.link(meeting.seats[1], BEN)];
        await ada.join();
        await ben.join();

        await ada.seesHue(BEN.hue);
        await ben.seesHue(ADA.hue);
        await ada.hearsTones([BEN.tone], [ADA.tone]);
        await ben.hearsTones([ADA.tone], [BEN.tone]);
        await ada.seesTile('Ben');
        await ben.seesTile('Ada');
        await on.world.org.untilMeeting(meeting, 'Live');

        // The one who is muted is marked so, not heard, and not the speaker.
        await ada.turn('mute', true);
        await ben.seesTile('Ada', { muted: true });
        await ben.hearsTones([], [ADA.tone]);
        await ada.seesTile('Ben', { speaking: true });
        await ada.turn('mute', false);
        await ben.turn('mute', true);
        await ben.seesTile('Ada', { muted: false, speaking: true });
        await ben.turn('mute', false);

        await ada.turn('camera', false);
        await ben.seesNo(ADA.hue, ben.room);
        await ada.turn('camera', true);
        await ben.seesHue(ADA.hue);

        await ada.say('Good morning, Ben');
        await until(
            'Ben reads what Ada wrote',
            () => ben.chat(),
            (lines) => lines.some((line) => line.includes('Good morning, Ben') && line.includes('Ada'))
        );

        const attendee = (await on.world.control.connected()).find(
            (/** @type {any} */ one) => one.externalUserId === meeting.seats[1].participant
        );
        await on.world.control.cut(attendee.attendeeId);
        await ben.is('reconnecting');
        await ben.is('in');
        await ada.seesHue(BEN.hue);
        await ada.hearsTones([BEN.tone]);

        // What was written is kept with the meeting once the writer goes.
        await ada.click('leave');
        await ada.is('left');
        const kept = await until(
            'the chat is in the meeting log',
            () =>
                on.world.org.query(
                    `SELECT Kind__c, Text__c FROM Chime_Meeting_Log__c WHERE Meeting__c = '${meeting.id}'`
                ),
            (rows) => rows.some((row) => row.Text__c?.includes('Good morning, Ben'))
        );
        assert.equal(kept.filter((row) => row.Text__c?.includes('Good morning, Ben')).length, 1);
    });

    test('a shared screen is shown to the other, and goes when it is stopped', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const flags = ['--auto-select-desktop-capture-source=Entire screen', '--auto-accept-this-tab-capture'];
        const ada = await on.link(meeting.seats[0], { ...ADA, flags });
        const ben = await on.link(meeting.seats[1], BEN);
        await ada.join({ camera: false });
        await ben.join({ camera: false });
        await ada.seesTile('Ben');
        await ada.click('share');
        await ben.seesTile('Ada', { content: true });
        await until(
            'Ben sees a picture of the screen',
            () => ben.pictures(ben.room),
            (all) => all.some((picture) => picture.width > 400 && picture.frames > 1)
        );
        await ada.click('share');
        await until(
            'the shared screen is gone',
            () => ben.tiles(),
            (tiles) => !tiles.some((tile) => tile.content)
        );
    });
});
