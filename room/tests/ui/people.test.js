// @ts-check
/**
 * Who is large, what stands for a missing picture, and what a recording shows.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { camerasOf, crowd, person } from '../../dev/gallery/people.js';
import { bars, colour, initials, spotlight, COLOURS } from '../../src/modules/room/people/people.js';
import { FIELD, MOST, arrangeRecording } from '../../src/modules/room/recordingLayout/recordingLayout.js';
import { SHORTCUTS, shortcutOf } from '../../src/modules/room/shortcuts/shortcuts.js';

test('the spotlight follows who speaks and stays when all are silent', () => {
    const silent = crowd(4).map((one) => ({ ...one, speaking: false, volume: 0 }));
    const speaks = (/** @type {number} */ index) =>
        silent.map((one, at) => (at === index ? { ...one, speaking: true, volume: 0.5 } : one));
    assert.equal(spotlight(null, silent), 'attendee-1');
    assert.equal(spotlight('attendee-1', speaks(3)), 'attendee-3');
    assert.equal(spotlight('attendee-3', silent), 'attendee-3');
});

test('the spotlight does not jump between two who speak at once', () => {
    const both = crowd(3).map((one) => ({
        ...one,
        speaking: true,
        volume: one.attendeeId === 'attendee-2' ? 0.9 : 0.3
    }));
    assert.equal(spotlight('attendee-1', both), 'attendee-1');
});

test('oneself is large only while nobody else is there', () => {
    assert.equal(spotlight(null, [person(0, { speaking: true })]), 'attendee-0');
    assert.equal(spotlight(null, [person(0, { speaking: true }), person(1, { speaking: false })]), 'attendee-1');
});

test('letters come from first and last name in any script', () => {
    assert.equal(initials('Tomás Ferreira da Costa'), 'TC');
    assert.equal(initials('priya'), 'P');
    assert.equal(initials('李 小龍'), '李小');
    assert.equal(initials('  '), '?');
});

test('a seat keeps its colour', () => {
    assert.equal(colour('a025e00000Host1AAC'), colour('a025e00000Host1AAC'));
    const seen = new Set(Array.from({ length: 60 }, (_, index) => colour(person(index).seat)));
    assert.equal(seen.size, COLOURS);
});

test('signal strength is shown in three bars, none when there is no connection', () => {
    assert.deepEqual([0, 0.2, 0.5, 1].map(bars), [0, 1, 2, 3]);
});

test('a recording shows at most nine people, those who speak among them, in the order they came', () => {
    const people = crowd(14).map((one) => ({
        ...one,
        self: false,
        tile: null,
        speaking: one.attendeeId === 'attendee-13'
    }));
    const { shown, more } = arrangeRecording(people, []);
    assert.equal(shown.length, MOST);
    assert.equal(more, 5);
    assert.equal(shown.at(-1)?.id, 'attendee-13');
});

test('the recorder itself is not in its picture', () => {
    assert.deepEqual(arrangeRecording([person(0)], []).shown, []);
});

test('a recording cuts nothing off a camera’s picture', () => {
    for (const n of [1, 2, 5, 9]) {
        const people = crowd(n).map((one) => ({ ...one, self: false }));
        const name = 26;
        for (const { width, height } of arrangeRecording(people, camerasOf(people)).shown) {
            assert.ok(Math.abs(width / (height - name) - 16 / 9) < 0.01, `${n}: ${width} by ${height}`);
        }
    }
});

test('in a recording all stand inside the field and none covers another, with and without a screen', () => {
    for (let n = 1; n <= 14; n += 1) {
        const people = crowd(n).map((one) => ({ ...one, self: false }));
        const screen = { ...camerasOf(people)[0], id: 90, attendeeId: 'attendee-0', content: true };
        for (const tiles of [camerasOf(people), [...camerasOf(people), screen]]) {
            const { shown } = arrangeRecording(people, tiles);
            shown.forEach((a, index) => {
                assert.ok(a.x >= FIELD.x - 0.01 && a.x + a.width <= FIELD.x + FIELD.width + 0.01, `${n} ${a.id}`);
                assert.ok(a.y >= FIELD.y - 0.01 && a.y + a.height <= FIELD.y + FIELD.height + 0.01, `${n} ${a.id}`);
                shown.slice(index + 1).forEach((b) => {
                    const apart =
                        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
                    assert.ok(apart, `${n}: ${a.id} and ${b.id}`);
                });
            });
        }
    }
});

/** @param {string} key @param {object} [more] */
const press = (key, more = {}) =>
    /** @type {any} */ ({ key, composedPath: () => [{ tagName: 'BUTTON', closest: () => null }], ...more });

test('a letter is a shortcut outside of fields and without Ctrl, Alt or Meta', () => {
    assert.equal(shortcutOf(press('m')), 'mute');
    assert.equal(shortcutOf(press('M')), 'mute');
    assert.equal(shortcutOf(press('m', { ctrlKey: true })), null);
    assert.equal(shortcutOf(press('m', { metaKey: true })), null);
    assert.equal(shortcutOf(press('m', { altKey: true })), null);
    assert.equal(shortcutOf(press('m', { repeat: true })), null);
    assert.equal(shortcutOf(press('m', { composedPath: () => [{ tagName: 'TEXTAREA' }] })), null);
    assert.equal(shortcutOf(press('x')), null);
});

test('no letter means two things', () => {
    assert.equal(new Set(SHORTCUTS.map(({ key }) => key)).size, SHORTCUTS.length);
});
