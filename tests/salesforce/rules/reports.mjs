/**
 * Report types, reports and dashboards name objects, relationships, columns, folders and reports that exist.
 */
import { everywhere, many } from '../tree/xml.mjs';

export const name = 'reports';

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    /** @type {Map<string, Set<string> | undefined>} report type to the columns it offers */
    const offered = new Map();
    for (const type of world.source.members('reportType')) {
        offered.set(
            `${type.name}__c`,
            reportType(world, type, (message) => findings.push({ file: type.path, message }))
        );
    }
    for (const report of world.source.members('report')) {
        const say = (message) => findings.push({ file: report.path, message });
        folder(world, report.path, 'reportFolder', say);
        columns(world, report, offered, say);
    }
    for (const dashboard of world.source.members('dashboard')) {
        const say = (message) => findings.push({ file: dashboard.path, message });
        folder(world, dashboard.path, 'dashboardFolder', say);
        for (const each of everywhere(dashboard.xml, 'report')) {
            if (!world.has('report', each, dashboard.path)) {
                say(`no report ${each}`);
            }
        }
    }
    return findings;
}

/** @type {(world: any, path: string, kind: string, say: (message: string) => void) => void} */
function folder(world, path, kind, say) {
    const own = path.split('/').at(-2);
    if (!world.has(kind, own, path)) {
        say(`no folder ${own}`);
    }
}

/** @type {(world: any, type: any, say: (message: string) => void) => Set<string> | undefined} */
function reportType(world, { path, xml }, say) {
    const tables = new Map();
    let object = xml.baseObject;
    let table = object;
    if (!world.objects.find(object, path)) {
        say(`no object ${object}`);
    }
    tables.set(table, object);
    for (let join = xml.join; join; join = join.join) {
        const list = world.objects.find(object, path)?.children.get(String(join.relationship).toLowerCase());
        if (!list) {
            say(`${object} has no list ${join.relationship}`);
            return undefined; // its columns would all be told as well
        }
        object = list.object;
        table = `${table}.${join.relationship}`;
        tables.set(table, object);
    }
    const columns = new Set();
    for (const column of many(xml.sections).flatMap((section) => many(section.columns))) {
        const own = tables.get(column.table);
        if (!own) {
            say(`no table ${column.table}`);
            continue;
        }
        // A report type calls Salesforce's own lookups by their relationship: Owner, CreatedBy.
        const lookup = world.objects.find(own, path)?.lookups.has(String(column.field).toLowerCase());
        const fault = world.objects.fault(own, String(column.field).replace(/__c\./g, '__r.'), path);
        if (fault && !lookup) {
            say(fault);
        }
        columns.add(`${column.table}$${column.field}`);
    }
    return columns;
}

/** @type {(world: any, report: any, offered: Map<string, Set<string>>, say: (message: string) => void) => void} */
function columns(world, { xml }, offered, say) {
    const known = offered.get(xml.reportType);
    if (!known) {
        if (/__c$/.test(xml.reportType) && !offered.has(xml.reportType)) {
            say(`no report type ${xml.reportType}`);
        }
        return;
    }
    const named = [
        ...many(xml.columns).map((each) => each.field),
        ...many(xml.groupingsDown).map((each) => each.field),
        ...many(xml.groupingsAcross).map((each) => each.field),
        ...many(xml.filter?.criteriaItems).map((each) => each.column),
        ...many(xml.timeFrameFilter).map((each) => each.dateColumn),
        xml.sortColumn
    ];
    named
        .filter((each) => each && each !== 'RowCount' && !known.has(each))
        .forEach((each) => say(`the report type ${xml.reportType} has no column ${each}`));
}
