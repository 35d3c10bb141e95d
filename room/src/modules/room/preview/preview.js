// @ts-check
/**
 * Oneself before joining: the camera's picture as in a mirror, or letters while there is none.
 */
import { LightningElement, api } from 'lwc';
import { initials } from 'room/people';
import { act } from 'room/session';
import { words } from 'room/words';

export default class Preview extends LightningElement {
    @api name = '';
    /** The camera is wanted on. */
    @api camera = false;
    /** The browser's question is open. */
    @api asking = false;

    words = words('preview');
    bound = false;

    get letters() {
        return this.name ? initials(this.name) : '';
    }

    get text() {
        if (this.asking) {
            return this.words.asking;
        }
        return this.camera ? '' : this.words.off;
    }

    get videoClass() {
        return this.camera ? '' : 'away';
    }

    renderedCallback() {
        if (!this.bound) {
            this.bound = true;
            act().bindPreview(/** @type {HTMLVideoElement} */ (this.refs?.video));
        }
    }

    disconnectedCallback() {
        act().bindPreview(null);
        this.bound = false;
    }
}
