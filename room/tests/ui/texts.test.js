// @ts-check
/**
 * All that the room says stands in both languages, each text is used, and each that is used is there.
 */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import test from 'node:test';
import { at } from './modules.js';
import de from '../../texts/de.js';
import en from '../../texts/en.js';

/** @param {any} value @param {string} path @returns {[string, string][]} every text with its path */
function leaves(value, path = '') {
    return typeof value === 'string'
        ? [[path, value]]
        : Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

/** @param {string} text */
const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

/** @param {string} component */
async function sourceOf(component) {
    const folder = at(`src/modules/room/${component}`);
    const files = (await readdir(folder)).filter((name) => /\.(js|html)$/.test(name));
    return (await Promise.all(files.map((name) => readFile(`${folder}/${name}`, 'utf8')))).join('\n');
}

/** Sections that are read in another way than `words('its own name')`. */
const ELSEWHERE = { announcements: 'app', final: 'final' };

test('both languages have the same keys', () => {
    assert.deepEqual(
        leaves(de).map(([key]) => key),
        leaves(en).map(([key]) => key)
    );
});

test('each text has the same places in both languages', () => {
    const german = new Map(leaves(de));
    for (const [key, text] of leaves(en)) {
        assert.deepEqual(places(german.get(key) ?? ''), places(text), key);
    }
});

test('no text is empty where a person would see it', () => {
    const silent = ['prejoin.sound.quiet', 'roster.role.attendee', 'roster.role.recorder'];
    for (const [key, text] of [...leaves(en), ...leaves(de)]) {
        assert.ok(text.trim() !== '' || silent.includes(key), key);
    }
});

test('both languages differ in nearly every sentence', () => {
    const german = new Map(leaves(de));
    const same = leaves(en).filter(([key, text]) => text.length > 12 && german.get(key) === text);
    assert.deepEqual(same, []);
});

for (const [section, texts] of Object.entries(en)) {
    test(`texts of ${section}: each is used, each used is there`, async () => {
        const source = await sourceOf(section);
        const taker = /** @type {Record<string, string>} */ (ELSEWHERE)[section] ?? section;
        assert.match(await sourceOf(taker), new RegExp(`words\\('${section}'\\)`));
        const direct = [...source.matchAll(/\b(?:this\.)?words\.(\w+)/g)].map(([, key]) => key);
        const taken = [...source.matchAll(/const \{([^}]+)\} = this\.words/g)].flatMap(([, list]) =>
            list.split(',').map((key) => key.trim())
        );
        const bare = [...source.matchAll(/words\('\w+'\)\.(\w+)/g)].map(([, key]) => key);
        const used = new Set([...direct, ...taken, ...bare]);
        assert.deepEqual(
            [...used].filter((key) => !Object.hasOwn(texts, key)),
            [],
            'used, but not there'
        );
        assert.deepEqual(
            Object.keys(texts).filter((key) => !used.has(key)),
            [],
            'there, but not used'
        );
    });
}

test('each reason, phase, hint and cause that the core can give has words', async () => {
    const state = await readFile(at('src/core/state.js'), 'utf8');
    const union = (/** @type {string} */ name) => {
        const text = new RegExp(`@typedef \\{([^}]*?)\\} ${name}\\b`).exec(state)?.[1] ?? '';
        const found = [...text.matchAll(/'([^']+)'/g)].map(([, word]) => word);
        assert.ok(found.length > 0, name);
        return found;
    };
    const field = (/** @type {string} */ name) => {
        const text = new RegExp(`@property \\{([^}]*?)\\} ${name}\\b`).exec(state)?.[1] ?? '';
        const found = [...text.matchAll(/'([^']+)'/g)].map(([, word]) => word);
        assert.ok(found.length > 0, name);
        return found;
    };
    assert.deepEqual(
        union('ReasonCode').filter((code) => !Object.hasOwn(en.final.reason, code)),
        []
    );
    assert.deepEqual(
        union('DeviceCause').filter((cause) => !Object.hasOwn(en.deviceProblems.cause, cause)),
        []
    );
    assert.deepEqual(
        union('DeviceCause').filter((cause) => !Object.hasOwn(en.deviceProblems.advice, cause)),
        []
    );
    assert.deepEqual(
        union('DeviceKind').filter((kind) => !Object.hasOwn(en.deviceProblems.device, kind)),
        []
    );
    assert.deepEqual(
        union('DeviceKind').filter((kind) => !Object.hasOwn(en.deviceChoice.kind, kind)),
        []
    );
    assert.deepEqual(
        field('network').filter((hint) => !Object.hasOwn(en.hints.network, hint)),
        []
    );
    assert.deepEqual(
        field('network').filter((hint) => !Object.hasOwn(en.announcements.network, hint)),
        []
    );
    assert.deepEqual(
        field('unsent').filter((act) => !Object.hasOwn(en.hints.unsent, act)),
        []
    );
    const shown = union('RecordingWord').filter((word) => word !== 'None' && word !== 'Stopped');
    assert.deepEqual(
        shown.filter((word) => !Object.hasOwn(en.recordingMark.state, word)),
        []
    );
});
