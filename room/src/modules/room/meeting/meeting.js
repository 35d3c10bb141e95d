// @ts-check
/**
 * In the meeting: the pictures, who is there, what is written, what one can do. Holds what is only about looking:
 * layout, the open panel, dialogs, the keys.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { shortcutOf } from 'room/shortcuts';
import { fill, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

/** From this width the panel stands beside the pictures, below it over them; CSS pixels. */
const BESIDE = 760;

export default class Meeting extends LightningElement {
    /** @type {RoomState} */
    _state = /** @type {any} */ (null);

    words = words('meeting');
    width = 0;
    /** @type {'chat'|'people'|null} */
    panel = null;
    /** @type {'grid'|'speaker'} */
    mode = 'grid';
    full = false;
    shortcuts = true;
    /** @type {'help'|'consent'|'end'|'remove'|null} */
    dialog = null;
    /** @type {{seat: string, name: string}} who would be removed */
    target = { seat: '', name: '' };
    /** How many lines of the chat were there when it was last open. */
    read = 0;
    /** @type {string|null} what the keyboard goes to with the next drawing */
    focusOn = null;

    /** @type {ResizeObserver|null} */
    observer = null;
    onKey = (/** @type {KeyboardEvent} */ event) => this.handleKey(event);
    onFull = () => {
        this.full = document.fullscreenElement !== null;
    };

    @api
    get state() {
        return this._state;
    }
    set state(value) {
        this._state = value;
        if (this.panel === 'chat') {
            this.read = value.chat.length;
        }
    }

    connectedCallback() {
        window.addEventListener('keydown', this.onKey);
        document.addEventListener('fullscreenchange', this.onFull);
        this.onFull();
    }

    disconnectedCallback() {
        window.removeEventListener('keydown', this.onKey);
        document.removeEventListener('fullscreenchange', this.onFull);
        this.observer?.disconnect();
        this.observer = null;
    }

    renderedCallback() {
        if (!this.observer) {
            this.observer = new ResizeObserver(([entry]) => {
                this.width = Math.round(entry.contentRect.width);
            });
            this.observer.observe(/** @type {HTMLElement} */ (this.refs?.frame));
        }
        if (this.focusOn) {
            const target = /** @type {any} */ (this.template?.querySelector(this.focusOn));
            this.focusOn = null;
            if (target?.focusField) {
                target.focusField();
            } else {
                target?.focus();
            }
        }
    }

    get subject() {
        return this.state.ticket?.subject ?? '';
    }

    get classes() {
        return ['frame', this.panel && (this.width >= BESIDE ? 'beside' : 'over'), this.live && 'live']
            .filter(Boolean)
            .join(' ');
    }

    get live() {
        return this.state.recording.live;
    }

    get chatOpen() {
        return this.panel === 'chat';
    }

    get panelHeading() {
        return this.panel ? this.words.panel[this.panel] : '';
    }

    get unread() {
        return this.panel === 'chat' ? 0 : Math.max(0, this.state.chat.length - this.read);
    }

    get policy() {
        return this.state.ticket?.policy ?? 'everyone';
    }

    get showHelp() {
        return this.dialog === 'help';
    }

    get showConsent() {
        return this.dialog === 'consent';
    }

    get showEnd() {
        return this.dialog === 'end';
    }

    get showRemove() {
        return this.dialog === 'remove';
    }

    get removeText() {
        return fill(this.words.removeText, { name: this.target.name });
    }

    /** @param {CustomEvent<'chat'|'people'>} event */
    handlePanel(event) {
        this.toggle(event.detail);
    }

    handlePeople() {
        this.toggle('people');
    }

    /** @param {'chat'|'people'} panel */
    toggle(panel) {
        const opens = this.panel !== panel;
        this.panel = opens ? panel : null;
        this.read = this.state.chat.length;
        this.focusOn = opens ? (panel === 'chat' ? 'room-chat' : '[data-heading]') : null;
        if (!opens) {
            this.focusControls();
        }
    }

    handleClosePanel() {
        this.panel = null;
        this.focusControls();
    }

    focusControls() {
        this.focusOn = 'room-controls';
    }

    handleLayout() {
        this.mode = this.mode === 'grid' ? 'speaker' : 'grid';
    }

    handleFull() {
        if (document.fullscreenElement) {
            document.exitFullscreen();
        } else {
            document.documentElement.requestFullscreen?.().catch(() => this.onFull());
        }
    }

    handleHelp() {
        this.dialog = 'help';
    }

    handleConsent() {
        this.dialog = 'consent';
    }

    handleEnd() {
        this.dialog = 'end';
    }

    /** @param {CustomEvent<{seat: string, name: string}>} event */
    handleRemove(event) {
        this.target = event.detail;
        this.dialog = 'remove';
    }

    handleCloseDialog() {
        this.dialog = null;
    }

    handleEndYes() {
        this.dialog = null;
        act().end();
    }

    handleRemoveYes() {
        this.dialog = null;
        act().remove(this.target.seat);
    }

    /** @param {CustomEvent<boolean>} event */
    handleShortcuts(event) {
        this.shortcuts = event.detail;
    }

    /** @param {KeyboardEvent} event */
    handleKey(event) {
        if (event.key === 'Escape' && this.panel && !this.dialog && !event.defaultPrevented) {
            this.handleClosePanel();
            return;
        }
        const wish = this.shortcuts && !this.dialog ? shortcutOf(event) : null;
        if (!wish) {
            return;
        }
        event.preventDefault();
        const { self, devices } = this.state;
        const deeds = {
            mute: () => act().mute(!self.muted),
            camera: () => act().camera(!self.camera),
            share: () => (devices.canShare || self.sharing) && act().share(!self.sharing),
            hand: () => act().hand(!self.hand),
            chat: () => this.toggle('chat'),
            people: () => this.toggle('people'),
            layout: () => this.handleLayout(),
            full: () => this.handleFull(),
            help: () => this.handleHelp()
        };
        deeds[wish]();
    }

    @api
    focusHeading() {
        /** @type {any} */ (this.template).querySelector('room-topbar').focusHeading();
    }
}
