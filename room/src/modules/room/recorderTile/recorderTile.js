// @ts-check
/**
 * One person or screen as the recording shows it: the picture, and the name beneath it.
 */
import { LightningElement, api } from 'lwc';
import { colour, initials } from 'room/people';
import { act } from 'room/session';
import { fill, words } from 'room/words';

export default class RecorderTile extends LightningElement {
    /** @type {import('../../../core/state.js').Person|null} */
    @api person = null;
    /** @type {import('../../../core/state.js').Tile|null} */
    @api tile = null;

    words = words('recorderTile');
    /** @type {number|null} */
    bound = null;

    get classes() {
        const names = [this.person?.speaking && !this.tile?.content && 'speaking', this.tile?.content && 'content'];
        return ['picture', `colour${colour(this.person?.seat ?? '')}`, ...names].filter(Boolean).join(' ');
    }

    get name() {
        const name = this.person?.name || this.tile?.name || this.words.nameless;
        return this.tile?.content ? fill(this.words.screen, { name }) : name;
    }

    get letters() {
        return initials(this.person?.name ?? '');
    }

    get showLetters() {
        return !this.tile;
    }

    renderedCallback() {
        const wanted = this.tile?.id ?? null;
        if (wanted === this.bound) {
            return;
        }
        this.release();
        const video = this.template?.querySelector('video');
        if (wanted !== null && video) {
            this.bound = wanted;
            act().bindVideo(wanted, video);
        }
    }

    disconnectedCallback() {
        this.release();
    }

    release() {
        if (this.bound !== null) {
            act().unbindVideo(this.bound);
            this.bound = null;
        }
    }
}
