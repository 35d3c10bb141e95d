/**
 * Apex methods behave for components as on the platform: answers of cacheable methods are kept and frozen, wires
 * wait for all their parameters, refreshApex asks anew for all that wait, and refusals have the platform's shape.
 */
// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

/** @type {{path: string, args: any, headers: Record<string, string>}[]} */
let asked = [];
/** @type {(path: string, args: any) => {status: number, body: string}} */
let answer = () => ({ status: 200, body: 'null' });

Object.assign(globalThis, {
    window: { location: { search: '?user=005000000000002AAA&language=de', hash: '' } },
    fetch: async (/** @type {string} */ path, /** @type {any} */ { body, headers } = {}) => {
        if (path === '/console.json') {
            const users = ['1', '2'].map((last) => ({
                id: `00500000000000${last}AAA`,
                name: last,
                permissions: [],
                sets: []
            }));
            return new Response(JSON.stringify({ v: 1, users, timeZone: 'Asia/Tokyo' }));
        }
        const args = JSON.parse(body);
        asked.push({ path, args, headers });
        const told = answer(path, args);
        return new Response(told.body, { status: told.status });
    }
});
const { load, settings } = await import('../src/platform/settings.js');
await load();
const { apexMethod, refreshApex } = await import('../src/platform/apex.js');

let number = 0;
/** @type {string} a method nobody has asked yet */
let name;
beforeEach(() => {
    number += 1;
    name = `Controller.method${number}`;
    asked = [];
    answer = () => ({ status: 200, body: JSON.stringify({ list: [{ at: asked.length }] }) });
});

/** @param {any} method @returns {{adapter: any, told: any[]}} */
function wired(method) {
    /** @type {any[]} */
    const told = [];
    const adapter = new method.adapter((/** @type {any} */ result) => told.push(result));
    adapter.connect();
    return { adapter, told };
}
const settled = () => new Promise((done) => setImmediate(() => setImmediate(done)));

test('the address chooses the user and the language, the server the time zone', () => {
    assert.equal(settings.user.id, '005000000000002AAA');
    assert.equal(settings.lang, 'de');
    assert.equal(settings.timeZone, 'Asia/Tokyo');
});

test('a call says who asks and in which language, and posts its arguments by name', async () => {
    await apexMethod(name, false)({ recordId: '001' });
    const { path, args, headers } = asked[0] ?? assert.fail('nothing was asked');
    assert.equal(path, `/apex/${name}`);
    assert.deepEqual(args, { recordId: '001' });
    assert.equal(headers['x-console-user'], '005000000000002AAA');
    assert.equal(headers['x-console-language'], 'de');
    assert.equal(headers['content-type'], 'application/json');
});

test('a method that is not cacheable asks each time, and is no wire adapter', async () => {
    const method = apexMethod(name, false);
    await method({});
    await method({});
    assert.equal(asked.length, 2);
    assert.equal('adapter' in method, false);
});

test('a cacheable method is asked once for the same arguments, and its answer is frozen', async () => {
    const method = apexMethod(name, true);
    const [first, second] = await Promise.all([method({ id: 1 }), method({ id: 1 })]);
    await method({ id: 2 });
    assert.equal(first, second);
    assert.equal(asked.length, 2);
    assert.ok(Object.isFrozen(first));
    assert.throws(() => first.list.push(1), TypeError);
    assert.throws(() => (first.list[0].at = 9), TypeError);
});

test('a wire waits until no parameter is undefined; null is a value', async () => {
    const { adapter, told } = wired(apexMethod(name, true));
    assert.deepEqual(told.slice(), [{ data: undefined, error: undefined }]);
    adapter.update({ recordId: undefined });
    await settled();
    assert.equal(asked.length, 0);
    adapter.update({ recordId: null });
    await settled();
    assert.equal(asked.length, 1);
    assert.equal(told.at(-1).error, undefined);
    assert.deepEqual(told.at(-1).data, { list: [{ at: 1 }] });
});

test('an answer for parameters that have changed meanwhile is not given', async () => {
    const { adapter, told } = wired(apexMethod(name, true));
    answer = (_, { id }) => ({ status: 200, body: JSON.stringify(id) });
    adapter.update({ id: 'old' });
    adapter.update({ id: 'new' });
    await settled();
    assert.deepEqual(
        told.slice(1).map(({ data }) => data),
        ['new']
    );
});

test('refreshApex asks anew and gives the answer to all that wait for the same', async () => {
    const method = apexMethod(name, true);
    const one = wired(method);
    const other = wired(method);
    const gone = wired(method);
    for (const { adapter } of [one, other, gone]) {
        adapter.update({ id: 1 });
    }
    await settled();
    gone.adapter.disconnect();
    const before = gone.told.length;
    await refreshApex(one.told.at(-1));
    assert.equal(asked.length, 2);
    assert.deepEqual(one.told.at(-1).data, { list: [{ at: 2 }] });
    assert.equal(one.told.at(-1), other.told.at(-1));
    assert.equal(gone.told.length, before);
});

test('a refusal reaches the wire and the caller of refreshApex as the platform tells it, and is not kept', async () => {
    const method = apexMethod(name, true);
    const { adapter, told } = wired(method);
    answer = () => ({ status: 400, body: '{"message":"You may not do this."}' });
    adapter.update({ id: 1 });
    await settled();
    assert.equal(told.at(-1).data, undefined);
    assert.deepEqual(told.at(-1).error.body, { message: 'You may not do this.' });
    assert.equal(told.at(-1).error.status, 400);
    await assert.rejects(() => refreshApex(told.at(-1)), /You may not do this/);
    answer = () => ({ status: 200, body: '"yes"' });
    assert.equal(await method({ id: 1 }), 'yes');
});

test('an answer that is no JSON, and a server that is gone, are told as refusals too', async () => {
    const method = apexMethod(name, false);
    answer = () => ({ status: 502, body: '<html>' });
    await assert.rejects(
        () => method({}),
        (/** @type {any} */ error) => error.body.message.includes('502')
    );
    answer = () => {
        throw new TypeError('fetch failed');
    };
    await assert.rejects(
        () => method({}),
        (/** @type {any} */ error) => error.body.message.includes('does not answer')
    );
});

test('void comes back as null', async () => {
    answer = () => ({ status: 200, body: 'null' });
    assert.equal(await apexMethod(name, false)({}), null);
});
