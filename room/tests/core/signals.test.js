// @ts-check
/** Signals reach the bridge once, within what it takes; chat is kept for the log and not lost when a page closes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST, fits, keepChatLog, pieces } from '../../src/core/chatlog.js';
import { makeArrival } from '../../src/core/arrival.js';
import { seatOf } from '../../src/core/keys.js';
import { MAX_BODY, openSignals } from '../../src/core/signal.js';
import { KEY, ORG, calm, makeClock } from './world.js';

async function door() {
    const seat = await seatOf(KEY, ORG);
    assert.ok(seat);
    const clock = makeClock();
    /** @type {string[]} */
    const posts = [];
    /** @type {string[]} */
    const beacons = [];
    /** @type {(number|null)[]} what the next posts are answered with; null: the network is gone; empty: 200 */
    const answers = [];
    const signals = openSignals({
        seat,
        door: '/signals',
        now: clock.now,
        after: (ms, fn) => clock.after(ms, fn),
        random: (count) => new Uint8Array(count).fill(7),
        navigator: {
            sendBeacon(_url, blob) {
                void (/** @type {Blob} */ (blob).text().then((text) => beacons.push(text)));
                return true;
            }
        },
        fetch: async (_path, init) => {
            posts.push(String(init?.body));
            assert.equal(init?.keepalive, true);
            const answer = answers.length > 0 ? answers.shift() : 200;
            if (!answer) {
                throw new TypeError('Failed to fetch');
            }
            return new Response(null, { status: answer });
        }
    });
    return { clock, posts, beacons, answers, signals };
}

test('a signal is posted again unchanged until the door takes it', async () => {
    const { clock, posts, answers, signals } = await door();
    answers.push(null, 503, 429);
    const sent = signals.send('arrived', {});
    await clock.run(10_000);
    assert.equal(await sent, true);
    assert.equal(posts.length, 4);
    assert.equal(new Set(posts).size, 1);
    assert.deepEqual([JSON.parse(posts[0]).load, JSON.parse(posts[0]).counter], ['0707070707070707', 1]);
});

test('what the door refuses is not posted again; what it never takes is given up', async () => {
    const { clock, posts, answers, signals } = await door();
    answers.push(400);
    assert.equal(await signals.send('arrived', {}), false);
    assert.equal(posts.length, 1);
    answers.push(...Array(20).fill(null));
    const sent = signals.send('arrived', {});
    await clock.run(120_000);
    assert.equal(await sent, false);
    assert.equal(posts.length, 8);
});

test('a newer answer takes an older one back, also while it is signed', async () => {
    const { clock, posts, answers, signals } = await door();
    answers.push(null);
    const first = signals.send('consent', { given: true });
    await clock.run(100);
    const sent = [first, signals.send('consent', { given: false }), signals.send('consent', { given: true })];
    await clock.run(60_000);
    assert.deepEqual(await Promise.all(sent), [false, false, true]);
    assert.deepEqual(
        posts.map((body) => JSON.parse(body).counter),
        [1, 3]
    );
});

test('each signal has a counter of its own', async () => {
    const { posts, signals } = await door();
    await Promise.all([signals.send('arrived', {}), signals.send('consent', { given: true }), signals.send('left')]);
    assert.deepEqual(posts.map((body) => JSON.parse(body).counter).sort(), [1, 2, 3]);
});

test('no more than the bridge counts in a minute are sent', async () => {
    const { clock, posts, signals } = await door();
    const sent = await Promise.all(Array.from({ length: 80 }, () => signals.send('arrived', {})));
    assert.equal(posts.length, 58);
    assert.equal(sent.filter(Boolean).length, 58);
    await clock.run(60_001);
    assert.equal(await signals.send('arrived', {}), true);
});

test('it rings once at a door, again after ten seconds, and at once for another meeting that failed', async () => {
    const clock = makeClock();
    /** @type {object[]} */
    const rung = [];
    const arrival = makeArrival({ now: clock.now, send: async (data) => rung.push(data) > 0 });
    arrival.ring();
    await calm();
    arrival.ring();
    await clock.run(10_000);
    arrival.ring();
    await calm();
    arrival.ring('meeting-1');
    await calm();
    assert.deepEqual(rung, [{}, {}, { failedMeetingId: 'meeting-1' }]);
});

