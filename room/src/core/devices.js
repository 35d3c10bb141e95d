// @ts-check
/**
 * Cameras, microphones and speakers of this computer: asks for permission, holds the streams for preview and level,
 * hands copies to the meeting, and says in one word why a device cannot be used. Works before the Chime SDK is
 * loaded, so that the camera check need not wait for it.
 */
import { inputConstraints, screenConstraints } from './constraints.js';
import { listDevices } from './devicelist.js';
import { meterOf, playTone } from './sound.js';

/**
 * @typedef {import('./state.js').Devices} View
 * @typedef {'camera'|'microphone'} Input
 * @typedef {{mediaDevices?: MediaDevices}} Nav
 *
 * @typedef {object} Devices
 * @property {() => View} view
 * @property {(wanted: {camera: boolean, microphone: boolean}) => Promise<void>} prepare
 * @property {(kind: import('./state.js').DeviceKind, id: string) => Promise<void>} choose
 * @property {(on: boolean) => Promise<boolean>} camera true: the camera is as asked
 * @property {(kind: Input) => boolean} copyable there is a stream
 * @property {(kind: Input) => MediaStream|null} copy a stream of its own for the meeting
 * @property {() => Promise<MediaStream>} screen asks which screen to share; call in a click
 * @property {(element: HTMLVideoElement|null) => void} preview
 * @property {() => Promise<boolean>} testSpeaker
 * @property {(running: boolean) => void} meter
 * @property {(blocked: boolean) => void} soundBlocked
 * @property {() => void} release gives camera and microphone back
 * @property {() => Promise<void>} restore takes again what the last release gave back
 */

const FEATURE = { camera: 'camera', microphone: 'microphone' };

/**
 * @param {any} error what the browser said
 * @param {boolean} allowed by the policy of the page around
 * @returns {import('./state.js').DeviceCause}
 */
export function causeOf(error, allowed) {
    switch (error?.name) {
        case 'NotAllowedError':
        case 'SecurityError':
            return allowed ? 'permission' : 'policy';
        case 'NotFoundError':
        case 'OverconstrainedError':
            return 'missing';
        default:
            return 'busy';
    }
}

/**
 * @param {object} deps
 * @param {any} deps.window
 * @param {import('./timer.js').After} deps.after
 * @param {() => void} deps.onChange
 * @param {(kind: Input) => void} deps.onInput the stream of this input is another, or gone
 * @returns {Devices}
 */
