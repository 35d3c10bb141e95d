// @ts-check
/** The recorder's page: enters and leaves as its ticket says, sends nothing, and tells how it stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code } from './sdk.js';
import { KEY, makeWorld, open } from './world.js';

const SEAT = 'recorder-973d5cd4d1c9a99d1e00481a952b1f36-1';

function recorderWorld() {
    const world = makeWorld({ search: '?role=recorder', hash: `#${KEY}` });
    /** @type {any[]} */
    const told = [];
    world.window.chimeRecorder = (/** @type {string} */ text) => told.push(JSON.parse(text));
    const says = (/** @type {object} */ more) =>
        world.ticket({ role: 'recorder', seat: SEAT, name: 'Recorder', ...more });
    return { world, told, says, states: () => told.map(({ state }) => state).filter((s, i, all) => s !== all[i - 1]) };
}

test('from waiting to live and back, as the ticket says, within a second each', async () => {
    const { world, told, says, states } = recorderWorld();
    world.room.start();
    await world.clock.run(120_000);
    assert.deepEqual(states(), ['waiting'], 'a missing ticket is waiting, however long');
    await says({});
    await world.clock.run(1000);
    await says(open());
    await world.clock.run(1100);
    const session = world.sdk.last();
    assert.equal(session.asked.start, 1);
    assert.deepEqual([session.audioInputs, session.muted], [[null], true]);
    session.started();
    session.presence(session.self, SEAT);
    session.presence('guest-1', 'a025e00000guEsTAAU');
    session.presence('guest-1#content', 'a025e00000guEsTAAU#content');
    await world.clock.run(100);
    assert.deepEqual(told.at(-1), { v: 1, state: 'live', people: 1 });
    await says({});
    await world.clock.run(1100);
    assert.equal(session.asked.stop, 1);
    assert.equal(told.at(-1).state, 'waiting');
    await says(open());
    await world.clock.run(1100);
    world.sdk.last().started();
    await says({ state: 'ended' });
    await world.clock.run(1100);
    assert.deepEqual(states(), ['waiting', 'joining', 'live', 'waiting', 'joining', 'live', 'ended']);
    assert.equal(world.signals.length, 0);
    assert.deepEqual(
        world.sdk.sessions.flatMap(({ sent }) => sent),
        []
    );
});

test('it tells again at least every five seconds', async () => {
    const { world, told } = recorderWorld();
    world.room.start();
    await world.clock.run(0);
    const before = told.length;
    await world.clock.run(20_000);
    assert.ok(told.length - before >= 4);
});

test('a lost connection is told as reconnecting until it stands again', async () => {
    const { world, says, states } = recorderWorld();
    await says(open());
    world.room.start();
    await world.clock.run(10);
    world.sdk.last().started();
    await world.clock.run(10);
    world.sdk.last().ends(Code.MeetingEnded);
    await world.clock.run(200_000);
    assert.equal(states().at(-1), 'reconnecting', 'it waits for its ticket');
    await says(open('2'));
    await world.clock.run(1100);
    world.sdk.last().started();
    await world.clock.run(10);
    assert.deepEqual(states(), ['waiting', 'joining', 'live', 'reconnecting', 'live']);
});

test('a seat that another page took is told as removed', async () => {
    const { world, told, says } = recorderWorld();
    await says(open());
    world.room.start();
    await world.clock.run(10);
    world.sdk.last().started();
    world.sdk.last().ends(Code.AudioJoinedFromAnotherDevice);
    await world.clock.run(100);
    assert.equal(told.at(-1).state, 'removed');
});

test('sound that the browser does not play is not called live', async () => {
    const { world, told, says } = recorderWorld();
    let plays = false;
    let refusal = 'NotAllowedError';
    const element = /** @type {any} */ ({
        play: async () => plays || Promise.reject(Object.assign(new Error('no'), { name: refusal }))
    });
    await says(open());
    world.room.act.bindAudio(element);
    world.room.start();
    await world.clock.run(10);
    world.sdk.last().started();
    await world.clock.run(10);
    assert.deepEqual([told.at(-1).state, told.at(-1).people], ['joining', 0]);
    refusal = 'AbortError';
    await world.room.act.unblockSound();
    await world.clock.run(10);
    assert.equal(told.at(-1).state, 'live', 'a new stream interrupts, and is no refusal');
    plays = true;
    await world.room.act.unblockSound();
    await world.clock.run(10);
    assert.equal(told.at(-1).state, 'live');
});

test('a page that nobody records tells nobody', async () => {
    const { world, says } = recorderWorld();
    delete world.window.chimeRecorder;
    await says({});
    world.room.start();
    await world.clock.run(10_000);
    assert.equal(world.room.state.view, 'recorder');
});
