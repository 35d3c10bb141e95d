// @ts-check
/**
 * Being in the meeting, as the face sees it: keeps the snapshot at what the meeting shows, and carries out what a
 * person does there. Wishes (muted, camera on) outlive a connection; what is really sent is the wish, held back while
 * consent is missing.
 */
import { makeChat } from './chat.js';
import { openMeeting } from './meeting.js';
import { plainName } from './messages.js';
import { insideView, outsideView } from './snapshot.js';

const LEVEL_MS = 150;

/**
 * @typedef {object} Stay
 * @property {() => boolean} inside
 * @property {() => import('./ticket.js').Place|null} place
 * @property {(sdk: typeof import('amazon-chime-sdk-js'), place: import('./ticket.js').Place) => Promise<void>} enter
 * @property {() => Promise<void>} leave
 * @property {(open: {canSend: boolean, refused: boolean, waits: boolean}) => void} gate waits: nothing is sent yet,
 *   and nothing is wrong
 * @property {(input: import('./devices.js').Input) => void} input the stream of a device is another
 * @property {() => void} hint
 * @property {() => void} refresh
 * @property {(name: string) => void} introduce
 * @property {Pick<import('./state.js').Acts, 'mute'|'camera'|'share'|'hand'|'say'|'bindVideo'|'unbindVideo'|
 *   'bindAudio'|'unblockSound'>} act
 * @property {() => Promise<void>} speaker
 */

/**
 * @param {object} deps
 * @param {ReturnType<typeof import('./store.js').createStore<import('./state.js').RoomState>>} deps.store
 * @param {import('./devices.js').Devices} deps.devices
 * @param {Pick<Console, 'error'>} deps.console
 * @param {() => number} deps.now
 * @param {import('./timer.js').After} deps.after
 * @param {(count: number) => Uint8Array} deps.random
 * @param {boolean} deps.receiveOnly the recorder: sends nothing, not even its name
 * @param {object} deps.on
 * @param {() => void} deps.on.start
 * @param {() => void} deps.on.reconnecting
 * @param {(ending: import('./ending.js').Ending, place: import('./ticket.js').Place) => void} deps.on.end
 * @param {() => void} deps.on.recorders a recorder came or went
 * @param {() => void} deps.on.roster the roster of a connection has come: oneself is in it
 * @param {() => void} deps.on.hint
 * @param {(text: string) => void} deps.on.said an own line, for the meeting's log
 * @returns {Stay}
 */
