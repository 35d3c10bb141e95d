// @ts-check
/** What may be sent is asked again whenever something took its time: a picker, a device, a connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWorld, open } from './world.js';

const RECORDER = 'recorder-973d5cd4-1';

/** A person at the camera check, with both devices. @param {object} [says] */
async function atDoor(says = {}) {
    const world = makeWorld();
    await world.ticket({ ...open(), ...says });
    world.room.start();
    await world.clock.run(0);
    await world.room.act.prepare({ camera: true, microphone: true });
    await world.clock.run(10);
    return world;
}

/** In the meeting with the browser's question for a screen open. */
async function picking() {
    const world = await atDoor();
    const session = await world.inside();
    let answer = () => {};
    const media = world.window.navigator.mediaDevices;
    media.picking = new Promise((done) => (answer = () => done(undefined)));
    void world.room.act.share(true);
    await world.clock.run(10);
    return { world, session, answer, media };
}

/** @param {import('./world.js').FakeStream} stream */
const stopped = (stream) => stream.getTracks().every(({ stopped }) => stopped);

test('a screen is shared, once, and is given back', async () => {
    const { world, session, answer, media } = await picking();
    void world.room.act.share(true);
    answer();
    await world.clock.run(10);
    session.screens[0].contentShareDidStart();
    await world.clock.run(10);
    assert.deepEqual([session.asked.share, media.screens.length, world.room.state.self.sharing], [1, 1, true]);
    await world.room.act.share(false);
    session.screens[0].contentShareDidStop();
    await world.clock.run(10);
    assert.deepEqual([session.asked.unshare, stopped(media.screens[0])], [1, true]);
    assert.equal(world.room.state.self.sharing, false);
    await world.room.act.share(true);
    assert.equal(session.asked.share, 2);
});

for (const [browser, supports, sound] of /** @type {[string, object, object][]} */ ([
    ['that takes this page out of the sound', { restrictOwnAudio: true }, { audio: { restrictOwnAudio: true } }],
    ['that knows only a tab', { suppressLocalAudioPlayback: true }, { audio: true, systemAudio: 'exclude' }],
    ['that shares no sound', { frameRate: true }, { audio: false }]
])) {
    test(`a screen in a browser ${browser}: the others never hear themselves`, async () => {
        const world = await atDoor();
        Object.assign(world.window.navigator.mediaDevices.supports, supports);
        await world.inside();
        await world.room.act.share(true);
        const { video, ...rest } = world.window.navigator.mediaDevices.asked;
        assert.deepEqual([rest, video.frameRate.max], [sound, 15]);
    });
}

test('a browser too old to say what it supports still shares the picture', async () => {
    const world = await atDoor();
    delete world.window.navigator.mediaDevices.getSupportedConstraints;
    const session = await world.inside();
    await world.room.act.share(true);
    assert.deepEqual([world.window.navigator.mediaDevices.asked.audio, session.asked.share], [false, 1]);
});

test('a screen chosen after a recorder came is not shared', async () => {
    const { world, session, answer, media } = await picking();
    session.presence('rec-1', RECORDER);
    await world.clock.run(10);
    answer();
    await world.clock.run(10);
    assert.deepEqual([session.asked.share, stopped(media.screens[0])], [0, true]);
});

test('a screen chosen after leaving is not shared', async () => {
    const { world, session, answer, media } = await picking();
    await world.room.act.leave();
    await world.clock.run(10);
    answer();
    await world.clock.run(10);
    assert.deepEqual([session.asked.share, stopped(media.screens[0])], [0, true]);
});

test('a share that comes up when it is no longer allowed goes down again', async () => {
    const { world, session, answer, media } = await picking();
    const release = world.sdk.hold('startContentShare');
    answer();
    await world.clock.run(10);
    session.presence('rec-1', RECORDER);
    await world.clock.run(10);
    assert.equal(stopped(media.screens[0]), true, 'at once');
    release();
    await world.clock.run(10);
    const { unshare } = session.asked;
    session.screens[0].contentShareDidStart();
    await world.clock.run(10);
    assert.equal(session.asked.unshare, unshare + 1);
    assert.equal(world.room.state.self.sharing, false);
});

/** Joins, where nothing else is waited for, while a device is held back. @param {'startAudioInput'|'startVideoInput'} name */
async function starting(name) {
    const world = await atDoor({ policy: 'notice' });
    const release = world.sdk.hold(name);
    await world.room.act.join();
    await world.clock.run(10);
    return { world, release, session: world.sdk.last() };
}

/** Everything this computer handed out is given back. @param {Awaited<ReturnType<typeof atDoor>>} world */
const givenBack = (world) => world.window.navigator.mediaDevices.given.every(stopped);

