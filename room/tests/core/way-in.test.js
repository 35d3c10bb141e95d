// @ts-check
/** From the address to the door: what a person is told while there is nothing to enter yet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, PROOF, makeWorld, open, sealed } from './world.js';

test('the key leaves the address bar before anything else happens', async () => {
    const world = makeWorld({ hash: `#${KEY}` });
    world.room.start();
    assert.equal(world.window.location.hash, '');
    assert.equal(world.window.address, '/');
    await world.clock.run(0);
    assert.ok(!JSON.stringify(world.room.state).includes(KEY));
    assert.ok(world.requests.every(({ path, headers }) => !`${path}${JSON.stringify(headers)}`.includes(KEY)));
});

test('loading the page anew comes back to the same seat, with the same power', async () => {
    const exp = 1_798_790_000 + 3600;
    const first = makeWorld({ hash: `#${KEY}.${exp}.${PROOF}`, search: '?popout=1' });
    first.room.start();
    await first.clock.run(0);
    const again = makeWorld({ hash: '', search: '?popout=1' });
    again.window.history.state = first.window.history.state;
    await again.ticket({ role: 'host' });
    again.room.start();
    await again.clock.run(100);
    assert.deepEqual([again.room.state.phase, again.room.state.host, again.room.state.popout], ['prejoin', true, true]);
});

test('a newer link in the same tab counts, not what was kept; what is kept by others is no key', async () => {
    const world = makeWorld({ hash: `#${KEY}` });
    world.window.history.state = { chimeRoom: PROOF };
    await world.ticket({});
    world.room.start();
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'prejoin');
    for (const state of [{ chimeRoom: 7 }, { chimeRoom: { key: KEY } }, 'chimeRoom', 5, { other: KEY }]) {
        const strange = makeWorld({ hash: '' });
        strange.window.history.state = state;
        strange.room.start();
        await strange.clock.run(0);
        assert.equal(strange.room.state.reason?.code, 'wrong-link');
    }
});

for (const hash of [`#${KEY}.new`, `#${KEY}.1798793600.${PROOF}.new`]) {
    test(`a link that says it is just issued is not called wrong while the bridge is slow (${hash.length})`, async () => {
        const world = makeWorld({ hash });
        world.room.start();
        await world.clock.run(31_000);
        assert.equal(world.room.state.reason?.code, 'not-answered');
        assert.equal(world.room.state.host, hash.includes(PROOF));
        await world.ticket({ role: 'host' });
        await world.clock.run(16_000);
        assert.equal(world.room.state.phase, 'prejoin');
    });
}

test('a link pasted over the open page loads it anew', async () => {
    const world = makeWorld();
    let loads = 0;
    world.window.location.reload = () => (loads += 1);
    await world.ticket({});
    world.room.start();
    await world.clock.run(100);
    world.window.dispatchEvent(new Event('hashchange'));
    assert.equal(loads, 0);
    world.window.location.hash = `#${PROOF}`;
    world.window.dispatchEvent(new Event('hashchange'));
    assert.equal(loads, 1);
});

test('a page in a frame keeps nothing and takes nothing kept', async () => {
    const world = makeWorld({ hash: `#${KEY}`, search: '?embed=1', framed: true });
    world.window.history.state = { chimeRoom: KEY };
    world.room.start();
    await world.clock.run(100);
    assert.deepEqual([world.room.state.phase, world.looks()], ['starting', 0]);
});

test('an address without a key is a wrong link', async () => {
    const world = makeWorld({ hash: '#short' });
    world.room.start();
    await world.clock.run(0);
    assert.deepEqual(world.room.state.reason, { code: 'wrong-link' });
    assert.equal(world.looks(), 0);
});

test('a missing ticket is not ready for 30 seconds, then a wrong link, and may still come', async () => {
    const world = makeWorld();
    world.room.start();
    await world.clock.run(29_000);
    assert.equal(world.room.state.phase, 'looking');
    await world.clock.run(2000);
    assert.equal(world.room.state.phase, 'refused');
    assert.equal(world.room.state.reason?.code, 'wrong-link');
    await world.ticket({});
    await world.clock.run(16_000);
    assert.equal(world.room.state.phase, 'prejoin');
    assert.equal(world.room.state.reason, null);
});

test('it looks each second for 30 seconds, then ever slower up to each 15 seconds', async () => {
    const world = makeWorld();
    world.room.start();
    await world.clock.run(29_500);
    assert.equal(world.looks(), 30);
    await world.clock.run(60_000);
    const slowing = world.looks();
    assert.ok(slowing > 34 && slowing < 42, `${slowing} looks`);
    await world.clock.run(150_000);
    assert.equal(world.looks(), slowing + 10);
});

test('a ticket that has not changed is not sent again', async () => {
    const world = makeWorld();
    await world.ticket({});
    world.room.start();
    await world.clock.run(3000);
    const last = world.requests.filter(({ method }) => method === 'GET').at(-1);
    assert.equal(last?.headers['if-none-match'], '"1"');
});

test('no network is not called a wrong link', async () => {
    const world = makeWorld();
    world.net.down = true;
    world.room.start();
    await world.clock.run(31_000);
    assert.equal(world.room.state.reason?.code, 'not-connected');
});

test('a ticket that does not open says so, and one that opens later is taken', async () => {
    const world = makeWorld();
    const { file } = await sealed({}, PROOF);
    await world.rawTicket(file);
    world.room.start();
    await world.clock.run(6000);
    assert.equal(world.room.state.reason?.code, 'ticket-damaged');
    await world.ticket({});
    await world.clock.run(2000);
    assert.equal(world.room.state.phase, 'prejoin');
});

test('an older copy of a ticket changes nothing', async () => {
    const world = makeWorld();
    world.net.etags = false;
    await world.ticket({ revision: 7, recording: 'Starting' });
    world.room.start();
    await world.clock.run(500);
    await world.ticket({ revision: 6, recording: 'None' });
    await world.clock.run(3000);
    assert.equal(world.room.state.recording.state, 'Starting');
});

test('a scheduled meeting shows when its doors open, and rings at the door', async () => {
    const world = makeWorld();
    await world.ticket({ opensAt: 1_798_793_400_000 });
    world.room.start();
    await world.clock.run(500);
    assert.equal(world.room.state.phase, 'waiting');
    assert.equal(world.room.state.ticket?.opensAt, 1_798_793_400_000);
    assert.equal(world.said('arrived').length, 1);
    assert.equal(world.said('arrived')[0].data, '{}');
    await world.clock.run(4000);
    assert.equal(world.said('arrived').length, 1, 'it does not ring again at once');
    await world.clock.run(8000);
    assert.equal(world.said('arrived').length, 2, 'a signal can be lost');
    await world.ticket(open());
    await world.clock.run(2000);
    assert.equal(world.room.state.phase, 'prejoin');
    assert.equal(world.room.state.doors, true);
    assert.equal(world.sdk.sessions.length, 0, 'nobody is taken in without a click');
});

test('a click on join before the doors open enters as soon as they do', async () => {
    const world = makeWorld();
    await world.ticket({});
    world.room.start();
    await world.clock.run(100);
    await world.room.act.join();
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'joining');
    await world.ticket(open());
    await world.clock.run(1100);
    assert.equal(world.sdk.last()?.asked.start, 1);
    world.sdk.last().started();
    await world.clock.run(0);
    assert.equal(world.room.state.phase, 'in');
});

test('a full meeting says so in the words of the ticket', async () => {
    const world = makeWorld();
    await world.ticket({ reason: 'CB-017: the meeting is full' });
    world.room.start();
    await world.clock.run(100);
    assert.deepEqual(world.room.state.reason, { code: 'full', text: 'CB-017: the meeting is full' });
});

for (const [state, code] of [
    ['ended', 'meeting-ended'],
    ['removed', 'removed']
]) {
    test(`a ticket that says ${state} is the end: no more looks, no signals`, async () => {
        const world = makeWorld();
        await world.ticket({ state });
        world.room.start();
        await world.clock.run(100);
        assert.equal(world.room.state.phase, state);
        assert.equal(world.room.state.reason?.code, code);
        const looks = world.looks();
        await world.clock.run(60_000);
        assert.equal(world.looks(), looks);
        assert.equal(world.signals.length, 0);
    });
}

test('a page that nobody sees stops looking after ten minutes, and looks again when it is seen', async () => {
    const world = makeWorld();
    await world.ticket({});
    world.room.start();
    world.window.document.hidden = true;
    await world.clock.run(11 * 60_000);
    const looks = world.looks();
    await world.clock.run(30 * 60_000);
    assert.equal(world.looks(), looks);
    world.window.document.hidden = false;
    world.window.document.dispatchEvent(new Event('visibilitychange'));
    await world.clock.run(0);
    assert.equal(world.looks(), looks + 1);
});

test('without WebCrypto or WebRTC it says what is missing', async () => {
    for (const [lack, code] of /** @type {const} */ ([
        [{ crypto: {}, isSecureContext: false }, 'insecure'],
        [{ crypto: {} }, 'no-webcrypto'],
        [{ RTCPeerConnection: undefined }, 'unsupported']
    ])) {
        const world = makeWorld();
        Object.assign(world.window, lack);
        world.room.start();
        await world.clock.run(0);
        assert.equal(world.room.state.reason?.code, code);
    }
});
