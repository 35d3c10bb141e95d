// @ts-check
/** Nothing of a person is sent into a recording they have not agreed to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertain } from '../../src/core/certain.js';
import { answered, judge } from '../../src/core/consent.js';
import { Code } from './sdk.js';
import { makeWorld, open } from './world.js';

test('what is asked and what may be sent, by policy, recording and answer', () => {
    const consents = /** @type {const} */ (['Not asked', 'Given', 'Declined', 'Withdrawn']);
    const words = /** @type {const} */ ([
        'None',
        'Preparing',
        'Waiting for consent',
        'Starting',
        'Recording',
        'Stopped'
    ]);
    for (const consent of consents) {
        for (const recording of words) {
            for (const recorder of [true, false]) {
                const notice = judge({ policy: 'notice', recording, recorder, consent });
                assert.deepEqual(notice, { ask: 'no', canSend: true });
                const { ask, canSend } = judge({ policy: 'everyone', recording, recorder, consent });
                const runs = recorder || recording === 'Starting' || recording === 'Recording';
                assert.equal(canSend, consent === 'Given' || !runs, `${consent} ${recording} ${recorder}`);
                const wanted = runs || recording === 'Preparing' || recording === 'Waiting for consent';
                assert.equal(ask, wanted && consent === 'Not asked' ? 'must' : 'may');
            }
        }
    }
    assert.equal(
        judge({ policy: 'everyone', recording: 'Recording', recorder: true, consent: 'Given', refusing: true }).canSend,
        false
    );
});

test('a refusal after an agreement is a withdrawal', () => {
    assert.equal(answered('Not asked', true), 'Given');
    assert.equal(answered('Not asked', false), 'Declined');
    assert.equal(answered('Given', false), 'Withdrawn');
    assert.equal(answered('Withdrawn', false), 'Withdrawn');
    assert.equal(answered('Withdrawn', true), 'Given');
});

/** @param {object} says */
async function joined(says) {
    const world = makeWorld();
    await world.ticket({ ...open(), ...says });
    world.room.start();
    await world.clock.run(0);
    await world.room.act.prepare({ camera: true, microphone: true });
    await world.clock.run(10);
    return world;
}

test('who joins a recorded meeting unanswered sends nothing, and everything after the yes', async () => {
    const world = await joined({ recording: 'Recording' });
    assert.equal(world.room.state.ask, 'must');
    const session = await world.inside();
    assert.deepEqual([session.muted, session.video, session.tile], [true, null, false]);
    world.room.act.mute(false);
    await world.room.act.camera(true);
    await world.room.act.share(true);
    await world.clock.run(10);
    assert.deepEqual([session.muted, session.video, session.asked.share], [true, null, 0]);
    await world.room.act.consent(true);
    await world.clock.run(10);
    assert.equal(world.said('consent')[0].data, '{"given":true}');
    assert.equal(world.room.state.consent, 'Given');
    assert.equal(session.muted, false);
    assert.ok(session.video && session.tile);
});

test('a yes counts only when the door has taken it', async () => {
    const world = await joined({ recording: 'Recording' });
    const session = await world.inside();
    world.net.door = 403;
    await world.room.act.consent(true);
    await world.clock.run(10);
    assert.deepEqual([world.room.state.consent, world.room.state.unsent], ['Not asked', 'consent']);
    assert.equal(session.muted, true);
});

test('a no works at once, before the door has taken it', async () => {
    const world = await joined({ recording: 'Recording' });
    await world.room.act.consent(true);
    const session = await world.inside();
    assert.equal(session.muted, false);
    assert.ok(session.video);
    world.net.down = true;
    void world.room.act.consent(false);
    await world.clock.run(1);
    assert.deepEqual([session.muted, session.video, session.tile], [true, null, false]);
    world.net.down = false;
    await world.clock.run(2000);
    assert.equal(world.room.state.consent, 'Withdrawn');
});

test('who declined may speak again when the recording has stopped, by their own click', async () => {
    const world = await joined({ recording: 'Recording' });
    const session = await world.inside();
    await world.room.act.consent(false);
    await world.ticket({ ...open(), recording: 'Stopped' });
    await world.clock.run(2000);
    assert.deepEqual([world.room.state.consent, world.room.state.self.canSend], ['Declined', true]);
    assert.deepEqual([session.muted, session.video], [true, null]);
    world.room.act.mute(false);
    await world.room.act.camera(true);
    await world.clock.run(10);
    assert.equal(session.muted, false);
    assert.ok(session.video);
});

