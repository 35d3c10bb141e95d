// @ts-check
/**
 * Out of the meeting, or not let in: what happened, and what can be done.
 */
import { LightningElement, api } from 'lwc';
import { act } from 'room/session';
import { words } from 'room/words';

/** @typedef {import('../../../core/state.js').RoomState} RoomState */

/** Reasons that another try cannot change. */
const FINAL = ['meeting-ended', 'removed', 'no-webcrypto', 'insecure', 'no-webrtc', 'no-key', 'full'];

export default class Final extends LightningElement {
    /** @type {RoomState['phase']} */
    @api phase = 'left';
    /** @type {RoomState['reason']} */
    @api reason = null;
    /** @type {RoomState['ticket']} */
    @api ticket = null;

    words = words('final');

    get subject() {
        return this.ticket?.subject ?? '';
    }

    get code() {
        return this.reason?.code ?? '';
    }

    /** The text of the reason where there is one, else that of the phase. */
    get text() {
        const { reason, phase } = this.words;
        const byReason = Object.hasOwn(reason, this.code)
            ? reason[/** @type {keyof typeof reason} */ (this.code)]
            : null;
        const known = /** @type {keyof typeof phase} */ (this.phase);
        return byReason ?? phase[known] ?? phase.refused;
    }

    get heading() {
        return this.text.heading;
    }

    get lines() {
        return [this.text.line, this.reason?.text ?? ''];
    }

    get elsewhere() {
        return this.phase === 'elsewhere';
    }

    get back() {
        return this.code === 'own-window' ? this.words.bringBack : this.words.useHere;
    }

    get canJoin() {
        return this.phase === 'left';
    }

    get canRetry() {
        return this.phase === 'refused' && !FINAL.includes(this.code);
    }

    handleBack() {
        act().takeBack();
    }

    handleAgain() {
        act().retry();
    }

    @api
    focusHeading() {
        /** @type {any} */ (this.refs).notice.focusHeading();
    }
}
