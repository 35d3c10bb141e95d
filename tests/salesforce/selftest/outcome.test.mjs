/** What makes a step fail though its tool found nothing: nothing to look at, or rules that no engine has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unselected } from '../steps/apex-rules.mjs';
import { SELECTORS } from '../steps/analyzer-rules.mjs';
import { faultsOf, outcome } from '../steps/outcome.mjs';

test('a step that looked at nothing fails', () => {
    assert.deepEqual(faultsOf(outcome(0, [])), ['there was nothing to look at']);
});

test('a step that does not say what it looked at fails', () => {
    assert.deepEqual(faultsOf({ passed: 3, faults: [] }), ['there was nothing to look at']);
});

test('a step that looked and found nothing passes', () => {
    assert.deepEqual(faultsOf(outcome(1, [])), []);
});

test('what a step found stays as it is', () => {
    assert.deepEqual(faultsOf(outcome(0, [{ file: 'a', message: 'is wrong' }])), ['a: is wrong']);
});

test('a rule that no engine has is told', () => {
    assert.deepEqual(unselected(['pmd:ApexDoc', 'pmd:ApexDog'], ['pmd:ApexDoc']), [
        'no engine has the rule pmd:ApexDog'
    ]);
});

test('no rule is named twice', () => {
    assert.equal(new Set(SELECTORS).size, SELECTORS.length);
});
