// @ts-check
/**
 * What a screen reader hears when something changed that eyes would see. Pure: two snapshots in, sentences out.
 * Recording and the way out are urgent, all else waits for its turn.
 *
 * @typedef {import('../../../core/state.js').RoomState} RoomState
 * @typedef {import('../../../../texts/en.js').default['announcements']} Words
 */
import { count, fill } from 'room/words';

/** More names than this are only counted. */
const NAMES = 3;

/**
 * @param {RoomState} before
 * @param {RoomState} now
 * @param {Words} words
 * @returns {{polite: string[], urgent: string[]}}
 */
export function announcements(before, now, words) {
    if (now.phase !== 'in' && now.phase !== 'reconnecting') {
        return { polite: [], urgent: [] };
    }
    const urgent = [recording(before, now, words), connection(before, now, words)];
    if (before.phase !== 'in' && before.phase !== 'reconnecting') {
        return { polite: [count(words.entered, now.people.length)], urgent: clean(urgent) };
    }
    const polite = [
        ...people(before, now, words),
        ...hands(before, now, words),
        before.self.muted !== now.self.muted && (now.self.muted ? words.muted : words.unmuted),
        now.network !== before.network && now.network !== null && words.network[now.network],
        now.unsent !== before.unsent && now.unsent !== null && words.unsent,
        now.tiles.some(({ content }) => content) && !before.tiles.some(({ content }) => content) && words.screen
    ];
    return { polite: clean(polite), urgent: clean(urgent) };
}

/** @param {(string|false|null)[]} texts */
const clean = (texts) => /** @type {string[]} */ (texts.filter(Boolean));

/** @param {RoomState} before @param {RoomState} now @param {Words} words */
function recording(before, now, words) {
    const inside = before.phase === 'in' || before.phase === 'reconnecting';
    if (now.recording.live && (!before.recording.live || !inside)) {
        return words.recording;
    }
    return inside && before.recording.live && !now.recording.live ? words.recordingOver : null;
}

/** @param {RoomState} before @param {RoomState} now @param {Words} words */
function connection(before, now, words) {
    if (before.phase === 'in' && now.phase === 'reconnecting') {
        return words.reconnecting;
    }
    return before.phase === 'reconnecting' && now.phase === 'in' ? words.reconnected : null;
}

/** @param {RoomState} before @param {RoomState} now @param {Words} words */
function people(before, now, words) {
    if (before.people === now.people) {
        return [];
    }
    const had = new Set(before.people.map(({ attendeeId }) => attendeeId));
    const has = new Set(now.people.map(({ attendeeId }) => attendeeId));
    const came = now.people.filter(({ attendeeId, self }) => !self && !had.has(attendeeId));
    const went = before.people.filter(({ attendeeId, self }) => !self && !has.has(attendeeId));
    return [told(came, words.came, words.cameMany), told(went, words.went, words.wentMany)];
}

/** @param {readonly {name: string}[]} who @param {string} text @param {{one: string, other: string}} many */
function told(who, text, many) {
    if (who.length === 0) {
        return null;
    }
    const names = who.map(({ name }) => name).filter(Boolean);
    return who.length > NAMES || names.length < who.length
        ? count(many, who.length)
        : fill(text, { name: names.join(', ') });
}

/** @param {RoomState} before @param {RoomState} now @param {Words} words */
function hands(before, now, words) {
    const up = new Set(before.people.filter(({ hand }) => hand).map(({ attendeeId }) => attendeeId));
    return now.people
        .filter(({ hand, self, attendeeId }) => hand && !self && !up.has(attendeeId))
        .map(({ name }) => fill(words.hand, { name }));
}
