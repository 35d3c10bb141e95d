/**
 * Each file has its partner, its place, its name and the one API version.
 */
import { basename, dirname } from 'node:path';
import { objectOf } from '../tree/objects.mjs';

export const name = 'files';

export const API_VERSION = '66.0';

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check({ source, objects }) {
    const findings = [];
    const say = (file, message) => findings.push({ file, message });
    for (const path of source.paths(/\.(cls|trigger)$/)) {
        if (!source.files.has(`${path}-meta.xml`)) {
            say(path, 'has no -meta.xml beside it');
        }
        if (!/^Chime/.test(basename(path))) {
            say(path, 'the name of a class or trigger begins with Chime');
        }
    }
    for (const path of source.paths(/\.(cls|trigger)-meta\.xml$/)) {
        if (!source.files.has(path.replace('-meta.xml', ''))) {
            say(path, 'has no source beside it');
        }
    }
    for (const path of source.paths(/-meta\.xml$/)) {
        const version = source.xml(path).apiVersion;
        const wanted = /\.(cls|trigger|js|flow)-meta\.xml$/.test(path);
        if (wanted ? version !== API_VERSION : version !== undefined && version !== API_VERSION) {
            say(path, `apiVersion is ${version ?? 'missing'}, not ${API_VERSION}`);
        }
        if (/\.(permissionset|quickAction|flow|tab|app|flexipage)-meta\.xml$/.test(path)) {
            const own = basename(path)
                .split('.')
                .at(path.includes('.quickAction-') ? -3 : 0);
            if (!/^Chime/.test(own)) {
                say(path, 'its name begins with Chime');
            }
        }
    }
    for (const path of source.paths(/\/objects\/[^/]+\/[^/]+\/[^/]+-meta\.xml$/)) {
        const object = objectOf(path);
        const xml = source.xml(path);
        if (!objects.find(object, path)) {
            say(path, `no object ${object}`);
        }
        const own = basename(path).split('.')[0];
        if (xml.fullName !== undefined && xml.fullName !== own) {
            say(path, `fullName is ${xml.fullName}, the file's name says ${own}`);
        }
    }
    for (const path of source.paths(/\/lwc\/[^/]+\/[^/]+\.js$/)) {
        const folder = basename(dirname(path));
        if (!/^chime[A-Z]/.test(folder)) {
            say(path, 'the name of a component begins with chime');
        }
        if (basename(path) === `${folder}.js` && !source.files.has(`${path}-meta.xml`)) {
            say(path, 'has no .js-meta.xml beside it');
        }
    }
    return findings;
}
