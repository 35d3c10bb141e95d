/**
 * The templates of `config/salesforce` as an org gets them: filled with sample values by `fill.sh` itself, then judged
 * like force-app, and held to what they open. What `fill.sh` must refuse, it is asked for.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as schema from '../rules/schema.mjs';
import { Source } from '../tree/source.mjs';
import { convert } from './layout.mjs';
import { outcome } from './outcome.mjs';
import { run as execute } from './process.mjs';

export const name = 'org templates';
export const about = 'config/salesforce filled by fill.sh: metadata types, sf project convert source, what each opens';

const ROOM = 'https://room.example.com:8443';
const PLAYBACK = 'https://media.example.com';
const CONTACT = 'admin@example.com';
const SET = '0PS000000000001AAA';
const BEGIN = '-----BEGIN CERTIFICATE-----';
const CERTIFICATE = `${BEGIN}\nU2FtcGxl\n-----END CERTIFICATE-----`;

/** Elements that a template must hold; of a trusted URL and of the policies also all that may be true. */
const HELD = {
    'Chime_Room.cspTrustedSite': {
        values: { endpointUrl: ROOM, context: 'LEX' },
        on: ['canAccessCamera', 'canAccessMicrophone', 'isActive', 'isApplicableToFrameSrc']
    },
    'Chime_Playback.cspTrustedSite': {
        values: { endpointUrl: PLAYBACK, context: 'LEX' },
        on: ['isActive', 'isApplicableToMediaSrc']
    },
    'Chime_Bridge.eca': { values: { contactEmail: CONTACT, distributionState: 'Local' }, on: [] },
    'Chime_Bridge_Oauth.ecaOauth': { values: { commaSeparatedOauthScopes: 'Api' }, on: [] },
    'Chime_Bridge_Global.ecaGlblOauth': {
        values: { certificate: CERTIFICATE },
        on: ['isPkceRequired', 'isSecretRequiredForRefreshToken']
    },
    'Chime_Bridge_Policies.ecaOauthPlcy': {
        values: {
            commaSeparatedPermissionSet: SET,
            ipRelaxationPolicyType: 'Enforce',
            permittedUsersPolicyType: 'AdminApprovedPreAuthorized',
            refreshTokenPolicyType: 'Zero'
        },
        on: []
    }
};

/** What nobody may get a project from. */
const REFUSED = [
    ['a room without https', ['--room', 'http://room.example.com']],
    ['a room with a path', ['--room', `${ROOM}/meet`]],
    ['a room with a wildcard', ['--room', 'https://*.example.com']],
    ['a room of two lines', ['--room', `${ROOM}\n${PLAYBACK}`]],
    ['markup for a room', ['--room', 'https://a.example.com</endpointUrl>']],
    ['playback without https', ['--room', ROOM, '--playback', 'http://media.example.com']],
    ['half a sign-in', ['--room', ROOM, '--contact', CONTACT]]
];

/**
 * @param {import('./outcome.mjs').Place} place
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function run({ root, node, sf }) {
    const home = mkdtempSync(join(tmpdir(), 'chime-templates-'));
    try {
        const fill = (out, args) =>
            execute('sh', [join(root, 'config/salesforce/fill.sh'), '--out', join(home, out), ...args]);
        const sign = (file) => ['--contact', CONTACT, '--permission-set-id', SET, '--certificate', join(home, file)];
        writeFileSync(join(home, 'public.crt'), `${CERTIFICATE}\n`);
        writeFileSync(join(home, 'secret.crt'), `-----BEGIN PRIVATE KEY-----\n${CERTIFICATE}\n`);

        const filled = await fill('filled', ['--room', ROOM, '--playback', PLAYBACK, ...sign('public.crt')]);
        if (filled.code !== 0) {
            return outcome(0, [{ file: 'fill.sh', message: `exit ${filled.code}: ${filled.err.slice(0, 300)}` }]);
        }
        const project = JSON.parse(readFileSync(join(home, 'filled/sfdx-project.json'), 'utf8'));
        const folders = project.packageDirectories.map(({ path }) => path);
        const source = Source.of(join(home, 'filled'), folders);
        const findings = faults(source);
        for (const folder of folders) {
            const { fault } = await convert({ node, sf, home }, join(home, 'filled'), folder);
            findings.push(...(fault ? [{ file: folder, message: fault }] : []));
        }
        const wrong = [...REFUSED, ['a private key', ['--room', ROOM, ...sign('secret.crt')]]];
        for (const [index, [what, args]] of wrong.entries()) {
            const { code } = await fill(`refused-${index}`, args);
            if (code === 0 || existsSync(join(home, `refused-${index}`))) {
                findings.push({ file: `fill.sh (${what})`, message: 'is not refused' });
            }
        }
        mkdirSync(join(home, 'there'));
        if ((await fill('there', ['--room', ROOM])).code === 0) {
            findings.push({ file: 'fill.sh (a folder that is there)', message: 'is not refused' });
        }
        return { ...outcome(source.files.size + wrong.length + 1, findings), note: 'files and refusals' };
    } finally {
        rmSync(home, { recursive: true, force: true });
    }
}

/**
 * What is wrong with filled templates.
 *
 * @param {Source} source
 * @returns {import('../tree/source.mjs').Finding[]}
 */
export function faults(source) {
    const paths = source.paths(/-meta\.xml$/);
    const nameOf = (path) => path.split('/').at(-1).replace('-meta.xml', '');
    return [
        ...schema.check({ source }),
        ...paths.flatMap((path) =>
            HELD[nameOf(path)] ? held(path, source.xml(path), HELD[nameOf(path)]) : [unknown(path)]
        ),
        ...paths
            .filter((path) => /@[A-Z_]+@/.test(source.text(path)))
            .map((file) => ({ file, message: `is not filled: ${/@[A-Z_]+@/.exec(source.text(file))[0]}` })),
        ...Object.keys(HELD)
            .filter((each) => !paths.some((path) => nameOf(path) === each))
            .map((file) => ({ file, message: 'is not written' }))
    ];
}

/**
 * @param {string} file
 * @param {any} xml
 * @param {{ values: Record<string, string>, on: string[] }} held
 */
function held(file, xml, { values, on }) {
    const wrong = Object.entries(values)
        .filter(([element, value]) => xml[element] !== value)
        .map(([element, value]) => ({ file, message: `${element} is ${xml[element]}, not ${value}` }));
    const truths = Object.keys(xml).filter((element) => xml[element] === 'true');
    return [
        ...wrong,
        ...truths.filter((each) => !on.includes(each)).map((each) => ({ file, message: `${each} is on` })),
        ...on.filter((each) => !truths.includes(each)).map((each) => ({ file, message: `${each} is off` }))
    ];
}

/** @param {string} file */
function unknown(file) {
    return { file, message: 'is new: say in steps/templates.mjs what it must hold' };
}
