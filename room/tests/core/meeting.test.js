// @ts-check
/** In the meeting: who is there, what a host may do, and what is seen of both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, PROOF, SEAT, inside } from './world.js';

const HOST_SEAT = 'a025e00000Host1AAC';

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
