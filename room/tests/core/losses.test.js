// @ts-check
/** What is lost, how one comes back, and how one is put out or goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code } from './sdk.js';
import { SEAT, inside, makeWorld, open } from './world.js';

test('the SDK reconnects by itself, and the room says so', async () => {
    const { world, session } = await inside();
    session.tell('audioVideoDidStartConnecting', true);
    await world.clock.run(0);
    assert.deepEqual([world.room.state.phase, world.room.state.network], ['reconnecting', 'lost']);
    session.started();
    await world.clock.run(0);
    assert.deepEqual([world.room.state.phase, world.room.state.network], ['in', null]);
});

test('a connection that is lost for good is made anew at the same place', async () => {
    const { world, session } = await inside();
    session.ends(Code.SignalingChannelClosedUnexpectedly);
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'reconnecting');
    assert.equal(world.sdk.sessions.length, 2);
    world.sdk.last().started();
    await world.clock.run(0);
    assert.equal(world.room.state.phase, 'in');
    assert.equal(world.said('arrived').length, 0);
});

test('a connection that cannot be made is tried ever slower, then the person is asked', async () => {
    const { world, session } = await inside();
    session.ends(Code.TaskFailed);
    for (let i = 0; i < 200 && world.room.state.phase !== 'refused'; i += 1) {
        await world.clock.run(1000);
        const last = world.sdk.last();
        if (last.asked.start === 1 && last.asked.stop === 0 && !(/** @type {any} */ (last).failed)) {
            /** @type {any} */ (last).failed = true;
            last.ends(Code.TaskFailed);
        }
    }
    assert.equal(world.room.state.reason?.code, 'signaling-lost');
    const tries = world.sdk.sessions.length;
    assert.ok(tries >= 6 && tries <= 10, `${tries} tries`);
    await world.clock.run(60_000);
    assert.equal(world.sdk.sessions.length, tries);
    await world.room.act.retry();
    await world.clock.run(100);
    assert.equal(world.sdk.sessions.length, tries + 1, 'a click tries again at once');
});

test('a Chime meeting that ended by itself is told to the bridge, and its successor is entered', async () => {
    const { world, session } = await inside();
    session.ends(Code.MeetingEnded);
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'reconnecting');
    assert.deepEqual(JSON.parse(world.said('arrived')[0].data), { failedMeetingId: 'meeting-1' });
    await world.clock.run(11_000);
    assert.equal(world.said('arrived').length, 2, 'a signal can be lost');
    assert.equal(world.sdk.sessions.length, 1, 'a dead place is not entered');
    await world.ticket(open('2'));
    await world.clock.run(2000);
    assert.equal(world.sdk.last().meetingId, 'meeting-2');
    world.sdk.last().started();
    await world.clock.run(0);
    assert.equal(world.room.state.phase, 'in');
});

test('a successor that does not come within 90 seconds leaves the choice to the person', async () => {
    const { world, session } = await inside();
    session.ends(Code.MeetingEnded);
    await world.clock.run(91_000);
    assert.equal(world.room.state.reason?.code, 'signaling-lost');
});

test('the end of the meeting is what the ticket says, not what Chime says', async () => {
    const { world, session } = await inside();
    await world.ticket({ state: 'ended' });
    session.ends(Code.MeetingEnded);
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'ended');
});

test('a removed attendee learns it from the ticket', async () => {
    const { world, session } = await inside();
    await world.ticket({ state: 'removed' });
    session.ends(Code.AudioAttendeeRemoved);
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'removed');
    assert.equal(world.said('left').length, 0);
});

test('a ticket that says removed puts one out even if Chime does not', async () => {
    const { world, session } = await inside();
    await world.ticket({ state: 'removed' });
    await world.clock.run(16_000);
    assert.equal(world.room.state.phase, 'removed');
    assert.equal(session.asked.stop, 1);
});

