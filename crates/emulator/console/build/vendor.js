/**
 * Bundles what is not ours (the framework, the synthetic shadow, Lightning base components, their icons) once for
 * each lock file, into the user's cache: it takes twenty seconds, the page's own part takes two.
 * One file for each module that the page names, so that the page imports them by address and needs no import map.
 */
// @ts-check
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import lwc from '@lwc/rollup-plugin';
import replace from '@rollup/plugin-replace';
import { rollup } from 'rollup';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = '\0vendor:';

/** What every bundle of ours is told about where it runs. */
export const environment = () =>
    replace({
        preventAssignment: true,
        values: { 'process.env.NODE_ENV': '"production"', 'import.meta.env.SSR': 'false' }
    });

/** @param {string} name */
export const fileOf = (name) => `${name.replace(/^@/, '').replaceAll('/', '-')}.js`;

/** @param {string} name */
function codeOf(name) {
    if (name === '@lwc/synthetic-shadow') {
        return `import '@lwc/synthetic-shadow';`;
    }
    if (name === 'lwc') {
        return `export * from 'lwc';`;
    }
    return `export * from '${name}'; export { default } from '${name}';`;
}

/**
 * What the platform tells the base components where their package has constants: the user's time zone, language and
 * form factor. One gate is closed that the package opens: it lets the combobox use element internals, which the
 * synthetic shadow of Lightning Experience refuses.
 * @type {Record<string, string>}
 */
const PLATFORM = {
    '@salesforce/i18n/timeZone': 'document.documentElement.dataset.timeZone',
    '@salesforce/i18n/locale': 'document.documentElement.dataset.locale',
    '@salesforce/i18n/lang': 'document.documentElement.dataset.lang',
    '@salesforce/client/formFactor': `window.matchMedia('(max-width: 47.99em)').matches ? 'Small' : 'Large'`,
    '@salesforce/gate/bc.260.enableComboboxElementInternals': '{ isOpen: () => false }'
};

/** @returns {import('rollup').Plugin} */
function givenByPlatform() {
    return {
        name: 'given-by-platform',
        resolveId: { order: 'pre', handler: (id) => (id in PLATFORM ? ENTRY + id : null) },
        load: (id) => {
            const value = PLATFORM[id.slice(ENTRY.length)];
            return id.startsWith(ENTRY) && value ? `export default ${value};` : null;
        }
    };
}

/**
 * @param {string[]} names
 * @returns {import('rollup').Plugin}
 */
function entries(names) {
    return {
        name: 'vendor-entries',
        resolveId: { order: 'pre', handler: (id) => (id.startsWith(ENTRY) ? id : null) },
        load: (id) => {
            const name = id.slice(ENTRY.length);
            return id.startsWith(ENTRY) && names.includes(name) ? codeOf(name) : null;
        }
    };
}

/** @param {string[]} names */
function keyOf(names) {
    const hash = createHash('sha256');
    for (const file of ['package-lock.json', 'build/vendor.js']) {
        hash.update(readFileSync(join(HERE, file)));
    }
    return hash.update(names.join(' ')).digest('hex').slice(0, 12);
}

/**
 * @param {string[]} names modules that the page imports from outside force-app and this folder
 * @param {string} assets folder that receives a folder with one file for each of them, and what they share
 * @returns {Promise<{folder: string, fresh: boolean}>} that folder's name, another one for other content, and
 *   whether it had to be built; false if it came from the cache
 */
export async function vendor(names, assets) {
    const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
    const key = keyOf(names);
    const kept = join(cache, 'chime-bridge', `console-vendor-${key}`);
    const fresh = !existsSync(kept);
    if (fresh) {
        const half = `${kept}.${process.pid}`;
        try {
            await bundle(names, half);
            /* Another build may have been quicker; its files are the same. */
            if (existsSync(kept)) {
                rmSync(half, { recursive: true });
            } else {
                renameSync(half, kept);
            }
        } catch (error) {
            rmSync(half, { recursive: true, force: true });
            throw error;
        }
    }
    const folder = `vendor-${key}`;
    cpSync(kept, join(assets, folder), { recursive: true });
    return { folder, fresh };
}

/**
 * @param {string[]} names
 * @param {string} to
 */
async function bundle(names, to) {
    mkdirSync(to, { recursive: true });
    const build = await rollup({
        input: Object.fromEntries(names.map((name) => [fileOf(name).slice(0, -3), ENTRY + name])),
        plugins: [
            entries(names),
            givenByPlatform(),
            environment(),
            lwc({
                rootDir: join(HERE, 'src'),
                modules: [{ npm: 'lightning-base-components' }],
                enableDynamicComponents: true
            })
        ],
        onwarn: (warning, say) => (quiet(warning) ? undefined : say(warning))
    });
    await build.write({
        dir: to,
        format: 'esm',
        entryFileNames: '[name].js',
        chunkFileNames: 'shared-[hash].js',
        hoistTransitiveImports: false
    });
    await build.close();
    cpSync(
        join(
            HERE,
            'node_modules/@salesforce-ux/design-system/assets/styles/salesforce-lightning-design-system.min.css'
        ),
        join(to, 'slds.css')
    );
}

/**
 * Warnings about code that is not ours, which we can do nothing about.
 * @param {import('rollup').RollupLog} warning
 */
export const quiet = ({ code, id, loc }) =>
    code === 'CIRCULAR_DEPENDENCY' || /node_modules/.test(`${id ?? ''}${loc?.file ?? ''}`);
