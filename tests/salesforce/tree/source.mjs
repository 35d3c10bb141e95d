/**
 * The source as the rules see it: every file of the package directories, by its path from the clone's root.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseXml } from './xml.mjs';

/**
 * @typedef {object} Finding
 * @property {string} file path from the clone's root
 * @property {string} message what is wrong, in words a person can act on
 */

/** The package directories that each one may lean on: what core names must be in core. */
const LEANS_ON = {
    core: ['core'],
    sales: ['core', 'sales'],
    service: ['core', 'service'],
    analytics: ['core', 'analytics'],
    german: ['core', 'german'],
    cdc: ['core', 'cdc']
};

export class Source {
    /** @param {Map<string, string>} files text by path */
    constructor(files) {
        this.files = files;
        this.#parsed = new Map();
    }

    #parsed;

    /**
     * Files of these roots; a later root's file replaces an earlier one's, as a fixture does with the clean project.
     *
     * @param {...string} roots folders that hold `force-app`
     * @returns {Source}
     */
    static read(...roots) {
        const files = new Map();
        for (const root of roots) {
            walk(root, 'force-app', files);
            walk(root, 'crates/contract/vectors', files);
        }
        return new Source(files);
    }

    /**
     * Files of these folders, by their path below the root.
     *
     * @param {string} root
     * @param {string[]} folders
     * @returns {Source}
     */
    static of(root, folders) {
        const files = new Map();
        folders.forEach((folder) => walk(root, folder, files));
        return new Source(files);
    }

    /**
     * @param {RegExp} pattern of the path
     * @returns {string[]} paths in order
     */
    paths(pattern) {
        return [...this.files.keys()].filter((path) => pattern.test(path)).sort();
    }

    /**
     * @param {string} path
     * @returns {string}
     */
    text(path) {
        return this.files.get(path) ?? '';
    }

    /**
     * @param {string} path
     * @returns {any} the content of the root element; nothing, if the file is no XML (the schema rule says so)
     */
    xml(path) {
        const parsed = this.parsed(path);
        return 'fault' in parsed ? {} : parsed.body;
    }

    /**
     * @param {string} path
     * @returns {ReturnType<typeof parseXml>}
     */
    parsed(path) {
        let parsed = this.#parsed.get(path);
        if (!parsed) {
            parsed = parseXml(this.text(path));
            this.#parsed.set(path, parsed);
        }
        return parsed;
    }

    /**
     * Metadata files of one kind.
     *
     * @param {string} suffix as in `Name.<suffix>-meta.xml`
     * @returns {{ path: string, name: string, xml: any }[]}
     */
    members(suffix) {
        const end = `.${suffix}-meta.xml`;
        return this.paths(/-meta\.xml$/)
            .filter((path) => path.endsWith(end))
            .map((path) => ({
                path,
                name: decodeURIComponent(basename(path).slice(0, -end.length)),
                xml: this.xml(path)
            }));
    }
}

/**
 * @param {string} path
 * @returns {string} the package directory a file belongs to
 */
export function packageOf(path) {
    return path.split('/')[1];
}

/**
 * Whether a file may name what another file defines.
 *
 * @param {string} from the file that names
 * @param {string} defined the file that defines
 * @returns {boolean}
 */
export function mayName(from, defined) {
    return (LEANS_ON[packageOf(from)] ?? []).includes(packageOf(defined));
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {Map<string, string>} files
 */
function walk(root, folder, files) {
    let entries;
    try {
        entries = readdirSync(join(root, folder), { withFileTypes: true });
    } catch {
        return;
    }
    for (const entry of entries) {
        const path = `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
            walk(root, path, files);
        } else {
            files.set(path, readFileSync(join(root, path), 'utf8'));
        }
    }
}
