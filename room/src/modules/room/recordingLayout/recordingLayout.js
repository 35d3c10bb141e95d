// @ts-check
/**
 * Where people and screens stand in a recording: pure numbers on a field of 1280 by 720, the top 40 for subject and
 * clock.
 *
 * Promises: never more than nine people; those who speak or show something come first, the others in the order they
 * came; the same people without change give the same picture.
 *
 * @typedef {import('../../../core/state.js').Person} Person
 * @typedef {import('../../../core/state.js').Tile} Tile
 * @typedef {{id: string, person: Person|null, tile: Tile|null, attendee: string, name: string, isContent: 'true'|null,
 *   x: number, y: number, width: number, height: number}} Shown
 */

export const FIELD = { x: 8, y: 40, width: 1264, height: 672 };
export const MOST = 9;
const BESIDE_SCREEN = 4;
const BESIDE_WIDTH = 240;
const NAME_LINE = 26;
/** Width by height of a camera's picture. */
const CAMERA = 16 / 9;
const GAP = 8;

/**
 * @param {readonly Person[]} people
 * @param {readonly Tile[]} tiles
 * @returns {{shown: Shown[], more: number}}
 */
export function arrangeRecording(people, tiles) {
    const humans = people.filter((person) => !person.self);
    const screens = tiles.filter((tile) => tile.content);
    const room = screens.length > 0 ? BESIDE_SCREEN : MOST;
    const chosen = choose(humans, room);
    const faces = chosen.map((person) => ({
        id: person.attendeeId,
        person,
        tile: tiles.find((tile) => tile.id === person.tile) ?? null,
        attendee: person.attendeeId,
        name: person.name,
        isContent: null
    }));
    const shared = screens.slice(0, 2).map((tile) => ({
        id: `screen-${tile.id}`,
        person: humans.find(({ attendeeId }) => attendeeId === tile.attendeeId) ?? null,
        tile,
        attendee: tile.attendeeId,
        name: tile.name,
        isContent: /** @type {const} */ ('true')
    }));
    const shown =
        shared.length > 0 ? [...rows(shared, left(faces.length)), ...column(faces)] : rows(faces, FIELD, true);
    return { shown, more: humans.length - chosen.length };
}

/** @param {readonly Person[]} people @param {number} room */
function choose(people, room) {
    if (people.length <= room) {
        return people;
    }
    const weight = (/** @type {Person} */ person) => (person.speaking ? 2 : 0) + (person.tile !== null ? 1 : 0);
    const first = [...people].sort((a, b) => weight(b) - weight(a)).slice(0, room);
    return people.filter((person) => first.includes(person));
}

/** @param {number} people how many stand beside it */
function left(people) {
    return people > 0 ? { ...FIELD, width: FIELD.width - BESIDE_WIDTH - GAP } : FIELD;
}

/**
 * In equal cells, the last row and the whole in the middle.
 * @template T
 * @param {readonly T[]} items
 * @param {{x: number, y: number, width: number, height: number}} field
 * @param {boolean} [whole] cells take the shape of a camera's picture with the name beneath, so that nothing of it is
 *   cut off; otherwise they fill the field
 * @returns {(T & {x: number, y: number, width: number, height: number})[]}
 */
function rows(items, field, whole = false) {
    const columns = Math.ceil(Math.sqrt(items.length)) || 1;
    const lines = Math.ceil(items.length / columns) || 1;
    const most = {
        width: (field.width - GAP * (columns - 1)) / columns,
        height: (field.height - GAP * (lines - 1)) / lines
    };
    const width = whole ? Math.min(most.width, (most.height - NAME_LINE) * CAMERA) : most.width;
    const height = whole ? width / CAMERA + NAME_LINE : most.height;
    const top = field.y + (field.height - lines * height - (lines - 1) * GAP) / 2;
    return items.map((item, index) => {
        const line = Math.floor(index / columns);
        const inLine = Math.min(columns, items.length - line * columns);
        const start = (field.width - inLine * width - (inLine - 1) * GAP) / 2;
        const x = field.x + start + (index % columns) * (width + GAP);
        return { ...item, x, y: top + line * (height + GAP), width, height };
    });
}

/**
 * @template T
 * @param {readonly T[]} items
 */
function column(items) {
    const height = BESIDE_WIDTH / CAMERA + NAME_LINE;
    const x = FIELD.x + FIELD.width - BESIDE_WIDTH;
    const total = items.length * height + (items.length - 1) * GAP;
    const top = FIELD.y + (FIELD.height - total) / 2;
    return items.map((item, index) => ({ ...item, x, y: top + index * (height + GAP), width: BESIDE_WIDTH, height }));
}
