// @ts-check
/**
 * What one can do in the meeting. Where the room is narrow, what is needed seldom goes behind one button.
 * Tells what belongs to the page around it: `panel`, `layout`, `full`, `help`, `consent`, `end`.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */
/** @typedef {{name: string, icon: string, label: string, pressed?: boolean, key?: string}} Extra */

const RUNNING = ['Preparing', 'Waiting for consent', 'Starting', 'Recording'];
/** Widths in CSS pixels: of a button with its distance to the next, of the button *Leave* with words, of the edges. */
const STEP = { wide: 56, narrow: 50 };
const LEAVE = 150;
const EDGES = 20;
/** Below this the buttons are smaller, and *Leave* is only its drawing. */
const NARROW = 520;
/** These always stand in the bar: microphone, camera, chat, people. */
const FIXED = 4;

export default class Controls extends LightningElement {
    /** @type {RoomState} */
    @api state = /** @type {any} */ (null);
    /** @type {number} of the bar */
    @api width = 0;
    /** @type {'chat'|'people'|null} the panel that is open */
    @api panel = null;
    /** @type {'grid'|'speaker'} */
    @api mode = 'grid';
    /** The whole screen is ours. */
    @api full = false;
    /** @type {number} chat lines that nobody has seen */
    @api unread = 0;
    /** Letters on the keyboard work. */
    @api shortcuts = false;

    words = words('controls');
    open = false;

    get self() {
        return this.state.self;
    }

    /** The letters that stand in the tips. @returns {Record<string, string>} */
    get key() {
        return this.shortcuts ? { mute: 'M', camera: 'V', share: 'S', hand: 'H', chat: 'C', people: 'P' } : {};
    }

    get muteIcon() {
        return this.self.muted ? 'microphoneOff' : 'microphone';
    }

    get muteLabel() {
        return this.self.muted ? this.words.unmute : this.words.mute;
    }

    get cameraOff() {
        return !this.self.camera;
    }

    get cameraIcon() {
        return this.self.camera ? 'camera' : 'cameraOff';
    }

    get cameraLabel() {
        return this.self.camera ? this.words.cameraOff : this.words.cameraOn;
    }

    get chatOpen() {
        return this.panel === 'chat';
    }

    get chatLabel() {
        return this.unread > 0 ? `${this.words.chat} (${this.unread})` : this.words.chat;
    }

    get peopleOpen() {
        return this.panel === 'people';
    }

    get peopleLabel() {
        return `${this.words.people} (${this.state.people.length})`;
    }

    get running() {
        return this.state.recording.live || RUNNING.includes(this.state.recording.state);
    }

    /** What stands in the bar where there is room, the first first, and behind the button *More* otherwise. */
    get extras() {
        const { state, self } = this;
        const askable = state.ask !== 'no' || state.consent !== 'Not asked';
        /** @type {(false|Extra)[]} */
        const list = [
            (state.devices.canShare || self.sharing) && {
                name: 'share',
                icon: self.sharing ? 'shareOff' : 'share',
                label: self.sharing ? this.words.shareStop : this.words.share,
                pressed: self.sharing,
                key: this.key.share
            },
            {
                name: 'hand',
                icon: 'hand',
                label: self.hand ? this.words.handDown : this.words.hand,
                pressed: self.hand,
                key: this.key.hand
            },
            state.host &&
                (this.running
                    ? { name: 'stopRecording', icon: 'stop', label: this.words.stopRecording }
                    : { name: 'record', icon: 'record', label: this.words.record }),
            { name: 'layout', icon: this.mode === 'grid' ? 'speaker' : 'grid', label: this.words.layout[this.mode] },
            askable && { name: 'consentDialog', icon: 'consent', label: this.words.consent },
            document.fullscreenEnabled && {
                name: 'full',
                icon: this.full ? 'fullOff' : 'full',
                label: this.full ? this.words.fullOff : this.words.full
            },
            state.embedded && { name: 'popOut', icon: 'window', label: this.words.window },
            { name: 'help', icon: 'help', label: this.words.help },
            state.host && { name: 'end', icon: 'end', label: this.words.end }
        ];
        return /** @type {Extra[]} */ (list.filter(Boolean));
    }

    get narrow() {
        return this.width < NARROW;
    }

    get classes() {
        return this.narrow ? 'bar narrow' : 'bar';
    }

    /** How many of the extras stand in the bar. */
    get room() {
        const step = this.narrow ? STEP.narrow : STEP.wide;
        const slots = Math.floor((this.width - EDGES - (this.narrow ? step : LEAVE)) / step) - FIXED;
        return slots >= this.extras.length ? slots : Math.max(0, slots - 1);
    }

    get outside() {
        return this.extras.slice(0, this.room);
    }

    get inside() {
        return this.extras.slice(this.room);
    }

    get hasMore() {
        return this.inside.length > 0;
    }

    get leaveWorded() {
        return !this.narrow;
    }

    handleMute() {
        act().mute(!this.self.muted);
    }

    handleCamera() {
        act().camera(!this.self.camera);
    }

    handleChat() {
        this.tell('panel', 'chat');
    }

    handlePeople() {
        this.tell('panel', 'people');
    }

    handleLeave() {
        act().leave();
    }

    /** @param {Event} event */
    handleExtra(event) {
        const { act: name = '' } = /** @type {HTMLElement} */ (event.currentTarget).dataset;
        this.shut();
        /** @type {Record<string, () => void>} */
        const deeds = {
            share: () => act().share(!this.self.sharing),
            hand: () => act().hand(!this.self.hand),
            record: () => act().record(),
            stopRecording: () => act().stopRecording(),
            popOut: () => act().popOut()
        };
        (deeds[name] ?? (() => this.tell(name)))();
    }

    handleMore() {
        this.open = !this.open;
    }

    /** @param {KeyboardEvent} event */
    handleKey(event) {
        if (event.key === 'Escape' && this.open) {
            event.stopPropagation();
            this.shut();
        }
    }

    /** @param {FocusEvent} event the keyboard went elsewhere */
    handleOut(event) {
        const to = /** @type {Node|null} */ (event.relatedTarget);
        if (this.open && to && !(/** @type {Element} */ (event.currentTarget).contains(to))) {
            this.open = false;
        }
    }

    shut() {
        if (this.open) {
            this.open = false;
            /** @type {HTMLElement|null} */ (this.template?.querySelector('[data-act="more"]'))?.focus();
        }
    }

    /** @param {string} name @param {unknown} [detail] */
    tell(name, detail) {
        this.dispatchEvent(new CustomEvent(name.toLowerCase(), { detail }));
    }
}
