// @ts-check
/**
 * One stay in one Chime meeting: from the place a ticket names to the end of the connection. What the SDK's observers
 * tell becomes one view; why a stay ended becomes one word. A meeting object is used once: coming back makes a new one.
 */
import { openMessages } from './messages.js';
import { watchNetwork } from './network.js';
import { quietLogger } from './quiet.js';
import { watchRoster } from './roster.js';
import { watchShare } from './share.js';
import { watchSpeaker } from './speaker.js';
import { watchTiles } from './tiles.js';

const LEAVE_MS = 2000;

/**
 * Why a stay ended.
 * - `left`: we did it
 * - `elsewhere`: the same seat came in by another page
 * - `gone`: meeting or attendee are no more; only another ticket helps
 * - `full`: nobody more is let in
 * - `lost`: anything else; trying again may help
 * @typedef {'left'|'elsewhere'|'gone'|'full'|'lost'} Ending
 *
 * What is to be sent, asked anew whenever it is needed: devices take their time, and wishes change meanwhile.
 * @typedef {object} Wish
 * @property {() => MediaStream|null} microphone a copy
 * @property {() => boolean} muted
 * @property {() => boolean} sendsCamera
 * @property {() => MediaStream|null} camera a copy
 *
 * @typedef {object} Meeting
 * @property {import('./ticket.js').Place} place
 * @property {() => Promise<void>} start nothing, if it was left meanwhile
 * @property {() => Promise<void>} leave
 * @property {() => import('./roster.js').Roster} roster
 * @property {() => import('./tiles.js').Tiles} tiles
 * @property {import('./messages.js').Messages} messages
 * @property {(attendeeId: string) => boolean} speaks
 * @property {() => import('./state.js').RoomState['network']} network
 * @property {import('./share.js').Screen} screen
 * @property {() => void} mute as wished now
 * @property {() => boolean} muted
 * @property {() => Promise<void>} microphone another one, or none
 * @property {() => Promise<void>} camera as wished now
 * @property {(element: HTMLAudioElement|null) => Promise<void>} audio
 * @property {(id: string|null) => Promise<void>} speaker
 */

/**
 * @param {typeof import('amazon-chime-sdk-js')} sdk
 * @param {import('amazon-chime-sdk-js').MeetingSessionStatus} status
 * @returns {Ending}
 */
export function endingOf({ MeetingSessionStatusCode: Code }, status) {
    switch (status.statusCode()) {
        case Code.Left:
        case Code.OK:
            return 'left';
        case Code.AudioJoinedFromAnotherDevice:
            return 'elsewhere';
        case Code.MeetingEnded:
        case Code.AudioAttendeeRemoved:
        case Code.AudioAuthenticationRejected:
        case Code.SignalingBadRequest:
            return 'gone';
        case Code.AudioCallAtCapacity:
            return 'full';
        default:
            return 'lost';
    }
}

/**
 * @param {object} deps
 * @param {typeof import('amazon-chime-sdk-js')} deps.sdk
 * @param {import('./ticket.js').Place} deps.place
 * @param {Pick<Console, 'error'>} deps.console
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {(count: number) => Uint8Array} deps.random
 * @param {Wish} deps.wish
 * @param {() => Promise<MediaStream>} deps.capture asks which screen to share
 * @param {() => boolean} deps.mayShare now
 * @param {object} deps.on
 * @param {() => void} deps.on.change
 * @param {() => void} deps.on.level
 * @param {() => void} deps.on.start also after each reconnection
 * @param {() => void} deps.on.reconnecting
 * @param {(ending: Ending) => void} deps.on.end at most once
 * @param {(line: import('./messages.js').Line) => void} deps.on.line
 * @param {() => void} deps.on.hint
 * @returns {Meeting}
 */