export function makeStay({ store, devices, console, now, after, random, receiveOnly, on }) {
    /** @type {import('./meeting.js').Meeting|null} */
    let meeting = null;
    /** @type {HTMLAudioElement|null} */
    let element = null;
    const wish = { muted: false, camera: false };
    let canSend = true;
    let waits = false;
    const maySend = () => canSend && !waits;
    /** As often as the roster had told of oneself. */
    let listed = 0;
    let recorders = 0;
    let levels = false;

    const own = () => {
        const { self, ticket } = store.get();
        return { name: self.name, role: ticket?.role ?? null, own: self.nameOpen && self.name !== ticket?.name };
    };

    function refresh() {
        const { self, ticket } = store.get();
        if (!meeting) {
            store.set(outsideView(self, { muted: wish.muted, camera: devices.copyable('camera'), canSend }));
            return;
        }
        const sends = { camera: wish.camera && maySend(), canSend };
        const view = insideView(meeting, { self, own: own(), seatName: ticket?.name ?? '', sends });
        store.set(view);
        const told = meeting.roster().tellings();
        if (told !== listed) {
            listed = told;
            on.roster();
        }
        const { count } = view.recorder;
        if (count !== recorders) {
            recorders = count;
            on.recorders();
        }
    }

    function levelMoved() {
        if (!levels) {
            levels = true;
            after(LEVEL_MS, () => {
                levels = false;
                refresh();
            });
        }
    }

    const chat = makeChat({
        store,
        now,
        nameOf: (line) => (line.own ? own().name : meeting?.messages.named(line.attendeeId)?.name) ?? '',
        onSaid: on.said
    });

    async function hear() {
        const played = await element?.play?.()?.then(
            () => true,
            // Another stream or no stream yet is no refusal.
            (error) => error?.name !== 'NotAllowedError'
        );
        devices.soundBlocked(played === false);
    }

    const sendsCamera = () => wish.camera && maySend() && !receiveOnly;

    async function applyCamera() {
        await meeting?.sending.camera();
        refresh();
    }

    function applyMute() {
        meeting?.sending.mute();
        refresh();
    }

    /**
     * @param {import('./ending.js').Ending} ending
     * @param {import('./meeting.js').Meeting} past
     */
    function ended(ending, past) {
        if (meeting === past) {
            meeting = null;
            recorders = 0;
            devices.meter(true);
            refresh();
        }
        on.end(ending, past.place);
    }

    return {
        inside: () => meeting !== null,
        place: () => meeting?.place ?? null,
        refresh,
        async enter(sdk, place) {
            const opened = openMeeting({
                sdk,
                place,
                console,
                now,
                after,
                random,
                wish: {
                    microphone: () => (receiveOnly ? null : devices.copy('microphone')),
                    muted: () => receiveOnly || wish.muted || !maySend(),
                    sendsCamera,
                    camera: () => devices.copy('camera')
                },
                capture: () => devices.screen(),
                mayShare: () => meeting === opened && maySend() && !receiveOnly,
                on: {
                    change: () => meeting === opened && refresh(),
                    level: levelMoved,
                    start() {
                        if (!receiveOnly) {
                            opened.messages.introduce(own());
                        }
                        devices.meter(false);
                        void hear();
                        on.start();
                    },
                    reconnecting: on.reconnecting,
                    end: (ending) => ended(ending, opened),
                    line: chat.show,
                    hint: on.hint
                }
            });
            meeting = opened;
            listed = 0;
            try {
                await opened.audio(element);
                if (devices.view().chosen.speaker) {
                    await opened.speaker(devices.view().chosen.speaker);
                }
                await opened.start();
            } catch {
                // What could not be started ends as a lost connection, with its retries.
                await opened.leave();
                on.end('lost', place);
            }
        },
        leave: async () => void (await meeting?.leave()),
        gate(open) {
            if (!open.canSend && open.refused) {
                // Whoever refused is not switched on again when the recording is over: that is theirs to do.
                wish.muted = true;
                void devices.camera(false);
            }
            const [before, could] = [maySend(), canSend];
            ({ canSend, waits } = open);
            if (canSend) {
                meeting?.screen.pause(waits);
            } else if (could) {
                void meeting?.screen.share(false);
            }
            if (maySend() === before) {
                return;
            }
            applyMute();
            if (meeting) {
                void applyCamera();
            }
        },
        input(input) {
            if (input === 'microphone') {
                void meeting?.sending.microphone();
            } else {
                wish.camera = devices.copyable('camera');
                if (meeting) {
                    void applyCamera();
                } else {
                    refresh();
                }
            }
        },
        hint: () => meeting?.messages.hint(),
        introduce(name) {
            const { self } = store.get();
            store.set({ self: { ...self, name: plainName(name) || store.get().ticket?.name || '' } });
            if (store.get().phase === 'in') {
                meeting?.messages.introduce(own());
            }
        },
        speaker: async () => void (await meeting?.speaker(devices.view().chosen.speaker)),
        act: {
            mute(muted) {
                if (muted || canSend || !meeting) {
                    wish.muted = muted;
                    applyMute();
                }
            },
            async camera(wanted) {
                if (!wanted || canSend || !meeting) {
                    // The stream's coming or going is told to `input`, which switches the tile.
                    await devices.camera(wanted);
                }
            },
            share: async (wanted) => void (await meeting?.screen.share(wanted)),
            hand: (up) => meeting?.messages.raise(up),
            say: (text) => chat.say(text, meeting?.messages),
            bindVideo: (tileId, video) => meeting?.tiles().bind(tileId, video),
            unbindVideo: (tileId) => meeting?.tiles().unbind(tileId),
            bindAudio(audio) {
                element = audio;
                void meeting?.audio(audio).then(hear, () => {});
            },
            unblockSound: hear
        }
    };
}
