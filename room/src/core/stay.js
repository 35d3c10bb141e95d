// @ts-check
/**
 * Being in the meeting, as the face sees it: turns the parts of `meeting` into the people, tiles and marks of the
 * snapshot, and carries out what a person does there. Wishes (muted, camera on) outlive a connection; what is really
 * sent is the wish, held back while consent is missing.
 */
import { openMeeting } from './meeting.js';
import { plainName } from './messages.js';

const LEVEL_MS = 150;
const MOST_LINES = 500;
const TALK = { lines: 10, ms: 5000 };

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
 * @param {(ending: import('./meeting.js').Ending, place: import('./ticket.js').Place) => void} deps.on.end
 * @param {() => void} deps.on.recorders a recorder came or went
 * @param {() => void} deps.on.roster oneself is in the roster of a meeting that was entered
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
    let listed = false;
    let recorders = 0;
    let levels = false;
    /** @type {number[]} */
    let spoken = [];

    const own = () => {
        const { self, ticket } = store.get();
        return { name: self.name, role: ticket?.role ?? null, own: self.nameOpen && self.name !== ticket?.name };
    };

    function refresh() {
        const { self, ticket } = store.get();
        if (!meeting) {
            store.set({
                people: [],
                tiles: [],
                recorder: { present: false, count: 0 },
                network: null,
                self: {
                    ...self,
                    attendeeId: null,
                    muted: wish.muted,
                    camera: devices.copyable('camera'),
                    sharing: false,
                    hand: false,
                    canSend
                }
            });
            return;
        }
        const { messages, speaks } = meeting;
        const roster = meeting.roster();
        const tiles = meeting.tiles();
        const me = meeting.place.attendee.AttendeeId;
        const nameOf = (/** @type {string} */ id) => (id === me ? own() : messages.named(id));
        const people = roster.people().map((entry) => {
            const { attendeeId, seat, muted, volume, signal } = entry;
            const named = nameOf(attendeeId);
            return {
                attendeeId,
                seat: attendeeId === me ? self.seat || seat : seat,
                name: named?.name ?? '',
                ownWord: named?.own ?? false,
                role: named?.role ?? null,
                self: attendeeId === me,
                muted,
                speaking: speaks(attendeeId) && !muted,
                volume: Math.round(volume * 20) / 20,
                signal,
                hand: messages.hand(attendeeId),
                tile: tiles.cameraOf(attendeeId),
                content: roster.sharing(attendeeId)
            };
        });
        const count = roster.recorders();
        store.set({
            people,
            tiles: tiles.list().map((tile) => ({ ...tile, name: nameOf(tile.attendeeId)?.name ?? '' })),
            recorder: { present: count > 0, count },
            network: meeting.network(),
            self: {
                ...self,
                name: self.name || ticket?.name || '',
                attendeeId: me,
                muted: meeting.muted(),
                camera: wish.camera && maySend(),
                sharing: meeting.screen.on(),
                hand: messages.hand(me),
                canSend
            }
        });
        if (!listed && roster.people().some(({ attendeeId }) => attendeeId === me)) {
            listed = true;
            on.roster();
        }
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

    /**
     * Whoever wrote most gives way first: nobody pushes out what the others wrote.
     * @param {import('./state.js').ChatLine[]} chat
     */
    function shorten(chat) {
        if (chat.length <= MOST_LINES) {
            return chat;
        }
        /** @type {Map<string, number>} */
        const wrote = new Map();
        chat.forEach(({ attendeeId }) => wrote.set(attendeeId, (wrote.get(attendeeId) ?? 0) + 1));
        const [[most]] = [...wrote].sort(([, a], [, b]) => b - a);
        const oldest = chat.findIndex(({ attendeeId }) => attendeeId === most);
        return chat.filter((_line, index) => index !== oldest);
    }

    /** @param {import('./messages.js').Line} line */
    function line(line) {
        const name = (line.own ? own().name : meeting?.messages.named(line.attendeeId)?.name) ?? '';
        const { chat } = store.get();
        // Said again after a reconnection, it stays where it was.
        const at = chat.find(({ id }) => id === line.id)?.at ?? line.at;
        const others = chat.filter(({ id }) => id !== line.id);
        store.set({ chat: shorten([...others, { ...line, at, name }].sort((a, b) => a.at - b.at)) });
    }

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
        await meeting?.camera();
        refresh();
    }

    function applyMute() {
        meeting?.mute();
        refresh();
    }

    /**
     * @param {import('./meeting.js').Ending} ending
     * @param {import('./meeting.js').Meeting} ended
     */
    function ended(ending, ended) {
        if (meeting === ended) {
            meeting = null;
            recorders = 0;
            devices.meter(true);
            refresh();
        }
        on.end(ending, ended.place);
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
                    line,
                    hint: on.hint
                }
            });
            meeting = opened;
            listed = false;
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
            const before = maySend();
            ({ canSend, waits } = open);
            if (maySend() === before) {
                return;
            }
            if (before) {
                void meeting?.screen.share(false);
            }
            applyMute();
            if (meeting) {
                void applyCamera();
            }
        },
        input(input) {
            if (input === 'microphone') {
                void meeting?.microphone();
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
            mute(on) {
                if (on || canSend || !meeting) {
                    wish.muted = on;
                    applyMute();
                }
            },
            async camera(on) {
                if (!on || canSend || !meeting) {
                    // The stream's coming or going is told to `input`, which switches the tile.
                    await devices.camera(on);
                }
            },
            share: async (on) => void (await meeting?.screen.share(on)),
            hand: (up) => meeting?.messages.raise(up),
            say(text) {
                const words = text.trim();
                spoken = spoken.filter((at) => at > now() - TALK.ms);
                if (!meeting || words === '' || [...words].length > 2000 || spoken.length >= TALK.lines) {
                    return false;
                }
                const said = meeting.messages.say(words);
                if (said) {
                    spoken.push(now());
                    line(said);
                    on.said(words);
                }
                return said !== null;
            },
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
