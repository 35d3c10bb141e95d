// @ts-check
/**
 * The Chime SDK as far as the room uses it, moved by the test: each session is a list of observers and a record of
 * what was asked of it. The words of how a session ends are the SDK's own.
 */
import codes from 'amazon-chime-sdk-js/build/meetingsession/MeetingSessionStatusCode.js';

export const Code = /** @type {any} */ (codes).MeetingSessionStatusCode ?? codes;

/** One session, driven by hand. */
export class FakeSession {
    /** @param {any} configuration @param {Map<string, Promise<void>>} holds */
    constructor(configuration, holds) {
        this.holds = holds;
        this.self = configuration.attendee.AttendeeId;
        this.meetingId = configuration.meeting.MeetingId;
        /** @type {any[]} */
        this.observers = [];
        /** @type {any[]} */
        this.presences = [];
        /** @type {any[]} */
        this.screens = [];
        this.volumes = new Map();
        this.topics = new Map();
        /** @type {{topic: string, value: any, life: number}[]} */
        this.sent = [];
        /** @type {any[]} */
        this.audioInputs = [];
        /** @type {any} */
        this.video = null;
        this.muted = false;
        this.tile = false;
        this.asked = { start: 0, stop: 0, share: 0, unshare: 0 };
        /** @type {any} */
        this.speakers = null;
        this.audioVideo = this.facade();
    }

    facade() {
        const nothing = async () => {};
        return {
            addObserver: (/** @type {any} */ one) => this.observers.push(one),
            addContentShareObserver: (/** @type {any} */ one) => this.screens.push(one),
            realtimeSubscribeToAttendeeIdPresence: (/** @type {any} */ fn) => this.presences.push(fn),
            realtimeSubscribeToVolumeIndicator: (/** @type {string} */ id, /** @type {any} */ fn) =>
                this.volumes.set(id, fn),
            realtimeUnsubscribeFromVolumeIndicator: (/** @type {string} */ id) => this.volumes.delete(id),
            realtimeSubscribeToFatalError() {},
            realtimeSubscribeToMuteAndUnmuteLocalAudio: (/** @type {any} */ fn) => (this.onMute = fn),
            realtimeIsLocalAudioMuted: () => this.muted,
            realtimeMuteLocalAudio: () => this.mute(true),
            realtimeUnmuteLocalAudio: () => this.mute(false),
            realtimeSubscribeToReceiveDataMessage: (/** @type {string} */ topic, /** @type {any} */ fn) =>
                this.topics.set(topic, fn),
            realtimeUnsubscribeFromReceiveDataMessage: (/** @type {string} */ topic) => this.topics.delete(topic),
            realtimeSendDataMessage: (/** @type {string} */ topic, /** @type {string} */ text, life = 0) =>
                this.sent.push({ topic, value: JSON.parse(text), life }),
            subscribeToActiveSpeakerDetector: (/** @type {any} */ _policy, /** @type {any} */ fn) =>
                (this.speakers = fn),
            startAudioInput: async (/** @type {any} */ input) => {
                await this.holds.get('startAudioInput');
                this.audioInputs.push(input);
            },
            startVideoInput: async (/** @type {any} */ input) => {
                await this.holds.get('startVideoInput');
                this.video = input;
            },
            stopVideoInput: async () => void (this.video = null),
            startLocalVideoTile: () => this.ownTile(true),
            stopLocalVideoTile: () => this.ownTile(false),
            bindVideoElement: (/** @type {number} */ id, /** @type {any} */ element) => (this.bound = { id, element }),
            unbindVideoElement() {},
            bindAudioElement: nothing,
            unbindAudioElement() {},
            chooseAudioOutput: nothing,
            startContentShare: async (/** @type {any} */ _stream) => {
                this.asked.share += 1;
                await this.holds.get('startContentShare');
            },
            stopContentShare: () => (this.asked.unshare += 1),
            start: () => (this.asked.start += 1),
            stop: () => {
                this.asked.stop += 1;
                // As the SDK itself: what was never started says nothing when it is stopped.
                if (this.asked.start > 0) {
                    setImmediate(() => this.ends(Code.Left));
                }
            }
        };
    }

