// @ts-check
/**
 * The room's page comes up: settings, the room without a face, its face. The Chime SDK is fetched once the camera check
 * (or the door's page) is painted, while the person looks at it.
 */
import { createElement } from 'lwc';
import App from 'room/app';
import { later } from 'room/later';
import { useRoom } from 'room/session';
import { speak, words } from 'room/words';
import { createRoom } from './core/room.js';

/** @typedef {typeof import('amazon-chime-sdk-js')} Sdk */

/** @type {Promise<Sdk>|null} */
let fetched = null;

/** @returns {Promise<Sdk>} the SDK, fetched once; after a failure again */
function sdk() {
    fetched ??= import('amazon-chime-sdk-js').catch((error) => {
        fetched = null;
        throw error;
    });
    return fetched;
}

/** @returns {Promise<import('./core/state.js').Settings>} the settings beside this page */
async function readSettings() {
    const answer = await fetch('room.json', { cache: 'no-store', credentials: 'omit' });
    if (!answer.ok) {
        throw new Error(`room.json answered ${answer.status}`);
    }
    return answer.json();
}

/** @param {import('./core/state.js').Reason} reason @returns {string} in words, for the Salesforce page */
function inWords({ code, text }) {
    if (text) {
        return text;
    }
    const { reason, phase } = words('final');
    return (Object.hasOwn(reason, code) ? reason[code] : phase.refused).line;
}

/** By then a page that was just drawn is on the screen, also on a slow machine. */
const PAINTED_MS = 100;

/** @param {() => void} then */
function afterPaint(then) {
    requestAnimationFrame(() => setTimeout(then, PAINTED_MS));
}

// The words are on their way while the settings are read.
const speaking = speak(navigator.language).catch(() => {});
const room = createRoom({
    window,
    settings: readSettings(),
    sdk,
    now: () => Date.now(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    fetch: window.fetch.bind(window),
    words: inWords
});
useRoom(room);
document.body.append(createElement('room-app', { is: App }));

/** The first thing to look at is there: the door's page or the camera check. What comes later holds neither up. */
const EARLY = ['starting', 'looking'];
let asked = false;
room.subscribe(({ phase, view }) => {
    if (!asked && phase !== 'refused' && (view === 'recorder' || !EARLY.includes(phase))) {
        asked = true;
        speaking.then(() =>
            afterPaint(() => {
                sdk().catch(() => {});
                later(view === 'recorder' ? 'recorder' : 'meeting').catch(() => {});
            })
        );
    }
});
room.start();
