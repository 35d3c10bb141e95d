/**
 * Change Data Capture: members name channels and objects that exist, and filter on the header only, because a filter
 * on a field is judged by the record as it is at the time of a replay.
 */
export const name = 'change events';

/**
 * @param {import('../tree/names.mjs').World} world
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function check(world) {
    const findings = [];
    for (const { path, xml } of world.source.members('platformEventChannelMember')) {
        const say = (message) => findings.push({ file: path, message });
        if (!world.has('channel', xml.eventChannel, path)) {
            say(`no channel ${xml.eventChannel}`);
        }
        const object = String(xml.selectedEntity).replace(/__ChangeEvent$/, '__c');
        if (!world.objects.find(object, path)) {
            say(`no object ${object} for ${xml.selectedEntity}`);
        }
        const fields = String(xml.filterExpression ?? '')
            .replace(/'[^']*'/g, '')
            .match(/[A-Za-z_][\w.]*/g);
        for (const field of fields ?? []) {
            if (!/^(ChangeEventHeader\.\w+|AND|OR|NOT|LIKE)$/.test(field)) {
                say(`filters on ${field}, which is no part of the header`);
            }
        }
    }
    return findings;
}
