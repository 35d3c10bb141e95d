// @ts-check
// The real recorder in a real meeting: two bots, each with a picture of its own hue and a tone of its own. What counts is
// the file: both pictures in one frame, both tones in its sound, and the length that the record tells.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fetchFilm, hues, streams, tones } from './harness/film.mjs';
import { LEFT_BEHIND } from './harness/places.mjs';
import { startAll } from './harness/stack.mjs';
import { pause, until } from './harness/until.mjs';

const BOTS = [
    { tone: 500, hue: 0 },
    { tone: 1300, hue: 120 }
];
/** Nobody sounds like this. */
const SILENT = 2300;

describe('the recorder in a meeting of two bots', { timeout: 400_000 }, () => {
    /** @type {Awaited<ReturnType<typeof startAll>>} */
    let world;
    before(async () => {
        world = await startAll('recorder');
    });
    after(() => world?.stop());

    test('the recording holds both pictures and both tones, and has the length that the record tells', async () => {
        const { org, control } = world;
        const meeting = await org.start(['Ada', 'Ben'], { policy: 'Notice', autoRecord: true });
        for (const [i, bot] of BOTS.entries()) {
            const { key, name } = meeting.seats[i];
            await control.addBot({ key, name, ...bot });
        }
        await org.until('Chime_Meeting__c', meeting.id, 'Recording_State__c', 'Recording', 180_000);
        // Long enough to be looked at; nothing is waited for.
        await pause(12_000);
        await org.command('END_MEETING', meeting.id);
        const [recording] = await until(
            'the recording is on the record',
            () => org.recordings(meeting),
            (rows) => ['Available', 'Failed'].includes(rows[0]?.Status__c),
            180_000
        );
        assert.equal(recording.Status__c, 'Available', recording.Failure_Reason__c);
        await org.command('REFRESH_PLAYBACK', meeting.id, { target: recording.Recording_Key__c });
        const [linked] = await until(
            'the record has a link',
            () => org.recordings(meeting),
            (rows) => Boolean(rows[0].Playback_Link__c)
        );
        const film = await fetchFilm(linked.Playback_Link__c.split('\n')[0], join(LEFT_BEHIND, 'recorder.mp4'));

        const { codecs, seconds } = streams(film);
        assert.deepEqual(codecs, ['aac', 'h264']);
        assert.ok(
            Math.abs(seconds - recording.Duration_Seconds__c) <= 1,
            `${seconds} s, told ${recording.Duration_Seconds__c}`
        );
        assert.ok(seconds >= 10, `${seconds} s`);
        const seen = hues(film, [...BOTS.map((bot) => bot.hue), 240]);
        const share = JSON.stringify(seen);
        assert.ok(seen.most[0] > 0.05 && seen.most[1] > 0.05, `share of the picture by hue: ${share}`);
        const heard = tones(film, [...BOTS.map((bot) => bot.tone), SILENT]);
        assert.ok(heard[0] > -50 && heard[1] > -50, `dB by pitch: ${heard}`);
        assert.ok(heard[2] < -60, `dB by pitch: ${heard}`);
        const both = hues(
            film,
            BOTS.map((bot) => bot.hue)
        ).together;
        assert.ok(both >= 10, `frames with both pictures: ${both} of about ${Math.round(seconds * 2)}`);
    });
});
