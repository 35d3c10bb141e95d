// @ts-check
/**
 * The demo plays itself, in headless Chromium: a user opens the console, starts a meeting from an Account, talks to a
 * bot, records it with consent of both, ends it, and watches the recording on the record. Prints each step with its
 * time; exits 0 only if all of it came true. Started by `chime-emulator demo --once`, which says where everything is in
 * the variable CHIME_DEMO.
 */
import { closeBrowsers } from './harness/browser.mjs';
import { ConsoleUser } from './harness/console.mjs';
import { Control } from './harness/media.mjs';
import { Org } from './harness/org.mjs';
import { until } from './harness/until.mjs';

const BOT = { name: 'Bea Bot', tone: 700, hue: 200 };
const LONG = 240_000;

const told = process.env.CHIME_DEMO;
if (!told) {
    console.error('CHIME_DEMO is not set: this is started by `make demo ARGS=--once`');
    process.exit(2);
}
const at = JSON.parse(told);
const began = Date.now();
const say = (/** @type {string} */ text) =>
    console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

/** @type {ConsoleUser | undefined} */
let ada;
try {
    const [org, control] = [new Org(at.org, at.dataDir), new Control(at.control)];
    ada = await ConsoleUser.atConsole('demo', at, { hue: 0, tone: 500 });
    say(`the console is open on an Account: ${ada.page.url()}`);
    const id = await ada.startMeeting();
    const meeting = { id, seats: [] };
    say('Start meeting was clicked: the meeting has a record, and the room is in its page');
    await ada.is('prejoin');
    say('the camera check is shown');
    await ada.join();
    say('Ada has agreed to being recorded, and is in');
    const seat = await org.invite(id, BOT.name);
    await control.addBot({ key: seat.key, ...BOT, consent: true });
    await ada.seesHue(BOT.hue);
    await ada.hearsTones([BOT.tone]);
    say('a bot was invited, has agreed too, and is seen and heard');
    await ada.click('record');
    say('Record was clicked');
    await until(
        'the recording mark is seen',
        () => /** @type {ConsoleUser} */ (ada).recordingIsMarked(),
        Boolean,
        LONG
    );
    await org.until('Chime_Meeting__c', id, 'Recording_State__c', 'Recording', LONG);
    say('the mark of a running recording is seen');
    await new Promise((done) => setTimeout(done, 8_000));
    await ada.click('end');
    await ada.confirm();
    await org.untilMeeting(meeting, 'Ended');
    say('the meeting was ended, and the record says so');
    const [recording] = await until(
        'the recording is on the record',
        () => org.recordings(meeting),
        (rows) => ['Available', 'Failed'].includes(rows[0]?.Status__c),
        LONG
    );
    if (recording.Status__c !== 'Available') throw new Error(`the recording failed: ${recording.Failure_Reason__c}`);
    say(`the recording is on the record: ${recording.Duration_Seconds__c} s`);
    const film = await ada.play();
    if (Math.abs(film.length - recording.Duration_Seconds__c) > 1.5) {
        throw new Error(`the record says ${recording.Duration_Seconds__c} s, the player ${film.length} s`);
    }
    say(`it plays: at ${film.at.toFixed(1)} s of ${film.length.toFixed(1)} s`);
    console.log('All of it came true.');
} catch (error) {
    await ada?.leave();
    say(`NOT true: ${error instanceof Error ? error.message : error}`);
    console.log('What was on the screen: target/browser/demo.png, demo.console.txt');
    process.exitCode = 1;
} finally {
    await closeBrowsers();
}
