// @ts-check
/**
 * Two small uses of Web Audio before a meeting: how loud the microphone is, and a short tone on the chosen speaker.
 * Where a browser has no Web Audio, the meter stays at rest and the tone is not played.
 */

const LOOK_MS = 100;
const TONE = { hertz: 440, seconds: 0.9, gain: 0.2 };
/** Speech of usual loudness fills about two thirds of the meter. */
const FULL = 0.25;

/**
 * @param {object} deps
 * @param {any} deps.window
 * @param {import('./timer.js').After} deps.after
 * @param {MediaStream} deps.stream
 * @param {(level: number) => void} deps.onLevel 0..1 in steps of a twentieth
 * @returns {{stop: () => void}}
 */
export function meterOf({ window, after, stream, onLevel }) {
    if (!window.AudioContext) {
        return { stop() {} };
    }
    let cancel = () => {};
    const context = new window.AudioContext();
    context.resume().catch(() => {});
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const look = () => {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        onLevel(Math.min(1, Math.round((Math.sqrt(power) / FULL) * 20) / 20));
        cancel = after(LOOK_MS, look);
    };
    look();
    return {
        stop() {
            cancel();
            context.close().catch(() => {});
        }
    };
}

/**
 * @param {object} deps
 * @param {any} deps.window
 * @param {import('./timer.js').After} deps.after
 * @param {string|null} deps.sink id of the speaker
 * @returns {Promise<boolean>} false if the browser would not play it
 */
export async function playTone({ window, after, sink }) {
    if (!window.AudioContext) {
        return false;
    }
    const context = new window.AudioContext();
    const element = new window.Audio();
    try {
        const tone = context.createOscillator();
        const volume = context.createGain();
        const out = context.createMediaStreamDestination();
        tone.frequency.value = TONE.hertz;
        // Rises and falls softly: a tone cut off clicks.
        volume.gain.setValueAtTime(0, context.currentTime);
        volume.gain.linearRampToValueAtTime(TONE.gain, context.currentTime + 0.05);
        volume.gain.setValueAtTime(TONE.gain, context.currentTime + TONE.seconds - 0.1);
        volume.gain.linearRampToValueAtTime(0, context.currentTime + TONE.seconds);
        tone.connect(volume).connect(out);
        element.srcObject = out.stream;
        if (sink && element.setSinkId) {
            await element.setSinkId(sink);
        }
        await context.resume();
        tone.start();
        await element.play();
        await new Promise((done) => after(TONE.seconds * 1000, () => done(undefined)));
        return true;
    } catch {
        return false;
    } finally {
        element.srcObject = null;
        context.close().catch(() => {});
    }
}
