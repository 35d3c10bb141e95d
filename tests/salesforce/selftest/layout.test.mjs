/** The committed list of members: what joins or leaves a package is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drift } from '../steps/layout.mjs';

test('a list that agrees has no drift', () => {
    assert.deepEqual(drift(['core ApexClass A'], ['core ApexClass A']), []);
});

test('a member that is not listed is told', () => {
    assert.deepEqual(drift(['core ApexClass A', 'core ApexClass B'], ['core ApexClass A']), [
        'tests/salesforce/manifest.txt lacks: core ApexClass B'
    ]);
});

test('a listed member that is gone is told', () => {
    assert.deepEqual(drift([], ['core ApexClass A']), [
        'tests/salesforce/manifest.txt names what is gone: core ApexClass A'
    ]);
});
