// @ts-check
/**
 * What a screen reader hears: each change once, recording at once, nothing outside of the meeting.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import './modules.js';
import { initialState } from '../../src/core/state.js';
import { person } from '../../dev/gallery/people.js';
import en from '../../texts/en.js';

const { announcements } = await import('../../src/modules/room/announcements/announcements.js');
const words = en.announcements;
/** @param {any} more @returns {import('../../src/core/state.js').RoomState} */
const inside = (more = {}) => ({ ...initialState(), phase: 'in', people: [person(0)], ...more });
const live = { state: 'Recording', live: true, source: 'both' };

test('coming in says how many are there', () => {
    const { polite } = announcements(initialState(), inside({ people: [person(0), person(1)] }), words);
    assert.deepEqual(polite, ['You are in the meeting. 2 people are here.']);
});

test('coming into a recorded meeting says so at once', () => {
    assert.deepEqual(announcements(initialState(), inside({ recording: live }), words).urgent, [words.recording]);
});

test('a recording that begins or stops is said once', () => {
    const before = inside();
    const during = inside({ recording: live });
    assert.deepEqual(announcements(before, during, words).urgent, [words.recording]);
    assert.deepEqual(announcements(during, inside({ recording: live }), words).urgent, []);
    assert.deepEqual(announcements(during, before, words).urgent, [words.recordingOver]);
});

test('who comes and goes is named, many are counted, oneself is not told of', () => {
    const two = inside({ people: [person(0), person(1)] });
    assert.deepEqual(announcements(inside(), two, words).polite, ['Zoë 李 came in']);
    assert.deepEqual(announcements(two, inside(), words).polite, ['Zoë 李 left']);
    const many = inside({ people: Array.from({ length: 6 }, (_, index) => person(index)) });
    assert.deepEqual(
        announcements(inside(), many, words).polite.filter((text) => text.includes('came')),
        ['5 people came in']
    );
});

test('a raised hand is told of with its name, one’s own is not', () => {
    const up = inside({ people: [person(0, { hand: true }), person(1, { hand: true })] });
    const down = inside({ people: [person(0), person(1, { hand: false })] });
    assert.deepEqual(announcements(down, up, words).polite, ['Zoë 李 raised a hand']);
    assert.deepEqual(announcements(up, up, words).polite, []);
});

test('a lost connection is urgent, and so is its return', () => {
    assert.deepEqual(announcements(inside(), inside({ phase: 'reconnecting' }), words).urgent, [words.reconnecting]);
    assert.deepEqual(announcements(inside({ phase: 'reconnecting' }), inside(), words).urgent, [words.reconnected]);
});

test('being muted by whomever is told', () => {
    const muted = inside({ self: { ...initialState().self, muted: true } });
    assert.deepEqual(announcements(inside(), muted, words).polite, [words.muted]);
    assert.deepEqual(announcements(muted, inside(), words).polite, [words.unmuted]);
});

test('nothing is said outside of the meeting', () => {
    const left = { ...initialState(), phase: /** @type {const} */ ('left') };
    assert.deepEqual(announcements(inside({ recording: live }), left, words), { polite: [], urgent: [] });
});
