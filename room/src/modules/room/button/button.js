// @ts-check
/**
 * A button with a drawing, words or both. Without words its name stands in a tip that shows at pointer and keyboard,
 * and goes with Escape.
 */
import { LightningElement, api } from 'lwc';

export default class Button extends LightningElement {
    static delegatesFocus = true;

    /** @type {string} what it does: its name for everybody */
    @api label = '';
    /** @type {string} a drawing of `room/icon` */
    @api icon = '';
    /** Shows the label beside the drawing. */
    @api worded = false;
    /** @type {'plain'|'primary'|'danger'|'quiet'|'bar'|'over'} how it looks */
    @api look = 'plain';
    /** @type {boolean|undefined} for a switch: whether it is on */
    @api pressed;
    /** @type {boolean|undefined} for what opens something: whether it is open */
    @api expanded;
    /** Something stands wrong or is off. */
    @api off = false;
    @api disabled = false;
    /** @type {string} the key that does the same */
    @api shortcut = '';
    /** @type {string|number} a number on the corner */
    @api badge = '';
    /** Where the tip stands. */
    @api tip = 'above';

    /** Escape took the tip away. */
    hushed = false;

    get classes() {
        const names = [this.look, this.showsWords && 'worded', this.off && 'off', this.pressed && 'pressed'];
        return ['button', ...names].filter(Boolean).join(' ');
    }

    get showsWords() {
        return this.worded || !this.icon;
    }

    /** The name is always in the page's text, so that translation tools reach it too. */
    get wordsClass() {
        return this.showsWords ? 'words' : 'unseen';
    }

    get ariaPressed() {
        return this.pressed === undefined ? null : String(this.pressed);
    }

    get ariaExpanded() {
        return this.expanded === undefined ? null : String(this.expanded);
    }

    get hasTip() {
        return !this.showsWords && !this.hushed && this.expanded !== true;
    }

    get tipClasses() {
        return `tip ${this.tip}`;
    }

    get hasBadge() {
        return Boolean(this.badge);
    }

    /** @param {KeyboardEvent} event */
    handleKey(event) {
        if (event.key === 'Escape' && this.hasTip) {
            this.hushed = true;
        }
    }

    handleLeave() {
        this.hushed = false;
    }
}
