// @ts-check
// What stands behind the pages: the emulated AWS account and org alone, or everything with the real bridge and recorder.
// Ports are any free ones; the programs tell which.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chime } from './chime.mjs';
import { Control } from './media.mjs';
import { Org } from './org.mjs';
import { LEFT_BEHIND, ROOT, binary } from './places.mjs';
import { Program } from './processes.mjs';
import { until } from './until.mjs';

/** The lines by which the emulator tells where its parts are. */
const PLACES = {
    org: /^The org\s+(\S+)/m,
    pubsub: /^Pub\/Sub API\s+(\S+)/m,
    aws: /^AWS account\s+(\S+)/m,
    control: /^Control\s+(\S+)/m,
    room: /^Room\s+(\S+)/m,
    console: /^Console\s+(\S+)/m
};

/** @typedef {Record<keyof typeof PLACES, string>} Places */

/** A port nobody uses now. */
async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    server.close();
    return port;
}

const PORTS = ['org', 'pubsub', 'aws', 'control', 'room', 'console', 'signaling', 'media'];

/**
 * The emulator alone: enough for the Chime SDK itself.
 *
 * @param {string} name of the log
 * @param {string[]} flags
 */
export async function startAccount(name, flags = ['--stand-in']) {
    const dir = mkdtempSync(join(tmpdir(), 'chime-browser-'));
    const args = ['run', '--data-dir', join(dir, 'emulator'), '--force-app', join(ROOT, 'force-app')];
    args.push('--bridge-settings', join(dir, 'bridge.toml'), '--bridge-admin', `127.0.0.1:${await freePort()}`);
    args.push(...PORTS.flatMap((port) => [`--${port}-port`, '0']));
    const program = new Program(binary('chime-emulator'), [...args, ...flags], {
        log: join(LEFT_BEHIND, `${name}-emulator.log`),
        cwd: ROOT,
        env: { RUST_LOG: process.env.RUST_LOG ?? 'info' }
    });
    const at = await program.says('the emulator says where it is', (said) => {
        const found = Object.entries(PLACES).map(([place, line]) => [place, said.match(line)?.[1]]);
        return found.every(([, url]) => url) && /** @type {Places} */ (Object.fromEntries(found));
    });
    return {
        at,
        dir,
        program,
        chime: new Chime(at.aws),
        control: new Control(at.control),
        org: new Org(at.org, join(dir, 'emulator')),
        /**
         * A record as it is, by the console's viewer: also while the org answers nobody.
         *
         * @param {string} object
         * @param {string} id
         * @returns {Promise<import('./org.mjs').Row>}
         */
        async asItIs(object, id) {
            const { records } = await (await fetch(`${at.console}/api/records/${object}?field=Id&value=${id}`)).json();
            return records[0].fields;
        },
        async stop() {
            await program.stop();
            rmSync(dir, { recursive: true, force: true });
        }
    };
}

/** Where a bridge tells how it stands. @param {string} dir with its settings */
export function adminOf(dir) {
    const listen = readFileSync(join(dir, 'bridge.toml'), 'utf8').match(/^listen = "(.+)"/m)?.[1];
    return `http://${listen}`;
}

/**
 * Settings for a login by the client's secret. The usual one, by a signed assertion, holds for minutes from the bridge's
 * time, and the bridge's clock stays where it is when the emulated world's jumps ahead.
 *
 * @param {string} dir
 */
export function bySecret(dir) {
    const file = join(dir, 'client-secret');
    writeFileSync(file, 'emulator-secret', { mode: 0o600 });
    return { 'salesforce.auth': 'client-credentials', 'salesforce.client_secret_file': file };
}

/**
 * The real bridge on an emulator; it can be killed and started again.
 *
 * @param {string} name of the log
 * @param {string} dir of the emulator, with the bridge's settings
 * @param {Record<string, string>} settings changed ones, such as `{'meeting.quiet_limit': '2000'}`
 */
export async function startBridge(name, dir, settings = {}) {
    const file = join(dir, 'bridge.toml');
    const changed = Object.entries(settings).map(([key, value]) => [
        `CHIME_BRIDGE_${key.toUpperCase().replace('.', '__')}`,
        value
    ]);
    const program = new Program(binary('chime-bridge'), ['--config', file, 'run'], {
        log: join(LEFT_BEHIND, `${name}-bridge.log`),
        env: {
            ...Object.fromEntries(changed),
            AWS_ACCESS_KEY_ID: 'emulator',
            AWS_SECRET_ACCESS_KEY: 'emulator',
            AWS_EC2_METADATA_DISABLED: 'true'
        }
    });
    await until(`the bridge is ready (log: ${program.log})`, async () => (await fetch(`${adminOf(dir)}/ready`)).ok);
    return program;
}

/**
 * Emulator, bridge and the real recorder: what a meeting needs from the click to the record.
 *
 * @param {string} name of the logs
 * @param {{settings?: Record<string, string>, flags?: string[]}} how
 */
export async function startAll(name, { settings = {}, flags = [] } = {}) {
    const account = await startAccount(name, flags);
    const bridge = await startBridge(name, account.dir, settings);
    return {
        ...account,
        bridge,
        async stop() {
            await this.bridge.stop('SIGTERM');
            await account.stop();
        }
    };
}
