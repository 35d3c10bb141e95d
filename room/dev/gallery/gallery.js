// @ts-check
/**
 * The room's pages without a meeting: `index.html#NAME` shows one of the states by name, `?language=de` in German. What
 * one can do is written to the console and changes what this page alone can change.
 */
import { createElement } from 'lwc';
import App from 'room/app';
import { useRoom } from 'room/session';
import { picture } from './picture.js';
import { states } from './states.js';

const params = new URLSearchParams(location.search);
const name = decodeURIComponent(location.hash.slice(1));

if (!Object.hasOwn(states, name)) {
    list();
} else {
    show();
}

function list() {
    const main = document.createElement('main');
    const heading = document.createElement('h1');
    heading.textContent = 'Pages of the room';
    const entries = document.createElement('ul');
    entries.append(
        ...Object.keys(states).map((key) => {
            const entry = document.createElement('li');
            const link = document.createElement('a');
            link.href = `#${key}`;
            link.textContent = key;
            entry.append(link);
            return entry;
        })
    );
    main.append(heading, entries);
    document.title = heading.textContent;
    document.body.append(main);
}

function show() {
    let state = { ...states[name], locale: params.get('language') ?? 'en' };
    /** @type {Set<(state: any) => void>} */
    const listeners = new Set();
    const change = (/** @type {object} */ more) => {
        state = { ...state, ...more };
        listeners.forEach((fn) => fn(state));
    };
    const self = (/** @type {object} */ more) => change({ self: { ...state.self, ...more } });
    /** @type {Record<string, Function>} */
    const deeds = {
        mute: (/** @type {boolean} */ muted) => self({ muted }),
        camera: (/** @type {boolean} */ camera) => self({ camera }),
        hand: (/** @type {boolean} */ hand) => self({ hand }),
        consent: (/** @type {boolean} */ given) => change({ consent: given ? 'Given' : 'Declined' }),
        setName: (/** @type {string} */ text) => self({ name: text }),
        join: () => change({ ...states['in-3'], locale: state.locale }),
        leave: () => change({ phase: 'left', reason: { code: 'left' } }),
        retry: () => change({ ...states.prejoin, locale: state.locale }),
        testSpeaker: async () => true,
        say: (/** @type {string} */ text) => {
            const line = {
                id: String(Math.random()),
                attendeeId: 'attendee-0',
                name: '',
                text,
                at: Date.now(),
                own: true,
                failed: false
            };
            change({ chat: [...state.chat, line] });
            return true;
        },
        bindVideo: (/** @type {number} */ id, /** @type {HTMLVideoElement} */ video) => picture(video, id),
        bindPreview: (/** @type {HTMLVideoElement|null} */ video) => video && state.self.camera && picture(video, 0)
    };
    const act = /** @type {any} */ (
        new Proxy(deeds, {
            get: (known, key) =>
                // eslint-disable-next-line no-console -- a page for developers: it says what would be done
                known[/** @type {string} */ (key)] ?? ((/** @type {any[]} */ ...given) => console.log(key, ...given))
        })
    );
    useRoom({
        get state() {
            return state;
        },
        act,
        start() {},
        subscribe(fn) {
            listeners.add(fn);
            fn(state);
            return () => listeners.delete(fn);
        }
    });
    document.body.append(createElement('room-app', { is: App }));
}

addEventListener('hashchange', () => location.reload());
