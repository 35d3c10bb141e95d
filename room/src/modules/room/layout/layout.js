// @ts-check
/**
 * Where each tile stands: pure numbers from the stage's size, so that it can be tested without a browser.
 *
 * Promises: every tile lies inside the stage; tiles do not overlap (but one's own picture in a talk of two, which
 * stands in a corner of the other's); none is smaller than {@link LEAST}, those that do not fit are counted in `more`;
 * who is in the spotlight and oneself are never among those.
 *
 * @typedef {{id: string, content?: boolean, self?: boolean, ratio?: number|null}} Item
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 * @typedef {Rect & {id: string, place: 'main'|'strip'|'grid'|'inset'}} Placed
 * @typedef {{tiles: Placed[], more: number}} Arrangement
 */

/** The smallest tile, in CSS pixels. */
export const LEAST = { width: 96, height: 54 };
const GAP = 8;
const WIDE = 16 / 9;
/** A camera's picture may be cut to this at the narrow end. */
const TALL = 3 / 4;

const clamp = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
    Math.max(least, Math.min(most, value));

/**
 * @param {object} wish
 * @param {number} wish.width of the stage
 * @param {number} wish.height
 * @param {readonly Item[]} wish.items in the order of their places
 * @param {'grid'|'speaker'} wish.mode
 * @param {string|null} wish.main who is shown large where one is
 * @returns {Arrangement}
 */
export function arrange({ width, height, items, mode, main }) {
    if (items.length === 0 || width < LEAST.width || height < LEAST.height) {
        return { tiles: [], more: items.length };
    }
    const shared = items.find((item) => item.content);
    const large = items.find((item) => item.id === main) ?? shared;
    const stage = { x: 0, y: 0, width, height };
    if (shared || (mode === 'speaker' && large && items.length > 1)) {
        return spotlight(stage, items, large ?? items[0]);
    }
    if (items.length === 2 && items.some((item) => item.self)) {
        return talk(stage, items);
    }
    return grid(stage, items, main);
}

/**
 * The tiles that fit, in their order; those who must be seen take the last places.
 * @param {readonly Item[]} items
 * @param {number} room how many fit
 * @param {string|null} main
 */
function choose(items, room, main) {
    const shown = items.slice(0, room);
    const must = items.slice(room).filter((item) => item.id === main || item.self);
    must.slice(0, room).forEach((item) => {
        const free = shown.findLastIndex((other) => other.id !== main && !other.self && !must.includes(other));
        if (free >= 0) {
            shown[free] = item;
        }
    });
    return shown;
}

/** @param {Rect} area @param {number} n @param {number} columns */
function cells({ width, height }, n, columns) {
    const rows = Math.ceil(n / columns);
    const cell = { width: (width - GAP * (columns - 1)) / columns, height: (height - GAP * (rows - 1)) / rows };
    const ratio = clamp(cell.width / cell.height, 1, WIDE);
    const size = { width: Math.min(cell.width, cell.height * ratio), height: 0 };
    size.height = size.width / ratio;
    return { columns, rows, ...size };
}

/** @param {Rect} area @param {readonly Item[]} items @param {string|null} main @returns {Arrangement} */
function grid(area, items, main) {
    const fitting = (/** @type {number} */ n) =>
        Array.from({ length: n }, (_, index) => cells(area, n, index + 1))
            .filter(({ width, height }) => width >= LEAST.width && height >= LEAST.height)
            .sort((a, b) => b.width * b.height - a.width * a.height)[0];
    let n = items.length;
    while (n > 1 && !fitting(n)) {
        n -= 1;
    }
    const best = fitting(n) ?? cells(area, 1, 1);
    const { columns, rows, width, height } = best;
    const top = (area.height - rows * height - (rows - 1) * GAP) / 2;
    const tiles = choose(items, n, main).map((item, index) => {
        const row = Math.floor(index / columns);
        const inRow = Math.min(columns, n - row * columns);
        const left = (area.width - inRow * width - (inRow - 1) * GAP) / 2;
        const x = area.x + left + (index - row * columns) * (width + GAP);
        return {
            id: item.id,
            place: /** @type {const} */ ('grid'),
            x,
            y: area.y + top + row * (height + GAP),
            width,
            height
        };
    });
    return { tiles, more: items.length - n };
}

/**
 * One large, the others small beside or below it.
 * @param {Rect} stage @param {readonly Item[]} items @param {Item} large @returns {Arrangement}
 */
function spotlight(stage, items, large) {
    const rest = items.filter((item) => item !== large);
    if (rest.length === 0) {
        return { tiles: [{ id: large.id, place: 'main', ...fit(stage, large) }], more: 0 };
    }
    const beside = stage.width / stage.height > 1.25;
    const small = beside
        ? { width: clamp(stage.width * 0.2, 112, 232), height: 0 }
        : { width: 0, height: clamp(stage.height * 0.2, 63, 132) };
    // Below a narrow stage at least three stand side by side.
    small.height = beside ? 0 : Math.min(small.height, Math.max(LEAST.height, (stage.width - 2 * GAP) / 3 / WIDE));
    small.width ||= small.height * WIDE;
    small.height ||= small.width / WIDE;
    const along = beside ? stage.height : stage.width;
    const step = (beside ? small.height : small.width) + GAP;
    const room = Math.floor((along + GAP) / step);
    const left = beside ? stage.width - small.width - GAP : stage.width;
    const over = beside ? stage.height : stage.height - small.height - GAP;
    if (room < 1 || left < LEAST.width || over < LEAST.height) {
        return { tiles: [{ id: large.id, place: 'main', ...fit(stage, large) }], more: rest.length };
    }
    const shown = choose(rest, room, null);
    const start = (along - shown.length * step + GAP) / 2;
    /** @type {Placed[]} */
    const strip = shown.map((item, index) => ({
        id: item.id,
        place: 'strip',
        x: beside ? left + GAP : start + index * step,
        y: beside ? start + index * step : over + GAP,
        ...small
    }));
    const area = fit({ x: 0, y: 0, width: left, height: over }, large);
    return { tiles: [{ id: large.id, place: 'main', ...area }, ...strip], more: rest.length - shown.length };
}

/** @param {Rect} area @param {Item} item @returns {Rect} the largest rectangle the picture may fill, centred */
function fit(area, item) {
    const [least, most] = item.content
        ? [LEAST.width / area.height, area.width / LEAST.height]
        : [Math.max(TALL, LEAST.width / area.height), Math.min(WIDE, area.width / LEAST.height)];
    const ratio = clamp((item.content && item.ratio) || area.width / area.height, least, most);
    const width = Math.min(area.width, area.height * ratio);
    const height = width / ratio;
    return { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
}

/** A talk of two: the other large, oneself in the corner. @param {Rect} stage @param {readonly Item[]} items @returns {Arrangement} */
function talk(stage, items) {
    const self = items.findLast((item) => item.self) ?? items[1];
    const other = items.find((item) => item !== self) ?? items[0];
    const area = fit(stage, other);
    const width = clamp(area.width * 0.24, Math.min(112, area.width), 220);
    const size = { width, height: Math.max(LEAST.height, width / WIDE) };
    const margin = Math.min(12, (area.width - size.width) / 2, (area.height - size.height) / 2);
    const x = area.x + area.width - size.width - margin;
    const y = area.y + area.height - size.height - margin;
    return {
        tiles: [
            { id: other.id, place: 'main', ...area },
            { id: self.id, place: 'inset', x, y, ...size }
        ],
        more: 0
    };
}
