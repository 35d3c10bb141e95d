/** Each home-made rule reports the one seeded fault, and no rule reports anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../tree/names.mjs';
import { RULES } from '../rules/all.mjs';
import { changed, clean, fixtures } from './fixtures.mjs';

/** @param {import('../tree/source.mjs').Source} source */
function findings(source) {
    const world = new World(source);
    return RULES.flatMap((rule) =>
        rule.check(world).map(({ file, message }) => `${rule.name}: ${file}: ${message}`)
    ).sort();
}

test('the clean project has no finding', () => {
    assert.deepEqual(findings(clean()), []);
});

for (const fixture of fixtures()) {
    test(`${fixture.name}: ${fixture.about}`, () => {
        assert.ok(fixture.expected.length > 0, 'a fixture expects a finding');
        assert.deepEqual(findings(changed(fixture)), [...fixture.expected].sort());
    });
}

test('every rule has a fixture that it reports', () => {
    const reported = new Set(fixtures().flatMap(({ expected }) => expected.map((line) => line.split(':')[0])));
    assert.deepEqual(
        RULES.map(({ name }) => name).filter((name) => !reported.has(name)),
        []
    );
});
