// @ts-check
/**
 * Takes docs/screenshots anew: each page of the room and the console at a desk, in a record page and on a phone, with
 * few colours so that the files stay small. Call it by `make screenshots`; look at what it took before you keep it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LEFT_BEHIND, ROOT } from './harness/places.mjs';
import { consolePages, roomPages, startPages } from './pages.mjs';

const SIZES = [
    { width: 1280, height: 800 },
    { width: 600, height: 760 },
    { width: 375, height: 740 }
];
const to = join(ROOT, 'docs/screenshots');
mkdirSync(to, { recursive: true });

const up = await startPages('screenshots');
try {
    for (const viewport of SIZES) {
        // Pictures of pages at rest, not on the way.
        const context = { viewport, reducedMotion: /** @type {const} */ ('reduce') };
        for (const pages of [consolePages(up.world, context), roomPages(up.world, up.holder, context)]) {
            for await (const { name, view } of pages) {
                const raw = join(LEFT_BEHIND, 'raw.png');
                const path = join(to, `${name}-${viewport.width}.png`);
                await view.page.screenshot({ path: raw });
                // FFmpeg is there for the recorder: 64 colours, chosen for this picture, are enough.
                const palette =
                    'split[a][b];[a]palettegen=max_colors=64:stats_mode=single[p];[b][p]paletteuse=dither=none';
                const done = spawnSync('ffmpeg', [
                    '-v',
                    'error',
                    '-y',
                    '-i',
                    raw,
                    '-vf',
                    palette,
                    '-compression_level',
                    '100',
                    path
                ]);
                if (done.status !== 0) throw new Error(done.stderr.toString());
                rmSync(raw);
                console.log(`${name}-${viewport.width}.png  ${Math.round(statSync(path).size / 1000)} kB`);
            }
        }
    }
} finally {
    await up.stop();
}