export function openDevices({ window, after, onChange, onInput }) {
    const media = /** @type {MediaDevices|undefined} */ (window.navigator.mediaDevices);
    /** @param {string} feature */
    function allowed(feature) {
        const policy = window.document.permissionsPolicy ?? window.document.featurePolicy;
        return policy?.allowsFeature?.(feature) ?? true;
    }
    /** @type {Record<Input, MediaStream|null>} */
    const streams = { camera: null, microphone: null };
    /** @type {HTMLVideoElement|null} */
    let picture = null;
    let meter = { stop() {} };
    let metering = true;
    let held = { camera: false, microphone: false };
    /** @type {View} */
    let view = {
        cameras: [],
        microphones: [],
        speakers: [],
        chosen: { camera: null, microphone: null, speaker: null },
        problems: [],
        level: 0,
        asked: false,
        asking: false,
        canShare: typeof media?.getDisplayMedia === 'function' && allowed('display-capture'),
        soundBlocked: false
    };

    /** @param {Partial<View>} patch */
    function change(patch) {
        view = { ...view, ...patch };
        onChange();
    }

    /**
     * @param {Input} device
     * @param {import('./state.js').DeviceCause|null} cause
     */
    function judge(device, cause) {
        const others = view.problems.filter((problem) => problem.device !== device);
        change({ problems: cause ? [...others, { device, cause }] : others });
    }

    /** @param {Input} kind */
    function drop(kind) {
        streams[kind]?.getTracks().forEach((track) => track.stop());
        streams[kind] = null;
        if (kind === 'microphone') {
            meter.stop();
        } else if (picture) {
            picture.srcObject = null;
        }
    }

    /**
     * @param {Input} kind
     * @param {MediaStream} stream
     */
    function hold(kind, stream) {
        drop(kind);
        streams[kind] = stream;
        const [track] = stream.getTracks();
        track.addEventListener('ended', () => {
            if (streams[kind] === stream) {
                drop(kind);
                judge(kind, 'missing');
                onInput(kind);
            }
        });
        view = { ...view, chosen: { ...view.chosen, [kind]: track.getSettings().deviceId ?? null } };
        judge(kind, null);
        if (kind === 'camera') {
            preview(picture);
        } else {
            listen();
        }
        onInput(kind);
    }

    /**
     * @param {Input} kind
     * @param {string|null} id
     * @returns {Promise<boolean>}
     */
    async function ask(kind, id) {
        if (!media?.getUserMedia) {
            judge(kind, 'insecure');
            return false;
        }
        const wish = { [kind === 'camera' ? 'video' : 'audio']: inputConstraints(kind, id) };
        try {
            hold(kind, await media.getUserMedia(wish));
            return true;
        } catch (error) {
            if (id && /** @type {any} */ (error)?.name === 'OverconstrainedError') {
                // The chosen one is gone; another one is better than none.
                return ask(kind, null);
            }
            judge(kind, causeOf(error, allowed(FEATURE[kind])));
            return false;
        }
    }

    const list = async () => change(await listDevices(window));

    function listen() {
        meter.stop();
        const stream = streams.microphone;
        if (metering && stream) {
            meter = meterOf({ window, after, stream, onLevel: (level) => level !== view.level && change({ level }) });
        } else if (view.level !== 0) {
            change({ level: 0 });
        }
    }

    /** @param {HTMLVideoElement|null} element */
    function preview(element) {
        picture = element;
        if (element) {
            element.muted = true;
            element.srcObject = streams.camera;
            element.play?.()?.catch?.(() => {});
        }
    }

    /** @param {{camera: boolean, microphone: boolean}} wanted */
    async function prepare({ camera, microphone }) {
        change({ asking: true, asked: true });
        // One question for both where that is possible; apart only to learn which of them is at fault.
        let both = camera && microphone && Boolean(media?.getUserMedia);
        if (both) {
            const { chosen } = view;
            const wish = {
                audio: inputConstraints('microphone', chosen.microphone),
                video: inputConstraints('camera', chosen.camera)
            };
            try {
                const stream = await /** @type {MediaDevices} */ (media).getUserMedia(wish);
                hold('microphone', new window.MediaStream(stream.getAudioTracks()));
                hold('camera', new window.MediaStream(stream.getVideoTracks()));
            } catch {
                both = false;
            }
        }
        if (!both && microphone) {
            await ask('microphone', view.chosen.microphone);
        }
        if (!both && camera) {
            await ask('camera', view.chosen.camera);
        }
        await list();
        change({ asking: false });
    }

    media?.addEventListener?.('devicechange', () => void list());

    return {
        view: () => view,
        prepare,
        async choose(kind, id) {
            if (kind === 'speaker') {
                change({ chosen: { ...view.chosen, speaker: id } });
            } else if (kind === 'microphone' || streams.camera) {
                await ask(kind, id);
            } else {
                change({ chosen: { ...view.chosen, camera: id } });
            }
        },
        async camera(on) {
            if (!on) {
                drop('camera');
                onInput('camera');
                return true;
            }
            const done = streams.camera !== null || (await ask('camera', view.chosen.camera));
            if (done && view.cameras.every(({ label }) => !label)) {
                await list();
            }
            return done;
        },
        copyable: (kind) => streams[kind] !== null,
        copy: (kind) => streams[kind]?.clone() ?? null,
        screen: async () =>
            /** @type {MediaDevices} */ (media).getDisplayMedia(
                screenConstraints(/** @type {any} */ (media?.getSupportedConstraints?.() ?? {}))
            ),
        preview,
        testSpeaker: () => playTone({ window, after, sink: view.chosen.speaker }),
        meter(running) {
            metering = running;
            listen();
        },
        soundBlocked(blocked) {
            if (blocked !== view.soundBlocked) {
                change({ soundBlocked: blocked });
            }
        },
        release() {
            held = { camera: streams.camera !== null, microphone: streams.microphone !== null };
            drop('camera');
            drop('microphone');
            change({ level: 0, asked: false });
        },
        async restore() {
            if (held.camera || held.microphone) {
                await prepare(held);
            }
        }
    };
}
