// @ts-check
/** The room computes what Rust and Apex compute: the shared rows, one by one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derive, fromBase64url, readKey, seatOf, toHex } from '../../src/core/keys.js';
import { isConnect, newsOf, readFromComponent } from '../../src/core/port.js';
import { pageMessage } from '../../src/core/recorder.js';
import { MAX_BODY, sign } from '../../src/core/signal.js';
import { initialState } from '../../src/core/state.js';
import { BadTicket, openTicket } from '../../src/core/ticket.js';
import { vectors } from './vectors.js';

test('a join key gives the ticket name, the seal key and the signal key', async () => {
    const { seats, refused } = vectors('keys');
    assert.ok(seats.length >= 5);
    for (const { key, org, ticket, seal, signal } of seats) {
        const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (readKey(key));
        assert.equal(toHex(await derive(bytes, org, 'ticket-v1')), seal);
        assert.equal(toHex(await derive(bytes, org, 'signal-v1')), signal);
        const seat = await seatOf(key, org);
        assert.equal(seat?.ticket, ticket);
        assert.equal(seat?.seal.extractable, false);
        assert.equal(seat?.signal.extractable, false);
    }
    for (const { what, text } of refused) {
        assert.equal(readKey(text), null, what);
        assert.equal(await seatOf(text, seats[0].org), null, what);
    }
});

test('sealed tickets open, and nothing else does', async () => {
    const { sealed, refused } = vectors('tickets');
    for (const { what, key, org, object, plain, file } of sealed) {
        const seat = await seatOf(key, org);
        assert.ok(seat);
        assert.equal(seat.object, object, what);
        assert.deepEqual(await openTicket(file, seat), JSON.parse(plain), what);
    }
    for (const { what, key, org, file, because } of refused) {
        const seat = await seatOf(key, org);
        assert.ok(seat);
        await assert.rejects(openTicket(file, seat), (error) => {
            assert.ok(error instanceof BadTicket, what);
            assert.equal(error.because, because, what);
            return true;
        });
    }
});

test('signals are signed byte for byte as the rows say', async () => {
    const { signed } = vectors('signals');
    for (const { key, org, kind, body } of signed) {
        const { load, counter, data } = JSON.parse(body);
        const seat = await seatOf(key, org);
        assert.ok(seat);
        const made = await sign(seat, load, counter, kind, data);
        assert.deepEqual(JSON.parse(made), JSON.parse(body), kind);
        assert.ok(Buffer.byteLength(made) <= MAX_BODY);
    }
});

test('what the page tells the recorder is among what the recorder reads', () => {
    const { read, refused } = vectors('page');
    const forms = new Map(read.map((/** @type {any} */ row) => [row.reads.state, row.reads]));
    const phases = /** @type {const} */ ([
        ['looking', 'waiting'],
        ['waiting', 'waiting'],
        ['joining', 'joining'],
        ['in', 'live'],
        ['reconnecting', 'reconnecting'],
        ['ended', 'ended'],
        ['removed', 'removed'],
        ['elsewhere', 'removed'],
        ['refused', 'failed']
    ]);
    for (const [phase, state] of phases) {
        const text = pageMessage({ ...initialState(), phase });
        assert.equal(JSON.parse(text).state, state);
        assert.ok(forms.has(state), `${state} is a state of the rows`);
        assert.ok(read.some((/** @type {any} */ row) => row.text === text || row.reads.state === state));
        assert.ok(!refused.some((/** @type {any} */ row) => row.text === text));
    }
    const waiting = read.find((/** @type {any} */ row) => row.what === 'waiting').text;
    assert.equal(pageMessage({ ...initialState(), phase: 'waiting' }), waiting);
    const long = pageMessage({
        ...initialState(),
        phase: 'refused',
        reason: { code: 'full', text: 'ä'.repeat(9000) }
    });
    assert.ok(Buffer.byteLength(long) <= 4096);
});