export function openMeeting({ sdk, place, console, now, after, random, wish, capture, mayShare, on }) {
    const logger = quietLogger(console, [place.attendee.JoinToken], sdk.LogLevel.ERROR);
    const configuration = new sdk.MeetingSessionConfiguration(place.meeting, place.attendee);
    const devices = new sdk.DefaultDeviceController(logger, { enableWebAudio: false });
    const session = new sdk.DefaultMeetingSession(configuration, logger, devices);
    const { audioVideo } = session;
    const self = place.attendee.AttendeeId;
    let over = false;
    let leaving = () => {};
    /** @type {Promise<void>|null} */
    let left = null;
    const done = () => over || left !== null;
    let started = false;
    /** @type {Record<'microphone'|'camera', MediaStream|null>} what the SDK holds of ours */
    const held = { microphone: null, camera: null };
    let shown = false;
    /** Each device is changed one time after the other: what was begun later is also done later. */
    const changes = { microphone: Promise.resolve(), camera: Promise.resolve() };

    const network = watchNetwork({ onChange: on.change });
    const tiles = watchTiles({ audioVideo, onChange: on.change });
    const roster = watchRoster({
        audioVideo,
        self,
        onChange: on.change,
        onLevel: on.level,
        onNewcomer: (attendeeId) => messages.greet(attendeeId)
    });
    const speaker = watchSpeaker({ sdk, audioVideo, onChange: on.change });
    const screen = watchShare({
        audioVideo,
        capture,
        allowed: () => !done() && mayShare(),
        onChange: on.change
    });
    const messages = openMessages({
        audioVideo,
        self,
        now,
        after,
        random,
        isPerson: roster.has,
        onChange: on.change,
        onLine: on.line,
        onHint: on.hint
    });

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

    const applyMute = () =>
        wish.muted() ? audioVideo.realtimeMuteLocalAudio() : audioVideo.realtimeUnmuteLocalAudio();

    function microphone() {
        return inTurn('microphone', () => {
            held.microphone = wish.microphone();
            return audioVideo.startAudioInput(held.microphone);
        });
    }

    function showCamera() {
        shown = true;
        audioVideo.startLocalVideoTile();
    }

    function hideCamera() {
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
                showCamera();
            }
        } else {
            hideCamera();
            await audioVideo.stopVideoInput();
        }
    }

    function camera() {
        if (!wish.sendsCamera()) {
            // Off works at once; a camera that is just coming up finds out in its turn.
            hideCamera();
        }
        return inTurn('camera', applyCamera);
    }

    /** @param {Ending} ending @param {boolean} [stopped] the SDK itself said so */
    function end(ending, stopped = false) {
        leaving();
        if (over) {
            return;
        }
        over = true;
        messages.stop();
        screen.stop();
        if (!stopped) {
            audioVideo.stop();
        }
        release();
        void devices.destroy().catch(() => {});
        on.end(ending);
    }

    audioVideo.addObserver({
        audioVideoDidStart() {
            if (done()) {
                audioVideo.stop();
                return;
            }
            network.lost(false);
            on.start();
        },
        audioVideoDidStartConnecting(reconnecting) {
            if (reconnecting && !done()) {
                network.lost(true);
                on.reconnecting();
            }
        },
        audioVideoDidStop: (status) => end(endingOf(sdk, status), true)
    });
    audioVideo.addObserver(tiles.observer);
    audioVideo.addObserver(network.observer);
    session.eventController?.addObserver(network.events);
    audioVideo.realtimeSubscribeToFatalError(() => end('lost'));
    audioVideo.realtimeSubscribeToMuteAndUnmuteLocalAudio(on.change);

    return {
        place,
        roster: () => roster,
        tiles: () => tiles,
        messages,
        screen,
        speaks: speaker.speaks,
        network: network.word,
        muted: () => audioVideo.realtimeIsLocalAudioMuted(),
        async start() {
            applyMute();
            await microphone();
            if (wish.sendsCamera() && !done()) {
                await camera().catch(() => {});
            }
            if (done()) {
                return;
            }
            applyMute();
            started = true;
            audioVideo.start();
            if (held.camera && wish.sendsCamera()) {
                showCamera();
            }
        },
        leave() {
            if (left || over) {
                return left ?? Promise.resolve();
            }
            left = new Promise((gone) => {
                const cancel = after(LEAVE_MS, () => end('left'));
                leaving = () => {
                    cancel();
                    gone();
                };
            });
            screen.stop();
            hideCamera();
            audioVideo.realtimeMuteLocalAudio();
            if (started) {
                audioVideo.stop();
            } else {
                // What was not started yet is not started any more: there is nothing to wait for.
                end('left');
            }
            return left;
        },
        mute: applyMute,
        microphone: () => microphone().catch(() => {}),
        camera: () => camera().catch(() => {}),
        async audio(element) {
            if (element) {
                await audioVideo.bindAudioElement(element);
            } else {
                audioVideo.unbindAudioElement();
            }
        },
        speaker: async (id) => void (await audioVideo.chooseAudioOutput(id).catch(() => {}))
    };
}
