// @ts-check
/** What people say of themselves and to each other: names, raised hands, chat. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code } from './sdk.js';
import { inside } from './world.js';

const HOST_SEAT = 'a025e00000Host1AAC';

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

const OTHER_SEAT = 'a025e00000Other1AA';
/** @param {any} session @param {string} topic @returns {any[]} what was sent of it */
const sent = (session, topic) =>
    session.sent.filter((/** @type {any} */ one) => one.topic === topic).map((/** @type {any} */ { value }) => value);

test('somebody who stays without a name is asked for it, once', async () => {
    const { world, session } = await inside();
    session.presence('named-1', HOST_SEAT);
    session.message('cb-name', 'named-1', { v: 1, name: 'Zoë', role: 'host' });
    await world.clock.run(10_000);
    assert.ok(sent(session, 'cb-name').every(({ asks }) => asks === undefined));
    session.presence('nameless-1', OTHER_SEAT);
    await world.clock.run(10_000);
    assert.equal(sent(session, 'cb-name').filter(({ asks }) => asks === true).length, 1);
});

test('whoever is asked says name and hand again, once for many questions', async () => {
    const { world, session } = await inside();
    session.presence('new-1', OTHER_SEAT);
    session.message('cb-name', 'new-1', { v: 1, name: 'Zoë', role: 'host' });
    world.room.act.hand(true);
    await world.clock.run(5000);
    session.sent.length = 0;
    for (let questions = 0; questions < 5; questions += 1) {
        session.message('cb-name', 'new-1', { v: 1, name: 'Zoë', role: 'host', asks: true });
    }
    await world.clock.run(5000);
    assert.deepEqual(
        sent(session, 'cb-name').map(({ name, asks }) => [name, asks]),
        [['Ada', undefined]]
    );
    assert.deepEqual(
        sent(session, 'cb-hand').map(({ up }) => up),
        [true]
    );
    session.message('cb-name', 'stranger-1', { v: 1, name: 'Mallory', asks: true });
    await world.clock.run(1000);
    assert.equal(sent(session, 'cb-name').length, 1, 'only people of the roster are answered');
});

test('who asks all the time is answered now and then, and keeps their hand up', async () => {
    const { world, session } = await inside();
    session.presence('new-1', OTHER_SEAT);
    session.message('cb-hand', 'new-1', { v: 1, up: true });
    await world.clock.run(5000);
    session.sent.length = 0;
    for (let second = 0; second < 20; second += 1) {
        session.message('cb-name', 'new-1', { v: 1, name: 'Zoë', asks: true });
        await world.clock.run(1000);
    }
    assert.equal(sent(session, 'cb-name').length, 4);
    assert.equal(world.room.state.people.find(({ attendeeId }) => attendeeId === 'new-1')?.hand, true);
});

test('who took a seat over says with the question that no hand is up', async () => {
    const { world, session } = await inside();
    session.presence('nameless-1', OTHER_SEAT);
    await world.clock.run(10_000);
    assert.deepEqual(
        sent(session, 'cb-hand').map(({ up }) => up),
        [false]
    );
});
