// @ts-check
/**
 * What is asked of the browser for a camera, a microphone and a screen.
 */

/**
 * @param {'camera'|'microphone'} kind
 * @param {string|null} id the chosen one, or any
 * @returns {MediaTrackConstraints}
 */
export function inputConstraints(kind, id) {
    const wish = id ? { deviceId: { exact: id } } : {};
    return kind === 'camera'
        ? { ...wish, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24 } }
        : { ...wish, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
}

/**
 * Sound is asked for where the browser can give it, which it says by knowing how to treat the sound of a screen, and
 * in such a way that the others never hear themselves: all sound of the computer only if the browser takes this page's
 * own out of it, otherwise that of the shared tab alone.
 * @param {Record<string, boolean>} known the constraints that the browser supports
 * @returns {DisplayMediaStreamOptions}
 */
export function screenConstraints({ restrictOwnAudio = false, suppressLocalAudioPlayback = false }) {
    const video = { frameRate: { max: 15 } };
    if (restrictOwnAudio) {
        return /** @type {any} */ ({ video, audio: { restrictOwnAudio: true } });
    }
    return /** @type {any} */ (
        suppressLocalAudioPlayback ? { video, audio: true, systemAudio: 'exclude' } : { video, audio: false }
    );
}
