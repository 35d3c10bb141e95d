// @ts-check
/**
 * A page with one thing to say and what can be done about it (the slot).
 */
import { LightningElement, api } from 'lwc';

export default class Notice extends LightningElement {
    @api heading = '';
    /** @type {string} the meeting's subject, above the heading */
    @api subject = '';
    /** @type {readonly string[]} paragraphs */
    @api lines = [];
    /** Something is being waited for. */
    @api busy = false;

    get paragraphs() {
        return this.lines.filter(Boolean).map((text, key) => ({ key, text }));
    }

    /** Moves the keyboard and the screen reader to the heading. */
    @api
    focusHeading() {
        /** @type {Record<string, HTMLElement>} */ (this.refs).heading.focus();
    }
}