    /** As the SDK: asked twice it does nothing, and it switches only the input of this moment. @param {boolean} on */
    mute(on) {
        if (this.muted !== on) {
            this.muted = on;
            this.microphones().forEach((track) => (track.enabled = !on));
            this.onMute?.(on);
        }
    }

    /** @returns {any[]} the tracks of the newest input */
    microphones() {
        return this.audioInputs.at(-1)?.getAudioTracks() ?? [];
    }

    /** Whether anything but silence goes out. */
    sounds() {
        return this.microphones().some(({ enabled, stopped }) => enabled && !stopped);
    }

    /** @param {string} name @param {any[]} args */
    tell(name, ...args) {
        this.observers.forEach((one) => one[name]?.(...args));
    }

    /** The SDK keeps its tile when the camera goes off, and tells that it is empty. @param {boolean} on */
    ownTile(on) {
        this.tile = on;
        this.picture(1, this.self, { localTile: true, boundVideoStream: on ? this.video : null });
    }

    /** @param {number} tileId @param {string} attendeeId @param {object} [more] */
    picture(tileId, attendeeId, more = {}) {
        const content = attendeeId.includes('#');
        const state = { tileId, boundAttendeeId: attendeeId, isContent: content, localTile: false, paused: false };
        const size = { videoStreamContentWidth: 1280, videoStreamContentHeight: 720 };
        this.tell('videoTileDidUpdate', { boundVideoStream: {}, ...state, ...size, ...more });
    }

    started() {
        this.tell('audioVideoDidStart');
    }

    /** @param {number} code */
    ends(code) {
        this.tell('audioVideoDidStop', { statusCode: () => code });
    }

    /** @param {string} id @param {string} seat @param {boolean} [present] */
    presence(id, seat, present = true) {
        this.presences.forEach((fn) => fn(id, present, seat, false));
    }

    /** @param {string} topic @param {string} sender @param {any} value @param {boolean} [throttled] @param {number} [timestampMs] */
    message(topic, sender, value, throttled = false, timestampMs = 0) {
        const data = new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
        const json = () => JSON.parse(new TextDecoder().decode(data));
        this.topics.get(topic)?.({ topic, senderAttendeeId: sender, throttled, data, json, timestampMs });
    }
}

export function fakeSdk() {
    /** @type {FakeSession[]} */
    const sessions = [];
    /** @type {Map<string, Promise<void>>} */
    const holds = new Map();
    return {
        /**
         * Calls of this function are not answered before the test releases them.
         * @param {'startAudioInput'|'startVideoInput'|'startContentShare'} name
         */
        hold(name) {
            let release = () => {};
            holds.set(name, new Promise((done) => (release = done)));
            return () => {
                holds.delete(name);
                release();
            };
        },
        broken: false,
        sessions,
        last: () => sessions[sessions.length - 1],
        MeetingSessionStatusCode: Code,
        LogLevel: { ERROR: 3 },
        DefaultActiveSpeakerPolicy: class {},
        MeetingSessionConfiguration: class {
            /** @param {any} meeting @param {any} attendee */
            constructor(meeting, attendee) {
                this.meeting = meeting;
                this.attendee = attendee;
            }
        },
        DefaultDeviceController: class {
            async stopAudioInput() {}
            async stopVideoInput() {}
            async destroy() {}
        },
        DefaultMeetingSession: class {
            /** @param {any} configuration */
            constructor(configuration) {
                const session = new FakeSession(configuration, holds);
                sessions.push(session);
                this.audioVideo = session.audioVideo;
                this.eventController = { addObserver() {} };
            }
        }
    };
}
