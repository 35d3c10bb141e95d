/** The home-made rules over force-app, in this process. */
import { RULES } from '../rules/all.mjs';
import { count as queries } from '../rules/soql.mjs';
import { inspect } from '../rules/vectors.mjs';

/** What each rule looks at, so that a green run also says how much it saw. */
const LOOKED = {
    schema: ({ source }) => [source.paths(/-meta\.xml$/).length, 'metadata files against the WSDL types'],
    files: ({ source }) => [source.paths(/./).length, 'files: name, place, partner, API version'],
    lengths: ({ source }) => [source.paths(/-meta\.xml$/).length, 'metadata files: texts within what an org takes'],
    labels: ({ labels }) => [labels.size, 'labels: each used, each used one there'],
    'personal data': ({ objects }) => [objects.ourFields().length, 'fields'],
    'permission sets': ({ source }) => [source.members('permissionset').length, 'permission sets'],
    'parts of objects': ({ source }) => [
        source.paths(/\/(objects|sharingRules|pathAssistants|customMetadata)\//).length,
        'files'
    ],
    pages: ({ source }) => [
        source.paths(/\.(tab|app|flexipage|layout|quickAction)-meta\.xml$/).length,
        'tabs, apps, pages, layouts, actions'
    ],
    reports: ({ source }) => [
        source.paths(/\.(report|reportType|dashboard)-meta\.xml$/).length,
        'report types, reports, dashboards'
    ],
    'flow names': ({ source }) => [source.members('flow').length, 'flows'],
    'change events': ({ source }) => [source.members('platformEventChannelMember').length, 'channel members'],
    translations: ({ source }) => [source.paths(/ranslation-meta\.xml$/).length, 'translation files'],
    components: ({ source }) => [source.paths(/\.js-meta\.xml$/).length, 'component folders'],
    soql: (world) => [queries(world), 'queries: objects, fields, paths'],
    'apex shape': ({ apex }) => [apex.length, 'Apex files'],
    suppressions: ({ source }) => [
        source.paths(/\.(cls|trigger|js|html|css|xml)$/).length,
        'files: a switched-off rule has its reason'
    ],
    vectors: (world) => [inspect(world).rows, 'rows of the shared vectors']
};

export const STEPS = RULES.map((rule) => ({
    name: rule.name,
    about: '',
    /** @type {(place: import('./outcome.mjs').Place) => Promise<import('./outcome.mjs').Outcome>} */
    async run({ world }) {
        const [looked, note] = LOOKED[rule.name](world);
        const findings = rule.check(world);
        const wrong = rule.name === 'labels' ? findings.length : new Set(findings.map(({ file }) => file)).size;
        return {
            looked,
            passed: Math.max(0, looked - wrong),
            faults: findings.map(({ file, message }) => `${file}: ${message}`),
            note
        };
    }
}));
