// @ts-check
// A film in pieces of a second, so that one can tell what was in it when.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Looks at each second of a film by itself, in order.
 *
 * @template T
 * @param {string} film
 * @param {(piece: string) => T} look at a small file with that second
 * @returns {T[]}
 */
export function bySecond(film, look) {
    const dir = mkdtempSync(join(tmpdir(), 'chime-seconds-'));
    try {
        // Two small pictures a second, each whole in itself: so it can be cut anywhere.
        const how = '-vf fps=2,scale=64:36 -c:v ffv1 -g 1 -c:a pcm_s16le -f segment -segment_time 1'.split(' ');
        const done = spawnSync('ffmpeg', ['-v', 'error', '-i', film, ...how, join(dir, '%04d.mkv')]);
        if (done.status !== 0) throw new Error(`ffmpeg cannot cut ${film}: ${done.stderr}`);
        return globSync(join(dir, '*.mkv')).sort().map(look);
    } finally {
        rmSync(dir, { recursive: true });
    }
}
