/**
 * The build takes force-app as it is: every component, every label in both languages, every Apex method is found,
 * and what is missing ends it. And the page keeps its promises about what it loads and from where.
 */
// @ts-check
import assert from 'node:assert/strict';
import {
    cpSync,
    existsSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    symlinkSync,
    writeFileSync
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, named } from '../build/build.js';
import * as forceApp from '../build/force-app.js';
import de from '../src/texts/de.js';
import en from '../src/texts/en.js';

const folder = mkdtempSync(join(tmpdir(), 'console-build-'));
const dist = join(folder, 'dist');

/** @type {{fresh: boolean, vendorMs: number, pageMs: number}} */
let second;
before(async () => {
    await build(dist);
    second = await build(dist);
});
after(() => rmSync(folder, { recursive: true }));

const scripts = () => readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.js'));
const page = () => scripts().map((name) => readFileSync(join(dist, 'assets', name), 'utf8'));

test('a second build takes the base components from the cache', () => {
    assert.equal(second.fresh, false);
});

test('every component of force-app is in the page, under its own name', () => {
    const code = page().join('\n');
    const components = forceApp
        .bundles()
        .filter((name) => readdirSync(join(forceApp.bundleFile(name), '..')).includes(`${name}.html`));
    assert.ok(components.length >= 10);
    for (const name of components) {
        const tag = `c-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
        assert.ok(code.includes(`sel: "${tag}"`), `${tag} is not in the page`);
    }
});

test('every module that the page imports by address is there', () => {
    const imports = page().flatMap((code) =>
        [...code.matchAll(/from ['"](\/assets\/[^'"]+)['"]/g)].map(([, path]) => path)
    );
    assert.ok(imports.length >= 15);
    for (const path of imports) {
        assert.ok(readFileSync(join(dist, path)).length > 0, path);
    }
});

test('every icon that a component of force-app names is one of the design system', () => {
    const icons = createRequire(import.meta.url).resolve('@salesforce-ux/design-system/package.json');
    const texts = forceApp.bundles().flatMap((name) => {
        const bundle = join(forceApp.bundleFile(name), '..');
        return readdirSync(bundle)
            .filter((file) => /\.(html|js)$/.test(file))
            .map((file) => readFileSync(join(bundle, file), 'utf8'));
    });
    const named = new Set(texts.flatMap((text) => text.match(/\b(utility|standard|custom|action):\w+/g) ?? []));
    assert.ok(named.size >= 10);
    for (const icon of named) {
        const file = join(icons, '../assets/icons', `${icon.replace(':', '/')}.svg`);
        assert.ok(existsSync(file), `there is no icon ${icon}`);
    }
});

test('every label has a German text', () => {
    const { en: english, de: german } = forceApp.labels();
    assert.deepEqual(Object.keys(german).sort(), Object.keys(english).sort());
    assert.ok(
        [...Object.values(english), ...Object.values(german)].every((text) => typeof text === 'string' && text !== '')
    );
});

test('the texts of the pages are there in both languages, with the same places', () => {
    const places = (/** @type {string} */ text) => (text.match(/\{\d\}/g) ?? []).sort();
    assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
    for (const [name, text] of Object.entries(en)) {
        assert.deepEqual(places(/** @type {Record<string, string>} */ (de)[name]), places(text), name);
    }
});

test('the page asks for nothing from other places', () => {
    const html = readFileSync(join(dist, 'index.html'), 'utf8');
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
    assert.ok(addresses.length >= 3);
    assert.ok(addresses.every((address) => address.startsWith('/assets/') || address === 'data:,'));
    assert.ok(!/<script(?![^>]*src=)/.test(html), 'no script stands in the page itself');
});

test('its policy allows a frame of the room only, and scripts of its own only', () => {
    const headers = JSON.parse(readFileSync(join(dist, 'headers.json'), 'utf8'));
    const policy = Object.fromEntries(
        headers['content-security-policy'].split('; ').map((/** @type {string} */ rule) => rule.split(/ (.*)/))
    );
    assert.equal(policy['frame-src'], '{frame}');
    assert.equal(policy['script-src'], "'self'");
    assert.equal(policy['default-src'], "'none'");
    assert.equal(policy['frame-ancestors'], "'none'");
});

test('an Apex method is known only if components may call it', () => {
    assert.deepEqual(forceApp.apexMethod('ChimeStartController.offer'), { cacheable: true });
    assert.deepEqual(forceApp.apexMethod('ChimeRoomController.enter'), { cacheable: false });
    assert.equal(forceApp.apexMethod('ChimeRoomController.gone'), null);
    assert.equal(forceApp.apexMethod('ChimeNoController.enter'), null);
});

for (const [what, line] of [
    ['a label', "import x from '@salesforce/label/c.Chime_Not_There';"],
    ['an Apex method', "import x from '@salesforce/apex/ChimeRoomController.notThere';"],
    ['a field', "import x from '@salesforce/schema/Chime_Meeting__c.Not_There__c';"],
    ['a custom permission', "import x from '@salesforce/customPermission/Chime_Not_There';"]
]) {
    test(`${what} that force-app lacks ends the build by name`, async () => {
        await assert.rejects(() => buildWith(`${line} console.log(x);`), /Not_There|notThere/);
    });
}

test('a module of the platform that the page does not have ends the build by name', async () => {
    await assert.rejects(() => buildWith("import { x } from 'force/notThere'; console.log(x);"), /notThere/);
});

/**
 * @param {string} line stands in the first script of a copy of the sources
 */
async function buildWith(line) {
    const root = new URL('..', import.meta.url).pathname;
    const repository = mkdtempSync(join(tmpdir(), 'console-broken-'));
    try {
        const copy = join(repository, 'crates/emulator/console');
        cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true });
        cpSync(join(root, 'build'), join(copy, 'build'), { recursive: true });
        for (const name of ['package.json', 'package-lock.json', 'node_modules']) {
            symlinkSync(join(root, name), join(copy, name));
        }
        symlinkSync(forceApp.FORCE_APP, join(repository, 'force-app'));
        const show = join(copy, 'src/show.js');
        writeFileSync(show, `${line}\n${readFileSync(show, 'utf8')}`);
        const { build: copied } = await import(join(copy, 'build/build.js'));
        await copied(join(repository, 'dist'));
    } finally {
        rmSync(repository, { recursive: true });
    }
}

test('the page brings what the base components lack', () => {
    assert.ok(!named().includes('lightning/navigation'), 'navigation is ours');
    assert.ok(named().includes('lightning/card'));
});
