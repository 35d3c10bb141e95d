// @ts-check
/** The way back after a loss: ever longer rests, a dead place once, and an end of patience; and one place at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeComeback } from '../../src/core/comeback.js';
import { makeEntering } from '../../src/core/entering.js';
import { calm, makeClock, open } from './world.js';

/** @typedef {import('../../src/core/ticket.js').Place} Place */

/** @param {string} n */
const place = (n) => /** @type {Place} */ (/** @type {unknown} */ (open(n)));

/** @param {boolean} [recorder] */
function comeback(recorder = false) {
    const clock = makeClock();
    const heard = { again: 0, at: 0, gaveUp: 0 };
    const made = makeComeback({
        after: clock.after.bind(clock),
        recorder,
        again() {
            heard.again += 1;
            heard.at = clock.now();
        },
        giveUp: () => (heard.gaveUp += 1)
    });
    return { clock, heard, ...made };
}

test('each loss rests longer than the one before, and after eight a person is asked', async () => {
    const { clock, heard, lost, rests } = comeback();
    const seconds = [];
    while (lost()) {
        const before = clock.now();
        assert.equal(rests(), true);
        await clock.run(60_000);
        assert.equal(rests(), false);
        seconds.push((heard.at - before) / 1000);
    }
    assert.deepEqual(seconds, [0, 1, 2, 4, 8, 15, 15, 15]);
    assert.equal(rests(), false);
});

test('a recorder tries for ever, each 15 s', async () => {
    const { clock, heard, lost } = comeback(true);
    for (let losses = 1; losses <= 30; losses += 1) {
        assert.equal(lost(), true);
        await clock.run(15_000);
        assert.equal(heard.again, losses);
    }
});

test('who was inside meanwhile has all tries again', () => {
    const { lost, started } = comeback();
    const all = () => Array.from({ length: 9 }, lost).filter(Boolean).length;
    assert.equal(all(), 8);
    started();
    assert.equal(all(), 8);
});

test('news of the network end the rest, and the next one is short', async () => {
    const { clock, heard, lost, rests, hurry } = comeback();
    for (let losses = 0; losses < 6; losses += 1) {
        lost();
    }
    hurry();
    assert.equal(rests(), false);
    await clock.run(60_000);
    assert.equal(heard.again, 0, 'the one who hurries looks at once by itself');
    lost();
    await clock.run(1000);
    assert.equal(heard.again, 1);
});

test('a dead place is waited for 90 s; another one, or being inside, ends the wait', async () => {
    const { clock, heard, gone, isGone, goneMeeting, found, started } = comeback();
    gone(place('1'));
    assert.deepEqual([isGone(place('1')), isGone(place('2')), goneMeeting()], [true, false, 'meeting-1']);
    await clock.run(89_999);
    found();
    assert.equal(isGone(place('1')), false);
    gone(place('2'));
    started();
    await clock.run(90_000);
    assert.equal(heard.gaveUp, 0);
    gone(place('3'));
    await clock.run(90_000);
    assert.equal(heard.gaveUp, 1);
});

/** Enters with an SDK that comes when the test says so. */
function entering() {
    const entered = /** @type {Place[]} */ ([]);
    const wish = { wanted: true, failed: 0 };
    /** @type {{come: () => void, fail: () => void}[]} */
    const fetches = [];
    const made = makeEntering({
        sdk: () =>
            new Promise((done, fail) =>
                fetches.push({ come: () => done(/** @type {any} */ ({})), fail: () => fail() })
            ),
        stay: { leave: async () => {}, enter: async (_sdk, to) => void entered.push(to) },
        wanted: () => wish.wanted,
        onEnter() {},
        onFail: () => (wish.failed += 1)
    });
    return { entered, wish, fetches, ...made };
}

test('a newer place overtakes the one that is being entered', async () => {
    const { entered, fetches, enter, isFor, under } = entering();
    void enter(place('1'));
    void enter(place('2'));
    assert.deepEqual([isFor(place('1')), isFor(place('2'))], [false, true]);
    fetches.forEach(({ come }) => come());
    await calm();
    assert.deepEqual(entered, [place('2')]);
    assert.equal(under(), false);
});

test('who does not want to any more, or gave up, is not let in', async () => {
    const { entered, wish, fetches, enter, abandon } = entering();
    void enter(place('1'));
    abandon();
    fetches[0].come();
    await calm();
    void enter(place('1'));
    wish.wanted = false;
    fetches[1].come();
    await calm();
    assert.deepEqual(entered, []);
});

test('an SDK that does not come is told once, and not for a place that was given up', async () => {
    const { wish, fetches, enter } = entering();
    void enter(place('1'));
    void enter(place('2'));
    fetches.forEach(({ fail }) => fail());
    await calm();
    assert.equal(wish.failed, 1);
});
