// @ts-check
/**
 * Before the doors open, and while the ticket is looked for: says what is waited for, and goes on by itself.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { fill, moment, until, words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

const EVERY_MS = 15000;

export default class Waiting extends LightningElement {
    /** @type {RoomState['phase']} */
    @api phase = 'starting';
    /** @type {RoomState['ticket']} */
    @api ticket = null;
    @api doors = false;

    words = words('waiting');
    now = Date.now();
    timer = 0;

    connectedCallback() {
        // eslint-disable-next-line @lwc/lwc/no-async-operation -- cleared when the page goes
        this.timer = window.setInterval(() => {
            this.now = Date.now();
        }, EVERY_MS);
    }

    disconnectedCallback() {
        window.clearInterval(this.timer);
    }

    get subject() {
        return this.ticket?.subject ?? '';
    }

    get closed() {
        return this.phase === 'waiting' || (this.phase === 'joining' && !this.doors);
    }

    get heading() {
        if (this.closed) {
            return this.phase === 'joining' ? this.words.almost : this.words.heading;
        }
        return this.words.now[/** @type {'starting'|'looking'|'joining'} */ (this.phase)] ?? this.words.now.starting;
    }

    get lines() {
        if (!this.closed) {
            return [];
        }
        const at = this.ticket?.opensAt;
        const opens =
            at && at > this.now
                ? fill(this.words.opens, { at: moment(at, this.now), until: until(at, this.now) })
                : this.words.soon;
        return [opens, this.words.byItself];
    }

    handleAgain() {
        act().retry();
    }

    handleLeave() {
        act().leave();
    }

    @api
    focusHeading() {
        /** @type {any} */ (this.refs).notice.focusHeading();
    }
}
