// @ts-check
/**
 * How the room's modules become files: components by LWC's compiler, the Chime SDK as a part of its own that is
 * fetched once the first page is painted.
 *
 * Promises: what the first page needs never contains the SDK; the SDK's client for chat channels (and with it the
 * AWS client it leans on) is left out, for the room does not use it.
 */
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import lwc from '@lwc/rollup-plugin';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import replace from '@rollup/plugin-replace';
import { transform } from 'esbuild';

/** @param {string} path from the room's folder */
export const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Packages of the SDK that only its chat channels use. */
const UNUSED = ['@aws-sdk/client-chime-sdk-messaging', '@aws-crypto/sha256-js', '@aws-sdk/util-hex-encoding'];

/** @returns {import('rollup').Plugin} answers the unused packages with an empty module */
function leaveOut() {
    return {
        name: 'leave-out',
        resolveId: (id) => (UNUSED.includes(id) ? { id: `\0empty:${id}`, moduleSideEffects: false } : null),
        load: (id) => (id.startsWith('\0empty:') ? 'export default {};' : null)
    };
}

/** @returns {import('rollup').Plugin} takes out what only people read; in a moment, also the SDK */
function shorten() {
    return {
        name: 'shorten',
        async renderChunk(code) {
            const short = await transform(code, {
                minify: true,
                format: 'esm',
                target: 'es2022',
                legalComments: 'none'
            });
            return { code: short.code, map: null };
        }
    };
}

/** @returns {import('rollup').Plugin} LWC's compiler for our modules alone: it would read `..` in a package as a file */
function components() {
    const plugin = lwc({
        rootDir: at('src/modules'),
        disableSyntheticShadowSupport: true,
        enableDynamicComponents: true
    });
    const { resolveId, transform } = /** @type {Record<string, Function>} */ (/** @type {unknown} */ (plugin));
    const foreign = (/** @type {string|undefined} */ id) => id?.includes('/node_modules/') || id?.startsWith('\0');
    return {
        ...plugin,
        resolveId(id, importer, options) {
            return foreign(importer) ? null : resolveId.call(this, id, importer, options);
        },
        transform(code, id) {
            return foreign(id) ? null : transform.call(this, code, id);
        }
    };
}

/**
 * @param {string} input the first module, from the room's folder
 * @param {{small?: boolean}} [how] `small`: as it is shipped
 * @returns {import('rollup').RollupOptions}
 */
export function rollupOptions(input, { small = true } = {}) {
    return {
        input: at(input),
        context: 'globalThis',
        plugins: [
            leaveOut(),
            replace({
                preventAssignment: true,
                values: { 'process.env.NODE_ENV': JSON.stringify('production') }
            }),
            components(),
            nodeResolve({ browser: true, mainFields: ['browser', 'module', 'main'], preferBuiltins: false }),
            json(),
            commonjs({ include: ['**/node_modules/**'], requireReturnsDefault: 'auto' }),
            small && shorten()
        ],
        onwarn(warning, warn) {
            const old = warning.code === 'CIRCULAR_DEPENDENCY' || warning.code === 'THIS_IS_UNDEFINED';
            if (!(old && JSON.stringify(warning).includes('node_modules'))) {
                warn(warning);
            }
        }
    };
}
