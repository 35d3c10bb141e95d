// @ts-check
// The three stories that every change must keep true, with people in browsers, the real bridge and the real recorder.
// The third kills processes for good: SIGKILL, by their id.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ConsoleUser } from './harness/console.mjs';
import { serveFrame } from './harness/frame.mjs';
import { below } from './harness/processes.mjs';
import { ADA, BEN, scene } from './harness/scene.mjs';
import { adminOf, bySecret, startBridge } from './harness/stack.mjs';
import { pause, until } from './harness/until.mjs';

/** The second and the third take minutes: `make test-long`, or the suite by its name. */
const LONG_RUN = Boolean(process.env.CHIME_TEST_LONG);

/** A recorder with its browser and encoder needs time beside other work. */
const LONG = 240_000;

/** How far a record may be from what Chime measured, in seconds. */
const NEAR = 2;

/** Longer than a login to the emulated org is good for (two hours). */
const ORG_AWAY_MS = 125 * 60_000;

/** A recorder may take so many seconds to see that its meeting is over. */
const RECORDER_SLOW = 10;

const SETTINGS = {
    'meeting.recording_look_every': '500',
    'meeting.pieces_limit': '60000',
    'outbox.backoff_max_ms': '1000'
};

/**
 * A participant's connections and total, as recorded, are what Chime measured.
 *
 * @param {import('./harness/scene.mjs').World} world
 * @param {string} seat
 */
async function assertTrue({ org, control }, seat) {
    const measured = await control.presence(seat);
    const sessions = await org.connections(seat);
    const { Seconds_Present__c: told } = await org.row('Chime_Participant__c', seat);
    const seen = JSON.stringify({ measured, sessions, told });
    assert.equal(sessions.length, measured.length, seen);
    let total = 0;
    for (const [i, [from, to]] of measured.entries()) {
        assert.ok(to !== null, `still connected: ${seen}`);
        const { Joined_At__c, Left_At__c, Seconds__c } = sessions[i];
        assert.ok(Math.abs(Date.parse(Joined_At__c) - from) <= NEAR * 1_000, `joined: ${seen}`);
        assert.ok(Math.abs(Date.parse(Left_At__c) - to) <= NEAR * 1_000, `left: ${seen}`);
        assert.ok(Math.abs(Seconds__c - (to - from) / 1_000) <= NEAR, `seconds: ${seen}`);
        total += (to - from) / 1_000;
    }
    // Connections of one attendee do not overlap, so their sum is the time present.
    assert.ok(Math.abs(told - total) <= NEAR, `${total} s measured: ${seen}`);
}

