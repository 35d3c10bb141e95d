/**
 * A fixture is the clean project with one thing changed: `fixtures/<rule>/<fault>.json` with
 *
 * - `about`: what is wrong, in words;
 * - `file`, and either `find` and `put` (the one place that is changed) or `text` (a new file) or `gone` (a deleted one);
 * - `also`: further places, where one change alone would be two faults;
 * - `expected`: exactly the findings, as `rule: file: message`.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Source } from '../tree/source.mjs';

const FOLDER = fileURLToPath(new URL('../fixtures', import.meta.url));

/** @returns {Source} the project without a fault */
export function clean() {
    return Source.read(join(FOLDER, 'clean'));
}

/**
 * @typedef {{ file: string, find?: string, put?: string, text?: string, gone?: boolean }} Change
 */

/**
 * @param {Change & { also?: Change[] }} fixture
 * @returns {Source} the clean project with its changes
 */
export function changed({ also = [], ...first }) {
    const files = new Map(clean().files);
    [first, ...also].forEach((change) => apply(files, change));
    return new Source(files);
}

/**
 * @param {Map<string, string>} files
 * @param {Change} change
 */
function apply(files, { file, find, put, text, gone }) {
    if (gone) {
        if (!files.delete(file)) {
            throw new Error(`${file} is not in the clean project`);
        }
    } else if (text !== undefined) {
        files.set(file, text);
    } else {
        const before = files.get(file) ?? '';
        if (before.split(find).length !== 2) {
            throw new Error(`"${find}" stands ${before.split(find).length - 1} times in ${file}`);
        }
        files.set(
            file,
            before.replace(find, () => put)
        );
    }
}

/** @returns {{ name: string, about: string, expected: string[] }[]} every fixture */
export function fixtures() {
    return readdirSync(FOLDER, { withFileTypes: true })
        .filter((each) => each.isDirectory() && !['clean', 'tools'].includes(each.name))
        .flatMap(({ name }) =>
            readdirSync(join(FOLDER, name)).map((file) => ({
                name: `${name}/${file.replace('.json', '')}`,
                ...JSON.parse(readFileSync(join(FOLDER, name, file), 'utf8'))
            }))
        );
}
