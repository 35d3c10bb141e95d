// @ts-check
/**
 * May you be recorded? In plain words, with what follows from either answer. Nothing is answered in advance.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

export default class Consent extends LightningElement {
    /** @type {import('../../../core/state.js').Policy} */
    @api policy = 'everyone';
    /** @type {RoomState['ask']} */
    @api ask = 'may';
    /** @type {RoomState['consent']} */
    @api consent = 'Not asked';
    /** A recording runs now. */
    @api live = false;
    /** An answer is needed to go on, and there is none. */
    @api missing = false;
    /** Without heading, where the place has one. */
    @api bare = false;

    words = words('consent');

    get headed() {
        return !this.bare;
    }

    get heading() {
        return this.noticeOnly ? this.words.headingNotice : this.words.heading;
    }

    get noticeOnly() {
        return this.policy === 'notice';
    }

    get intro() {
        if (this.noticeOnly) {
            return this.live ? this.words.noticeLive : this.words.notice;
        }
        return this.live ? this.words.live : this.words.intro;
    }

    get given() {
        return this.consent === 'Given';
    }

    get refused() {
        return this.consent === 'Declined' || this.consent === 'Withdrawn';
    }

    get follows() {
        if (this.given) {
            return this.words.afterYes;
        }
        if (this.refused) {
            return this.words.afterNo;
        }
        return this.ask === 'must' ? this.words.must : this.words.later;
    }

    handleYes() {
        act().consent(true);
    }

    handleNo() {
        act().consent(false);
    }

    @api
    focusQuestion() {
        /** @type {HTMLElement|null} */ (this.template?.querySelector('input'))?.focus();
    }
}