test('chat goes to the log after a minute of quiet, several lines in one signal', async () => {
    const { clock, posts, signals } = await door();
    const log = keepChatLog({ after: (ms, fn) => clock.after(ms, fn), signals });
    log.add('one');
    await clock.run(40_000);
    log.add('two');
    await clock.run(40_000);
    assert.equal(posts.length, 0);
    await clock.run(21_000);
    assert.deepEqual(
        posts.map((body) => JSON.parse(body).data),
        ['{"text":"one\\ntwo"}']
    );
});

test('no body is longer than the door takes, whatever was written', async () => {
    const { posts, signals } = await door();
    const clock = makeClock();
    const log = keepChatLog({ after: (ms, fn) => clock.after(ms, fn), signals });
    const written = ['a'.repeat(1999), '"\\'.repeat(900), '😀'.repeat(600), 'ü'.repeat(1500), '漢'.repeat(2000), 'end'];
    written.forEach((text) => log.add(text));
    await log.flush();
    await calm();
    assert.ok(posts.length >= 5);
    for (const body of posts) {
        assert.ok(Buffer.byteLength(body) <= MAX_BODY, `${Buffer.byteLength(body)} bytes`);
        assert.ok([...JSON.parse(JSON.parse(body).data).text].length <= LONGEST);
    }
    const logged = posts.map((body) => JSON.parse(JSON.parse(body).data).text).join('\n');
    assert.ok(logged.replaceAll('\n', '') === written.join(''), 'all of it, in its order');
});

test('pieces of a long text are the text, and no letter is cut in two', () => {
    const text = '漢字😀'.repeat(900);
    const parts = pieces(text);
    assert.equal(parts.join(''), text);
    assert.ok(parts.length > 1 && parts.every(fits));
});

test('a page that closes sends the rest of the chat at once; what was sent before is not sent again', async () => {
    const { clock, posts, beacons, signals } = await door();
    const log = keepChatLog({ after: (ms, fn) => clock.after(ms, fn), signals });
    log.add('first');
    await log.flush();
    log.add('second');
    log.add('third');
    await calm();
    log.farewell();
    log.farewell();
    await calm();
    assert.equal(posts.length, 1);
    assert.deepEqual(
        beacons.map((body) => JSON.parse(JSON.parse(body).data).text),
        ['second\nthird']
    );
    await clock.run(120_000);
    assert.equal(posts.length, 1);
});

test('chat that the door did not take goes with the next', async () => {
    const { posts, answers, signals } = await door();
    const clock = makeClock();
    const log = keepChatLog({ after: (ms, fn) => clock.after(ms, fn), signals });
    answers.push(403);
    log.add('one');
    await log.flush();
    log.add('two');
    await log.flush();
    assert.deepEqual(
        posts.map((body) => JSON.parse(JSON.parse(body).data).text),
        ['one', 'one\ntwo']
    );
});

test('chat that the door did not take is kept when it does not fit with the next, and is tried again by itself', async () => {
    const { clock, posts, answers, signals } = await door();
    const log = keepChatLog({ after: (ms, fn) => clock.after(ms, fn), signals });
    const texts = () => posts.map((body) => JSON.parse(JSON.parse(body).data).text[0]);
    answers.push(403, 403);
    log.add('a'.repeat(1500));
    await log.flush();
    log.add('b'.repeat(1500));
    await log.flush();
    assert.deepEqual(texts(), ['a', 'a'], 'in their order');
    await clock.run(300_000);
    assert.deepEqual(texts(), ['a', 'a', 'a', 'b']);
    await clock.run(3_600_000);
    assert.equal(posts.length, 4);
});

test('a page that closes sends what the door did not take, too', async () => {
    const { clock, posts, answers, beacons, signals } = await door();
    const log = keepChatLog({ after: (ms, fn) => clock.after(ms, fn), signals });
    answers.push(403);
    log.add('a'.repeat(1500));
    await log.flush();
    log.add('b'.repeat(1500));
    await calm();
    log.farewell();
    await calm();
    assert.deepEqual(
        beacons.map((body) => JSON.parse(JSON.parse(body).data).text[0]),
        ['a', 'b']
    );
    await clock.run(3_600_000);
    assert.equal(posts.length, 1);
});
