// @ts-check
/**
 * Where tiles stand, for one to sixteen people on stages from a small record page to a large screen.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { LEAST, arrange } from '../../src/modules/room/layout/layout.js';

const STAGES = [
    { width: 359, height: 240 },
    { width: 359, height: 620 },
    { width: 384, height: 216 },
    { width: 584, height: 480 },
    { width: 684, height: 380 },
    { width: 924, height: 690 },
    { width: 1264, height: 690 },
    { width: 1904, height: 960 },
    { width: 320, height: 120 },
    { width: 2400, height: 300 }
];

/** @param {number} n @param {boolean} screen */
function items(n, screen) {
    const faces = Array.from({ length: n }, (_, index) => ({ id: `p${index}`, self: index === n - 1 }));
    return screen ? [{ id: 'screen', content: true, ratio: 1.6 }, ...faces] : faces;
}

/** @param {import('../../src/modules/room/layout/layout.js').Rect} a @param {import("../../src/modules/room/layout/layout.js").Rect} b */
const overlap = (a, b) =>
    a.x + a.width > b.x + 0.01 &&
    b.x + b.width > a.x + 0.01 &&
    a.y + a.height > b.y + 0.01 &&
    b.y + b.height > a.y + 0.01;

/** @param {(wish: Parameters<typeof arrange>[0]) => void} check */
function everywhere(check) {
    for (const stage of STAGES) {
        for (let n = 1; n <= 16; n += 1) {
            for (const screen of [false, true]) {
                for (const mode of /** @type {const} */ (['grid', 'speaker'])) {
                    for (const main of [null, 'p0', `p${Math.max(0, n - 2)}`]) {
                        check({ ...stage, items: items(n, screen), mode, main });
                    }
                }
            }
        }
    }
}

test('every tile lies inside the stage', () => {
    everywhere((wish) => {
        for (const tile of arrange(wish).tiles) {
            const inside =
                tile.x >= -0.01 &&
                tile.y >= -0.01 &&
                tile.x + tile.width <= wish.width + 0.01 &&
                tile.y + tile.height <= wish.height + 0.01;
            assert.ok(inside, JSON.stringify({ ...wish, items: wish.items.length, tile }));
        }
    });
});

test('no tile covers another, but oneself in the corner of a talk of two', () => {
    everywhere((wish) => {
        const { tiles } = arrange(wish);
        tiles.forEach((tile, index) => {
            for (const other of tiles.slice(index + 1)) {
                if (other.place === 'inset') {
                    assert.equal(tiles.length, 2);
                    assert.ok(other.width <= tile.width / 2 + 40 && other.height <= tile.height, JSON.stringify(tiles));
                } else {
                    assert.ok(
                        !overlap(tile, other),
                        JSON.stringify({ ...wish, items: wish.items.length, tile, other })
                    );
                }
            }
        });
    });
});

test('no tile is smaller than the least', () => {
    everywhere((wish) => {
        for (const tile of arrange(wish).tiles) {
            const large = tile.width >= LEAST.width - 0.01 && tile.height >= LEAST.height - 0.01;
            assert.ok(large, JSON.stringify({ ...wish, items: wish.items.length, tile }));
        }
    });
});

test('each person has one tile or is counted as hidden', () => {
    everywhere((wish) => {
        const { tiles, more } = arrange(wish);
        assert.equal(new Set(tiles.map(({ id }) => id)).size, tiles.length);
        assert.equal(tiles.length + more, wish.items.length);
    });
});

test('a shared screen is the largest, and stays when people fill the stage', () => {
    everywhere((wish) => {
        const { tiles } = arrange({ ...wish, main: null });
        if (wish.items[0].content) {
            const area = (/** @type {{width: number, height: number}} */ tile) => tile.width * tile.height;
            assert.equal(tiles[0].id, 'screen');
            assert.ok(tiles.every((tile) => area(tile) <= area(tiles[0]) + 0.01));
        }
    });
});

test('the speaker and oneself are shown where not all fit', () => {
    const { tiles, more } = arrange({ width: 384, height: 180, items: items(16, false), mode: 'grid', main: 'p13' });
    assert.ok(more > 0);
    const shown = tiles.map(({ id }) => id);
    assert.ok(shown.includes('p13') && shown.includes('p15'), shown.join());
});

test('sixteen people all fit on a record page of 600 by 560 and on a phone', () => {
    for (const stage of [
        { width: 584, height: 440 },
        { width: 359, height: 560 }
    ]) {
        assert.equal(arrange({ ...stage, items: items(16, false), mode: 'grid', main: null }).more, 0);
    }
});

test('a talk of two shows the other large', () => {
    const { tiles } = arrange({ width: 584, height: 480, items: items(2, false), mode: 'grid', main: null });
    assert.deepEqual(
        tiles.map(({ id, place }) => [id, place]),
        [
            ['p0', 'main'],
            ['p1', 'inset']
        ]
    );
});

test('in speaker mode the chosen one is large and the others stand in a strip', () => {
    const { tiles } = arrange({ width: 1264, height: 690, items: items(5, false), mode: 'speaker', main: 'p3' });
    assert.equal(tiles[0].id, 'p3');
    assert.equal(tiles[0].place, 'main');
    assert.deepEqual(new Set(tiles.slice(1).map(({ place }) => place)), new Set(['strip']));
    assert.ok(tiles[0].width > 4 * tiles[1].width);
});

test('a stage too small for any tile shows none and counts all', () => {
    assert.deepEqual(arrange({ width: 60, height: 30, items: items(3, false), mode: 'grid', main: null }), {
        tiles: [],
        more: 3
    });
});
