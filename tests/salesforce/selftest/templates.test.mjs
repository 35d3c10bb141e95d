/** Filled templates: what is left open, widened or misspelt is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from '../steps/templates.mjs';
import { Source } from '../tree/source.mjs';

const FILE = 'playback/main/default/cspTrustedSites/Chime_Playback.cspTrustedSite-meta.xml';

/** @param {Record<string, string>} changes elements of the trusted URL for playback */
function told(changes, root = 'CspTrustedSite') {
    const elements = {
        context: 'LEX',
        endpointUrl: 'https://media.example.com',
        isActive: 'true',
        isApplicableToMediaSrc: 'true',
        ...changes
    };
    const lines = Object.entries(elements).map(([name, value]) => `<${name}>${value}</${name}>`);
    const text = `<${root} xmlns="http://soap.sforce.com/2006/04/metadata">${lines.join('')}</${root}>`;
    return faults(new Source(new Map([[FILE, text]])))
        .filter(({ file }) => file === FILE)
        .map(({ message }) => message);
}

test('a trusted URL that opens what it must and no more has no fault', () => {
    assert.deepEqual(told({}), []);
});

test('a widened directive is told', () => {
    assert.deepEqual(told({ isApplicableToFrameSrc: 'true' }), ['isApplicableToFrameSrc is on']);
});

test('a directive that is missing is told', () => {
    assert.deepEqual(told({ isApplicableToMediaSrc: 'false' }), ['isApplicableToMediaSrc is off']);
});

test('a value that is left open is told', () => {
    assert.deepEqual(told({ description: '@ROOM_URL@' }), ['is not filled: @ROOM_URL@']);
});

test('a wider context is told', () => {
    assert.deepEqual(told({ context: 'All' }), ['context is All, not LEX']);
});

test('a misspelt element is told', () => {
    assert.deepEqual(told({ isAktive: 'false' }), ['CspTrustedSite: unknown element isAktive']);
});

test('a template that is not written is told', () => {
    const missing = faults(new Source(new Map())).map(({ file, message }) => `${file} ${message}`);
    assert.ok(missing.includes('Chime_Room.cspTrustedSite is not written'));
});
