// @ts-check
// The room inside a record page of another site, spoken to over the port; and popped out of it.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { serveFrame } from '../harness/frame.mjs';
import { ADA, BEN, scene } from '../harness/scene.mjs';
import { until } from '../harness/until.mjs';

describe('the room in a frame', { timeout: 400_000 }, () => {
    /** @type {Awaited<ReturnType<typeof serveFrame>>[]} */
    const holders = [];
    const on = scene('room-frame', {
        flags: async () => {
            holders.push(await serveFrame(), await serveFrame({ allow: null }));
            return holders.flatMap(({ origin }) => ['--frame-ancestor', origin]);
        }
    });
    after(() => holders.forEach((holder) => holder.stop()));

    test('a host meets a guest from within the frame, and ends the meeting for both', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const ada = await on.frame(meeting.seats[0], ADA, holders[0].origin);
        const ben = await on.link(meeting.seats[1], BEN);
        await ada.join({ consent: true });
        await ben.join({ consent: true });
        await ada.seesHue(BEN.hue);
        await ben.seesHue(ADA.hue);
        await ada.hearsTones([BEN.tone], [ADA.tone]);
        await until(
            'the page that holds the room knows both',
            () => ada.told(),
            (told) => told.some((message) => message.type === 'roster' && message.people.length === 2)
        );
        await ada.click('end');
        await ada.confirm();
        await ada.is('ended', 'left');
        await ben.is('ended');
        await on.world.org.untilMeeting(meeting, 'Ended');
        const states = (await ada.told()).filter((message) => message.type === 'state').map((message) => message.state);
        assert.ok(states.includes('in') && states.includes('ended'), states.join(' '));
    });

    test('popped out, the meeting goes on in a window of its own, and the frame says where it is', async () => {
        const meeting = await on.meeting(['Ada', 'Ben']);
        const ada = await on.frame(meeting.seats[0], ADA, holders[0].origin);
        const ben = await on.link(meeting.seats[1], BEN);
        await ada.join();
        await ben.join();
        const framed = ada.room;
        const opened = ada.page.waitForEvent('popup', { timeout: 60_000 });
        await ada.click('popOut');
        const window = await opened;
        ada.listen(window);
        await until(
            'the frame says it is open elsewhere',
            () => framed.locator('[data-phase]').first().getAttribute('data-phase'),
            (phase) => phase === 'elsewhere'
        );
        ada.room = window;
        ada.page = window;
        await ada.is('in', 'prejoin');
        if ((await ada.phase()) === 'prejoin') await ada.join();
        await ada.seesHue(BEN.hue);
        await ben.seesHue(ADA.hue);
        await ada.hearsTones([BEN.tone], [ADA.tone]);
        assert.ok(!window.url().includes(meeting.seats[0].key) && !window.url().includes('proof'), window.url());
        // The host's power came along.
        assert.ok(await ada.control('end').isVisible());
    });

    test('a frame that does not allow the camera: the page says that the frame is why', async () => {
        const meeting = await on.meeting(['Ada']);
        const ada = await on.frame(meeting.seats[0], ADA, holders[1].origin);
        await ada.is('prejoin');
        await until(
            'the holding page is told of the policy',
            () => ada.told(),
            (told) => told.some((message) => message.type === 'problem' && message.cause === 'policy')
        );
    });

    test('a page that the settings do not list cannot show the room', async () => {
        const stranger = await serveFrame();
        try {
            const meeting = await on.meeting(['Ada']);
            const ada = await on.link(meeting.seats[0], ADA);
            await ada.page.goto(stranger.origin);
            await ada.page.evaluate(
                ([origin, key]) => Reflect.get(window, 'holder').open(origin, { key }),
                [on.world.at.room, meeting.seats[0].key]
            );
            await until(
                'the browser refuses',
                () => ada.console.join('\n'),
                (said) => said.includes('frame-ancestors')
            );
            assert.deepEqual(await ada.told(), []);
        } finally {
            stranger.stop();
        }
    });
});
