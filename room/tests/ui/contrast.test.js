// @ts-check
/**
 * Letters and borders can be told from what they stand on, in both colour schemes: 4.5:1 for text, 3:1 for borders of
 * controls and marks (WCAG 2.2, 1.4.3 and 1.4.11).
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { at } from './modules.js';

const css = await readFile(at('src/styles.css'), 'utf8');
const schemes = {
    light: tokens(css.slice(0, css.indexOf('@media (prefers-color-scheme: dark)'))),
    dark: tokens(css.slice(css.indexOf('@media (prefers-color-scheme: dark)')))
};

const TEXT = [
    ['text', 'ground'],
    ['text', 'surface'],
    ['text', 'raised'],
    ['text', 'accent-soft'],
    ['quiet', 'ground'],
    ['quiet', 'surface'],
    ['quiet', 'accent-soft'],
    ['accent', 'surface'],
    ['accent', 'ground'],
    ['on-accent', 'accent'],
    ['danger', 'surface'],
    ['on-danger', 'danger-fill'],
    ['warn-text', 'warn-ground'],
    ['good', 'surface'],
    ['on-live', 'live'],
    ['on-tile', 'tile'],
    ['quiet-on-tile', 'chip'],
    ['on-tile', 'chip']
];
const MARKS = [
    ['edge', 'surface'],
    ['edge', 'ground'],
    ['focus', 'ground'],
    ['focus', 'surface'],
    ['focus', 'stage'],
    ['speaking', 'tile'],
    ['live', 'surface']
];

/** @param {string} part @returns {Record<string, string>} */
function tokens(part) {
    return Object.fromEntries(
        [...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value])
    );
}

/** @param {string} hex */
function luminance(hex) {
    const [red, green, blue] = [1, 3, 5]
        .map((start) => parseInt(hex.slice(start, start + 2), 16) / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {string} a @param {string} b */
function contrast(a, b) {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
}

for (const [scheme, colours] of Object.entries(schemes)) {
    for (const [pairs, least] of /** @type {const} */ ([
        [TEXT, 4.5],
        [MARKS, 3]
    ])) {
        for (const [front, back] of pairs) {
            test(`${scheme}: ${front} on ${back} has at least ${least}:1`, () => {
                assert.ok(colours[front] && colours[back], 'both are defined');
                const ratio = contrast(colours[front], colours[back]);
                assert.ok(ratio >= least, `${ratio.toFixed(2)}:1`);
            });
        }
    }
}

test('colours of letters in place of a picture carry white text', async () => {
    const sheet = await readFile(at('src/modules/room/tile/tile.css'), 'utf8');
    const grounds = [...sheet.matchAll(/\.letters \{[^}]*?background: (#[0-9a-f]{6})/g)].map(([, value]) => value);
    assert.equal(grounds.length, 6);
    grounds.forEach((ground) => assert.ok(contrast('#ffffff', ground) >= 4.5, ground));
});
