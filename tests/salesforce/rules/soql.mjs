/**
 * Names in the queries that stand in Apex: objects, fields, paths over lookups and lists of children. The type
 * checker knows the objects of a query and not its fields.
 */
import { all, below, child, kind, line } from '../tree/apex.mjs';

export const name = 'soql';

/** Words that stand where a field may stand. */
const FUNCTIONS =
    /^(count|count_distinct|avg|min|max|sum|format|tolabel|convertcurrency|fields|calendar_\w+|day_\w+|hour_in_day|week_in_\w+|fiscal_\w+|grouping|distance)$/i;

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    for (const { path, node } of world.apex) {
        for (const query of all(node, 'Query')) {
            const say = (at, message) => findings.push({ file: path, message: `line ${line(at)}: ${message}` });
            inspect(world, query, undefined, path, say);
        }
    }
    return findings;
}

/**
 * How many queries there are, so that a run can say what it looked at.
 *
 * @param {import('../tree/names.mjs').World} world
 * @returns {number}
 */
export function count({ apex }) {
    return apex.reduce((sum, { node }) => sum + all(node, 'Query', 'SubQuery').length, 0);
}

/**
 * @param {import('../tree/names.mjs').World} world
 * @param {any} query `Query` or `SubQuery`
 * @param {string | undefined} parent object of the outer query
 * @param {string} from
 * @param {(at: any, message: string) => void} say
 */
function inspect(world, query, parent, from, say) {
    const { objects } = world;
    const source = below(child(query, 'FromNameList'));
    const named = source[0].getText();
    const list = parent && objects.find(parent, from)?.children.get(named.toLowerCase());
    if (parent && !list) {
        say(query, `${parent} has no list ${named}`);
        return;
    }
    const object = list ? list.object : named;
    if (!objects.find(object, from)) {
        say(query, `no object ${object}`);
        return;
    }
    const alias = source[1] && kind(source[1]) === 'SoqlId' ? source[1].getText().toLowerCase() : undefined;
    const aliases = new Set();
    for (const entry of all(query, 'SelectEntry', 'SubFieldEntry')) {
        const last = below(entry).at(-1);
        if (kind(last) === 'SoqlId' && below(entry).length > 1) {
            aliases.add(last.getText().toLowerCase());
        }
    }
    for (const field of fieldNames(query)) {
        const words = field.getText();
        const path = alias && words.toLowerCase().startsWith(`${alias}.`) ? words.slice(alias.length + 1) : words;
        if (FUNCTIONS.test(path) || aliases.has(path.toLowerCase())) {
            continue;
        }
        const fault = objects.fault(object, path, from);
        if (fault) {
            say(field, fault);
        }
    }
    for (const sub of subQueries(query)) {
        // A query in a condition (`Id IN (SELECT ...)`) names an object, one in the list of fields a list.
        const nested = sub.parentCtx && ['SelectEntry', 'SubFieldEntry'].includes(kind(sub.parentCtx));
        inspect(world, sub, nested ? object : undefined, from, say);
    }
}

/** Names of fields of this query, without those of the queries inside and without the bound Apex. */
function fieldNames(node) {
    return below(node).flatMap((each) => {
        if (['SubQuery', 'Query', 'BoundExpression', 'FromNameList'].includes(kind(each))) {
            return [];
        }
        return kind(each) === 'FieldName' ? [each] : fieldNames(each);
    });
}

/** The queries directly inside. */
function subQueries(node) {
    return below(node).flatMap((each) => {
        if (kind(each) === 'BoundExpression') {
            return [];
        }
        return kind(each) === 'SubQuery' ? [each] : subQueries(each);
    });
}
