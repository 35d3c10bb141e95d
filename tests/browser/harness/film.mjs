// @ts-check
// What is in a recording: its streams as ffprobe tells them, the colours of its picture and the pitches of its sound as
// FFmpeg decodes them.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [COLUMNS, ROWS] = [64, 36];

/** @param {string} tool @param {string[]} args */
function run(tool, args) {
    const done = spawnSync(tool, ['-v', 'error', ...args], { maxBuffer: 512 * 1024 * 1024 });
    const said = done.stderr.toString().trim();
    if (done.status !== 0 || said) throw new Error(`${tool} says of the recording: ${said || done.error}`);
    return done.stdout;
}

/**
 * Fetches what a link leads to.
 *
 * @param {string} link
 * @param {string} path
 */
export async function fetchFilm(link, path) {
    const answer = await fetch(link);
    if (!answer.ok) throw new Error(`the playback link answers ${answer.status}`);
    writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    return path;
}

/** @param {string} path */
export function streams(path) {
    const told = JSON.parse(
        run('ffprobe', [
            '-show_entries',
            'stream=codec_name,width,height:format=duration',
            '-of',
            'json',
            path
        ]).toString()
    );
    return {
        codecs: told.streams.map((/** @type {any} */ stream) => stream.codec_name).sort(),
        seconds: Number(told.format.duration)
    };
}

/**
 * The share of the picture that each hue fills, the most in any one frame; two frames a second are looked at. All of
 * the file is decoded, so an error in it is found too.
 *
 * @param {string} path
 * @param {number[]} hues
 */
export function hues(path, hues) {
    const filter = `fps=2,scale=${COLUMNS}:${ROWS}`;
    const pixels = run('ffmpeg', ['-i', path, '-vf', filter, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-']);
    const frame = COLUMNS * ROWS * 3;
    const most = hues.map(() => 0);
    let together = 0;
    for (let start = 0; start + frame <= pixels.length; start += frame) {
        const counts = hues.map(() => 0);
        for (let at = start; at < start + frame; at += 3) {
            const seen = hueOf(pixels[at], pixels[at + 1], pixels[at + 2]);
            if (seen === undefined) continue;
            hues.forEach((hue, i) => {
                const off = Math.abs(seen - hue) % 360;
                if (Math.min(off, 360 - off) < 25) counts[i] += 1;
            });
        }
        counts.forEach((count, i) => (most[i] = Math.max(most[i], count / (COLUMNS * ROWS))));
        if (counts.every((count) => count / (COLUMNS * ROWS) > 0.02)) together += 1;
    }
    return { most, together };
}

/** @param {number} r @param {number} g @param {number} b */
function hueOf(r, g, b) {
    const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
    const spread = most - least;
    if (spread < 80) return undefined;
    const sector = most === r ? ((g - b) / spread + 6) % 6 : most === g ? (b - r) / spread + 2 : (r - g) / spread + 4;
    return sector * 60;
}

/**
 * How loud each pitch is in the loudest half second, in dB below full scale (Goertzel's sum over half seconds).
 *
 * @param {string} path
 * @param {number[]} pitches
 */
export function tones(path, pitches) {
    const rate = 16_000;
    const bytes = run('ffmpeg', ['-i', path, '-ac', '1', '-ar', `${rate}`, '-f', 's16le', '-']);
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2));
    const window = rate / 2;
    return pitches.map((hz) => {
        const factor = 2 * Math.cos((2 * Math.PI * hz) / rate);
        let loudest = -200;
        for (let start = 0; start + window <= samples.length; start += window) {
            let [one, two] = [0, 0];
            for (let i = start; i < start + window; i++) [one, two] = [samples[i] / 32_768 + factor * one - two, one];
            const power = one * one + two * two - factor * one * two;
            loudest = Math.max(loudest, 10 * Math.log10((power * 4) / (window * window) + 1e-20));
        }
        return Math.round(loudest);
    });
}
