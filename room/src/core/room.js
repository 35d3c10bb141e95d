// @ts-check
/**
 * The room without a face. Reads the way in, holds one visit at a time, listens to the Salesforce page or tells the
 * recorder, and offers the face one snapshot and a list of acts. Everything outside (clock, chance, network, window,
 * Chime SDK) is handed in.
 *
 * Join key and host proof live in this module's variables only, and only as long as the visit needs them.
 */
import { openDevices } from './devices.js';
import { ownWindow, readEntry } from './entry.js';
import { seatOf } from './keys.js';
import { newsOf, openPort } from './port.js';
import { reportToRecorder } from './recorder.js';
import { initialState } from './state.js';
import { createStore } from './store.js';
import { timersOf } from './timer.js';
import { startVisit } from './visit.js';

/**
 * @typedef {{key: string, power: import('./entry.js').HostPower|null, justIssued: boolean, recorder: boolean}} Pass
 */

/**
 * @param {object} deps
 * @param {any} deps.window
 * @param {import('./state.js').Settings|Promise<import('./state.js').Settings>} deps.settings
 * @param {() => Promise<typeof import('amazon-chime-sdk-js')>} deps.sdk called when it is needed; again after a failure
 * @param {() => number} deps.now epoch milliseconds
 * @param {(count: number) => Uint8Array} deps.random bytes of a secure source
 * @param {typeof globalThis.fetch} deps.fetch
 * @param {(reason: import('./state.js').Reason) => string} [deps.words] a reason in words, for the Salesforce page
 * @returns {import('./state.js').Room}
 */
