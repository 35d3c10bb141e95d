// @ts-check
/**
 * One stay in one Chime meeting: from the place a ticket names to the end of the connection. What the SDK's observers
 * tell becomes one view; why a stay ended becomes one word. A meeting object is used once: coming back makes a new one.
 */
import { endingOf } from './ending.js';
import { openMessages } from './messages.js';
import { watchNetwork } from './network.js';
import { quietLogger } from './quiet.js';
import { watchRoster } from './roster.js';
import { makeSending } from './sending.js';
import { watchShare } from './share.js';
import { watchSpeaker } from './speaker.js';
import { watchTiles } from './tiles.js';

const LEAVE_MS = 2000;

/**
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
 * @property {Pick<import('./sending.js').Sending, 'mute'|'muted'|'microphone'|'camera'>} sending
 * @property {(element: HTMLAudioElement|null) => Promise<void>} audio
 * @property {(id: string|null) => Promise<void>} speaker
 */

/**
 * @param {object} deps
 * @param {typeof import('amazon-chime-sdk-js')} deps.sdk
 * @param {import('./ticket.js').Place} deps.place
 * @param {Pick<Console, 'error'>} deps.console
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {(count: number) => Uint8Array} deps.random
 * @param {import('./sending.js').Wish} deps.wish
 * @param {() => Promise<MediaStream>} deps.capture asks which screen to share
 * @param {() => boolean} deps.mayShare now
 * @param {object} deps.on
 * @param {() => void} deps.on.change
 * @param {() => void} deps.on.level
 * @param {() => void} deps.on.start also after each reconnection
 * @param {() => void} deps.on.reconnecting
 * @param {(ending: import('./ending.js').Ending) => void} deps.on.end at most once
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

    const sending = makeSending({ audioVideo, devices, wish, done });
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

    /** @param {import('./ending.js').Ending} ending @param {boolean} [stopped] the SDK itself said so */
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
        sending.release();
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
            sending.stands();
            on.start();
        },
        audioVideoDidStartConnecting(reconnecting) {
            if (reconnecting && !done()) {
                network.lost(true);
                sending.broken();
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
        sending,
        speaks: speaker.speaks,
        network: network.word,
        async start() {
            await sending.prepare();
            if (done()) {
                return;
            }
            started = true;
            audioVideo.start();
            sending.begun();
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
            sending.hide();
            audioVideo.realtimeMuteLocalAudio();
            if (started) {
                audioVideo.stop();
            } else {
                // What was not started yet is not started any more: there is nothing to wait for.
                end('left');
            }
            return left;
        },
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
