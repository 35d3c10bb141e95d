// @ts-check
/**
 * One person or one shared screen. The stage says how large; the picture is bound to the tile's id and bound anew when
 * that changes.
 */
import { LightningElement, api } from 'lwc';
import { bars, colour, initials } from 'room/people';
import { act } from 'room/session';
import { fill, words } from 'room/words';

/** @typedef {import('../../../core/state.js').Person} Person */
/** @typedef {import('../../../core/state.js').Tile} TileView */

export default class Tile extends LightningElement {
    /** @type {Person|null} */
    @api person = null;
    /** @type {TileView|null} the picture, if there is one */
    @api tile = null;
    /** @type {'main'|'strip'|'grid'|'inset'} */
    @api place = 'grid';
    @api pinned = false;
    /** There is nobody else to choose. */
    @api alone = false;

    words = words('tile');
    /** @type {number|null} */
    bound = null;

    get content() {
        return this.tile?.content === true;
    }

    get classes() {
        const speaking = this.person?.speaking && !this.content;
        const names = [this.place, speaking && 'speaking', this.content && 'content', this.pinned && 'pinned'];
        return ['tile', `colour${colour(this.person?.seat ?? '')}`, ...names].filter(Boolean).join(' ');
    }

    get videoClasses() {
        return this.tile?.local && !this.content ? 'mirror' : '';
    }

    get name() {
        const name = this.person?.name || this.tile?.name || this.words.nameless;
        if (this.content) {
            return this.tile?.local ? this.words.ownScreen : fill(this.words.screen, { name });
        }
        return this.person?.self ? fill(this.words.you, { name }) : name;
    }

    get letters() {
        return initials(this.person?.name ?? '');
    }

    get showLetters() {
        return !this.tile;
    }

    get small() {
        return this.place === 'strip' || this.place === 'inset';
    }

    get paused() {
        return this.tile?.paused === true;
    }

    get muted() {
        return !this.content && this.person?.muted === true;
    }

    get hand() {
        return !this.content && this.person?.hand === true;
    }

    get guest() {
        return !this.content && this.person?.role === 'guest';
    }

    get weak() {
        return !this.content && this.person !== null && bars(this.person.signal) < 2;
    }

    get showPin() {
        return !this.alone && this.place !== 'inset';
    }

    get pinLabel() {
        return fill(this.pinned ? this.words.unpin : this.words.pin, { name: this.name });
    }

    handlePin() {
        this.dispatchEvent(new CustomEvent('pin'));
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
