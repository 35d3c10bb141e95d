// @ts-check
// Where things lie: the built programs, the folder for what a failed test leaves behind, the browser.
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'chime-bridge');
const target = process.env.CARGO_TARGET_DIR ?? join(cache, 'target');

/** Where the programs are: `debug`, or `release` for measuring. */
export const BINARIES = join(target, process.env.CHIME_TEST_PROFILE ?? 'debug');

/** Screenshots, console logs and the programs' logs; what a red test is explained by. */
export const LEFT_BEHIND = join(ROOT, 'target/browser');
mkdirSync(LEFT_BEHIND, { recursive: true });

/**
 * A built program.
 *
 * @param {string} name
 */
export function binary(name) {
    const path = join(BINARIES, name);
    if (!existsSync(path)) throw new Error(`${path} is not built: cargo build --workspace --bins`);
    return path;
}

/** Debian's Chromium, the browser itself and not the script before it: the one the recorder uses. */
export const CHROMIUM = ['/usr/lib/chromium/chromium', '/usr/bin/chromium'].find((path) => existsSync(path)) ?? '';
