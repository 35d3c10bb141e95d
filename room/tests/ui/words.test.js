// @ts-check
/**
 * The room speaks the person's language where it can, else English; numbers and moments as that language says them.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import './modules.js';

const { count, fill, moment, speak, until, words } = await import('../../src/modules/room/words/words.js');
const FORMS = { one: '{n} person', other: '{n} people' };

test('a tag with a region finds its language, an unknown one is English', async () => {
    assert.equal(await speak('de-AT'), 'de');
    assert.equal(words('confirm').no, 'Abbrechen');
    assert.equal(await speak('fr'), 'en');
    assert.equal(words('confirm').no, 'Cancel');
    assert.equal(await speak('toString'), 'en');
    assert.equal(await speak(null), 'en');
});

test('of two wishes the newer counts, whichever comes first', async () => {
    await Promise.all([speak('de'), speak('en')]);
    assert.equal(words('confirm').no, 'Cancel');
    await Promise.all([speak('en'), speak('de')]);
    assert.equal(words('confirm').no, 'Abbrechen');
});

test('places are filled, unknown ones and inherited names stay', () => {
    assert.equal(fill('{name} and {other}', { name: 'Ada' }), 'Ada and {other}');
    assert.equal(fill('{constructor}', {}), '{constructor}');
    assert.equal(fill('{name}', { name: '{name}$&' }), '{name}$&');
});

test('one is one, all else are many', async () => {
    await speak('en');
    assert.deepEqual(
        [0, 1, 2].map((n) => count(FORMS, n)),
        ['0 people', '1 person', '2 people']
    );
});

test('how long until the doors open is told in minutes, hours, days', async () => {
    await speak('en');
    const minute = 60000;
    assert.equal(until(minute / 4, 0), 'in 1 minute');
    assert.equal(until(25 * minute, 0), 'in 25 minutes');
    assert.equal(until(180 * minute, 0), 'in 3 hours');
    assert.equal(until(3 * 24 * 60 * minute, 0), 'in 3 days');
    await speak('de');
    assert.equal(until(25 * minute, 0), 'in 25 Minuten');
});

test('a moment of today is its hour, another has its day', async () => {
    await speak('en');
    const noon = new Date(2026, 10, 23, 12, 0).getTime();
    assert.doesNotMatch(moment(noon + 3600000, noon), /November/);
    assert.match(moment(noon + 48 * 3600000, noon), /Wednesday, November 25, 2026/);
});