test('a recorder in the roster silences who has not agreed, whatever the ticket says', async () => {
    const world = await joined({ recording: 'None' });
    const session = await world.inside();
    assert.equal(session.muted, false);
    session.presence('rec-1', 'recorder-973d5cd4-1');
    await world.clock.run(10);
    assert.deepEqual([session.muted, session.video], [true, null]);
    assert.equal(world.room.state.self.canSend, false);
    assert.equal(world.room.state.ask, 'must');
    session.presence('rec-1', 'recorder-973d5cd4-1', false);
    await world.clock.run(10);
    assert.equal(session.muted, false, 'who was not asked goes on as before');
});

test('under notice nothing is held back', async () => {
    const world = await joined({ recording: 'Recording', policy: 'notice' });
    const session = await world.inside();
    assert.equal(world.room.state.ask, 'no');
    assert.equal(session.muted, false);
    assert.ok(session.video);
});

test('the camera check works before the answer: it shows oneself to oneself', async () => {
    const world = await joined({ recording: 'Recording' });
    assert.equal(world.room.state.self.canSend, false);
    await world.room.act.camera(false);
    await world.room.act.camera(true);
    world.room.act.mute(true);
    world.room.act.mute(false);
    await world.clock.run(10);
    assert.deepEqual([world.room.state.self.camera, world.room.state.self.muted], [true, false]);
    const session = await world.inside();
    assert.deepEqual([session.muted, session.video], [true, null]);
});

test('an older yes does not overtake a newer no', async () => {
    const world = await joined({ recording: 'Recording' });
    const session = await world.inside();
    world.net.down = true;
    void world.room.act.consent(true);
    await world.clock.run(100);
    void world.room.act.consent(false);
    await world.clock.run(100);
    world.net.down = false;
    await world.clock.run(30_000);
    assert.deepEqual(
        world.said('consent').map(({ data }) => data),
        ['{"given":false}']
    );
    assert.deepEqual([world.room.state.consent, world.room.state.unsent], ['Declined', null]);
    assert.equal(session.muted, true);
});

test('a yes after a no that is on its way opens only when it is taken', async () => {
    const world = await joined({ recording: 'Recording' });
    await world.room.act.consent(true);
    const session = await world.inside();
    world.net.down = true;
    void world.room.act.consent(false);
    await world.clock.run(100);
    void world.room.act.consent(true);
    await world.clock.run(100);
    world.room.act.mute(false);
    assert.deepEqual([session.muted, world.room.state.self.canSend], [true, false]);
    world.net.down = false;
    await world.clock.run(30_000);
    assert.deepEqual(
        world.said('consent').map(({ data }) => data),
        ['{"given":true}', '{"given":true}']
    );
    assert.equal(world.room.state.self.canSend, true);
});

/** At the door with both devices, the ticket last read a while ago. @param {object} [says] */
async function lingering(says = {}) {
    const world = await joined(says);
    await world.clock.run(300_000);
    return world;
}

test('who joins on an old ticket sends nothing before ticket and roster are known anew', async () => {
    const world = await lingering();
    await world.ticket({ ...open(), recording: 'Recording' });
    await world.room.act.join();
    const session = world.sdk.last() ?? (await world.clock.run(0), world.sdk.last());
    session.onMute = (/** @type {boolean} */ muted) => assert.ok(muted, 'never heard');
    session.audioVideo.startLocalVideoTile = () => assert.fail('never seen');
    await world.clock.run(10);
    session.started();
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(15_000);
    assert.deepEqual([session.asked.start, session.muted, session.video], [1, true, null]);
});

test('a recorder that comes with the roster finds nobody sending', async () => {
    const world = await lingering();
    await world.room.act.join();
    await world.clock.run(500);
    const session = world.sdk.last();
    assert.deepEqual([session.asked.start, session.muted, session.video], [1, true, null]);
    session.started();
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(100);
    assert.deepEqual([session.muted, session.video], [true, null]);
    session.presence('rec-1', 'recorder-973d5cd4-1');
    await world.clock.run(20_000);
    assert.deepEqual([session.muted, session.video], [true, null]);
});

test('when all is known it opens by itself, as the person wished; so it does after a connection made anew', async () => {
    const world = await lingering();
    world.room.act.mute(true);
    await world.room.act.join();
    await world.clock.run(100);
    world.room.act.mute(false);
    await world.room.act.share(true);
    const session = world.sdk.last();
    session.started();
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(50);
    assert.deepEqual([session.muted, session.asked.share, world.room.state.self.canSend], [true, 0, true]);
    await world.clock.run(250);
    assert.equal(session.muted, false);
    assert.ok(session.video && session.tile);
    session.ends(Code.SignalingChannelClosedUnexpectedly);
    await world.clock.run(10);
    const next = world.sdk.last();
    assert.notEqual(next, session);
    next.started();
    await world.clock.run(1000);
    assert.deepEqual([next.muted, next.video], [true, null]);
    next.presence(next.self, 'a025e00000guEsTAAU');
    await world.clock.run(300);
    assert.equal(next.muted, false);
    assert.ok(next.video && next.tile);
});

