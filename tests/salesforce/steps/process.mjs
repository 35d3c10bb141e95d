/** Other programs: run to the end, their words kept. */
import { spawn } from 'node:child_process';

/** Groups of processes that still run: whoever ends this run ends them too, and Java's children with them. */
const running = new Set();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
        for (const group of running) {
            process.kill(-group, 'SIGTERM');
        }
        process.exit(1);
    });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number, out: string, err: string }>}
 */
export function run(command, args, options = {}) {
    return new Promise((resolve) => {
        const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
        running.add(child.pid);
        let out = '';
        let err = '';
        child.stdout.on('data', (data) => (out += data));
        child.stderr.on('data', (data) => (err += data));
        child.on('error', (error) => {
            running.delete(child.pid);
            resolve({ code: 127, out, err: `${err}${error.message}` });
        });
        child.on('close', (code) => {
            running.delete(child.pid);
            resolve({ code: code ?? 1, out, err });
        });
    });
}