test('the same seat opened elsewhere: says so, and does not fight for it', async () => {
    const { world, session } = await inside();
    await world.room.act.prepare({ camera: true, microphone: true });
    session.ends(Code.AudioJoinedFromAnotherDevice);
    await world.clock.run(300_000);
    assert.equal(world.room.state.phase, 'elsewhere');
    assert.equal(world.room.state.reason?.code, 'opened-elsewhere');
    assert.equal(world.sdk.sessions.length, 1);
    const { given } = world.window.navigator.mediaDevices;
    assert.ok(
        given[0].getTracks().every((/** @type {any} */ { stopped }) => stopped),
        'the other page can have them'
    );
    await world.room.act.takeBack();
    await world.clock.run(100);
    assert.equal(world.sdk.sessions.length, 2);
    world.sdk.last().started();
    world.sdk.last().presence('me-1', SEAT);
    await world.clock.run(300);
    assert.ok(world.sdk.last().audioInputs.at(-1) && world.sdk.last().video, 'with sound and picture as before');
});

test('a waiting ticket does not tear a person out of a meeting that goes on', async () => {
    const { world, session } = await inside();
    await world.ticket({});
    await world.clock.run(16_000);
    assert.equal(world.room.state.phase, 'in');
    assert.equal(session.asked.stop, 0);
});

test('leaving says left, gives the camera back, and looks no more', async () => {
    const { world, session } = await inside();
    await world.room.act.prepare({ camera: true, microphone: true });
    await world.clock.run(10);
    assert.ok(session.video);
    await world.room.act.leave();
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'left');
    assert.equal(session.asked.stop, 1);
    assert.equal(world.said('left').length, 1);
    const tracks = world.window.navigator.mediaDevices.given.flatMap((/** @type {any} */ stream) => stream.getTracks());
    assert.ok(tracks.every((/** @type {any} */ track) => track.stopped));
    const looks = world.looks();
    await world.clock.run(60_000);
    assert.equal(world.looks(), looks);
    await world.room.act.retry();
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'prejoin', 'coming back begins with the camera check');
    assert.equal(world.room.state.devices.asked, false);
});

test('a page that closes sends what it signed in advance, once', async () => {
    const { world, session } = await inside();
    world.room.act.say('last words');
    await world.clock.run(100);
    world.window.dispatchEvent(new Event('pagehide'));
    world.window.dispatchEvent(new Event('pagehide'));
    await world.clock.run(100);
    const beacons = world.signals.filter(({ beacon }) => beacon);
    assert.deepEqual(beacons.map(({ kind }) => kind).sort(), ['chat', 'left']);
    assert.equal(JSON.parse(world.said('chat')[0].data).text, 'last words');
    assert.equal(session.asked.stop, 1);
    const counters = world.signals.map(({ load, counter }) => `${load} ${counter}`);
    assert.equal(new Set(counters).size, counters.length);
});

test('the SDK that cannot be loaded is a reason of its own, and a click tries again', async () => {
    const world = makeWorld();
    world.sdk.broken = true;
    await world.ticket(open());
    world.room.start();
    await world.clock.run(10);
    await world.room.act.join();
    await world.clock.run(10);
    assert.equal(world.room.state.reason?.code, 'sdk-failed');
    world.sdk.broken = false;
    await world.room.act.retry();
    await world.clock.run(10);
    assert.equal(world.sdk.last().asked.start, 1);
});

test('who leaves again while coming back is out', async () => {
    const { world } = await inside();
    await world.room.act.leave();
    await world.clock.run(100);
    const looks = world.looks();
    void world.room.act.retry();
    void world.room.act.leave();
    await world.clock.run(60_000);
    assert.deepEqual([world.room.state.phase, world.looks()], ['left', looks]);
    void world.room.act.retry();
    void world.room.act.leave();
    void world.room.act.retry();
    await world.clock.run(10);
    assert.deepEqual([world.room.state.phase, world.looks()], ['prejoin', looks + 1], 'and one looks, not two');
});

test('coming back waits for a new look at the ticket', async () => {
    const { world, session } = await inside();
    session.ends(Code.AudioJoinedFromAnotherDevice);
    await world.clock.run(100);
    await world.ticket({ state: 'ended' });
    void world.room.act.takeBack();
    world.window.dispatchEvent(new Event('online'));
    await world.clock.run(100);
    assert.deepEqual([world.room.state.phase, world.sdk.sessions.length], ['ended', 1]);
});
