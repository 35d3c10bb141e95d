// @ts-check
// Programs the tests start: each has a log and an end. `setpriv` asks the kernel to end a program with its parent,
// so that nothing outlives a test run that was killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { until } from './until.mjs';

/** @type {Set<Program>} */
const running = new Set();
process.on('exit', () => running.forEach((program) => program.child.kill('SIGKILL')));

/** A started program. */
export class Program {
    /**
     * @param {string} path
     * @param {string[]} args
     * @param {{log: string, env?: Record<string, string>, cwd?: string}} options `log` takes both of its outputs
     */
    constructor(path, args, { log, env = {}, cwd }) {
        this.log = log;
        const file = openSync(log, 'w');
        this.child = spawn('setpriv', ['--pdeathsig', 'KILL', path, ...args], {
            cwd,
            env: { ...process.env, ...env },
            stdio: ['ignore', file, file]
        });
        closeSync(file);
        running.add(this);
        this.ended = once(this.child, 'exit').then(([code, signal]) => {
            running.delete(this);
            return { code, signal };
        });
    }

    /** What it has said so far. */
    said() {
        return readFileSync(this.log, 'utf8');
    }

    get pid() {
        return this.child.pid;
    }

    /**
     * Waits until it has said something that `find` finds; an end before that is an error.
     *
     * @template T
     * @param {string} what
     * @param {(said: string) => T | false | undefined} find
     * @returns {Promise<T>}
     */
    async says(what, find) {
        const ended = () => this.child.exitCode ?? this.child.signalCode;
        const found = await until(
            what,
            () => find(this.said()),
            (seen) => Boolean(seen) || ended() !== null
        );
        if (!found) throw new Error(`${what}: ended with ${ended()}:\n${this.said().slice(-2_000)}`);
        return found;
    }

    /** Ends it as a machine that vanishes would. */
    async kill() {
        this.child.kill('SIGKILL');
        return this.ended;
    }

    /**
     * Asks it to end; after `patience` ms it is killed.
     *
     * @param {NodeJS.Signals} signal
     */
    async stop(signal = 'SIGINT', patience = 40_000) {
        if (!running.has(this)) return this.ended;
        this.child.kill(signal);
        const late = setTimeout(() => this.child.kill('SIGKILL'), patience);
        return this.ended.finally(() => clearTimeout(late));
    }
}

/**
 * Processes of one program below another, by the kernel's list.
 *
 * @param {number} ancestor
 * @param {string} program
 */
export function below(ancestor, program) {
    const all = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
                const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
                return [{ pid: Number(name), parent, line: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
            } catch {
                return []; // ended meanwhile
            }
        });
    const ours = new Set([ancestor]);
    for (let grown = true; grown;) {
        grown = false;
        for (const { pid, parent } of all) {
            if (ours.has(parent) && !ours.has(pid)) grown = Boolean(ours.add(pid));
        }
    }
    return all.filter(({ pid, line }) => pid !== ancestor && ours.has(pid) && line.split('\0')[0].endsWith(program));
}
