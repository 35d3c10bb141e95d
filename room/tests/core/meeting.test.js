// @ts-check
/** In the meeting: who is there, what is lost, and how one comes back or is put out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code } from './sdk.js';
import { KEY, PROOF, SEAT, makeWorld, open } from './world.js';

const HOST_SEAT = 'a025e00000Host1AAC';

/** @param {object} [says] @param {Parameters<typeof makeWorld>[0]} [how] */
async function inside(says = {}, how = undefined) {
    const world = makeWorld(how);
    await world.ticket({ ...open(), ...says });
    const session = await world.inside();
    return { world, session };
}

test('people are those in the roster; a recorder is counted apart', async () => {
    const { world, session } = await inside();
    session.presence('host-1', HOST_SEAT);
    session.presence('rec-1', 'recorder-973d5cd4-1');
    session.message('cb-name', 'host-1', { v: 1, name: 'Zoë', role: 'host', own: false });
    session.volumes.get('host-1')('host-1', 0.5, false, 0.5);
    session.speakers(['host-1']);
    await world.clock.run(200);
    const { people, recorder, recording } = world.room.state;
    assert.deepEqual(
        people.map(({ seat, name, role, self, speaking, signal }) => [seat, name, role, self, speaking, signal]),
        [
            [SEAT, 'Ada', 'guest', true, false, 1],
            [HOST_SEAT, 'Zoë', 'host', false, true, 0.5]
        ]
    );
    assert.deepEqual(recorder, { present: true, count: 1 });
    assert.deepEqual(recording, { state: 'None', live: true, source: 'roster' });
    session.presence('host-1', HOST_SEAT, false);
    await world.clock.run(0);
    assert.equal(world.room.state.people.length, 1);
});

test('each picture has its person; an empty one is none; a shared screen is told apart', async () => {
    const { world, session } = await inside();
    await world.room.act.prepare({ camera: true, microphone: true });
    session.presence('host-1', HOST_SEAT);
    session.message('cb-name', 'host-1', { v: 1, name: 'Zoë', role: 'host', own: false });
    session.picture(2, 'host-1');
    session.presence('host-1#content', `${HOST_SEAT}#content`);
    session.picture(3, 'host-1#content');
    await world.clock.run(0);
    const [me, host] = world.room.state.people;
    assert.deepEqual([me.tile, me.content, host.tile, host.content], [1, false, 2, true]);
    assert.deepEqual(
        world.room.state.tiles.map(({ id, attendeeId, name, content, local }) => [
            id,
            attendeeId,
            name,
            content,
            local
        ]),
        [
            [1, 'me-1', 'Ada', false, true],
            [2, 'host-1', 'Zoë', false, false],
            [3, 'host-1', 'Zoë', true, false]
        ]
    );
    await world.room.act.camera(false);
    session.tell('videoTileWasRemoved', 3);
    session.presence('host-1#content', `${HOST_SEAT}#content`, false);
    await world.clock.run(0);
    assert.deepEqual(
        world.room.state.tiles.map(({ id }) => id),
        [2]
    );
    assert.deepEqual([world.room.state.people[0].tile, world.room.state.people[1].content], [null, false]);
    session.picture(2, 'host-1', { paused: true });
    await world.clock.run(0);
    assert.deepEqual([world.room.state.tiles[0].paused, world.room.state.network], [true, 'video-paused']);
});

test('the recording mark needs one of roster and ticket, and says which', async () => {
    const { world, session } = await inside({ recording: 'Recording', policy: 'notice' });
    assert.deepEqual(world.room.state.recording, { state: 'Recording', live: true, source: 'ticket' });
    session.presence('rec-1', 'recorder-973d5cd4-1');
    await world.clock.run(0);
    assert.equal(world.room.state.recording.source, 'both');
});

test('a recorder that comes makes the room look at its ticket at once', async () => {
    const { world, session } = await inside();
    await world.clock.run(120_000);
    const looks = world.looks();
    session.presence('rec-1', 'recorder-973d5cd4-1');
    await world.clock.run(100);
    assert.equal(world.looks(), looks + 1);
});

test('whoever comes later is told the name and the raised hand again', async () => {
    const { world, session } = await inside();
    assert.deepEqual(session.sent[0], {
        topic: 'cb-name',
        value: { v: 1, name: 'Ada', role: 'guest', own: false },
        life: 0
    });
    world.room.act.hand(true);
    session.sent.length = 0;
    session.presence('host-1', HOST_SEAT);
    await world.clock.run(1000);
    assert.deepEqual(
        session.sent.map(({ topic }) => topic),
        ['cb-name', 'cb-hand']
    );
    assert.equal(world.room.state.people[0].hand, true);
});

