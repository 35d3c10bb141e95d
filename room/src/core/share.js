// @ts-check
/**
 * One's own shared screen. The browser asks which one; closing that question shares nothing and is no fault. What was
 * allowed when the question opened may be forbidden when it is answered, so it is judged again then, and once more
 * when the share stands. Sharing also ends by the browser's own button, of which the SDK tells.
 */

/**
 * @typedef {object} Screen
 * @property {() => boolean} on
 * @property {(on: boolean) => Promise<void>} share call in a click: the browser asks
 * @property {(on: boolean) => void} pause black and silent meanwhile
 * @property {() => void} stop also what is only about to be shared
 */

/**
 * @param {object} deps
 * @param {import('amazon-chime-sdk-js').AudioVideoFacade} deps.audioVideo
 * @param {() => Promise<MediaStream>} deps.capture the browser's question
 * @param {() => boolean} deps.allowed now
 * @param {() => void} deps.onChange
 * @returns {Screen}
 */
export function watchShare({ audioVideo, capture, allowed, onChange }) {
    let sharing = false;
    let asking = false;
    /** Raised by each stop: an answer to an older question is dropped. */
    let turn = 0;
    /** @type {MediaStream|null} */
    let held = null;

    /** @param {MediaStream|null} stream */
    const drop = (stream) => stream?.getTracks().forEach((track) => track.stop());

    function stop() {
        turn += 1;
        if (sharing || held) {
            drop(held);
            held = null;
            audioVideo.stopContentShare();
        }
    }

    audioVideo.addContentShareObserver({
        contentShareDidStart() {
            if (!allowed()) {
                drop(held);
                held = null;
                audioVideo.stopContentShare();
                return;
            }
            sharing = true;
            onChange();
        },
        contentShareDidStop() {
            held = null;
            sharing = false;
            onChange();
        }
    });

    async function ask() {
        const mine = turn;
        const stream = await capture();
        if (mine !== turn || !allowed()) {
            drop(stream);
            return;
        }
        held = stream;
        try {
            await audioVideo.startContentShare(stream);
        } catch {
            stop();
        }
        if (held !== stream || !allowed()) {
            // Stopped while it started: what came up meanwhile goes down again.
            drop(stream);
            audioVideo.stopContentShare();
        }
    }

    return {
        on: () => sharing,
        stop,
        pause: (on) => held?.getTracks().forEach((track) => (track.enabled = !on)),
        async share(on) {
            if (!on) {
                stop();
            } else if (!sharing && !held && !asking && allowed()) {
                asking = true;
                await ask().catch(() => {});
                asking = false;
            }
        }
    };
}
