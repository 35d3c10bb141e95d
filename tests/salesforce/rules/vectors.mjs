/**
 * The rows that the Apex tests embed are the rows of the shared files, which the bridge's own tests run.
 */
export const name = 'vectors';

const BLOCK = /\/\/ vectors:begin (\S+)([\s\S]*?)\/\/ vectors:end/g;

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    for (const { path, message } of inspect(world).faults) {
        findings.push({ file: path, message });
    }
    return findings;
}

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {{ rows: number, faults: { path: string, message: string }[] }}
 */
export function inspect({ source }) {
    let rows = 0;
    const faults = [];
    for (const path of source.paths(/\.cls$/)) {
        const say = (message) => faults.push({ path, message });
        const text = source.text(path);
        const opened = (text.match(/\/\/ vectors:begin /g) ?? []).length;
        const blocks = [...text.matchAll(BLOCK)];
        if (opened !== blocks.length) {
            say('a block of vectors does not end');
        }
        for (const [, name, body] of blocks) {
            const file = `crates/contract/vectors/${name}`;
            if (!source.files.has(file)) {
                say(`no file ${name}`);
                continue;
            }
            const known = new Set(every(JSON.parse(source.text(file))).map(canonical));
            for (const json of literals(body)) {
                let parsed;
                try {
                    parsed = JSON.parse(json);
                } catch {
                    say(`${name}: a block is no JSON: ${json.slice(0, 60)}`);
                    continue;
                }
                for (const row of Array.isArray(parsed) ? parsed : [parsed]) {
                    rows += 1;
                    if (!known.has(canonical(row))) {
                        say(`${name} has no row ${JSON.stringify(row).slice(0, 80)}`);
                    }
                }
            }
        }
        if (path.endsWith('/ChimeVectorsTest.cls') && rows === 0 && faults.length === 0) {
            say('holds no vectors');
        }
    }
    return { rows, faults };
}

/**
 * The string literals of a block of Apex: those that are joined by `+` are one text.
 *
 * @param {string} body
 * @returns {string[]}
 */
function literals(body) {
    const code = body.replace(/^\s*\/\/.*$/gm, '');
    const joined = [];
    let end = -1;
    for (const match of code.matchAll(/'((?:[^'\\]|\\.)*)'/g)) {
        const text = match[1].replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped) => unescaped(escaped));
        if (end >= 0 && /^\s*\+\s*$/.test(code.slice(end, match.index))) {
            joined[joined.length - 1] += text;
        } else {
            joined.push(text);
        }
        end = match.index + match[0].length;
    }
    return joined;
}

/** @param {string} escaped what stands after the backslash */
function unescaped(escaped) {
    const known = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
    return escaped.startsWith('u') ? String.fromCharCode(parseInt(escaped.slice(1), 16)) : (known[escaped] ?? escaped);
}

/**
 * Every object in a file, however deep: a test may embed any of them.
 *
 * @param {any} value
 * @returns {any[]}
 */
function every(value) {
    if (Array.isArray(value)) {
        return value.flatMap(every);
    }
    return value && typeof value === 'object' ? [value, ...Object.values(value).flatMap(every)] : [];
}

/** @param {any} value */
function canonical(value) {
    if (Array.isArray(value)) {
        return `[${value.map(canonical).join()}]`;
    }
    if (value && typeof value === 'object') {
        return `{${Object.keys(value)
            .sort()
            .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
            .join()}}`;
    }
    return JSON.stringify(value);
}