test('a guest chooses a name, and it is marked as their own word; text that moves other text is taken out', async () => {
    const { world, session } = await inside();
    world.room.act.setName('  Ada\u202E\u0007 L.  ');
    await world.clock.run(0);
    assert.equal(world.room.state.self.name, 'Ada L.');
    assert.deepEqual(session.sent.at(-1)?.value, { v: 1, name: 'Ada L.', role: 'guest', own: true });
    assert.equal(world.room.state.people[0].ownWord, true);
});

test('messages of others are read with care', async () => {
    const { world, session } = await inside();
    session.presence('host-1', HOST_SEAT);
    for (const value of ['{', 'null', '[]', { v: 2, name: 'x' }, 7]) {
        for (const topic of ['cb-name', 'cb-hand', 'cb-chat', 'cb-look']) {
            session.message(topic, 'host-1', value);
        }
    }
    session.message('cb-name', 'host-1', { v: 1, name: { a: 1 }, role: 'king' });
    session.message('cb-chat', 'host-1', { v: 1, id: 'a', text: 'x'.repeat(3000) });
    session.message('cb-chat', 'host-1', { v: 1, id: 5, text: 'hello' });
    session.message('cb-name', 'me-1', { v: 1, name: 'Mallory' });
    await world.clock.run(0);
    assert.equal(world.room.state.chat.length, 0);
    assert.deepEqual([world.room.state.people[0].name, world.room.state.people[1].name], ['Ada', '']);
    assert.equal(world.room.state.people[1].role, null);
});

test('chat goes to all; what Chime throttled is marked as failed; a line heard twice is one', async () => {
    const { world, session } = await inside();
    assert.equal(world.room.act.say('   '), false);
    assert.equal(world.room.act.say(' Guten Tag 😀 '), true);
    const said = session.sent.at(-1);
    assert.equal(said?.topic, 'cb-chat');
    assert.equal(said?.value.text, 'Guten Tag 😀');
    session.message('cb-chat', 'me-1', said?.value, true);
    session.message('cb-chat', 'host-1', { v: 1, id: 'x-1', text: 'Hello' });
    session.message('cb-chat', 'host-1', { v: 1, id: 'x-1', text: 'Hello' });
    await world.clock.run(0);
    assert.deepEqual(
        world.room.state.chat.map(({ text, own, failed }) => [text, own, failed]),
        [
            ['Guten Tag 😀', true, true],
            ['Hello', false, false]
        ]
    );
    assert.equal(world.room.act.say('ü'.repeat(1100)), false, 'longer than a message may be');
});

test('somebody who talks too fast is slowed down', async () => {
    const { world } = await inside();
    const said = Array.from({ length: 20 }, () => world.room.act.say('hi'));
    assert.equal(said.filter(Boolean).length, 10);
    await world.clock.run(6000);
    assert.equal(world.room.act.say('hi'), true);
});

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

test('a host acts with the proof of the click; without one, or after it expired, nothing is sent', async () => {
    const exp = 1_798_790_000 + 3600;
    const { world } = await inside({ role: 'host' }, { hash: `#${KEY}.${exp}.${PROOF}`, search: '?popout=1' });
    assert.equal(world.room.state.host, true);
    assert.equal(world.room.state.popout, true);
    await world.room.act.record();
    await world.room.act.stopRecording();
    await world.room.act.remove(SEAT);
    await world.room.act.end();
    assert.deepEqual(JSON.parse(world.said('record')[0].data), { exp, proof: PROOF });
    assert.deepEqual(JSON.parse(world.said('remove')[0].data), { exp, proof: PROOF, target: SEAT });
    assert.equal(world.said('stop-recording').length + world.said('end').length, 2);
    await world.clock.run(3_600_000);
    assert.equal(world.room.state.host, false);
    await world.room.act.end();
    assert.equal(world.said('end').length, 1);
    const guest = await inside();
    assert.equal(guest.world.room.state.host, false);
    await guest.world.room.act.end();
    assert.equal(guest.world.said('end').length, 0);
});

test('an act that the door refuses is named, and the others are asked to look after one that it took', async () => {
    const exp = 1_798_790_000 + 3600;
    const { world, session } = await inside({ role: 'host' }, { hash: `#${KEY}.${exp}.${PROOF}` });
    world.net.door = 403;
    await world.room.act.record();
    await world.clock.run(0);
    assert.equal(world.room.state.unsent, 'record');
    assert.ok(!session.sent.some(({ topic }) => topic === 'cb-look'));
    world.net.door = 200;
    await world.room.act.record();
    await world.clock.run(0);
    assert.equal(world.room.state.unsent, null);
    assert.ok(session.sent.some(({ topic }) => topic === 'cb-look'));
});