/** @param {any} row */
function dataOf({ text, data, fill }) {
    return fill ? text.replace('{fill}', 'x'.repeat(fill - (text.length - '{fill}'.length))) : (text ?? data);
}

test('messages of the component are read as the rows say', () => {
    const { read, ignored } = vectors('port').fromComponent;
    for (const row of read) {
        assert.deepEqual(readFromComponent(dataOf(row)), row.reads, row.what);
    }
    for (const row of ignored) {
        assert.equal(readFromComponent(dataOf(row)), null, row.what);
    }
    assert.ok(read.length >= 14 && ignored.length >= 30);
});

test('a port is taken from the page around only, and only from a listed origin', () => {
    const { taken, ignored } = vectors('port').connect;
    const parent = /** @type {any} */ ({ is: 'parent' });
    const window = /** @type {any} */ ({ parent });
    /** @type {Record<string, any>} */
    const sources = { parent, other: {}, self: window };
    /** @type {Record<string, string>} */
    const origins = { listed: 'https://org.lightning.force.com', other: 'https://evil.example', room: 'https://room' };
    const event = (/** @type {any} */ row) => ({
        data: dataOf(row),
        source: sources[row.source],
        origin: origins[row.origin],
        ports: Array.from({ length: row.ports }, () => ({}))
    });
    for (const row of taken) {
        assert.equal(isConnect(event(row), window, [origins.listed]), true, row.what);
    }
    for (const row of ignored) {
        assert.equal(isConnect(event(row), window, [origins.listed]), false, row.what);
    }
    const alone = /** @type {any} */ ({});
    alone.parent = alone;
    assert.equal(isConnect({ ...event(taken[0]), source: alone }, alone, [origins.listed]), false, 'not in a frame');
});

test('what the room tells the component is among what the component reads', () => {
    const rows = vectors('port').fromRoom.read.map((/** @type {any} */ row) => row.reads);
    const words = () => 'words';
    const states = rows.filter((/** @type {any} */ row) => row.type === 'state').map((/** @type {any} */ r) => r.state);
    const phases = /** @type {const} */ ([
        'looking',
        'waiting',
        'prejoin',
        'joining',
        'in',
        'reconnecting',
        'left',
        'ended',
        'removed',
        'elsewhere',
        'refused'
    ]);
    for (const phase of phases) {
        const [state] = /** @type {any[]} */ (newsOf({ ...initialState(), phase }, words));
        assert.ok(states.includes(state.state), phase);
    }
    assert.deepEqual(newsOf(initialState(), words), []);
    const person = {
        attendeeId: 'a',
        seat: 'a025e00000Host1AAC',
        name: 'Ada Berg',
        ownWord: false,
        role: /** @type {const} */ ('host'),
        self: true,
        muted: false,
        speaking: true,
        volume: 0.4,
        signal: 1,
        hand: true,
        tile: 3,
        content: false
    };
    const [, roster] = newsOf({ ...initialState(), phase: 'in', people: [person] }, words);
    const two = rows.find((/** @type {any} */ row) => row.people?.length === 2);
    assert.deepEqual(roster, { type: 'roster', people: [two.people[0]] });
    const problems = (/** @type {any[]} */ list) => {
        const state = initialState();
        return newsOf({ ...state, devices: { ...state.devices, problems: list } }, words);
    };
    const both = problems([
        { device: 'camera', cause: 'insecure' },
        { device: 'microphone', cause: 'insecure' }
    ]);
    assert.deepEqual(both, [rows.find((/** @type {any} */ row) => row.device === 'both' && row.cause === 'insecure')]);
    assert.equal(
        problems([
            { device: 'camera', cause: 'busy' },
            { device: 'microphone', cause: 'policy' }
        ]).length,
        2
    );
});

test('base64url is taken in its one canonical writing only', () => {
    assert.deepEqual([...(fromBase64url('_-8') ?? [])], [255, 239]);
    for (const text of ['_-9', '_-8=', 'a', '+/8', ' ']) {
        assert.equal(fromBase64url(text), null, text);
    }
});
