// @ts-check
/**
 * What is shipped: small enough before the camera check, nothing inline, no source maps, names that hold their hash, and
 * headers that allow only what the room needs. Builds first if the sources are newer than `dist`.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, readdir, stat } from 'node:fs/promises';
import test, { before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { at } from './modules.js';

/** Bytes after gzip of all that is fetched until the camera check can be used. */
const BUDGET = 60 * 1000;

/** @type {Map<string, string>} text by name below `dist` */
const files = new Map();

/** @param {string} folder @returns {Promise<number>} when the newest file below it was changed */
async function newest(folder) {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const times = entries
        .filter((entry) => entry.isFile())
        .map(async (entry) => (await stat(`${entry.parentPath}/${entry.name}`)).mtimeMs);
    return Math.max(...(await Promise.all(times)));
}

before(async () => {
    const built = await stat(at('dist/index.html')).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0
    );
    const changed = Math.max(await newest(at('src')), await newest(at('texts')), await newest(at('build')));
    if (changed > built) {
        execFileSync(process.execPath, [at('build/build.js')], { stdio: 'inherit' });
    }
    for (const name of ['index.html', 'headers.json']) {
        files.set(name, await readFile(at(`dist/${name}`), 'utf8'));
    }
    for (const name of await readdir(at('dist/assets'))) {
        files.set(`assets/${name}`, await readFile(at(`dist/assets/${name}`), 'utf8'));
    }
});

/** @param {string} name */
const text = (name) => files.get(name) ?? assert.fail(`${name} is missing`);
/** @param {string} name */
const gzipped = (name) => gzipSync(text(name), { level: 9 }).length;
/** @param {string} start */
function asset(start) {
    const found = [...files.keys()].filter((name) => name.startsWith(`assets/${start}-`));
    assert.equal(found.length, 1, `one file assets/${start}-…`);
    return found[0];
}

/** @param {string} name @returns {string[]} the file and all it imports at once */
function withImports(name, seen = new Set()) {
    if (!seen.has(name)) {
        seen.add(name);
        for (const [, other] of text(name).matchAll(/(?:from|import)\s*["']\.\/([\w-]+\.js)["']/g)) {
            withImports(`assets/${other}`, seen);
        }
    }
    return [...seen];
}

test('the camera check needs less than 60 kB gzipped, the SDK not counted', (context) => {
    const languages = ['en', 'de'].map(asset).sort((a, b) => gzipped(b) - gzipped(a));
    const path = ['index.html', asset('styles'), ...withImports(asset('main')), languages[0]];
    const sizes = path.map((name) => [name, gzipped(name)]);
    const sum = path.reduce((total, name) => total + gzipped(name), 0);
    context.diagnostic(`prejoin path ${sum} bytes gzipped: ${sizes.map((pair) => pair.join(' ')).join(', ')}`);
    context.diagnostic(
        `then: ${asset('meeting')} ${gzipped(asset('meeting'))}, ${asset('sdk')} ${gzipped(asset('sdk'))}`
    );
    assert.ok(sum < BUDGET, `${sum} bytes`);
});

test('the SDK is a part of its own that only an import at need names', () => {
    const main = text(asset('main'));
    const sdk = asset('sdk').replace('assets/', '');
    assert.ok(main.includes(`import("./${sdk}")`), 'by import()');
    assert.ok(!withImports(asset('main')).includes(asset('sdk')));
    assert.ok(!main.includes('SdkSignalFrame'));
    assert.ok(text(asset('sdk')).includes('SdkSignalFrame'));
});

test('the SDK’s client for chat channels is left out', () => {
    assert.ok(!text(asset('sdk')).includes('messaging-chime'));
});

test('the page has no script and no style of its own', () => {
    const page = text('index.html');
    assert.deepEqual(
        [...page.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)].filter(
            ([, attributes, inner]) => inner || !/\bsrc=/.test(attributes)
        ),
        []
    );
    assert.ok(!/<style|\sstyle=|\son\w+=/i.test(page));
});

test('the page takes everything from its own origin', () => {
    const addresses = [...text('index.html').matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    assert.ok(addresses.length >= 3);
    addresses.forEach((address) => assert.ok(address.startsWith('./assets/') || address === 'data:,', address));
});

test('no source maps are shipped', () => {
    for (const [name, content] of files) {
        // At the end: the SDK holds the text of a worker that has the word in it.
        assert.ok(!name.endsWith('.map') && !/sourceMappingURL=\S+\s*$/.test(content), name);
    }
});

test('each asset holds its hash in its name', () => {
    for (const name of files.keys()) {
        assert.ok(!name.startsWith('assets/') || /^assets\/[\w]+-[\w-]{8}\.(js|css)$/.test(name), name);
    }
});

test('no style attribute is written where the policy forbids it', async () => {
    const folder = at('src/modules');
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    for (const entry of entries.filter(({ name }) => name.endsWith('.html'))) {
        const source = await readFile(`${entry.parentPath}/${entry.name}`, 'utf8');
        assert.ok(!/\sstyle=/.test(source), entry.name);
    }
});

test('nothing of ours is stored: no storage, no cookies', async () => {
    const folder = at('src');
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    for (const entry of entries.filter(({ name }) => name.endsWith('.js'))) {
        const source = await readFile(`${entry.parentPath}/${entry.name}`, 'utf8');
        assert.ok(!/localStorage|sessionStorage|indexedDB|document\.cookie/.test(source), entry.name);
    }
});

test('the policy allows nothing but what the room needs', () => {
    const headers = JSON.parse(text('headers.json'));
    const rules = Object.fromEntries(
        headers['Content-Security-Policy'].split('; ').map((/** @type {string} */ rule) => {
            const [name, ...values] = rule.split(' ');
            return [name, values.join(' ')];
        })
    );
    assert.equal(rules['default-src'], "'none'");
    assert.equal(rules['script-src'], "'self'");
    assert.equal(rules['style-src'], "'self'");
    assert.equal(rules['connect-src'], "'self' {connect}");
    assert.equal(rules['frame-ancestors'], '{frameAncestors}');
    assert.equal(rules['base-uri'], "'none'");
    assert.equal(rules['form-action'], "'none'");
    assert.ok(!/unsafe|\*|http:/.test(headers['Content-Security-Policy']));
});

test('the other headers keep the address secret and types true', () => {
    const headers = JSON.parse(text('headers.json'));
    assert.equal(headers['Referrer-Policy'], 'no-referrer');
    assert.equal(headers['X-Content-Type-Options'], 'nosniff');
    assert.match(headers['Permissions-Policy'], /camera=\(self\), microphone=\(self\), display-capture=\(self\)/);
    assert.ok(!('X-Frame-Options' in headers), 'it would forbid the Salesforce page');
});