test('tickets that cannot be read do not silence for ever', async () => {
    const world = await lingering();
    world.noTicket();
    const session = await world.inside();
    assert.equal(session.muted, true);
    await world.clock.run(10_000);
    assert.equal(session.muted, false);
});

test('who has agreed, or is only told, does not wait', async () => {
    const told = await lingering({ policy: 'notice' });
    await told.room.act.join();
    await told.clock.run(10);
    assert.equal(told.sdk.last().muted, false);
    const agreed = await lingering();
    await agreed.room.act.consent(true);
    await agreed.room.act.join();
    await agreed.clock.run(10);
    assert.equal(agreed.sdk.last().muted, false);
    assert.ok(agreed.sdk.last().tile);
});

/** In the meeting, unanswered, while the SDK makes its connection anew. @param {boolean} [agrees] */
async function reconnecting(agrees = false) {
    const world = await joined({ recording: 'None' });
    const session = await world.inside();
    if (agrees) {
        await world.room.act.consent(true);
    }
    await world.clock.run(1000);
    assert.deepEqual([session.muted, session.tile], [false, true]);
    session.tell('audioVideoDidStartConnecting', true);
    await world.clock.run(10);
    return { world, session };
}

test('after a connection that the SDK made anew, who has not answered waits for ticket and roster as at first', async () => {
    const { world, session } = await reconnecting();
    assert.deepEqual([session.muted, session.video, session.tile], [true, null, false]);
    session.started();
    await world.clock.run(5000);
    assert.deepEqual([session.muted, session.video, world.room.state.phase], [true, null, 'in']);
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(250);
    assert.equal(session.muted, false);
    assert.ok(session.video && session.tile);
});

test('however long a connection was lost, a ticket asked for since the new one is waited for', async () => {
    const { world, session } = await reconnecting();
    world.net.down = true;
    await world.clock.run(60_000);
    session.started();
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(9000);
    assert.equal(session.muted, true);
    await world.clock.run(1500);
    assert.equal(session.muted, false, 'but not for ever');
});

test('a ticket that was read while the connection was lost is too old', async () => {
    const { world, session } = await reconnecting();
    await world.clock.run(60_000);
    await world.ticket({ ...open(), recording: 'Starting' });
    session.started();
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(1000);
    assert.equal(session.muted, true, 'a recorder is on its way');
});

test('a shared screen is black while the SDK makes its connection anew, and comes back by itself', async () => {
    const world = await joined({ recording: 'None' });
    const session = await world.inside();
    await world.room.act.share(true);
    session.screens[0].contentShareDidStart();
    const [screen] = world.window.navigator.mediaDevices.screens;
    const shows = () => screen.getTracks().every((/** @type {any} */ track) => track.enabled && !track.stopped);
    session.tell('audioVideoDidStartConnecting', true);
    await world.clock.run(10);
    assert.deepEqual([session.asked.unshare, shows()], [0, false]);
    session.started();
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(1000);
    assert.deepEqual([session.asked.unshare, shows(), world.room.state.self.sharing], [0, true, true]);
    // A recorder that finds it paused ends it.
    session.tell('audioVideoDidStartConnecting', true);
    await world.clock.run(10);
    session.presence('rec-1', 'recorder-973d5cd4-1');
    await world.clock.run(10);
    assert.equal(session.asked.unshare, 1);
});

test('a recorder that came while the SDK made its connection anew finds nobody sending who has not answered', async () => {
    const { world, session } = await reconnecting();
    session.started();
    session.onMute = (/** @type {boolean} */ muted) => assert.ok(muted, 'never heard');
    session.presence(session.self, 'a025e00000guEsTAAU');
    await world.clock.run(100);
    session.presence('rec-1', 'recorder-973d5cd4-1');
    await world.clock.run(20_000);
    assert.deepEqual([session.muted, session.video, session.tile], [true, null, false]);
});

test('who has agreed is sent at once when the SDK has made its connection anew', async () => {
    const { session } = await reconnecting(true);
    assert.equal(session.muted, false);
    assert.ok(session.video && session.tile);
});

test('an answer to a look that began before the new connection stood does not count', () => {
    let at = 0;
    /** @type {Map<number, () => void>} by their time */
    const timers = new Map();
    const after = (/** @type {number} */ ms, /** @type {() => void} */ fn) => {
        timers.set(ms, fn);
        return () => {};
    };
    const certain = makeCertain({ now: () => at, after, onChange() {} });
    certain.enter(true);
    at = 5000;
    certain.started();
    certain.roster();
    timers.get(200)?.();
    certain.read(4000);
    assert.equal(certain.now(), false);
    certain.read(5000);
    assert.equal(certain.now(), true);
});
