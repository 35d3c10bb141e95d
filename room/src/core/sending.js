// @ts-check
/**
 * What goes out into one meeting: microphone and camera, as wished at the moment they are ready. Off works at once;
 * on takes its time, and is asked for again when that time is over.
 */

/**
 * What is to be sent, asked anew whenever it is needed: devices take their time, and wishes change meanwhile.
 * @typedef {object} Wish
 * @property {() => MediaStream|null} microphone a copy
 * @property {() => boolean} muted
 * @property {() => boolean} sendsCamera
 * @property {() => MediaStream|null} camera a copy
 *
 * @typedef {object} Sending
 * @property {() => Promise<void>} prepare the devices are ready before the connection is begun
 * @property {() => void} begun the connection is begun: the camera may be shown
 * @property {() => void} broken the connection is made anew
 * @property {() => void} stands the connection stands
 * @property {() => void} mute as wished now
 * @property {() => boolean} muted
 * @property {() => Promise<void>} microphone another one, or none
 * @property {() => Promise<void>} camera as wished now
 * @property {() => void} hide the camera, at once
 * @property {() => void} release gives both copies back
 */

/**
 * @param {object} deps
 * @param {import('amazon-chime-sdk-js').AudioVideoFacade} deps.audioVideo
 * @param {import('amazon-chime-sdk-js').DeviceController} deps.devices
 * @param {Wish} deps.wish
 * @param {() => boolean} deps.done it is over, or being left
 * @returns {Sending}
 */
export function makeSending({ audioVideo, devices, wish, done }) {
    let started = false;
    let connecting = false;
    /** A microphone came while the SDK connected, which hands over to the connection only what it found before. */
    let late = false;
    /** @type {Record<'microphone'|'camera', MediaStream|null>} what the SDK holds of ours */
    const held = { microphone: null, camera: null };
    let shown = false;
    /** Each device is changed one time after the other: what was begun later is also done later. */
    const changes = { microphone: Promise.resolve(), camera: Promise.resolve() };

    /** @param {'microphone'|'camera'} kind */
    function drop(kind) {
        held[kind]?.getTracks().forEach((track) => track.stop());
        held[kind] = null;
    }

    function release() {
        drop('microphone');
        drop('camera');
        void devices.stopAudioInput().catch(() => {});
        void devices.stopVideoInput().catch(() => {});
    }

    /**
     * @param {'microphone'|'camera'} kind
     * @param {() => Promise<unknown>} change
     */
    function inTurn(kind, change) {
        const changed = changes[kind].then(async () => {
            try {
                await (done() ? undefined : change());
            } catch (error) {
                if (!done()) {
                    throw error;
                }
            }
            if (done()) {
                release();
            }
        });
        changes[kind] = changed.catch(() => {});
        return changed;
    }

    /** The SDK's mute is for the microphone of that moment, and does nothing when asked twice: this is for any. */
    function hush() {
        const on = !wish.muted();
        held.microphone?.getAudioTracks().forEach((track) => (track.enabled = on));
    }

    function mute() {
        if (wish.muted()) {
            audioVideo.realtimeMuteLocalAudio();
        } else {
            audioVideo.realtimeUnmuteLocalAudio();
        }
        hush();
    }

    function microphone() {
        return inTurn('microphone', async () => {
            late ||= connecting;
            held.microphone = wish.microphone();
            hush();
            await audioVideo.startAudioInput(held.microphone);
            hush();
        });
    }

    function show() {
        shown = true;
        audioVideo.startLocalVideoTile();
    }

    function hide() {
        drop('camera');
        if (shown) {
            shown = false;
            audioVideo.stopLocalVideoTile();
        }
    }

    async function applyCamera() {
        const stream = wish.sendsCamera() ? wish.camera() : null;
        if (stream) {
            held.camera = stream;
            await audioVideo.startVideoInput(stream).catch(() => drop('camera'));
        }
        if (held.camera && wish.sendsCamera() && !done()) {
            if (started) {
                show();
            }
        } else {
            hide();
            await audioVideo.stopVideoInput();
        }
    }

    function camera() {
        if (!wish.sendsCamera()) {
            // Off works at once; a camera that is just coming up finds out in its turn.
            hide();
        }
        return inTurn('camera', applyCamera);
    }

    return {
        async prepare() {
            mute();
            await microphone();
            if (wish.sendsCamera() && !done()) {
                await camera().catch(() => {});
            }
            if (!done()) {
                mute();
            }
        },
        begun() {
            started = true;
            connecting = true;
            if (held.camera && wish.sendsCamera()) {
                show();
            }
        },
        broken() {
            connecting = true;
        },
        stands() {
            connecting = false;
            if (late) {
                late = false;
                void microphone().catch(() => {});
            }
        },
        mute,
        muted: () => audioVideo.realtimeIsLocalAudioMuted(),
        microphone: () => microphone().catch(() => {}),
        camera: () => camera().catch(() => {}),
        hide,
        release
    };
}