export function createRoom({ window, settings, sdk, now, random, fetch, words = ({ text = '' }) => text }) {
    const after = timersOf(window);
    const store = createStore(initialState());
    /** @type {Pass|null} */
    let pass = null;
    /** @type {import('./visit.js').Visit|null} */
    let visit = null;
    /** @type {import('./state.js').Settings|null} */
    let known = null;
    let turn = 0;
    /** @type {HTMLAudioElement|null} */
    let audio = null;
    const devices = openDevices({
        window,
        after,
        onChange: () => store.set({ devices: devices.view() }),
        onInput: (input) => visit?.stay.input(input)
    });

    /**
     * @param {import('./state.js').ReasonCode} code
     */
    const refuse = (code) => store.set({ phase: 'refused', reason: { code } });

    /** What this browser lacks, if anything. */
    function lacks() {
        if (!window.crypto?.subtle) {
            return window.isSecureContext === false ? 'insecure' : 'no-webcrypto';
        }
        return window.RTCPeerConnection ? null : 'unsupported';
    }

    /** @param {Pass} next */
    async function open(next) {
        if (visit && pass?.key === next.key) {
            // The page around was loaded anew, or renewed its power: same seat, same visit.
            pass = { ...pass, power: next.power };
            visit.power(next.power);
            return;
        }
        turn += 1;
        const mine = turn;
        pass = next;
        await visit?.close();
        visit = null;
        const lack = lacks();
        if (lack || !known) {
            return refuse(lack ?? 'no-settings');
        }
        const seat = await seatOf(next.key, known.orgId);
        if (mine !== turn) {
            return;
        }
        if (!seat) {
            return refuse('wrong-link');
        }
        const { embedded, popout, view, locale } = store.get();
        store.set({ ...initialState(), devices: devices.view(), embedded, popout, view, locale, phase: 'looking' });
        visit = startVisit({
            window,
            fetch,
            now,
            after,
            random,
            sdk,
            door: known.signals,
            seat,
            power: next.power,
            justIssued: next.justIssued,
            recorder: next.recorder,
            store,
            devices
        });
        visit.stay.act.bindAudio(audio);
    }

    /** @param {import('./port.js').FromComponent} message */
    function hear(message) {
        switch (message.type) {
            case 'open': {
                const { key, hostExpires, hostProof, justIssued, locale } = message;
                const power = hostExpires && hostProof ? { exp: hostExpires, proof: hostProof } : null;
                store.set({ locale });
                return open({ key, power, justIssued, recorder: false });
            }
            case 'leave':
                return act.leave();
            case 'consent':
                return act.consent(message.given);
            case 'record':
                return act.record();
            case 'stop':
                return act.stopRecording();
            case 'end':
                return act.end();
            case 'remove':
                return act.remove(message.seat);
        }
    }

    function start() {
        const entry = readEntry(window);
        store.set({ locale: window.navigator.language ?? null });
        const height = { value: 0 };
        /** @type {ReturnType<typeof openPort>|null} */
        let port = null;
        if (entry.kind === 'frame') {
            store.set({ embedded: true });
            port = openPort({ window, onMessage: (message) => void hear(message) });
            const news = (/** @type {import('./state.js').RoomState} */ state) => {
                const size = height.value > 0 ? [{ type: 'resize', height: height.value }] : [];
                port?.tell([...newsOf(state, words), ...size]);
            };
            store.subscribe(news);
            resize = (/** @type {number} */ value) => {
                height.value = value;
                news(store.get());
            };
        } else if (entry.kind === 'key') {
            store.set({ popout: entry.popout, view: entry.recorder ? 'recorder' : 'person' });
            if (entry.recorder) {
                reportToRecorder({ window, after, subscribe: store.subscribe });
            }
        }
        // A link pasted over this page changes only the fragment: the browser itself would stay on the old seat.
        window.addEventListener('hashchange', () => window.location.hash && window.location.reload());
        window.addEventListener('pagehide', () => visit?.hide());
        window.addEventListener('online', () => visit?.seen());
        window.document.addEventListener('visibilitychange', () => window.document.hidden || visit?.seen());
        Promise.resolve(settings).then(
            (loaded) => {
                known = loaded;
                port?.settle(loaded.frameAncestors);
                if (entry.kind === 'key') {
                    const { key, power, justIssued, recorder } = entry;
                    void open({ key, power, justIssued, recorder });
                } else if (entry.kind === 'nothing') {
                    refuse('wrong-link');
                }
            },
            () => refuse('no-settings')
        );
    }

    let resize = (/** @type {number} */ _height) => {};

    /** @type {import('./state.js').Acts} */
    const act = {
        prepare: (wanted) => devices.prepare(wanted),
        async choose(device, id) {
            await devices.choose(device, id);
            if (device === 'speaker') {
                await visit?.stay.speaker();
            }
        },
        setName: (text) => store.get().self.nameOpen && visit?.stay.introduce(text),
        testSpeaker: () => devices.testSpeaker(),
        unblockSound: async () => visit?.stay.act.unblockSound(),
        join: async () => visit?.act.join(),
        consent: async (given) => visit?.act.consent(given),
        mute: (on) => visit?.stay.act.mute(on),
        camera: async (on) => visit?.stay.act.camera(on),
        share: async (on) => visit?.stay.act.share(on),
        hand: (up) => visit?.stay.act.hand(up),
        say: (text) => visit?.stay.act.say(text) ?? false,
        leave: async () => visit?.act.leave(),
        async retry() {
            if (visit) {
                await visit.act.retry();
            } else if (pass) {
                await open(pass);
            }
        },
        takeBack: async () => visit?.act.takeBack(),
        record: async () => visit?.act.record(),
        stopRecording: async () => visit?.act.stopRecording(),
        remove: async (seat) => visit?.act.remove(seat),
        end: async () => visit?.act.end(),
        popOut() {
            if (!pass || !visit) {
                return false;
            }
            const opened = window.open('about:blank', '_blank', 'popup,width=1100,height=760');
            if (!opened) {
                return false;
            }
            const address = ownWindow(window.location.origin, pass.key, pass.power, pass.justIssued);
            // The seat is given up here first: it is never held twice.
            void visit.handOver('own-window').then(() => {
                opened.opener = null;
                opened.location.replace(address);
            });
            return true;
        },
        resize: (height) => resize(height),
        bindVideo: (tileId, element) => visit?.stay.act.bindVideo(tileId, element),
        unbindVideo: (tileId) => visit?.stay.act.unbindVideo(tileId),
        bindPreview: (element) => devices.preview(element),
        bindAudio(element) {
            audio = element;
            visit?.stay.act.bindAudio(element);
        }
    };

    return {
        get state() {
            return store.get();
        },
        subscribe: store.subscribe,
        act,
        start
    };
}
