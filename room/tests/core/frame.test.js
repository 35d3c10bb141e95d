// @ts-check
/** In the frame of a Salesforce page, with real ports: the handshake, what is told, what is obeyed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code } from './sdk.js';
import { KEY, PROOF, calm, makeWorld, open } from './world.js';

const ORIGIN = 'http://127.0.0.1:8800';
const EXP = 1_798_790_000 + 3600;

/** @param {import('node:test').TestContext} t */
async function framed(t, ticket = {}) {
    const world = makeWorld({ search: '?embed=1', hash: '', framed: true });
    await world.ticket({ ...open(), ...ticket });
    world.room.start();
    /** @param {string} [origin] */
    const connect = async (origin = ORIGIN) => {
        const { port1, port2 } = new MessageChannel();
        t.after(() => port1.close());
        /** @type {any[]} */
        const heard = [];
        port1.onmessage = ({ data }) => heard.push(JSON.parse(data));
        const event = new Event('message');
        const data = JSON.stringify({ chime: 'connect', v: 1 });
        Object.assign(event, { data, origin, source: world.window.parent, ports: [port2] });
        world.window.dispatchEvent(event);
        await settle(world);
        const say = async (/** @type {object} */ message) => {
            port1.postMessage(JSON.stringify(message));
            await settle(world);
        };
        return { heard, say };
    };
    return { world, connect };
}

/** Ports answer over the event loop. @param {ReturnType<typeof makeWorld>} world */
async function settle(world) {
    for (let i = 0; i < 3; i += 1) {
        await new Promise((done) => setTimeout(done, 5));
        await calm();
    }
    await world.clock.run(5);
}

const OPEN = { type: 'open', v: 1, key: KEY, hostExpires: EXP, hostProof: PROOF, locale: 'de', justIssued: true };
const of = (/** @type {any[]} */ heard, /** @type {string} */ type) => heard.filter((one) => one.type === type);

test('an offer that came before the settings is judged when they are there', async (t) => {
    const { connect } = await framed(t);
    const { heard } = await connect();
    assert.deepEqual(heard[0], { type: 'ready', v: 1 });
});

test('an offer from another origin is not answered', async (t) => {
    const { world, connect } = await framed(t);
    const { heard, say } = await connect('https://evil.example');
    await say(OPEN);
    assert.deepEqual(heard, []);
    assert.equal(world.room.state.phase, 'starting');
});

test('the component opens the room, hears where it stands, and each thing once', async (t) => {
    const { world, connect } = await framed(t, { role: 'host' });
    const { heard, say } = await connect();
    await say(OPEN);
    assert.deepEqual([world.room.state.embedded, world.room.state.locale, world.room.state.host], [true, 'de', true]);
    assert.deepEqual(of(heard, 'state').at(-1), { type: 'state', state: 'prejoin', reason: null });
    await world.room.act.join();
    await settle(world);
    world.sdk.last().started();
    world.sdk.last().presence('me-1', 'a025e00000guEsTAAU');
    await settle(world);
    assert.deepEqual(
        of(heard, 'state').map(({ state }) => state),
        ['waiting', 'prejoin', 'in']
    );
    assert.equal(of(heard, 'roster').at(-1).people[0].name, 'Ada');
    assert.deepEqual(of(heard, 'recording'), [{ type: 'recording', state: 'None', consent: 'Not asked' }]);
    world.room.act.resize(640);
    await settle(world);
    assert.deepEqual(of(heard, 'resize'), [{ type: 'resize', height: 640 }]);
});

test('commands of the component become signals, and leave leaves', async (t) => {
    const { world, connect } = await framed(t, { role: 'host' });
    const { heard, say } = await connect();
    await say(OPEN);
    await say({ type: 'record' });
    await say({ type: 'stop' });
    await say({ type: 'remove', seat: 'a025e00000Host1AAC' });
    await say({ type: 'consent', given: true });
    await say({ type: 'end' });
    assert.deepEqual(
        world.signals.map(({ kind }) => kind),
        ['record', 'stop-recording', 'remove', 'consent', 'end']
    );
    assert.deepEqual(of(heard, 'recording').at(-1), { type: 'recording', state: 'None', consent: 'Given' });
    await say({ type: 'leave' });
    assert.equal(of(heard, 'state').at(-1).state, 'left');
    assert.equal(world.said('left').length, 1);
});

test('after a reload of the page around, the newest port hears all and the older one is not obeyed', async (t) => {
    const { world, connect } = await framed(t, { role: 'host' });
    const first = await connect();
    await first.say(OPEN);
    await world.room.act.join();
    await settle(world);
    world.sdk.last().started();
    await settle(world);
    const second = await connect();
    await second.say({ ...OPEN, hostExpires: EXP + 60 });
    assert.equal(of(second.heard, 'state').at(-1).state, 'in');
    assert.equal(world.sdk.sessions.length, 1, 'the same key is the same visit');
    await first.say({ type: 'end' });
    assert.equal(world.said('end').length, 0);
    await second.say({ type: 'end' });
    assert.equal(JSON.parse(world.said('end')[0].data).exp, EXP + 60);
});

test('another key is another visit', async (t) => {
    const { world, connect } = await framed(t);
    const { say } = await connect();
    await say(OPEN);
    await world.room.act.join();
    await settle(world);
    world.sdk.last().started();
    await settle(world);
    const other = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8';
    await world.ticket({ seat: 'a025e00000Host1AAC', name: 'Zoë' }, other);
    await say({ ...OPEN, key: other });
    await settle(world);
    assert.equal(world.sdk.sessions[0].asked.stop, 1);
    assert.deepEqual([world.room.state.phase, world.room.state.self.name], ['prejoin', 'Zoë']);
});

test('a link just issued is told that the service has not answered, after 60 seconds with a way to try again', async (t) => {
    const { world, connect } = await framed(t);
    world.noTicket();
    const { heard, say } = await connect();
    await say(OPEN);
    await world.clock.run(31_000);
    assert.deepEqual([world.room.state.phase, world.room.state.reason?.code], ['looking', 'not-answered']);
    await world.clock.run(40_000);
    assert.deepEqual([world.room.state.phase, world.room.state.reason?.code], ['refused', 'not-answered']);
    await settle(world);
    assert.deepEqual(of(heard, 'state').at(-1), { type: 'state', state: 'waiting', reason: 'words of not-answered' });
    await world.ticket({});
    await world.room.act.retry();
    await world.clock.run(100);
    assert.equal(world.room.state.phase, 'prejoin');
});

test('a seat that was opened elsewhere keeps its frame, where it can be taken back', async (t) => {
    const { world, connect } = await framed(t);
    const { heard, say } = await connect();
    await say(OPEN);
    await world.room.act.join();
    await settle(world);
    world.sdk.last().started();
    world.sdk.last().ends(Code.AudioJoinedFromAnotherDevice);
    await settle(world);
    assert.deepEqual(of(heard, 'state').at(-1), {
        type: 'state',
        state: 'prejoin',
        reason: 'words of opened-elsewhere'
    });
});
