/** The home-made rules, in the order in which they are told. */
import * as schema from './schema.mjs';
import * as files from './layout-of-files.mjs';
import * as lengths from './lengths.mjs';
import * as labels from './labels.mjs';
import * as personalData from './personal-data.mjs';
import * as permissionSets from './permission-sets.mjs';
import * as partsOfObjects from './parts-of-objects.mjs';
import * as pages from './pages.mjs';
import * as reports from './reports.mjs';
import * as flows from './flows.mjs';
import * as changes from './changes.mjs';
import * as translations from './translations.mjs';
import * as components from './components.mjs';
import * as soql from './soql.mjs';
import * as apexShape from './apex-shape.mjs';
import * as suppressions from './suppressions.mjs';
import * as vectors from './vectors.mjs';

export const RULES = [
    schema,
    files,
    lengths,
    labels,
    personalData,
    permissionSets,
    partsOfObjects,
    pages,
    reports,
    flows,
    changes,
    translations,
    components,
    soql,
    apexShape,
    suppressions,
    vectors
];