describe('the three stories', { timeout: 900_000 }, () => {
    /** The page that shows Ada the room with a host's power. @type {Awaited<ReturnType<typeof serveFrame>>} */
    let holder;
    const on = scene('stories', {
        settings: SETTINGS,
        flags: async () => {
            holder = await serveFrame();
            return ['--frame-ancestor', holder.origin];
        }
    });
    after(() => holder?.stop());

    test('a meeting starts: from the Account to the recording that plays on the record', async () => {
        const { org, at } = on.world;
        const ada = on.keep(await ConsoleUser.atConsole('stories-1-ada', at, ADA));
        const id = await ada.startMeeting();
        const meeting = { id, seats: [] };
        await ada.join();
        await org.untilMeeting(meeting, 'Live');

        const seat = await org.invite(id, 'Ben');
        const ben = await on.link(seat, BEN);
        await ben.join();
        await ada.seesHue(BEN.hue);
        await ada.hearsTones([BEN.tone], [ADA.tone]);
        await ada.click('record');
        await until('Ada sees that it is recorded', () => ada.recordingIsMarked(), Boolean, LONG);
        await until('Ben sees that it is recorded', () => ben.recordingIsMarked(), Boolean, LONG);
        await org.until('Chime_Meeting__c', id, 'Recording_State__c', 'Recording', LONG);
        // The recorder is nobody's company: it is not among the people.
        assert.deepEqual(
            (await ben.tiles()).filter((tile) => /recorder/i.test(tile.name)),
            []
        );
        await pause(8_000);
        await ada.click('end');
        await ada.confirm();
        await ben.is('ended');
        await org.untilMeeting(meeting, 'Ended');
        const [recording] = await until(
            'the recording is on the record',
            () => org.recordings(meeting),
            (rows) => ['Available', 'Failed'].includes(rows[0]?.Status__c),
            LONG
        );
        assert.equal(recording.Status__c, 'Available', recording.Failure_Reason__c);
        assert.ok(recording.Duration_Seconds__c >= 7, `${recording.Duration_Seconds__c} s`);
        const film = await ada.play();
        assert.ok(Math.abs(film.length - recording.Duration_Seconds__c) <= 1.5, JSON.stringify(film));
    });

    test(
        'a guest is late and drops: one participant, two connections, the right total',
        { skip: !LONG_RUN },
        async () => {
            const { org, control } = on.world;
            const start = Date.now() + 600_000;
            const meeting = await org.start(['Ada', 'Ben'], { start, end: start + 3_600_000 });
            const ben = await on.link(meeting.seats[1], BEN);
            await ben.is('waiting', 'prejoin');
            await org.command('START_MEETING', meeting.id, { payload: {} });
            const ada = await on.link(meeting.seats[0], ADA);
            await ada.join();
            await ben.join();
            await ada.hearsTones([BEN.tone]);

            // Chime's word of the drop comes after that of the return; its word of the last leave never comes.
            await control.order({ service: 'eventbridge', call: 'chime:AttendeeDropped', kind: { do: 'reorder' } });
            await control.order({ service: 'eventbridge', call: 'chime:AttendeeLeft', kind: { do: 'drop' } });
            const seat = meeting.seats[1].participant;
            const mine = (/** @type {any} */ one) => one.externalUserId === seat;
            await control.muteNetwork((await control.connected()).find(mine).attendeeId, 20);
            await ada.hearsTones([], [BEN.tone]);
            await ada.hearsTones([BEN.tone]);
            await ada.seesHue(BEN.hue);
            // Longer than the tolerance, so that a total without it is found wrong.
            await pause(5_000);
            await ben.click('leave');
            await ben.is('left');
            const sessions = await until(
                'both connections have an end',
                () => org.connections(seat),
                (rows) => rows.length === 2 && rows.every((row) => row.Left_At__c),
                LONG
            );
            assert.deepEqual(
                sessions.map((row) => row.End_Reason__c),
                ['Dropped', 'Left']
            );
            assert.deepEqual(await control.ordered(), [], 'both notices were struck');
            await assertTrue(on.world, seat);
        }
    );

    test(
        'everything dies: bridge, recorder and org; one Chime meeting, two pieces with the true gap, true records',
        { skip: !LONG_RUN },
        async () => {
            const world = on.world;
            const { org, control } = world;
            const settings = { ...SETTINGS, ...bySecret(world.dir) };

            // Chime makes the meeting, and the bridge dies before it knows.
            await control.order({ service: 'chime', call: 'CreateMeeting', kind: { do: 'loseAnswer' }, times: 0 });
            const meeting = await org.start(['Ada', 'Ben'], { policy: 'Notice' });
            const made = async () =>
                (await control.chime()).meetings.filter((one) => one.externalMeetingId === meeting.id);
            const asked = async () =>
                (await control.chime()).calls.filter((call) => call.operation === 'CreateMeeting').length;
            await until('Chime has made the meeting', made, (found) => found.length > 0);
            await world.bridge.kill();
            const before = await asked();
            assert.equal((await org.row('Chime_Meeting__c', meeting.id)).Status__c, 'Requested', 'nobody was told');
            await control.takeBack();
            world.bridge = await startBridge('stories-again', world.dir, settings);
            await org.untilMeeting(meeting, 'Open');
            assert.ok((await asked()) > before, 'the meeting was asked for again');
            assert.equal((await made()).length, 1, JSON.stringify(await made()));

            const ada = await on.frame(meeting.seats[0], ADA, holder.origin);
            const ben = await on.link(meeting.seats[1], BEN);
            await ada.join();
            await ben.join();
            await ada.hearsTones([BEN.tone]);

            // The recorder's host vanishes, and the bridge with it.
            await org.command('START_RECORDING', meeting.id);
            await org.until('Chime_Meeting__c', meeting.id, 'Recording_State__c', 'Recording', LONG);
            await pause(8_000);
            const [recorder] = below(/** @type {number} */ (world.program.pid), 'chime-recorder');
            assert.ok(recorder, 'no recorder runs below the emulator');
            process.kill(recorder.pid, 'SIGKILL');
            const killedAt = Date.now();
            await world.bridge.kill();
            world.bridge = await startBridge('stories-third', world.dir, settings);
            // People noticed nothing.
            await ada.hearsTones([BEN.tone]);
            const recorders = async () =>
                (await made())[0].attendees
                    .filter((one) => one.externalUserId.startsWith('recorder-'))
                    .flatMap((one) => one.intervals)
                    .sort(([a], [b]) => a - b);
            await until(
                'another recorder has joined',
                recorders,
                (spans) => spans.length === 2 && spans[1][1] === null,
                LONG
            );
            await org.until('Chime_Meeting__c', meeting.id, 'Recording_State__c', 'Recording', LONG);

            // The org goes away; the meeting comes to its end without it, and hours later nothing is told yet.
            await control.cutOffOrg();
            const ready = async () => (await fetch(`${adminOf(world.dir)}/ready`)).ok;
            await until('the bridge says that the org is away', ready, (is) => !is);
            await ben.click('leave');
            await ben.is('left');
            await ada.hearsTones([], [BEN.tone]);
            await pause(8_000);
            await ada.click('end');
            await ada.confirm();
            await ada.is('ended');
            const said = (/** @type {string} */ words) => world.bridge.said().split(words).length - 1;
            await until('the recording is checked', () => said('The recording has its verdict'), Boolean, LONG);
            // Not sooner: the recording is checked by links that are good for minutes.
            await control.advance(ORG_AWAY_MS);
            assert.equal((await world.asItIs('Chime_Meeting__c', meeting.id)).Status__c, 'Live');
            assert.equal(
                (await world.asItIs('Chime_Participant__c', meeting.seats[1].participant)).Status__c,
                'In meeting'
            );
            assert.equal(said('logged in to Salesforce'), 1);
            // Meanwhile an admin has deleted a field that is written, and given the command event another.
            await control.changeSchema('drop-field', 'Chime_Meeting__c', 'Status_Reason__c');
            await control.changeSchema('add-field', 'Chime_Command__e', 'Reference__c');
            await control.takeBack();
            await org.untilMeeting(meeting, 'Ended');
            await until('the bridge is ready again', ready, Boolean, LONG);
            assert.equal(said('logged in to Salesforce'), 2, 'its token had died');

            const [recording] = await until(
                'the recording is on the record',
                () => org.recordings(meeting),
                (rows) => ['Available', 'Failed'].includes(rows[0]?.Status__c)
            );
            assert.equal(recording.Status__c, 'Available', recording.Failure_Reason__c);
            // Nothing was recorded between the kill and the second's coming. Whole seconds, rounded either way.
            const [length, gap] = [recording.Duration_Seconds__c, recording.Gap_Seconds__c];
            const [[firstAt], [secondAt, overAt]] = await recorders();
            const seen = JSON.stringify({ length, gap, firstAt, killedAt, secondAt, overAt });
            assert.ok(gap >= (secondAt - killedAt) / 1_000 - 1, `the gap was longer: ${seen}`);
            assert.ok(length + gap <= (Number(overAt) - firstAt) / 1_000 + RECORDER_SLOW, `it was shorter: ${seen}`);
            assert.ok(length >= 10, seen);
            await org.command('REFRESH_PLAYBACK', meeting.id, { target: recording.Recording_Key__c });
            const [linked, ...others] = await until(
                'links are on the record',
                () => org.recordings(meeting),
                (rows) => Boolean(rows[0].Playback_Link__c)
            );
            assert.equal(linked.Playback_Link__c.trim().split('\n').length, 2, 'two pieces, a link each');
            assert.deepEqual(others, [], 'one recording');
            for (const { participant } of meeting.seats) await assertTrue(world, participant);
            assert.equal((await made()).length, 1, JSON.stringify(await made()));
            const letters = await org.query(
                "SELECT Step__c, Cause__c FROM Chime_Dead_Letter__c WHERE State__c = 'Open'"
            );
            assert.equal(letters.length, 1, JSON.stringify(letters));
            assert.match(letters[0].Cause__c, /Status_Reason__c/, 'the admin is told which field is missing');
        }
    );
});
