// @ts-check
// The three stories that every change must keep true, with people in browsers, the real bridge and the real recorder.
// The third kills processes for good: SIGKILL, by their id.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ConsoleUser } from './harness/console.mjs';
import { ADA, BEN, scene } from './harness/scene.mjs';
import { startBridge } from './harness/stack.mjs';
import { pause, until } from './harness/until.mjs';

/** The second and the third take minutes: `make test-long`, or the suite by its name. */
const LONG_RUN = Boolean(process.env.CHIME_TEST_LONG);

/** A recorder with its browser and encoder needs time beside other work. */
const LONG = 240_000;

/**
 * Processes of one program below another, by the kernel's list.
 *
 * @param {number} ancestor
 * @param {string} program
 */
function below(ancestor, program) {
    const all = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
                const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
                return [{ pid: Number(name), parent, line: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
            } catch {
                return []; // ended meanwhile
            }
        });
    const ours = new Set([ancestor]);
    for (let grown = true; grown;) {
        grown = false;
        for (const { pid, parent } of all) {
            if (ours.has(parent) && !ours.has(pid)) grown = Boolean(ours.add(pid));
        }
    }
    return all.filter(({ pid, line }) => pid !== ancestor && ours.has(pid) && line.split('\0')[0].endsWith(program));
}

describe('the three stories', { timeout: 900_000 }, () => {
    const on = scene('stories', {
        settings: { 'meeting.recording_look_every': '500', 'meeting.pieces_limit': '60000' }
    });

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
            await ben.click('leave');
            await ben.is('left');
            const soql =
                'SELECT Joined_At__c, Left_At__c, Seconds__c, End_Reason__c FROM Chime_Participant_Session__c ' +
                `WHERE Participant__c = '${seat}' ORDER BY Joined_At__c`;
            const sessions = await until(
                'both connections have an end',
                () => org.query(soql),
                (rows) => rows.length === 2 && rows.every((row) => row.Left_At__c),
                LONG
            );
            assert.deepEqual(
                sessions.map((row) => row.End_Reason__c),
                ['Dropped', 'Left']
            );
            const total = sessions.reduce((sum, row) => sum + row.Seconds__c, 0);
            const { Seconds_Present__c: told } = await org.row('Chime_Participant__c', seat);
            assert.ok(Math.abs(told - total) <= 2, `${told} s told, connections ${JSON.stringify(sessions)}`);
        }
    );

    test(
        'everything dies: bridge and recorder are killed; one Chime meeting, two pieces, the gap stated',
        { skip: !LONG_RUN },
        async () => {
            const world = on.world;
            const { org, control } = world;
            const meeting = await org.start(['Ada', 'Ben'], { policy: 'Notice' });
            // Between asking for the meeting and telling of it.
            await world.bridge.kill();
            world.bridge = await startBridge('stories-again', world.dir, {
                'meeting.recording_look_every': '500',
                'meeting.pieces_limit': '60000'
            });
            const [ada, ben] = [await on.link(meeting.seats[0], ADA), await on.link(meeting.seats[1], BEN)];
            await ada.join();
            await ben.join();
            await ada.hearsTones([BEN.tone]);
            const made = (await control.chime()).meetings.filter(
                (/** @type {any} */ one) => one.externalMeetingId === meeting.id
            );
            assert.equal(made.length, 1, JSON.stringify(made));

            await org.command('START_RECORDING', meeting.id);
            await org.until('Chime_Meeting__c', meeting.id, 'Recording_State__c', 'Recording', LONG);
            await pause(8_000);
            const [recorder] = below(/** @type {number} */ (world.program.pid), 'chime-recorder');
            assert.ok(recorder, 'no recorder runs below the emulator');
            process.kill(recorder.pid, 'SIGKILL');
            await world.bridge.kill();
            world.bridge = await startBridge('stories-third', world.dir, {
                'meeting.recording_look_every': '500',
                'meeting.pieces_limit': '60000'
            });
            // People noticed nothing.
            await ada.hearsTones([BEN.tone]);
            await until(
                'another recorder has joined',
                async () =>
                    (await control.connected()).filter((/** @type {any} */ one) =>
                        /^recorder-/.test(one.externalUserId)
                    ),
                (found) =>
                    found.length === 1 && below(/** @type {number} */ (world.program.pid), 'chime-recorder').length > 0,
                LONG
            );
            await pause(10_000);
            await org.command('END_MEETING', meeting.id);
            const [recording] = await until(
                'the recording is on the record',
                () => org.recordings(meeting),
                (rows) => ['Available', 'Failed'].includes(rows[0]?.Status__c),
                LONG
            );
            assert.equal(recording.Status__c, 'Available', recording.Failure_Reason__c);
            assert.ok(recording.Gap_Seconds__c > 0, `gap ${recording.Gap_Seconds__c} s`);
            assert.ok(recording.Duration_Seconds__c >= 10, `${recording.Duration_Seconds__c} s`);
            await org.command('REFRESH_PLAYBACK', meeting.id, { target: recording.Recording_Key__c });
            const [linked] = await until(
                'links are on the record',
                () => org.recordings(meeting),
                (rows) => Boolean(rows[0].Playback_Link__c)
            );
            assert.ok(linked.Playback_Link__c.trim().split('\n').length >= 2, 'two pieces, a link each');
            await org.untilMeeting(meeting, 'Ended');
            assert.deepEqual(
                await org.query("SELECT Step__c, Cause__c FROM Chime_Dead_Letter__c WHERE State__c = 'Open'"),
                []
            );
        }
    );
});
