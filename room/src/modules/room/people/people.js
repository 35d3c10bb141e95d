// @ts-check
/**
 * What is shown of a person: letters for a missing picture, a colour that is always the same for the same seat.
 */

/**
 * @param {string} name
 * @returns {string} one or two letters
 */
export function initials(name) {
    const parts = name.trim().split(/\s+/).filter(Boolean);
    const ends = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
    return ends.map((part) => Array.from(part)[0].toLocaleUpperCase()).join('') || '?';
}

/** How many colours `tile` has for letters. */
export const COLOURS = 6;

/**
 * @param {string} seat
 * @returns {number} 0 to COLOURS - 1
 */
export function colour(seat) {
    return Array.from(seat).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7) % COLOURS;
}

/**
 * @param {number} signal 0..1
 * @returns {0|1|2|3} bars
 */
export function bars(signal) {
    if (signal >= 0.75) {
        return 3;
    }
    return signal >= 0.4 ? 2 : signal > 0 ? 1 : 0;
}

/**
 * Who is shown large: who speaks now, else who spoke last; never oneself while somebody else is there.
 * @param {string|null} previous attendee id
 * @param {readonly import('../../../core/state.js').Person[]} people
 * @returns {string|null}
 */
export function spotlight(previous, people) {
    const others = people.filter((person) => !person.self);
    const before = others.find((person) => person.attendeeId === previous);
    if (before?.speaking) {
        return before.attendeeId;
    }
    const loudest = others.filter((person) => person.speaking).sort((a, b) => b.volume - a.volume)[0];
    return (loudest ?? before ?? others[0] ?? people[0])?.attendeeId ?? null;
}
