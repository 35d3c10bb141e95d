// @ts-check
// Consent under *Everyone agrees*, while the real recorder records: what the others see and hear of a person, and what
// the film holds. Ada has agreed and is recorded; Ben comes later.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fetchFilm, hues, tones } from '../harness/film.mjs';
import { LEFT_BEHIND } from '../harness/places.mjs';
import { ADA, scene } from '../harness/scene.mjs';
import { pause, until } from '../harness/until.mjs';
import { bySecond } from './seconds.mjs';

/** No overtone of Ada's, and far from the colours that the recorder's page draws. */
const BEN = { hue: 240, tone: 1300 };

/** A recorder with its browser and encoder needs time beside other work. */
const LONG = 240_000;

/** From here on a pitch is there, in dB: in a page, in a film. */
const [HEARD, FILMED] = [-75, -55];

/** What comes in on the wire, in dB below full scale: quieter than any voice; and nothing at all. */
const [QUIET, NOTHING] = [80, 127];

describe('consent while a recorder records', { timeout: 900_000 }, () => {
    const on = scene('room-consent');

    /** @typedef {import('../harness/org.mjs').Meeting} Meeting */
    /** @typedef {import('../harness/person.mjs').Person} Person */

    /** Ada comes in, agrees, and is recorded. @param {Meeting} meeting */
    async function recorded(meeting) {
        const ada = await on.link(meeting.seats[0], ADA);
        await ada.join();
        await on.world.org.command('START_RECORDING', meeting.id);
        await on.world.org.until('Chime_Meeting__c', meeting.id, 'Recording_State__c', 'Recording', LONG);
        await until('Ada sees that it is recorded', () => ada.recordingIsMarked());
        return ada;
    }

    /**
     * Ben is in the recorded meeting and has not answered: he looked at his picture since before the recording, so
     * nothing asked him. His page reads no ticket from then on; only the roster can tell it of the recorder.
     *
     * @param {Meeting} meeting
     */
    async function unanswered(meeting) {
        const ben = await on.link(meeting.seats[1], BEN);
        await until('the doors are open to Ben', () => ben.room.getByText('Join now').count());
        await ben.page.route('**/tickets/**', (route) => route.abort());
        const ada = await recorded(meeting);
        await ben.join({ consent: null });
        return { ada, ben };
    }

    /**
     * Ben's picture and pitch do not come through to Ada, and only silence goes out from him: in no look while `goesOn`
     * says so.
     *
     * @param {Meeting} meeting
     * @param {Person} ada
     * @param {() => boolean | Promise<boolean>} goesOn
     */
    async function nothingOfBen(meeting, ada, goesOn) {
        do {
            const [level] = await ada.tones([BEN.tone], ada.room);
            assert.ok(level < HEARD, `Ada hears Ben: ${level} dB`);
            const seen = (await ada.pictures(ada.room)).filter(
                ({ hue, strength }) => strength > 60 && Math.abs(hue - BEN.hue) < 25
            );
            assert.deepEqual(seen, [], 'Ada sees Ben');
            const { arrives = NOTHING } = (await connectionOf(meeting, 1)) ?? {};
            assert.ok(arrives > QUIET, `Ben sends sound: ${arrives} dB below full scale`);
        } while (await goesOn());
    }

    /** @param {number} ms */
    function during(ms) {
        const end = Date.now() + ms;
        return () => Date.now() < end;
    }

    /** @param {Meeting} meeting @param {number} seat */
    async function connectionOf(meeting, seat) {
        const all = await on.world.control.connected();
        return all.find(
            (/** @type {any} */ one) => one.connected && one.externalUserId === meeting.seats[seat].participant
        );
    }

    /** @param {Meeting} meeting @param {string} name of the file */
    async function filmOf(meeting, name) {
        const { org } = on.world;
        const [recording] = await until(
            'the recording is on the record',
            () => org.recordings(meeting),
            (rows) => ['Available', 'Failed'].includes(rows[0]?.Status__c),
            LONG
        );
        assert.equal(recording.Status__c, 'Available', recording.Failure_Reason__c);
        await org.command('REFRESH_PLAYBACK', meeting.id, { target: recording.Recording_Key__c });
        const [linked] = await until(
            'the record has a link',
            () => org.recordings(meeting),
            (rows) => Boolean(rows[0].Playback_Link__c)
        );
        return fetchFilm(linked.Playback_Link__c.split('\n')[0], join(LEFT_BEHIND, name));
    }

    test('who has not answered is neither seen, heard nor filmed; who then agrees is, from that moment', async () => {
        const { org } = on.world;
        const meeting = await on.meeting(['Ada', 'Ben']);
        const { ada, ben } = await unanswered(meeting);
        await ada.seesTile('Ben', { muted: true });
        await until('Ben is asked', () => ben.room.getByText('Until you answer, the others neither').isVisible());
        // Longer than the ten seconds after which an unread ticket is waited for no more.
        await nothingOfBen(meeting, ada, during(14_000));
        await ben.page.unroute('**/tickets/**');
        await ben.click('mute');
        await ben.click('camera');
        await nothingOfBen(meeting, ada, during(4_000));
        const { sending, frames } = await connectionOf(meeting, 1);
        assert.deepEqual(sending, { audio: false, video: false, content: false });
        assert.equal(frames.video, 0);
        assert.equal((await org.row('Chime_Participant__c', meeting.seats[1].participant)).Consent__c, 'Not asked');

        // Ada goes dark and silent before Ben agrees: so the film itself tells what was before and what after.
        await ada.turn('mute', true);
        await ada.turn('camera', false);
        await ben.hearsTones([], [ADA.tone]);
        await ben.seesNo(ADA.hue, ben.room);
        await ben.click('consent-yes');
        await ada.hearsTones([BEN.tone]);
        await ada.seesHue(BEN.hue);
        await org.until('Chime_Participant__c', meeting.seats[1].participant, 'Consent__c', 'Given');
        await pause(6_000);
        await org.command('END_MEETING', meeting.id);

        const film = await filmOf(meeting, 'room-consent-agrees.mp4');
        const seconds = bySecond(film, (piece) => ({
            seen: hues(piece, [ADA.hue, BEN.hue]).most.map((share) => share > 0.02),
            heard: tones(piece, [ADA.tone, BEN.tone]).map((level) => level > FILMED)
        }));
        const when = (/** @type {'seen' | 'heard'} */ sense, /** @type {number} */ who) =>
            seconds.flatMap((second, i) => (second[sense][who] ? [i] : []));
        const [adaSeen, benSeen] = [when('seen', 0), when('seen', 1)];
        const [adaHeard, benHeard] = [when('heard', 0), when('heard', 1)];
        const told = JSON.stringify({ adaSeen, adaHeard, benSeen, benHeard });
        assert.ok(adaSeen.length >= 15 && adaHeard.length >= 15, told);
        assert.ok(benSeen.length >= 3 && benHeard.length >= 3, told);
        assert.ok(benSeen[0] > adaSeen[adaSeen.length - 1], `Ben is seen before he agreed: ${told}`);
        assert.ok(benHeard[0] > adaHeard[adaHeard.length - 1], `Ben is heard before he agreed: ${told}`);
    });

    test('a connection that heals by itself sends again who has agreed, and nobody who has not', async () => {
        const { control } = on.world;
        const meeting = await on.meeting(['Ada', 'Ben']);
        const { ada, ben } = await unanswered(meeting);
        await ada.seesTile('Ben', { muted: true });
        await control.cut((await connectionOf(meeting, 1)).attendeeId);
        await ben.is('reconnecting');
        await nothingOfBen(meeting, ada, async () => (await ben.phase()) !== 'in');
        await nothingOfBen(meeting, ada, during(8_000));
        assert.equal((await connectionOf(meeting, 1)).frames.video, 0);

        await control.cut((await connectionOf(meeting, 0)).attendeeId);
        await ada.is('reconnecting');
        await ada.is('in');
        await ben.hearsTones([ADA.tone]);
        await ben.seesHue(ADA.hue);
        await nothingOfBen(meeting, ada, during(4_000));
    });

    test('who declines stops the recording and is not in it; afterwards he may speak, and nothing is recorded', async () => {
        const { org, control } = on.world;
        const meeting = await on.meeting(['Ada', 'Ben']);
        const ada = await recorded(meeting);
        const ben = await on.link(meeting.seats[1], BEN);
        await ben.is('prejoin');
        await until('Ben reads that it is recorded', () => ben.room.getByText('is being recorded').count());
        // Without an answer the page does not let him in.
        await ben.click('join');
        await until('Ben is told to answer', () => ben.room.getByText('choose one of the two answers').isVisible());
        assert.equal(await ben.phase(), 'prejoin');
        await ben.join({ consent: false });
        await nothingOfBen(meeting, ada, () => ada.recordingIsMarked());
        await org.until('Chime_Participant__c', meeting.seats[1].participant, 'Consent__c', 'Declined');
        await org.until('Chime_Meeting__c', meeting.id, 'Recording_State__c', 'Stopped');
        await ada.seesTile('Ben', { muted: true });

        const film = await filmOf(meeting, 'room-consent-declines.mp4');
        const { most } = hues(film, [ADA.hue, BEN.hue]);
        const levels = tones(film, [ADA.tone, BEN.tone]);
        const told = `share of the picture ${most}, dB ${levels}`;
        assert.ok(most[0] > 0.05 && levels[0] > FILMED, told);
        assert.ok(most[1] < 0.02 && levels[1] < FILMED, told);

        // Switching on again is his own doing.
        await nothingOfBen(meeting, ada, during(3_000));
        await ben.turn('mute', false);
        await ben.turn('camera', true);
        await ada.hearsTones([BEN.tone]);
        await ada.seesHue(BEN.hue);
        await ben.click('consentDialog');
        await until('Ben reads what follows', () => ben.room.getByText('there is no recording while').isVisible());

        const seats = meeting.seats.map((seat) => seat.participant).sort();
        await org.command('START_RECORDING', meeting.id);
        await org.until('Chime_Meeting__c', meeting.id, 'Recording_State__c', 'Waiting for consent');
        const { meetingId } = await connectionOf(meeting, 0);
        for (const goesOn = during(10_000); goesOn(); await pause(500)) {
            const here = (await control.connected()).filter((/** @type {any} */ one) => one.meetingId === meetingId);
            assert.deepEqual(here.map((/** @type {any} */ one) => one.externalUserId).sort(), seats);
        }
    });
});