for (const name of /** @type {const} */ (['startAudioInput', 'startVideoInput'])) {
    test(`who leaves while the meeting starts (${name}) is not in it`, async () => {
        const { world, release, session } = await starting(name);
        await world.room.act.leave();
        await world.clock.run(10);
        release();
        await world.clock.run(5000);
        assert.deepEqual([session.asked.start, session.tile, givenBack(world)], [0, false, true]);
        assert.equal(world.room.state.phase, 'left');
    });

    test(`who is removed while the meeting starts (${name}) is not in it`, async () => {
        const { world, release, session } = await starting(name);
        await world.ticket({ state: 'removed' });
        await world.clock.run(1500);
        release();
        await world.clock.run(5000);
        assert.deepEqual([session.asked.start, session.tile, world.room.state.phase], [0, false, 'removed']);
    });
}

test('popping out while the meeting starts gives the seat up without waiting', async () => {
    const { world, release, session } = await starting('startAudioInput');
    const order = /** @type {string[]} */ ([]);
    world.window.open = () => ({ opener: {}, location: { replace: (/** @type {string} */ to) => order.push(to) } });
    world.room.act.popOut();
    await world.clock.run(10);
    assert.equal(order.length, 1);
    release();
    await world.clock.run(5000);
    assert.deepEqual([session.asked.start, world.sdk.sessions.length], [0, 1]);
});

test('a connection that stands only after leaving is taken down', async () => {
    const world = await atDoor();
    await world.room.act.join();
    await world.clock.run(10);
    const session = world.sdk.last();
    session.audioVideo.stop = () => (session.asked.stop += 1);
    await world.room.act.leave();
    await world.clock.run(10);
    session.started();
    await world.clock.run(5000);
    assert.equal(world.room.state.phase, 'left');
    assert.ok(session.asked.stop >= 2);
});

test('a camera switched off while the meeting starts stays off', async () => {
    const { world, release, session } = await starting('startVideoInput');
    await world.room.act.camera(false);
    await world.clock.run(10);
    release();
    await world.clock.run(10);
    assert.deepEqual([session.asked.start, session.video, session.tile], [1, null, false]);
});

test('a recorder that comes while the camera starts keeps it from being seen', async () => {
    const world = await atDoor();
    const session = await world.inside();
    await world.room.act.camera(false);
    await world.clock.run(10);
    const release = world.sdk.hold('startVideoInput');
    await world.room.act.camera(true);
    await world.clock.run(10);
    session.presence('rec-1', RECORDER);
    await world.clock.run(10);
    release();
    await world.clock.run(10);
    assert.deepEqual([session.video, session.tile, session.muted], [null, false, true]);
    session.presence('rec-1', RECORDER, false);
    await world.clock.run(10);
    assert.ok(session.video && session.tile, 'and it comes by itself when the recorder has gone');
});

test('who enters muted sends silence, also by another microphone, and is heard after a click', async () => {
    const world = await atDoor();
    world.room.act.mute(true);
    const session = await world.inside();
    assert.equal(session.sounds(), false);
    await world.room.act.choose('microphone', 'audio-2');
    await world.clock.run(10);
    assert.deepEqual([session.audioInputs.length, session.sounds()], [2, false]);
    world.room.act.mute(false);
    assert.equal(session.sounds(), true);
});

test('who is held back sends silence on the wire, also by a microphone that comes late', async () => {
    const world = await atDoor({ recording: 'Recording' });
    await world.room.act.join();
    await world.clock.run(10);
    const session = world.sdk.last();
    await world.room.act.choose('microphone', 'audio-2');
    await world.clock.run(10);
    session.started();
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(1000);
    assert.ok(session.audioInputs.length >= 3, 'put in again when the connection stood');
    assert.deepEqual([session.muted, session.sounds()], [true, false]);
    await world.room.act.consent(true);
    await world.clock.run(10);
    assert.deepEqual([session.muted, session.sounds()], [false, true]);
});

test('a microphone muted while the meeting starts stays muted', async () => {
    const { world, release, session } = await starting('startAudioInput');
    world.room.act.mute(true);
    await world.clock.run(10);
    release();
    await world.clock.run(10);
    assert.deepEqual([session.asked.start, session.muted], [1, true]);
});

for (const again of [false, true]) {
    const when = again ? 'makes its connection anew' : 'connects';
    test(`a microphone that comes while the SDK ${when} is put in again when the connection stands`, async () => {
        const world = await atDoor();
        await world.room.act.join();
        await world.clock.run(10);
        const session = world.sdk.last();
        if (again) {
            session.started();
            session.tell('audioVideoDidStartConnecting', true);
        }
        await world.room.act.choose('microphone', 'audio-2');
        await world.clock.run(10);
        const before = session.audioInputs.length;
        session.started();
        await world.clock.run(10);
        assert.equal(session.audioInputs.length, before + 1);
        assert.equal(session.audioInputs.at(-1).getTracks()[0].id, 'audio-2');
        session.tell('audioVideoDidStartConnecting', true);
        session.started();
        await world.clock.run(10);
        assert.equal(session.audioInputs.length, before + 1, 'what was there before is handed over by the SDK');
    });
}
