// @ts-check
/** The camera check: one question, one word for each fault, and nothing left running. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listDevices } from '../../src/core/devicelist.js';
import { makeWorld, open } from './world.js';

async function prejoin() {
    const world = makeWorld();
    await world.ticket(open());
    world.room.start();
    await world.clock.run(0);
    return { world, media: world.window.navigator.mediaDevices, devices: () => world.room.state.devices };
}

test('camera and microphone are asked for in one question', async () => {
    const { world, media, devices } = await prejoin();
    await world.room.act.prepare({ camera: true, microphone: true });
    await world.clock.run(0);
    assert.equal(media.given.length, 1);
    const { chosen, problems, asked, asking, cameras, microphones } = devices();
    assert.deepEqual(chosen, { camera: 'video-1', microphone: 'audio-1', speaker: null });
    assert.deepEqual([problems, asked, asking], [[], true, false]);
    assert.deepEqual([cameras.length, microphones.length], [1, 2]);
    assert.equal(world.room.state.self.camera, true);
});

for (const [error, policy, cause] of /** @type {const} */ ([
    ['NotAllowedError', true, 'permission'],
    ['NotAllowedError', false, 'policy'],
    ['NotFoundError', true, 'missing'],
    ['OverconstrainedError', true, 'missing'],
    ['NotReadableError', true, 'busy'],
    ['AbortError', true, 'busy']
])) {
    test(`a camera that fails with ${error} (policy ${policy}) is "${cause}", and the microphone still works`, async () => {
        const world = makeWorld();
        world.window.document.featurePolicy = { allowsFeature: (/** @type {string} */ f) => f !== 'camera' || policy };
        world.window.navigator.mediaDevices.refuses.video = error;
        await world.ticket(open());
        world.room.start();
        await world.clock.run(0);
        await world.room.act.prepare({ camera: true, microphone: true });
        await world.clock.run(0);
        const { problems, chosen } = world.room.state.devices;
        assert.deepEqual(problems, [{ device: 'camera', cause }]);
        assert.deepEqual([chosen.microphone, chosen.camera], ['audio-1', null]);
    });
}

test('a page without media devices says that it is insecure', async () => {
    const world = makeWorld();
    delete world.window.navigator.mediaDevices.getUserMedia;
    await world.ticket(open());
    world.room.start();
    await world.clock.run(0);
    await world.room.act.prepare({ camera: true, microphone: true });
    await world.clock.run(0);
    assert.deepEqual(
        world.room.state.devices.problems.map(({ cause }) => cause),
        ['insecure', 'insecure']
    );
});

test('the meeting gets copies, so that its end does not darken the preview', async () => {
    const { world, media } = await prejoin();
    await world.room.act.prepare({ camera: true, microphone: true });
    const session = await world.inside();
    assert.ok(session.video && session.audioInputs[0]);
    session.video.getTracks()[0].stop();
    const own = media.given[0].getVideoTracks()[0];
    assert.equal(own.stopped, false);
});

test('another microphone in the meeting is handed over, and the old one is let go', async () => {
    const { world, media, devices } = await prejoin();
    await world.room.act.prepare({ camera: false, microphone: true });
    const session = await world.inside();
    await world.room.act.choose('microphone', 'audio-2');
    await world.clock.run(0);
    assert.equal(devices().chosen.microphone, 'audio-2');
    assert.equal(session.audioInputs.at(-1).getTracks()[0].id, 'audio-2');
    assert.equal(media.given[0].getTracks()[0].stopped, true);
});

test('a chosen device that is gone is replaced by another', async () => {
    const { world, devices } = await prejoin();
    await world.room.act.prepare({ camera: false, microphone: true });
    await world.room.act.choose('microphone', 'audio-gone');
    await world.clock.run(0);
    assert.deepEqual([devices().chosen.microphone, devices().problems], ['audio-1', []]);
});

test('camera off gives the camera back, camera on takes the chosen one', async () => {
    const { world, media } = await prejoin();
    await world.room.act.prepare({ camera: true, microphone: true });
    const session = await world.inside();
    await world.room.act.camera(false);
    await world.clock.run(0);
    assert.deepEqual([session.video, session.tile, world.room.state.self.camera], [null, false, false]);
    assert.ok(
        media.given.flatMap((/** @type {any} */ s) => s.getVideoTracks()).every((/** @type {any} */ t) => t.stopped)
    );
    await world.room.act.camera(true);
    await world.clock.run(0);
    assert.ok(session.video && session.tile && world.room.state.self.camera);
});

test('a device that is pulled out is missing, and the meeting goes on without it', async () => {
    const { world, media, devices } = await prejoin();
    await world.room.act.prepare({ camera: true, microphone: true });
    const session = await world.inside();
    media.given[0].getAudioTracks()[0].dispatchEvent(new Event('ended'));
    await world.clock.run(0);
    assert.deepEqual(devices().problems, [{ device: 'microphone', cause: 'missing' }]);
    assert.equal(session.audioInputs.at(-1), null);
    assert.equal(world.room.state.phase, 'in');
});

test('nobody needs a device to be in a meeting', async () => {
    const { world } = await prejoin();
    const session = await world.inside();
    assert.deepEqual([session.audioInputs, session.video], [[null], null]);
});

test('a browser that lets nobody choose a speaker, or names no devices yet, offers none', async () => {
    const world = makeWorld();
    const { mediaDevices } = world.window.navigator;
    assert.deepEqual((await listDevices(world.window)).speakers, []);
    world.window.HTMLMediaElement = class {
        setSinkId() {}
    };
    const { microphones, speakers } = await listDevices(world.window);
    assert.deepEqual(speakers, [{ id: 'out-1', label: 'Speaker' }]);
    assert.deepEqual(
        microphones.map(({ label }) => label),
        ['Headset', 'Desk']
    );
    mediaDevices.enumerateDevices = async () => [{ kind: 'videoinput', deviceId: '', label: '' }];
    assert.deepEqual(await listDevices(world.window), { cameras: [], microphones: [], speakers: [] });
    mediaDevices.enumerateDevices = () => Promise.reject(new Error('not now'));
    assert.deepEqual(await listDevices(world.window), { cameras: [], microphones: [], speakers: [] });
});
