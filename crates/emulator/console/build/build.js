/**
 * Builds the console's page into dist/: `node build/build.js [--out DIR]`.
 * Finds which modules of others the sources name, has them bundled (or takes them from the cache), bundles the
 * components of force-app as they are together with the pages of src/, and writes index.html and headers.json.
 */
// @ts-check
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import lwc from '@lwc/rollup-plugin';
import { rollup } from 'rollup';
import { FORCE_APP, bundleFile, bundles } from './force-app.js';
import { platform } from './platform.js';
import { environment, fileOf, quiet, vendor } from './vendor.js';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const OURS = join(HERE, 'src/modules');
const ALWAYS = ['@lwc/synthetic-shadow', 'lwc'];

/**
 * @param {string} folder
 * @returns {string[]} all files below it
 */
function files(folder) {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('__tests__'))
        .map((entry) => join(entry.parentPath, entry.name));
}

/** @param {string} tag @returns {string} a module's name as templates write it: button-icon is lightning/buttonIcon */
const moduleOf = (tag) => `lightning/${tag.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())}`;

/**
 * @returns {string[]} the modules of others that templates and scripts name
 */
export function named() {
    const own = readdirSync(join(OURS, 'lightning')).map((name) => `lightning/${name}`);
    const found = new Set(ALWAYS);
    for (const file of [...files(join(HERE, 'src')), ...files(join(FORCE_APP, 'core/main/default/lwc'))]) {
        const text = ['.html', '.js'].includes(extname(file)) ? readFileSync(file, 'utf8') : '';
        const [shape, name] =
            extname(file) === '.html'
                ? [/<lightning-([a-z-]+)/g, moduleOf]
                : [/from '(lightning\/\w+)'/g, (/** @type {string} */ id) => id];
        for (const [, id] of text.matchAll(shape)) {
            found.add(name(id));
        }
    }
    return [...found].filter((name) => !own.includes(name)).sort();
}

/**
 * Names in force-app are looked up from here: the resolver of components asks for a package.json above the file
 * that imports, and force-app is no npm package.
 * @returns {import('rollup').Plugin}
 */
function fromHere() {
    return {
        name: 'from-here',
        resolveId(id, importer, options) {
            const bare = !id.startsWith('.') && !id.startsWith('/');
            return bare && importer?.startsWith(FORCE_APP)
                ? this.resolve(id, join(HERE, 'src/show.js'), { ...options, skipSelf: true })
                : null;
        }
    };
}

/** @param {string|Buffer} content */
const shortHash = (content) => createHash('sha256').update(content).digest('hex').slice(0, 10);

/**
 * @param {string} [out] the folder that is replaced
 * @returns {Promise<{fresh: boolean, vendorMs: number, pageMs: number}>}
 */
export async function build(out = join(HERE, 'dist')) {
    const began = performance.now();
    const names = named();
    /* Beside it first: whoever serves the folder meanwhile has the old one whole. */
    const half = `${out}.${process.pid}`;
    const assets = join(half, 'assets');
    mkdirSync(assets, { recursive: true });
    try {
        const { fresh, vendorMs } = await write(names, half, assets, began);
        rmSync(out, { recursive: true, force: true });
        renameSync(half, out);
        return { fresh, vendorMs, pageMs: performance.now() - began - vendorMs };
    } finally {
        rmSync(half, { recursive: true, force: true });
    }
}

/**
 * @param {string[]} names
 * @param {string} out
 * @param {string} assets
 * @param {number} began
 */
async function write(names, out, assets, began) {
    const { folder, fresh } = await vendor(names, assets);
    const vendorMs = performance.now() - began;

    const page = await rollup({
        input: join(HERE, 'src/boot.js'),
        external: names,
        plugins: [
            fromHere(),
            platform(),
            environment(),
            lwc({
                rootDir: join(HERE, 'src'),
                modules: [
                    { dir: OURS },
                    ...bundles().map((bundle) => ({ name: `c/${bundle}`, path: bundleFile(bundle) }))
                ],
                enableDynamicComponents: true
            })
        ],
        onwarn: (warning, say) => {
            if (warning.code === 'UNRESOLVED_IMPORT') {
                throw new Error(`${warning.message} (a module that neither force-app nor the page has)`);
            }
            return quiet(warning) ? undefined : say(warning);
        }
    });
    const { output } = await page.write({
        dir: assets,
        format: 'esm',
        entryFileNames: 'boot-[hash].js',
        chunkFileNames: 'page-[hash].js',
        paths: Object.fromEntries(names.map((name) => [name, `/assets/${folder}/${fileOf(name)}`]))
    });
    await page.close();

    const css = readFileSync(join(HERE, 'src/console.css'));
    const style = `console-${shortHash(css)}.css`;
    writeFileSync(join(assets, style), css);
    const html = readFileSync(join(HERE, 'src/index.html'), 'utf8')
        .replace('{slds}', `/assets/${folder}/slds.css`)
        .replace('{style}', `/assets/${style}`)
        .replace('{boot}', `/assets/${output.find((chunk) => chunk.type === 'chunk' && chunk.isEntry)?.fileName}`);
    writeFileSync(join(out, 'index.html'), html);
    cpSync(join(HERE, 'src/headers.json'), join(out, 'headers.json'));
    return { fresh, vendorMs };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const { values } = parseArgs({ options: { out: { type: 'string' } } });
    const { fresh, vendorMs, pageMs } = await build(values.out && resolve(values.out));
    const seconds = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(1)} s`;
    console.log(
        `console: base components ${fresh ? 'built' : 'from the cache'} ${seconds(vendorMs)}, page ${seconds(pageMs)}`
    );
}
