// @ts-check
/**
 * The room's face: draws the newest state, one page a phase. Moves the keyboard to a new page's heading, says changes
 * aloud to screen readers, and tells the Salesforce page how much height it needs.
 */
import { LightningElement } from 'lwc';
import { announcements } from 'room/announcements';
import { later } from 'room/later';
import { act, watch } from 'room/session';
import { speak, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

/** @type {Record<RoomState['phase'], 'waiting'|'prejoin'|'meeting'|'final'>} */
const PAGES = {
    starting: 'waiting',
    looking: 'waiting',
    waiting: 'waiting',
    joining: 'waiting',
    prejoin: 'prejoin',
    in: 'meeting',
    reconnecting: 'meeting',
    left: 'final',
    ended: 'final',
    removed: 'final',
    elsewhere: 'final',
    refused: 'final'
};
/** What a meeting in a Salesforce page would like, CSS pixels. */
const MEETING_HEIGHT = 620;
const LEAST_HEIGHT = 420;
/** After this time a part of the room that could not be fetched is asked for again. */
const RETRY_MS = 2000;

export default class App extends LightningElement {
    /** @type {'light'} */
    static renderMode = 'light';

    /** @type {RoomState|null} */
    state = null;
    /** What is spoken; nothing is drawn before. */
    language = '';
    /** Constructors of the pages that come later. @type {{meeting: any, recorder: any}} */
    parts = { meeting: null, recorder: null };
    polite = '';
    urgent = '';
    /**
     * What was done already; no part of what is drawn.
     * @type {{page: string|null, height: number, bound: boolean, wanted: string|null}}
     */
    done = { page: null, height: 0, bound: false, wanted: null };
    stop = () => {};
    /** @type {ResizeObserver|null} */
    observer = null;

    connectedCallback() {
        this.stop = watch((state) => this.take(state));
    }

    disconnectedCallback() {
        this.stop();
        this.observer?.disconnect();
        act().bindAudio(null);
        this.done.bound = false;
    }

    /** @param {RoomState} state */
    take(state) {
        const before = this.state;
        this.state = state;
        this.listen(state.locale ?? navigator.language);
        if (this.recorder || PAGES[state.phase] === 'meeting') {
            this.fetch(this.recorder ? 'recorder' : 'meeting');
        }
        if (this.language) {
            this.name();
        }
        if (before && this.language && !this.recorder) {
            const { polite, urgent } = announcements(before, state, words('announcements'));
            this.polite = polite.length > 0 ? polite.join('. ') : this.polite;
            this.urgent = urgent.length > 0 ? urgent.join('. ') : this.urgent;
        }
    }

    /** @param {string} wanted a language tag; the newest wish counts */
    async listen(wanted) {
        if (this.done.wanted === wanted) {
            return;
        }
        this.done.wanted = wanted;
        const language = await speak(wanted).catch(() => '');
        if (!language) {
            this.done.wanted = null;
            this.again();
        } else if (this.done.wanted === wanted) {
            this.language = language;
            document.documentElement.lang = language;
            this.name();
        }
    }

    /** Names the window. */
    name() {
        document.title = [this.state?.ticket?.subject, words('app').title].filter(Boolean).join(' · ');
    }

    /** @param {'meeting'|'recorder'} page */
    async fetch(page) {
        if (!this.parts[page]) {
            const part = await later(page).catch(() => null);
            this.parts = { ...this.parts, [page]: part };
            if (!part) {
                this.again();
            }
        }
    }

    /** A part could not be fetched: a phone in a tunnel, say. */
    again() {
        // eslint-disable-next-line @lwc/lwc/no-async-operation -- it looks whether the page is still there
        window.setTimeout(() => this.isConnected && this.state && this.take(this.state), RETRY_MS);
    }

    /** One entry, so that a change of language draws everything anew. */
    get pages() {
        return this.state && this.language ? [{ key: `${this.language}-${this.state.view}`, state: this.state }] : [];
    }

    get page() {
        const page = this.state ? PAGES[this.state.phase] : 'waiting';
        return page === 'meeting' && !this.parts.meeting ? 'waiting' : page;
    }

    get recorder() {
        return this.state?.view === 'recorder';
    }

    get waiting() {
        return this.page === 'waiting';
    }

    get prejoin() {
        return this.page === 'prejoin';
    }

    get meeting() {
        return this.page === 'meeting';
    }

    renderedCallback() {
        const audio = this.querySelector('audio');
        if (audio && !this.done.bound) {
            this.done.bound = true;
            act().bindAudio(audio);
        }
        this.moveFocus();
        this.measure();
    }

    /** A new page is read from its heading; the first one leaves the keyboard where it is. */
    moveFocus() {
        const { page } = this;
        if (this.done.page !== page) {
            const first = this.done.page === null;
            this.done.page = page;
            if (!first && !this.recorder) {
                /** @type {any} */ (this.querySelector('[data-page]'))?.focusHeading();
            }
        }
    }

    measure() {
        if (!this.state?.embedded) {
            return;
        }
        document.documentElement.style.setProperty('--page-height', '0px');
        const page = this.querySelector('[data-page]');
        this.observer ??= new ResizeObserver(() => this.tellHeight());
        this.observer.disconnect();
        if (page) {
            this.observer.observe(page);
        }
    }

    /** In a frame the pages are as high as they need to be, and the frame follows. */
    tellHeight() {
        const page = this.querySelector('[data-page]');
        const wanted = this.meeting ? MEETING_HEIGHT : Math.max(LEAST_HEIGHT, Math.ceil(page?.scrollHeight ?? 0));
        if (wanted !== this.done.height) {
            this.done.height = wanted;
            act().resize(wanted);
        }
    }
}
