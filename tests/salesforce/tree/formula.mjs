/**
 * Names in a formula: fields, custom permissions, settings.
 */

/**
 * Says what a formula names that is not there.
 *
 * @param {string} formula
 * @param {string} object whose fields it names
 * @param {import('./names.mjs').World} world
 * @param {string} from the file that holds it
 * @returns {string[]}
 */
export function formulaFaults(formula, object, world, from) {
    const text = String(formula)
        .replace(/&quot;|&#34;/g, '"')
        .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
        .replace(/\/\*[\s\S]*?\*\//g, '');
    const faults = [];
    for (const [, permission] of text.matchAll(/\$Permission\.(\w+)/g)) {
        if (/^Chime/.test(permission) && !world.has('customPermission', permission, from)) {
            faults.push(`no custom permission ${permission}`);
        }
    }
    const own = text.replace(/\$\w+(\.\w+)*/g, '');
    for (const [path] of own.matchAll(/\b[A-Za-z]\w*(?:\.\w+)*\b/g)) {
        if (/__c$|__r\./.test(path)) {
            const fault = world.objects.fault(object, path, from);
            if (fault) {
                faults.push(fault);
            }
        }
    }
    return faults;
}
