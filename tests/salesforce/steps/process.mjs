/** Other programs: run to the end, their words kept. */
import { spawn } from 'node:child_process';

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{ code: number, out: string, err: string }>}
 */
export function run(command, args, options = {}) {
    return new Promise((resolve) => {
        const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
        let out = '';
        let err = '';
        child.stdout.on('data', (data) => (out += data));
        child.stderr.on('data', (data) => (err += data));
        child.on('error', (error) => resolve({ code: 127, out, err: `${err}${error.message}` }));
        child.on('close', (code) => resolve({ code: code ?? 1, out, err }));
    });
}
