// @ts-check
/**
 * Builds the room: `room/dist` with `index.html`, `headers.json` and `assets/` whose names hold the hash of what is in
 * them. With `--gallery`: `room/dist-gallery`, where each page can be looked at with made-up people.
 *
 * Promises: the new folder takes the old one's place in one step, so that a server never serves half a build; no source
 * maps.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { rollup } from 'rollup';
import { headers } from './headers.js';
import { at, rollupOptions } from './rollup.js';

const gallery = process.argv.includes('--gallery');
/** @type {import('rollup').OutputOptions} */
const NAMES = {
    entryFileNames: 'assets/[name]-[hash].js',
    chunkFileNames: ({ moduleIds }) =>
        moduleIds.some((id) => id.includes('/amazon-chime-sdk-js/'))
            ? 'assets/sdk-[hash].js'
            : 'assets/[name]-[hash].js'
};

/** @param {string} text */
const hash = (text) => createHash('sha256').update(text).digest('base64url').slice(0, 8);

/** @param {string} css */
const small = (css) =>
    css
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/\s+/g, ' ')
        .replace(/ ?([{};:,]) ?/g, '$1')
        .trim();

/**
 * @param {string} input the first module, from the room's folder
 * @param {string} target the folder that is made
 */
async function build(input, target) {
    const fresh = at(`${target}.new`);
    await rm(fresh, { recursive: true, force: true });
    await mkdir(`${fresh}/assets`, { recursive: true });
    const bundle = await rollup(rollupOptions(input));
    const { output } = await bundle.write({
        dir: fresh,
        format: 'es',
        generatedCode: 'es2015',
        ...NAMES
    });
    await bundle.close();
    const main = output.find((part) => part.type === 'chunk' && part.isEntry);
    const css = small(await readFile(at('src/styles.css'), 'utf8'));
    const styles = `assets/styles-${hash(css)}.css`;
    const page = await readFile(at('src/index.html'), 'utf8');
    await writeFile(`${fresh}/${styles}`, css);
    await writeFile(
        `${fresh}/index.html`,
        page.replaceAll('{main}', `./${main?.fileName}`).replaceAll('{styles}', `./${styles}`)
    );
    await writeFile(`${fresh}/headers.json`, `${JSON.stringify(headers(), null, 4)}\n`);
    await rm(at(target), { recursive: true, force: true });
    await rename(fresh, at(target));
    return output.map((part) => part.fileName);
}

const files = gallery ? await build('dev/gallery/gallery.js', 'dist-gallery') : await build('src/main.js', 'dist');
console.log(`${gallery ? 'dist-gallery' : 'dist'}: ${files.join(', ')}`);
