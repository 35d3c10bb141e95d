// @ts-check
/**
 * Lets Node load the plain modules among the components: `room/words` is `src/modules/room/words/words.js`.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const modules = new URL('../../src/modules/', import.meta.url);

registerHooks({
    resolve(specifier, context, next) {
        const name = /^room\/(\w+)$/.exec(specifier)?.[1];
        return next(name ? new URL(`room/${name}/${name}.js`, modules).href : specifier, context);
    }
});

/** @param {string} path from the room's folder */
export const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