test('a hint of somebody in the meeting makes the room look at its ticket, one of a stranger does not', async () => {
    const { world, session } = await inside();
    session.presence('host-1', HOST_SEAT);
    await world.clock.run(120_000);
    const looks = world.looks();
    session.message('cb-look', 'nobody', { v: 1 });
    await world.clock.run(10);
    assert.equal(world.looks(), looks);
    session.message('cb-look', 'host-1', { v: 1 });
    await world.clock.run(10);
    assert.equal(world.looks(), looks + 1);
});

test('popping out gives the seat up here first; the address keeps its secrets in the fragment', async () => {
    const exp = 1_798_790_000 + 3600;
    const { world, session } = await inside({ role: 'host' }, { hash: `#${KEY}.${exp}.${PROOF}` });
    assert.equal(world.room.act.popOut(), false, 'the browser blocked the window');
    assert.equal(session.asked.stop, 0);
    const order = /** @type {string[]} */ ([]);
    const opened = { opener: {}, location: { replace: (/** @type {string} */ to) => order.push(to) } };
    world.window.open = () => opened;
    assert.equal(world.room.act.popOut(), true);
    assert.deepEqual(order, []);
    await world.clock.run(100);
    assert.equal(session.asked.stop, 1);
    assert.deepEqual(order, [`http://127.0.0.1:8806/?popout=1#${KEY}.${exp}.${PROOF}`]);
    assert.equal(opened.opener, null);
    assert.deepEqual([world.room.state.phase, world.room.state.reason?.code], ['elsewhere', 'own-window']);
    assert.equal(world.said('left').length, 0, 'the seat is not left, it moved');
});

test('a snapshot never changes after it was handed out, and keeps what is equal', async () => {
    const { world, session } = await inside();
    const before = world.room.state;
    assert.ok(Object.isFrozen(before) && Object.isFrozen(before.people) && Object.isFrozen(before.people[0]));
    session.presence('host-1', HOST_SEAT);
    await world.clock.run(0);
    const next = world.room.state;
    assert.notEqual(next, before);
    assert.equal(before.people.length, 1);
    assert.equal(next.people[0], before.people[0]);
    assert.equal(next.devices, before.devices);
});

test('of many hints one a second is obeyed, and the last is not lost', async () => {
    const { world, session } = await inside();
    session.presence('host-1', HOST_SEAT);
    await world.clock.run(120_000);
    const looks = world.looks();
    for (let i = 0; i < 50; i += 1) {
        session.message('cb-look', 'host-1', { v: 1 });
        await world.clock.run(10);
    }
    assert.equal(world.looks(), looks + 1);
    await world.clock.run(600);
    assert.ok([looks + 2, looks + 3].includes(world.looks()), 'the usual look of each second may come as well');
});

test('one who floods the chat silences nobody else', async () => {
    const { world, session } = await inside();
    world.room.act.say('mine');
    for (let i = 0; i < 6000; i += 1) {
        session.message('cb-chat', 'mallory-1', { v: 1, id: `m-${i}`, text: 'spam' });
        if (i % 10 === 0) {
            await world.clock.run(1500);
        }
    }
    session.message('cb-chat', 'host-1', { v: 1, id: 'h-1', text: 'Hello' });
    await world.clock.run(10);
    const texts = world.room.state.chat.map(({ text }) => text);
    assert.deepEqual([texts.length, texts[0], texts.at(-1)], [500, 'mine', 'Hello']);
    for (let i = 0; i < 500; i += 1) {
        session.message('cb-chat', 'mallory-2', { v: 1, id: `n-${i}`, text: 'burst' });
    }
    await world.clock.run(10);
    assert.equal(world.room.state.chat.filter(({ text }) => text === 'burst').length, 20);
});

test('chat that is told again after a reconnection stays in its order', async () => {
    const { world, session } = await inside();
    const start = world.clock.now();
    const say = (/** @type {any} */ to, /** @type {string} */ id, /** @type {number} */ ms) =>
        to.message('cb-chat', 'host-1', { v: 1, id, text: id }, false, start + ms);
    say(session, 'first', 0);
    await world.clock.run(10_000);
    world.room.act.say('second');
    session.ends(Code.SignalingChannelClosedUnexpectedly);
    await world.clock.run(10_000);
    const next = world.sdk.last();
    next.started();
    world.room.act.say('fourth');
    say(next, 'first', 0);
    say(next, 'third', 12_000);
    say(next, 'tomorrow', 86_400_000);
    await world.clock.run(10);
    assert.deepEqual(
        world.room.state.chat.map(({ text }) => text),
        ['first', 'second', 'third', 'fourth', 'tomorrow']
    );
    assert.ok(world.room.state.chat.every(({ at }) => at <= world.clock.now()));
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
