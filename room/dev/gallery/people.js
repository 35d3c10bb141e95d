// @ts-check
/** Made-up people for the gallery. */

const NAMES = [
    'Ada Berg',
    'Zoë 李',
    'Tomás Ferreira da Costa',
    'Priya',
    'Jens Öhlund',
    'Mei Tanaka',
    'Bartholomäus Schwarzenegger-Oppenheimer',
    'Olu Adeyemi',
    'Ines Kraft',
    'Noor Haddad',
    'Paul Weber',
    'Sara Lindqvist',
    'Ivo Novak',
    'Chidi Okafor',
    'Lena Fuchs',
    'Rafael Ortiz'
];

/** @param {number} index @param {object} [more] @returns {import('../../src/core/state.js').Person} */
export function person(index, more = {}) {
    return {
        attendeeId: `attendee-${index}`,
        seat: `a025e0000000${String(index).padStart(3, '0')}AAA`,
        name: NAMES[index % NAMES.length],
        ownWord: index % 4 === 1,
        role: index === 0 ? 'host' : index % 4 === 1 ? 'guest' : 'attendee',
        self: index === 0,
        muted: index % 3 === 2,
        speaking: index === 1,
        volume: index === 1 ? 0.6 : 0,
        signal: index === 4 ? 0.3 : 0.9,
        hand: index === 3,
        tile: index % 3 === 1 || index === 0 ? index + 1 : null,
        content: false,
        ...more
    };
}

/** @param {readonly import('../../src/core/state.js').Person[]} people @returns {import('../../src/core/state.js').Tile[]} */
export const camerasOf = (people) =>
    people
        .filter(({ tile }) => tile !== null)
        .map(({ tile, attendeeId, name, self }) => ({
            id: /** @type {number} */ (tile),
            attendeeId,
            name,
            content: false,
            local: self,
            paused: false,
            width: 960,
            height: 540
        }));

/** @param {number} n */
export const crowd = (n) => Array.from({ length: n }, (_, index) => person(index));
