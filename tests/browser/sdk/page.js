// @ts-check
// A page with nothing but the Chime SDK, as npm has it: what it says here, it says to the emulator's Chime. Driven by
// client.mjs through `window.client`; all that its observers are told stands in `client.log`.
import {
    ConsoleLogger,
    DefaultActiveSpeakerPolicy,
    DefaultDeviceController,
    DefaultMeetingSession,
    LogLevel,
    MeetingSessionConfiguration
} from 'amazon-chime-sdk-js';

/** @typedef {{what: string, at: number, [more: string]: unknown}} Told */

/** @type {Told[]} */
const log = [];
/** Who is here, as the roster says: attendee → seat. @type {Record<string, string>} */
const roster = {};
/** @type {Record<string, boolean>} */
const muted = {};
/** @type {string[]} */
let speakers = [];
/** @type {DefaultMeetingSession} */
let session;

const tell = (/** @type {string} */ what, more = {}) => log.push({ what, at: Math.round(performance.now()), ...more });

/** @type {import('amazon-chime-sdk-js').AudioVideoObserver & import('amazon-chime-sdk-js').ContentShareObserver} */
const observer = {
    audioVideoDidStart: () => tell('started'),
    audioVideoDidStartConnecting: (again) => tell(again ? 'reconnecting' : 'connecting'),
    audioVideoDidStop: (status) => tell('stopped', { code: status.statusCode() }),
    connectionDidBecomePoor: () => tell('poor'),
    contentShareDidStart: () => tell('share started'),
    contentShareDidStop: () => tell('share stopped'),
    videoTileDidUpdate(tile) {
        if (!tile.tileId) return;
        let video = /** @type {HTMLVideoElement | null} */ (document.getElementById(`tile-${tile.tileId}`));
        if (!video) {
            video = document.createElement('video');
            video.id = `tile-${tile.tileId}`;
            [video.width, video.height, video.muted] = [320, 180, true];
            document.body.append(video);
        }
        video.dataset.name = `${tile.localTile ? 'own ' : ''}${tile.isContent ? 'content' : 'camera'}`;
        session.audioVideo.bindVideoElement(tile.tileId, video);
    },
    videoTileWasRemoved: (id) => document.getElementById(`tile-${id}`)?.remove()
};

/** Joins with this person's microphone, or to receive only. */
async function join(/** @type {object} */ meeting, /** @type {object} */ attendee, { silent = false } = {}) {
    const logger = new ConsoleLogger('sdk', LogLevel.WARN);
    const devices = new DefaultDeviceController(logger);
    session = new DefaultMeetingSession(new MeetingSessionConfiguration(meeting, attendee), logger, devices);
    const av = session.audioVideo;
    av.addObserver(observer);
    av.addContentShareObserver(observer);
    av.realtimeSubscribeToAttendeeIdPresence((id, present, seat, dropped) => {
        tell('presence', { id, present, seat, dropped });
        if (present) roster[id] = seat ?? '';
        else delete roster[id];
        if (!present) av.realtimeUnsubscribeFromVolumeIndicator(id);
        else av.realtimeSubscribeToVolumeIndicator(id, (who, _volume, mute) => mute !== null && (muted[who] = mute));
    });
    av.subscribeToActiveSpeakerDetector(new DefaultActiveSpeakerPolicy(), (ids) => (speakers = ids));
    av.realtimeSubscribeToReceiveDataMessage('test', (message) =>
        tell('message', { text: message.text(), from: message.senderAttendeeId })
    );
    const audio = document.createElement('audio');
    document.body.append(audio);
    await av.bindAudioElement(audio);
    if (!silent) {
        const [microphone] = await av.listAudioInputDevices(true);
        await av.startAudioInput(microphone.deviceId);
    }
    av.start();
}

/** Turns the camera on, or off. */
async function camera(/** @type {boolean} */ on) {
    const av = session.audioVideo;
    if (!on) {
        av.stopLocalVideoTile();
        return av.stopVideoInput();
    }
    const [device] = await av.listVideoInputDevices(true);
    await av.startVideoInput(device.deviceId);
    av.startLocalVideoTile();
}

/** Shares a drawn picture of one colour, as a screen would be shared; stops without one. */
async function share(/** @type {string} */ colour) {
    if (!colour) return session.audioVideo.stopContentShare();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 360];
    const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    let step = 0;
    setInterval(() => {
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 640, 360);
        brush.fillStyle = 'white';
        brush.fillRect((step++ * 8) % 640, 0, 16, 360);
    }, 100);
    await session.audioVideo.startContentShare(canvas.captureStream(10));
}

Object.assign(window, {
    client: {
        log,
        roster,
        muted,
        join,
        camera,
        share,
        speakers: () => speakers,
        mute: (/** @type {boolean} */ on) =>
            on ? session.audioVideo.realtimeMuteLocalAudio() : session.audioVideo.realtimeUnmuteLocalAudio(),
        say: (/** @type {string} */ text) => session.audioVideo.realtimeSendDataMessage('test', text, 10_000),
        leave: () => session.audioVideo.stop()
    }
});
