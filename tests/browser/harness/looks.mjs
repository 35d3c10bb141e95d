// @ts-check
// What a person looks and sounds like: a picture of one hue that moves, and a beep of one pitch. Chromium plays both as
// its camera and microphone. The beep is cut into short pieces, because noise suppression takes a steady tone away.
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEFT_BEHIND } from './places.mjs';

const [WIDTH, HEIGHT, RATE, FRAMES] = [320, 180, 15, 30];
const SAMPLES = 48_000;

/** @param {number} hue 0..360, full saturation @returns {[number, number, number]} */
export function rgb(hue) {
    const part = (/** @type {number} */ n) => {
        const k = (n + hue / 30) % 12;
        return Math.round(255 * (0.5 - 0.5 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    return [part(0), part(8), part(4)];
}

/**
 * One beep of 0.3 s and 0.2 s of silence, over and over.
 *
 * @param {number} hz
 */
function beeps(hz) {
    const count = SAMPLES * 2;
    const wav = Buffer.alloc(44 + count * 2);
    wav.write('RIFF', 0);
    wav.writeUInt32LE(36 + count * 2, 4);
    wav.write('WAVEfmt ', 8);
    wav.writeUInt32LE(16, 16);
    wav.writeUInt16LE(1, 20);
    wav.writeUInt16LE(1, 22);
    wav.writeUInt32LE(SAMPLES, 24);
    wav.writeUInt32LE(SAMPLES * 2, 28);
    wav.writeUInt16LE(2, 32);
    wav.writeUInt16LE(16, 34);
    wav.write('data', 36);
    wav.writeUInt32LE(count * 2, 40);
    for (let i = 0; i < count; i++) {
        const at = (i / SAMPLES) % 0.5;
        // Soft edges: a hard one is a click of all pitches.
        const loud = at > 0.3 ? 0 : Math.min(1, at / 0.01, (0.3 - at) / 0.01);
        wav.writeInt16LE(Math.round(12_000 * loud * Math.sin((2 * Math.PI * hz * i) / SAMPLES)), 44 + i * 2);
    }
    return wav;
}

/**
 * Two seconds of one hue with a white bar that crosses the picture.
 *
 * @param {number} hue
 */
function moving(hue) {
    const [r, g, b] = rgb(hue);
    const luma = Math.round(16 + 0.257 * r + 0.504 * g + 0.098 * b);
    const blue = Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b);
    const red = Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b);
    const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`)];
    for (let frame = 0; frame < FRAMES; frame++) {
        const y = Buffer.alloc(WIDTH * HEIGHT, luma);
        const u = Buffer.alloc((WIDTH * HEIGHT) / 4, blue);
        const v = Buffer.alloc((WIDTH * HEIGHT) / 4, red);
        const bar = Math.floor((frame * (WIDTH - 20)) / FRAMES / 2) * 2;
        for (let row = 0; row < HEIGHT; row++) y.fill(235, row * WIDTH + bar, row * WIDTH + bar + 16);
        for (let row = 0; row < HEIGHT / 2; row++) {
            const at = (row * WIDTH) / 2 + bar / 2;
            u.fill(128, at, at + 8);
            v.fill(128, at, at + 8);
        }
        parts.push(Buffer.from('FRAME\n'), y, u, v);
    }
    return Buffer.concat(parts);
}

/**
 * The file, made once.
 *
 * @param {string} name
 * @param {() => Buffer} make
 */
function kept(name, make) {
    const dir = join(LEFT_BEHIND, 'looks');
    mkdirSync(dir, { recursive: true });
    const path = join(dir, name);
    if (!existsSync(path)) {
        // Several tests may make it at a time: nobody must see half of it.
        const part = `${path}.${process.pid}`;
        writeFileSync(part, make());
        renameSync(part, path);
    }
    return path;
}

/** @param {number} hz */
export const voice = (hz) => kept(`beep-${hz}.wav`, () => beeps(hz));

/** @param {number} hue */
export const face = (hue) => kept(`hue-${hue}.y4m`, () => moving(hue));
